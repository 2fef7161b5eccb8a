"""What a reader of a load test's report sees first: what failed, what was sent, what came of it.

Turns summaries and settings into text for the template; knows no page. Latencies are ms, rates
per second; unknown is an en dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfbench.endpoints.fields import said
from perfbench.metrics.definitions import METRICS
from perfbench.reports import wording
from perfbench.reports.charts import Sweep, best_place, throughputs, waits
from perfbench.reports.frame import About, plain
from perfbench.types import Summary

_SAMPLING = (
    *("temperature", "top_p", "top_k", "frequency_penalty", "repetition_penalty", "stop"),
    *("n", "ignore_eos", "extra_args"),
)
_SAID = {
    *("url", "unix_socket", "model", "api", "stream", "api_key", "name", "outputs_dir", "report"),
    *("dataset", "dataset_path", "prompt", "tokenizer_path", "prefix_length"),
    *("min_prompt_length", "max_prompt_length", "max_tokens", "min_tokens"),
    *("parallel", "rate", "arrival", "burstiness", "number", "duration", "warmup", "grace", "seed"),
    *("stages", "stages_of", "ramp", "ramp_from", "ramp_law", "cooldown"),
    *_SAMPLING,
}
"""Settings that the lines of :func:`sent` name, or that say nothing of what was sent."""
_WORDS = 300
"""Characters of a server's words in the banner; all of them stand with the point."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure to decide by. All is text."""

    name: str
    figure: str
    unit: str
    note: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A way in which requests failed, over all points."""

    kind: str
    count: int
    where: str
    words: str
    """The server's own, of one such request."""


def failures(summaries: Sequence[Summary], labels: Sequence[str]) -> list[Failure]:
    """How requests failed, the most frequent way first."""
    kinds = dict.fromkeys(kind for s in summaries for kind in s.errors if kind != "cancelled")
    found = []
    for kind in kinds:
        hit = [(s, label) for s, label in zip(summaries, labels, strict=True) if s.errors[kind]]
        if hit:
            words = next((s.error_examples[kind] for s, _ in hit if s.error_examples.get(kind)), "")
            where = "every point" if len(hit) == len(summaries) else ", ".join(n for _, n in hit)
            count = sum(s.errors[kind] for s, _ in hit)
            found.append(Failure(kind, count, where, wording.one_line(said(words), _WORDS)))
    return sorted(found, key=lambda failure: -failure.count)


def tiles(summaries: Sequence[Summary], sweep: Sweep) -> list[Tile]:
    """The figures that help decide; only failures where nothing succeeded."""
    shown = []
    if sweep.summaries:
        best = best_place(sweep)
        shown += [_throughput(sweep, best)]
        if len(summaries) > 1:
            shown += [_knee(sweep)]
        shown += _at(sweep, best)
    shown.append(_errors(summaries))
    shares = [s.tokens.cached_share for s in sweep.summaries]
    known = [(value, i) for i, value in enumerate(shares) if value is not None]
    most, place = max(known, default=(0.0, 0))
    if most > 0:
        note = "of the input" + (f", at {sweep.labels[place]}" if len(summaries) > 1 else "")
        shown.append(Tile("Most input cached", wording.share(most), "", note))
    return shown


def _throughput(sweep: Sweep, best: int) -> Tile:
    unit, done = throughputs(sweep.summaries)
    note = f"at {sweep.labels[best]}"
    if unit != "requests/s":
        rate = wording.number(sweep.summaries[best].request_throughput_rps)
        note += f", {rate} requests/s"
    name = "Best throughput" if len(sweep.summaries) > 1 else "Throughput"
    return Tile(name, wording.number(done[best]), unit, note)


def _knee(sweep: Sweep) -> Tile:
    knee = sweep.knee
    notes = {
        "inside": "above it throughput grows less than 5% a doubling",
        "at the lowest load": "or below it: throughput hardly grows above the lowest load",
        "beyond the highest load": "not reached: throughput still grows at the highest load",
        "too few loads": "not known: takes three different loads, each with requests enough for it",
    }
    label = wording.UNKNOWN if knee.place is None else sweep.labels[knee.place]
    return Tile("Knee", label, "", notes[knee.where])


def _at(sweep: Sweep, best: int) -> list[Tile]:
    """The p99 of the wait and of TPOT at the knee, else at the best throughput."""
    place, what = (sweep.knee.place, "at the knee")
    if place is None:
        place, what = best, "at best throughput" if len(sweep.summaries) > 1 else ""
    summary = sweep.summaries[place]
    shown = []
    for name in dict.fromkeys((waits([summary]), "tpot_ms")):
        figures = summary.metrics.get(name or "", {})
        if name and figures.get("count"):
            metric = METRICS[name]
            value = wording.percentile(figures, "p99", summary.unsupported.get(name, []))
            note = f"p50 {wording.number(figures.get('p50'))} {metric.unit}"
            if len(sweep.summaries) > 1:
                note = f"{sweep.labels[place]}; {note}"
            shown.append(Tile(f"{metric.title} p99 {what}".strip(), value, metric.unit, note))
    return shown


def _errors(summaries: Sequence[Summary]) -> Tile:
    count = sum(map(wording.failed, summaries))
    ended = count + sum(s.completed for s in summaries)
    cut = sum(s.failed for s in summaries) - count
    note = f"{count:,} of {ended:,} requests" + (f"; {cut:,} more cut by perfbench" if cut else "")
    rate = wording.share(wording.error_rate(summaries))
    return Tile("Error rate", rate, "", note, bad=bool(count))


