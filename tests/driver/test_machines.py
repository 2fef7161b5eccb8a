"""Workers behind agents: the same records as from here, whatever clock a machine has, and every
request accounted for when one is lost."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import forked
import msgspec
import pytest
import warm
from agents import AHEAD, AHEAD_S, TOKEN, Running, agent, time_namespaces
from fleet_runs import Heard, spec_of, target_of
from msgspec.structs import replace
from process_tree import all_gone, workers_of
from test_fleet import CLOSED, requests

from perfbench.cli import main
from perfbench.client.clock import now_ns
from perfbench.client.target import Target
from perfbench.config import SimulatorConfig
from perfbench.driver.crew import Crew
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.machines.hosts import Hosts, Where
from perfbench.driver.schedule import planned_arrivals
from perfbench.errors import WorkerError
from perfbench.reports.write import report_page
from perfbench.simulator.spawn import Simulator
from perfbench.store import open_run
from perfbench.types import Counts, Point

LONG = replace(CLOSED, number=400)


@pytest.fixture(scope="module")
def quick() -> Iterator[Target]:
    with Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=5, output_tokens=5)) as simulator:
        yield target_of(simulator.url)


def run(
    target: Target,
    point: Point,
    hosts: Hosts,
    on_tick: Callable[[Standing], None] = lambda standing: None,
    replaces: bool = False,
) -> Heard:
    workers = hosts.team(point)
    heard = Heard()
    with Crew(workers, hosts.start, replaces) as crew, Fleet(crew, workers) as fleet:
        fleet.greet(spec_of(target))
        fleet.load(point, requests(point))
        fleet.prepare(point, None)
        assert fleet.await_ready()
        heard.facts = fleet.run(point, heard.records.extend, on_tick)
    return heard


def two(first: Running, second: Running) -> list[Where]:
    return [replace(first.where, workers=2), replace(second.where, workers=1)]


def test_two_agents_are_one_fleet(quick: Target) -> None:
    with agent() as first, agent() as second:
        with Hosts(two(first, second), TOKEN) as hosts:
            heard = run(quick, CLOSED, hosts)
            workers = [*workers_of(first.process.pid), *workers_of(second.process.pid)]
            assert len(workers) == 0, "they have ended with the crew"
        facts = heard.kept()
        assert heard.outcomes == {"ok": 60}
        assert facts.counts["measure"] == Counts(60, 60, 0, 60, 60)
        names = [first.where.name, second.where.name, first.where.name]
        assert sorted(worker.host or "" for worker in facts.workers) == sorted(names)
        for worker in facts.workers:
            assert not worker.died
            assert 0 < worker.clock_error_ns < 50_000_000
            assert abs(worker.clock_offset_ns or 0) <= worker.clock_error_ns
            assert worker.clock_drift_ppm is not None
        # The same agents serve the next run.
        with Hosts([second.where], TOKEN) as hosts:
            assert run(quick, CLOSED, hosts).outcomes == {"ok": 60}
        for each in (first, second):
            each.process.terminate()
            assert each.process.wait(10) == 0


def test_a_clock_that_is_off_changes_no_figure(quick: Target) -> None:
    if not time_namespaces():
        pytest.skip("no time namespaces here")
    point = Point(0, "open", None, 100.0, 200, arrival="constant")
    with (
        agent() as first,
        agent(AHEAD) as second,
        Hosts([first.where, second.where], TOKEN) as hosts,
    ):
        begun_ns = now_ns()
        heard = run(quick, point, hosts)
        ended_ns = now_ns()
    assert heard.outcomes == {"ok": 200}
    facts = {worker.host: worker for worker in heard.kept().workers}
    offset_ns = facts[second.where.name].clock_offset_ns or 0
    assert abs(offset_ns - AHEAD_S * 1e9) <= facts[second.where.name].clock_error_ns
    assert abs(facts[first.where.name].clock_offset_ns or 0) < 50_000_000
    planned = planned_arrivals(point)
    grid = [(record.due_ns or 0) - planned[record.seq] for record in heard.records]
    slack = 4 * max(worker.clock_error_ns for worker in facts.values())
    assert max(grid) - min(grid) <= slack
    for record in heard.records:
        stamps = (record.due_ns, record.sent_ns, record.first_ns, record.end_ns)
        assert all(stamp is not None and begun_ns < stamp < ended_ns for stamp in stamps)
        assert 5_000_000 < (record.first_ns or 0) - (record.sent_ns or 0) < 2_000_000_000


def at(standing_sent: int, act: Callable[[], object]) -> Callable[[Standing], None]:
    """Do something once, when so many requests were sent."""
    acts = [act]

    def tick(standing: Standing) -> None:
        if standing.sent >= standing_sent and acts:
            acts.pop()()

    return tick


@pytest.mark.parametrize("replaces", [False, True])
def test_a_machine_that_is_lost_takes_only_its_own(quick: Target, replaces: bool) -> None:
    with agent() as first, agent() as second:
        with Hosts([first.where, second.where], TOKEN) as hosts:
            heard = run(quick, LONG, hosts, at(60, second.process.kill), replaces)
        facts = heard.kept()
        by_host = {worker.host: worker for worker in facts.workers[:2]}
        lost, kept = by_host[second.where.name], by_host[first.where.name]
        assert not kept.died
        assert lost.died
        assert facts.interrupted
        counts = facts.counts["measure"]
        assert counts.planned == 400 == counts.sent + counts.unsent
        assert counts.received == counts.handed == len(heard.records)
        assert len({record.seq for record in heard.records}) == len(heard.records)
        assert 0 <= counts.sent - counts.received < 100
        if replaces:
            assert counts.unsent == 0
            heir = facts.workers[lost.replaced_by or 0]
            assert heir.host == first.where.name
            assert sum(record.worker == heir.worker for record in heard.records) > 50
        else:
            assert counts.unsent > 50


def test_a_worker_that_is_stopped_is_waited_for_in_vain_only_so_long(quick: Target) -> None:
    with agent() as first, agent() as second:
        stop = lambda: os.kill(workers_of(second.process.pid)[0], signal.SIGSTOP)  # noqa: E731
        with Hosts([first.where, second.where], TOKEN, patience_s=2) as hosts:
            heard = run(quick, LONG, hosts, at(60, stop))
            assert all_gone(workers_of(second.process.pid), 5)
    died = [worker for worker in heard.kept().workers if worker.died]
    assert [(worker.host, worker.why) for worker in died] == [
        (second.where.name, "nothing was heard of it for 2 s")
    ]
    assert not died[0].sent_unknown, "its machine could still be asked"
    counts = heard.kept().counts["measure"]
    assert counts.planned == 400 == counts.sent + counts.unsent


def test_workers_end_with_a_run_that_is_killed(quick: Target, tmp_path: Path) -> None:
    with agent() as running:
        command = [sys.executable, "-m", "perfbench", "--hosts", f"{running.where.name}*2"]
        command += ["--url", f"http://{quick.authority}", "--parallel", "4", "--duration", "60"]
        command += ["--agent-token", TOKEN, "--outputs-dir", str(tmp_path)]
        with warm.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                while len(pids := workers_of(running.process.pid)) < 2:
                    time.sleep(0.05)
            finally:
                process.kill()
        assert all_gone(pids, 10)


def serving(script: Callable[[socket.socket], None]) -> tuple[socket.socket, Where]:
    """Something that listens and is no agent."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        with sock:
            script(sock)

    threading.Thread(target=serve, daemon=True).start()
    return listener, Where("127.0.0.1", listener.getsockname()[1])


