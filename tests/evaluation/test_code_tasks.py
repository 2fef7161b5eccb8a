"""Data sets of programs: what their rows ask, and the jobs that judge what is answered."""

from __future__ import annotations

import ast
import base64
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from perfbench import registry
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.data import Places
from perfbench.evaluation.extraction.code import code
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.models import unasked
from perfbench.evaluation.plan.questions import plan
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.evaluation.programs import job_of
from perfbench.evaluation.tasks.live_code_bench import unpacked
from perfbench.sandbox.jobs import CallCases, Calls, Script, StdIn, forgeable
from perfbench.types import Sample

DATA = Path(
    os.environ.get("PERFBENCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()
NAMES = [
    name
    for name in registry.TASKS
    if registry.resolve(registry.TASKS, name).scorer in registry.RUNNERS
]


def asked(name: str, places: Places | None = None, **choice: Any) -> list[Sample]:
    resolved = catalogue.find(name)
    found = catalogue.find_data(resolved, places or Places())
    return [sample for sample, _ in samples(resolved, found, Selection(**choice))]


@pytest.mark.parametrize("name", NAMES)
def test_right_programs_are_read_out_of_answers(name: str) -> None:
    """The rows that come with perfbench, each answered with its own right program."""
    for sample in asked(f"demo_{name}"):
        program = str(sample.target)
        found = code(f"Here:\n\n```python\n{program}\n```\n", sample).answer
        assert found is not None
        assert found.strip() == program.strip()
        job = job_of(found, sample)
        assert job.code.endswith(found)
        assert forgeable(job) == (name == "bigcodebench")


def test_kinds_of_jobs() -> None:
    kinds = {
        name: {type(job_of("pass", sample)) for sample in asked(f"demo_{name}")} for name in NAMES
    }
    assert kinds == {
        "humaneval": {Calls},
        "humaneval_plus": {Calls},
        "mbpp": {Calls},
        "mbpp_plus": {Calls},
        "live_code_bench": {StdIn, CallCases},
        "bigcodebench": {Script},
        "general_code": {Calls, StdIn, CallCases},
    }


def test_real_humaneval() -> None:
    if not (DATA / "humaneval").is_dir():
        pytest.skip(f"no real humaneval in {DATA}; PERFBENCH_DATA names the data folder")
    rows = asked("humaneval", Places(dataset_dir=DATA))
    assert len(rows) == 164
    for sample in rows:
        bare = str(sample.target).removeprefix(sample.meta["stub"])
        for text in (str(sample.target), bare, bare.lstrip(), f"```python\n{bare}\n```"):
            found = code(text, sample).answer
            assert found is not None
            assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(str(sample.target)))


def test_real_mbpp_by_its_splits() -> None:
    if not (DATA / "mbpp").is_dir():
        pytest.skip(f"no real mbpp in {DATA}; PERFBENCH_DATA names the data folder")
    places = Places(dataset_dir=DATA)
    rows = asked("mbpp", places)
    assert [sample.id for sample in rows] == [f"mbpp/{number}" for number in range(11, 511)]
    last = rows[0].input
    assert isinstance(last, list)
    assert len(last) == 7
    every = asked("mbpp", places, subsets=("prompt", "test", "validation", "train"))
    assert len(every) == 974


def test_contest_problems_by_platform_and_day() -> None:
    def found(**own: Any) -> list[str]:
        config = EvalConfig(
            datasets=["demo_live_code_bench"], dataset_args={"live_code_bench": own}
        )
        (questions,) = plan(config, unasked(config))
        return [str(each.sample.meta["question_id"])[-1] for each in questions.asked]

    assert found() == list("cdab")
    assert found(subset_list=["atcoder", "leetcode"]) == list("cda")
    assert found(start_date="2024-05-11") == list("cdb")
    assert found(end_date="2024-05-11") == list("ca")
    assert found(extra_params={"start_date": "2024-05-12", "end_date": "2024-12-31"}) == ["b"]
    for own, said in (
        ({"start_date": "May 2024"}, "'May 2024' is no day; it is written YYYY-MM-DD"),
        ({"extra_params": 3}, "extra_params must be an object, got 3"),
        ({"subset_list": ["spoj"]}, "has no subset 'spoj'"),
    ):
        with pytest.raises(ConfigError, match=said):
            found(**own)
    config = EvalConfig(datasets=["demo_gsm8k"], dataset_args={"gsm8k": {"end_date": "2024-01-01"}})
    with pytest.raises(ConfigError, match="demo_gsm8k has no dates"):
        plan(config, unasked(config))


def packed(value: Any, protocol: int = 4) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value, protocol))).decode()


