"""Verdicts on answers, from a process that can be ended.

A model's text can be anything, and some of it keeps a pattern or a formula library busy for ever.
So answers are judged by ``grader_child``, at a bounded cost: an answer that is not judged in its
processor time, or takes its process down, is unscored (``grading_failed``, with why), and the next
one is judged by a new process. Owns these processes: they are started when needed and kept for the
next call. Usable from any thread. Knows nothing of stores and figures. Seconds.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import perfbench.registry
from perfbench import registry
from perfbench.errors import PerfbenchError
from perfbench.evaluation.grader_child import Batch, Output, Reply, Votes, Work
from perfbench.evaluation.verdict import Judged
from perfbench.evaluation.voting import Ballot
from perfbench.types import Sample, Score

CPU_LIMIT_S = 5.0
"""Processor time for one answer, unless a caller says otherwise."""
_WALL_LIMIT_S = 300.0
"""Time after which a process that uses no processor is given up, too."""
_BATCH = 64
_CHILD = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from perfbench.evaluation.grader_child import main; main(int(sys.argv[1]))"
)


def verdicts(
    extractor: str,
    scorer: str,
    answers: Iterable[tuple[Judged, Sample]],
    cpu_limit_s: float = CPU_LIMIT_S,
) -> Iterator[Score]:
    """The verdict on each answer, in order.

    Args:
        extractor: name in ``registry.EXTRACTORS``.
        scorer: name in ``registry.SCORERS``.

    Raises:
        ConfigError: there is no such extractor or scorer, or it cannot be loaded.
        WorkloadError: a sample cannot be scored at all (a target that is no number).
    """
    for found in _replies(extractor, scorer, map(_work, answers), cpu_limit_s):
        assert isinstance(found, Score)
        yield found


def extracted(
    extractor: str, answers: Iterable[tuple[Judged, Sample]], cpu_limit_s: float = CPU_LIMIT_S
) -> Iterator[str | Score]:
    """The answer in each text, to be judged elsewhere, or why there is none; in order.

    Raises:
        ConfigError: there is no such extractor, or it cannot be loaded.
    """
    for found in _replies(extractor, None, map(_work, answers), cpu_limit_s):
        assert isinstance(found, (str, Score))
        yield found


def _work(answer: tuple[Judged, Sample]) -> tuple[Output, Sample]:
    each, sample = answer
    return Output(each.text, each.finish, each.outcome), sample


def votes(
    extractor: str, scorer: str, ballots: Iterable[Ballot], cpu_limit_s: float = CPU_LIMIT_S
) -> Iterator[list[str]]:
    """What the answers of each ballot vote for, in order: see ``voting``. An answer that was not
    compared in the time for its ballot votes as it is spelled.

    Raises:
        ConfigError: there is no such extractor or scorer, or it cannot be loaded.
    """
    asked = list(ballots)
    found = _replies(extractor, scorer, asked, cpu_limit_s)
    for ballot, told in zip(asked, found, strict=True):
        known = told if isinstance(told, list) else []
        yield [*known, *(answer for answer, _ in ballot.answers[len(known) :])]


def _replies(
    extractor: str, scorer: str | None, work: Iterable[Work], cpu_limit_s: float
) -> Iterator[Score | str | Votes]:
    """What came of each piece of work; of one that its process died of, an unscored verdict."""
    extract = (extractor, registry.find(registry.EXTRACTORS, extractor))
    score = None if scorer is None else (scorer, registry.find(registry.SCORERS, scorer))
    remaining = iter(work)
    while some := list(itertools.islice(remaining, _BATCH)):
        while some:
            done = 0
            for found in _judged(Batch(extract, score, cpu_limit_s, some)):
                yield found
                done += 1
            some = some[done:]


def _judged(batch: Batch) -> Iterator[Score | str | Votes]:
    """Replies to the first work of a batch: to all, or up to one that its process died of; to none
    if that is the first and the process was kept, which may have died before."""
    kept = bool(_idle)
    try:
        child = _idle.pop() if kept else _Child()
    except _CannotStart as error:
        for _ in batch.work:
            yield _failed(str(error))
        return
    done = 0
    try:
        child.send(batch)
        while done < len(batch.work):
            reply = child.receive()
            if isinstance(reply, PerfbenchError):
                raise reply
            assert reply is not None  # it said that it is ready before
            done += 1
            yield reply
    except _Died as death:
        if done or not kept:
            yield _failed(str(death))
    finally:
        if done == len(batch.work):
            _idle.append(child)
        else:
            child.end()


def close() -> None:
    """End the processes that are not judging; the next call starts others."""
    while _idle:
        _idle.pop().end()


def _failed(why: str) -> Score:
    return Score(None, unscored="grading_failed", why=why)


class _CannotStart(Exception):
    """Why no process can be had, in one line."""


class _Died(Exception):
    """What a process died of, in words."""


class _Child:
    """A process that judges, and the socket to it."""

    def __init__(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            _CannotStart: it ended before.
        """
        self._said = tempfile.TemporaryFile()  # noqa: SIM115, closed with the rest
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_WALL_LIMIT_S)
        self._pipe = self._socket.makefile("rwb")
        command = [sys.executable, "-c", _CHILD, str(theirs.fileno()), *_path()]
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=self._said,
                    stderr=self._said,
                    env={**os.environ, "PYTHONHASHSEED": "0"},  # so sympy works in one order
                    start_new_session=True,  # Ctrl-C is for the parent
                )
        except OSError as error:
            self._close()
            raise _CannotStart(f"the grading process cannot start: {error.strerror}") from None
        try:
            self.receive()
        except _Died as death:
            said = self._last_words()
            self.end()
            raise _CannotStart(f"the grading process cannot start: {said or death}") from None

    def send(self, batch: Batch) -> None:
        """Hand it answers.

        Raises:
            _Died: it is no more.
        """
        try:
            pickle.dump(batch, self._pipe)
            self._pipe.flush()
        except OSError:
            raise _Died(self._why()) from None

    def receive(self) -> Reply:
        """Its next reply.

        Raises:
            _Died: there is none.
        """
        try:
            reply: Reply = pickle.load(self._pipe)
        except TimeoutError:
            raise _Died(f"not judged within {_WALL_LIMIT_S:g} s") from None
        except (EOFError, OSError, pickle.UnpicklingError):
            raise _Died(self._why()) from None
        return reply

    def end(self) -> None:
        """Kill it and let go of what it held."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        try:
            self._pipe.close()
        except OSError:  # what could not be sent is of no use any more
            pass
        finally:
            self._socket.close()
            self._said.close()

    def _why(self) -> str:
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "the grading process hung up"
        if -status == signal.SIGXCPU:
            return "not judged within its processor time"
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return f"the grading process died ({how})"

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


_idle: list[_Child] = []
atexit.register(close)


def _path() -> list[str]:
    """Where the process finds modules: as this one does, but the working directory last.

    A file there that is named like a library must not be taken for it.
    """
    here = os.getcwd()
    local = ("", ".", here)
    own = str(Path(perfbench.__file__).resolve().parent.parent)
    path = [each for each in sys.path if each not in local]
    if own not in path:
        path.append(own)
    return [*path, here] if any(each in local for each in sys.path) else path
