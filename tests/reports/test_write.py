from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from parsed_page import Page
from report_builders import HOSTILE, make_point, make_records, make_run, make_sweep

from perfbench.errors import StoreError
from perfbench.reports import html
from perfbench.reports.frame import About, describe, embeddable
from perfbench.reports.palette import point_colours
from perfbench.reports.write import report_page, write_report
from perfbench.store import Run, open_run
from perfbench.types import Record


def written(run: Run) -> Page:
    return Page(write_report(run)[0].read_text("utf-8"))


def shown(run: Run) -> Page:
    """The page alone: without plots, which take longer than all else."""
    return Page(report_page(run))


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[Path]]:
    """A sweep of three points with failures, and what was written for it."""
    run = make_run(tmp_path_factory.mktemp("results"), [(1, 30), (4, 120), (16, 200)], 10)
    return run, write_report(run)


def test_every_artefact_is_written_and_named(sweep: tuple[Run, list[Path]]) -> None:
    run, files = sweep
    names = [str(file.relative_to(run.path)) for file in files]
    assert names == [
        "report.html",
        *(
            f"plots/{name}.png"
            for name in (
                *("tradeoff", "throughput", "latency"),
                *("distribution", "timeline", "requests"),
            )
        ),
        "summary.json",
    ]
    for file in files[1:-1]:
        head = file.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert min(struct.unpack(">II", head[16:])) > 300
    assert files[0].stat().st_size < 1_000_000


def test_charts_hold_the_figures_of_the_summary(sweep: tuple[Run, list[Path]]) -> None:
    run, files = sweep
    data = Page(files[0].read_text("utf-8")).data()
    summaries = run.summaries()
    chart = data["charts"]["ttft_ms"]
    assert chart["x"]["values"] == [1, 4, 16]
    for line in chart["lines"]:
        assert line["values"] == [s.metrics["ttft_ms"][line["name"]] for s in summaries]
        assert line["hollow"] == [line["name"] in s.unsupported["ttft_ms"] for s in summaries]
    assert [line["name"] for line in chart["lines"]] == ["mean", "p50", "p90", "p99"]
    for point, summary in zip(data["points"], summaries, strict=True):
        curve = dict(zip(data["percentiles"], point["curves"]["e2e_ms"], strict=True))
        for place, name in ((50, "p50"), (99, "p99"), (100, "max")):
            assert curve[place] == pytest.approx(summary.metrics["e2e_ms"][name], rel=1e-4)
        dots = point["scatter"]
        assert len({len(values) for values in dots.values()}) == 1
        assert len(dots["seq"]) == summary.completed + summary.failed
        assert sum(outcome != 0 for outcome in dots["outcome"]) == summary.failed
        assert sum(point["timeline"]["failures"]) == summary.failed


def test_the_page_asks_nothing_of_the_network(sweep: tuple[Run, list[Path]]) -> None:
    page = Page(sweep[1][0].read_text("utf-8"))
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "img", "base", "form")
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#"))
    assert not re.search(r"@import|url\(", sweep[1][0].read_text("utf-8"))
    policy = next(a["content"] for t, a in page.tags if "http-equiv" in a) or ""
    assert policy.startswith("default-src 'none'")


def test_the_policy_allows_exactly_the_scripts_of_the_page(sweep: tuple[Run, list[Path]]) -> None:
    page = Page(sweep[1][0].read_text("utf-8"))
    policy = next(a["content"] for t, a in page.tags if "http-equiv" in a) or ""
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    scripts = [text for kind, text in page.scripts if kind is None]
    digests = {
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts
    }
    assert len(scripts) == 4
    assert digests == allowed
    assert "unsafe" not in policy.split("script-src")[1]


def test_what_servers_say_is_text(sweep: tuple[Run, list[Path]]) -> None:
    page = Page(sweep[1][0].read_text("utf-8"))
    assert HOSTILE in page.words
    assert len(page.scripts) == 5
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_dollars_in_names_are_no_formulas(tmp_path: Path) -> None:
    model = r"$\frac{ $x_$ $" + HOSTILE
    with make_run(tmp_path, [(2, 20)], model=model, url="http://h/") as run:
        files = write_report(run)
    assert any(file.suffix == ".png" for file in files)


