"""Judges against the labels of people: what is asked of them, and how their verdicts compare.

A row of the file is a question with an answer, or with two, and a person's label in the words of
the judge's prompt. The label is the right answer of a question to the judge; so all that holds of
evaluations (asking, reuse, scores, reports) holds here.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from perfbench import registry
from perfbench.config import given_settings, public, scrubber
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import WorkloadError
from perfbench.evaluation import reuse, revision, telling
from perfbench.evaluation.asking import Asking, open_judges, open_models, tell_simulator
from perfbench.evaluation.data import one_file
from perfbench.evaluation.figures.calibration import Calibration, Compared, calibrated
from perfbench.evaluation.grading import SubtaskScores
from perfbench.evaluation.judging import rubrics
from perfbench.evaluation.judging.rubrics import Rubric, Texts
from perfbench.evaluation.judging.stage import as_question, ask_judges
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.plan import version
from perfbench.evaluation.plan.models import Model, judges
from perfbench.evaluation.plan.questions import Questions, without_secrets
from perfbench.evaluation.scoring import score_all
from perfbench.store import LATEST, Run, find, open_run
from perfbench.types import Observer, RunStarted, ScoredAnswer, Subtask, together

_FIRST = {"a": 1.0, "left": 1.0, "model_a": 1.0, "first": 1.0, "answer_a": 1.0}
_SECOND = {"b": 0.0, "right": 0.0, "model_b": 0.0, "second": 0.0, "answer_b": 0.0}
_TIES = {"tie": 0.5, "both": 0.5, "draw": 0.5, "tie (bothbad)": 0.5, "c": 0.5}
_WINNERS = {**_FIRST, **_SECOND, **_TIES}
"""How files of comparisons say who won, beside the labels of the prompt: the first is worth 1."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question, what was answered, and what a person said of it."""

    id: str
    texts: Texts
    human: float
    """What the person's label is worth, 0 to 1."""
    question: str
    """By which rows on the same question are known."""
    asked: str
    """By which rows are known that differ in the label alone: they are asked once."""


@dataclass(slots=True)
class Check:
    """What came of it. ``run`` is open: the caller closes it."""

    result: EvalRun
    rubric: Rubric
    calibrations: dict[str, Calibration]
    """By judge."""

    @property
    def run(self) -> Run:
        return self.result.run

    @property
    def interrupted(self) -> bool:
        return self.result.interrupted


def check(config: EvalConfig, labels: Path, observer: Observer) -> Check:
    """Have the rows of a file judged and hold the verdicts against their labels.

    Raises:
        PerfbenchError: settings, file, service or store are at fault.
    """
    rubric, rows = read(config, labels)
    run: Run | None = None
    with ExitStack() as cleanup:
        try:
            own = [name for name, given in judges(config).items() if given is None]
            served = open_models(config, cleanup) if own else []
            schema = rubric.contract.schema() if config.judge_structured else None
            known = open_judges(config, served, schema, cleanup)
            planned = [
                _questions(config, each.model, name, rubric, rows, labels)
                for name, each in known.items()
            ]
            run = _run(config, planned, labels)
            result = EvalRun(run, [each.subtask for each in planned])
            tell = together([run.hear, observer])
            tell(
                RunStarted(
                    kind="evaluation",
                    path=str(run.path),
                    simulated=any(each.simulated for each in result.subtasks),
                    config=public(config),
                    subtasks=tuple(map(telling.facts, result.subtasks)),
                )
            )
            tell_simulator(list(known.values()), planned)
            asking = Asking(run, (), lambda _, progress: tell(progress), config.retries, known)
            with asking:
                ask_judges(planned, config, asking, result, tell)
            score_all("all", result, tell)
            found = {
                str(each.subtask.judge): _calibration(each, rubric, rows) for each in result.scores
            }
        except BaseException:
            if run is not None:
                run.close()
            raise
    return Check(result, rubric, found)


