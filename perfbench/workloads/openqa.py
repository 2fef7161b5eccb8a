"""The ``openqa`` workload: questions in plain language, by default those that come with perfbench.

``datasets/openqa.jsonl`` (in a wheel: ``perfbench/data``) holds about 200 of them, English and
Chinese, from three words to a paragraph. ``--dataset-path`` names another JSONL file with
``question``, ``prompt`` or ``messages`` in each row; other fields are ignored. The order is
shuffled by the seed, differently for each point of a sweep.
"""

from __future__ import annotations

from pathlib import Path

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.workloads.line_by_line import read_prompts
from perfbench.workloads.prompts import PromptFile
from perfbench.workloads.rows import DataFile
from perfbench.workloads.tokenizer import Tokenizer

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "data", _PACKAGE.parent / "datasets")
"""Where data files are when installed as a wheel, and in a checkout."""


class OpenQA(PromptFile):
    """Every question once, in an order drawn from the seed and the point.

    Raises:
        WorkloadError: the file cannot be read, is empty, or a row is malformed.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        path = config.dataset_path or bundled("openqa.jsonl")
        prompts = read_prompts(DataFile(path), bodies=False)
        super().__init__(prompts, config, tokenizer, shuffled=True)


def bundled(name: str) -> Path:
    """A data file that comes with perfbench.

    Raises:
        WorkloadError: the installation lacks it.
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise WorkloadError(f"this installation lacks {name}; install perfbench again")
