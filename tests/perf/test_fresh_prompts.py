"""What two runs, and the points of one, ask: new prompts, unless the same are asked for."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import yaml
from load_runs import Measured, left_in, measured

from perfbench import open_run, run_perf
from perfbench.config import PerfConfig, SimulatorConfig, load_config
from perfbench.options import Parser, options_of
from perfbench.types import Event, Note

QUICK = SimulatorConfig(port=0, ttft_ms=0, itl_ms=0, output_tokens=1)


def ran(folder: Path, notes: list[str] | None = None, **settings: Any) -> Measured:
    """Run a load test that keeps its prompts."""

    def observe(event: Event) -> None:
        if notes is not None and isinstance(event, Note):
            notes.append(event.text)

    return measured(folder, [observe], simulator=QUICK, keep_prompts=True, **settings)


def asked(run: Measured) -> list[list[str]]:
    """The prompts of every point, in the order of the plan."""
    with open_run(run.path) as opened:
        return [
            [str(sample.input) for _, sample in sorted(opened.samples.asked(point).items())]
            for point in opened.points()
        ]


def test_a_run_draws_a_seed_stores_it_and_is_repeated_by_its_command(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"dataset": "random", "number": [8], "max_prompt_length": 50}
    first, second = (ran(tmp_path / name, **settings) for name in ("first", "second"))
    assert not set(asked(first)[0]) & set(asked(second)[0])

    with open_run(first.path) as run:
        seed, words = run.config["seed"], shlex.split(run.about.command or "")
        assert "seed" not in (run.about.given or {})
        assert [point.seed for point in run.points()] == [seed]
    assert yaml.safe_load((first.path / "config.yaml").read_text())["seed"] == seed
    parser = Parser("perfbench", "")
    parser.add_options(options_of(PerfConfig))
    flags = {**parser.flags(words[1:]), "outputs_dir": str(tmp_path / "again")}
    run_perf(load_config(flags))
    assert asked(left_in(next((tmp_path / "again").iterdir()))) == asked(first)


def test_points_of_a_sweep_share_no_prompts_unless_asked_to(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"parallel": [1, 2], "number": [30], "warmup": 5, "seed": 3}
    for dataset in ("openqa", "random"):
        first, second = asked(ran(tmp_path / dataset, dataset=dataset, **settings))
        assert len({*first, *second}) == 70
        same = ran(tmp_path / f"{dataset}_same", dataset=dataset, same_prompts=True, **settings)
        assert asked(same) == [first, first]


def test_points_go_on_through_a_file_and_starting_over_is_told(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"prompt": f"row {n}"}) + "\n" for n in range(25)))
    settings: dict[str, Any] = {"dataset": "line_by_line", "dataset_path": rows}
    notes: list[str] = []
    run = ran(tmp_path / "a", notes, parallel=[1, 2, 3], number=[10], **settings)
    order = [f"row {n % 25}" for n in range(30)]
    assert asked(run) == [order[:10], order[10:20], order[20:]]
    assert [note for note in notes if "repeat" in note] == [
        "25 different prompts for all points of the sweep, so they repeat; "
        "a service with prefix caching answers repeated prompts faster"
    ]

    enough: list[str] = []
    ran(tmp_path / "b", enough, parallel=[1, 2], number=[12], **settings)
    assert enough == []


def test_where_only_time_ends_a_point_the_next_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rows = tmp_path / "rows.txt"
    rows.write_text("".join(f"row {n}\n" for n in range(5000)))
    slow = SimulatorConfig(port=0, ttft_ms=20, itl_ms=0, output_tokens=1)
    run = measured(
        tmp_path / "a",
        simulator=slow,
        parallel=[2, 3],
        duration=0.5,
        dataset="line_by_line",
        dataset_path=rows,
        keep_prompts=True,
    )
    with open_run(run.path) as opened:
        first, second = opened.points()
        sent = 1 + max(record.seq for record in opened.records(first))
        assert opened.samples.asked(second)[0].input == f"row {sent}"
