"""What must get into the queue, however long its disk is full."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from perfbench.errors import StoreError

_Result = TypeVar("_Result")
_RETRY_S = 5.0


class Storing:
    """Attempts until one succeeds, and a line for whoever looks after the server."""

    def __init__(self) -> None:
        self._trouble = ""

    async def until_done(self, change: Callable[..., _Result], *given: Any) -> _Result:
        """What ``change`` returns once it raises no :class:`StoreError` any more."""
        while True:
            try:
                return change(*given)
            except StoreError as error:
                self.say(error)
                await asyncio.sleep(_RETRY_S)

    def say(self, error: StoreError) -> None:
        """Tell of a trouble, once."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            print(f"perfbench: {error}; trying again", file=sys.stderr, flush=True)
