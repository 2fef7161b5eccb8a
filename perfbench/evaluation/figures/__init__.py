"""From scored answers to figures, intervals and comparisons. Pure: no store, no plan, no disk."""
