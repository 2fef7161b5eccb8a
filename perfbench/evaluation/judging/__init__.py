"""Models that judge the answers of models: what they are asked, how their verdicts are read, and
what several of them say together. Asks nobody: a judgement is a stored answer like any other.
"""
