"""The OpenAPI document says what the routes do, and the page shows it."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from parsed_page import Page
from serving import served

from perfbench.config import PerfConfig
from perfbench.config.arena import ArenaConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.server import api
from perfbench.server.openapi import document
from perfbench.server.pages.docs import Reader
from perfbench.server.vetting import OURS

SHOWN = [route for route in api.ROUTES if not route.hidden]


@functools.cache
def whole() -> dict[str, Any]:
    """Not made while tests are collected: every process of pytest would."""
    return document(api.ROUTES)


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = whole()["components"]["schemas"]
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in whole()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref":
                yield each
            elif key == "mapping":
                yield from each.values()
            else:
                yield from refs(each)
    elif isinstance(value, list):
        for each in value:
            yield from refs(each)


def test_every_route_is_an_operation_of_its_own_name() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert sorted(names) == sorted({route.name for route in SHOWN})
    assert len(names) == len(SHOWN)
    for _, path, operation in operations():
        assert operation["summary"], path
        assert operation["tags"][0] in {tag["name"] for tag in whole()["tags"]}


def test_a_body_must_be_there_where_something_in_it_must() -> None:
    paths = whole()["paths"]
    assert paths["/api/v1/jobs"]["post"]["requestBody"]["required"]
    assert not paths["/api/v1/jobs/{job}/repeat"]["post"]["requestBody"]["required"]


async def test_a_method_that_is_not_there_is_told_which_are(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        status, answer, headers = await client.ask("PUT", "/health")
        assert (status, answer["error"]["code"]) == (405, "method_not_allowed")
        assert headers["Allow"] == "GET,HEAD"


def test_everything_that_is_named_is_there() -> None:
    assert set(refs(whole())) <= {f"#/components/schemas/{name}" for name in schemas()}


@pytest.mark.parametrize(
    ("name", "command", "model"),
    [
        ("PerfSettings", "perf", PerfConfig),
        ("EvalSettings", "eval", EvalConfig),
        ("ArenaSettings", "arena", ArenaConfig),
    ],
)
def test_settings_of_a_job_are_those_of_its_command(
    name: str, command: str, model: type[PerfConfig]
) -> None:
    found = schemas()[name]["properties"]
    assert set(found) == set(model.model_fields) - set(OURS)
    assert all(each.get("description") for each in found.values())
    ref = schemas()["NewJob"]["discriminator"]["mapping"][command]
    body = schemas()[ref.rpartition("/")[2]]
    assert body["properties"]["command"]["const"] == command
    assert body["properties"]["settings"]["$ref"] == f"#/components/schemas/{name}"


def test_a_list_of_settings_is_given_in_words_too() -> None:
    kinds = schemas()["PerfSettings"]["properties"]["parallel"]["anyOf"]
    assert {"type": "integer"} in kinds
    assert {"type": "string"} in kinds
    assert {"type": "array", "items": {"type": "integer"}} in kinds


def test_fields_are_described_by_what_stands_under_them() -> None:
    for name in ("EvalBody", "PerfBody"):
        assert all(each["description"] for each in schemas()[name]["properties"].values())
    said = schemas()["Problem"]["properties"]["field"]["description"]
    assert said == "The part of the request that is at fault, where one is."


def test_examples_are_right_by_the_types() -> None:
    bodies = {route.name: route for route in SHOWN if route.body is not None}
    seen = 0
    for _, each in Reader(whole(), "http://h", keyed=True).operations():
        words = shlex.split(each.curl.replace("\\\n", " "))
        assert "Authorization: Bearer TOKEN" in words
        if each.name in bodies:
            bodies[each.name].decode(words[words.index("-d") + 1].encode())
            seen += 1
    assert seen == len(bodies) > 5


async def test_the_page_shows_every_operation(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        status, found, _ = await client.ask("GET", "/api/v1/openapi.json")
        assert (status, found["openapi"]) == (200, "3.1.0")
        _, text, headers = await client.ask("GET", "/docs")
        assert headers["Content-Type"].startswith("text/html")
        page = Page(text)
        ids = {attributes.get("id") for _, attributes in page.tags}
        assert {operation["operationId"] for _, _, operation in operations()} <= ids
        links = [attributes.get("href") or "" for _, attributes in page.tags]
        assert {link[1:] for link in links if link.startswith("#")} <= ids
        assert f"curl {client.address}/health" in page.words
        # The policy allows neither.
        assert not any("style" in attributes for _, attributes in page.tags)
        assert not any(script for _, script in page.scripts)
        _, one, _ = await client.ask("GET", "/docs?q=perf+stop")
        assert 'id="post_perf_stop"' in one
        assert 'id="post_jobs"' not in one
        _, none, _ = await client.ask("GET", "/docs?q=%3Cb%3Enothing")
        assert "Nothing is called so." in none
        assert "&lt;b&gt;nothing" in none