CASES = json.dumps([{"input": "1\n", "output": "é\n", "testtype": "stdin"}])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_private_tests_are_unpacked(protocol: int) -> None:
    assert unpacked(packed(CASES, protocol)) == [("1\n", "é\n")]
    assert unpacked(packed("x" * 70_000, protocol)[:0]) == []


RAN: list[str] = []


def ran() -> str:
    RAN.append("ran")
    return CASES


class Evil:
    def __reduce__(self) -> Any:
        return ran, ()


def test_nothing_else_is_unpickled() -> None:
    pickled = pickle.dumps(Evil())
    for bad in (
        base64.b64encode(zlib.compress(pickled)).decode(),
        packed([CASES]),
        packed((CASES, Evil())),
        packed({"a": CASES}),
        packed(7),
        packed("no JSON"),
        packed(json.dumps({"input": "1"})),
        base64.b64encode(zlib.compress(b"\x80\x04.")[:-3]).decode(),
        base64.b64encode(b"plain").decode(),
        "%%%",
        "[1, 2",
    ):
        with pytest.raises(ValueError, match="rivate tests"):
            unpacked(bad)
    assert not RAN
    assert pickle.loads(pickled) == CASES  # as it would be


def test_a_malformed_row_is_named(tmp_path: Path) -> None:
    for name, row, said in (
        ("humaneval", {"prompt": "def f():\n"}, "entry_point"),
        ("humaneval", {"prompt": "p", "entry_point": "f", "test": "def ("}, "no Python"),
        (
            "mbpp",
            {"text": "t", "task_id": 12, "code": "x = 1", "test_list": ["f()"]},
            "no function",
        ),
        ("general_code", {"prompt": "p", "tests": "assert f()"}, "'entry_point' must name it"),
        ("general_code", {"prompt": "p"}, "needs 'tests', or 'cases'"),
        ("general_code", {"prompt": "p", "cases": []}, "at least one"),
        ("general_code", {"prompt": "p", "cases": [{"input": 1, "output": 2}]}, "must be text"),
        ("general_code", {"prompt": "p", "entry_point": "f", "cases": [1]}, "list of objects"),
        ("live_code_bench", {"platform": "atcoder", "public_test_cases": "{"}, "public_test_cases"),
        (
            "bigcodebench",
            {"complete_prompt": "p", "entry_point": "f", "test": "1", "libs": "f()"},
            "libs",
        ),
    ):
        task = registry.resolve(registry.TASKS, name)
        with pytest.raises(ValueError, match=said):
            task.to_sample({"question_content": "?", **row}, "default", 0)


def test_a_program_with_imports_of_the_future_keeps_what_it_may_take_for_granted() -> None:
    answer = (
        '"""é"""; from __future__ import annotations; n = floor(2.5)\n'
        "from __future__ import (\n    division,\n)\nassert floor(n) == 2\n"
    )
    for kind in ({"kind": "stdin", "cases": [["", ""]]}, {"kind": "script", "tests": "pass"}):
        job = job_of(answer, Sample("s", "?", meta={"setup": "from math import *\n", **kind}))
        exec(compile(job.code, "answer", "exec", dont_inherit=True), {})
    broken = job_of(
        "from __future__ import annotations\nprint((",
        Sample("s", "?", meta={"setup": "x=1", **kind}),
    )
    with pytest.raises(SyntaxError):
        ast.parse(broken.code)


def test_a_sample_that_says_nothing_cannot_be_judged() -> None:
    for meta in ({}, {"kind": "magic"}, {"kind": "stdin"}, {"kind": "calls", "entry_point": "f"}):
        with pytest.raises(WorkloadError, match="sample s"):
            job_of("pass", Sample("s", "?", meta=meta))
