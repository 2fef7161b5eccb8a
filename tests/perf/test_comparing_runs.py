"""Real runs against each other: what ``compare`` and ``--fail-if ... worse than`` say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import perfbench
from perfbench import PerfbenchError, PerfResult, run_perf
from perfbench.config.expressions import Worse, read_expression

FAST, SLOW = (
    {"ttft_ms": 80, "itl_ms": 16, "jitter": 0.3},
    {"ttft_ms": 160, "itl_ms": 32, "jitter": 0.3},
)
"""So slow that what a busy machine adds is a small part: figures that are the client's own are not
compared."""


TRIES = 8


def ran(folder: Path, simulator: dict[str, Any], **settings: Any) -> PerfResult:
    """A run that measured the simulator: where the machine's host took its cores away meanwhile,
    the client says itself that it did not, and it is done again."""
    load = {"parallel": [4], "number": 32, "max_tokens": 6, "workers": 1}
    fixed = {"report": False, "probe": False, "outputs_dir": folder, "simulator": simulator}
    for _ in range(TRIES):
        result = run_perf({**fixed, **load, **settings})
        if all(each.client.verdict != "saturated" for each in result.summaries):
            break
    return result


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four runs: two repeats of two loads, one of one of them, a slower service, other work."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        "base": ran(folder, FAST, name="base", parallel=[8, 4], repeat=2, intervals=True).path,
        "single": ran(folder, FAST, name="single").path,
        "slow": ran(folder, SLOW, name="slow").path,
        "other": ran(folder, FAST, name="other", max_tokens=3).path,
    }


def test_repeats_and_intervals_are_in_the_summary(runs):
    found = json.loads((runs["base"] / "summary.json").read_text(encoding="utf-8"))
    assert [load["name"] for load in found["repeats"]] == [
        "parallel_8_number_32",
        "parallel_4_number_32",
    ]
    figure = found["repeats"][0]["figures"]["tpot_ms.mean"]
    assert figure["runs"] == 2
    assert figure["low"] < figure["mean"] < figure["high"]
    low, high = found["points"][0]["intervals"]["tpot_ms.mean"]
    assert low < found["points"][0]["metrics"]["tpot_ms"]["mean"] < high
    assert "ttft_ms.p99" not in found["points"][0]["intervals"]
    assert [point["repeat"] for point in found["points"]] == [1, 1, 2, 2]


def test_a_service_half_as_fast_is_worse(runs):
    found = perfbench.compare(runs["base"], runs["slow"])
    (against,) = found.runs
    assert ("simulator.itl_ms", 16.0, 32.0) in against.settings
    (load,) = against.loads
    assert (load.load, load.runs, against.only_a) == ("parallel_4", (2, 1), ("parallel_8",))
    assert {row["figure"]: row for row in found.table()}["tpot_ms.mean"]["relative"] > 0.5
    single = perfbench.compare(runs["single"], runs["slow"])
    changes = {row["figure"]: row["change"] for row in single.table()}
    assert changes["tpot_ms.mean"] == changes["output_throughput_tok_s"] == "worse"


def test_the_command_shows_writes_and_prints_it(runs, tmp_path, command):
    page = tmp_path / "page.html"
    shown = command("compare", runs["base"], runs["slow"], "--html", page)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "simulator.itl_ms" in shown.stdout
    assert shown.stdout.index("simulator.itl_ms") < shown.stdout.index("TPOT mean")
    text = page.read_text(encoding="utf-8")
    assert "TPOT mean (ms)" in text
    assert "<svg" in text
    printed = json.loads(command("compare", runs["base"], runs["slow"], "--json").stdout)
    assert printed["runs"][0]["loads"][0]["differences"][0]["figure"] == "ttft_ms.mean"


def test_other_work_is_not_compared(runs, command):
    done = command("compare", runs["other"], runs["slow"])
    assert done.returncode == 0
    assert "cannot be compared: other work was asked for: max_tokens" in done.stdout
    assert "No load can be compared." in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "takes two runs or more"),
        (["nobody"], "there is no run 'nobody'"),
        (["slow", "--run-spread", "much"], "no per cent"),
        (["slow", "--flips"], "--flips is for evaluations"),
        (["slow", "--html", "/nowhere/page.html"], "cannot write /nowhere/page.html"),
    ],
)
def test_bad_input_is_one_line(runs, refused, words, told):
    assert told in refused("compare", runs["base"], *(runs.get(word, word) for word in words))


def test_an_api_call_takes_two():
    with pytest.raises(PerfbenchError, match="two runs or more"):
        perfbench.compare("one")


@pytest.mark.parametrize(("simulator", "lines"), [(SLOW, 1), (FAST, 0)])
def test_a_gate_against_another_run(runs, simulator, lines):
    gate = f"tpot_ms.mean worse than {runs['single']} by 60%"
    result = ran(runs["single"].parent, simulator, fail_if=[gate])
    assert len(result.failed_gates) == lines
    assert all("worse by more than 60%" in line for line in result.failed_gates)


def test_a_gate_against_other_work_cannot_be_said(runs):
    gate = f"tpot_ms.mean worse than {runs['other']} by 5%"
    (line,) = ran(runs["slow"].parent, FAST, fail_if=[gate]).failed_gates
    assert "cannot be said: other work was asked for: max_tokens" in line


def test_a_gate_on_a_load_that_the_baseline_lacks_cannot_be_said(runs):
    gate = f"tpot_ms.mean worse than {runs['slow']} by 5%"
    result = ran(runs["slow"].parent, FAST, parallel=[3], fail_if=[gate])
    assert "has no such load" in result.failed_gates[0]


def test_the_clause_is_read_and_written_alike():
    text = "ttft_ms.p99 worse than results/a_b by 5% and error_rate<=0.01"
    found = read_expression(text)
    assert found.comparisons == (Worse("ttft_ms.p99", "results/a_b", 5.0),)
    assert [each.figure for each in found.limits] == ["error_rate"]
    assert str(found) == text
    assert read_expression(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "ttft_ms.p99 worse than RUN",
        "ttft_ms.p99 worse as RUN by 5%",
        "ttft_ms.p99 worse than RUN by 5",
        "ttft_ms.p99 worse than RUN by -5%",
        "ttft_ms.p99 worse than RUN by much%",
    ],
)
def test_a_malformed_clause_is_refused(text):
    with pytest.raises(ValueError, match=r"worse|per cent"):
        read_expression(text)
