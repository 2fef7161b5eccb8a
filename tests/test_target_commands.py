"""``--deny-private`` and ``--allow-target`` from the outside: what is refused, what goes on."""

from __future__ import annotations

import functools
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forked
import pytest
import warm

from perfbench import open_run
from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator

pytestmark = pytest.mark.usefixtures("no_proxies")

TRANSPORTS = ("wire", "aiohttp")
SMALL = "--parallel 2 --number 4 --max-tokens 3 --no-report"
NAMESPACES = ("unshare", "--net", "--mount", "--map-root-user")
"""Runs a command with a network and mounts of its own."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(SimulatorConfig(port=0, ttft_ms=1, itl_ms=1)) as simulator:
        yield simulator.url


def perfbench(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    return forked.perfbench(shlex.split(line), folder)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_load_test_of_this_machine_is_refused_unless_it_is_allowed(
    transport: str, url: str, tmp_path: Path
) -> None:
    line = f"--url {url} --transport {transport} {SMALL} --deny-private"
    assert refusal(perfbench(tmp_path, line)) == (
        f"perfbench: --url {url}: 127.0.0.1 is loopback, and --deny-private forbids it; "
        "--allow-target 127.0.0.1 would let it through\n"
    )
    assert not (tmp_path / "results").exists()
    done = perfbench(tmp_path, f"{line} --allow-target 127.0.0.0/8")
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "results").iterdir()
    (point,) = json.loads((run / "summary.json").read_text(encoding="utf-8"))["points"]
    assert point["completed"] == 4


def test_other_targets_than_those_allowed_are_refused(url: str, tmp_path: Path) -> None:
    line = f"--url {url} {SMALL}"
    said = refusal(perfbench(tmp_path, f"{line} --allow-target 127.0.0.2 llm.example.com"))
    assert said == f"perfbench: --url {url}: 127.0.0.1 is none of --allow-target\n"
    place = url.removeprefix("http://")
    assert perfbench(tmp_path, f"{line} --allow-target {place}").returncode == 0


def test_the_simulator_and_its_metrics_stay_allowed(tmp_path: Path) -> None:
    done = perfbench(tmp_path, f"{SMALL} --deny-private --allow-target llm.example.com")
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "results").iterdir()
    with open_run(run) as stored:
        (point,) = stored.points()
        looks = stored.scrapes.of(point)
        assert looks
        assert not any(each.failed for each in looks)
        assert stored.config["deny_private"] is True


def test_an_evaluation_its_judge_and_its_sandbox_are_held_to_it(url: str, tmp_path: Path) -> None:
    held = "--limit 1 --no-report --deny-private"
    line = f"eval --datasets gsm8k {held}"
    assert f"--url {url}: 127.0.0.1 is loopback" in refusal(
        perfbench(tmp_path, f"{line} --url {url}")
    )
    judge = shlex.quote(json.dumps({"url": url, "model": "j"}))
    assert f"--url {url}: 127.0.0.1 is loopback" in refusal(
        perfbench(tmp_path, f"{line} --judge-args {judge}")
    )
    box = f"--sandbox sandboxfusion --sandbox-url {url}"
    assert f"--sandbox-url {url}: 127.0.0.1 is loopback" in refusal(
        perfbench(tmp_path, f"eval --datasets humaneval {held} {box}")
    )
    allowed = perfbench(tmp_path, f"{line} --url {url} --allow-target 127.0.0.1")
    assert "1 sent, 1 received" in allowed.stdout


def test_a_run_is_continued_under_the_policy_of_today(url: str, tmp_path: Path) -> None:
    done = perfbench(tmp_path, f"--url {url} {SMALL}")
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "results").iterdir()
    with open_run(run) as stored:
        before = dict(stored.config)
    assert before["deny_private"] is False
    said = refusal(perfbench(tmp_path, f"rerun {run} --deny-private"))
    assert f"--url {url}: 127.0.0.1 is loopback" in said


def test_environment_and_settings_file_say_it_too(url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PERFBENCH_DENY_PRIVATE": "true"}
    words = shlex.split(f"--url {url} {SMALL}")
    assert "is loopback" in refusal(forked.perfbench(words, tmp_path, env=environment))
    settings = tmp_path / "settings.yaml"
    settings.write_text("allow_target: [10.0.0.0/8]\n", encoding="utf-8")
    done = forked.perfbench([*words, "--config", settings], tmp_path)
    assert "127.0.0.1 is none of --allow-target" in refusal(done)


@functools.cache
def namespaces() -> bool:
    """Whether this system lets us have a network and mounts of our own."""
    if shutil.which(NAMESPACES[0]) is None:
        return False
    mount = ["mount", "--bind", "/dev/null", "/etc/resolv.conf"]
    return subprocess.run([*NAMESPACES, *mount], capture_output=True).returncode == 0


def rebound(*words: str) -> dict[str, Any]:
    """What comes of ``perfbench WORDS`` against a name that first leads to the internet, and here
    from then on; see ``tests/rebinding.py``."""
    if not namespaces():
        pytest.skip("no network namespaces here")
    here = Path(__file__).parent
    path = os.pathsep.join(map(str, (here.parent, here)))
    line = [sys.executable, "-m", "rebinding", *words]
    done = warm.run(line, text=True, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "errors": done.stderr}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_dns_that_changes_its_answer_leads_nobody_here(transport: str) -> None:
    words = (*SMALL.split(), "--model", "m", "--transport", transport, "--no-server-metrics")
    found = rebound(*words, "--deny-private")
    assert found["status"] == 2
    assert found["errors"].count("\n") == 1
    assert (
        "llm.example.com is at 127.0.0.1, which is loopback, and --deny-private"
        in (found["errors"])
    )
    assert found["lookups"] > 1
    assert found["connections"] == 0


def test_dns_that_changes_its_answer_is_followed_where_both_are_allowed() -> None:
    words = (*SMALL.split(), "--model", "m", "--no-server-metrics")
    found = rebound(*words, "--deny-private", "--allow-target", "8.8.8.8", "127.0.0.1")
    assert found["status"] == 0, found["errors"]
    assert found["connections"] > 0
