"""The benchmarks as programs: that they run, read the log right, and judge as they say.

No figure is judged here: tiny loads, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import warm

PROGRAMS = Path(__file__).parents[2] / "scripts" / "bench"
RUN = """
import runpy, subprocess, sys
tests, programs, name, *words = sys.argv[1:]
sys.path[:0] = [programs, tests]
import warm
subprocess.Popen = warm.Popen
sys.argv = [name, *words]
runpy.run_path(f"{programs}/{name}.py", run_name="__main__")
"""
"""A program as it is, but that it starts perfbench warm."""
TINY = {
    "accuracy": ["--runs", "1", "--streams", "3", "--rounds", "2", "--tokens", "4"],
    "open_loop": ["--rate", "100", "--duration", "0.5", "--workers", "1", "2", "--tokens", "2"],
    "shapes": ["--loads", "closed", "ramp", "--streams", "3", "--tokens", "3"],
    "startup": ["--runs", "1", "--report-runs", "1", "--number", "2"],
    "memory": ["--points", "4", "--parallel", "2", "--number", "4", "--long", "9", "--tokens", "9"],
}


@pytest.fixture(scope="module")
def bench() -> Iterator[dict[str, ModuleType]]:
    """The programs as modules; they find each other as they do when they are run."""
    sys.path.insert(0, str(PROGRAMS))
    try:
        yield {name: importlib.import_module(name) for name in ("common", *TINY)}
    finally:
        sys.path.remove(str(PROGRAMS))


def ran(
    program: str, *words: object, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A program to its end, with its temporary files in ``folder``."""
    line = [sys.executable, "-c", RUN, str(Path(warm.__file__).parent), str(PROGRAMS), program]
    environment = os.environ | ({} if folder is None else {"TMPDIR": str(folder)})
    return warm.run([*line, *map(str, words)], env=environment, text=True, timeout=100)


