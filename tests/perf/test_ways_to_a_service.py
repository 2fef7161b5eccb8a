"""Load tests over TLS, with a client's certificate, and through proxies; by the command line where
settings and the environment meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Authority
from load_runs import Command, left_in, measured, read_truth
from relays import Relay, TunnelProxy

from perfbench.commands.command import BAD_INPUT
from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator
from perfbench.store import open_run

pytestmark = pytest.mark.usefixtures("no_proxies")

PASSWORD = "Basic bWU6aHVzaC1odXNo"
NAMED = "me:hush-hush"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    config = SimulatorConfig(port=0, ttft_ms=5, itl_ms=1, log=tmp_path / "truth.tsv")
    with Simulator(config) as running:
        yield running


def port_of(simulator: Simulator) -> int:
    return int(simulator.url.rpartition(":")[2])


def only_run(folder: Path) -> Path:
    (path,) = (folder / "results").iterdir()
    return path


@pytest.mark.parametrize("transport", ["wire", "aiohttp"])
def test_https_through_a_proxy(
    tmp_path: Path,
    authority: Authority,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    command: Command,
    transport: str,
) -> None:
    end = Relay(port_of(simulator), authority.server("llm.invalid"))
    proxy = TunnelProxy(end.port, PASSWORD)
    with end.running(), proxy.running():
        monkeypatch.setenv("https_proxy", f"http://{NAMED}@127.0.0.1:{proxy.port}")
        words = ("--url", "https://llm.invalid", "--ca-file", authority.file)
        load = ("--parallel", 3, "--number", 30, "--max-tokens", 4, "--no-report")
        done = command(*words, *load, "--transport", transport)
    assert done.returncode == 0, done.stderr
    assert f"note: requests go through a proxy: 127.0.0.1:{proxy.port}" in done.stdout
    run = left_in(only_run(tmp_path))
    assert run.outcomes == {"ok": 30}
    assert len(read_truth(tmp_path / "truth.tsv")) == 31, "with the probe"
    connected = [record.connect_ns for record in run.records if not record.reused]
    assert all(connected)
    with open_run(run.path) as opened:
        assert opened.about.extra["proxy"] == f"127.0.0.1:{proxy.port}"
    kept = [file.read_bytes() for file in run.path.rglob("*") if file.is_file()]
    assert not any(b"hush-hush" in content or b"bWU6aHVz" in content for content in kept)


def test_http_through_a_proxy_and_around_it(
    tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = TunnelProxy(port_of(simulator))
    with proxy.running():
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        # The service of this machine is asked directly.
        urls = ["http://llm.invalid:8000", simulator.url]
        run = measured(tmp_path / "out", url=urls, parallel=[2], number=[20], max_tokens=[4])
    assert run.outcomes == {"ok": 20}
    assert [part.completed for part in run.summary.urls or ()] == [10, 10]
    assert proxy.connections > 0
    asked = {head.split()[1] for head in proxy.heads}
    assert asked == {
        f"http://llm.invalid:8000{path}"
        for path in ("/metrics", "/v1/models", "/v1/chat/completions")
    }


@pytest.mark.parametrize(
    "given", [(), ("--model", "m"), ("--model", "m", "--transport", "aiohttp")]
)
def test_a_refusal_of_the_proxy_ends_the_run_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, command: Command, given: tuple[str, ...]
) -> None:
    proxy = TunnelProxy(9, PASSWORD)
    with proxy.running():
        monkeypatch.setenv("https_proxy", f"http://me:wr0ng-one@127.0.0.1:{proxy.port}")
        done = command("--url", "https://llm.invalid", *given)
    assert done.returncode == BAD_INPUT
    (line,) = done.stderr.strip().splitlines()
    assert f"llm.invalid:443 through the proxy 127.0.0.1:{proxy.port}: the proxy answered 407" in (
        line.replace("llm.invalid through", "llm.invalid:443 through")
    )
    assert "wr0ng" not in line


@pytest.mark.parametrize("transport", ["wire", "aiohttp"])
def test_a_service_that_wants_a_certificate(
    tmp_path: Path, authority: Authority, simulator: Simulator, command: Command, transport: str
) -> None:
    cert, key = authority.issue("a client")
    end = Relay(port_of(simulator), authority.server("127.0.0.1", wants_client=True))
    with end.running():
        where = ("--url", f"https://127.0.0.1:{end.port}", "--ca-file", authority.file)
        shown = ("--client-cert", cert, "--client-key", key)
        load = ("--number", 6, "--max-tokens", 4, "--no-report", "--transport", transport)
        done = command(*where, *shown, *load)
        assert done.returncode == 0, done.stderr
        path = only_run(tmp_path)
        assert left_in(path).outcomes == {"ok": 6}
        refused = command(*where, *load)
        assert refused.returncode == BAD_INPUT
        assert "the service wants a certificate: give --client-cert" in refused.stderr
    with open_run(path) as run:
        # Where the files are is no secret; what is in them is nowhere.
        assert run.config["client_key"] == str(key)
        assert f"--client-key '{key}'" in (run.about.command or "")
    kept = [file.read_bytes() for file in path.rglob("*") if file.is_file()]
    secret = key.read_text().splitlines()[1].encode()
    assert not any(secret in content for content in kept)


def test_files_that_cannot_be_used_end_the_run_before_it_begins(
    tmp_path: Path, authority: Authority, command: Command
) -> None:
    cert, _ = authority.issue("a client")
    missing = tmp_path / "nothing.key"
    words = ["--url", "https://127.0.0.1:9", "--client-cert", cert, "--client-key", missing]
    done = command(*words)
    assert done.returncode == BAD_INPUT
    line = f"perfbench: --client-key: cannot read {missing}: no such file or directory"
    assert done.stderr.strip() == line


def test_a_key_in_place_of_its_file_is_not_shown(authority: Authority, command: Command) -> None:
    cert, key = authority.issue("a client")
    content = key.read_text()
    words = ["--url", "https://127.0.0.1:9", "--client-cert", cert, "--client-key", content]
    done = command(*words)
    assert done.returncode == BAD_INPUT
    assert content.splitlines()[1] not in done.stdout + done.stderr


def test_several_urls_of_a_variable(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    with Simulator(SimulatorConfig(port=0, ttft_ms=5, itl_ms=1)) as other:
        monkeypatch.setenv("PERFBENCH_URL", f"{simulator.url} {other.url}")
        done = command("--number", 4, "--max-tokens", 4, "--json", "--no-report")
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout)["points"][0]["urls"]
    assert [(part["name"], part["completed"]) for part in parts] == [
        (simulator.url, 2),
        (other.url, 2),
    ]
