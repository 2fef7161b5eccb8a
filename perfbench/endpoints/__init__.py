"""How an API is spoken: request bodies out of samples, Deltas out of events. Opens no socket.

Each endpoint is a file (see ``registry.ENDPOINTS``). ``body`` and ``messages`` build what is sent;
``events``, ``shapes`` and ``tolerant`` read what the OpenAI family answers, ``fields`` what all
others do; ``url`` works out where a ``--url`` leads, ``models`` reads lists of models.
"""
