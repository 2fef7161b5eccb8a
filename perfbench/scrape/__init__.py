"""What a service and its cards say of themselves while a point runs: asked from the parent
process, on threads of its own, and put on the clock of the records.

Knows the names that servers give to things (``names``); knows no figure, no store and no worker.
"""
