"""A load test as a Python program or a notebook gets it: its folder, its figures, tables of them.

Reads the store only for :meth:`PerfResult.requests`. Units are in the names of columns; unknown is
``None`` (NaN in pandas).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import msgspec
from markupsafe import escape

from perfbench.errors import ConfigError
from perfbench.reports import wording
from perfbench.reports.export import export
from perfbench.store import open_run
from perfbench.types import SearchPath, Summary

if TYPE_CHECKING:
    import pandas

_FIGURES = (
    ("req/s", "request_throughput_rps"),
    ("output tok/s", "output_throughput_tok_s"),
    ("total tok/s", "total_throughput_tok_s"),
)
_LATENCIES = (("TTFT", "ttft_ms"), ("TPOT", "tpot_ms"), ("E2E", "e2e_ms"))
_PERCENTILES = ("p50", "p99")


@dataclass(frozen=True, slots=True, repr=False)
class PerfResult(Sequence[Summary]):
    """What a load test found: the sequence of its points' summaries, and where the rest is."""

    path: Path
    """The results folder: store, ``summary.json``, ``report.html``, plots."""
    summaries: tuple[Summary, ...]
    """One for each point, in the order of the sweep."""
    interrupted: bool = False
    """Ended by Ctrl-C before its plan was done."""
    failed_gates: tuple[str, ...] = ()
    """Which points did not pass which ``abort_if`` or ``fail_if``, a line each."""
    search: SearchPath | None = None
    """What a search found, trial by trial; ``None`` without one."""

    @property
    def met(self) -> bool | None:
        """Whether every objective of every point was met; ``None`` where there are none, or where
        that of one cannot be said and none was missed. Of a search: whether it has an answer.
        """
        if self.search is not None:
            return self.search.answer is not None
        found = {each.attained for s in self.summaries for each in s.objectives or ()}
        if "missed" in found:
            return False
        return None if "unknown" in found or not found else True

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each point: its load, counts, throughputs, token counts, verdict, and each
        statistic of each metric as ``ttft_ms_p99``.

        Raises:
            ConfigError: pandas is not installed.
        """
        return _pandas().DataFrame([_row(summary) for summary in self.summaries])

    def requests(self) -> pandas.DataFrame:
        """A row for each request, warm-up included: the columns of ``perfbench export``, but for
        texts and single events.

        Raises:
            ConfigError: pandas is not installed.
            StoreError: the store cannot be read.
        """
        table = io.StringIO()
        with open_run(self.path) as run:
            export(run, "csv", table, raw=True)
        table.seek(0)
        found: pandas.DataFrame = (
            _pandas().read_csv(table) if table.getvalue() else _pandas().DataFrame()
        )
        return found

    def __len__(self) -> int:
        return len(self.summaries)

    @overload
    def __getitem__(self, index: int) -> Summary: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Summary, ...]: ...
    def __getitem__(self, index: int | slice) -> Summary | tuple[Summary, ...]:
        return self.summaries[index]

    def __iter__(self) -> Iterator[Summary]:
        return iter(self.summaries)

    def __repr__(self) -> str:
        ok = sum(summary.completed for summary in self.summaries)
        failed = sum(summary.failed for summary in self.summaries)
        points = "1 point" if len(self) == 1 else f"{len(self)} points"
        return f"PerfResult({str(self.path)!r}: {points}, {ok:,} ok, {failed:,} failed)"

    def _repr_html_(self) -> str:
        """The overview, as notebooks show it."""
        labels = wording.load_labels(self.summaries)
        heads = ["load", "ok", "failed", *(title for title, _ in _FIGURES)]
        heads += [f"{title} {name} (ms)" for title, _ in _LATENCIES for name in _PERCENTILES]
        rows = [_cells(summary) for summary in self.summaries]
        return (
            f"<table><caption>{escape(self.path)}</caption><thead><tr>"
            + "".join(f"<th>{escape(head)}</th>" for head in [*heads, "client"])
            + "</tr></thead><tbody>"
            + "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in [label, *row]) + "</tr>"
                for label, row in zip(labels, rows, strict=True)
            )
            + "</tbody></table>"
        )


def _cells(summary: Summary) -> list[str]:
    cells = [wording.number(summary.completed), wording.number(summary.failed)]
    cells += [wording.number(getattr(summary, name)) for _, name in _FIGURES]
    for _, metric in _LATENCIES:
        unsupported = summary.unsupported.get(metric, [])
        figures = summary.metrics.get(metric, {})
        cells += [wording.percentile(figures, name, unsupported) for name in _PERCENTILES]
    return [*cells, summary.client.verdict or wording.UNKNOWN]


_NESTED = (
    "metrics",
    "client",
    "ledger",
    "tokens",
    "errors",
    "steady_state",
    "goodput",
    "objectives",
)
_UNTABLED = ("error_examples", "unsupported")


def _row(summary: Summary) -> dict[str, Any]:
    """One point as flat columns; those of a nested part are named by it."""
    plain: dict[str, Any] = msgspec.to_builtins(summary)
    row = {
        name: value
        for name, value in plain.items()
        if name not in _NESTED and name not in _UNTABLED
    }
    row |= {"verdict": plain["client"]["verdict"], "verdict_reason": plain["client"]["reason"]}
    row |= {f"errors_{name}": count for name, count in plain["errors"].items()}
    row |= {f"tokens_{name}": value for name, value in plain["tokens"].items()}
    row |= {f"steady_{name}": value for name, value in plain["steady_state"].items()}
    if plain["goodput"] is not None:
        del plain["goodput"]["limits_ms"]
        row |= {f"goodput_{name}": value for name, value in plain["goodput"].items()}
    row |= {each["expression"]: each["attained"] for each in plain["objectives"] or ()}
    if plain["ledger"] is not None:
        row |= {f"ledger_{name}": plain["ledger"][name] for name in ("planned", "sent", "lost")}
    return row | {
        f"{metric}_{name}": value
        for metric, figures in plain["metrics"].items()
        for name, value in figures.items()
    }


def _pandas() -> Any:
    try:
        import pandas
    except ModuleNotFoundError:
        raise ConfigError("a data frame needs the package pandas: pip install pandas") from None
    return pandas
