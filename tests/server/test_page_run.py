"""The pages of one run: overview, report, samples, files; and runs compared."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path

import msgspec
from eval_builders import HOSTILE
from serving import served
from stored_runs import contents, evaluation, load_test
from test_page_runs import HTML, page, send

from perfbench import run_arena


async def test_a_load_test_shows_its_points_and_charts(tmp_path: Path) -> None:
    load_test(tmp_path, "load", failed_every=4)
    async with served(tmp_path) as client:
        text = await page(client, "/runs/load")
        assert "parallel 4" in text
        assert text.count('class="between"') >= 4
        assert 'data-chart="requests"' in text
        assert HOSTILE not in text
        data = text.partition('id="data">')[2].partition("</script>")[0]
        assert set(json.loads(data)["charts"]) >= {"requests", "ttft_ms"}
        for tab in ("log", "settings"):
            await page(client, f"/runs/load/{tab}")


async def test_a_report_is_served_into_a_sandbox(tmp_path: Path) -> None:
    path = load_test(tmp_path, "load", report=True)
    load_test(tmp_path, "bare")
    evaluation(tmp_path, "scored")
    before = contents(tmp_path / "bare")
    async with served(tmp_path) as client:
        for name in ("load", "bare", "scored"):
            status, text, headers = await client.ask("GET", f"/runs/{name}/report.html")
            assert status == 200
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("sandbox allow-scripts;")
            assert "allow-same-origin" not in policy
            assert "frame-ancestors 'self'" in policy
            assert headers["X-Frame-Options"] == "SAMEORIGIN"
            assert headers["Content-Type"].startswith("text/html")
            assert text.startswith("<!doctype html>")
        assert 'sandbox="allow-scripts"' in await page(client, "/runs/load/report")
        assert contents(tmp_path / "bare") == before
        (path / "report.html").unlink()
        (path / "report.html").symlink_to(tmp_path / "bare" / "run.db")
        _, text, _ = await client.ask("GET", "/runs/load/report.html")
        assert text.startswith("<!doctype html>")


async def test_files_of_a_run_and_no_others_can_be_had(tmp_path: Path) -> None:
    path = load_test(tmp_path, "load", failed_every=4)
    (path / "private.txt").write_text("secret")
    async with served(tmp_path) as client:
        status, found, headers = await client.ask("GET", "/runs/load/files/summary.json")
        assert status == 200
        assert found["schema"] == "perfbench.summary/1"
        assert headers["Content-Disposition"] == 'attachment; filename="summary.json"'
        for name in ("private.txt", "run.db", "..%2Fload%2Fprivate.txt", "%2Fetc%2Fpasswd"):
            assert (await client.ask("GET", f"/runs/load/files/{name}"))[0] == 404
        _, text, _ = await client.ask("GET", "/runs/load/export.csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 90
        assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
        _, text, _ = await client.ask("GET", "/runs/load/export.jsonl")
        assert len([json.loads(line) for line in text.splitlines()]) == 90


async def test_samples_are_filtered_on_the_server(tmp_path: Path) -> None:
    path = evaluation(tmp_path, "scored", "RRwpfcn")
    before = contents(path)
    async with served(tmp_path) as client:
        text = await page(client, "/runs/scored")
        assert "1 cut off" in text
        assert HOSTILE not in text
        for outcome, word in (("wrong", "wrong"), ("cut_off", "cut off"), ("unscored", "")):
            text = await page(client, f"/runs/scored/samples?outcome={outcome}")
            verdicts = [part.partition("<")[0] for part in text.split('<span class="verdict ')[1:]]
            assert verdicts
            assert all(word in each for each in verdicts)
        text = await page(client, "/runs/scored/samples?outcome=right&sort=-id")
        link = unescape(text.partition('<th scope="row" class="text"><a href="')[2])
        sample = await page(client, link.partition('"')[0])
        assert "I think it is R" in sample
        assert HOSTILE not in sample
        assert HOSTILE.replace("\x1b", "␛") in unescape(sample)
        assert 'rel="next"' in sample
        assert "None of" in await page(client, "/runs/scored/samples?text=no-such-text&offset=50")
        assert "1 to 8 of 8" in await page(client, "/runs/scored/samples?offset=50")
        for query in ("outcome=x", "sort=x", "offset=x"):
            assert (await client.ask("GET", f"/runs/scored/samples?{query}"))[0] == 422
        assert (await client.ask("GET", "/runs/scored/samples?task=x"))[0] == 404
        assert (await client.ask("GET", "/runs/scored/samples/0/0"))[0] == 404
    assert contents(path) == before


async def test_stored_answers_are_scored_again(tmp_path: Path) -> None:
    evaluation(tmp_path, "scored", "R")
    async with served(tmp_path) as client:
        assert "<b>100.00</b>" in await page(client, "/runs/scored")
        status, where = await send(client, "/runs/scored/score")
        assert (status, where[:6]) == (303, "/jobs/")
        ended = await client.until(where.removeprefix("/jobs/"))
        # In what the builder answers the rule finds nothing to score, which is told as a failure.
        assert (ended["run"], ended["exit_status"]) == ("scored", 1), ended
        assert "no answer found" in await page(client, "/runs/scored")


async def test_load_tests_are_compared(tmp_path: Path) -> None:
    load_test(tmp_path, "a")
    load_test(tmp_path, "b")
    evaluation(tmp_path, "scored")
    async with served(tmp_path) as client:
        text = await page(client, "/compare?run=a&run=b")
        curves = text.partition('id="curves">')[2].partition("</script>")[0]
        assert {line["run"] for line in json.loads(curves)[0]["lines"]} == {"a", "b"}
        assert "b against a" in text
        _, found, _ = await client.ask("GET", "/api/v1/compare?run=a&run=b")
        assert found["comparison"]["baseline"] == "a"
        text = await page(client, "/compare?run=a&run=scored", 422)
        assert "a is a load test, scored is an evaluation" in text
        assert (await client.ask("GET", "/compare?run=a&run=a"))[0] == 422
        many = "&".join(f"run=r{number}" for number in range(11))
        assert (await client.ask("GET", f"/api/v1/compare?{many}"))[0] == 422
        await page(client, "/compare")


async def test_samples_that_flipped_lead_to_both_sides(tmp_path: Path) -> None:
    evaluation(tmp_path, "a", "RRRRw")
    evaluation(tmp_path, "b", "RwRRR")
    evaluation(tmp_path, "c", "RRRRw")
    async with served(tmp_path) as client:
        text = await page(client, "/compare?run=a&run=b&run=c")
        assert "right to wrong" in text
        assert "c against a" in text
        link = unescape(text.partition('<a href="/runs/b/samples/of')[2].partition('"')[0])
        sample = await page(client, f"/runs/b/samples/of{link}")
        assert "folder <b>b</b>" in sample
        _, found, _ = await client.ask("GET", "/api/v1/compare?run=a&run=b&run=c")
        assert [bool(each["tasks"][0]["flips"]) for each in found["comparisons"]] == [True, False]


async def test_an_arena_from_its_leaderboard_to_a_battle(tmp_path: Path) -> None:
    found = run_arena(
        {
            **{"models": ["a", "b<i>"], "judge": ["j"], "datasets": ["demo_gsm8k"], "limit": 3},
            **{"model_configs": {"a": {}, "b<i>": {}, "j": {}}, "draws": 1000},
            **{"outputs_dir": str(tmp_path), "report": False},
        }
    )
    name = found.path.name
    before = contents(found.path)
    async with served(tmp_path) as client:
        _, listed, _ = await client.ask("GET", f"/api/v1/runs/{name}")
        assert listed["leader"]["model"] in ("a", "b<i>")
        text = await page(client, f"/runs/{name}")
        assert "Who beats whom" in text
        assert "b<i>" not in text
        text = await page(client, f"/runs/{name}/battles?model=a&other=b%3Ci%3E")
        assert "1 to 3 of 3" in text
        assert "1 to 3 of 3" in await page(client, f"/runs/{name}/battles?offset=50")
        text = await page(client, f"/runs/{name}/battles/1")
        assert text.count("shown b&lt;i&gt; first") == 1
        assert 'rel="prev"' in text
        assert (await client.ask("GET", f"/runs/{name}/battles/9", headers=HTML))[0] == 404
        other = copied(found.path, "again")
        text = await page(client, f"/compare?run={name}&run={other}")
        assert "Leaderboards" in text
        assert "0 of 3 battles came out otherwise" in text
        judge_prefers(tmp_path / other, "a")
        text = await page(client, f"/compare?run={name}&run={other}")
        turned = sum(each.outcome != "first" for each in found.arena.bouts)
        assert f"{turned or 'none turned'} of 3 battles came out otherwise" in text
        place = text.partition(f'<a href="/runs/{other}/battles/')[2].partition('"')[0]
        assert "[[A&gt;&gt;B]]" in await page(client, f"/runs/{other}/battles/{place}")
        _, told, _ = await client.ask("GET", f"/api/v1/compare?run={name}&run={other}")
        assert [len(each["reversals"]) for each in told["battles"]] == [turned]
        assert msgspec.json.encode((await client.ask("GET", f"/runs/{name}/report.html"))[0])
    assert contents(found.path) == before


def judge_prefers(path: Path, model: str) -> None:
    """The same arena with other words of its judge."""
    with closing(sqlite3.connect(path / "run.db")) as store, store:
        store.execute(
            "UPDATE output SET text = iif(sample_id LIKE '%: ' || ? || ', then %', '[[A>>B]]',"
            " '[[B>>A]]') FROM request JOIN point USING (point)"
            " WHERE output.request = request.id AND name LIKE 'j/%'",
            [model],
        )


def copied(path: Path, name: str) -> str:
    """Another folder with the same run."""
    import shutil

    shutil.copytree(path, path.parent / name)
    return name
