"""The Python API as users call it: from a plain script, from any thread, with nothing printed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from process_tree import children

import perfbench
from perfbench import (
    EvalConfig,
    PerfConfig,
    SimulatorConfig,
    Summary,
    open_run,
    run_eval,
    run_perf,
)
from perfbench.errors import ConfigError, PerfbenchError, TargetError
from perfbench.store.summaries import summarise_point
from perfbench.types import (
    Asked,
    Asking,
    Event,
    PointFinished,
    PointStarted,
    Progress,
    RunFinished,
    RunStarted,
    Scored,
    Scoring,
)

QUICK = SimulatorConfig(port=0, ttft_ms=5, itl_ms=1, output_tokens=4)

SCRIPT = """
import perfbench

config = perfbench.PerfConfig(
    parallel=[1, 4],
    number=8,
    report=False,
    simulator=perfbench.SimulatorConfig(port=0, ttft_ms=5, itl_ms=1),
)
found = perfbench.run_perf(config)
assert [type(each) for each in found] == [perfbench.Summary] * 2
assert [each.completed for each in found] == [8, 8]
"""


def test_from_a_script_without_a_main_guard(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (path,) = (tmp_path / "results").iterdir()
    names = [point["name"] for point in json.loads((path / "summary.json").read_text())["points"]]
    assert names == ["parallel_1_number_8", "parallel_4_number_8"]


def test_settings_may_be_a_mapping_or_a_file(tmp_path, capsys):
    settings = {"number": 4, "report": False, "outputs_dir": str(tmp_path / "mapping")}
    found = run_perf({**settings, "simulator": {"port": 0, "ttft_ms": 5, "itl_ms": 1}})
    assert [summary.completed for summary in found] == [4]
    assert capsys.readouterr() == ("", "")
    (tmp_path / "settings.yaml").write_text(
        f"number: 4\nreport: false\noutputs-dir: {tmp_path / 'file'}\nsimulator: {{ttft_ms: 5}}\n"
    )
    shown = run_perf(tmp_path / "settings.yaml", progress=True)
    assert shown.path.parent == tmp_path / "file"
    assert "parallel 1" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="no setting is called 'paralel'"):
        run_perf({"paralel": 4})


def test_settings_may_have_the_names_of_other_tools(tmp_path):
    simulator = {"port": 0, "ttft_ms": 5, "itl_ms": 1}
    place = {"report": False, "outputs_dir": str(tmp_path), "simulator": simulator}
    with pytest.warns(UserWarning, match="all 4 requests are in flight at once, as there"):
        found = run_perf({**place, "num_prompts": 4, "wandb_api_key": None})
    assert [(each.parallel, each.completed) for each in found] == [(4, 4)]
    with pytest.warns(UserWarning, match="log-every-n-query: figures are shown live"):
        found = run_perf({**place, "number": 3, "parallel": 1, "rate": -1, "log_every_n_query": 10})
    assert [each.completed for each in found] == [3]
    with pytest.raises(ConfigError, match="--num-prompts are the same setting here: give one"):
        run_perf({**place, "num_prompts": 4, "number": 3})


def test_a_pause_is_between_points(tmp_path):
    config = PerfConfig(
        parallel=[1, 2], number=3, pause=1, report=False, outputs_dir=tmp_path, simulator=QUICK
    )
    found = run_perf(config)
    with open_run(found.path) as run:
        first, second = ([*run.records(point)] for point in run.points())
    assert len(first) == len(second) == 3
    ended = max(record.end_ns for record in first if record.end_ns is not None)
    assert min(record.sent_ns for record in second if record.sent_ns is not None) - ended >= 1e9


def test_a_result_is_its_summaries_and_tables_of_them(tmp_path):
    config = PerfConfig(
        parallel=[1, 2], number=5, warmup=1, report=False, outputs_dir=tmp_path, simulator=QUICK
    )
    found = run_perf(config)
    assert len(found) == 2
    assert found[-1] is found.summaries[1]
    assert repr(found) == f"PerfResult({str(found.path)!r}: 2 points, 10 ok, 0 failed)"
    points = found.to_pandas()
    assert points["parallel"].tolist() == [1, 2]
    assert points["completed"].tolist() == [5, 5]
    assert points["ttft_ms_p50"].tolist() == [each.metrics["ttft_ms"]["p50"] for each in found]
    assert points["ledger_sent"].tolist() == [5, 5]
    requests = found.requests()
    assert requests["phase"].value_counts().to_dict() == {"measure": 10, "warmup": 2}
    shown = found._repr_html_()
    assert shown.count("<tr>") == 3
    assert "parallel 2" in shown


def test_from_a_thread_two_at_a_time_and_nothing_is_printed(tmp_path, capfd):
    found: dict[str, list[Summary]] = {}

    def run(name: str) -> None:
        config = PerfConfig(
            parallel=2, number=20, report=False, outputs_dir=tmp_path / name, simulator=QUICK
        )
        found[name] = run_perf(config)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [summaries[0].completed for summaries in found.values()] == [20, 20]
    assert capfd.readouterr() == ("", "")
    assert children(word="perfbench.driver") == []


class Followed:
    """Notes what an observer is told, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.last: Progress | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                asked = event.points or event.subtasks
                self.told.append(f"{event.kind} of {len(asked)} in {Path(event.path).name}")
            case PointStarted(point):
                self.told.append(f"start {point.name}")
            case Progress():
                self.last = event
                if not self.told[-1].startswith("progress"):
                    self.told.append(f"progress {event.name}")
            case PointFinished(point, summary):
                self.told.append(f"end {point.name} {summary.completed}")
            case Asking():
                self.told.append(f"asking {event.missing} of {event.name}")
            case Asked(name, error):
                self.told.append(f"asked {name} {error}")
            case Scoring(name):
                self.told.append(f"scoring {name}")
            case Scored():
                self.told.append(f"scored {event.answers} of {event.name}")
            case RunFinished():
                self.told.append("finished")


