"""Leaderboards as EvalScope prints them, and the same figures as rows.

Win rates are per cent here, against the baseline (which has 50) or against all others; intervals
are the distances of their ends. Ratings are Elo points. Unknown is ``None``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from perfbench.evaluation.arena.standing import Arena, Standing
from perfbench.evaluation.figures.ratings import Rating
from perfbench.foreign import one_line

UNKNOWN = "–"
_WIN_RATE = "WinRate (%)"
_WIDTH = len(_WIN_RATE) + 2

COLUMNS = (
    *("data_set", "subset", "model", "win_rate", "win_rate_low", "win_rate_high"),
    *("wins", "ties", "losses", "battles", "questions"),
    *("rating", "rating_low", "rating_high", "rank", "rank_low", "rank_high", "sweep"),
)


def rows(arena: Arena) -> Iterator[dict[str, Any]]:
    """One for each model of each standing, best first; shares of 1."""
    for standing in arena.standings:
        for model in placed(arena, standing):
            yield _row(arena, standing, model)


def text(arena: Arena) -> str:
    """All leaderboards, one under the other."""
    return "\n\n".join(_table(arena, each) for each in arena.standings) + "\n"


def overall(arena: Arena) -> str:
    """The leaderboard of all battles."""
    return _table(arena, arena.overall)


def placed(arena: Arena, standing: Standing) -> list[str]:
    """The models that fought, by win rate, the baseline among them at a half; those whose win rate
    is not known are last."""
    shares = {model: _share(arena, standing, model) for model in arena.models}
    fought = [model for model in arena.models if model in standing.models]
    return sorted(fought, key=lambda model: (shares[model] is None, -(shares[model] or 0.0)))


def rating_words(rating: Rating | None) -> tuple[str, str, str]:
    """Value, interval and ranks of a rating, as they are shown."""
    if rating is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    ranks = f"{rating.rank_low}"
    if rating.rank_high != rating.rank_low:
        ranks += f"–{rating.rank_high}"
    low, high = rating.low, rating.high
    if rating.sweep is not None and low is not None:
        return f"≥ {low:.0f}", f"{low:.0f} to ∞", ranks
    if rating.sweep is not None and high is not None:
        return f"≤ {high:.0f}", f"-∞ to {high:.0f}", ranks
    if rating.sweep is not None or (low is None and high is None):
        return f"{rating.value:.0f}", UNKNOWN, ranks
    ends = ["-∞" if low is None else f"{low:.0f}", "∞" if high is None else f"{high:.0f}"]
    return f"{rating.value:.0f}", " to ".join(ends), ranks


def table_rows(arena: Arena, standing: Standing) -> list[tuple[str, ...]]:
    """Model, win rate, its interval, rating, its interval, ranks: as they are shown, best first."""
    return [
        (
            model,
            _percent(_share(arena, standing, model)),
            _ends(arena, standing, model),
            *rating_words(standing.table.of(model)),
        )
        for model in placed(arena, standing)
    ]


def _table(arena: Arena, standing: Standing) -> str:
    models = placed(arena, standing)
    if not models:
        return f"=== {one_line(standing.title)} ===\nno battles"
    names = [one_line(model) for model in models]
    shares = _aligned([_percent(_share(arena, standing, model)) for model in models])
    ends = [_ends(arena, standing, model) for model in models]
    left, right = max(map(len, [*names, "Model"])), max(map(len, [*ends, "CI (%)"]))
    lines = [
        f"=== {one_line(standing.title)} ===",
        f"{'Model':<{left}}  {_WIN_RATE:>{_WIDTH}}  CI (%)",
        f"{'-' * left}  {'-' * _WIDTH}  {'-' * right}",
    ]
    for name, share, end in zip(names, shares, ends, strict=True):
        lines.append(f"{name:<{left}}  {share:>{_WIDTH}}  {end}".rstrip())
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    """A win rate, per cent."""
    return UNKNOWN if share is None else f"{100 * share:.1f}"


def _aligned(texts: Sequence[str]) -> list[str]:
    """With their points under each other; a whole number has none."""
    if all(each.endswith(".0") or each == UNKNOWN for each in texts):
        return [each.removesuffix(".0") for each in texts]
    return [f"{each[:-2]}  " if each.endswith(".0") else each for each in texts]


def _share(arena: Arena, standing: Standing, model: str) -> float | None:
    if model == arena.rules.baseline:
        return 0.5 if model in standing.models else None
    found = standing.win_rates.get(model)
    return found.estimate.value if found is not None else None


def _ends(arena: Arena, standing: Standing, model: str) -> str:
    found = standing.win_rates.get(model)
    if model == arena.rules.baseline:
        return "(+0.0 / +0.0)"
    if found is None:
        return UNKNOWN
    value, low, high = found.estimate.value, found.estimate.low, found.estimate.high
    if value is None or low is None or high is None:
        return UNKNOWN
    return f"({_signed(low - value)} / {_signed(high - value)})"


def _signed(share: float) -> str:
    text = f"{100 * share:+.1f}"
    return "+0.0" if text == "-0.0" else text


def _row(arena: Arena, standing: Standing, model: str) -> dict[str, Any]:
    rate, rating = standing.win_rates.get(model), standing.table.of(model)
    base = model == arena.rules.baseline
    estimate = rate.estimate if rate is not None and not base else None
    values = (
        standing.data_set,
        standing.subset,
        model,
        0.5 if base else estimate and estimate.value,
        0.5 if base else estimate and estimate.low,
        0.5 if base else estimate and estimate.high,
        *((rate.wins, rate.ties, rate.losses) if rate is not None else (None, None, None)),
        *((rating.battles, rating.questions) if rating is not None else (None, None)),
        *((rating.value, rating.low, rating.high) if rating is not None else (None,) * 3),
        *((rating.rank, rating.rank_low, rating.rank_high) if rating is not None else (None,) * 3),
        rating.sweep if rating is not None else None,
    )
    return dict(zip(COLUMNS, values, strict=True))
