"""What data sets of programs have in common: their fields, their prompts, and what their samples
say to whoever reads and runs an answer.

``Sample.meta`` of a program, all of it optional but ``kind``:

- ``kind``: how it is judged, a name of ``registry.RUNNERS``' jobs: ``calls`` (a function, by tests
  that call it), ``cases`` (a function, by arguments and values), ``stdin`` (a program, by input and
  output) or ``script`` (a function, by tests in its own process);
- ``entry_point``: what an answer must define: ``add`` or ``Solution().add``;
- ``stub``: source text that a bare answer goes on with;
- ``setup``: source text that runs before an answer; ``tests``: source text that judges it;
- ``cases``: pairs of input and output; ``packed_cases``: more of them, see ``live_code_bench``;
- ``libraries``: packages that answer and tests import;
- ``check_target``: the right program must pass before anything is asked.

``Sample.target`` is a right program, where the data has one.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from perfbench.evaluation.fields import Row
from perfbench.evaluation.prompts import Chat, Text, Wording, kinds, question
from perfbench.evaluation.task import Variant
from perfbench.types import Sample


def source(row: Row, *names: str) -> str:
    """The first of these fields that the row has, as source text: white space counts.

    Raises:
        ValueError: there is none, or it is no text.
    """
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value.replace("\r\n", "\n")
        if value not in (None, ""):
            raise ValueError(f"{name!r} must be text, the source of a program")
    wanted = " or ".join(map(repr, names))
    raise ValueError(f"has no {wanted}; its fields are {', '.join(map(repr, row))}")


def optional_source(row: Row, *names: str) -> str:
    """The same; empty where there is none."""
    return source(row, *names) if any(row.get(name) not in (None, "") for name in names) else ""


def before(stub: str, entry_point: str) -> str:
    """What the beginning of a program has before the function that it begins."""
    name = re.escape(entry_point)
    found = re.search(rf"^(?:async\s+def|def|class)\s+{name}\b", stub, re.MULTILINE)
    return stub[: found.start()] if found else ""


def checked(text: str, name: str) -> str:
    """The source text of tests.

    Raises:
        ValueError: it is no Python.
    """
    _parsed(text, repr(name))
    return text


def _parsed(text: str, what: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that mean nothing
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ValueError(f"{what} is no Python program: {error}") from None


def called(tests: Sequence[str], reference: str) -> str:
    """The function that tests call and a right program defines.

    Raises:
        ValueError: there is none, or one of the two is no Python.
    """
    body = _parsed(reference, "the right program").body
    trees = [_parsed(test, "a test") for test in tests]
    defined = {each.name for each in body if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in defined:
                return node.func.id
    raise ValueError("no function that the program defines is called by the tests")


def fenced(program: str) -> str:
    """A program as models answer with one."""
    return f"```python\n{program.strip()}\n```"


def variants(ask: Wording) -> dict[str, Variant]:
    """The prompt kinds of a data set of programs: with thoughts before the program, or without."""

    def reply(sample: Sample) -> str:
        return fenced(str(sample.target or ""))

    def thinking(sample: Sample) -> str:
        return f"{ask(sample)}\n\nThink step by step first. Finish with one Python code block."

    def at_once(sample: Sample) -> str:
        return f"{ask(sample)}\n\nReply with one Python code block."

    head = "Each problem is followed by its solution in Python."
    return kinds(
        Chat(thinking, reply),
        Chat(at_once, reply),
        Text(lambda sample: head, ask, "Solution:\n", reply, "Let's think step by step."),
        Text(lambda sample: head, ask, "Solution:\n", reply),
    )


def _complete(sample: Sample) -> str:
    return f"Complete this Python function:\n\n{fenced(question(sample))}"


COMPLETION = variants(_complete)
"""Functions of which signature and docstring are given."""


def _described(sample: Sample) -> str:
    tests = "\n".join(sample.meta["shown_tests"])
    return f"{question(sample)}\n\nYour code must pass these tests:\n\n{fenced(tests)}"


DESCRIPTION = variants(_described)
"""Functions that are described, with tests that they must pass."""
