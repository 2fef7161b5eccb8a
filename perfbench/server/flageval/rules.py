"""The rules of FlagEval's answers, as pure functions: which evaluation is the baseline of another,
whose answers may be taken over, what status a data set and a model have, what may be released.

Shares of 1; unknown is ``None``. ``docs/server.md`` says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from perfbench.evaluation.figures.compare import Difference, TaskComparison
from perfbench.server.flageval.asked import EvalInfo
from perfbench.server.flageval.register import Evaluation
from perfbench.server.queue import State

Status = Literal["R", "S", "F", "C", "OOR"]
"""Running (or waiting for it), success, failure, cancelled, out of retries."""

BASELINE = "-nvidia-origin"
"""End of the name of an evaluation that is the baseline of its batch."""
FAILED_AT_MOST = 0.05
"""Share of a data set's requests that may stay without an answer after the last retry."""
_UNFINISHED: tuple[State, ...] = ("queued", "running", "stopping")
_COMPARABLE = ("generation",)
"""Parts of a version that may differ from the baseline's, and be told."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one data set of an evaluation is."""

    data_set: str
    wanted: int
    """Answers wanted."""
    ended: int
    """Of them: asked, whatever came."""
    answered: int
    accuracy: float | None = None
    """Over the scored answers."""
    version: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def status_of_data_set(state: State | None, found: Standing | None) -> Status:
    """The status of one data set.

    Args:
        state: of the job; ``None`` if there is none.
        found: what its run holds of the data set; ``None`` if nothing.
    """
    if state in _UNFINISHED:
        return "R"
    whole = found is not None and found.wanted and found.ended >= found.wanted
    if found is None or not whole:
        return "C" if state == "stopped" else "F"
    if found.ended - found.answered > FAILED_AT_MOST * found.wanted:
        return "OOR"
    if found.accuracy is None:
        return "C" if state == "stopped" else "F"
    return "S"


def status_of_model(state: State | None, data_sets: Sequence[Status]) -> Status:
    """The status of an evaluation by those of its data sets."""
    if state in _UNFINISHED:
        return "R"
    if state == "stopped":
        return "C"
    if state == "done" and set(data_sets) == {"S"}:
        return "S"
    return "OOR" if "OOR" in data_sets and "F" not in data_sets else "F"


def worst(statuses: Iterable[Status]) -> Status:
    """The status of several together: that of whichever is worst off, once nothing runs."""
    order: tuple[Status, ...] = ("R", "F", "OOR", "C", "S")
    return min(statuses, key=order.index)


def is_baseline(evaluation: Evaluation) -> bool:
    """Whether its name says that others are measured by it."""
    return evaluation.name.endswith(BASELINE)


def baseline_of(
    evaluation: Evaluation, known: Sequence[Evaluation], beside: Sequence[str] = ()
) -> Evaluation | None:
    """What an evaluation is measured by: itself if it is a baseline, else the first of

    - the evaluation that ``base_model_name`` names by its ``eval_model``;
    - the baseline of its batch; of several one of the same ``base_model_name``, then one of the
      same ``model``, then the first;
    - the latest earlier baseline whose ``base_model_name``, ``model`` or name (without its end) is
      ``base_model_name``;
    - the latest earlier evaluation whose ``model`` is ``base_model_name``;
    - a baseline of the batches ``beside``.

    Args:
        known: all evaluations, in the order in which they were asked for.
        beside: further batches (by ``request_id``) that are looked at together with its own.
    """
    if is_baseline(evaluation):
        return evaluation
    base = evaluation.info.base_model_name
    others = [e for e in known if e.domain == evaluation.domain and e.name != evaluation.name]
    place = [e.name for e in known].index(evaluation.name)
    earlier = [e for e in reversed(known[:place]) if e.domain == evaluation.domain]
    baselines = [e for e in others if is_baseline(e)]
    own = [e for e in baselines if e.request_id == evaluation.request_id]
    own.sort(key=lambda e: (e.info.base_model_name != base, e.info.model != evaluation.info.model))
    ranked: list[Evaluation] = [e for e in others if e.name == base]
    ranked += own
    if base is not None:
        ranked += [e for e in earlier if is_baseline(e) and base in _names(e)]
        ranked += [e for e in earlier if e.info.model == base]
    ranked += [e for e in baselines if e.request_id in beside]
    return next(iter(ranked), None)


