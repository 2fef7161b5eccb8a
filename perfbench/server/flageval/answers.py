"""The bodies of FlagEval's answers. Plain data; shares of 1; unknown is null."""

from __future__ import annotations

import msgspec

from perfbench.server.flageval.register import Batch
from perfbench.server.flageval.rules import Status


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it was done."""

    err_code: int = 0
    err_msg: str = "success"
    err_message: str = "success"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation that was begun."""

    eval_model: str
    task_id: str
    """Its job."""
    model: str
    chip: str
    datasets: tuple[str, ...]
    status: Status
    baseline: str | None
    """What it is measured by, as far as that is known now."""
    reuses: str | None
    """The evaluation whose answers count where the same would be asked."""


class Begun(Said, frozen=True, kw_only=True):
    """A batch that was begun."""

    request_id: str
    eval_tasks: list[Task]


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a data set. Shares of 1; unknown is null."""

    dataset: str
    status: Status
    accuracy: float | None
    base_acc: float | None
    diff: float | None
    interval: tuple[float, float] | None = None
    """95 % interval of the difference over the questions scored in both."""
    tolerance: float
    reason: str
    """Why it does or does not stand in the way of a release."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a model."""

    status: Status
    details: list[Detail]
    release: bool | None
    model: str
    tokenizer: str
    chip: str
    baseline: str | None
    reuses: str | None
    run: str | None
    """Its results folder."""
    error: str | None
    notes: list[str]


class Results(Said, frozen=True, kw_only=True):
    """What came of a batch, by ``eval_model``."""

    eval_results: dict[str, list[Result]]
    batch: Batch


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """How far an evaluation is."""

    eval_model: str
    status: Status
    datasets_progress: str
    running_dataset: str
    running_progress: str


class Progress(Said, frozen=True, kw_only=True):
    """How far a batch is."""

    finished: bool
    status: Status
    datasets_progress: str
    running_dataset: str
    running_progress: str
    eval_tasks: list[Lead]


class EvalDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A model against its baseline."""

    request_id: str
    eval_model: str
    baseline: str | None
    details: list[Detail]
    release: bool | None


class Diffs(Said, frozen=True, kw_only=True):
    """Models against their baselines."""

    eval_diffs: list[EvalDiff]