def read(config: EvalConfig, labels: Path) -> tuple[Rubric, list[Row]]:
    """The prompt, which is by the columns of the file if none is named, and the rows.

    Raises:
        WorkloadError: the file is not there or malformed, or has labels that the prompt does not
            know; names its line.
        ConfigError: the prompt is not there or malformed.
    """
    placed = list(one_file(labels).folder.placed("test", "default"))
    if not placed:
        raise WorkloadError(f"{labels} has no rows")
    columns = placed[0][1]
    name = config.judge_prompt
    if "judge_prompt" not in config.model_fields_set:
        single = rubrics.DEFAULT if columns.get("reference") else "mt_bench_single"
        name = "mt_bench_pair" if "answer_a" in columns else single
    rubric = rubrics.find(name)
    found = []
    for number, (place, row) in enumerate(placed):
        try:
            found.append(_row(row, rubric, str(number)))
        except ValueError as error:
            raise WorkloadError(f"{place}: {error}") from None
    return rubric, found


def _row(row: Any, rubric: Rubric, number: str) -> Row:
    """Raises ``ValueError``: a column is missing, or the label is none."""
    wanted = ["question", *(("answer_a", "answer_b") if rubric.is_pairwise else ("answer",))]
    wanted += ["reference"] if rubric.needs_reference else []
    for column in (*wanted, "label"):
        if row.get(column) in (None, ""):
            raise ValueError(f"has no {column}; the prompt {rubric.name} needs {', '.join(wanted)}")
    texts = Texts(
        question=str(row["question"]),
        answer=str(row["answer_a" if rubric.is_pairwise else "answer"]),
        other=str(row["answer_b"]) if rubric.is_pairwise else None,
        reference=str(row["reference"]) if row.get("reference") else None,
    )
    human = _worth(str(row["label"]).strip(), rubric)
    shown = (texts.answer, texts.other, texts.reference)
    return Row(
        id=str(number if row.get("id") in (None, "") else row["id"]),
        texts=texts,
        human=human,
        question=_digest(texts.question),
        asked=_digest(texts.question, *(text or "" for text in shown)),
    )


def _digest(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}\0{text}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _worth(label: str, rubric: Rubric) -> float:
    contract = rubric.contract
    if contract.low is not None and contract.high is not None:
        try:
            place = (float(label) - contract.low) / (contract.high - contract.low)
        except ValueError:
            place = -1.0
        if not 0 <= place <= 1:
            raise ValueError(
                f"the label {label!r} is none of {contract.low:g} to {contract.high:g}"
            )
        return place
    known = contract.label(label)
    if known is not None:
        return float(rubric.head.values[known])
    if rubric.is_pairwise and label.casefold() in _WINNERS:
        return _WINNERS[label.casefold()]
    raise ValueError(f"the label {label!r} is none of {', '.join(contract.labels)}")


def _questions(
    config: EvalConfig, model: Model, name: str, rubric: Rubric, rows: Sequence[Row], labels: Path
) -> Questions:
    swaps = rubric.is_pairwise and config.judge_swap
    shown = without_secrets(model.generation, scrubber(config))
    endpoint = registry.resolve(registry.ENDPOINTS, model.api)(shown)
    same: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        same[row.asked].append(row)
    samples = []
    for key, (row, *others) in same.items():
        humans = [each.human for each in (row, *others)]
        for swapped in (False, True) if swaps else (False,):
            made = rubric.sample(
                f"{key}{'/swapped' if swapped else ''}",
                replace(row.texts, swapped=swapped),
                {"humans": humans, "row": key, "id": row.id},
            )
            samples.append(replace(made, target=[f"{human:g}" for human in humans]))
    asked = [as_question(place, each, endpoint, shown) for place, each in enumerate(samples)]
    parts = {
        "data": version.fingerprint((each.sample, "default") for each in asked),
        "generation": f"{endpoint.name} {msgspec.json.encode(version.plain(shown)).decode()}",
        "rubric": f"{rubric.name} {rubric.digest}",
        **revision.scoring("verdict", "human_label"),
    }
    subtask = Subtask(
        model=model.label if name == model.label else name,
        served_model=shown.model,
        data_set=f"{labels.name.partition('.')[0]}-check",
        asked_as=str(labels),
        version=revision.version(parts),
        parts=parts,
        metric="agreement",
        mode="gen",
        extractor="verdict",
        scorer="human_label",
        prompt=rubric.name,
        samples=len(asked),
        repeats=config.judge_repeats,
        api=model.api,
        generation=shown,
        url=model.url,
        simulated=model.simulated,
        parallel=model.parallel,
        judge=name,
    )
    return Questions(subtask, asked)


