"""Objectives, gates and searches of real runs on the simulator: what is left, and the status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from load_runs import Command, measured

from perfbench import PerfConfig, open_run, run_perf
from perfbench.errors import ConfigError
from perfbench.reports.write import report_page

FAST = {"ttft_ms": 5, "itl_ms": 1, "output_tokens": 4}
FAILING = {**FAST, "error_rate": 0.3}


@pytest.fixture
def ran(tmp_path: Path, command: Command) -> Command:
    """Runs a short load test with more flags."""
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump({"simulator": FAST}))
    common = ["--config", file, "--no-report", "--no-probe", "--max-tokens", "4"]
    return lambda *flags: command(*common, *flags)


def test_objectives_and_goodput_are_in_the_summary_and_made_again_from_the_store(tmp_path):
    settings = {
        "simulator": FAILING,
        "parallel": 4,
        "number": 60,
        "slo": ["ttft_ms.p50<=10s", "ttft_ms.p50<=1", "schedule_ttft_ms.p50<1"],
        "goodput": {"ttft": 5000},
    }
    run = measured(tmp_path, **settings)
    (summary,) = run.summaries
    assert summary.objectives is not None
    assert [each.attained for each in summary.objectives] == ["met", "missed", "unknown"]
    good = summary.goodput
    assert good is not None
    assert (good.met, good.missed, good.unknown) == (summary.completed, summary.failed, 0)
    assert good.attainment == summary.completed / 60
    with open_run(run.path) as stored:
        assert stored.summaries() == [summary]


def test_a_gate_that_is_not_passed_ends_with_status_3_and_all_figures(ran):
    done = ran(
        *("--parallel", "2", "4", "--number", "20", "--json"),
        *("--fail-if", "completed<20", "ttft_ms.p50>=1"),
    )
    assert done.returncode == 3
    lines = done.stderr.splitlines()[-2:]
    assert lines[0].startswith("perfbench: parallel_2_number_20: --fail-if ttft_ms.p50>=1 holds")
    assert lines[1].startswith("perfbench: parallel_4_number_20: --fail-if ttft_ms.p50>=1 holds")
    assert len(json.loads(done.stdout)["points"]) == 2


def test_a_gate_that_cannot_be_said_is_not_passed(ran):
    done = ran("--number", "3", "--fail-if", "schedule_ttft_ms.p50>1")
    assert done.returncode == 3
    assert "cannot be said: schedule_ttft_ms.p50 is unknown" in done.stderr


def test_gates_that_are_passed_change_nothing(ran):
    done = ran("--number", "5", "--fail-if", "error_rate>1%", "--abort-if", "failed>0")
    assert done.returncode == 0, done.stderr


def test_a_run_that_cannot_pass_any_more_is_stopped_and_keeps_what_it_has(tmp_path):
    result = run_perf(
        PerfConfig(
            simulator={**FAILING, "ttft_ms": 50},
            parallel=[2, 4],
            number=1000,
            abort_if=["error_rate>10%"],
            report=False,
            outputs_dir=tmp_path,
        )
    )
    (summary,) = result.summaries
    assert summary.ended_early is not None
    assert not summary.interrupted
    assert 30 <= summary.completed + summary.failed < 1000
    assert summary.ledger is not None
    assert summary.ledger.balanced
    assert result.failed_gates[0].startswith("parallel_2_number_1000: --abort-if error_rate>0.1")


def test_a_search_leaves_its_path(tmp_path):
    """Each of 4 places is taken for 4 steps: with more in flight requests wait for a place."""
    slow = {"step_ms": 5, "step_ms_per_sequence": 0, "prefill_rate": 1e9, "max_batch": 4}
    result = run_perf(
        PerfConfig(
            simulator={**slow, "output_tokens": 4},
            extra_args={"ignore_eos": True},
            max_tokens=4,
            search="parallel",
            search_max=16,
            slo=["ttft_ms.p75<=500"],
            report=False,
            probe=False,
            outputs_dir=tmp_path,
        )
    )
    path = result.search
    assert path is not None
    assert (path.answer, result.met) == (16.0, True)
    assert path.stopped.startswith("parallel 16 is met and is the largest load of the search")
    assert [trial.point for trial in path.trials] == [point.name for point in result]
    assert path.requests == sum(trial.requests for trial in path.trials)
    with open_run(result.path) as run:
        assert run.search() == path
        assert sum(1 for point in run.points() for _ in run.records(point)) == path.requests
        page = report_page(run)
    stored = json.loads((result.path / "summary.json").read_text())
    assert stored["search"]["answer"] == 16
    assert "parallel 16 is the largest load that meets the objectives" in page
    assert 'data-chart="search"' in page


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"slo": ["ttft.p99<=1"]}, "--slo: no figure .*did you mean ttft_ms.p99"),
        ({"fail_if": ["ttft_ms.p9<=1"]}, "--fail-if: no figure"),
        ({"abort_if": ["duration_s>1"]}, "--abort-if: duration_s is known only when"),
        ({"goodput": {"itl": 3}}, "--goodput: a request has many values"),
    ],
)
def test_names_that_are_none_are_told_before_anything_is_sent(tmp_path, settings, hint):
    with pytest.raises(ConfigError, match=hint):
        run_perf(PerfConfig(outputs_dir=tmp_path / "none", **settings))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        (["--slo", "ttft_ms.p99"], "--slo: expected FIGURE OPERATOR NUMBER"),
        (["--search", "rate"], "--search needs --slo or --goodput"),
        (["--search-min", "3"], "--search-min needs --search"),
        (["--search", "speed", "--slo", "failed<1"], "--search"),
        (["--search", "parallel", "--slo", "failed<1", "--parallel", "3"], "not --parallel"),
        (["--goodput", "ttft"], "--goodput"),
        (["--goodput", "ttft:-3"], "--goodput"),
    ],
)
def test_bad_values_are_told_in_a_line(refused, flags, hint):
    assert hint in refused("--no-report", "--no-probe", *flags)
