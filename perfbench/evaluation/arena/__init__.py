"""Models meet in pairs: battles of stored answers before judges, and what they make of each."""
