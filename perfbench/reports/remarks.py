"""What should be known of points beside their figures, as lines for the terminal: how one ended,
what failed and how, where its requests went, what its counts of tokens are worth; and what is as it
should be in all of them.

Knows summaries and words; knows no tables and no width but whether there is much of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from perfbench.endpoints.fields import said
from perfbench.reports import server_side, wording
from perfbench.reports.conversations import sentence, short_note
from perfbench.reports.parts import troubles
from perfbench.types import RequestLedger, Summary, TokenLedger, Verdict

VERDICT_STYLE: dict[Verdict | None, str] = {
    "trusted": "green",
    "strained": "yellow",
    "saturated": "bold red",
    None: "dim",
}


def verdict_of(summary: Summary) -> Text:
    """The verdict on the client, in its colour."""
    verdict = summary.client.verdict
    if verdict is None:
        return Text(wording.UNKNOWN)
    return Text(verdict, style=VERDICT_STYLE[verdict])


def remarks(summary: Summary, wide: bool, verbose: bool) -> list[Text]:
    """The lines of a point.

    Args:
        wide: both sums of the ledger stand on one line.
        verbose: also what is as it should be.
    """
    lines = []
    if state := _state(summary):
        lines.append(Text(state, style="yellow" if summary.interrupted else ""))
    for kind, count in summary.errors.items():
        if count:
            line = Text(f"failed: {kind} {count:,}", style="red")
            if example := wording.one_line(said(summary.error_examples.get(kind, ""))):
                line.append(f": {example}", style="default")
            lines.append(line)
    lines += [Text(trouble, style="yellow") for trouble in troubles(summary)]
    if verbose or not _all_answered(summary.ledger):
        sums = wording.ledger_sums(summary.ledger)
        lines.append(Text(sums.replace("\n", "; ") if wide else sums))
    if summary.steady and summary.steady.growing:
        lines.append(Text(summary.steady.reason, style="yellow"))
    elif verbose:
        lines.append(Text(f"steady state: {wording.steady_sentence(summary)}"))
    if summary.conversations is not None:
        lines.append(Text(sentence(summary.conversations)))
        if note := short_note(summary.conversations):
            lines.append(Text(note, style="yellow"))
    if summary.client.send_lag_ms.get("count") and (verbose or summary.trace_speed is not None):
        lines.append(Text(f"sent after plan: {wording.precision(summary.client.send_lag_ms)}"))
    tokens = summary.tokens
    if verbose or tokens.mismatched or tokens.unknown:
        lines.append(Text(f"output tokens: {wording.token_sentence(tokens)}"))
    if tokens.input_mismatched:
        lines.append(Text(_input_mismatch(tokens), style="yellow"))
    if summary.server is not None and (verbose or not _agrees(summary)):
        told = [server_side.state(summary.server), server_side.agreed(summary.server)]
        if any(told):
            lines.append(Text(f"service: {'; '.join(filter(None, told))}"))
        lines += [Text(text, style="yellow") for text in server_side.findings(summary.server)]
    for machine in summary.client.machines:
        lines.append(Text(f"{machine.host}: {wording.machine(machine)}"))
    if verbose or summary.client.verdict != "trusted":
        lines.append(_client(summary))
    return lines


def in_order(summaries: Sequence[Summary], labels: Sequence[str]) -> list[Text]:
    """What is as it should be, so that :func:`remarks` is silent of it: requests that were all
    answered, counts of the service that are ours, a client that kept up. Each of the points of
    which it is so; of the client where it was latest."""
    lines = []
    if answered := [each.ledger for each in summaries if _all_answered(each.ledger)]:
        count = sum(ledger.ok for ledger in answered if ledger is not None)
        lines.append(Text(f"{count:,} planned = {count:,} sent = {count:,} ok"))
    if agreeing := [each.server for each in summaries if _agrees(each)]:
        told = [server_side.agreed(figures) for figures in agreeing if figures is not None]
        lines.append(Text(f"service: {min(told, key=len)}"))
    trusted = [place for place, each in enumerate(summaries) if each.client.verdict == "trusted"]
    if trusted:
        latest = max(trusted, key=lambda place: _lateness(summaries[place]))
        where = "" if len(trusted) == 1 else f" (latest in {labels[latest]})"
        lines.append(_client(summaries[latest], where))
    return lines


def _client(summary: Summary, where: str = "") -> Text:
    said = f"{where}: {summary.client.reason}"
    return Text("client ").append(verdict_of(summary)).append(said, "default")


def _all_answered(ledger: RequestLedger | None) -> bool:
    """Whether there is nothing to say of where its requests went."""
    if ledger is None or ledger.planned is None:
        return False
    return ledger.planned == ledger.sent == ledger.ok and not ledger.resends and not ledger.late


def _agrees(summary: Summary) -> bool:
    """Whether there is nothing to say of the service's counts."""
    figures = summary.server
    return (
        figures is not None
        and bool(server_side.agreed(figures))
        and not server_side.findings(figures)
    )


def _lateness(summary: Summary) -> float:
    found = (summary.client.send_lag_ms, summary.client.read_delay_ms)
    return max(each.get("p99") or 0.0 for each in found)


def _state(summary: Summary) -> str:
    """What was not as planned, in one line."""
    parts = []
    if summary.interrupted:
        parts.append("interrupted before the plan was done")
    if summary.ended_early:
        parts.append(f"ended early: {summary.ended_early}")
    if summary.set_aside:
        parts.append(f"run again: {summary.set_aside:,} requests of it as it was cut are set aside")
    if summary.warmup:
        parts.append(f"{summary.warmup:,} requests for warm-up")
    if summary.cooldown:
        parts.append(f"{summary.cooldown:,} requests for cool-down")
    if summary.cut_at_end:
        parts.append(f"{_streams(summary.cut_at_end)} cut at the end")
    if summary.drained:
        parts.append(f"{_streams(summary.drained)} let finish after the end")
    return "; ".join(parts)


def _streams(count: int) -> str:
    return "1 stream" if count == 1 else f"{count:,} streams"


def _input_mismatch(tokens: TokenLedger) -> str:
    """That the service reads other numbers of tokens than the tokenizer has counted."""
    differ = tokens.input_mismatched
    text = f"input tokens: the service and the tokenizer differ in {differ:,} requests"
    if tokens.input_ratio is not None:
        text += f"; the service counts {tokens.input_ratio:.2f} times as many (median)"
    return text