@pytest.mark.parametrize("program", TINY)
def test_runs_and_prints_its_tables(program: str, tmp_path: Path) -> None:
    if program == "memory" and not Path("/proc/self/status").exists():
        pytest.skip("memory is sampled in /proc")
    missing = ["--truthserver-source", tmp_path / "none.c"]
    done = ran(program, *TINY[program], *missing, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "service: perfbench simulator" in done.stdout
    assert done.stdout.count("| -") >= 1
    assert list(tmp_path.iterdir()) == []


def test_traces_are_held_against_their_file(tmp_path: Path) -> None:
    data, made = tmp_path / "data", tmp_path / "made"
    (data / "azure_llm").mkdir(parents=True)
    made.mkdir()
    # Of 0.4 s on the trace's clock, replayed in 0.2 s; two at one instant.
    rows = ["TIMESTAMP,ContextTokens,GeneratedTokens"]
    rows += [f"2023-11-16 18:17:03.{at}00000,9,3" for at in ("10", "20", "20", "50")]
    (data / "azure_llm" / "AzureLLMInferenceTrace_code.csv").write_text("\n".join(rows))
    words = ["--traces", "azure_code", "--data", data, "--tokenizer", tmp_path / "none"]
    words += ["--duration", "0.2", "--tokens", "2", "--truthserver-source", tmp_path / "none.c"]
    done = ran("traces", *words, folder=made)
    assert done.returncode == 0, done.stderr
    row = next(each for each in done.stdout.splitlines() if each.startswith("| azure_code "))
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[2:5] == ["4", "4", "0"]
    assert all(float(cell) >= 0 for cell in cells[5:11])
    assert cells[11] == "50%"
    assert "answered of recorded | 1.00" in done.stdout
    assert list(made.iterdir()) == []


def test_service_and_perfbench_are_kept_apart(bench: dict[str, ModuleType]) -> None:
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("takes two cores, and a system that holds a process on one")
    cores = os.sched_getaffinity(0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as service:
        with bench["common"]._kept_apart(service.pid):
            assert os.sched_getaffinity(service.pid) == {max(cores)}
            assert os.sched_getaffinity(0) == cores - {max(cores)}
        assert os.sched_getaffinity(0) == cores
        assert service.stdin is not None
        service.stdin.write(b"\n")


def test_comparisons_are_tried() -> None:
    """Started as people start it; the others are started warm."""
    few = ["--pairs", "0", "--synthetic", "2", "--series", "20"]
    command = [sys.executable, str(PROGRAMS / "compare.py"), *few]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "| synthetic | 2 " in done.stdout
    assert "coverage, worst" in done.stdout


def test_cost_of_evaluations_is_measured(tmp_path: Path) -> None:
    done = ran("evaluation", "--runs", 1, "--samples", 12, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    ways = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("| ")][2:7]
    assert ways == ["load", "infer", "all", "score", "report"]
    assert list(tmp_path.iterdir()) == []


def test_failed_load_is_one_line_and_status_2() -> None:
    done = ran("open_loop", "--rate", 0)
    assert done.returncode == 2
    assert "must be above 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_exponential_gaps_pass_and_others_fail(bench: dict[str, ModuleType]) -> None:
    draw = random.Random(5)
    test = bench["open_loop"].kolmogorov_smirnov
    exponential = [draw.expovariate(500) for _ in range(5000)]
    assert test(exponential, 500)[1] > 0.05
    assert test(exponential, 450)[1] < 0.001
    assert test([0.002] * 5000, 500)[1] < 1e-9
    assert test([draw.uniform(0, 0.004) for _ in range(5000)], 500)[1] < 1e-9


def test_probability_is_that_of_kolmogorov(bench: dict[str, ModuleType]) -> None:
    """One gap at the median: distance 1/2, and the textbook's 5 % point 1.358 / sqrt(n)."""
    test = bench["open_loop"].kolmogorov_smirnov
    assert test([0.6931471805599453], 1.0)[0] == pytest.approx(0.5)
    n, distance = 10_000, 0.01358
    shifted = [(i + 0.5) / n * (1 - distance) for i in range(n)]
    gaps = [-math.log1p(-u) for u in shifted]
    assert test(gaps, 1.0)[1] == pytest.approx(0.05, abs=0.004)


def test_dispersion_tells_bursts_from_poisson(bench: dict[str, ModuleType]) -> None:
    draw = random.Random(5)
    dispersion = bench["open_loop"].dispersion
    index, p = dispersion([draw.uniform(0, 10) for _ in range(5000)], 10.0)
    assert index == pytest.approx(1, abs=0.4)
    assert p > 0.01
    constant = [i / 500 + 0.001 for i in range(5000)]
    assert dispersion(constant, 10.0)[1] < 1e-9
    bursts = [burst + draw.uniform(0, 0.1) for burst in range(10) for _ in range(500)]
    assert dispersion(bursts, 10.0)[0] > 10


def test_a_command_is_timed_with_all_it_started(bench: dict[str, ModuleType]) -> None:
    wall_s, cpu_s, said = bench["common"].timed(["--version"])
    assert cpu_s > 0
    assert wall_s > 0
    assert said.startswith("perfbench ")


def test_memory_is_watched_with_all_it_started(bench: dict[str, ModuleType]) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is sampled in /proc")
    watch = bench["memory"].Watch()
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"], start_new_session=True) as process:
        try:
            watch.start(process.pid)
            while not any(sample.parent and sample.workers for sample in watch.samples):
                time.sleep(0.01)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        samples = watch.join()
    assert all(sample.tree == sample.parent + sample.workers for sample in samples)


def test_log_lines_are_joined_by_response_id(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    log = tmp_path / "truth.tsv"
    log.write_text(
        "3\t1000000\t51000000\t2031000000\t100\tok\n"
        "4\t2000000\t0\t0\t0\t500\n"
        "# events 100, sent late by: mean 0.001 ms\n"
    )
    truths = bench["common"].read_log(log)
    assert list(truths) == [3]
    truth = truths[bench["common"].number_of("chatcmpl-3")]
    assert truth.ttft_ms == pytest.approx(50)
    assert truth.mean_gap_ms == pytest.approx(20)


def test_bars_decide_the_status_only_when_checked(
    bench: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    common = bench["common"]
    missed = [common.Bar("a", 0.2, 0.1, "ms")]
    assert common.conclude(missed, check=True) == 1
    assert common.conclude(missed, check=False) == 0
    assert common.conclude([common.Bar("a", None, 0.1, "ms")], check=True) == 1
    assert common.conclude([common.Bar("p", 0.5, 0.01, "", at_least=True)], check=True) == 0
    assert "MISSED" in capsys.readouterr().out


def test_source_that_does_not_compile_is_an_error(
    bench: dict[str, ModuleType], tmp_path: Path
) -> None:
    common = bench["common"]
    source = tmp_path / "broken.c"
    assert common.compile_c(source, tmp_path) is None
    source.write_text("int main(void) { return x; }")
    options = argparse.Namespace(truthserver_source=source)
    if common.shutil.which("cc"):
        with pytest.raises(common.BenchError, match=r"broken\.c does not compile"):
            common.services(options, tmp_path)
