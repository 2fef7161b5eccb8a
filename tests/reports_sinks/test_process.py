"""Sinks of a third party, installed as an entry point, that behave well and badly."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from sample_load_test import Evaluation, LoadTest, point, progress, summary

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.reports.sinks import close_sinks, open_sinks
from perfbench.types import Note, PointFinished, PointStarted, RunFinished

PACKAGE = '''
import json, os, sys, time
import msgspec
from perfbench.types import RunStarted

def misbehave(what):
    match what:
        case "raise": raise RuntimeError("the tracker\\nbroke")
        case "exit": sys.exit(3)
        case "die": os._exit(9)
        case "ask": input("API key: ")
        case "hang": time.sleep(600)
        case "dawdle": time.sleep(0.2)
        case "print": os.write(1, b"noise\\n"); print("more noise", file=sys.stderr)

class Sink:
    location = None
    def __init__(self, config):
        self.args = config.sink_args.get("elsewhere", {})
        self.log("created", pid=os.getpid(), session=os.getsid(0), argv=sys.argv)
    def log(self, method, **facts):
        with open(self.args["log"], "a") as file:
            file.write(json.dumps({"method": method, **facts}) + "\\n")
        misbehave(self.args.get(method))
    def __call__(self, event):
        facts = json.loads(msgspec.json.encode(event))
        if isinstance(event, RunStarted):
            self.log("run_started", run=event.path, points=len(event.points),
                     api_key=event.config["api_key"])
            self.location = "https://tracker.example/run"
        else:
            self.log(facts["event"], done=facts.get("done"), text=facts.get("text"))
    def close(self): self.log("close")

def quiet(config):
    """Has neither location nor close."""
    def write(event):
        with open(config.sink_args["quiet"]["log"], "a") as file:
            file.write(json.loads(msgspec.json.encode(event))["event"] + "\\n")
    return write
'''

MODULES = {"prometheus": "prometheus_client", "tensorboard": "tensorboardX"}
LIFE = ["run_started", *["point_started", "progress", "progress", "point_finished"] * 2, "note"]


class Installed:
    """The third party's package on ``sys.path``, and what its sinks wrote down."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.log = site / "calls.jsonl"
        (site / "elsewhere.py").write_text(PACKAGE)
        (site / "needy.py").write_text("import a_missing_library\n")
        info = site / "elsewhere-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[perfbench.sinks]\nelsewhere = elsewhere:Sink\nquiet = elsewhere:quiet\n"
            "needy = needy:Sink\n"
        )

    def args(self, **behaviour: str) -> dict[str, Any]:
        return {"elsewhere": {"log": str(self.log), **behaviour}}

    def quiet_args(self) -> dict[str, Any]:
        return {"quiet": {"log": str(self.site / "quiet.txt")}}

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def methods(self) -> list[str]:
        return [call["method"] for call in self.calls()]

    def pid(self) -> int:
        pid = self.calls()[0]["pid"]
        assert isinstance(pid, int)
        return pid


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    return Installed(site)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def run_to_end(load_test: LoadTest, config: PerfConfig, reported: list[str]) -> None:
    sinks = open_sinks(config, reported.append)
    for sink in sinks:
        load_test.play(sink, config)
    close_sinks(sinks)


def test_a_sink_gets_every_event_in_order(
    load_test: LoadTest, installed: Installed, reported: list[str]
) -> None:
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args())
    run_to_end(load_test, config, reported)
    methods = installed.methods()
    lifecycle = [m for m in methods if m != "progress"]
    life = [m for m in LIFE if m != "progress"]
    assert lifecycle == ["created", *life, "run_finished", "close"]
    # The last state of each point always arrives, whatever was skipped before it.
    before_end = [methods.index("point_finished") - 1, len(methods) - 5]
    assert [installed.calls()[i]["done"] for i in before_end] == [20, 20]
    assert reported == ["elsewhere: https://tracker.example/run"]


def test_a_sink_cannot_reach_terminal_output_signals_or_secrets(
    load_test: LoadTest,
    installed: Installed,
    reported: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["perfbench", "--api-key", "sk-secret"])
    config = load_test.config(
        sinks=["elsewhere"], api_key="sk-secret", sink_args=installed.args(progress="print")
    )
    run_to_end(load_test, config, reported)
    assert capfd.readouterr() == ("", "")
    assert "noise\nmore noise\n" in (load_test.folder / "sinks" / "elsewhere.log").read_text()
    created = installed.calls()[0]
    assert created["session"] == created["pid"]
    assert "sk-secret" not in installed.log.read_text()


