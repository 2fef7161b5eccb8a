"""What a person reads on the terminal once an arena is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from perfbench.foreign import Screen, one_line
from perfbench.reports.arena import leaderboard

if TYPE_CHECKING:
    from perfbench.evaluation.arena.outcome import JudgeFigures
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.evaluation.arena.standing import Arena
    from perfbench.evaluation.figures.intervals import Estimate

MISSING = {
    "no_verdict": "no verdict",
    "request_failed": "request failed",
    "grading_failed": "not read",
    "not_asked": "not asked",
}
LEFT_OUT = {
    "failed": "request failed",
    "cut_off": "cut off",
    "empty": "empty",
    "not_asked": "not asked",
    "alone": "answered by nobody whom it met",
}


def print_arena(found: ArenaRun, file: TextIO) -> None:
    """The leaderboards, the ratings, the judges, and what was left out."""
    screen = Screen(file)
    arena = found.arena
    for name, error in found.failures.items():
        print(f"{name} failed: {error}", file=screen)
    if arena is None:
        print("no battle was judged", file=screen)
        counts = {each.name: each.left_out for each in found.roster.contenders.values()}
        for line in _left_out(counts):
            print(line, file=screen)
    else:
        print(leaderboard.text(arena), file=screen)
        for line in _ratings(arena):
            print(line, file=screen)
        for line in (*_judges(arena), *_left_out(arena.left_out)):
            print(line, file=screen)
        for note in arena.notes:
            print(f"note: {one_line(note)}", file=screen)
    print(f"results: {found.run.path}", file=screen)


def _ratings(arena: Arena) -> Iterator[str]:
    overall = arena.overall.table
    if not overall.ratings:
        return
    anchor = f"{overall.anchor} = 1000" if overall.anchor else "mean = 1000"
    ties = "half a win each" if overall.tie_parameter is None else "Davidson"
    yield f"Ratings (Bradley-Terry, 400 points are odds of 10 to 1; {anchor}; ties: {ties})"
    head = ["Model", "Rating", "95 % interval", "Rank", "Battles"]
    more: list[tuple[str, dict[str, str]]] = []
    if arena.style is not None:
        style = arena.style.table
        values = {each.model: leaderboard.rating_words(each)[0] for each in style.ratings}
        more.append(("Style-controlled", values))
    if arena.length_controlled:
        shares = {name: f"{100 * share:.1f}" for name, share in arena.length_controlled.items()}
        more.append(("LC WinRate (%)", shares))
    if arena.online:
        more.append(("Online Elo", {name: f"{value:.0f}" for name, value in arena.online.items()}))
    rows = [
        [
            one_line(each.model),
            *leaderboard.rating_words(each),
            f"{each.battles:,}",
            *(values.get(each.model, leaderboard.UNKNOWN) for _, values in more),
        ]
        for each in overall.ratings
    ]
    yield from columns_of_text([head + [name for name, _ in more], *rows])
    yield ""


def columns_of_text(rows: Sequence[Sequence[str]], words: int = 1) -> Iterator[str]:
    """A table of text in lines: the head, a rule, and the rest.

    Args:
        words: columns that stand to the left; those behind are numbers.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = ["-" * width for width in widths]
    for row in (rows[0], rule, *rows[1:]):
        yield "  ".join(
            f"{text:<{width}}" if place < words else f"{text:>{width}}"
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def _judges(arena: Arena) -> Iterator[str]:
    for each in arena.judges:
        yield f"judge {one_line(each.judge)}: {judge_words(each)}"
    if arena.panel is not None and arena.panel.alpha.value is not None:
        yield f"judges among themselves: Krippendorff's alpha {arena.panel.alpha.value:.2f}"
    if arena.unsettled:
        yield f"{arena.unsettled:,} of {len(arena.bouts):,} battles have no outcome"


def judge_words(judge: JudgeFigures) -> str:
    """What is known of a judge, in a line."""
    lacking = [f"{count:,} {MISSING.get(name, name)}" for name, count in judge.missing.items()]
    said = f"{judge.verdicts:,} verdicts in {judge.games:,} games"
    said += f" ({', '.join(lacking)})" if lacking else ""
    said += f", the first answer wins {share_words(judge.first_wins)}"
    said += f", same verdict in both orders {share_words(judge.consistency)}"
    if judge.stability.value is None:
        return said
    return f"{said}, each time of asking the same {share_words(judge.stability)}"


def share_words(estimate: Estimate) -> str:
    """A share with its interval, per cent."""
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None:
        return leaderboard.UNKNOWN
    ends = "" if low is None or high is None else f" ({100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * value:.1f} %{ends}"


def _left_out(found: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for model, counts in found.items():
        if not counts:
            continue
        said = ", ".join(f"{count:,} {LEFT_OUT.get(name, name)}" for name, count in counts.items())
        yield f"answers of {one_line(model)} not judged: {said}"
