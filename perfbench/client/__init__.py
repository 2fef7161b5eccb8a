"""How bytes move and when they came. Knows no statistics, no schedule and no disk."""
