"""From an extracted answer and its sample to a verdict; one module per kind of comparison.

Knows no server and no text around the answer. Heavy libraries are imported by the comparison that
needs them, when it needs them.
"""