def test_hostile_names_are_text(tmp_path: Path) -> None:
    with make_run(tmp_path, [(2, 20)], model=HOSTILE, url="http://h/", simulator=False) as run:
        page = shown(run)
    assert len(page.scripts) == 5
    assert "<script>alert('x')</script>" in page.words
    assert "built-in simulator" not in page.words


@pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "\u2028", 'a"b', "\ud800"])
def test_embedded_json_cannot_leave_its_element(text: str) -> None:
    embedded = embeddable({"x": text})
    assert not set("<>&\u2028") & set(embedded)
    assert json.loads(embedded) == {"x": text}


def test_the_simulator_is_named(sweep: tuple[Run, list[Path]]) -> None:
    run, files = sweep
    assert "built-in simulator, not of a real service" in Page(files[0].read_text("utf-8")).words
    assert describe(run).simulated


def test_settings_and_environment_are_listed(sweep: tuple[Run, list[Path]]) -> None:
    about = describe(sweep[0])
    assert ("api_key", "***") in about.settings
    assert ("parallel", "1 4 16") in about.settings
    assert ("url", "–") in about.settings
    assert ("host.cpus", "2") in about.environment


def test_given_summaries_are_shown_and_not_computed_again(tmp_path: Path) -> None:
    with make_run(tmp_path, [(1, 10), (10, 10), (50, 10)]) as run:
        files = write_report(run, make_sweep())
        assert not (run.path / "summary.json").exists()
    assert "12,346" in files[0].read_text("utf-8")


def test_a_killed_run_is_reported_with_what_it_had(tmp_path: Path) -> None:
    run = make_run(tmp_path, [(2, 40)])
    point = make_point(1, 4, number=100)
    run.begin_point(point)
    run.append(point, make_records(4, 30, run.origin_ns + 60_000_000_000))
    with open_run(run.path) as left:
        page = written(left)
        first, second = left.summaries()
    assert (first.interrupted, second.interrupted) == (False, True)
    assert (first.completed, second.completed) == (40, 30)
    assert "parallel 4: interrupted before the plan was done" in page.words
    run.close()


@pytest.mark.parametrize("left", ['{"schema": "perfb', '{"schema": "other/1"}', "\0"])
def test_a_damaged_summary_is_made_again(tmp_path: Path, left: str) -> None:
    with Run.create(tmp_path, "down", {}, {}) as run:
        run.begin_point(make_point())
        run.append(make_point(), [bare(outcome="connect", detail="refused")])
        (run.path / "summary.json").write_text(left)
        write_report(run)
        assert [each.failed for each in run.summaries()] == [1]


def bare(**changes: Any) -> Record:
    """A request of which little is known."""
    return Record(seq=changes.pop("seq", 0), sample_id="q", **changes)


SENT = {"sent_ns": 10**9, "end_ns": 2 * 10**9}
ODD: dict[str, Sequence[Record]] = {
    "nothing finished": [],
    "never sent": [bare(outcome="connect", detail="refused")],
    "sent, then reset": [bare(outcome="protocol", detail="reset", **SENT)],
    "one event": [bare(first_ns=15 * 10**8, **SENT)],
    "not streamed": [bare(stream=False, first_ns=2 * 10**9, **SENT)],
    "all at one instant": [bare(sent_ns=5, first_ns=5, end_ns=5, gaps=bytes(8))],
    "twice the same": [bare(seq=i, first_ns=15 * 10**8, gaps=bytes(8), **SENT) for i in range(2)],
    "a very long one": [bare(first_ns=10**9, gaps=(10**14).to_bytes(8, "little"), gap_width=8,
                             sent_ns=10**9, end_ns=10**14)],
}  # fmt: skip


@pytest.mark.parametrize(
    "kinds",
    [["never sent"], ["not streamed"], ["all at one instant"], list(ODD)],
    ids=["never sent", "not streamed", "all at one instant", "together"],
)
def test_odd_points_make_a_report(tmp_path: Path, kinds: list[str]) -> None:
    with Run.create(tmp_path, "odd", {}, {}) as run:
        for index, kind in enumerate(kinds):
            point = make_point(index, 1 + index)
            run.begin_point(point)
            run.append(point, ODD[kind])
        page = written(run)
    assert "NaN" not in json.dumps(page.data())
    assert "nan" not in page.words.lower().split()


