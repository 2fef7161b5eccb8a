"""What a command is, and the statuses it may end with. Knows no particular command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perfbench.options import Parser

Flags = dict[str, Any]
"""What was given on the command line, by setting or argument name."""

FAILED = 1
"""Every request of a load test failed, or of a point so that its sweep ended, or a part of an
evaluation has no result."""
BAD_INPUT = 2
"""Something the user can mend; one line on standard error says what."""
INTERRUPTED = 130
PIPE_CLOSED = 141


def name_unknown_variables() -> None:
    """Say on standard error which variables of the environment are taken for settings in vain."""
    from perfbench.config import PerfConfig, unknown_variables
    from perfbench.config.evaluation import EvalConfig

    for sentence in unknown_variables([PerfConfig, EvalConfig]):
        print(f"perfbench: {sentence}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Command:
    """One word after ``perfbench``: how it is parsed and what it runs."""

    summary: str
    parser: Callable[[], Parser]
    run: Callable[[Flags], int]
    """Returns the exit status."""
