"""Judging in a process of its own: the same verdicts, and none of what breaks it is wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfbench import registry
from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation import grader
from perfbench.evaluation.extraction.number import number as find_number
from perfbench.evaluation.grader import verdicts, votes
from perfbench.evaluation.grader_child import Output
from perfbench.evaluation.scorers.number import number
from perfbench.evaluation.verdict import verdict
from perfbench.evaluation.voting import Ballot
from perfbench.types import Outcome, Sample, Score

SAMPLE = Sample(id="1", input="?", target="18")


@pytest.fixture
def obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.EXTRACTORS, "as_it_stands", "hostile_parts:as_it_stands")
    monkeypatch.setitem(registry.SCORERS, "obeys", "hostile_parts:obeys")


@pytest.fixture
def afresh() -> Iterator[None]:
    """No process that an earlier test started is judging, nor one of this test after it."""
    grader.close()
    yield
    grader.close()


def _said(text: str, finish: str = "stop", outcome: Outcome = "ok") -> Output:
    return Output(text, finish, outcome)


def _obeyed(*orders: str, limit_s: float = 0.3) -> list[Score]:
    answers = [(_said(order), SAMPLE) for order in orders]
    return [*verdicts("as_it_stands", "obeys", answers, limit_s)]


def test_a_verdict_is_that_of_the_pure_function() -> None:
    outputs = [_said(f"The answer is {n}.") for n in range(200)]
    outputs += [_said("So 9 * 2", "length"), _said("", outcome="timeout"), _said("Who knows?")]
    found = [*verdicts("number", "number", [(each, SAMPLE) for each in outputs])]
    assert found == [verdict(each, SAMPLE, find_number, number) for each in outputs]
    assert [each.value for each in found].count(1.0) == 1
    assert [each.unscored for each in found[200:]] == ["cut_off", "request_failed", "no_answer"]


def test_a_sample_without_a_right_answer_is_unscored() -> None:
    (found,) = verdicts("number", "number", [(_said("18"), Sample(id="1", input="?"))])
    assert found.unscored == "no_reference"


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("loop", "not judged within 0.3 s of processor time"),
        ("swallow", "not judged within its processor time"),
        ("multiply", "processor time"),
        ("fill", "not judged within 4 GiB of memory"),
        *(
            pytest.param(
                f"die {status}",
                f"the grading process died (status {status})",
                marks=pytest.mark.undisturbed,
            )
            for status in (3, 0)
        ),
        (f"signal {signal.SIGKILL:d}", "the grading process died (signal 9)"),
        ("raise on two\nlines", "ValueError: on two lines"),
        ("return nonsense", "AttributeError: 'str' object has no attribute 'answer'"),
    ],
)
def test_an_answer_that_cannot_be_judged_is_unscored(obeys: None, order: str, why: str) -> None:
    before, found, *after = _obeyed("go", order, "go", "go")
    assert found.value is None
    assert found.unscored == "grading_failed"
    assert why in found.why
    assert [each.value for each in (before, *after)] == [1.0] * 3


def test_many_in_a_row_that_its_process_dies_of(obeys: None) -> None:
    found = _obeyed(*["die 1", "go"] * 3)
    assert [each.unscored for each in found] == ["grading_failed", None] * 3


def test_what_a_scorer_prints_goes_nowhere(obeys: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert [each.value for each in _obeyed("print noise", "go")] == [1.0, 1.0]
    assert capfd.readouterr() == ("", "")


def test_a_scorer_that_waits_for_ever_is_given_up(
    obeys: None, afresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each.value for each in _obeyed("sleep 0.5")] == [1.0]
    grader.close()
    monkeypatch.setattr(grader, "_WALL_LIMIT_S", 4.0)
    waited, after = _obeyed("sleep 1000", "go")
    assert waited.why == "not judged within 4 s"
    assert after.value == 1


def test_a_process_serves_many_calls_and_any_thread(obeys: None, afresh: None) -> None:
    found: dict[int, list[Score]] = {}

    def judge(count: int) -> None:
        answers = [(_said(f"\\boxed{{{count}(x+{n})}}"), Sample("1", "?", f"{count}x+{count * n}"))
                   for n in range(1, 4)]  # fmt: skip
        found[count] = [*verdicts("math", "math", answers)]

    threads = [threading.Thread(target=judge, args=(count,)) for count in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[each.value for each in scores] for scores in found.values()] == [[1.0] * 3] * 2


@pytest.mark.parametrize(
    "formula", ["x^{9^{9^{9}}}", "10^{10^{10}}", "(10^{10})!", r"\binom{10^9}{5\cdot 10^8}"]
)
def test_a_formula_that_keeps_sympy_busy_is_unscored(formula: str) -> None:
    sample = Sample(id="1", input="?", target="x+1")
    answers = [(_said(rf"\boxed{{{each}}}"), sample) for each in (formula, "1+x", "2+x")]
    found = [*verdicts("math", "math", answers, 0.5)]
    assert [each.value for each in found] == [None, 1.0, 0.0]
    assert found[0].unscored == "grading_failed"


@pytest.mark.parametrize(
    ("extractor", "scorer", "said"),
    [
        ("nunber", "number", "did you mean number"),
        ("number", "nunber", "did you mean number"),
        ("number", "gone", "gone needs the package no_such_module"),
    ],
)
def test_a_part_that_is_not_there(
    extractor: str, scorer: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.SCORERS, "gone", "no_such_module:gone")
    with pytest.raises(ConfigError, match=said):
        [*verdicts(extractor, scorer, [(_said("18"), SAMPLE)])]


def test_a_part_that_cannot_be_loaded(
    tmp_path: Path, afresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_part.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(registry.SCORERS, "broken", "broken_part:broken")
    with pytest.raises(ConfigError, match="broken cannot be loaded: ZeroDivisionError"):
        [*verdicts("number", "broken", [(_said("18"), SAMPLE)])]


def test_a_target_that_cannot_be_scored_ends_it() -> None:
    with pytest.raises(WorkloadError, match="the target 'many' is no number"):
        [*verdicts("number", "number", [(_said("18"), Sample(id="1", input="?", target="many"))])]


@pytest.mark.parametrize("program", ["/bin/false", "/no/such/python"])
def test_where_no_process_can_be_started_nothing_is_wrong(
    program: str, afresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    monkeypatch.setattr(grader, "subprocess", subprocess)  # what is started is what is tested
    found = [*verdicts("number", "number", [(_said("17"), SAMPLE)] * 100)]
    assert {(each.value, each.unscored) for each in found} == {(None, "grading_failed")}
    assert "the grading process cannot start" in found[0].why


@pytest.mark.parametrize("first", ["", "/"])
def test_files_in_the_working_directory_are_not_taken_for_libraries(
    first: str, tmp_path: Path
) -> None:
    """Whether or not the directory is on the path of the process that asks."""
    for name in ("types", "re", "sympy", "math_verify", "multiprocessing", "socket", "pickle"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    program = (
        "import sys; sys.path.remove('')\n"
        "from perfbench.evaluation.grader import verdicts\n"
        "from perfbench.evaluation.grader_child import Output\n"
        "from perfbench.types import Sample\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "sample = Sample(id='1', input='?', target='x+1')\n"
        "print(*verdicts('math', 'math', [(Output('\\\\boxed{1+x}', 'stop', 'ok'), sample)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, first],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(grader.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "value=1.0" in done.stdout


@pytest.mark.parametrize(
    ("scorer", "target", "answers", "expected"),
    [
        ("math", "1/2", "1/2 0.5 2/3 50\\% \\frac{2}{3} x+1 1+x", "1/2 1/2 2/3 1/2 2/3 x+1 x+1"),
        ("number", "18", "18 18.0 17 17.00", "18 18 17 17"),
        ("choice", "A", "A B C", "A B C"),
        ("exact", "red", "red Red blue", "red red blue"),
        ("ifeval", None, "one two", "one two"),
    ],
)
def test_equal_answers_are_one_vote(
    scorer: str, target: str | None, answers: str, expected: str
) -> None:
    sample = Sample(id="1", input="?", target=target, choices=("x", "y", "z"))
    right = ("1/2", "0.5", "50\\%", "18", "18.0", "A")
    ballot = Ballot(sample, tuple((each, float(each in right)) for each in answers.split()))
    assert list(votes("verbatim", scorer, [ballot])) == [expected.split()]


@pytest.mark.parametrize("order", ["loop", "die 3", "raise it"])
def test_answers_that_cannot_be_compared_vote_as_spelled(obeys: None, order: str) -> None:
    sample = Sample(id="1", input="?", target="x")
    ballots = [
        Ballot(sample, (("go", 0.0), (order, 0.0))),
        Ballot(sample, (("go", 0.0), ("go on", 0.0), ("go away", 1.0))),
    ]
    found = [*votes("as_it_stands", "obeys", ballots, cpu_limit_s=0.3)]
    assert found[0][0] == "go"
    assert found[0][1] in ("go", order)
    assert found[1] == ["go", "go", "go away"]
