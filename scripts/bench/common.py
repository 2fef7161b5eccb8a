"""What the benchmarks share: a service that logs the truth, perfbench as users run it, and tables.

The service is the C server given by ``--truthserver-source`` or, where that or a C compiler is
missing, the project's own simulator: both keep an exact schedule and write the same log. perfbench
is always a process of its own, started from the command line. Everything started here is stopped
here. Durations are seconds, log instants monotonic nanoseconds, names carry other units.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator

TOOLS = Path(__file__).resolve().parents[2].parent / "shared" / "tools"
PROMPT = "word " * 128
"""What every request asks; the reference client in C asks the same."""
_TIMEOUT_S = 300.0


class BenchError(Exception):
    """A benchmark could not be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Services:
    """How services under test are made: by the program ``truth``, or by the simulator."""

    truth: Path | None
    apart: bool = False
    """Whether the service gets the last core and perfbench the others, as two machines would."""

    @property
    def name(self) -> str:
        """For the head of a table."""
        if self.truth is None:
            return "perfbench simulator"
        cores = sorted(os.sched_getaffinity(0)) if self.apart else []
        where = f" on core {cores[-1]}, perfbench on {cores[:-1]}" if self.apart else ""
        return "C truth server" + where

    @contextmanager
    def start(self, ttft_ms: float, itl_ms: float, log: Path | None = None) -> Iterator[str]:
        """A service with this schedule, as a context manager that gives its URL.

        The log is complete once the block has been left.
        """
        if self.truth is None:
            config = SimulatorConfig(port=0, ttft_ms=ttft_ms, itl_ms=itl_ms, log=log)
            with Simulator(config) as simulator:
                yield simulator.url
            return
        port = free_port()
        command = [self.truth, "--port", port, "--ttft-ms", ttft_ms, "--itl-ms", itl_ms]
        if log is not None:
            command += ["--log", log]
        process = subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            with _kept_apart(process.pid) if self.apart else nullcontext():
                yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def _kept_apart(pid: int) -> Iterator[None]:
    """Process ``pid`` on the last core, this one and the children it makes on the others.

    Loopback otherwise wakes the service on the core that sends, where it takes the sender's turn
    between two requests of one instant: no service on a machine of its own does that.
    """
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(pid, {max(cores)})
    os.sched_setaffinity(0, cores - {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def over_tls(url: str, folder: Path) -> Iterator[str]:
    """The same service behind TLS, as a context manager that gives its ``https`` URL.

    HAProxy ends the TLS: its own delay, tens of microseconds, is inside what is measured.

    Raises:
        BenchError: HAProxy is not installed.
    """
    program = shutil.which("haproxy")
    if program is None:
        raise BenchError("HTTPS needs haproxy (Debian's package of that name)")
    port, (host, _, behind) = free_port(), url.rpartition("//")[2].partition(":")
    settings = folder / "haproxy.cfg"
    settings.write_text(
        "global\n  maxconn 8000\n  nbthread 1\n"
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
        f"listen tls\n  bind 127.0.0.1:{port} ssl crt {_certificate(folder)}\n"
        f"  server truth {host}:{behind}\n"
    )
    process = subprocess.Popen([program, "-q", "-db", "-f", str(settings)])
    try:
        _wait_for(port, process)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _certificate(folder: Path) -> Path:
    """A certificate and its key, made for the day."""
    path = folder / "loopback.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@dataclass(frozen=True, slots=True)
class Truth:
    """A line of a service's log: what really happened to a request."""

    received_ns: int
    first_ns: int
    last_ns: int
    tokens: int

    @property
    def ttft_ms(self) -> float:
        return (self.first_ns - self.received_ns) / 1e6

    @property
    def mean_gap_ms(self) -> float:
        """Between tokens."""
        return (self.last_ns - self.first_ns) / max(1, self.tokens - 1) / 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished run of perfbench, seen from outside."""

    folder: Path
    """Its results folder."""
    summary: dict[str, Any]
    wall_s: float
    """From the start of the process to its end."""
    cpu_s: float
    """Of the process and all it started."""

    @property
    def point(self) -> dict[str, Any]:
        """The first point of the summary."""
        point: dict[str, Any] = self.summary["points"][0]
        return point


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and the limit it is held against; an unknown figure misses it."""

    what: str
    figure: float | None
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        if self.figure is None:
            return False
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


def arguments(doc: str) -> argparse.ArgumentParser:
    """A parser with what every benchmark understands; ``doc`` is the program's docstring."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="status 1 if a bar is missed")
    parser.add_argument(
        "--truthserver-source",
        type=Path,
        default=TOOLS / "truthserver.c",
        help="source of the C truth server; without it the simulator is the service",
    )
    return parser


def services(options: argparse.Namespace, folder: Path, apart: bool = False) -> Services:
    """The services to measure, compiled into ``folder``; prints what is measured on what.

    ``apart`` asks for cores of their own for service and perfbench, where there are two or more
    and the system can hold a process on one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    can = hasattr(os, "sched_setaffinity") and (cores or 1) > 1
    found = Services(compile_c(options.truthserver_source, folder), apart and can)
    print(
        f"service: {found.name}; {cores} cores, load {os.getloadavg()[0]:.1f}, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}\n",
        flush=True,
    )
    return found


def compile_c(source: Path, folder: Path) -> Path | None:
    """The compiled program; ``None``, and a word on standard error, without source or compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not source.is_file():
        missing = "no C compiler" if source.is_file() else f"no {source}"
        say(f"{missing}: doing without {source.stem}")
        return None
    program = folder / source.stem
    command = [compiler, "-O2", "-o", str(program), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"{source} does not compile: {done.stderr.strip().splitlines()[0]}")
    return program


def run_perfbench(
    words: Sequence[object],
    folder: Path,
    on_start: Callable[[int], None] | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Measured:
    """Run ``perfbench WORDS`` and wait for it.

    Args:
        words: command line; ``--outputs-dir`` is added, and that no probe is sent, which the
            service would count.
        folder: where a results folder of its own is made.
        on_start: told the id of the process as soon as there is one.
        timeout_s: how long it may take.

    Raises:
        BenchError: it failed, or took longer.
    """
    outputs = folder / f"results_{time.monotonic_ns()}"
    wall_s, cpu_s, _ = timed([*words, "--no-probe", "--outputs-dir", outputs], on_start, timeout_s)
    (run,) = outputs.iterdir()
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return Measured(run, summary, wall_s, cpu_s)


def timed(
    words: Sequence[object],
    on_start: Callable[[int], None] | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> tuple[float, float, str]:
    """Wall time, CPU time of the whole process tree, and output of ``perfbench WORDS``.

    Raises:
        BenchError: it failed, or took longer than ``timeout_s``.
    """
    command = [sys.executable, "-m", "perfbench", *(str(word) for word in words)]
    before = children_cpu_s()
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=_environment()
    ) as process:
        if on_start is not None:
            on_start(process.pid)
        try:
            output = process.communicate(timeout=timeout_s)[0].decode(errors="replace")
        except BaseException as error:
            process.terminate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise BenchError(f"perfbench did not end within {timeout_s:g} s") from None
    wall_s = time.perf_counter() - start
    if process.returncode:
        last = output.strip().splitlines()[-1:] or ["no output"]
        raise BenchError(f"perfbench ended with status {process.returncode}: {last[0]}")
    return wall_s, children_cpu_s() - before, output


def children_cpu_s() -> float:
    """CPU time of all processes that this one, or one of them, has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_log(log: Path) -> dict[int, Truth]:
    """A service's log by request number: those requests that ended well."""
    found = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        number, received, first, last, tokens, status = line.split("\t")
        if status == "ok":
            found[int(number)] = Truth(int(received), int(first), int(last), int(tokens))
    return found


def number_of(response_id: str | None) -> int:
    """The number by which the service logged a response (``chatcmpl-17`` is request 17)."""
    return int((response_id or "").rpartition("-")[2])


def free_port() -> int:
    """A port of the loopback interface that nothing listens on at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table; floats with three significant digits, ``None`` as an en dash."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    for row in (list(head), ["-" * width for width in widths], *cells):
        print(f"| {' | '.join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))} |")
    print(flush=True)


def say(text: str) -> None:
    """One line of progress, kept out of what the benchmark prints."""
    print(text, file=sys.stderr, flush=True)


def conclude(bars: Sequence[Bar], check: bool) -> int:
    """Print each bar with its figure, and return the exit status."""
    if not bars:
        print("no bar of the project is for this load")
        return 0
    rows = []
    for bar in bars:
        sign = "≥" if bar.at_least else "≤"
        limit = f"{sign} {bar.limit:g} {bar.unit}".rstrip()
        rows.append((bar.what, bar.figure, limit, "met" if bar.met else "MISSED"))
    print_table(["bar", "figure", "limit", ""], rows)
    return int(check and not all(bar.met for bar in bars))


def run_main(main: Callable[[], int]) -> None:
    """Run a benchmark's ``main`` and exit with its status; 2 if it could not be carried out."""
    try:
        status = main()
    except BenchError as error:
        say(str(error))
        status = 2
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    if 0 < abs(value) < 0.001:
        return "<0.001" if value > 0 else ">-0.001"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def _environment() -> dict[str, str]:
    """This environment without settings of perfbench, which would change what is measured."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PERFBENCH_") and name != "OPENAI_API_KEY"
    }


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        if process.poll() is not None:
            raise BenchError(f"the truth server ended at once, with status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise BenchError("the truth server did not listen within 5 s")