def framed(value: object) -> Callable[[socket.socket], None]:
    body = msgspec.msgpack.encode(value)

    def script(sock: socket.socket) -> None:
        sock.sendall(len(body).to_bytes(4, "little") + body)
        sock.recv(1 << 16)

    return script


def web_server(sock: socket.socket) -> None:
    sock.recv(1 << 16)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


NO_AGENT = "what it says is no message of perfbench"
HAIL = {"word": "perfbench agent", "version": "0.0.9", "nonce": b"x" * 16}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (web_server, NO_AGENT),
        (lambda sock: sock.recv(1 << 16), "it hung up"),
        (lambda sock: None, "it hung up"),
        (framed(["no", "hail"]), NO_AGENT),
        (framed(HAIL | {"word": "another"}), NO_AGENT),
        (framed(HAIL | {"nonce": b""}), NO_AGENT),
        (framed(HAIL), "it is perfbench 0.0.9 and this is .*: install the same version on both"),
    ],
)
def test_what_is_no_agent_is_one_clear_line(
    script: Callable[[socket.socket], None], why: str
) -> None:
    listener, where = serving(script)
    with listener, pytest.raises(WorkerError) as caught:
        Hosts([where], TOKEN)
    said = str(caught.value).replace("connection reset by peer", "it hung up")
    assert re.fullmatch(f"the agent at {where.name}: {why}", said)


