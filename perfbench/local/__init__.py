"""Real LLM servers that a run starts for itself, on this machine.

``launch.LocalServer`` starts the one that ``--api`` names, waits until it answers and ends it with
the run; ``guard`` is the process between, so that no server outlives its run. How each server is
started is a file of its own (``registry.LOCAL``). Knows no requests and no figures.
"""
