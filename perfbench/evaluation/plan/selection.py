"""Which samples of a data set are asked, in which order, behind which worked examples.

The one place where subsets, order, limits and few-shot examples are chosen. Knows no model and
sends nothing.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.data import Found, one_file
from perfbench.evaluation.fields import LETTERS
from perfbench.evaluation.plan.catalogue import Resolved, subsets
from perfbench.evaluation.prompts import options, question
from perfbench.evaluation.task import Row, Task
from perfbench.types import Input, Sample

_Row = TypeVar("_Row")
MERGED = "all"
"""What the subset of every sample is called when subsets are merged."""
BARE_QUESTION = "bare_question"
"""In the meta data of a sample: the question without instructions and worked examples."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which samples are asked, and with how many worked examples before them."""

    few_shot_num: int | None = None
    """``None`` keeps the data set's."""
    few_shot_random: bool = False
    """Examples drawn by the seed, not the first of their file."""
    limit: float | None = None
    """Of each subset (of all together, spread over them, when merged): a count, or a share if below
    1; a share is rounded up."""
    subsets: tuple[str, ...] = ()
    """Only these."""
    shuffle: bool = False
    """Rows of each subset in an order drawn from the seed, before the limit."""
    seed: int = 0
    num_prompts: int | None = None
    """At most so many samples of the whole data set, spread over its subsets, after ``limit``."""
    merge: bool = False
    """Take all subsets as one, called ``all``."""
    system_prompt: str | None = None
    examples: Sequence[Row] | Path | None = None
    """Rows, or the file of rows, to take worked examples from, in place of the data set's."""
    days: tuple[str | None, str | None] = (None, None)
    """First and last day (``YYYY-MM-DD``) of the samples that are asked; ``None`` is no bound."""
    shuffle_choices: bool = False
    """Options of each question in an order drawn from the seed and the question's id."""


def notes(resolved: Resolved, found: Found, wanted: Sequence[str] = ()) -> list[str]:
    """What a user should know of the data that is used: where it is from, what it lacks."""
    said = [f"{resolved.name}: {found.note}", *resolved.notes]
    if resolved.task.note:
        said.append(f"{resolved.name}: {resolved.task.note}")
    if not wanted and resolved.subsets:
        known = resolved.task.asked or resolved.subsets
        lacking = len(known) - len(subsets(resolved, found))
        if lacking:
            said.append(
                f"{resolved.name}: {lacking} of {len(known)} subsets have no file in "
                f"{found.where} and are not asked"
            )
    return said


def samples(resolved: Resolved, found: Found, selection: Selection) -> Iterator[tuple[Sample, str]]:
    """What is asked: each sample with the final prompt as its ``input``, and its subset.

    Raises:
        ConfigError: the selection makes no sense for this data set.
        WorkloadError: a file is missing or a row malformed; names file and line.
    """
    _check(selection)
    chosen: list[tuple[Sample, str]] = []
    for subset in subsets(resolved, found, selection.subsets):
        rows = _fit(_read(resolved.task, found, resolved.task.split, subset), resolved)
        rows = _of_days(rows, resolved, selection.days)
        if not selection.merge:
            rows = _ordered(rows, resolved, selection, subset)
            rows = rows[: _count(len(rows), resolved, selection)]
        chosen += [(sample, subset) for sample in rows]
    if selection.merge:
        chosen = _ordered(chosen, resolved, selection, MERGED)
        chosen = _spread(chosen, _count(len(chosen), resolved, selection))
    shots: dict[str, Sequence[Sample]] = {}
    for sample, subset in _spread(chosen, selection.num_prompts):
        if subset not in shots:
            shots[subset] = _shots(resolved, found, selection, subset)
        if selection.shuffle_choices:
            sample = with_choices_shuffled(sample, selection.seed)
        asked = resolved.prompt(sample, shots[subset])
        # For judges, who may come later.
        bare = "\n".join(filter(None, (question(sample), options(sample))))
        sample = replace(sample, meta={**sample.meta, BARE_QUESTION: bare})
        yield (
            replace(sample, input=with_system(asked, selection.system_prompt)),
            MERGED if selection.merge else subset,
        )


