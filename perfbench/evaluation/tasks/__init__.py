"""The data sets, one short file each: schema, prompts, where the answers are, how they are judged.

A file holds one ``TASK``; ``registry.TASKS`` names it. Schemas are those of the official files on
the Hugging Face hub and of the folders that AISBench and OpenCompass users have. Knows no model
and opens nothing.
"""
