"""Folders that nobody made with care: foreign stores, odd names, links that lead elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from serving import served
from stored_runs import contents, load_test
from test_page_runs import page


async def test_a_title_that_is_no_text_costs_no_other_start(tmp_path: Path) -> None:
    path = load_test(tmp_path, "odd")
    with closing(sqlite3.connect(path / "run.db")) as db, db:
        (config,) = db.execute("SELECT config FROM run").fetchone()
        db.execute("UPDATE run SET config = ?", (json.dumps({**json.loads(config), "name": 5}),))
    for _ in range(2):
        async with served(tmp_path) as client:
            assert "odd" in await page(client, "/")
    with closing(sqlite3.connect(tmp_path / ".server" / "library.db")) as db, db:
        db.execute("UPDATE seen SET body = '{}'")
    async with served(tmp_path) as client:
        assert "odd" in await page(client, "/")


async def test_a_name_that_is_no_text_is_shown_among_what_cannot_be_read(tmp_path: Path) -> None:
    path = load_test(tmp_path, "good")
    shutil.copytree(path, tmp_path / os.fsdecode(b"caf\xe9"))
    async with served(tmp_path) as client:
        text = await page(client, "/")
        assert "good" in text
        assert "caf" in text
        assert (await client.ask("GET", "/api/v1/runs"))[0] == 200


async def test_links_lead_to_nothing_outside_a_run(tmp_path: Path) -> None:
    path = load_test(tmp_path / "results", "load")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "x.jsonl").write_text("a-secret-of-others")
    (secret / "x.log").write_text("a-secret-of-others")
    (path / "config.yaml").unlink(missing_ok=True)
    (path / "config.yaml").symlink_to(secret / "x.jsonl")
    (path / "predictions").mkdir()
    (path / "predictions" / "m").symlink_to(secret)
    (path / "run.log").unlink(missing_ok=True)
    (path / "run.log").symlink_to(secret / "x.log")
    (path / "other.log").symlink_to(secret / "x.log")
    async with served(tmp_path / "results") as client:
        for where in (
            *("files/config.yaml", "files/predictions/m/x.jsonl"),
            *("log", "log?file=other.log", "log?file=run.log"),
        ):
            status, answer, _ = await client.ask("GET", f"/runs/load/{where}")
            assert (status, "a-secret" in str(answer)) == (404, False), where


async def test_a_form_that_begins_with_a_run_changes_nothing_in_it(tmp_path: Path) -> None:
    path = load_test(tmp_path, "load")
    with closing(sqlite3.connect(path / "run.db")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("CREATE TABLE more (a)")
        shutil.copytree(path, tmp_path / "cut")
    (tmp_path / "cut" / "run.db-shm").unlink()  # Made by whoever looks.
    before = contents(tmp_path / "cut")
    async with served(tmp_path) as client:
        await page(client, "/new/perf?from=cut")
    (tmp_path / "cut" / "run.db-shm").unlink(missing_ok=True)
    assert contents(tmp_path / "cut") == before


async def test_a_run_that_cannot_be_read_is_no_full_disk(tmp_path: Path) -> None:
    path = load_test(tmp_path, "load")
    (path / "run.db").write_bytes(b"no store at all")
    async with served(tmp_path) as client:
        for where in ("/runs/load", "/new/perf?from=load", "/compare?run=load&run=load"):
            status, answer, _ = await client.ask("GET", where)
            assert status == 422, (where, answer)