def _run(config: EvalConfig, planned: Sequence[Questions], labels: Path) -> Run:
    """The run that is continued, or a new one, with what is asked in it."""
    scrub = scrubber(config)
    if config.reuse == LATEST:
        run = reuse.newest(config, planned)
    elif config.reuse is not None:
        run = open_run(find(config.outputs_dir, config.reuse, "evaluation"), scrub)
    else:
        facts = {
            "kind": "evaluation",
            "given": given_settings(config, public(config)),
            "url": ", ".join(dict.fromkeys(each.subtask.url for each in planned)),
            "model": ", ".join(dict.fromkeys(each.subtask.model for each in planned)),
            "api": config.api,
            "simulator": any(each.subtask.simulated for each in planned),
            "datasets": [str(labels)],
        }
        name = config.name or f"check_{'_'.join(each.subtask.model for each in planned)}"
        run = Run.create(config.outputs_dir, name, public(config), facts, scrub)
    if config.reuse is not None:
        run.claim()
    for each in planned:
        run.answers.put_subtask(each.subtask)
        run.samples.put(each.subtask.name, each.asked)
    return run


def _calibration(scores: SubtaskScores, rubric: Rubric, rows: Sequence[Row]) -> Calibration:
    said: dict[str, list[ScoredAnswer]] = defaultdict(list)
    for each in scores.answers:
        if each.sample is not None:
            said[str(each.sample.meta["row"])].append(each)
    compared = [_compared(row, said[row.asked], rubric) for row in rows]
    contract = rubric.contract
    by_worth = {value: label for label, value in reversed(rubric.head.values.items())}

    def name(worth: float) -> str:
        if contract.low is not None and contract.high is not None:
            return f"{contract.low + worth * (contract.high - contract.low):g}"
        return by_worth.get(worth, f"{worth:g}")

    return calibrated(compared, name, contract.is_scale)


def _compared(row: Row, said: Sequence[ScoredAnswer], rubric: Rubric) -> Compared:
    """A row with what the judge said of it: the mean over repeats, and over both orders."""
    by_order: dict[bool, list[float]] = defaultdict(list)
    shown = set()
    for each in said:
        swapped = bool(each.sample is not None and each.sample.meta.get("swapped"))
        shown.add(swapped)
        if each.score.value is not None:
            by_order[swapped].append(each.score.metrics["judged"])
    means = {swapped: sum(found) / len(found) for swapped, found in by_order.items()}
    whole = bool(shown) and set(means) == shown
    judge = _decided(sum(means.values()) / len(means), rubric) if whole else None
    return Compared(
        question=row.question,
        human=row.human,
        judge=judge,
        orders=(means[False], means[True]) if whole and len(means) == 2 else None,
        lengths=tuple(
            len(text)
            for text in (row.texts.answer, row.texts.other if rubric.is_pairwise else None)
            if text is not None
        ),
    )


def _decided(mean: float, rubric: Rubric) -> float:
    """What a mean over repeats and orders says in the words of the prompt: the nearest worth, of a
    comparison a tie unless it is decided."""
    if rubric.contract.is_scale:
        return mean
    if rubric.is_pairwise and mean not in (0.0, 1.0):
        return 0.5
    return min(rubric.head.values.values(), key=lambda worth: abs(worth - mean))
