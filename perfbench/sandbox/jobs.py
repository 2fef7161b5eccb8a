"""What can be run in a sandbox, within which limits, and what is said of it.

A *job* is a program that nobody has read together with what it is to be held against. A *box* runs
programs apart from everything else; :func:`perfbench.sandbox.verdicts.judge` has a job run in one
and gives the *verdict*. Seconds and bytes. Data only: nothing here runs anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

Status = Literal[
    "passed",
    "failed",
    "error",
    "timeout",
    "memory",
    "output",
    "compile_error",
    "sandbox_failed",
]
"""``failed``: an assertion, or an answer that is not the expected one. ``error``: an exception, or
an end before the last answer. ``output``: too long. ``sandbox_failed``: not the program but what
runs it failed; says nothing about the program."""

Ending = Literal["exited", "timeout", "memory", "output", "sandbox_failed"]


PATIENCE = 4
"""How many times its time on the wall a program can have on a busy machine."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use."""

    wall_s: float = 10.0
    """A program that runs whenever it is let, on a machine too busy to let it, has longer: until it
    has used so much processor, at most :data:`PATIENCE` times as long."""
    cpu_s: float = 10.0
    memory_bytes: int = 1 << 30
    """Address space of each process."""
    output_bytes: int = 1 << 20
    """Of standard output and standard error each."""
    processes: int = 0
    """How many it may start beside itself, threads of all of them apart: of these there may be 64,
    and where there are less, more processes."""
    scratch_bytes: int = 0
    """Size of an empty folder of its own, the working directory; 0: it can write nowhere."""


@dataclass(frozen=True, slots=True)
class Calls:
    """A function that is called by tests outside of the box.

    The verdict cannot be forged: what enters the box are arguments, what leaves it plain values.
    """

    code: str
    """The program under test; it defines the entry point."""
    entry_point: str
    """A name (``add``) or a method (``Solution().add``)."""
    tests: str
    """Trusted code that calls the entry point by its name (of a method: the last one) and asserts.
    HumanEval's ``check`` needs its call: ``check(add)``."""
    setup: str = ""
    """Trusted code that both sides have before anything else: imports, helpers of the prompt."""
    reference: str = ""
    """A right program. Boxes that can only run a script to its end are asked in one round where
    there is one, as its calls are foretold with it; it never enters a box with ``code``."""


@dataclass(frozen=True, slots=True)
class StdIn:
    """A program that reads standard input and writes standard output, run once for each case.

    The verdict cannot be forged: expected output never enters the box. Output is right by
    LiveCodeBench's rule: both are stripped and split into lines, each line is stripped; as many
    lines, and each is the same text or the same decimal numbers in the same order. ``sys.exit`` is
    an end like any other; an exception, a signal or a too long output is not.
    """

    code: str
    cases: tuple[tuple[str, str], ...]
    """Standard input, and the output expected."""


@dataclass(frozen=True, slots=True)
class CallCases:
    """A function that is called once for each case, as LiveCodeBench does.

    The verdict cannot be forged, as with :class:`Calls`. Limits of time are for each case: of the
    processor as ``wall_s`` has it, on the wall :data:`PATIENCE` times that. Equal means ``==``; a
    tuple that is returned counts as a list.
    """

    code: str
    entry_point: str
    """A name, or a method: ``Solution().add``."""
    cases: tuple[tuple[tuple[Any, ...], Any], ...]
    """Arguments, and the value expected."""
    setup: str = ""
    """Trusted code that runs before ``code``."""


@dataclass(frozen=True, slots=True)
class Script:
    """A program with its tests in one process, as BigCodeBench has them.

    The verdict **can be forged**: the program shares the process with what judges it. What is done
    against it: the tests (``unittest``) that have run are told by a word that the program is not
    given, and counted outside against those that the source has; a script without any must reach
    its end.
    """

    code: str
    tests: str = ""
    """Trusted code that is run after ``code`` in the same namespace; its test cases are run."""


Job = Calls | StdIn | CallCases | Script


def forgeable(job: Job) -> bool:
    """Whether a program could pass without being right."""
    return isinstance(job, Script)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a job."""

    status: Status
    why: str = ""
    """One line; empty for what passed."""
    printed: str = ""
    """The start of what the program printed, and the end of it where it is long."""
    case: int | None = None
    """Number of the case it ended at, from 0, where the job has cases."""
    seconds: float = 0.0
    """On the wall, from its start to the verdict."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a script that ran to its end."""

    exit: int | None
    """Its exit status, negative the signal; ``None`` if it was stopped."""
    stdout: bytes
    stderr: bytes
    ended: Ending = "exited"
    why: str = ""
    """One line, where it was stopped or could not be run."""
    seconds: float = 0.0


class Box(Protocol):
    """Runs programs apart from everything else; usable from any thread.

    A box on another machine has no more than this. One of this machine can also be talked to while
    a program runs (``local.LocalBox``).
    """

    name: str
    """As the setting has it: ``ns``, ``docker``, ..."""
    isolation: str
    """What separates the program, and with which interpreter; for the version of a result."""

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        """Run a Python script to its end. What fails here is ``sandbox_failed``, never raised."""
        ...

    def close(self) -> None:
        """Stop everything it runs and let go of what it holds."""
        ...