@pytest.mark.parametrize(
    ("when", "what", "reason"),
    [
        ("created", "raise", "RuntimeError: the tracker broke"),
        ("run_started", "exit", "SystemExit: 3"),
        ("run_started", "ask", "EOFError: EOF when reading a line"),
        ("point_finished", "die", "its process ended unexpectedly (status 9)"),
        ("run_finished", "raise", "RuntimeError: the tracker broke"),
    ],
)
def test_a_failing_sink_is_reported_once_and_changes_nothing_else(
    load_test: LoadTest,
    installed: Installed,
    reported: list[str],
    when: str,
    what: str,
    reason: str,
) -> None:
    config = load_test.config(
        sinks=["elsewhere", "quiet"],
        sink_args=installed.args(**{when: what}) | installed.quiet_args(),
    )
    run_to_end(load_test, config, reported)
    about = [line for line in reported if "tracker.example" not in line]
    assert len(about) == 1
    assert about[0].startswith(f"elsewhere: {reason}")
    quiet = (installed.site / "quiet.txt").read_text().split()
    assert [m for m in quiet if m != "progress"] == [
        *(m for m in LIFE if m != "progress"),
        "run_finished",
    ]
    assert not is_running(installed.pid())


def test_a_lost_sink_is_reported_during_the_load_test(
    load_test: LoadTest, installed: Installed, reported: list[str]
) -> None:
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args(created="raise"))
    (sink,) = open_sinks(config, reported.append)
    deadline = time.monotonic() + 30
    while not reported and time.monotonic() < deadline:
        sink(progress(load_test.points[0], 1.0, done=1))
        time.sleep(0.02)
    assert reported == ["elsewhere: RuntimeError: the tracker broke; the run goes on without it"]
    sink.close()


def test_a_run_begins_when_its_sinks_are_built(
    load_test: LoadTest,
    installed: Installed,
    reported: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args(created="dawdle"))
    sinks = open_sinks(config, reported.append)
    assert installed.methods() == ["created"]
    close_sinks(sinks)
    # One that hangs does not hold the run up for long.
    monkeypatch.setattr("perfbench.reports.sinks.BUILD_TIMEOUT_S", 0.1)
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args(created="hang"))
    sinks = open_sinks(config, reported.append)
    close_sinks(sinks)
    (line,) = reported
    assert line.startswith("elsewhere: gave up waiting for it")


IN_A_FILE = """
class Lines:
    def __init__(self, config):
        self.file = open(config.sink_args["file"], "a")
    def __call__(self, event):
        print(type(event).__name__, file=self.file, flush=True)

class Helper:
    pass
"""


