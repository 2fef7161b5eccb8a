"""What each API's services send, through a connection: whole, in pieces of every size, in CRLF."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from api_transcripts import ANSWERS, Answer
from scripted_server import END, Client, Reply, ScriptedServer, chunk, head, request, target_of

from perfbench import registry
from perfbench.client.exchange import Exchange
from perfbench.types import Endpoint, Generation, Record

LOOP = asyncio.new_event_loop()
"""Never run: exchanges only make futures of it."""
LOOP.close()


def endpoint_of(answer: Answer) -> Endpoint:
    made: Endpoint = registry.resolve(registry.ENDPOINTS, answer.api)(
        Generation(model="m", stream=answer.stream, template=answer.template)
    )
    return made


def told(record: Record, expected: dict[str, Any]) -> dict[str, Any]:
    """What the record says of what is expected; a detail that ends in an ellipsis begins so."""
    found = {name: getattr(record, name) for name in expected}
    detail = expected.get("detail", "")
    if detail.endswith("…") and record.detail.startswith(detail[:-1]):
        found["detail"] = detail
    return found


def read(answer: Answer, pieces: list[bytes]) -> Record:
    """The record of an answer that came in these pieces, an ns apart."""
    exchange = Exchange(request(stream=answer.stream), endpoint_of(answer), LOOP)
    exchange.sent_ns = 0
    exchange.headers(200, answer.kind, "", "", 1)
    for stamp, piece in enumerate(pieces, 2):
        exchange.bodies.append(piece)
        exchange.stamps.append(stamp)
        exchange.digest()
    exchange.end(len(pieces) + 2)
    return exchange.finish()


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_comes_through_a_connection(name: str) -> None:
    answer = ANSWERS[name]
    steps = [head(kind=answer.kind), chunk(answer.body), END]
    # The same again in many writes, on the same connection.
    slow = [head(kind=answer.kind), *(chunk(bytes([byte])) for byte in answer.body), END]
    with ScriptedServer([Reply(steps), Reply([b"".join(slow)])]).running() as server:
        client = Client("wire", target_of(server), endpoint=endpoint_of(answer))
        asked = [request(seq, stream=answer.stream) for seq in range(2)]
        for record in client.ask(*asked):
            assert told(record, answer.expected) == answer.expected
            assert record.end_ns is not None
            assert (record.first_ns is None) == (not record.events)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_may_be_split_at_every_byte(name: str) -> None:
    answer = ANSWERS[name]
    body = answer.body
    for split in [*range(0, len(body), max(1, len(body) // 60)), len(body)]:
        record = read(answer, [each for each in (body[:split], body[split:]) if each])
        assert told(record, answer.expected) == answer.expected
    record = read(answer, [bytes([byte]) for byte in body])
    assert told(record, answer.expected) == answer.expected


@pytest.mark.parametrize("name", [name for name in ANSWERS if ANSWERS[name].stream])
def test_line_ends_and_comments_change_nothing(name: str) -> None:
    answer = ANSWERS[name]
    if answer.kind != "text/event-stream":
        return
    for end in (b"\r\n", b"\r") if b"\r" not in answer.body else ():
        if answer.api != "ollama":
            record = read(answer, [answer.body.replace(b"\n", end)])
            assert told(record, answer.expected) == answer.expected
    commented = answer.body.replace(b"\n\n", b"\n\n: ping\n\n")
    assert told(read(answer, [commented]), answer.expected) == answer.expected
