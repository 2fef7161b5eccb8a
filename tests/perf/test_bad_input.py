"""Wrong input through the real command line: one clear line and status 2, or a run whose failures
say why and status 1. Never a traceback."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from forked import PERFBENCH
from load_runs import Command

from perfbench import SimulatorConfig
from perfbench.commands.command import FAILED
from perfbench.endpoints.fields import said
from perfbench.simulator.spawn import Simulator


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(SimulatorConfig(port=0, ttft_ms=1, itl_ms=1, output_tokens=3)) as simulator:
        yield simulator.url


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A service that wants a key."""
    with Simulator(SimulatorConfig(port=0, ttft_ms=1, itl_ms=1, api_key="right")) as simulator:
        yield simulator.url


@pytest.fixture(scope="module")
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


def all_failed(command: Command, folder: Path, *arguments: str) -> dict[str, str]:
    """Run what fails request by request in ``folder``; an example of each kind of failure."""
    done = command("--no-report", "--no-probe", "--number", "2", *arguments)
    assert done.returncode == FAILED, done
    assert done.stderr == ""
    (path,) = (folder / "results").iterdir()
    (point,) = json.loads((path / "summary.json").read_text())["points"]
    assert (point["completed"], point["failed"]) == (0, 2)
    for kind, example in point["error_examples"].items():
        assert kind in done.stdout
        # The console takes the words out of a JSON error, cuts them, and breaks lines anywhere.
        assert "".join(said(example).split())[:30] in "".join(done.stdout.split())
    examples: dict[str, str] = point["error_examples"]
    return examples


def test_a_service_that_is_not_there(nobody, refused):
    line = f"cannot reach {nobody}: connection refused"
    assert refused("--url", f"http://{nobody}") == line
    line = f"cannot connect to {nobody}: connection refused"
    assert refused("--url", nobody, "--model", "m") == line
    assert refused("--url", nobody, "--model", "m", "--rate", "5") == line


def test_a_host_that_has_no_address(refused):
    line = refused("--url", "http://nowhere.invalid", "--model", "m")
    assert line.startswith("cannot connect to nowhere.invalid:80: no such host")


def test_a_url_that_is_none(refused):
    assert "ftp" in refused("--url", "ftp://localhost")
    assert "port" in refused("--url", "http://localhost:99999")


def test_a_wrong_path(tmp_path, url, refused, command):
    line = refused("--url", f"{url}/api")
    assert "/api/v1/models answered 404" in line
    examples = all_failed(command, tmp_path, "--url", f"{url}/api", "--model", "simulated")
    assert list(examples) == ["http_4xx"]
    assert "there is nothing at /api/v1/chat/completions" in examples["http_4xx"]


def test_the_path_of_another_api(url, refused):
    line = refused("--url", f"{url}/v1/completions", "--model", "m", "--api", "openai")
    assert "--api completions" in line
    line = refused("--url", f"{url}/v1/chat/completions", "--model", "m", "--api", "vllm")
    assert "--api openai" in line


def test_a_wrong_key(tmp_path, guarded, refused, command):
    assert "--api-key" in refused("--url", guarded, "--api-key", "wr0ng")
    examples = all_failed(
        command, tmp_path, "--url", guarded, "--api-key", "wr0ng", "--model", "simulated"
    )
    assert "the API key is missing or wrong" in examples["http_4xx"]
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"wr0ng" not in file.read_bytes()


def test_a_model_that_is_not_served(tmp_path, url, command):
    examples = all_failed(command, tmp_path, "--url", url, "--model", "gpt-9")
    assert "gpt-9" in examples["http_4xx"]


def test_a_service_that_does_not_speak_http(tmp_path, command):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        examples = all_failed(
            command, tmp_path, "--url", f"127.0.0.1:{port}", "--model", "m", "--read-timeout", "0.3"
        )
    assert list(examples) == ["timeout"]


def test_a_data_set_that_cannot_be_read(tmp_path, url, refused):
    def line(*arguments: str) -> str:
        return refused("--url", url, "--dataset", "line_by_line", *arguments)

    assert "--dataset-path" in line()
    assert "missing.txt" in line("--dataset-path", "missing.txt")
    assert str(tmp_path) in line("--dataset-path", str(tmp_path))
    (tmp_path / "empty.txt").write_text("\n")
    assert "empty.txt" in line("--dataset-path", "empty.txt")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x01")
    assert "binary.txt" in line("--dataset-path", "binary.txt")


