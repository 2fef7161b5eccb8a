"""What FlagEval's API means here: what an evaluation asks, which one is its baseline, what came of
it, whether it may be released. Knows no HTTP; ``server.api.flageval`` has the routes.
"""
