"""What ``/metrics`` says when it is told not to say what is. Pure: from one page to another."""

from __future__ import annotations

import re

_SAMPLE = re.compile(r"^([^#\s]\S* )(\S+)$", re.MULTILINE)
_FINISHED = re.compile(
    r'^(vllm:request_success_total\{finished_reason="stop".* )(\d+)$', re.MULTILINE
)

STRANGERS = 12
"""Requests that ``strangers`` adds."""


def page(lie: str, text: str, read: int) -> str | None:
    """The page that is answered in place of the true one; ``None``: there is none.

    Args:
        lie: ``strangers`` counts requests that nobody sent, from the third read on; ``restart``
            begins anew at the fifth; ``nan`` and ``negative`` are no figures; ``off`` is no page.
        read: how often the page was read before.
    """
    if lie == "off":
        return None
    if lie == "nan":
        return _SAMPLE.sub(r"\1NaN", text)
    if lie == "negative":
        return _SAMPLE.sub(r"\1-\2", text)
    if lie == "strangers" and read >= 2:
        return _FINISHED.sub(lambda found: f"{found[1]}{int(found[2]) + STRANGERS}", text)
    if lie == "restart" and read >= 4:
        return _SAMPLE.sub(r"\g<1>0", text)
    return text
