"""The APIs beside OpenAI's chat and completions that the simulator speaks.

``dialect`` says what one must tell; ``chats`` and ``texts`` are classes of one API each; ``paths``
finds the one that is spoken at a path. Framing, faults and time are others'.
"""