def test_what_hears_and_does_not_answer_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("handshake", "hosts"):
        monkeypatch.setattr(f"perfbench.driver.machines.{module}.TIMEOUT_S", 0.3)
    listener, where = serving(lambda sock: sock.recv(1 << 16) and sock.recv(1))
    with listener, pytest.raises(WorkerError) as caught:
        Hosts([where], TOKEN)
    assert str(caught.value) == f"the agent at {where.name}: it does not answer within 0.3 s"


def test_an_agent_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = Where("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(WorkerError, match=f"^the agent at {where.name}: connection refused$"):
        Hosts([where], TOKEN)


def test_an_agent_bears_with_strangers(quick: Target) -> None:
    with agent() as running:
        with pytest.raises(WorkerError, match="it refuses: the token is another"):
            Hosts([running.where], "another token altogether")
        address = (running.where.host, running.where.port)
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"\x05\0\0\0\xc1\xc1\xc1\xc1\xc1"):
            with socket.create_connection(address, 5) as sock:
                sock.sendall(garbage)
                with contextlib.suppress(ConnectionResetError):
                    assert not sock.recv(1 << 16)
        idle = [socket.create_connection(address, 5) for _ in range(10)]
        with Hosts([running.where], TOKEN) as hosts:
            assert run(quick, CLOSED, hosts).outcomes == {"ok": 60}
        for sock in idle:
            sock.close()
        assert running.process.poll() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hosts", "a b"], "--hosts needs the agents' token"),
        (["--hosts", "a:b"], "--hosts: 'a:b' is no HOST[:PORT][*WORKERS]"),
        (["--hosts", "a:70000"], "is no HOST[:PORT][*WORKERS]"),
        (["--hosts", "a*0"], "is no HOST[:PORT][*WORKERS]"),
        (["--hosts", "a:7433*2", "a"], "one of them stands there twice"),
        (["--hosts", "a", "--agent-token", "short"], "a token has 16 characters or more"),
        (["--hosts", "a", "--agent-token", TOKEN, "--ray"], "leave one out"),
        (["--hosts", "127.0.0.1:1", "--agent-token", TOKEN], "127.0.0.1:1: connection refused"),
        (["--hosts", "192.0.2.1", "--agent-token", TOKEN], "give --url"),
        (
            ["--hosts", "a", "--agent-token", TOKEN, "--unix-socket", "/tmp/s"],
            "--unix-socket is a file of this machine",
        ),
        (["agent", "--listen", "nowhere:x"], "is no HOST[:PORT][*WORKERS]"),
        (["agent", "--listen", "192.0.2.1:7433"], "the agent cannot listen on 192.0.2.1:7433"),
        (["agent", "--token", "short"], "--token: a token has 16 characters"),
    ],
)
def test_bad_input_is_one_line(
    words: Sequence[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capfd.readouterr().err
    assert len(told.splitlines()) == 1
    assert said in told
    assert TOKEN not in told


def test_the_command_line_says_which_machines_sent(quick: Target, tmp_path: Path) -> None:
    with agent() as first, agent() as second:
        words = ["--hosts", first.where.name, second.where.name, "--parallel", 4, "--number", 40]
        words += ["--url", f"http://{quick.authority}", "--outputs-dir", tmp_path, "--no-report"]
        environment = {**os.environ, "PERFBENCH_AGENT_TOKEN": TOKEN}
        done = forked.perfbench(words, tmp_path, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout
    (folder,) = tmp_path.iterdir()
    machines = json.loads((folder / "summary.json").read_text())["points"][0]["client"]["machines"]
    assert {each["host"] for each in machines} == {first.where.name, second.where.name}
    with open_run(folder) as kept:
        page = report_page(kept)
    for each in machines:
        assert each["clock_error_ms"] < 50
        assert each["host"] in page
        assert f"{each['host']}: 1 worker, clock known to" in " ".join(done.stdout.split())
