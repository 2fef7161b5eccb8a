"""A run that asks several models: drawn by weight, stored, and told apart in every report."""

from __future__ import annotations

import io
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from load_runs import measured

from perfbench.config import PerfConfig, SimulatorConfig, load_config
from perfbench.errors import ConfigError
from perfbench.reports.console import print_summary
from perfbench.simulator.spawn import Simulator
from perfbench.store import open_run
from perfbench.types import Point
from perfbench.workloads import load_workload


def asked(number: int, index: int = 0, **fields: Any) -> list[str | None]:
    workload = load_workload(PerfConfig(**fields), None)
    point = Point(index, "p", 1, None, number)
    return [sample.model for sample in islice(workload.samples(point), number)]


def test_models_are_drawn_by_weight() -> None:
    counts = Counter(asked(4000, models=["a=3", "b", "org/c=v=0.5"]))
    assert set(counts) == {"a", "b", "org/c=v"}
    assert counts["a"] / counts["b"] == pytest.approx(3, rel=0.15)
    assert counts["b"] / counts["org/c=v"] == pytest.approx(2, rel=0.25)
    zipf = Counter(asked(4000, models=["a", "b", "c"], model_choice="zipf:1"))
    assert [zipf[name] / 4000 for name in "abc"] == pytest.approx(
        [6 / 11, 3 / 11, 2 / 11], abs=0.03
    )
    assert asked(50, models=["a", "b"], seed=1) == asked(50, models=["a", "b"], seed=1)
    assert asked(50, models=["a", "b"]) != asked(50, 1, models=["a", "b"])
    assert set(asked(3)) == {None}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"models": ["a"]}, "two or more different names"),
        ({"models": ["a", "a=2"]}, "two or more different names"),
        ({"models": ["a=0", "b"]}, "a weight is above 0"),
        ({"models": ["a=2", "b"], "model_choice": "zipf:1"}, "give one of them"),
        ({"model_choice": "zipf:1"}, "--model-choice needs --models"),
        ({"models": ["a", "b"], "model": "c"}, "--model c is none of --models"),
    ],
)
def test_wrong_models_are_one_clear_line(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(fields, environment={})


def test_every_model_has_figures_of_its_own(tmp_path: Path) -> None:
    served = SimulatorConfig(port=0, model="base", adapters=["lora"], ttft_ms=5, itl_ms=1)
    with Simulator(served) as simulator:
        run = measured(
            tmp_path,
            url=simulator.url,
            models=["base=2", "lora", "none=0.5"],
            parallel=[4],
            number=[60],
            max_tokens=[4],
            ignore_eos=True,
            seed=3,
        )
    counts = Counter(record.model for record in run.records)
    assert set(counts) == {"base", "lora", "none"}
    parts = {part.name: part for part in run.summary.models or ()}
    assert list(parts) == ["base", "lora", "none"]
    for name, part in parts.items():
        assert (part.sent, part.completed + part.failed) == (counts[name], counts[name])
        refused = name == "none"
        assert part.failed == (counts[name] if refused else 0)
        assert (part.metrics["ttft_ms"]["count"] == 0) == refused
    rates = [part.request_throughput_rps or 0 for part in parts.values()]
    assert sum(rates) == pytest.approx(run.summary.request_throughput_rps)
    with open_run(run.path) as again:
        assert again.summaries() == run.summaries, "summary.json holds the parts"
    text = io.StringIO()
    print_summary(run.summaries, run.path, text, width=100)
    assert "by model" in text.getvalue()
    assert "lora" in text.getvalue()


def test_one_model_has_no_table(tmp_path: Path) -> None:
    run = measured(tmp_path, number=[3])
    assert run.summary.models is None
    assert {record.model for record in run.records} == {None}