def with_system(asked: Input, system_prompt: str | None) -> Input:
    """A prompt with the user's system prompt in front; it replaces one the prompt has."""
    if not system_prompt:
        return asked
    if isinstance(asked, str):
        return [{"role": "system", "content": system_prompt}, {"role": "user", "content": asked}]
    if not isinstance(asked, list):
        raise TypeError("a system prompt goes before text or chat messages only")
    turns = [turn for turn in asked if isinstance(turn, dict) and turn["role"] != "system"]
    return [{"role": "system", "content": system_prompt}, *turns]


def with_choices_shuffled(sample: Sample, seed: int) -> Sample:
    """A question with its options in another order, and the letter of the right one with them.

    ``meta["choices_were"]`` has the letter that each of them had.

    Raises:
        ConfigError: it has no options, or its answer is not their letters.
    """
    count = len(sample.choices)
    own = LETTERS[:count]
    targets = [sample.target] if isinstance(sample.target, str) else sample.target or []
    if count < 2 or not all(set(target) <= set(own) for target in targets):
        raise ConfigError(f"shuffle_choices: {sample.id} has no options with letters")
    order = list(range(count))
    random.Random(f"{seed}/{sample.id}/choices").shuffle(order)
    moved = str.maketrans({own[was]: own[now] for now, was in enumerate(order)})
    letters = ["".join(sorted(target.translate(moved))) for target in targets]
    return replace(
        sample,
        choices=tuple(sample.choices[was] for was in order),
        target=letters[0] if isinstance(sample.target, str) else letters or None,
        meta={**sample.meta, "choices_were": "".join(own[was] for was in order)},
    )


def _read(
    task: Task, found: Found, split: str, subset: str, called: str | None = None
) -> Iterator[Sample]:
    """The samples of a split; ``called`` is the subset they are taken for, if it is another."""
    for index, (place, row) in enumerate(found.folder.placed(split, subset)):
        try:
            if task.keeps is not None and not task.keeps(row, split, called or subset):
                continue
            yield task.to_sample(row, called or subset, index)
        except ValueError as error:
            raise WorkloadError(f"{place}: {error}") from None


def _check(selection: Selection) -> None:
    limit = selection.limit
    if limit is not None and (limit <= 0 or (limit > 1 and limit != int(limit))):
        raise ConfigError(f"limit {limit}: a whole count, or a share of the samples below 1")
    if selection.num_prompts is not None and selection.num_prompts < 1:
        raise ConfigError(f"num_prompts {selection.num_prompts}: must be at least 1")
    if selection.few_shot_num is not None and selection.few_shot_num < 0:
        raise ConfigError(f"few_shot_num {selection.few_shot_num}: must be 0 or more")


def _ordered(rows: list[_Row], resolved: Resolved, selection: Selection, subset: str) -> list[_Row]:
    if selection.shuffle or resolved.shuffle:
        random.Random(f"{selection.seed}/{resolved.task.name}/{subset}").shuffle(rows)
    return rows


def _count(rows: int, resolved: Resolved, selection: Selection) -> int | None:
    """How many of so many rows the limit leaves; ``None`` is all."""
    limit = resolved.limit if selection.limit is None else selection.limit
    if limit is None:
        return None
    # Rounded first, so that 0.07 of 100 is 7 and not, by binary fractions, 8.
    return math.ceil(round(rows * limit, 9)) if limit < 1 else int(limit)