def test_a_malformed_line(tmp_path, url, refused):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"prompt": "one"}\n{"prompt": "two"\n{"prompt": "three"}\n')
    where = ("--url", url, "--dataset", "line_by_line", "--dataset-path", str(file))
    line = refused(*where)
    assert "rows.jsonl" in line
    assert "2" in line.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--parallel", "0"], ["--parallel", "1 or more", "0"]),
        (["--parallel", "-2"], ["--parallel", "-2"]),
        (["--parallel", "many"], ["--parallel", "many"]),
        (["--rate", "-3"], ["--rate", "above 0", "-3"]),
        (["--rate", "0"], ["--rate", "above 0"]),
        (["--rate", "nan"], ["--rate"]),
        (["--number", "0"], ["--number", "1 or more"]),
        (["--parallel", "1", "2", "3", "--number", "5", "6"], ["--number", "2 values", "3"]),
        (["--rate", "1", "2", "--parallel", "3", "4", "5"], ["--parallel", "3 values", "2"]),
        (["--duration", "0"], ["--duration"]),
        (["--warmup", "2.5"], ["--warmup", "2.5"]),
        (["--warmup", "0.1", "--duration", "5"], ["--warmup", "--number"]),
        (["--grace", "1"], ["--grace", "--duration"]),
        (["--arrival", "poison", "--rate", "1"], ["--arrival", "poison"]),
        (["--arrival", "constant"], ["--arrival needs --rate"]),
        (["--burstiness", "0.5"], ["--burstiness needs --rate"]),
        (
            ["--rate", "1", "--arrival", "constant", "--burstiness", "0.5"],
            ["--burstiness", "give --arrival gamma, not constant"],
        ),
        (["--rate", "2", "--duration", "3", "--warmup", "99"], ["--warmup 99 leaves nothing"]),
        (
            # The arrivals are drawn: one seed in a few hundred draws 13 of them or more.
            ["--stages", "2s@3", "--warmup", "3", "--cooldown", "9", "--seed", "1"],
            ["--warmup 3 and --cooldown 9 leaves nothing"],
        ),
        (["--stages", "30s"], ["--stages", "'30s' is no stage", "30s@10"]),
        (["--stages", "30s@ten"], ["'30s@ten'", "a level is no number"]),
        (["--stages", "soon@10"], ["'soon@10'", "its time is no number"]),
        (["--stages", "0s@10"], ["'0s@10'", "its time must be above 0"]),
        (["--stages", "3s@10,3s@-1"], ["'3s@-1'", "0 or more"]),
        (["--stages", "3s@nan"], ["'3s@nan'", "no number"]),
        (["--stages", "3s@0..9:exponential"], ["above 0"]),
        (["--stages", "3s@1..9:quadratic"], ["'quadratic' is neither exponential"]),
        (["--stages", "3s@9:burstiness=0"], ["its burstiness must be above 0"]),
        (["--stages", "3s@0"], ["--stages", "no stage has a load"]),
        (["--stages", "3s@9", "--rate", "4"], ["--rate and --stages contradict"]),
        (["--stages", "3s@9", "--duration", "4"], ["--duration and --stages contradict"]),
        (["--stages", "3s@9", "--number", "4", "5"], ["--stages is one point"]),
        (["--no-stream", "--goodput", "ttft:200"], ["nothing to hold ttft_ms against", "e2e_ms"]),
        (["--no-stream", "--slo", "tpot_ms.p99<=9"], ["nothing to hold tpot_ms against"]),
        (["--no-stream", "--abort-if", "itl_ms.p99>9"], ["nothing to hold itl_ms against"]),
        (["--length-of", "content"], ["--length-of says what lengths are of"]),
        (
            ["--stages", "3s@9:burstiness=0.5", "--stages-of", "parallel"],
            ["burstiness is of arrivals", "--stages-of parallel"],
        ),
        (
            ["--stages", "3s@9", "--search", "parallel", "--slo", "ttft_ms.p99<=9"],
            ["--search chooses the loads", "not --stages"],
        ),
        (
            ["--rate-file", "x", "--search", "rate", "--slo", "ttft_ms.p99<=9"],
            ["--search chooses the loads", "not --rate-file"],
        ),
        (["--stages", "3s@9", "--rate-file", "x"], ["--stages and --rate-file", "give one"]),
        (
            ["--stages", "3s@9", "--stages-of", "parallel", "--parallel", "4"],
            ["--parallel and --stages contradict"],
        ),
        (["--stages", "3s@2.5", "--stages-of", "parallel"], ["whole numbers"]),
        (["--stages-of", "parallel"], ["--stages-of needs --stages"]),
        (["--rate-file", "missing.csv"], ["missing.csv"]),
        (["--ramp-from", "5"], ["--ramp-from needs --ramp"]),
        (["--rate", "5", "--ramp", "3", "--ramp-from", "9"], ["--ramp-from 9 is above 5"]),
        (
            ["--rate", "5", "--ramp", "3", "--ramp-from", "0", "--ramp-law", "exponential"],
            ["--ramp-law exponential cannot begin"],
        ),
        (["--drop-late", "1"], ["--drop-late needs --rate"]),
        (["--rate", "5", "--drop-late", "0"], ["--drop-late"]),
        (["--cooldown", "5", "--duration", "3"], ["--cooldown needs --number"]),
        (["--cooldown", "2.5"], ["--cooldown", "neither a count nor a ratio"]),
        (["--prompt", "a", "--prefix-length", "9"], ["--prompt", "leave --prefix-length out"]),
        (["--prompt", "a", "--dataset", "random"], ["--prompt", "leave --dataset out"]),
        (["--prefix-length", "9"], ["--prefix-length means nothing to --dataset openqa"]),
        (["--api", "vllm", "--apply-chat-template"], ["needs --tokenizer-path"]),
        (["--insecure"], ["--insecure is for https://"]),
        (["--url", "http://h", "--ca-file", "x"], ["--ca-file is for https://"]),
        (["--url", "https://h", "--ca-file", "x", "--insecure"], ["give one of them"]),
        (["--url", "https://h", "--unix-socket", "x"], ["--unix-socket", "without TLS"]),
        (["--top-k", "3", "--extra-args", '{"top_k": 4}'], ["--top-k", "'top_k'", "give one"]),
        (["--sink-args", "a=b"], ["--sink-args needs --sinks"]),
        (["eval", "--sink-mode", "offline"], ["--sink-mode needs --sinks"]),
        (["--paralel", "4"], ["--paralel", "--parallel"]),
        (["--api", "openia"], ["openia", "openai"]),
        (["--dataset", "opnqa"], ["opnqa", "openqa"]),
        (["--config", "missing.yaml"], ["missing.yaml"]),
        (["--headers", "Ä=b"], ["--headers", "Ä"]),
        (["--headers", "A B=c"], ["--headers", "A B"]),
    ],
)
def test_settings_that_mean_nothing(tmp_path, arguments, words, refused):
    line = refused(*arguments)
    assert all(word in line for word in words), line
    assert not (tmp_path / "results").exists()


def test_a_results_folder_that_cannot_be_made(tmp_path, url, refused):
    (tmp_path / "file").write_text("in the way")
    line = refused("--url", url, "--outputs-dir", str(tmp_path / "file"))
    assert line.startswith(f"cannot make a results folder in {tmp_path / 'file'}")


def test_a_tokenizer_that_is_not_there(tmp_path, url, refused):
    line = refused("--url", url, "--tokenizer-path", str(tmp_path / "none"))
    assert "none" in line


def test_a_simulator_that_cannot_start(tmp_path, refused):
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"simulator: {{log: {tmp_path}/missing/truth.tsv}}\n")
    assert "cannot write the log" in refused("--config", str(settings))
    settings.write_text("simulator: {ttft: 5}\n")
    assert "ttft" in refused("--config", str(settings))


def test_a_run_that_is_not_there(tmp_path, refused):
    for command in ("report", "export"):
        assert refused(command, str(tmp_path / "none")).startswith("there is no run ")


def test_the_process_itself_ends_with_the_status_and_the_line(tmp_path):
    done = subprocess.run(
        [*PERFBENCH, "--rate", "-3"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("perfbench: --rate: must be above 0")
    assert done.stderr.count("\n") == 1
