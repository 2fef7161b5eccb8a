"""The page of runs: what it lists, filters, tags, deletes and brings back."""

from __future__ import annotations

import time
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kept_runs import unpack
from report_builders import make_run
from serving import Client, served
from stored_runs import contents, evaluation, load_test

from perfbench.server.library import KEPT_DELETED_S

HTML = {"Accept": "text/html"}
WEIRD = "we\"ird <b>&'x y%2F?#"


async def page(client: Client, path: str, status: int = 200, **more: Any) -> str:
    """The text of a page, with its headers looked at."""
    found, text, headers = await client.ask("GET", path, headers=HTML, **more)
    assert found == status, text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    return str(text)


async def send(client: Client, path: str, **fields: str) -> tuple[int, str]:
    """Send a form; status, and where it leads."""
    async with client.session.post(
        client.address + path, data=fields or {"x": ""}, allow_redirects=False
    ) as got:
        return got.status, got.headers.get("Location", "")


async def test_runs_are_listed_with_what_sums_them_up(tmp_path: Path) -> None:
    load_test(tmp_path, "20260101_000000_load")
    evaluation(tmp_path, "20260102_000000_eval")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.db").write_text("nonsense")
    async with served(tmp_path) as client:
        text = await page(client, "/")
        assert "output tok/s at parallel 4" in text
        assert "20260102_000000_eval" in text
        assert "1 folder cannot be read" in text
        _, listed, _ = await client.ask("GET", "/api/v1/runs")
        assert listed["total"] == 2
        by_kind = {each["kind"]: each for each in listed["runs"]}
        assert by_kind["load test"]["best"]["unit"] == "output tok/s"
        (score,) = by_kind["evaluation"]["scores"]
        assert 0 < score["low"] < score["value"] < score["high"] <= 1


async def test_filters_order_and_pages_are_in_the_address(tmp_path: Path) -> None:
    for number in range(3):
        load_test(tmp_path, f"run_{number}", model=f"org/Model-{number}")
    async with served(tmp_path) as client:
        text = await page(client, "/?model=mODEL-1&sort=name")
        assert "run_1" in text
        assert "run_2" not in text
        _, listed, _ = await client.ask("GET", "/api/v1/runs?sort=-name&limit=1&offset=1")
        assert [each["name"] for each in listed["runs"]] == ["run_1"]
        assert listed["total"] == 3
        text = await page(client, "/?sort=name&limit=2")
        assert 'href="/?sort=name&amp;limit=2&amp;offset=2"' in text
        text = await page(client, "/?sort=name&limit=2&offset=50")
        assert "3 to 3 of 3 runs" in text
        assert 'href="/?sort=name&amp;limit=2" rel="prev"' in text
        assert 'rel="next"' not in text
        for query in ("kind=x", "sort=size", "since=yesterday", "limit=0", f"offset={'9' * 5000}"):
            status, answer, _ = await client.ask("GET", f"/api/v1/runs?{query}")
            assert (status, answer["error"]["field"]) == (422, query.partition("=")[0])


async def test_what_people_say_is_kept_and_shown_as_text(tmp_path: Path) -> None:
    load_test(tmp_path, WEIRD, model="<img src=x onerror=alert(1)>")
    path = f"/runs/{quote(WEIRD, safe='')}"
    async with served(tmp_path) as client:
        found = await send(
            client, f"{path}/say", tags="<script>x</script>, a, a ,", note="<b>n</b>", back="/"
        )
        assert found == (303, "/")
        text = await page(client, "/")
        assert "<script>x" not in text
        assert "<b>n" not in text
        assert "<img" not in text
        assert WEIRD in unescape(text)
        _, run, _ = await client.ask("GET", f"/api/v1{path}")
        assert (run["tags"], run["note"]) == (["<script>x</script>", "a"], "<b>n</b>")
        assert await send(client, f"{path}/say", back="//evil.example/") == (303, path)
        status, answer, _ = await client.ask("PATCH", f"/api/v1{path}", {"tags": ["x" * 61]})
        assert (status, answer["error"]["field"]) == (422, "tags")
    async with served(tmp_path) as client:
        _, run, _ = await client.ask("GET", f"/api/v1{path}")
        assert run["note"] == "<b>n</b>"


async def test_a_deleted_run_can_be_had_back(tmp_path: Path) -> None:
    path = load_test(tmp_path, "one")
    before = contents(path)
    async with served(tmp_path) as client:
        status, where = await send(client, "/runs/one/delete", back="/?sort=name")
        assert (status, where) == (303, "/?sort=name&deleted=one")
        text = await page(client, where)
        assert 'action="/runs/one/restore"' in text
        assert (await client.ask("GET", "/api/v1/runs/one"))[0] == 404
        assert "one" in await page(client, "/deleted")
        assert await send(client, "/runs/one/restore") == (303, "/runs/one")
        assert contents(path) == before
        assert (await client.ask("POST", "/api/v1/runs/one/restore"))[0] == 404


async def test_what_was_deleted_long_ago_is_cleared_away(tmp_path: Path) -> None:
    load_test(tmp_path, "old")
    async with served(tmp_path) as client:
        await client.ask("DELETE", "/api/v1/runs/old")
        library = client.server.library
        library.clear_away(time.time() + KEPT_DELETED_S - 60)
        assert [each.name for each in library.deleted()] == ["old"]
        library.clear_away(time.time() + KEPT_DELETED_S + 60)
        assert library.deleted() == []
        assert (await client.ask("POST", "/api/v1/runs/old/restore"))[0] == 404


async def test_a_run_that_is_being_written_says_so_and_stays(tmp_path: Path) -> None:
    with make_run(tmp_path, [(2, 10)]) as run:
        async with served(tmp_path) as client:
            name = run.path.name
            _, found, _ = await client.ask("GET", f"/api/v1/runs/{name}")
            assert found["state"] == "being written"
            assert "being written" in await page(client, "/?state=being+written")
            assert (await client.ask("DELETE", f"/api/v1/runs/{name}"))[0] == 409
            run.close()
            _, found, _ = await client.ask("GET", f"/api/v1/runs/{name}")
            assert found["state"] == "incomplete"


async def test_looking_changes_nothing_in_a_folder(tmp_path: Path) -> None:
    """Also where an earlier version made it, whose store would be brought up to date."""
    runs = [unpack(kind, tmp_path) for kind in ("load test", "evaluation")]
    before = [contents(path) for path in runs]
    async with served(tmp_path) as client:
        await page(client, "/")
        for path in runs:
            for part in ("", "/report", "/report.html", "/log", "/settings", "/export.csv"):
                status, _, _ = await client.ask("GET", f"/runs/{path.name}{part}", headers=HTML)
                assert status == 200, part
    assert [contents(path) for path in runs] == before


async def test_names_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside = load_test(tmp_path, "outside")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "link").symlink_to(outside)
    async with served(tmp_path / "results") as client:
        for name in ("..%2Foutside", "link", ".server", "%2e%2e%2foutside", "a%00b", "é" * 200):
            for path in (f"/runs/{name}", f"/api/v1/runs/{name}", f"/runs/{name}/report.html"):
                status, _, _ = await client.ask("GET", path)
                assert status in (400, 404), path
        assert (await client.ask("GET", "/api/v1/runs"))[1]["runs"] == []
