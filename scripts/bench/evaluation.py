"""What an evaluation costs beyond a load test of the same requests, in processor time per sample.

A service in this process answers --samples grade-school sums at once, each with a worked solution
of some 60 events. perfbench is run on it five ways, --runs times in turn; the medians are shown:

  load      a load test of the same bodies (no report)
  infer     an evaluation that only asks: plan, hash, send, store, predictions
  all       an evaluation: the same, extraction, scoring, results and summaries (no report.html)
  score     --mode eval: extraction, scoring, results again from the stored answers
  report    --mode viz: tables and report.html again from the stored scores

The bar is for (all - load) / samples. Processor time is that of the whole process tree. Takes about
2 minutes. With --check the exit status is 1 if the bar is missed.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import statistics
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import uvloop
from common import Bar, BenchError, arguments, conclude, print_table, run_main, say, timed

LIMIT_MS = 0.2
PARALLEL = 32
_ITEM = re.compile(rb"Item (\d+):")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SOLUTION = (
    "Let us take it step by step. First, there are 3 boxes with 12 pens each, so that makes "
    "3 * 12 = 36 pens. Then 7 of them are given away, which leaves 36 - 7 = 29 pens in the boxes, "
    "and the shop adds the pens it had before. "
)
_DRESSES = ("\\boxed{{{}}}", "The answer is {}.", "#### {}", "**Final answer: ${}.00**")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a way to run perfbench took, in seconds."""

    cpu_s: float
    wall_s: float


class Answers(asyncio.Protocol):
    """One connection of the service: every request is answered at once, in one piece."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        while True:
            head, mark, rest = self._data.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if not mark or len(rest) < length:
                return
            self._data = rest[length:]
            item = _ITEM.search(rest[:length])
            self._transport.write(answer(int(item[1]) if item else 0))


@cache
def answer(item: int) -> bytes:
    """A whole response: its text is right for every other item."""
    text = _SOLUTION + _DRESSES[item % 4].format(right(item) + item % 2)
    words = re.findall(r"\S+\s*", text)
    choices = [{"index": 0, "delta": {"content": word}, "finish_reason": None} for word in words]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = [{"id": f"c-{item}", "choices": [choice]} for choice in choices]
    usage = {"prompt_tokens": 30, "completion_tokens": len(words)}
    events.append({"id": f"c-{item}", "choices": [], "usage": usage})
    content = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(content)}"
    return f"{head}\r\n\r\n{content}".encode()


def right(item: int) -> int:
    """The right answer to an item."""
    return 100 + item


@contextmanager
def service() -> Iterator[str]:
    """The service on a thread of its own, as a context manager that gives its URL."""
    loop = uvloop.new_event_loop()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    loop.run_until_complete(loop.create_server(Answers, sock=listener))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def write_data(folder: Path, samples: int) -> Path:
    """GSM8K's test file, and a workload of the very bodies an evaluation of it sends."""
    file = folder / "gsm8k" / "test.jsonl"
    file.parent.mkdir()
    with file.open("w", encoding="utf-8") as rows:
        for item in range(samples):
            question = f"Item {item}: a shop has {item} pens and buys 3 boxes. How many are there?"
            row = {"question": question, "answer": f"So it is.\n#### {right(item)}"}
            rows.write(json.dumps(row) + "\n")
    workload = folder / "same_bodies.py"
    workload.write_text(
        "from perfbench.config.evaluation import EvalConfig\n"
        "from perfbench.evaluation.evaluate import plan\n\n\n"
        "class SameBodies:\n"
        "    def samples(self, point):\n"
        f"        config = EvalConfig(datasets=['gsm8k'], dataset_dir={str(folder)!r}, model='m')\n"
        "        for asked in plan(config)[0].asked:\n"
        "            yield asked.sample\n",
        encoding="utf-8",
    )
    return workload


def run_once(url: str, folder: Path, workload: Path, samples: int) -> dict[str, Cost]:
    """Each way once, in results folders of their own."""
    common = ["--url", url, "--model", "m", "--parallel", PARALLEL, "--no-probe"]
    results = Path(tempfile.mkdtemp(dir=folder))
    infer = Path(tempfile.mkdtemp(dir=folder))
    evaluation = ["eval", *common, "--dataset-dir", folder, "--datasets", "gsm8k"]
    kept = [*evaluation, "--outputs-dir", results]
    load = ["--dataset", "custom", "--dataset-path", workload, "--number", samples]
    ways: dict[str, Sequence[object]] = {
        "load": [*common, *load, "--no-report", "--outputs-dir", infer],
        "infer": [*evaluation, "--mode", "infer", "--no-report", "--outputs-dir", infer],
        "all": [*kept, "--no-report"],
        "score": [*kept, "--mode", "eval", "--reuse", "--no-report"],
        "report": [*kept, "--mode", "viz", "--reuse"],
    }
    costs = {}
    for name, words in ways.items():
        wall_s, cpu_s, output = timed(words)
        costs[name] = Cost(cpu_s, wall_s)
        if name == "all":
            check(output, samples)
    return costs


def check(output: str, samples: int) -> None:
    """Half of the answers are right, and every one is scored.

    Raises:
        BenchError: they are not.
    """
    if f"scored {samples:,}/{samples:,}" not in output.replace("\n", " "):
        raise BenchError("not every answer was scored")


def main() -> int:
    """Measure and print; return the exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print("service: answers at once, in this process\n")
    with tempfile.TemporaryDirectory() as name, service() as url:
        folder = Path(name)
        workload = write_data(folder, options.samples)
        runs = []
        for number in range(options.runs):
            say(f"run {number + 1} of {options.runs}")
            runs.append(run_once(url, folder, workload, options.samples))
    ms = 1000 / options.samples
    median = {
        way: Cost(
            statistics.median(run[way].cpu_s for run in runs),
            statistics.median(run[way].wall_s for run in runs),
        )
        for way in runs[0]
    }
    load = median["load"]
    rows = [
        (way, cost.cpu_s, cost.wall_s, cost.cpu_s * ms, (cost.cpu_s - load.cpu_s) * ms)
        if way in ("infer", "all")
        else (way, cost.cpu_s, cost.wall_s, cost.cpu_s * ms, None)
        for way, cost in median.items()
    ]
    print_table(["", "CPU s", "wall s", "CPU ms/sample", "above load, ms/sample"], rows)
    added = (median["all"].cpu_s - load.cpu_s) * ms
    return conclude([Bar("own work of a sample", added, LIMIT_MS, "ms")], options.check)


if __name__ == "__main__":
    run_main(main)
