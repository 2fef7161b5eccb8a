"""Programs of which it is known whether they are right: HumanEval's and MBPP's, and broken ones."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from perfbench.sandbox.jobs import Calls

DATA = Path(
    os.environ.get("PERFBENCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()
HUMANEVAL = DATA / "humaneval" / "HumanEval.jsonl.gz"
MBPP = DATA / "mbpp" / "mbpp.jsonl"
MBPP_NOT_PLAIN = {367, 533, 596, 601, 927}
"""Questions whose tests need classes or modules of the solution."""
_BREAK = """

def _broken(right):
    def other(value):
        if isinstance(value, bool): return not value
        if isinstance(value, (int, float, complex)): return value + 1
        if isinstance(value, str): return value + "x"
        if isinstance(value, list): return value + [None]
        if isinstance(value, tuple): return value + (None,)
        return 1
    return lambda *given: other(right(*given))
{name} = _broken({name})
"""


def humaneval() -> Iterator[Calls]:
    """All 164, each with a right solution."""
    with gzip.open(HUMANEVAL, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            name, prompt = row["entry_point"], row["prompt"]
            code = prompt + row["canonical_solution"]
            tests = f"{row['test']}\ncheck({name})\n"
            yield Calls(code, name, tests, prompt[: prompt.index(f"def {name}(")], code)


def mbpp() -> Iterator[tuple[int, Calls]]:
    """All 974 with their numbers, each with a right solution."""
    with MBPP.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            tests = "\n".join([*row["test_list"], *row["challenge_test_list"]])
            defined = re.findall(r"def\s+(\w+)", row["code"])
            name = [each for each in defined if re.search(rf"\b{each}\b", tests)][-1]
            yield row["task_id"], Calls(row["code"], name, tests, row["test_setup_code"])


def broken(job: Calls) -> Calls:
    """The same with a program that does all but return what it should."""
    return replace(job, code=job.code + _BREAK.format(name=job.entry_point))


def empty(job: Calls) -> Calls:
    """The same with a program that returns ``None``."""
    return replace(job, code=f"def {job.entry_point}(*given, **named): return None")
