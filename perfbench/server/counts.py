"""What the server counts of itself, and its page for Prometheus.

Labels have few values whatever clients send: a route is one of the table, a method one that is
known. Runs in the event loop. Seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS_S = (0.005, 0.02, 0.05, 0.2, 1.0, 5.0, 30.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


@dataclass(slots=True)
class _Durations:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS_S) + 1))
    sum_s: float = 0.0


class Counts:
    """Requests since the server began."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[str, _Durations] = {}
        self.refused: Counter[str] = Counter()
        """By the code of the refusal."""

    def answered(self, route: str, method: str, status: int, took_s: float | None) -> None:
        """A request was answered.

        Args:
            route: the path as the table of routes has it.
            took_s: ``None`` if it stays open for as long as its reader wants.
        """
        method = method if method in _METHODS else "other"
        self._requests[route, method, status] += 1
        if took_s is not None:
            durations = self._durations.setdefault(route, _Durations())
            durations.buckets[bisect_left(_BOUNDS_S, took_s)] += 1
            durations.sum_s += took_s

    def lines(self) -> Iterable[str]:
        """The counters, as Prometheus reads them."""
        labelled = {
            f'route="{_text(route)}",method="{method}",status="{status}"': count
            for (route, method, status), count in sorted(self._requests.items())
        }
        yield from family("requests_total", "counter", "Requests answered.", labelled)
        refused = {f'reason="{_text(code)}"': count for code, count in sorted(self.refused.items())}
        yield from family("refused_total", "counter", "Requests refused.", refused)
        name = "request_seconds"
        yield from family(name, "histogram", "Time to an answer; of streams, not counted.", {})
        for route, durations in sorted(self._durations.items()):
            label, below = f'route="{_text(route)}"', 0
            for bound, count in zip((*_BOUNDS_S, "+Inf"), durations.buckets, strict=True):
                below += count
                yield f'perfbench_server_{name}_bucket{{{label},le="{bound}"}} {below}'
            yield f"perfbench_server_{name}_sum{{{label}}} {durations.sum_s:.6f}"
            yield f"perfbench_server_{name}_count{{{label}}} {below}"


def family(name: str, kind: str, text: str, values: Mapping[str, float]) -> Iterable[str]:
    """One metric with its help.

    Args:
        values: by labels, written as they stand between the braces; none if empty.
    """
    yield f"# HELP perfbench_server_{name} {text}"
    yield f"# TYPE perfbench_server_{name} {kind}"
    for labels, value in values.items():
        yield f"perfbench_server_{name}{{{labels}}} {value:g}".replace("{}", "")


def _text(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
