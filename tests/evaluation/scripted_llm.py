"""A chat service on a real socket that answers by a script, and remembers what it was asked.

Each question of the test data names its item (``Item 17: ...``), so that an answer depends on the
question alone, whatever the order and however often it is asked. Durations are seconds.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Said:
    """What the service does with one request."""

    text: str = ""
    finish: str = "stop"
    reasoning: str = ""
    status: int = 200
    kind: str = ""
    """What the script takes it for: ``right``, ``wrong``, ``cut_off``, ``no_answer``,
    ``request_failed``."""


Script = Callable[[int, int], Said]
"""From the item, and how often it has been asked before, to what is said."""

NUMBER_DRESSES = (
    "#### {}",
    "\\boxed{{{}}}",
    "The answer is {}.",
    "So in the end there are **{}**",
    "That makes ${}.00",
    "The sum is 3 + 4 and so on.\n\n**Final answer: {}**",
    "答案是{}。",
    "First 7, then 12.\nThe final answer is \\boxed{{\\text{{{}}}}}.",
    "<think>Maybe 99999? No.</think>The answer is {}.",
    "Step 1: 5 apples.\nStep 2: more.\n#### {}\n",
    "Therefore, the answer is: {} apples.",
)
LETTER_DRESSES = (
    "**Answer: ({})**",
    "{}.",
    "选{}",
    "ANSWER: {}",
    "The correct answer is {}.",
    "\\boxed{{{}}}",
    "答案：{}",
    "({})",
    "<think>It could be A or B.</think>Answer: {}",
    "Let us see. The best option is therefore: {}",
    "{}",
)
ROUND = 20
"""Items after which the script begins anew."""
SHARES = {"right": 12, "wrong": 4, "cut_off": 1, "no_answer": 2, "request_failed": 1}
"""How the answers to so many items end."""


def number_of(item: int) -> int:
    """The right answer to a sum."""
    return 1000 + 37 * item


def letter_of(item: int) -> str:
    """The right answer to a choice."""
    return "ABCD"[item % 4]


def sums(item: int, asked_before: int = 0) -> Said:
    """Numbers: of each 20 items 12 are right."""
    return _script(item, NUMBER_DRESSES, str(number_of(item)), str(number_of(item) + 1))


def choices(item: int, asked_before: int = 0) -> Said:
    """Letters: of each 20 items 12 are right."""
    return _script(item, LETTER_DRESSES, letter_of(item), "ABCD"[(item + 1) % 4])


def _script(item: int, dresses: tuple[str, ...], right: str, wrong: str) -> Said:
    place = item % ROUND
    if place < 11:
        return Said(dresses[place].format(right), kind="right")
    if place < 15:
        return Said(dresses[place - 9].format(wrong), kind="wrong")
    if place == 15:
        text = "The answer follows from the figures. Let us go through them one by"
        return Said(text, finish="length", kind="cut_off")
    if place == 16:
        text = f"The final answer is \\boxed{{{right}}}. To check this, we now begin with the"
        return Said(text, finish="length", kind="right")
    if place == 17:
        return Said("I am sorry, but nothing can be said about this.", kind="no_answer")
    if place == 18:
        return Said("", kind="no_answer")
    return Said(status=500, kind="request_failed")


def perfect(item: int, asked_before: int = 0) -> Said:
    """Every sum right."""
    return Said(f"#### {number_of(item)}", kind="right")


def write_sums(folder: Path, samples: int) -> Path:
    """GSM8K's test file with sums of the script; returns the folder for ``--dataset-dir``."""
    rows = [
        {"question": f"Item {i}: how many are left?", "answer": f"So it is.\n#### {number_of(i)}"}
        for i in range(samples)
    ]
    return _write(folder, "gsm8k/test.jsonl", rows)


def write_choices(folder: Path, samples: int) -> Path:
    """ARC's two subsets with choices of the script; the odd items are in the challenge."""
    for subset, first in (("ARC-Easy", 0), ("ARC-Challenge", 1)):
        rows = [
            {
                "id": f"s{i}",
                "question": f"Item {i}: which one is meant?",
                "choices": {"text": [f"thing {i} {c}" for c in "wxyz"], "label": list("ABCD")},
                "answerKey": letter_of(i),
            }
            for i in range(first, samples, 2)
        ]
        _write(folder, f"arc/{subset}/test.jsonl", rows)
    return folder


def _write(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


class ScriptedLLM:
    """Answers by a script for each kind of question: sums by default, choices by their wording."""

    def __init__(
        self, script: Script = sums, choice_script: Script = choices, delay_s: float = 0.0
    ) -> None:
        self.script = script
        self.choice_script = choice_script
        self.delay_s = delay_s
        self.bodies: list[dict[str, Any]] = []
        """What was asked, in order of arrival."""
        self.answered = 0
        """Requests that are over: answered, or the client has gone."""
        self._lock = threading.Lock()
        self._times: Counter[tuple[str, int]] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def items(self, model: str | None = None) -> list[int]:
        """The items asked for, in order of arrival."""
        with self._lock:
            return [item_of(b) for b in self.bodies if model is None or b["model"] == model]

    @contextlib.contextmanager
    def running(self) -> Iterator[ScriptedLLM]:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.llm = self
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def answer(self, body: dict[str, Any]) -> Said:
        """What the script says; called on the thread of the connection."""
        item = item_of(body)
        choice = "which one is meant" in _question(body)
        with self._lock:
            before = self._times[_question(body), item]
            self._times[_question(body), item] += 1
            self.bodies.append(body)
        if self.delay_s:
            time.sleep(self.delay_s)
        return (self.choice_script if choice else self.script)(item, before)


def item_of(body: Mapping[str, Any]) -> int:
    """The item a request asks for."""
    return int(re.findall(r"Item (\d+):", _question(body))[-1])


def _question(body: Mapping[str, Any]) -> str:
    text: str = body["messages"][-1]["content"]
    return text


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    llm: ScriptedLLM

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._send(200, "application/json", b'{"data": [{"id": "scripted"}]}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = self.server.llm.answer(body)
        try:
            self._answer(said, bool(body.get("stream")))
        finally:
            self.server.llm.answered += 1

    def _answer(self, said: Said, stream: bool) -> None:
        if said.status != 200:
            self._send(said.status, "application/json", b'{"error": {"message": "out of order"}}')
        elif stream:
            self._send(200, "text/event-stream", _events(said))
        else:
            self._send(200, "application/json", _whole(said))

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


def _events(said: Said) -> bytes:
    half = len(said.text) // 2
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if said.reasoning:
        deltas.append({"reasoning_content": said.reasoning})
    deltas += [{"content": text} for text in (said.text[:half], said.text[half:]) if text]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": said.finish})
    events: list[dict[str, Any]] = [{"id": "c", "choices": [choice]} for choice in choices]
    events.append({"id": "c", "choices": [], "usage": _usage(said)})
    return b"".join(b"data: %b\n\n" % json.dumps(e).encode() for e in events) + b"data: [DONE]\n\n"


def _whole(said: Said) -> bytes:
    message = {"role": "assistant", "content": said.text}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    choice = {"index": 0, "message": message, "finish_reason": said.finish}
    return json.dumps({"id": "c", "choices": [choice], "usage": _usage(said)}).encode()


def _usage(said: Said) -> dict[str, int]:
    tokens = len(said.text.split()) + len(said.reasoning.split())
    return {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}
