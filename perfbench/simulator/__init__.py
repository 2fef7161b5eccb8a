"""The built-in LLM service: continuous batching or an exact schedule, faults, ground truth.

It runs in a process of its own and knows nothing of the rest but the settings. Inside, instants
are ``time.perf_counter_ns`` integers; durations given by people keep the unit of their name.

``serve.main`` runs it in this process, ``spawn.Simulator`` in a child.
"""
