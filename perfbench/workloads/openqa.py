"""The ``openqa`` workload: questions in plain language, by default those that come with perfbench.

``openqa.jsonl``, which comes with perfbench, holds about 200 of them, English and Chinese, from
three words to a paragraph. So few are soon known to a service with a prefix cache, so each is asked
under a number drawn from the seed (``482913. Why is the sky blue?``): as long as there are requests
to send, none is sent twice, and none of another run's. The number counts in no length limit.

``--dataset-path`` names another data file, of any format that ``rows.tables`` reads, with
``question``, ``prompt`` or ``messages`` in each row; other fields are ignored, and what is asked is
sent as it is. The order is shuffled by the seed; the points of a sweep go on through it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from perfbench.config import PerfConfig
from perfbench.rows import DataFile
from perfbench.rows.shipped import shipped
from perfbench.types import Point, Sample
from perfbench.workloads.prompts import PromptFile, read_prompts
from perfbench.workloads.tokenizer import Tokenizer

_NUMBERS = range(100_000, 1_000_000)
"""Of one width, so that a question is of one length in tokens, or nearly."""


class OpenQA(PromptFile):
    """Questions in an order drawn from the seed: perfbench's own without end, those of a file once.

    Raises:
        WorkloadError: the file cannot be read, is empty, or a row is malformed.
    """

    uses = frozenset({"prompt_column", "output_length_column"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._numbered = config.dataset_path is None
        path = config.dataset_path or shipped("openqa.jsonl")
        file = DataFile(path)
        lines = file.form == "text" and config.prompt_column is None
        prompts = read_prompts(file.rows(), config, bodies=False, lines=lines)
        super().__init__(prompts, config, tokenizer, shuffled=True)

    @property
    def distinct(self) -> int | None:
        """As of any file; numbered questions do not start over."""
        return None if self._numbered else super().distinct

    def samples(self, point: Point) -> Iterator[Sample]:
        """The questions, from the point's first one on.

        Raises:
            WorkloadError: none of them has the wanted length.
        """
        if not self._numbered:
            yield from super().samples(point)
            return
        chance = random.Random(f"{point.seed}/{point.index}/number")
        while True:
            for sample in super().samples(point):
                yield replace(sample, input=f"{chance.choice(_NUMBERS)}. {sample.input}")
