"""The ``openqa`` workload: questions in plain language, by default those that come with perfbench.

``openqa.jsonl``, which comes with perfbench, holds about 200 of them, English and Chinese, from
three words to a paragraph. ``--dataset-path`` names another data file, of any format that
``rows.tables`` reads, with ``question``, ``prompt`` or ``messages`` in each row; other fields are
ignored. The order is shuffled by the seed, differently for each point of a sweep.
"""

from __future__ import annotations

from perfbench.config import PerfConfig
from perfbench.rows import DataFile
from perfbench.rows.shipped import shipped
from perfbench.workloads.line_by_line import read_prompts
from perfbench.workloads.prompts import PromptFile
from perfbench.workloads.tokenizer import Tokenizer


class OpenQA(PromptFile):
    """Every question once, in an order drawn from the seed and the point.

    Raises:
        WorkloadError: the file cannot be read, is empty, or a row is malformed.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        path = config.dataset_path or shipped("openqa.jsonl")
        prompts = read_prompts(DataFile(path), bodies=False)
        super().__init__(prompts, config, tokenizer, shuffled=True)
