"""What the final tables look like is held in ``golden/``; to change it, change the files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from report_builders import FIGURES, make_summary, make_sweep, nothing

from perfbench.metrics.definitions import METRICS
from perfbench.reports import wording
from perfbench.reports.console import print_summary
from perfbench.types import FAILURES, Summary, TokenLedger, Verdict

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder at a path that is the same for everyone."""
    monkeypatch.chdir(tmp_path)
    folder = Path("results/20260101_120000_simulated")
    (folder / "plots").mkdir(parents=True)
    for name in ("report.html", "summary.json", "run.db"):
        (folder / name).touch()
    return folder


def printed(summaries: list[Summary], run: Path, width: int | None, **more: Any) -> str:
    file = io.StringIO()
    print_summary(summaries, run, file, width, **more)
    return "".join(line.rstrip() + "\n" for line in file.getvalue().splitlines())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_golden(run: Path, width: int) -> None:
    text = printed(make_sweep(), run, width)
    assert text == (GOLDEN / f"console_{width}.txt").read_text("utf-8")
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text


def test_unknown_is_a_dash(run: Path) -> None:
    unknown = make_summary(
        None,
        rate=2.0,
        completed=0,
        failed=3,
        errors={**dict.fromkeys(FAILURES, 0), "connect": 3},
        duration_s=None,
        request_throughput_rps=None,
        output_throughput_tok_s=None,
        total_throughput_tok_s=None,
        metrics={metric: nothing() for metric in make_summary().metrics},
        unsupported={},
        tokens=TokenLedger("unknown"),
    )
    rows = [line.split() for line in printed([unknown], run, 80).splitlines()]
    assert ["rate", "2/s", "0", "3", "–", "2.00", "–", "–", "–", "–", "trusted"] in rows
    assert ["rate", "2/s", *["–"] * 3] in rows
    assert ["rate", "2/s", *["–"] * 10] in rows
    assert ["rate", "2/s", "failed:", "connect", "3"] in rows
    assert not any("nan" in word.lower() for row in rows for word in row)


def test_long_labels_wrap_and_figures_do_not(run: Path) -> None:
    metrics = {
        name: {**dict.fromkeys(FIGURES, 123_456.7), "count": 10} for name in make_summary().metrics
    }
    summary = make_summary(
        100_000,
        rate=12.25,
        input_length=30720,
        metrics=metrics,
        unsupported={name: ["p99"] for name in metrics},
    )
    text = printed([summary], run, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert text.count("123,457†") >= 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("verdict", "colour"), [("trusted", "32"), ("saturated", "1;31")])
def test_the_verdict_has_a_colour_and_a_word(
    run: Path, verdict: Verdict, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    audit = replace(make_summary().client, verdict=verdict, reason="It was busy.")
    file = Terminal()
    print_summary([make_summary(client=audit)], run, file, 80)
    assert f"\x1b[{colour}m{verdict}\x1b[0m" in file.getvalue()
    assert ": It was busy." in file.getvalue()


def test_an_interrupted_point_says_so(run: Path) -> None:
    summary = make_summary(interrupted=True, cut_at_end=3, warmup=5)
    assert (
        "interrupted before the plan was done; 5 requests for warm-up; 3 streams cut at the end"
        in printed([summary], run, 120)
    )


@pytest.mark.parametrize(("count", "said"), [(1, "1 stream let"), (1200, "1,200 streams let")])
def test_streams_that_were_let_finish_are_counted(run: Path, count: int, said: str) -> None:
    assert f"{said} finish after the end" in printed([make_summary(drained=count)], run, 120)


def test_details_follow_the_overview_where_they_are_wanted(run: Path) -> None:
    brief, text = (printed(make_sweep(), run, 80, verbose=verbose) for verbose in (False, True))
    assert text == (GOLDEN / "console_80_verbose.txt").read_text("utf-8")
    assert "Output rate" not in brief
    assert text.count("Output rate") == 3
    assert text.index("overview") < text.index("Output rate") < text.index("report.html")


def test_what_is_as_it_should_be_is_said_once(run: Path) -> None:
    late = replace(make_summary().client, read_delay_ms={"p99": 7.5}, reason="7.5 ms.")
    strained = replace(make_summary().client, verdict="strained", reason="Too late.")
    quiet = make_summary(1)
    assert quiet.ledger is not None
    sweep = [quiet, make_summary(2, client=late), make_summary(4, client=strained)]
    text = printed(sweep, run, 120)
    assert text.count("planned") == 1
    assert "otherwise   3,000 planned = 3,000 sent = 3,000 ok\n" in text
    assert "client trusted (latest in parallel 2): 7.5 ms.\n" in text
    assert "parallel 4  client strained: Too late.\n" in text
    assert "all points  2,000 planned" in printed(sweep[:2], run, 120)
    assert "parallel 1  1,000 planned = 1,000 sent = 1,000 ok\n" in printed([quiet], run, 120)
    for odd in ({"unsent": 1, "planned": 1001}, {"resends": 2}, {"late": 3}):
        odd_one = replace(quiet, ledger=replace(quiet.ledger, **odd))
        text = printed([odd_one], run, 120)
        assert "1,000 planned = 1,000 sent = 1,000 ok" not in text
        assert " + 0 failed + 0 cut + 0 lost" in text


def test_where_else_the_results_are_stands_at_the_end(run: Path) -> None:
    text = printed([make_summary()], run, 60, links=["wandb: https://wandb.ai/" + "x" * 60])
    assert text.endswith("run.db\nwandb: https://wandb.ai/" + "x" * 60 + "\n")


def test_what_a_service_read_and_was_asked(run: Path) -> None:
    tokens = replace(
        make_summary().tokens, cached_share=0.75, input_mismatched=1446, input_ratio=1.371
    )
    summary = make_summary(
        None, rate=5.0, tokens=tokens, sent_rate_rps=4.987, mean_in_flight=12.345
    )
    lines = printed([summary], run, 160).splitlines()
    figures = ["5.00", "4.99", "80.00", "8,000", "12,346", "trusted", "54.00", "100.0", "75.0%"]
    assert any(figures == line.split()[5:14] and "12.35" in line for line in lines)
    assert any(
        "differ in 1,446 requests; the service counts 1.37 times as many (median)" in line
        for line in lines
    )
    same = replace(tokens, input_mismatched=0, input_ratio=1.0)
    assert "differ" not in printed([make_summary(tokens=same)], run, 160)


def test_a_client_without_a_verdict(run: Path) -> None:
    audit: Any = replace(make_summary().client, verdict=None, reason="Nothing succeeded.")
    text = printed([make_summary(client=audit)], run, 80)
    assert "client –: Nothing succeeded." in text


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(40, 220),
    size=st.floats(1e-3, 9e8),
    loads=st.lists(st.integers(1, 100_000), min_size=1, max_size=4, unique=True),
)
def test_no_figure_is_cut_at_any_width(width: int, size: float, loads: list[int]) -> None:
    metrics = {name: {**dict.fromkeys(FIGURES, size), "count": 10} for name in METRICS}
    unsupported = {name: ["p90", "p99"] for name in metrics}
    sweep = [make_summary(p, metrics=metrics, unsupported=unsupported) for p in loads]
    file = io.StringIO()
    print_summary(sweep, Path("/nowhere"), file, width)
    text = file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for summary in sweep:
        assert wording.number(summary.total_throughput_tok_s) in text
    assert text.count(wording.number(size) + "†") >= 3 * len(sweep)