def test_an_observer_hears_of_everything_in_order(tmp_path):
    observer = Followed()
    config = PerfConfig(
        parallel=[1, 2],
        number=6,
        warmup=2,
        report=False,
        outputs_dir=tmp_path,
        prompt="Why?",
        simulator=QUICK,
    )
    run_perf(config, [observer])
    (path,) = tmp_path.iterdir()
    assert observer.told == [
        f"load test of 2 in {path.name}",
        "start parallel_1_number_6",
        "progress parallel_1_number_6",
        "end parallel_1_number_6 6",
        "start parallel_2_number_6",
        "progress parallel_2_number_6",
        "end parallel_2_number_6 6",
        "finished",
    ]
    assert observer.last is not None
    assert (observer.last.done, observer.last.sent, observer.last.in_flight) == (8, 8, 0)
    assert observer.last.planned == 8


def test_an_observer_hears_of_an_evaluation_in_order(tmp_path):
    observer = Followed()
    config = EvalConfig(
        datasets=["gsm8k", "arc"], limit=2, num_prompts=2, report=False, outputs_dir=tmp_path
    )
    run_eval(config, [observer])
    (path,) = tmp_path.iterdir()
    subtasks = ["simulated/gsm8k", "simulated/arc"]
    assert observer.told == [
        f"evaluation of 2 in {path.name}",
        *(
            line
            for name in subtasks
            for line in (f"asking 2 of {name}", f"progress {name}", f"asked {name} None")
        ),
        *(line for name in subtasks for line in (f"scoring {name}", f"scored 2 of {name}")),
        "finished",
    ]


@pytest.mark.parametrize("kind", ["load test", "evaluation"])
def test_events_are_json_lines_in_a_file(tmp_path, kind):
    heard: list[Event] = []
    file = tmp_path / "events.jsonl"
    common = {"outputs_dir": tmp_path / "runs", "report": False, "events": str(file)}
    if kind == "load test":
        run_perf(PerfConfig(parallel=2, number=6, simulator=QUICK, **common), [heard.append])
    else:
        run_eval(EvalConfig(datasets=["gsm8k"], limit=2, **common), [heard.append])
    lines = file.read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Event) for line in lines] == heard
    times = [datetime.fromisoformat(json.loads(line)["time"]) for line in lines]
    assert times == sorted(times)
    assert all(time.tzinfo is not None for time in times)


def test_summaries_are_those_on_disk_and_can_be_made_again(tmp_path):
    config = PerfConfig(
        parallel=3, number=30, report=False, outputs_dir=tmp_path, simulator=QUICK, warmup=5
    )
    (summary,) = run_perf(config)
    (path,) = tmp_path.iterdir()
    with open_run(path) as run:
        assert run.summaries() == [summary]
        (point,) = run.points()
        assert summarise_point(run, point) == summary
        assert len(list(run.records(point))) == 35
        assert len(list(run.records(point, "warmup"))) == 5
    assert summary.completed == 30


def test_settings_are_checked_where_they_are_made(tmp_path):
    with pytest.raises(ValueError, match="must be 1 or more"):
        PerfConfig(parallel=0)
    with pytest.raises(ConfigError, match="neither a count nor a ratio"):
        run_perf(PerfConfig(warmup=2.5, outputs_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_cannot_be_reached_raises_and_leaves_no_process(tmp_path, capfd):
    config = PerfConfig(url="http://127.0.0.1:9", model="m", report=False, outputs_dir=tmp_path)
    with pytest.raises(TargetError, match=r"cannot connect to 127\.0\.0\.1:9") as caught:
        run_perf(config)
    assert isinstance(caught.value, perfbench.PerfbenchError)
    assert issubclass(TargetError, PerfbenchError)
    assert children(word="perfbench.driver") == []
    assert capfd.readouterr() == ("", "")


def test_a_bug_in_every_worker_is_raised_and_what_had_finished_is_kept(tmp_path, monkeypatch):
    """A third-party transport that fails in the middle of a run."""
    (tmp_path / "odd_transport.py").write_text(
        "from perfbench.client.wire import Wire\n"
        "class Odd(Wire):\n"
        "    '''Fails on the ninth request.'''\n"
        "    asked = 0\n"
        "    def send(self, request):\n"
        "        self.asked += 1\n"
        "        return super().send(None if self.asked > 8 else request)\n"
    )
    info = tmp_path / "odd_transport-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-transport\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[perfbench.transports]\nodd = odd_transport:Odd\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    config = PerfConfig(
        transport="odd",
        parallel=[1, 2],
        number=20,
        report=False,
        outputs_dir=tmp_path / "runs",
        simulator=QUICK,
    )
    with pytest.raises(PerfbenchError, match="no worker is left: AttributeError: "):
        run_perf(config)
    (path,) = (tmp_path / "runs").iterdir()
    with open_run(path) as run:
        (point,) = run.points()
        records = list(run.records(point))
        facts = run.facts(point)
        (summary,) = run.summaries()
    assert 0 < len(records) < 20
    assert {record.outcome for record in records} == {"ok"}
    assert facts is not None
    assert facts.workers[0].died
    assert (summary.interrupted, summary.completed) == (True, len(records))
    assert "worker 0 died (AttributeError" in (path / "run.log").read_text()


@pytest.mark.parametrize("given", [5, None, ["a"]])
def test_what_is_no_settings_is_told_in_a_line(given: Any) -> None:
    with pytest.raises(ConfigError, match=r"^expected settings, a mapping or the path of a file"):
        run_perf(given)