def test_a_run_without_points_makes_a_report(tmp_path: Path) -> None:
    with Run.create(tmp_path, "empty", {}, {}) as run:
        assert written(run).data()["points"] == []


def test_many_points_with_odd_names_make_plots(tmp_path: Path) -> None:
    with Run.create(
        tmp_path, "many", {}, {"model": "模型 $a$ \U0001f600", "url": "http://h"}
    ) as run:
        for index in range(13):
            point = make_point(index, 7, name=f"$point_{index}^with$ a long, long, long name 模型")
            run.begin_point(point)
            run.append(point, make_records(2, 6, run.origin_ns + index * 10**9, index, tokens=6))
        assert len(write_report(run)) == 8


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with make_run(tmp_path, [(1, 5)]) as run:
        (run.path / "plots").write_text("in the way")
        with pytest.raises(StoreError, match=r"^cannot write the report of [^\n]*$"):
            write_report(run)


def test_big_scatters_are_thinned_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perfbench.reports.write.MAX_REQUESTS", 210)
    with make_run(tmp_path, [(20, 600)]) as run:
        page = shown(run)
    dots = len(page.data()["points"][0]["scatter"]["seq"])
    assert dots <= 210
    assert f"{dots} of 600 requests" in page.words


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 40])
def test_points_have_colours_of_their_own(count: int) -> None:
    colours = point_colours(count)
    assert len(set(colours)) == count
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_a_single_point_has_no_charts_of_a_sweep() -> None:
    about = About("x", False, {}, [], [])
    assert "data-chart=" not in html.render(about, make_sweep()[:1], [])
    assert html.render(about, make_sweep(), []).count("data-chart=") == 10


def test_a_client_that_cannot_be_judged_has_a_dash_and_no_banner() -> None:
    one = make_sweep()[0]
    unjudged = msgspec.structs.replace(
        one,
        client=msgspec.structs.replace(one.client, verdict=None, reason="No request succeeded."),
    )
    text = html.render(About("x", False, {}, [], []), [unjudged], [])
    assert 'class="verdict soft">–<' in text
    assert "–: No request succeeded." in Page(text).words
    assert "The client was" not in text


def test_plots_are_only_drawn_of_what_there_is(tmp_path: Path) -> None:
    from perfbench.reports import plots  # not while tests are collected: it loads matplotlib

    names = [path.name for path in plots.write_plots(tmp_path / "p", "x", make_sweep(), [])]
    assert names == ["tradeoff.png", "throughput.png", "latency.png"]
    assert plots.write_plots(tmp_path / "q", "x", make_sweep()[:1], []) == []


def test_where_all_failed_there_are_no_charts_but_the_servers_words(tmp_path: Path) -> None:
    with Run.create(tmp_path, "down", {}, {}) as run:
        point = make_point(0, 4)
        run.begin_point(point)
        words = "503 no room for you"
        run.append(point, [bare(seq=i, outcome="http_5xx", detail=words, **SENT) for i in range(9)])
        files = write_report(run)
    assert not [file for file in files if file.suffix == ".png"]
    text = files[0].read_text("utf-8")
    page = Page(text)
    assert 'class="chart"' not in text
    assert "All 9 requests failed." in page.words
    assert "9 × http_5xx" in page.words
    assert page.words.index("503 no room for you") < page.words.index("Overview")
    assert page.data()["points"] == []


def test_a_copy_of_the_command_is_on_the_page(tmp_path: Path) -> None:
    command = "perfbench --prompt '</pre><b>&'"
    with make_run(tmp_path, [(2, 20)], command=command, given={"parallel": [2]}) as run:
        page = shown(run)
    assert command in page.words
    assert ("pre", {"tabindex": "0"}) in page.tags


def test_the_title_is_the_runs_name_and_load(sweep: tuple[Run, list[Path]]) -> None:
    assert describe(sweep[0]).title == "simulated: parallel 1, 4, 16"


def test_every_link_of_the_contents_has_its_place(sweep: tuple[Run, list[Path]]) -> None:
    page = Page(sweep[1][0].read_text("utf-8"))
    places = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    assert len(links) == 9
    assert {str(link).removeprefix("#") for link in links} <= places