def _spread(chosen: list[tuple[Sample, str]], count: int | None) -> list[tuple[Sample, str]]:
    """At most ``count`` of these, in their order, from every subset: the first of each, one at
    least if there are enough, the rest in proportion to its size."""
    if count is None or count >= len(chosen):
        return chosen
    left = Counter(subset for _, subset in chosen)
    taken = dict.fromkeys(left, 1 if count >= len(left) else 0)
    rest = count - sum(taken.values())
    sizes = {subset: size - taken[subset] for subset, size in left.items()}
    shares = {subset: Fraction(rest * size, sum(sizes.values())) for subset, size in sizes.items()}
    for subset, share in shares.items():
        taken[subset] += math.floor(share)
    over = sorted(shares, key=lambda subset: math.floor(shares[subset]) - shares[subset])
    for subset in over[: count - sum(taken.values())]:
        taken[subset] += 1
    kept = []
    for sample, subset in chosen:
        if taken[subset]:
            taken[subset] -= 1
            kept.append((sample, subset))
    return kept


def _shots(resolved: Resolved, found: Found, selection: Selection, subset: str) -> Sequence[Sample]:
    places = _places(resolved, selection)
    if places is not None and not places:
        return []
    task = resolved.task
    if selection.examples is not None:
        pool, where = list(_given(task, selection.examples, subset)), "examples"
    elif task.examples is not None:
        pool, where = list(task.examples(subset)), "perfbench"
    elif (split := _shots_in(resolved)) is not None:
        pool, where = _fit(_read(task, found, split, subset), resolved), found.where
    else:
        raise ConfigError(f"{resolved.name} has no few-shot examples; few_shot_num must be 0")
    if places is None:
        places = range(len(pool))
    if len(pool) <= max(places, default=-1):
        raise ConfigError(
            f"{resolved.name}: {max(places) + 1} few-shot examples wanted, {where} has "
            f"{len(pool)} for {subset!r}"
        )
    if selection.few_shot_random:
        random.Random(f"{selection.seed}/{task.name}/{subset}/shots").shuffle(pool)
    return [pool[place] for place in places]


def _shots_in(resolved: Resolved) -> str | None:
    theirs = resolved.published
    return (theirs and theirs.shots_in) or resolved.task.few_shot_split


def _fit(samples: Iterable[Sample], resolved: Resolved) -> list[Sample]:
    """Those that another tool would ask."""
    options = resolved.published and resolved.published.options
    return [each for each in samples if not options or len(each.choices) == options]


def _of_days(
    samples: list[Sample], resolved: Resolved, days: tuple[str | None, str | None]
) -> list[Sample]:
    """Those of a window of days; one that has no day is in none."""
    first, last = days
    if days == (None, None):
        return samples
    known = [(str(each.meta["date"]), each) for each in samples if each.meta.get("date")]
    if samples and not known:
        raise ConfigError(f"start_date and end_date: {resolved.name} has no dates")
    return [each for day, each in known if (first or "") <= day <= (last or "9999")]


def _places(resolved: Resolved, selection: Selection) -> Sequence[int] | None:
    """Places of the worked examples among those there are; ``None``: all of the file that is given.

    Raises:
        ConfigError: another tool's prompt has another number of them.
    """
    wanted, theirs = selection.few_shot_num, resolved.published
    if theirs is not None and selection.examples is None:
        if wanted not in (None, theirs.shots):
            raise ConfigError(
                f"{resolved.name} has the {theirs.shots} examples of {theirs.tool}; "
                f"few_shot_num {wanted} goes with {theirs.task}, a prompt of perfbench"
            )
        return theirs.shots_at
    if wanted is None and selection.examples is not None:
        return None
    return range(resolved.few_shot_num if wanted is None else wanted)


def _given(task: Task, examples: Sequence[Row] | Path, subset: str) -> Iterator[Sample]:
    if isinstance(examples, Path):
        yield from _read(task, one_file(examples, task.columns), "test", "default", subset)
        return
    for index, row in enumerate(examples):
        try:
            yield task.to_sample(row, subset, index)
        except ValueError as error:
            raise ConfigError(f"examples[{index}] of --dataset-args: {error}") from None
