"""The table of requests and single ones, over real sockets."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from report_builders import make_point, make_run
from serving import Client, served
from varied_requests import MS, make_varied

from perfbench.reports.requests import RequestTable, read_query
from perfbench.server.tables import Tables
from perfbench.store import Run, open_run
from perfbench.types import Question, Record, Sample, pack_gaps

HTML = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>\x1b[31m \u202eexe.txt <img src=x onerror=alert(2)> {{ 7*7 }}"


class Seen(HTMLParser):
    """What a browser would take from a page: links, texts, and what could act."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.acting: list[str] = []
        self.controls: list[dict[str, str | None]] = []
        """What can have the focus and is replaced with the table."""
        self._replaced = False
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        # Links of rows lead to other pages.
        self._replaced = (self._replaced or named.get("id") == "requests") and tag != "tbody"
        if self._replaced and tag in ("a", "input", "select", "button"):
            self.controls += [named] if named.get("type") != "hidden" else []
        if tag == "a":
            self.links.append(named.get("href") or "")
        self.acting += [name for name in named if name.startswith("on") or name == "style"]
        if tag == "script" and not named.get("src", ""):
            self.acting.append(tag)
        if tag in ("img", "style", "iframe", "object"):
            self.acting.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


async def page(client: Client, path: str, status: int = 200) -> Seen:
    found, text, headers = await client.ask("GET", path, headers=HTML)
    assert found == status
    assert headers["Content-Type"].startswith("text/html")
    seen = Seen(text)
    assert seen.acting == []
    return seen


def make_hostile(folder: Path) -> Run:
    """A run with one answer that tries everything, and the question beside it."""
    run = Run.create(folder, "hostile", {}, {})
    point = make_point(0, 1, name=f"<b>{HOSTILE[:30]}")
    run.begin_point(point)
    zero = run.origin_ns
    gaps, width = pack_gaps([20 * MS] * 400)
    record = Record(
        seq=0,
        sample_id=HOSTILE,
        due_ns=zero,
        sent_ns=zero + 5 * MS,
        connect_ns=2 * MS,
        headers_ns=zero + 40 * MS,
        first_ns=zero + 60 * MS,
        first_content_ns=zero + 60 * MS,
        gaps=gaps,
        gap_width=width,
        end_ns=zero + 8100 * MS,
        status=200,
        text=HOSTILE + "x" * 5_000_000,
        reasoning=HOSTILE,
        tool_calls=[{"function": {"name": HOSTILE}}],
        more_texts=[HOSTILE],
        finish=HOSTILE,
        response_id=HOSTILE,
    )
    failed = Record(seq=1, sample_id="b", outcome="http_5xx", detail=HOSTILE)
    run.append(point, [record, failed])
    question = Question(
        0, Sample(id=HOSTILE, input=[{"role": HOSTILE, "content": HOSTILE}]), "h", ""
    )
    run.answers.put_questions(point, [question])
    run.samples.put(point.name, [question])
    return run


async def test_the_api_gives_what_the_table_finds(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    words = {"outcome": "failed", "where": "e2e_ms>60", "sort": "-e2e_ms", "limit": "5"}
    with RequestTable(run.path) as table:
        expected = table.page(read_query(words))
        beside = table.beside(expected.rows[1]["id"], read_query(words))
    query = "&".join(f"{name}={quote(text)}" for name, text in words.items())
    async with served(tmp_path) as client:
        base = f"/api/v1/runs/{run.path.name}/requests"
        status, found, _ = await client.ask("GET", f"{base}?{query}")
        assert (status, found["total"], found["rows"]) == (200, expected.total, expected.rows)
        status, one, _ = await client.ask("GET", f"{base}/{expected.rows[1]['id']}?{query}")
        assert status == 200
        assert one["request"]["row"] == expected.rows[1]
        assert beside is not None
        assert one["place"] == {
            "position": 1,
            "total": expected.total,
            "previous": expected.rows[0]["id"],
            "next": expected.rows[2]["id"],
        }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sort=x", "sort"),
        ("where=a%3D1", "where"),
        ("limit=9999", "limit"),
        ("colour=1", "colour"),
        ("point=none", "point"),
        ("offset=%00", "offset"),
        ("worker=nan!", "worker"),
    ],
)
async def test_what_cannot_be_asked_is_refused_at_its_field(
    tmp_path: Path, query: str, field: str
) -> None:
    run = make_varied(tmp_path, 10)
    async with served(tmp_path) as client:
        path = f"/runs/{run.path.name}/requests"
        status, answer, _ = await client.ask("GET", f"/api/v1{path}?{query}")
        assert (status, answer["error"]["field"]) == (422, field)
        seen = await page(client, f"{path}?{query}", 422)
        assert answer["error"]["message"] in seen.text


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    run = make_varied(tmp_path, 5)
    async with served(tmp_path) as client:
        for name, key in (("none", "1"), (run.path.name, "11"), (run.path.name, "x"), ("..", "1")):
            path = f"/api/v1/runs/{quote(name, safe='')}/requests/{key}"
            assert (await client.ask("GET", path))[0] == 404
        assert (await client.ask("GET", "/runs/none/requests"))[0] == 404


