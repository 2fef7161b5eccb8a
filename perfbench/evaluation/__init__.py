"""Accuracy: the same driver, client and store as the load test, and a verdict on every answer.

Knows nothing of ``perf``; reports know it, not the other way round.
"""
