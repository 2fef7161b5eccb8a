"""Records to numbers: columns, definitions, token ledger, percentiles, steady state, summary.

Pure functions on arrays. Knows no sockets, no disk and no display.
"""