def sent(about: About, summaries: Sequence[Summary]) -> list[tuple[str, str]]:
    """What was sent, where and how much of it: name and text of each line."""
    config, given = about.config, about.given or {}
    # Of a run that kept no word of what was given, what is neither unset nor off.
    unkept = {name: value for name, value in config.items() if value is not False}
    sampling = unkept if about.given is None else about.given
    lines = [
        ("data", _data(config)),
        ("input", _lengths(summaries, "input_tokens", _asked_input(config))),
        ("output", _lengths(summaries, "output_tokens", _asked_output(config))),
        ("endpoint", _endpoint(about)),
        ("sampling", _named(sampling, _SAMPLING) or "left to the service"),
        ("load", _load(summaries)),
        ("amount", _amount(config, summaries)),
        ("seed", plain(config.get("seed"))),
        ("probe", _probe(about.probe)),
        ("continued", "; ".join(about.resumed)),
        ("also given", _named(given, [name for name in given if name not in _SAID])),
    ]
    return [(name, text) for name, text in lines if text and text != wording.UNKNOWN]


def _data(config: Mapping[str, Any]) -> str:
    if config.get("prompt"):
        return f"always the same prompt: {wording.one_line(str(config['prompt']), 200)}"
    parts = [plain(config.get("dataset"))]
    if config.get("dataset_path"):
        parts.append(plain(config["dataset_path"]))
    if config.get("prefix_length"):
        parts.append(f"shared prefix of {config['prefix_length']:,} tokens")
    if config.get("tokenizer_path"):
        parts.append(f"tokenizer {plain(config['tokenizer_path'])}")
    return " · ".join(parts)


def _lengths(summaries: Sequence[Summary], metric: str, asked: str) -> str:
    """Mean and range over all requests that succeeded, and what was asked for."""
    found = [f for s in summaries if (f := s.metrics.get(metric, {})).get("count")]
    told = asked
    if found:
        count = sum(f["count"] or 0 for f in found)
        mean = sum((f["mean"] or 0) * (f["count"] or 0) for f in found) / count
        least, most = min(f["min"] or 0 for f in found), max(f["max"] or 0 for f in found)
        told = f"{mean:,.0f} tokens a request, {least:,.0f} to {most:,.0f}"
        if least == most:
            told = f"{most:,.0f} tokens every request"
    return f"{told} (asked for: {asked})" if asked and found else told


def _asked_input(config: Mapping[str, Any]) -> str:
    least, most = config.get("min_prompt_length"), config.get("max_prompt_length")
    if least is None and most is None:
        return ""
    return f"{wording.number(least)} to {wording.number(most)}"


def _asked_output(config: Mapping[str, Any]) -> str:
    limits = config.get("max_tokens")
    parts = []
    if limits is not None:
        limits = limits if isinstance(limits, list) else [limits]
        parts.append("at most " + " to ".join(f"{limit:,}" for limit in limits))
    if config.get("min_tokens") is not None:
        parts.append(f"at least {config['min_tokens']:,}")
    return ", ".join(parts)


def _endpoint(about: About) -> str:
    how = "streamed" if about.config.get("stream", True) else "not streamed"
    api, service = about.config.get("api"), about.facts.get("service", wording.UNKNOWN)
    return f"{f'{plain(api)} at ' if api else ''}{service}, {how}"


def _load(summaries: Sequence[Summary]) -> str:
    arrivals = {s.arrival for s in summaries if s.arrival}
    kind = f"open loop, {'/'.join(sorted(arrivals))} arrivals" if arrivals else "closed loop"
    return f"{kind}, {wording.load_span(summaries)}" if summaries else wording.UNKNOWN


def _amount(config: Mapping[str, Any], summaries: Sequence[Summary]) -> str:
    numbers = [f"{s.number:,}" for s in summaries if s.number is not None]
    limits = []
    if len(set(numbers)) > 1:
        limits.append(f"{', '.join(numbers)} requests (load by load)")
    elif numbers:
        limits.append(f"{numbers[0]} requests")
    if (talks := config.get("conversations")) is not None:
        counts = talks if isinstance(talks, list) else [talks]
        limits.append(f"{', '.join(f'{count:,}' for count in counts)} conversations")
    if config.get("duration") is not None:
        limits.append(wording.span(config["duration"]))
    if not limits:
        return ""
    each = " at each load" if len(summaries) > 1 and len(set(numbers)) < 2 else ""
    first = ", whichever came first" if len(limits) > 1 else ""
    warmups = dict.fromkeys(f"{s.warmup:,}" for s in summaries if s.warmup)
    warm = f", after {', '.join(warmups)} for warm-up" if warmups else ""
    cooldowns = dict.fromkeys(f"{s.cooldown:,}" for s in summaries if s.cooldown)
    cool = f", with {', '.join(cooldowns)} more for cool-down" if cooldowns else ""
    return " or ".join(limits) + each + first + warm + cool


def _probe(probe: Mapping[str, Any] | None) -> str:
    if not probe:
        return ""
    parts = [plain(probe.get("outcome"))]
    for key in ("ttft_ms", "e2e_ms"):
        if probe.get(key) is not None:
            parts.append(f"{METRICS[key].title} {wording.number(probe[key])} ms")
    return "one request before the load: " + ", ".join(parts)


def _named(values: Mapping[str, Any], names: Sequence[str]) -> str:
    said = ((name.replace("_", " "), values.get(name)) for name in names)
    return ", ".join(
        f"{name} {plain(value)}" for name, value in said if value is not None and value != {}
    )
