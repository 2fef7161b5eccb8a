"""What is to be asked, as data: from settings and data sets to questions, before anything is sent.

Knows no service, no store and no answers.
"""
