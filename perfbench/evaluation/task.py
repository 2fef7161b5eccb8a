"""What a data set is to an evaluation: where its rows are, how they are asked, how answers are
judged. One task is one short file under ``tasks/`` and one line in ``registry.TASKS``.

A ``Task`` is data and pure functions: it opens no socket and knows no model. Slices, limits,
shuffling, repeats and few-shot counts are the engine's business, never a task's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from perfbench.types import Extraction, Input, Sample, Score

Row = Mapping[str, Any]


class Source(Protocol):
    """The files of one data set, in a folder or fetched from a hub."""

    def rows(self, split: str, subset: str) -> Iterator[Row]:
        """The rows of one split of one subset, in the order of the file.

        Raises:
            WorkloadError: a file is missing, unreadable or malformed; names file and line.
        """
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of the bytes that have been read so far: it goes into the task's version."""
        ...


Extractor = Callable[[str, Sample], Extraction]
"""From a model's text (reasoning already set aside) to its answer. Guesses nothing."""

Scorer = Callable[[str, Sample], Score]
"""From an extracted answer and the sample (its target, choices, meta) to a verdict."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A named way to ask a data set, such as AISBench's ``gsm8k_gen_4_shot_cot_str``."""

    few_shot_num: int | None = None
    """``None`` keeps the task's."""
    prompt: Callable[[Sample, Sequence[Sample]], Input] | None = None
    mode: str = "gen"


@dataclass(frozen=True, slots=True)
class Task:
    """One data set."""

    name: str
    title: str
    """One line: what it tests and where it comes from."""
    to_sample: Callable[[Row, str, int], Sample]
    """``(row, subset, index)`` to a sample: ``input`` is the bare question, ``target`` the right
    answer, ``choices`` the options. Raises ``ValueError`` on a malformed row."""
    prompt: Callable[[Sample, Sequence[Sample]], Input]
    """``(sample, shots)`` to what is sent: text or chat messages, few-shot examples included."""
    extractor: str
    """Name in ``registry.EXTRACTORS``."""
    scorer: str
    """Name in ``registry.SCORERS``."""
    subsets: tuple[str, ...] = ("default",)
    """Empty: whatever its files are called (the ``{subset}`` of the pattern)."""
    asked: tuple[str, ...] = ()
    """Those that are asked unless others are named; empty: all."""
    keeps: Callable[[Row, str, str], bool] | None = None
    """``(row, split, subset)``: whether a row of a file is one of them, where one file holds
    several; ``None``: all are."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category of each subset, for per-category averages."""
    split: str = "test"
    few_shot_split: str | None = None
    few_shot_num: int = 0
    metric: str = "accuracy"
    """Name of the figure that ``Score.value`` averages to."""
    metric_weights: Mapping[str, str] = field(default_factory=dict)
    """Metric of ``Score.metrics`` to the metric that weighs it, for ratios of sums."""
    variants: Mapping[str, Variant] = field(default_factory=dict)
    """By prompt kind (``cot_chat_prompt``, ``chat_prompt``, ``cot_str``, ``str``), and by whole
    name where a name follows no rule."""
    examples: Callable[[str], Sequence[Sample]] | None = None
    """Fixed few-shot examples of a subset, for data sets that hold none; wins over
    ``few_shot_split``."""
    folders: tuple[str, ...] = ()
    """Other names its data folder goes by, beside ``name``: ``ceval/formal_ceval``."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Split to file pattern inside the data set's folder, ``{subset}`` filled in, ``*`` for shards
    and ``archive.zip!member`` for a file in an archive; the first existing one of several patterns
    separated by ``|``."""
    columns: tuple[str, ...] = ()
    """Column names of CSV files that have no header."""
    hub: str | None = None
    """Id on the Hugging Face hub."""
    note: str = ""
    """What must be known of every result of it, as the end of a sentence."""
    modelscope: str | None = None
    """Id on the ModelScope hub, where it differs."""
