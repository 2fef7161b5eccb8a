"""A stopped load test goes on where it was, and comes to what it would have come to."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import warm
from agents import TOKEN, agent
from forked import PERFBENCH
from parsed_page import Page
from process_tree import workers_of
from started import QUICK, Started

import perfbench
from perfbench import PerfConfig, cli, open_run, run_perf
from perfbench.config import SimulatorConfig
from perfbench.errors import ConfigError, StoreError
from perfbench.reports.write import report_page
from perfbench.simulator.spawn import Simulator
from perfbench.types import Event, Note, PointFinished, PointStarted, Summary

SWEEP = ["--parallel", "2", "3", "4", "--number", "40", "--warmup", "4", "--seed", "7"]
FAST = {"ttft_ms": 2.0, "itl_ms": 1.0, "output_tokens": 4}
SETTINGS: dict[str, Any] = {
    "simulator": FAST,
    "parallel": [2, 3, 4],
    "number": [20],
    "seed": 7,
    "report": False,
    "probe": False,
    "keep_prompts": True,
}


class Stopped(BaseException):
    """As if the process ended at this point of the run."""


def stopped(folder: Path, after: Callable[[Event], bool], **settings: Any) -> Path:
    """The folder of a load test that ends at the first event for which ``after`` is true."""

    def observe(event: Event) -> None:
        if after(event):
            raise Stopped

    with pytest.raises(Stopped):
        run_perf(PerfConfig(outputs_dir=folder, **{**SETTINGS, **settings}), [observe])
    (path,) = folder.iterdir()
    return path


def begins(index: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, PointStarted) and event.point.index == index


def what_was_asked(path: Path) -> list[tuple[str, str | None, int, list[str]]]:
    """Of each point: its name, the digest of its plan, where its prompts begin, and the prompts."""
    with open_run(path) as run:
        found = []
        for point in run.points():
            facts = run.facts(point)
            prompts = [str(s.input) for _, s in sorted(run.samples.asked(point).items())]
            found.append((point.name, facts and facts.plan, point.first_prompt, prompts))
        return found


def counts(summaries: list[Summary]) -> list[Any]:
    """What must be equal in two runs of one service, in which all requests succeed."""
    return [
        (s.name, s.completed, s.failed, s.ledger and (s.ledger.planned, s.ledger.sent), s.warmup)
        for s in summaries
    ]


def stored_summaries(path: Path) -> list[Summary]:
    with open_run(path) as run:
        return run.summaries()


def command(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command line in ``folder``: status, standard output and error."""
    ended = warm.run([*PERFBENCH, *arguments], cwd=folder, text=True)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run = Started(folder, QUICK, *SWEEP, "--keep-prompts")
    assert run.end(within_s=60) == (0, "")
    (path,) = (folder / "results").iterdir()
    return path


def kill_parent(run: Started) -> None:
    run.process.kill()
    run.process.wait()


def terminate(run: Started) -> None:
    run.process.send_signal(signal.SIGTERM)
    assert run.end(within_s=20)[0] == 130


def kill_workers(run: Started) -> None:
    for worker in workers_of(run.process.pid):
        os.kill(worker, signal.SIGKILL)
    run.end(within_s=20)


@pytest.mark.parametrize(
    ("end", "answered", "point"),
    [
        (kill_parent, 20, 0),
        (kill_parent, 58, 1),
        (kill_parent, 100, 2),
        (terminate, 58, 1),
        (kill_workers, 100, 2),
    ],
)
def test_a_run_that_was_ended_anywhere_comes_to_the_same(
    start, uninterrupted, end, answered, point
):
    run = start(QUICK, *SWEEP, "--keep-prompts")
    run.wait_until_answered(answered)
    end(run)
    (path,) = (run.folder / "results").iterdir()
    before = stored_requests(run.folder)
    status, _, errors = command(run.folder, "--resume", str(path), "--no-report")
    assert (status, errors) == (0, "")
    assert what_was_asked(path) == what_was_asked(uninterrupted)
    assert counts(stored_summaries(path)) == counts(stored_summaries(uninterrupted))
    summaries = stored_summaries(path)
    # Nothing that was measured is lost: what was cut is there, beside the figures.
    with open_run(path) as opened:
        cut = opened.cut_points.all()
        assert [each.name for each in cut] == [summaries[point].name]
        # What is killed takes along what it had in hand, which may be all of the point.
        assert (summaries[point].set_aside > 0) or end is not terminate
        assert sum(opened.count(cut[0]).values()) == summaries[point].set_aside
        assert len(list(opened.records(cut[0]))) == summaries[point].set_aside
        assert before == point * 44 + summaries[point].set_aside
        assert stored_requests(run.folder) == 3 * 44 + summaries[point].set_aside
        (continued,) = opened.about.resumed
        assert (continued.kept, dict(continued.again)) == (
            point,
            {summaries[point].name: summaries[point].set_aside},
        )
        assert not continued.differs
        assert "run again" in (path / "run.log").read_text()


