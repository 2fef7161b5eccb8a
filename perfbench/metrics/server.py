"""What the service said of itself over a point: series on the clock of the records, and figures.

Counters are told as what they rose by since the first look; one that falls began anew, as the
service was started again, and goes on from there. Pure: knows no page and no store. Times are
float64 ns after the run's origin, as in ``columns``; energies J.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from perfbench.metrics.columns import Floats
from perfbench.metrics.server_checks import TOTALS, Ours, checks
from perfbench.types import (
    QUANTITIES,
    Histogram,
    Scrape,
    ServerFigures,
    ServerGauge,
    ServerSource,
    ServerTtft,
)

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_EXPORTERS = ("dcgm", "nvml")
"""Whose word on a card counts only where no server tells of it; the first before the second."""


class Track(msgspec.Struct, frozen=True):
    """A quantity over time."""

    times_ns: Floats
    values: Floats
    """Of a counter: what it has risen by since the first time."""
    told_ns: tuple[float, float]
    """From when to when every source told it."""
    resets: int = 0
    """Times that the counter began anew."""

    def frames(self, span_ns: tuple[float, float]) -> bool:
        """Whether it was told before the span began and after it ended."""
        return self.told_ns[0] <= span_ns[0] and span_ns[1] <= self.told_ns[1]

    def at(self, times_ns: Floats) -> Floats:
        """By linear interpolation; before the first look and after the last as there."""
        found: Floats = np.interp(times_ns, self.times_ns, self.values)
        return found


def tracks(scrapes: Sequence[Scrape], origin_ns: int) -> dict[str, Track]:
    """Every gauge and counter that was told, of all sources together: at the times of the source
    that told it most often."""
    found: dict[str, Track] = {}
    for name, quantity in QUANTITIES.items():
        parts = [
            _track(own, name, quantity.kind == "counter", origin_ns)
            for own in _by_source(_leading(scrapes, name))
        ]
        if not parts:
            continue
        times = max((part.times_ns for part in parts), key=len)
        if quantity.kind == "counter":
            # What another source counted after the last look of this one belongs to the sum.
            last = max(part.times_ns[-1] for part in parts)
            times = times if last <= times[-1] else np.append(times, last)
        values = np.sum([part.at(times) for part in parts], axis=0)
        if quantity.fold == "mean":
            values = values / len(parts)
        told_ns = (
            max(part.told_ns[0] for part in parts),
            min(part.told_ns[1] for part in parts),
        )
        found[name] = Track(times, values, told_ns, sum(part.resets for part in parts))
    return found


def _leading(scrapes: Sequence[Scrape], name: str) -> list[Scrape]:
    """The looks that tell of a quantity, of the sources whose word on it counts."""
    telling = [each for each in scrapes if name in each.values]
    ranks = [_EXPORTERS.index(each.kind) if each.kind in _EXPORTERS else -1 for each in telling]
    best = min(ranks, default=-1)
    return [each for each, rank in zip(telling, ranks, strict=True) if rank == best]


def _by_source(scrapes: Sequence[Scrape]) -> list[list[Scrape]]:
    sources: dict[str, list[Scrape]] = {}
    for each in scrapes:
        sources.setdefault(each.source, []).append(each)
    return [*sources.values()]


def _track(scrapes: Sequence[Scrape], name: str, counts: bool, origin_ns: int) -> Track:
    times = np.array([each.at_ns - origin_ns for each in scrapes], dtype=np.float64)
    values = np.array([each.values[name] for each in scrapes], dtype=np.float64)
    told_ns = (float(times[0]), float(times[-1]))
    if not counts:
        return Track(times, values, told_ns)
    steps = np.diff(values, prepend=values[:1])
    fell = steps < 0
    risen = np.cumsum(np.where(fell, values, steps))
    return Track(times, risen, told_ns, int(fell.sum()))


def rates(found: Mapping[str, Track]) -> dict[str, Track]:
    """What is drawn of counters: per second, or as a share, between two looks; each stands at the
    later of them. NaN where nothing happened that could be a share."""
    drawn = {}
    for name, title in (("output_tokens", "output_tok_s"), ("requests", "requests_rps")):
        if name in found and len(found[name].times_ns) > 1:
            track = found[name]
            drawn[title] = _stepped(track, np.diff(track.values) / _seconds(track))
    shares = (
        ("prefix_hit_rate", "prefix_hits", "prefix_queries"),
        ("acceptance", "accepted", "drafted"),
    )
    for title, part, whole in shares:
        if part in found and whole in found and len(found[whole].times_ns) > 1:
            times = found[whole].times_ns
            steps = np.diff(found[whole].values)
            known = np.diff(found[part].at(times))
            share = np.divide(known, steps, out=np.full(len(steps), np.nan), where=steps > 0)
            drawn[title] = _stepped(found[whole], share)
    return drawn


def _seconds(track: Track) -> Floats:
    seconds: Floats = np.maximum(np.diff(track.times_ns) / 1e9, 1e-9)
    return seconds


def _stepped(track: Track, values: Floats) -> Track:
    return Track(track.times_ns[1:], values, track.told_ns)


def server_figures(
    scrapes: Sequence[Scrape], ours: Ours, mapped: Mapping[str, str] | None = None
) -> ServerFigures | None:
    """The figures of a point; ``None`` if the service was not asked.

    Args:
        mapped: the series that the user named, by quantity.
    """
    if not scrapes:
        return None
    found = tracks(scrapes, ours.origin_ns)
    ttft = _ttft(scrapes)
    counters = {
        name: float(found[name].values[-1])
        for name in found
        if QUANTITIES[name].kind == "counter" and len(found[name].values) > 1
    }
    gauges = {
        name: gauge
        for name, track in found.items()
        if QUANTITIES[name].kind == "gauge" and (gauge := _gauge(track, ours)) is not None
    }
    energy_j = _energy(found, ours)
    tokens = ours.measured_output_tokens
    acceptance = _share(counters, "accepted", "drafted")
    if acceptance is None and "acceptance" in gauges:
        acceptance = gauges["acceptance"].mean
    totals = {name: found[name] for name in TOTALS if name in found}
    framed = {name: each for name, each in totals.items() if each.frames(ours.span_ns)}
    resets = any(track.resets for track in totals.values())
    return ServerFigures(
        sources=[_source(own) for own in _by_source(scrapes)],
        gauges=gauges,
        counters=counters,
        prefix_hit_rate=_share(counters, "prefix_hits", "prefix_queries"),
        acceptance_rate=acceptance,
        energy_j=energy_j,
        energy_per_output_token_j=energy_j / tokens if energy_j is not None and tokens else None,
        ttft=ttft,
        checks=[] if resets else checks(framed, ttft, _before(found), ours),
        missing=[
            *_missing(scrapes, resets, len(framed) < len(totals)),
            *_unmatched(scrapes, mapped or {}),
        ],
    )


def _gauge(track: Track, ours: Ours) -> ServerGauge | None:
    """Over the measured phase; ``None`` if nobody looked in it."""
    start, end = ours.window_ns
    inside = track.values[(track.times_ns >= start) & (track.times_ns <= end)]
    if not inside.size:
        return None
    return ServerGauge(float(inside.mean()), float(inside.max()), inside.size)


def _share(counters: Mapping[str, float], part: str, whole: str) -> float | None:
    total = counters.get(whole)
    return counters[part] / total if total and part in counters else None


def _energy(found: Mapping[str, Track], ours: Ours) -> float | None:
    """Over the measured phase, from a count of energy or else from power."""
    ends = np.array(ours.window_ns, dtype=np.float64)
    energy, power = found.get("energy_j"), found.get("power_w")
    if energy is not None and energy.frames(ours.window_ns) and not energy.resets:
        return float(np.diff(energy.at(ends))[0])
    if power is None or not power.frames(ours.window_ns):
        return None
    inside = power.times_ns[(power.times_ns > ends[0]) & (power.times_ns < ends[1])]
    times = np.concatenate([ends[:1], inside, ends[1:]])
    watts = power.at(times)
    return float(((watts[1:] + watts[:-1]) / 2 * np.diff(times)).sum() / 1e9)


def _ttft(scrapes: Sequence[Scrape]) -> ServerTtft | None:
    """What the histograms of all sources rose by."""
    looks = [
        [each.histograms["ttft"] for each in own]
        for own in _by_source([each for each in scrapes if "ttft" in each.histograms])
    ]
    if any(_began_anew(own) for own in looks):
        return None
    ends = [(own[0], own[-1]) for own in looks if len(own) > 1]
    count = sum(last.total - first.total for first, last in ends)
    if count <= 0:
        return None
    seconds = sum(last.sum - first.sum for first, last in ends)
    return ServerTtft(count, seconds / count * 1e3, _quantiles(ends, count))


def _began_anew(looks: Sequence[Histogram]) -> bool:
    pairs = pairwise(looks)
    return any(later.total < each.total or later.sum < each.sum for each, later in pairs)


def _quantiles(
    ends: Sequence[tuple[Histogram, Histogram]], count: float
) -> dict[str, tuple[float, float | None]]:
    """The bucket of each quantile, in ms; none if the sources have other buckets each."""
    bounds = ends[0][1].bounds
    if not bounds or any(each.bounds != bounds for pair in ends for each in pair):
        return {}
    risen = np.sum([np.subtract(last.counts, first.counts) for first, last in ends], axis=0)
    found: dict[str, tuple[float, float | None]] = {}
    for name, share in QUANTILES.items():
        place = int(np.searchsorted(risen, share * count))
        low = bounds[place - 1] * 1e3 if place else 0.0
        found[name] = (low, bounds[place] * 1e3 if place < len(bounds) else None)
    return found


def _source(scrapes: Sequence[Scrape]) -> ServerSource:
    answered = [each for each in scrapes if not each.failed]
    told = {name for each in answered for name in (*each.values, *each.histograms)}
    return ServerSource(
        source=scrapes[0].source,
        kind=answered[-1].kind if answered else "",
        scrapes=len(scrapes),
        failed=len(scrapes) - len(answered),
        problem=next((each.problem for each in scrapes if each.problem), None),
        half_width_ms=max(each.half_ns for each in answered) / 1e6 if answered else None,
        quantities=[name for name in QUANTITIES if name in told],
    )


def _before(found: Mapping[str, Track]) -> int:
    """Requests that ran or waited when the point had not begun: they are none of ours."""
    return sum(int(found[name].values[0]) for name in ("running", "waiting") if name in found)


def _missing(scrapes: Sequence[Scrape], resets: bool, unframed: bool) -> list[str]:
    """What could not be read, in sentences."""
    said = []
    for own in _by_source(scrapes):
        source = _source(own)
        if source.failed:
            said.append(
                f"{source.source}: {source.failed:,} of {source.scrapes:,} reads failed "
                f"({source.problem})"
            )
        elif source.problem:
            said.append(f"{source.source}: part of it could not be taken ({source.problem})")
    if resets:
        said.append(
            "the service's counters began anew within the point: it was started again, and its "
            "totals are not held against ours"
        )
    elif unframed:
        said.append(
            "the service's totals could not be read both before the first request and after the "
            "last, so they are not held against ours"
        )
    return said


def _unmatched(scrapes: Sequence[Scrape], mapped: Mapping[str, str]) -> list[str]:
    """What the user named and no page had, where there was a page to have it."""
    if all(each.failed for each in scrapes):
        return []
    told = {name for each in scrapes for name in (*each.values, *each.histograms)}
    return [
        f"{name}: no page had {series} (--metrics-map)"
        for name, series in mapped.items()
        if name not in told
    ]
