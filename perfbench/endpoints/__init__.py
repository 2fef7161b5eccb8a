"""How an API is spoken: request bodies out of samples, Deltas out of events. Opens no socket.

``openai_chat``, ``openai_completions`` and ``vllm`` are the endpoints (see ``registry.ENDPOINTS``);
``body`` builds what they send, ``events`` reads what servers answer, ``url`` works out where a
``--url`` leads, ``models`` reads ``/v1/models``.
"""