@pytest.mark.parametrize("name", ["", ":Lines"])
def test_a_sink_may_be_a_class_in_a_file(
    load_test: LoadTest, reported: list[str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "mine.py").write_text(IN_A_FILE)
    args = {"file": str(tmp_path / "heard.txt")}
    config = load_test.config(sinks=[f"{tmp_path / 'mine.py'}{name}"], sink_args=args)
    run_to_end(load_test, config, reported)
    heard = (tmp_path / "heard.txt").read_text().split()
    assert (heard[0], heard[-1], reported) == ("RunStarted", "RunFinished", [])
    assert (load_test.folder / "sinks" / "mine.log").exists()


@pytest.mark.parametrize(
    ("source", "name", "reason"),
    [
        (IN_A_FILE, ":Helper", "mine.py has no class Helper with the methods __call__"),
        ("x = 1", "", "mine.py has no class with the methods __call__"),
        ("x =", "", "mine.py:1: SyntaxError: invalid syntax"),
    ],
)
def test_a_file_without_a_sink_is_refused(
    load_test: LoadTest,
    reported: list[str],
    tmp_path: Path,
    source: str,
    name: str,
    reason: str,
) -> None:
    (tmp_path / "mine.py").write_text(source)
    config = load_test.config(sinks=[f"{tmp_path / 'mine.py'}{name}"])
    with pytest.raises(ConfigError, match=f"{reason}$"):
        open_sinks(config, reported.append)
    assert reported == []


def test_a_class_in_a_file_that_fails_is_one_line(
    load_test: LoadTest, reported: list[str], tmp_path: Path
) -> None:
    source = "class A:\n    def __init__(self, c): 1 / 0\n    def __call__(self, e): pass"
    (tmp_path / "mine.py").write_text(source)
    run_to_end(load_test, load_test.config(sinks=[str(tmp_path / "mine.py")]), reported)
    (line,) = reported
    assert line.startswith("mine: ")
    why = "mine.py:2: ZeroDivisionError: division by zero"
    assert line.endswith(f"{why}; the run goes on without it")


def test_a_refusal_that_comes_late_is_one_line(
    load_test: LoadTest, reported: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("perfbench.reports.sinks.BUILD_TIMEOUT_S", 0.0)
    opened = tmp_path / "opened"
    (tmp_path / "mine.py").write_text(
        "import pathlib, time\n"
        f"while not pathlib.Path({str(opened)!r}).exists():\n"
        "    time.sleep(0.01)\n"
    )
    config = load_test.config(sinks=[str(tmp_path / "mine.py")])
    sinks = open_sinks(config, reported.append)
    opened.touch()
    for sink in sinks:
        load_test.play(sink, config)
    close_sinks(sinks)
    (line,) = reported
    assert "has no class with the methods __call__" in line


@pytest.mark.parametrize(
    ("sink", "args", "why"),
    [
        ("prometheus", {"port": "x"}, "prometheus: port: Expected int, got str"),
        ("prometheus", {"port": 99999}, "prometheus: port: Expected int <= 65535"),
        (
            "prometheus",
            {"prometheus": {"prot": 1}},
            "prometheus: it takes address, port, linger_s, not prot",
        ),
        ("otel", {"spans": "many"}, "otel: spans: Expected int, got str"),
        ("otel", {"otel": {"spans": -1}}, "otel: spans: Expected int >= 0"),
        (
            "otel",
            {"settings": {"url": "x"}},
            "otel: settings: Object contains unknown field url",
        ),
        ("tensorboard", {"log_dir": 5}, "tensorboard: log_dir: Expected str | null, got int"),
        ("mlflow", {"tracking_uri": "x"}, "mlflow: it takes settings, mode, experiment, tags, not"),
        ("wandb", {"entitty": "x"}, "wandb: wandb.init: got an unexpected keyword argument 'entit"),
        ("wandb", {"settings": {"base_url": 5}}, "wandb: settings.base_url: Input"),
        ("wandb", {"settings": {"nope": 5}}, "wandb: settings: there is no nope"),
        ("swanlab", {"settings": {"nope": 5}}, "swanlab: settings: there is no nope"),
        ("swanlab", {"settings": {"web_host": 5}}, "swanlab: settings"),
    ],
)
def test_arguments_that_a_sink_cannot_have_are_refused(
    load_test: LoadTest, reported: list[str], sink: str, args: dict[str, Any], why: str
) -> None:
    pytest.importorskip("opentelemetry" if sink == "otel" else MODULES.get(sink, sink))
    config = load_test.config(sinks=[sink], sink_mode="offline", sink_args=args)
    with pytest.raises(ConfigError, match=f"^--sink-args: {re.escape(why)}"):
        open_sinks(config, reported.append)
    assert reported == []


def test_what_is_said_for_every_sink_may_be_for_another(
    load_test: LoadTest, reported: list[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(IN_A_FILE)
    args = {"file": str(tmp_path / "heard.txt")}
    sinks = ["prometheus", str(tmp_path / "mine.py")]
    config = load_test.config(sinks=sinks, sink_mode="offline", sink_args=args)
    close_sinks(open_sinks(config, reported.append))
    assert reported == []


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"otel": {"spans": 1}}, "--sink-args is for otel, which --sinks does not name"),
        ({"prometheus": 5}, "--sink-args: prometheus takes a JSON object"),
    ],
)
def test_arguments_of_no_sink_are_refused(
    load_test: LoadTest, args: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        load_test.config(sinks=["prometheus"], sink_args=args)


def test_a_file_that_is_not_there_is_refused(load_test: LoadTest) -> None:
    with pytest.raises(ConfigError, match=r"^no Python file missing\.py"):
        load_test.config(sinks=["missing.py"])


def test_a_missing_library_names_what_to_install(
    load_test: LoadTest, installed: Installed, reported: list[str]
) -> None:
    run_to_end(load_test, load_test.config(sinks=["needy"]), reported)
    assert len(reported) == 1
    assert "needs the package a_missing_library" in reported[0]


def test_a_hanging_sink_neither_blocks_nor_outlives_the_run(
    load_test: LoadTest, installed: Installed, reported: list[str]
) -> None:
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args(run_started="hang"))
    (sink,) = open_sinks(config, reported.append)
    sink(load_test.started(config))
    # Far more than a pipe holds: these would block if they were written by the caller.
    for index in range(500):
        at = point(index, 1)
        sink(PointStarted(at))
        sink(progress(at, 1.0, done=1))
        sink(Note("x" * 10_000))
        sink(PointFinished(at, summary(at, ttft_p99=1.0)))
    sink(RunFinished())
    while not installed.log.exists():
        time.sleep(0.02)
    sink.close(timeout_s=0.5)
    assert reported == [
        "elsewhere: gave up waiting for it at the end of the run; "
        f"what was not sent is in {load_test.folder}/sinks"
    ]
    assert not is_running(installed.pid())