async def test_every_state_of_the_table_is_a_link(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    base = f"/runs/{run.path.name}/requests"
    async with served(tmp_path) as client:
        seen = await page(client, f"{base}?where=e2e_ms>60&sort=-ttft_ms&offset=50&limit=25")
        kept = "where=e2e_ms%3E60"
        assert f"{base}?{kept}&sort=ttft_ms&limit=25" in seen.links  # the other way
        assert f"{base}?{kept}&sort=-tpot_ms&limit=25" in seen.links
        assert f"{base}?{kept}&sort=-ttft_ms&offset=25&limit=25" in seen.links
        assert f"{base}?{kept}&sort=-ttft_ms&offset=75&limit=25" in seen.links
        single = [link for link in seen.links if re.match(rf"{base}/\d+", link)]
        assert len(single) == 25
        one = await page(client, single[1])
        assert single[0] in one.links
        assert single[2] in one.links
        assert f"{base}?{kept}&sort=-ttft_ms&limit=25&offset=50" in one.links
        past = await page(client, f"{base}?offset=5000&limit=40")
        assert "281 to 300 of 300" in past.text
        assert f"{base}?offset=240&limit=40" in past.links
        whole = await page(client, f"{base}?columns=all&limit=1000")
        assert len([link for link in whole.links if re.match(rf"{base}/\d+", link)]) == 200


async def test_what_has_the_focus_is_there_again_by_its_id(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    base = f"/runs/{run.path.name}/requests"

    async def ids(query: str, status: int = 200) -> dict[str | None, dict[str, str | None]]:
        seen = await page(client, f"{base}?{query}", status)
        found = {each.get("id"): each for each in seen.controls}
        assert None not in found
        assert len(found) == len(seen.controls)
        return found

    async with served(tmp_path) as client:
        first, last = await ids("columns=all"), await ids("columns=all&sort=-ttft_ms&offset=250")
        assert {"asked_where", "sort_ttft_ms", "page_next", "columns"} <= first.keys()
        # A page that does not exist is a link no more, but keeps the focus.
        assert first.keys() == last.keys()
        assert "href" in first["page_next"]
        assert "href" not in last["page_next"]
        assert "tabindex" in last["page_next"]
        for name, value in (("where", "nonsense"), ("worker", "x"), ("outcome", "x")):
            refused = await ids(f"{name}={value}", 422)
            focused = [key for key, each in refused.items() if "autofocus" in each]
            assert focused == [f"asked_{name}"]
        assert not any("autofocus" in each for each in first.values())


async def test_what_a_model_says_is_only_text(tmp_path: Path) -> None:
    run = make_hostile(tmp_path)
    name = run.path.name
    run.close()
    async with served(tmp_path) as client:
        table = await page(client, f"/runs/{name}/requests?columns=all")
        one = await page(client, f"/runs/{name}/requests/1")
        failed = await page(client, f"/runs/{name}/requests/2")
        _, found, headers = await client.ask("GET", f"/api/v1/runs/{name}/requests/1")
    for seen in (table, one, failed):
        assert "<script>alert(1)</script>" in seen.text
        assert not {"\x1b", "\u202e"} & set(seen.text)
        assert "49" not in seen.text.partition("{{")[2][:10]
    assert len(one.text) < 200_000
    assert found["request"]["text"] == HOSTILE + "x" * 5_000_000
    assert found["request"]["prompt"] == [{"role": HOSTILE, "content": HOSTILE}]
    assert headers["Content-Type"].startswith("application/json")


async def test_a_damaged_run_is_one_line(tmp_path: Path) -> None:
    run = make_varied(tmp_path, 10)
    run.close()
    db = sqlite3.connect(run.path / "run.db")
    with db:
        db.execute("UPDATE request SET outcome = 'odd' WHERE id = 9")
    db.close()
    async with served(tmp_path) as client:
        status, answer, _ = await client.ask("GET", f"/api/v1/runs/{run.path.name}/requests")
        assert (status, answer["error"]["code"]) == (422, "invalid")
        assert "damaged" in answer["error"]["message"]


async def test_a_run_that_is_continued_is_followed(tmp_path: Path) -> None:
    stopped = make_run(tmp_path, [(1, 32)])
    path, (point,) = stopped.path, stopped.points()
    stopped.close()

    async def expect(number: int) -> None:
        seen = await page(client, f"/runs/{path.name}/requests")
        assert f"1 to {min(number, 50)} of {number}" in seen.text
        for key in (1, number):
            await page(client, f"/runs/{path.name}/requests/{key}")
        await page(client, f"/runs/{path.name}/requests/{number + 1}", status=404)

    async with served(tmp_path) as client:
        await expect(32)
        # The second finds the log that the first left, empty: the table was open beside it.
        for before, after in ((32, 80), (80, 112)):
            records = [Record(seq=n, sample_id="s", end_ns=n) for n in range(before, after)]
            with open_run(path) as run:
                run.claim()
                run.append(point, records[:8])
                await expect(before + 8)
                run.append(point, records[8:])
                await expect(after)
            await expect(after)


async def test_few_tables_stay_open(tmp_path: Path) -> None:
    paths = [make_run(tmp_path / str(number), [(1, 5)]).path for number in range(12)]
    tables = Tables()
    try:
        threads = set()

        def ask(table: RequestTable) -> int:
            threads.add(threading.current_thread())
            return table.page(read_query({})).total

        assert [await tables.ask(path, ask) for path in [*paths, *paths]] == [5] * 24
        assert threading.main_thread() not in threads
        assert len(tables._open) <= 9
        shutil.rmtree(paths[0])
        shutil.copytree(make_run(tmp_path / "new", [(1, 7)]).path, paths[0])
        assert await tables.ask(paths[0], ask) == 7
    finally:
        tables.close()


async def test_the_document_knows_the_routes(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, document, _ = await client.ask("GET", "/api/v1/openapi.json")
    operation: dict[str, Any] = document["paths"]["/api/v1/runs/{run}/requests"]["get"]
    assert {"sort", "where", "ttft_ms", "limit"} <= {p["name"] for p in operation["parameters"]}
    assert "RequestPage" in json.dumps(operation["responses"]["200"])
    assert "OneRequest" in document["components"]["schemas"]
