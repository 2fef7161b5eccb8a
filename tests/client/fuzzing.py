"""Whole responses, split at random and damaged at random, through real connections.

Case ``n`` of a seed is always the same bytes. Half the requests are innocent: their answers are
only split, on connections that are used again, and must be read as if nothing were the matter
with the others.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripted_server import FIN, RST, Client, ScriptedServer, Step, request, target_of
from test_values import ENDPOINTS, Keeper
from transcripts import TRANSCRIPTS, Transcript

from perfbench import registry
from perfbench.client.target import Transport
from perfbench.types import FAILURES, Record

_AT_ONCE = 32
_LONGEST = 20_000


def _usable(transcript: Transcript) -> bool:
    pieces = [step for step in transcript.reply.steps if isinstance(step, bytes)]
    waits = any(isinstance(step, float) and step > 0.02 for step in transcript.reply.steps)
    plain = not transcript.target and transcript.body == b"{}" and not waits
    return plain and 0 < sum(map(len, pieces)) < _LONGEST


SOURCES = {name: each for name, each in TRANSCRIPTS.items() if _usable(each)}
INNOCENT = {
    name: each
    for name, each in SOURCES.items()
    if each.expected["outcome"] == "ok" and FIN not in each.reply.steps
}
_DAMAGED, _INNOCENT = sorted(SOURCES), sorted(INNOCENT)


@dataclass(frozen=True)
class Case:
    """What the server says to one request, and what must come of it if that is certain."""

    name: str
    steps: list[Step]
    stream: bool
    expected: dict[str, Any] | None


def case(seed: int, number: int) -> Case:
    """Odd cases are damaged, even ones are innocent."""
    draw = random.Random(f"{seed}/{number}")
    damaged = number % 2 == 1
    name = draw.choice(_DAMAGED if damaged else _INNOCENT)
    source = SOURCES[name]
    data = b"".join(step for step in source.reply.steps if isinstance(step, bytes))
    if not damaged:
        return Case(name, list(_split(data, draw)), source.stream, source.expected)
    data = _damaged(data, draw)
    ending = draw.choice([FIN, FIN, FIN, RST])
    return Case(name, [*_split(data, draw), ending], source.stream, None)


_known = functools.lru_cache(4 * _AT_ONCE)(case)
"""Asked for by whoever asks, whoever answers, and whoever looks at what came of it."""


def _split(data: bytes, draw: random.Random) -> Iterator[bytes]:
    cuts = sorted(draw.randrange(len(data) + 1) for _ in range(draw.choice([0, 1, 1, 2, 5, 12])))
    for start, stop in itertools.pairwise([0, *cuts, len(data)]):
        if start < stop:
            yield data[start:stop]


def _damaged(data: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 4, 16])):
        at = draw.randrange(len(damaged) + 1)
        run = damaged[at : at + draw.choice([1, 2, 8, 64])]
        kind = draw.randrange(6)
        if kind == 0:
            del damaged[at : at + len(run)]
        elif kind == 1:
            damaged[at:at] = run
        elif kind == 2:
            damaged[at:at] = draw.choice(
                [b"\r\n", b"\n", b"\0", b"0\r\n\r\n", b"f" * 17, data[:99]]
            )
        elif kind == 3:
            del damaged[at:]
        elif at < len(damaged):
            damaged[at] ^= 1 << draw.randrange(8)
    return bytes(damaged)


class FuzzServer(ScriptedServer):
    """Answers ``/N`` with case N."""

    def __init__(self, seed: int) -> None:
        super().__init__([])
        self._seed = seed

    def _converse(self, connection: socket.socket) -> None:
        buffer = b""
        while True:
            while not buffer.endswith(b"\r\n\r\n{}"):
                if not (data := connection.recv(65536)):
                    return
                buffer += data
            number = int(buffer.split(b" ", 2)[1][1:])
            buffer = b""
            if not self._say(connection, _known(self._seed, number).steps):
                return


def escapes(seed: int, numbers: range, transport: str = "wire") -> list[str]:
    """What should not have happened, a line each."""
    server, found = FuzzServer(seed), []
    target = target_of(server)
    keeper = Keeper()

    async def ask(opened: Transport, number: int) -> None:
        made = _known(seed, number)
        asked = request(number, path=f"/{number}", stream=made.stream)
        try:
            record = await asyncio.wait_for(opened.send(asked).record, 60)
            check(record, made.expected, keeper)
        except Exception as error:
            found.append(f"seed {seed} case {number}: {type(error).__name__}: {error}")

    async def scenario(damaged: Transport) -> None:
        def escaped(_: Any, context: dict[str, Any]) -> None:
            found.append(f"seed {seed}: {context.get('exception') or context['message']}")

        asyncio.get_running_loop().set_exception_handler(escaped)
        # A server that ends a connection after damage may end it under the next request on it.
        innocent = registry.resolve(registry.TRANSPORTS, transport)(target, ENDPOINTS[0], 4)
        await innocent.open(4)
        left = iter(numbers)

        async def slot() -> None:
            for number in left:
                await ask(damaged if number % 2 else innocent, number)

        await asyncio.gather(*(slot() for _ in range(_AT_ONCE)))
        await innocent.close()

    with server.running():
        Client(transport, target, connections=4, limit_s=3600).run(scenario)
    keeper.close()
    return found


def check(record: Record, expected: dict[str, Any] | None, keeper: Keeper) -> None:
    """One record, of a known outcome, that can be kept, and as expected if that is certain."""
    assert record.outcome in ("ok", *FAILURES), record.outcome
    stamps = [record.sent_ns, record.headers_ns, *record.event_ns, record.end_ns]
    known = [stamp for stamp in stamps if stamp is not None]
    assert known == sorted(known), known
    assert not record.restamped
    keeper.keep(record)
    if expected is not None:
        assert record.resends == 0
        found = {name: getattr(record, name) for name in expected}
        assert found == expected, (found, expected)
