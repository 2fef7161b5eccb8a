"""What each word after ``perfbench`` runs, one module for each kind of work.

Commands hold no logic of their own: they turn flags into settings, call the layers below and choose
the exit status. A module here imports what a command needs when the command runs.
"""
