"""From a model's text to its answer: one module per kind of answer, none of which guesses.

Knows no scorer, no server and no data set. An extractor returns ``None`` where a careful reader
could not say what the answer is; it never picks the nearest option.
"""
