"""How far evaluations are, in the three texts of FlagEval's answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfbench.server.feed import Seen
from perfbench.server.flageval.rules import Standing


@dataclass(frozen=True, slots=True)
class Steps:
    """How far the data sets of one evaluation are."""

    data_sets: int
    over: int
    """Of them: asked to the end."""
    running: str | None
    """The one that is being asked."""
    done: int
    """Answers to that one, or to all where none is being asked."""
    wanted: int
    """0 as long as that is not known."""


def stored_steps(data_sets: int, found: Mapping[str, Standing]) -> Steps:
    """Of an evaluation that does not run, by what its run holds."""
    whole = sum(each.wanted > 0 and each.ended >= each.wanted for each in found.values())
    done = sum(each.ended for each in found.values())
    return Steps(data_sets, whole, None, done, sum(each.wanted for each in found.values()))


def seen_steps(data_sets: int, seen: Seen) -> Steps:
    """Of one that runs, by what it has told."""
    counts = {name: _counts(name, seen) for name in seen.asking}
    ended = [name for name in counts if name in seen.ended and counts[name][0] >= counts[name][1]]
    running = next((name for name in seen.begun if name not in ended), None)
    if running is None:
        done, wanted = (sum(each[place] for each in counts.values()) for place in (0, 1))
        return Steps(data_sets, len(ended), None, done, wanted)
    subtasks = [] if seen.started is None else seen.started["subtasks"]
    name = next((each["dataset"] for each in subtasks if each["name"] == running), running)
    return Steps(data_sets, len(ended), str(name), *counts[running])


def _counts(name: str, seen: Seen) -> tuple[int, int]:
    """Answers to a subtask that are there, stored ones among them, and that are wanted."""
    reused, missing = int(seen.asking[name]["reused"]), int(seen.asking[name]["missing"])
    now = seen.progress.get(name)
    return reused + (int(now["done"]) if now and missing else 0), reused + missing


def texts(steps: Sequence[Steps]) -> dict[str, str]:
    """The three texts, of evaluations together."""
    running = [each for each in steps if each.running is not None]
    counted = running or steps
    done, wanted = sum(each.done for each in counted), sum(each.wanted for each in counted)
    share = min(100.0, 100 * done / wanted) if wanted else 0.0
    return {
        "datasets_progress": f"{sum(e.over for e in steps)}/{sum(e.data_sets for e in steps)}",
        "running_dataset": ", ".join(dict.fromkeys(e.running for e in running if e.running)),
        "running_progress": f"{round(share, 1):g}%",
    }
