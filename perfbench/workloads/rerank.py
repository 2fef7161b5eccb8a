"""The rerank workloads: a query with documents to be put in order, generated or from a file.

A sample's input is ``{"query": ..., "documents": [...]}``, as rerank APIs take it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.types import Point, Sample
from perfbench.workloads.drawing import InputLengths, law_of
from perfbench.workloads.generator import PromptGenerator, Wanted
from perfbench.workloads.prompts import Prompt, PromptFile, check_text, json_name, required_path
from perfbench.workloads.tokenizer import Tokenizer

_RATIO = 5
"""Times a document is as long as its query, where no law says otherwise."""
_LISTS = ("documents", "passages", "texts")


class Rerank(PromptFile):
    """Every row of ``--dataset-path``, in its order: ``{"query": "...", "documents": ["..."]}``
    (or ``passages``, ``texts``).

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it cannot be read, is empty, or a row is malformed.
    """

    ignores = PromptFile.ignores | {"min_prompt_length", "max_prompt_length"}

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        file = DataFile(required_path(config, 'rows of {"query": "...", "documents": ["..."]}'))
        prompts = []
        for place, row in file.rows():
            try:
                prompts.append(Prompt(place.short, _pair(row)))
            except ValueError as error:
                raise WorkloadError(f"{place}: {error}") from None
        super().__init__(prompts, config, tokenizer, shuffled=False)

    @property
    def notes(self) -> list[str]:
        """Nothing: that bodies are sent as they are is no news here."""
        return []


class RandomRerank:
    """Generated queries, each with ``--documents`` generated documents.

    Raises:
        ConfigError, WorkloadError: as ``random``.
    """

    ignores = frozenset({"dataset_path", "prefix_length", "prefixes", "prefix_choice"})
    uses = frozenset({"documents", "document_lengths"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        of_content = config.model_copy(update={"length_of": "content"})
        self._generator = PromptGenerator("query", of_content, tokenizer)
        self._lengths = InputLengths(config, self._generator.least)
        self._count = config.documents
        given = config.document_lengths
        self._document_length = law_of(given) if given is not None else None

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return [*self._lengths.notes, *self._generator.notes]

    def samples(self, point: Point) -> Iterator[Sample]:
        """Queries with their documents, none of which occurs in another point."""
        texts = self._generator.made(point, self._wanted(point))
        while group := list(islice(texts, 1 + self._count)):
            query, *documents = (sample.input for sample in group)
            yield replace(
                group[0], input={"query": query, "documents": documents}, input_tokens=None
            )

    def _wanted(self, point: Point) -> Iterator[Wanted]:
        chance = random.Random(f"{point.seed}/{point.index}/documents")
        for length in self._lengths.of(point):
            yield Wanted(length)
            for _ in range(self._count):
                draw = self._document_length
                yield Wanted(_RATIO * length if draw is None else draw(chance))


def _pair(row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise ValueError(f"a row has a query and documents, it is not {json_name(row)}")
    documents = next((row[name] for name in _LISTS if row.get(name)), None)
    if not isinstance(documents, list) or not all(isinstance(text, str) for text in documents):
        raise ValueError('"documents" is a list of texts')
    return {"query": check_text("query", row.get("query")), "documents": documents}
