"""Runs for people who do not use a terminal: a REST API and pages on top of the commands.

A job is a child process that runs the same command with the same settings; what it tells are its
events, what it leaves is a results folder. This room starts, watches and shows; it measures
nothing, and nothing below it knows of it. It is no "service": that is what is measured.
"""
