"""EvalScope's API: what its clients ask, in its names, and what they are answered, in its words.

``asking`` goes from its parameters to our settings, ``telling`` from the folder of a run to its
answers. Neither knows HTTP. Read from EvalScope's documentation of its service and from
``evalscope.service`` of EvalScope 1.14.1.
"""
