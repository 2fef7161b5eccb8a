"""The process that judges answers: batches of work in, one reply for each piece of it out.

Started by ``grader`` with the number of its socket. Extraction and comparison run here, so that
text which drives them into a loop, or into memory without end, costs this process and one verdict.
Replies are sent together, or, once a process has died, each at once: the first answer without one
is then to blame.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import resource
import signal
import socket
from dataclasses import dataclass
from io import BufferedRWPair
from typing import Any

from perfbench import registry
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.evaluation.cpu_limit import TimeIsUp, within
from perfbench.evaluation.task import Extractor, Scorer
from perfbench.evaluation.verdict import extracted, verdict
from perfbench.evaluation.voting import Ballot, votes
from perfbench.types import Outcome, Sample, Score

_MEMORY_BYTES = 4 << 30


@dataclass(frozen=True)
class Output:
    """What is judged of a request."""

    text: str
    finish: str | None
    outcome: Outcome


Work = tuple[Output, Sample] | Ballot
"""An answer to judge, or answers to tell apart."""


@dataclass(frozen=True)
class Batch:
    """Work on the questions of one data set."""

    extractor: tuple[str, str]
    """Its name, and ``module:attr``; as it is the parent's table that counts."""
    scorer: tuple[str, str] | None
    """``None``: answers are extracted, and judged elsewhere."""
    limit_s: float
    """Processor time for one piece of work."""
    work: list[Work]


Votes = list[str]
"""What the first answers of a ballot vote for; all of them, unless its time was up."""
Reply = Score | str | Votes | PerfbenchError | None
"""A verdict, an answer to be judged elsewhere, votes, or what ends the evaluation; ``None``, once:
the process is ready."""


def main(descriptor: int) -> None:
    """Judge until the parent closes the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    with socket.socket(fileno=descriptor) as link, link.makefile("rwb") as pipe:
        _send(pipe, None)
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                _judge(pipe, pickle.load(pipe))


def _judge(pipe: BufferedRWPair, batch: Batch) -> None:
    try:
        extractor = _part(*batch.extractor)
        scorer: Any = _part(*batch.scorer) if batch.scorer is not None else None
    except PerfbenchError as error:
        _send(pipe, error)
        return
    for each in batch.work:
        try:
            reply: Reply = (
                _votes(each, scorer, batch.limit_s)
                if isinstance(each, Ballot)
                else _verdict(*each, extractor, scorer, batch.limit_s)
            )
        except PerfbenchError as error:
            _send(pipe, error)
            return
        # At once: the one that this process dies of is the first without a reply.
        _send(pipe, reply)


def _part(name: str, where: str) -> Any:
    try:
        return registry.load(name, where)
    except PerfbenchError:
        raise
    except Exception as error:
        raise ConfigError(f"{name} cannot be loaded: {_named(error)}") from None


def _verdict(
    output: Output, sample: Sample, extractor: Extractor, scorer: Scorer | None, limit_s: float
) -> Score | str:
    def judged() -> Score | str:
        if scorer is None:
            return extracted(output, sample, extractor)
        return verdict(output, sample, extractor, scorer)

    try:
        return within(limit_s, judged)
    except TimeIsUp:
        why = f"not judged within {limit_s:g} s of processor time"
    except PerfbenchError:
        raise
    except MemoryError:
        why = f"not judged within {_MEMORY_BYTES >> 30} GiB of memory"
    except Exception as error:  # a third party's, or a library's that a formula was too much for
        why = _named(error)
    return Score(None, unscored="grading_failed", why=why)


def _votes(ballot: Ballot, scorer: Scorer, limit_s: float) -> Votes:
    found: Votes = []
    with contextlib.suppress(TimeIsUp, MemoryError):
        within(limit_s, lambda: found.extend(votes(ballot, scorer)))
    return found


def _named(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _send(pipe: BufferedRWPair, reply: Reply) -> None:
    pickle.dump(reply, pipe)
    pipe.flush()
