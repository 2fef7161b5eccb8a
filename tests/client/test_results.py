"""Answers of vectors and scores held against what their requests asked for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from scripted_server import request

from perfbench import registry
from perfbench.client.exchange import Exchange
from perfbench.types import Generation, Record

LOOP = asyncio.new_event_loop()
LOOP.close()

THREE = {"input": ["a", "b", "c"]}
DOCUMENTS = {"query": "q", "documents": ["a", "b", "c"]}


def read(api: str, asked: Any, answer: Any) -> Record:
    endpoint = registry.resolve(registry.ENDPOINTS, api)(Generation(model="m", stream=False))
    body = json.dumps(asked).encode()
    exchange = Exchange(request(0, body, stream=False), endpoint, LOOP)
    exchange.sent_ns = 0
    exchange.headers(200, "application/json", "", "", 1)
    exchange.bodies.append(json.dumps(answer).encode())
    exchange.stamps.append(2)
    exchange.digest()
    exchange.end(3)
    return exchange.finish()


def vectors(*indices: int | None, vector: Any = (0.1, 0.2)) -> dict[str, Any]:
    return {"data": [{"index": index, "embedding": vector} for index in indices]}


def scores(*indices: int | None) -> dict[str, Any]:
    return {"results": [{"index": index, "relevance_score": 0.5} for index in indices]}


@pytest.mark.parametrize(
    ("api", "asked", "answer", "detail"),
    [
        ("embeddings", THREE, vectors(0), "1 of 3 results are there"),
        ("embeddings", THREE, vectors(0, 0, 0), "1 of 3 results are there"),
        ("embeddings", {"input": [[1, 2], [3]]}, vectors(0), "1 of 2 results are there"),
        ("embeddings", THREE, {"embeddings": [[0.1], [0.2]]}, "2 of 3 results are there"),
        ("rerank", DOCUMENTS, scores(0), "1 of 3 results are there"),
        ("rerank", DOCUMENTS, scores(1, 1, 2), "2 of 3 results are there"),
        ("rerank", {**DOCUMENTS, "top_n": 2}, scores(2), "1 of 2 results are there"),
    ],
)
def test_an_answer_with_fewer_than_asked_is_no_whole_one(api, asked, answer, detail):
    record = read(api, asked, answer)
    assert (record.outcome, record.detail) == ("protocol", detail)


@pytest.mark.parametrize(
    ("api", "asked", "answer"),
    [
        ("embeddings", THREE, vectors(0, 1, 2)),
        ("embeddings", THREE, vectors(None, None, None)),
        ("embeddings", THREE, [[0.1], [0.2], [0.3]]),
        ("embeddings", {"input": "a"}, vectors(0)),
        ("embeddings", {"input": "a"}, {"embedding": [0.1, 0.2]}),
        ("embeddings", {"input": [5, 6, 7]}, vectors(0)),
        ("embeddings", {"input": [{"image": "x"}, {"image": "y"}]}, vectors(0)),
        ("embeddings", {"messages": []}, vectors(0)),
        ("rerank", DOCUMENTS, scores(2, 0, 1)),
        ("rerank", {**DOCUMENTS, "top_n": 2}, scores(2, 0)),
        ("rerank", {**DOCUMENTS, "top_n": 9}, scores(2, 0, 1)),
        ("rerank", {"query": "q"}, scores(0)),
    ],
)
def test_an_answer_with_as_many_as_asked_is_ok(api, asked, answer):
    assert read(api, asked, answer).outcome == "ok"


def test_a_vector_with_a_hole_is_none():
    record = read("embeddings", {"input": "a"}, vectors(0, vector=[None, 1]))
    assert (record.outcome, record.detail) == ("empty", "finished without a result")
