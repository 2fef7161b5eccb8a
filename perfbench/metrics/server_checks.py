"""The service's totals over a point held against ours: requests, tokens, TTFT.

What the service counts cannot be told by phase, so ours are those of the whole point, warm-up and
cool-down with it. A difference that is beyond what reading twice can explain is a finding. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import ttft as time_to_first_token
from perfbench.types import PointFacts, ServerCheck, ServerTtft

if TYPE_CHECKING:
    from perfbench.metrics.server import Track

_EARLIER = (0.5, 0.01)
"""By how much (ms, share of ours) the service's mean TTFT may be above ours: its clock and its
moments are its own."""
_OUTSIDE = (5.0, 0.1)
"""From how much on (ms, share of ours) the time outside of the service's own TTFT is a finding."""


class Ours(msgspec.Struct, frozen=True):
    """What we know of a point. Times are ns after ``origin_ns``."""

    origin_ns: int
    window_ns: tuple[float, float]
    """First send to last end of the measured phase."""
    span_ns: tuple[float, float]
    """The same of the whole point."""
    ok: int
    """Requests of the whole point, as what follows but for the last."""
    sent: int | None
    """With those that were sent again; ``None`` if the driver did not say."""
    more_sent: bool
    """A machine was lost: what it sent after its last word is not in ``sent``."""
    choices: int
    """Answers that a request asks for at most: some services count each."""
    input_tokens: int | None
    """Of the ``ok`` requests by the service's own ``usage``; ``None`` unless all have it."""
    output_tokens: int | None
    ttft_ms: float | None
    """Mean."""
    ttft_count: int
    measured_output_tokens: int | None


def ours_of(
    phases: Sequence[Columns], measured: Columns, facts: PointFacts | None, choices: int
) -> Ours | None:
    """What we know of a point; ``None`` if nothing of it was sent.

    Args:
        phases: the requests of every phase, the ``measured`` ones among them.
    """
    spans = [span for each in phases if (span := _span(each)) is not None]
    window = _span(measured)
    if window is None:
        return None
    done = [each.select(each.ok) for each in phases]
    first = np.concatenate([time_to_first_token(each) for each in done])
    first = first[~np.isnan(first)]
    counts = facts.counts.values() if facts else ()
    workers = facts.workers if facts else ()
    resends = sum(int(each.resends.sum()) for each in phases)
    return Ours(
        origin_ns=measured.origin_ns,
        window_ns=window,
        span_ns=(min(start for start, _ in spans), max(end for _, end in spans)),
        ok=sum(map(len, done)),
        sent=sum(each.sent for each in counts) + resends if counts else None,
        more_sent=any(worker.sent_unknown for worker in workers),
        choices=choices,
        input_tokens=_total([each.usage_input_tokens for each in done]),
        output_tokens=_total([each.usage_output_tokens for each in done]),
        ttft_ms=float(first.mean()) / 1e6 if first.size else None,
        ttft_count=first.size,
        measured_output_tokens=_total([measured.select(measured.ok).usage_output_tokens]),
    )


def _span(columns: Columns) -> tuple[float, float] | None:
    if np.isnan(columns.sent_ns).all() or np.isnan(columns.end_ns).all():
        return None
    return float(np.nanmin(columns.sent_ns)), float(np.nanmax(columns.end_ns))


def _total(tokens: Sequence[Floats]) -> int | None:
    total = np.concatenate(tokens).sum()
    return None if np.isnan(total) else int(total)


TOTALS = ("requests", "prompt_tokens", "output_tokens")
"""The counters that are held against ours."""


def checks(
    totals: Mapping[str, Track], ttft: ServerTtft | None, before: int, ours: Ours
) -> list[ServerCheck]:
    """Every total that both know.

    Args:
        totals: counters by name, of those that were read before the first request and after the
            last.
        before: requests of others that ran when the point had not begun.
    """
    made = [_requests(totals, before, ours)]
    made += [_tokens(totals, name, before, ours) for name in ("prompt_tokens", "output_tokens")]
    made.append(None if ttft is None else _ttft(ttft, ours))
    return [check for check in made if check is not None]


def _requests(found: Mapping[str, Track], before: int, ours: Ours) -> ServerCheck | None:
    if "requests" not in found or ours.sent is None:
        return None
    counted = float(found["requests"].values[-1])
    known = ours.sent * ours.choices + before
    high = None if ours.more_sent else known
    agrees: bool | None = ours.ok <= counted and (high is None or counted <= high)
    were = f"the service counted {_count(counted)} requests, we sent {ours.sent:,}"
    if counted < ours.ok:
        said = (
            f"{were} and {ours.ok:,} were answered: its page is not of the whole service (one of "
            "several processes or replicas), or not of this one"
        )
    elif high is not None and counted > high:
        said = f"{were}: somebody else uses it"
    elif counted > known:
        said = f"{were}, and what a lost machine sent after its last word is not known"
        agrees = None
    elif before and counted > ours.sent:
        said = f"{were}; {before:,} ran already when the point began"
    elif ours.ok == ours.sent == counted:
        said = f"{_count(counted)} requests, as we sent"
    else:
        said = f"{were}, of which {ours.ok:,} were answered"
    return ServerCheck("requests", counted, ours.ok, high, agrees, said)


def _tokens(found: Mapping[str, Track], name: str, before: int, ours: Ours) -> ServerCheck | None:
    known = ours.input_tokens if name == "prompt_tokens" else ours.output_tokens
    if name not in found or known is None:
        return None
    counted = float(found[name].values[-1])
    what = "prompt" if name == "prompt_tokens" else "output"
    whole = ours.ok == ours.sent and not before and not ours.more_sent
    agrees = counted == known if whole else counted >= known
    if counted == known:
        said = f"{_count(counted)} {what} tokens, as its answers said"
    else:
        said = f"the service counted {_count(counted)} {what} tokens, its answers said {known:,}"
        if agrees:
            said += "; not every request was answered"
    return ServerCheck(
        "prompt_tokens" if name == "prompt_tokens" else "output_tokens",
        counted,
        known,
        known if whole else None,
        agrees,
        said,
    )


def _ttft(theirs: ServerTtft, ours: Ours) -> ServerCheck | None:
    mine = ours.ttft_ms
    if mine is None:
        return None
    low, high = max(0.0, mine - _margin(_OUTSIDE, mine)), mine + _margin(_EARLIER, mine)
    means = f"mean TTFT {theirs.mean_ms:.1f} ms by the service, {mine:.1f} ms by us"
    agrees: bool | None = low <= theirs.mean_ms <= high
    if theirs.count != ours.ttft_count:
        agrees = None
        means += f"; it has counted {_count(theirs.count)} first tokens, we {ours.ttft_count:,}"
    elif theirs.mean_ms > high:
        means += ": it does not begin where we send, or does not count our requests"
    elif theirs.mean_ms < low:
        means += f": {mine - theirs.mean_ms:.1f} ms pass on the way to its engine and back"
    return ServerCheck("ttft", theirs.mean_ms, low, high, agrees, means)


def _margin(limits: tuple[float, float], mine: float) -> float:
    return max(limits[0], limits[1] * mine)


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
