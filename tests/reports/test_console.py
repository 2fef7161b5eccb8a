"""What the final tables look like is held in ``golden/``; to change it, change the files."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from report_builders import FIGURES, make_summary, make_sweep, nothing

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


def printed(summaries: list[Summary], run: Path, width: int | None) -> str:
    file = io.StringIO()
    print_summary(summaries, run, file, width)
    return "".join(line.rstrip() + "\n" for line in file.getvalue().splitlines())


@pytest.mark.parametrize("width", [80, 120])
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
    assert ["rate", "2/s", "0", "3", "–", "–", "–", "–", "trusted"] in rows
    assert ["rate", "2/s", *["–"] * 9] in rows
    assert ["failed", "connect", "3"] in rows
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


@pytest.mark.parametrize(
    ("verdict", "colour"), [("trusted", "32"), ("saturated", "1;31"), (None, "2")]
)
def test_the_verdict_has_a_colour_and_a_word(
    run: Path, verdict: Verdict | None, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    audit = replace(make_summary().client, verdict=verdict, reason="It was busy.")
    file = Terminal()
    print_summary([make_summary(client=audit)], run, file, 80)
    assert f"\x1b[{colour}m{verdict or '–'}\x1b[0m" in file.getvalue()
    assert ": It was busy." in file.getvalue()


def test_an_interrupted_point_says_so(run: Path) -> None:
    summary = make_summary(interrupted=True, cut_at_end=3, warmup=5)
    assert (
        "1,000 ok, 0 failed, 5 for warm-up in 12.5s; interrupted before the plan was done; "
        "3 streams cut at the end" in printed([summary], run, 120)
    )
