"""The one request before a load, and the end of a sweep whose every request fails alike.

Through the real command line, on services that count what they get."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import forked
import pytest
import warm
from forked import PERFBENCH
from load_runs import Command, Refused, read_truth

from perfbench import SimulatorConfig, open_run
from perfbench.commands.command import BAD_INPUT, FAILED, INTERRUPTED
from perfbench.driver.probe import MAX_TOKENS, PROMPT
from perfbench.reports.write import report_page
from perfbench.simulator.spawn import Simulator

ANSWER = {
    "choices": [{"index": 0, "message": {"content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
}


class Scripted:
    """A service that answers its first requests as told, and all others well."""

    def __init__(self, *first: tuple[int, str]) -> None:
        self._first = list(first)
        self.bodies: list[dict[str, Any]] = []
        self.url = ""

    def answer(self, body: bytes) -> tuple[int, str]:
        self.bodies.append(json.loads(body))
        return self._first.pop(0) if self._first else (200, json.dumps(ANSWER))

    @contextmanager
    def running(self) -> Iterator[Scripted]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                status, text = service.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.url = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


def perfbench(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return forked.perfbench([*words, "--no-report"], folder)


def where(service: Scripted) -> tuple[object, ...]:
    """Two requests to it."""
    return "--url", service.url, "--model", "m", "--no-stream", "--number", 2


@pytest.fixture
def asked(command: Command) -> Command:
    """Runs them, with more words."""
    return lambda service, *words: command(*where(service), "--no-report", *words)


def only_run(folder: Path) -> Path:
    (path,) = (folder / "results").iterdir()
    return path


def test_it_is_no_part_of_the_load(tmp_path: Path, command: Command) -> None:
    log = tmp_path / "truth.tsv"
    service = SimulatorConfig(port=0, ttft_ms=2, itl_ms=1, output_tokens=4, log=log)
    with Simulator(service) as simulator:
        where = ("--url", simulator.url, "--number", 5, "--keep-prompts", "--no-report")
        assert command(*where).returncode == 0
        assert command(*where, "--no-probe", "--name", "bare").returncode == 0
    assert len(read_truth(log)) == 11
    first, bare = sorted((tmp_path / "results").iterdir(), key=lambda path: "bare" in path.name)
    with open_run(first) as run:
        (point,) = run.points()
        assert len(list(run.records(point))) == 5
        assert run.summaries()[0].completed == 5
        found = run.about.extra["probe"]
    assert set(found) == {
        *("outcome", "detail", "ttft_ms", "e2e_ms", "input_tokens", "output_tokens"),
    }
    assert (found["outcome"], found["detail"]) == ("ok", "")
    assert found["e2e_ms"] >= found["ttft_ms"] > 1
    assert found["output_tokens"] == MAX_TOKENS
    with open_run(bare) as run:
        assert "probe" not in run.about.extra


def test_it_asks_for_little_and_otherwise_as_the_load_does(asked: Command) -> None:
    with Scripted().running() as service:
        done = asked(
            service,
            *("--min-tokens", 50, "--max-tokens", 100, "--ignore-eos", "--temperature", "0.5"),
            *("--extra-args", '{"min_new_tokens": 50, "min_p": 0.1}'),
        )
    assert done.returncode == 0, done
    probe, *load = service.bodies
    assert probe == {
        "model": "m",
        "messages": [{"role": "user", "content": PROMPT}],
        "max_tokens": MAX_TOKENS,
        "temperature": 0.5,
        "stream": False,
        "min_p": 0.1,
    }
    assert [body["min_tokens"] for body in load] == [50, 50]
    assert PROMPT not in {body["messages"][0]["content"] for body in load}


@pytest.mark.parametrize(
    ("status", "text", "says"),
    [
        (401, '{"error": {"message": "no sk-0123456789"}}', "answered 401 to a probe request: no"),
        (403, "forbidden", "forbidden: the service wants a valid --api-key"),
        (400, '{"error": {"message": "top_k is not known"}}', "top_k is not known: check --model"),
        (404, '{"error": "no model m"}', "no model m: check --model and --url"),
        (405, "", "answered 405 to a probe request: nothing: check --url"),
        (200, "<html>welcome</html>", "sent no answer of this API: the body is not an answer"),
    ],
)
def test_a_refusal_ends_in_one_line_and_no_load(
    tmp_path: Path, refused: Refused, status: int, text: str, says: str
) -> None:
    with Scripted((status, text)).running() as service:
        line = refused(*where(service), "--api-key", "sk-0123456789")
    assert says in line
    assert "--no-probe" in line
    assert "sk-0123456789" not in line
    assert len(service.bodies) == 1
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("status", [429, 503])
def test_what_may_pass_is_tried_again(
    tmp_path: Path, asked: Command, status: int, failures: int
) -> None:
    with Scripted(*[(status, "busy")] * failures).running() as service:
        done = asked(service)
    assert done.returncode == 0, done
    assert len(service.bodies) == failures + 1 + 2
    assert not (only_run(tmp_path) / "run.log").exists()


def test_what_does_not_pass_is_noted_and_the_load_begins(tmp_path: Path, asked: Command) -> None:
    with Scripted(*[(503, "busy")] * 3).running() as service:
        done = asked(service)
    assert done.returncode == 0, done
    assert len(service.bodies) == 5
    note = "the probe request failed (http_5xx): busy; the load begins anyway"
    assert note in (only_run(tmp_path) / "run.log").read_text()


def test_one_that_is_not_answered_is_noted_too(tmp_path: Path, command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = ("--url", f"127.0.0.1:{silent.getsockname()[1]}", "--model", "m")
        patience = ("--read-timeout", 0.3, "--no-server-metrics")
        done = command(*where, "--number", 2, "--no-report", *patience)
    assert (done.returncode, done.stderr) == (FAILED, "")
    path = only_run(tmp_path)
    assert "the probe request failed (timeout): nothing came" in (path / "run.log").read_text()
    (point,) = json.loads((path / "summary.json").read_text())["points"]
    assert point["ledger"]["planned"] == 2
    assert point["client"]["verdict"] is None


def test_ctrl_c_ends_it_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        url = f"127.0.0.1:{silent.getsockname()[1]}"
        child = warm.Popen(
            [*PERFBENCH, "--url", url, "--model", "m"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(1)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (INTERRUPTED, "", "")
    assert not (tmp_path / "results").exists()


@pytest.fixture
def sweep(command: Command) -> Command:
    def run(**faults: float) -> subprocess.CompletedProcess[str]:
        service = SimulatorConfig.model_validate({"port": 0, "ttft_ms": 1, "itl_ms": 1, **faults})
        with Simulator(service) as simulator:
            where = ("--url", simulator.url, "--no-probe", "--no-report")
            return command(*where, "--parallel", 1, 2, 4, "--number", 10)

    return run


def test_a_sweep_ends_where_every_request_fails_alike(tmp_path: Path, sweep: Command) -> None:
    done = sweep(error_rate=1)
    assert done.returncode == FAILED
    path = only_run(tmp_path)
    points = json.loads((path / "summary.json").read_text())["points"]
    assert [point["name"] for point in points] == ["parallel_1_number_10"]
    assert done.stderr.count("\n") == 1
    said = done.stderr.strip().removeprefix("perfbench: ")
    assert said.startswith("parallel_1_number_10: every request failed (http_5xx: ")
    assert said.endswith("not run: parallel_2_number_10, parallel_4_number_10")
    assert said in (path / "run.log").read_text()
    with open_run(path) as run:
        assert run.about.rest == ("parallel_2_number_10", "parallel_4_number_10")
        page = report_page(run)
    assert "Planned and not run:</b> parallel_2_number_10, parallel_4_number_10" in page


def test_a_sweep_goes_on_where_some_succeed_or_fail_otherwise(
    tmp_path: Path, sweep: Command
) -> None:
    done = sweep(error_rate=0.5, in_band_error_rate=0.5)
    assert (done.returncode, done.stderr) == (FAILED, "")
    points = json.loads((only_run(tmp_path) / "summary.json").read_text())["points"]
    assert len(points) == 3


def test_an_evaluation_asks_first_too_but_not_when_it_has_all_answers(tmp_path: Path) -> None:
    common = ("--datasets", "gsm8k", "--limit", 2, "--no-stream")
    with Scripted().running() as service:
        where = ("eval", "--url", service.url, "--model", "m", *common)
        assert perfbench(tmp_path, *where).returncode == 1  # its answers hold no number
        assert len(service.bodies) == 3
        assert service.bodies[0]["messages"][0]["content"] == PROMPT
        assert perfbench(tmp_path, *where, "--reuse").returncode == 1
        assert len(service.bodies) == 3
    with open_run(only_run(tmp_path)) as run:
        assert run.about.extra["probes"]["m"]["outcome"] == "ok"


def test_an_evaluation_of_a_model_that_is_not_served_leaves_nothing(tmp_path: Path) -> None:
    with Scripted((404, '{"error": {"message": "no model m"}}')).running() as service:
        where = ("eval", "--url", service.url, "--model", "m", "--datasets", "gsm8k")
        done = perfbench(tmp_path, *where)
    assert done.returncode == BAD_INPUT
    assert "answered 404 to a probe request: no model m: check --model" in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(service.bodies) == 1
    assert not (tmp_path / "results").exists()