def stored_requests(folder: Path) -> int:
    """How many requests the one run in a folder holds, whatever they count as."""
    paths = [path for path in folder.glob("results/*/run.db")]
    if not paths:
        return 0
    try:
        with open_run(paths[0]) as run:
            points = [*run.points(), *run.cut_points.all()]
            return sum(sum(run.count(point).values()) for point in points)
    except StoreError:
        return 0  # It is being made.


def test_between_two_points_nothing_is_run_twice(tmp_path):
    ends = stopped(tmp_path / "a", lambda event: isinstance(event, PointFinished), dataset="random")
    whole = run_perf(
        PerfConfig(outputs_dir=tmp_path / "b", **{**SETTINGS, "dataset": "random"})
    ).path
    notes: list[str] = []
    heard: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, Note):
            notes.append(event.text)
        elif isinstance(event, PointFinished):
            heard.append(event.summary.name)

    result = run_perf(PerfConfig(resume=str(ends)), [observe])
    assert result.path == ends
    assert heard == [summary.name for summary in result]
    assert [summary.set_aside for summary in result] == [0, 0, 0]
    assert "continued: 1 point kept" in notes
    assert what_was_asked(ends) == what_was_asked(whole)


def test_conversations_go_on_with_the_next_ones(tmp_path):
    talks = {
        "dataset": "random_multi_turn",
        "number": None,
        "conversations": [3],
        "max_turns": 3,
        "max_tokens": [4],
    }
    path = stopped(tmp_path / "a", begins(2), **talks)
    whole = run_perf(PerfConfig(outputs_dir=tmp_path / "b", **{**SETTINGS, **talks}))
    result = perfbench.resume(path)
    assert what_was_asked(path) == what_was_asked(whole.path)
    assert counts(list(result)) == counts(list(whole))


def test_repeats_are_resumed(tmp_path):
    path = stopped(tmp_path, begins(3), parallel=[1, 2], repeat=2)
    result = run_perf({"resume": str(path)})
    assert [(summary.name, summary.repeat) for summary in result] == [
        ("parallel_1_number_20_r1", 1),
        ("parallel_2_number_20_r1", 1),
        ("parallel_1_number_20_r2", 2),
        ("parallel_2_number_20_r2", 2),
    ]
    assert json.loads((path / "summary.json").read_text())["repeats"]


def test_a_search_goes_on_with_the_trials_it_has_heard(tmp_path):
    searching = {
        "simulator": {"ttft_ms": None, "step_ms": 5.0, "step_ms_per_sequence": 2.0},
        "parallel": None,
        "number": [20],
        "search": "parallel",
        "search_max": 8,
        "slo": ["tpot_ms.mean<=14"],
        "max_tokens": [6],
    }
    path = stopped(tmp_path, begins(2), **searching)
    with open_run(path) as run:
        before = run.search()
    assert before is not None
    assert len(before.trials) == 2
    result = run_perf({"resume": str(path)})
    assert result.search is not None
    assert result.search.trials[:2] == before.trials
    assert len(result.search.trials) == len(result) > 2
    assert result.search.requests == sum(trial.requests for trial in result.search.trials)
    assert result.search.stopped
    again = run_perf({"resume": str(path)})
    assert again.search == result.search
    assert [summary.set_aside for summary in again] == [summary.set_aside for summary in result]