def _names(baseline: Evaluation) -> tuple[str | None, ...]:
    stem = baseline.name.removesuffix(BASELINE)
    return baseline.info.base_model_name, baseline.info.model, stem


def shares_answers(evaluation: Evaluation, other: Evaluation, known: Sequence[Evaluation]) -> bool:
    """Whether two evaluations rest on the same answers, which makes a comparison of them void."""
    return bool(_origins(evaluation, known) & _origins(other, known))


def _origins(evaluation: Evaluation, known: Sequence[Evaluation]) -> set[str]:
    by_name = {each.name: each for each in known}
    found, now = {evaluation.name}, evaluation
    while now.reuses is not None and now.reuses in by_name and now.reuses not in found:
        now = by_name[now.reuses]
        found.add(now.name)
    return found


def sources_of(evaluation: Evaluation, known: Sequence[Evaluation]) -> list[Evaluation]:
    """Evaluations whose answers may count for another, the latest first: of the same model on the
    same chip, asked the same with the same sampling, and not what it is measured by.

    Args:
        known: all evaluations, this one and its batch among them.
    """
    baseline = baseline_of(evaluation, known)
    return [
        each
        for each in reversed(known)
        if each.request_id != evaluation.request_id
        and (each.domain, _sent(each.info)) == (evaluation.domain, _sent(evaluation.info))
        and (baseline is None or not shares_answers(each, baseline, known))
    ]


def _sent(info: EvalInfo) -> tuple[object, ...]:
    return info.model, info.chip, info.gen_kwargs.replace(" ", ""), info.thinking


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a data set stands in the way of a release."""

    release: bool | None
    reason: str
    """One sentence."""


def verdict_on(
    comparison: TaskComparison, tolerance: float, base: Standing, own: Standing
) -> Verdict:
    """Hold a data set against the baseline's answers to the same questions: not worse, or worse
    within the tolerance with an interval that lies above it, both over the answers scored in both
    and with those that have no score as not right.

    Args:
        comparison: the baseline first.
        tolerance: share of 1.
    """
    differing = _differing(base, own)
    if differing - set(_COMPARABLE):
        what = ", ".join(sorted(differing))
        return Verdict(None, f"not asked the same as the baseline: {what} differ")
    if comparison.only_a or comparison.only_b:
        return Verdict(None, "not asked the same questions as the baseline")
    note = "; its sampling is not the baseline's" if differing else ""
    found = [_within(each, tolerance) for each in (comparison.scored, comparison.over_all)]
    lacking = next((each for each in found if each.release is None), None)
    verdict = lacking or next((each for each in found if not each.release), found[0])
    return Verdict(verdict.release, verdict.reason + note)


def _within(found: Difference, tolerance: float) -> Verdict:
    if found.difference is None:
        return Verdict(None, "no question is scored in both")
    points = f"{found.difference * 100:+.2f} points over {found.samples} questions"
    if found.low is not None and found.high is not None:
        points += f", 95 % interval {found.low * 100:+.2f} to {found.high * 100:+.2f}"
    if found.difference >= 0:
        return Verdict(True, f"not worse than the baseline: {points}")
    limit = f"tolerance of {tolerance * 100:g}"
    if found.difference < -tolerance:
        return Verdict(False, f"worse by more than the {limit}: {points}")
    if found.low is None or found.low < -tolerance:
        return Verdict(False, f"it may be worse by more than the {limit}: {points}")
    return Verdict(True, f"within the {limit}: {points}")


def _differing(base: Standing, own: Standing) -> set[str]:
    """Parts of what decides a score that are not the same."""
    if base.version == own.version:
        return set()
    return {name for name, _ in set(base.parts) ^ set(own.parts)} or {"version"}


def release_of(status: Status, verdicts: Sequence[Verdict | None]) -> bool | None:
    """Whether a model may be released: every data set says so.

    Args:
        status: of the evaluation.
        verdicts: of its data sets; ``None`` where the baseline has not come to an end, or there is
            none.
    """
    if status == "R":
        return None
    if status != "S" or any(each is not None and each.release is False for each in verdicts):
        return False
    if not verdicts or any(each is None or each.release is None for each in verdicts):
        return None
    return True