def test_a_slow_sink_gets_fewer_states_not_late_ones(
    load_test: LoadTest, installed: Installed, reported: list[str]
) -> None:
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args(progress="dawdle"))
    (sink,) = open_sinks(config, reported.append)
    at = load_test.points[0]
    sink(load_test.started(config))
    for done in range(1, 21):
        sink(progress(at, done / 10, done))
        time.sleep(0.02)
    sink(PointFinished(at, summary(at, ttft_p99=1.0)))
    sink(RunFinished())
    sink.close()
    states = [call["done"] for call in installed.calls() if call["method"] == "progress"]
    assert len(states) <= 2
    assert states[-1] == 20


def test_a_run_that_does_not_finish_is_aborted(
    load_test: LoadTest, installed: Installed, reported: list[str]
) -> None:
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args())
    sinks = open_sinks(config, reported.append)
    sinks[0](load_test.started(config))
    while not installed.log.exists() or "run_started" not in installed.methods():
        time.sleep(0.02)
    close_sinks(sinks)
    close_sinks(sinks)
    assert installed.methods() == ["created", "run_started", "close"]


@pytest.mark.parametrize("killed", [False, True])
def test_a_sink_survives_a_parent_that_dies_or_forgets_to_close_it(
    load_test: LoadTest, installed: Installed, killed: bool
) -> None:
    end = "os.kill(os.getpid(), signal.SIGKILL)" if killed else "sink(RunFinished())"
    script = f"""
        import os, signal, sys, time
        from pathlib import Path
        from perfbench.config import PerfConfig
        from perfbench.reports.sinks import open_sinks
        from perfbench.types import RunFinished, RunStarted
        sys.path.insert(0, {str(installed.site)!r})
        args = {installed.args()!r}
        (sink,) = open_sinks(PerfConfig(sinks=["elsewhere"], sink_args=args), print)
        path, config = {str(load_test.folder)!r}, {{"api_key": None}}
        sink(RunStarted(kind="load test", path=path, simulated=True, config=config))
        log = Path(args["elsewhere"]["log"])
        while not log.exists() or "run_started" not in log.read_text():
            time.sleep(0.02)
        {end}
    """
    path = installed.site / "script.py"
    path.write_text(textwrap.dedent(script))
    done = subprocess.run([sys.executable, path], capture_output=True, timeout=60, check=False)
    assert done.returncode == (-signal.SIGKILL if killed else 0), done.stderr
    deadline = time.monotonic() + 30
    while is_running(installed.pid()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(installed.pid())
    end_told = ["close"] if killed else ["run_finished", "close"]
    assert installed.methods() == ["created", "run_started", *end_told]


def test_a_sink_hears_an_evaluation(
    evaluation: Evaluation, installed: Installed, reported: list[str]
) -> None:
    config = evaluation.config(sinks=["elsewhere"], sink_args=installed.args())
    (sink,) = open_sinks(config, reported.append)
    evaluation.play(sink, config)
    close_sinks([sink])
    methods = installed.methods()
    assert [method for method in methods if method != "progress"] == [
        *("created", "run_started", "asking", "asking", "asked", "asked"),
        *("scoring", "scored", "scoring", "scored", "note", "run_finished", "close"),
    ]
    # The last counters of each subtask come before it has asked.
    assert [call["done"] for call in installed.calls() if call["method"] == "progress"][-1] == 4
    assert methods[methods.index("asked") - 1] == "progress"


def test_files_in_the_working_directory_are_not_taken_for_libraries(
    load_test: LoadTest,
    installed: Installed,
    reported: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for name in ("multiprocessing", "types", "json", "msgspec"):
        (here / f"{name}.py").write_text("raise SystemExit('taken for a library')")
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend("")
    config = load_test.config(sinks=["elsewhere"], sink_args=installed.args())
    run_to_end(load_test, config, reported)
    assert reported == ["elsewhere: https://tracker.example/run"]


def test_trackers_stay_out_of_the_process_of_the_load_test(tmp_path: Path) -> None:
    code = (
        "import sys, perfbench.reports.sinks\n"
        "print({'wandb', 'swanlab', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert output.decode().strip() == "set()"