def test_a_complete_run_has_nothing_to_do(tmp_path, capsys):
    path = run_perf(PerfConfig(outputs_dir=tmp_path, **SETTINGS)).path
    before = what_was_asked(path)
    (path / "summary.json").unlink()
    assert cli.main(["--resume", "latest", "--outputs-dir", str(tmp_path)]) == 0
    assert f"nothing to do: {path} is complete" in capsys.readouterr().out
    assert what_was_asked(path) == before
    assert counts(stored_summaries(path))[0][1] == 20


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of a command line that must end with status 2 and one line."""
    assert cli.main(arguments) == cli.BAD_INPUT
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    return output.err.strip()


def test_other_settings_are_refused_with_both_values(tmp_path, capsys):
    path = str(stopped(tmp_path, begins(1)))
    said = refused(
        capsys, "--resume", path, "--number", "21", "--temperature", "0.5", "--ignore-eos"
    )
    assert f"--resume {path}: its settings are other: " in said
    assert "--number is 21 here and 20 there" in said
    assert "--temperature is 0.5 here and not given there" in said
    assert "--ignore-eos is on here and off there" in said
    with pytest.raises(ConfigError, match="--parallel is 5 here and 2 3 4 there"):
        run_perf(PerfConfig(resume=path, parallel=[5]))
    # The same value is no other setting, and what changes no figure may be other.
    result = run_perf(PerfConfig(resume=path, number=[20], report=True, verbose=True))
    assert len(result) == 3
    assert (Path(path) / "report.html").exists()


def test_what_is_masked_must_be_given_again(tmp_path, capsys):
    with Simulator(SimulatorConfig(port=0, **FAST, api_key="sk-right-1234")) as simulator:
        secrets = {"api_key": "sk-right-1234", "headers": {"X-Tenant": "tenant-98765"}}
        path = str(stopped(tmp_path, begins(1), simulator={}, url=simulator.url, **secrets))
        said = refused(capsys, "--resume", path)
        assert "its --api-key, --headers are masked in the store: give what it was again" in said
        assert "sk-right" not in said
        said = refused(capsys, "--resume", path, "--api-key", "sk-right-1234")
        assert "its --headers is masked" in said
        given = ["--api-key", "sk-right-1234", "--headers"]
        said = refused(capsys, "--resume", path, *given, "X-Other=tenant-98765")
        assert "--headers.X-Other is *** here and not given there" in said
        assert cli.main(["--resume", path, "--no-report", *given, "X-Tenant=tenant-98765"]) == 0
    assert [summary.completed for summary in stored_summaries(Path(path))] == [20, 20, 20]


def test_a_run_is_written_by_one_process(tmp_path):
    tried = []

    def observe(event: Event) -> None:
        if isinstance(event, PointStarted) and not tried:
            (path,) = tmp_path.iterdir()
            tried.append(path)
            with pytest.raises(StoreError, match="is being written by another perfbench"):
                run_perf({"resume": str(path)})

    for settings in ({**SETTINGS, "outputs_dir": tmp_path}, {"resume": "latest"}):
        tried.clear()
        if "resume" in settings:
            settings = {"resume": str(stopped(tmp_path / "again", begins(1)))}
            tmp_path = tmp_path / "again"
        run_perf(settings, [observe])
        assert tried


def test_a_point_in_which_all_failed_is_tried_again_once_the_service_is_mended(tmp_path):
    with Simulator(SimulatorConfig(port=0, **FAST, error_rate=1.0)) as simulator:
        port = int(simulator.url.rpartition(":")[2])
        settings = {**SETTINGS, "simulator": {}, "url": simulator.url}
        result = run_perf(PerfConfig(outputs_dir=tmp_path, **settings))
        assert [summary.failed for summary in result] == [20]
    with Simulator(SimulatorConfig(port=port, **FAST)):
        mended = run_perf({"resume": str(result.path)})
    assert [summary.completed for summary in mended] == [20, 20, 20]
    assert [summary.set_aside for summary in mended] == [20, 0, 0]


def test_behind_a_point_that_was_aborted_the_others_are_run(tmp_path):
    settings = {**SETTINGS, "number": [400], "abort_if": ["ttft_ms.mean > 1"]}
    first = run_perf(PerfConfig(outputs_dir=tmp_path, **settings))
    assert [len(first), len(first.failed_gates)] == [1, 1]
    second = run_perf({"resume": str(first.path)})
    assert [len(second), len(second.failed_gates)] == [2, 2]
    assert second.failed_gates[0] == first.failed_gates[0]
    assert [summary.set_aside for summary in second] == [0, 0]


def test_an_abort_when_all_is_sent_already_is_known_of_the_stored_run(tmp_path):
    slow = {"ttft_ms": 5.0, "itl_ms": 60.0}
    settings = {**SETTINGS, "simulator": slow, "parallel": [30], "number": [30]}
    first = run_perf(PerfConfig(outputs_dir=tmp_path, **settings, abort_if=["ttft_ms.mean > 1"]))
    assert len(first.failed_gates) == 1
    assert run_perf({"resume": str(first.path)}).failed_gates == first.failed_gates


def test_points_behind_the_one_that_is_cut_again_stay_in_the_summary(tmp_path):
    path = stopped(tmp_path, begins(2))
    with open_run(path) as run:
        (_, cut, _) = run.points()
        facts = run.facts(cut)
    whole = run_perf({"resume": str(path)})
    with open_run(path) as run:
        run.claim()
        run.end_point(cut, msgspec.structs.replace(facts, interrupted=True))
    names = [summary.name for summary in whole]
    again = run_perf({"resume": str(path)})
    assert sorted(summary.name for summary in again) == sorted(names)
    assert [summary.name for summary in stored_summaries(path)] == [s.name for s in again]


def test_stars_of_the_users_own_are_no_secret(tmp_path):
    path = stopped(tmp_path, begins(1), prompt="one *** two")
    assert len(run_perf({"resume": str(path)})) == 3


def test_a_file_that_has_changed_is_refused(tmp_path):
    data = tmp_path / "prompts.jsonl"
    data.write_text("".join(f'{{"prompt": "number {n}"}}\n' for n in range(100)))
    path = stopped(tmp_path / "runs", begins(1), dataset="line_by_line", dataset_path=data)
    content = data.read_text()
    data.write_text(content.replace("number 7", "number seven"))
    with pytest.raises(ConfigError, match=r"not the file that it was: --dataset-path .* and had"):
        run_perf({"resume": str(path)})
    data.unlink()
    with pytest.raises(ConfigError, match=r"is not there, and had"):
        run_perf({"resume": str(path)})
    data.write_text(content)
    assert len(run_perf({"resume": str(path)})) == 3


def test_machines_take_their_places_again(tmp_path):
    with Simulator(SimulatorConfig(port=0, **FAST)) as simulator, agent() as one, agent() as two:
        names = {one.where.name, two.where.name}
        there = {"simulator": {}, "url": simulator.url, "hosts": sorted(names), "workers": 1}
        path = stopped(tmp_path, begins(1), **there, agent_token=TOKEN)
        summaries = list(run_perf({"resume": str(path), "agent_token": TOKEN}))
    assert [summary.completed for summary in summaries] == [20, 20, 20]
    for summary in summaries:
        assert {machine.host for machine in summary.client.machines} == names


def test_what_no_setting_fixes_is_said_where_it_differs(tmp_path):
    with Simulator(SimulatorConfig(port=0, **FAST, model="old")) as simulator:
        port = int(simulator.url.rpartition(":")[2])
        path = stopped(tmp_path, begins(1), simulator={}, url=simulator.url)
    with Simulator(SimulatorConfig(port=port, **FAST, model="new")):
        run_perf({"resume": str(path)})
    with open_run(path) as run:
        (continued,) = run.about.resumed
        assert dict(continued.differs) == {"model": ("old", "new")}
        page = report_page(run)
    assert "model was old and is new" in page
    assert "1 point kept, parallel_3_number_20 run again" in page
    assert json.loads((path / "summary.json").read_text())["run"]["resumed"]


def test_a_run_that_cannot_be_written_is_not_continued(tmp_path):
    path = stopped(tmp_path, begins(1))
    with open_run(path) as run:
        run._db.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="readonly"):
            run.claim()
    with pytest.raises(StoreError, match="no run"):
        run_perf({"resume": str(tmp_path / "none")})


def test_the_time_axis_leaves_out_how_long_a_run_was_stopped(tmp_path):
    path = stopped(tmp_path, begins(2))
    run_perf({"resume": str(path)})
    for hours in (5, -900):  # The next day, and after the machine had started anew.
        with open_run(path) as run, run._transaction():
            run._db.execute(
                "UPDATE request SET sent_ns = sent_ns + :by, headers_ns = headers_ns + :by, "
                "first_ns = first_ns + :by, first_content_ns = first_content_ns + :by, "
                "end_ns = end_ns + :by WHERE point = 2",
                {"by": hours * 3600 * 10**9},
            )
        with open_run(path) as run:
            data = Page(report_page(run)).data()
        spans = [point["timeline"]["edges_s"] for point in data["points"]]
        begins_s, ends_s = [edges[0] for edges in spans], [edges[-1] for edges in spans]
        assert begins_s[0] == pytest.approx(0, abs=1e-3)
        assert begins_s[1] >= ends_s[0]
        assert begins_s[2] == pytest.approx(ends_s[1] + 1, abs=1e-3)
        assert ends_s[2] < 60
