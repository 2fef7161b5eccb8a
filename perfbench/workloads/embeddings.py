"""The embedding workloads: texts to be embedded, generated or from a file, one or several in a
request.

A single text is a sample's input as it is; a batch is ``{"input": [texts]}``, as OpenAI's
``/v1/embeddings`` takes it. Lengths are those of the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.types import Point, Sample
from perfbench.workloads.drawing import InputLengths
from perfbench.workloads.generator import PromptGenerator
from perfbench.workloads.prompts import Prompt, PromptFile, check_text, required_path
from perfbench.workloads.tokenizer import Tokenizer

_COLUMNS = ("text", "input", "sentence", "content")


class Embedding(PromptFile):
    """Every text of ``--dataset-path``, in the order of the file: lines, or rows with ``text``,
    ``input``, ``sentence`` or ``content``.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it cannot be read, is empty, or a row is malformed.
    """

    uses = frozenset({"prompt_column"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        file = DataFile(required_path(config, "a file of texts: one a line, or rows with them"))
        columns = (config.prompt_column,) if config.prompt_column else _COLUMNS
        prompts = []
        for place, row in file.rows():
            try:
                prompts.append(Prompt(place.short, _text(row, columns)))
            except ValueError as error:
                raise WorkloadError(f"{place}: {error}") from None
        super().__init__(prompts, config, tokenizer, shuffled=False)


class EmbeddingBatch(Embedding):
    """The texts of ``--dataset-path``, ``--batch-size`` in a request."""

    uses = frozenset({"prompt_column", "batch_size"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        super().__init__(config, tokenizer)
        self._size = config.batch_size

    def samples(self, point: Point) -> Iterator[Sample]:
        """Batches of texts; the last one may be shorter."""
        return _batched(super().samples(point), self._size)


class RandomEmbedding:
    """Generated texts to be embedded.

    Raises:
        ConfigError, WorkloadError: as ``random``.
    """

    ignores = frozenset({"dataset_path"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        of_content = config.model_copy(update={"length_of": "content"})
        self._generator = PromptGenerator("text", of_content, tokenizer)
        self._lengths = InputLengths(config, self._generator.least)

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return [*self._lengths.notes, *self._generator.notes]

    def samples(self, point: Point) -> Iterator[Sample]:
        """Texts of the point, none of which occurs in another point."""
        return self._generator.samples(point, self._lengths.of(point))


class RandomEmbeddingBatch(RandomEmbedding):
    """Generated texts to be embedded, ``--batch-size`` in a request."""

    uses = frozenset({"batch_size"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        super().__init__(config, tokenizer)
        self._size = config.batch_size

    def samples(self, point: Point) -> Iterator[Sample]:
        """Batches of texts."""
        return _batched(super().samples(point), self._size)


def _batched(samples: Iterable[Sample], size: int) -> Iterator[Sample]:
    one_by_one = iter(samples)
    while batch := list(islice(one_by_one, size)):
        tokens = [sample.input_tokens for sample in batch if sample.input_tokens is not None]
        yield Sample(
            batch[0].id,
            {"input": [sample.input for sample in batch]},
            input_tokens=sum(tokens) if len(tokens) == len(batch) else None,
        )


def _text(row: object, columns: Iterable[str]) -> str:
    if isinstance(row, str):
        return check_text("text", row)
    if isinstance(row, dict):
        for column in columns:
            if column in row:
                return check_text(column, row[column])
    named = ", ".join(f'"{column}"' for column in columns)
    raise ValueError(f"no text in it; a row has one of {named}")
