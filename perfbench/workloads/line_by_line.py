"""The ``line_by_line`` workload: prompts from a file of the user's, in its order.

A text file holds one prompt a line. A row of a JSONL file or a JSON array is chat messages (a
list, or ``{"messages": [...]}``), a prompt (``{"prompt": "..."}``, ``{"question": "..."}``), or a
whole request body (``{"messages": [...], "temperature": 0}``), which is sent as it is. CSV, TSV and
parquet files have these fields as columns; further columns are ignored. A file whose name does not
say what it is (see ``rows.tables``) is JSONL if its first line is a JSON object or a list of them,
and text otherwise.
"""

from __future__ import annotations

from perfbench.config import PerfConfig
from perfbench.rows import DataFile
from perfbench.workloads.prompts import PromptFile, read_prompts, required_path
from perfbench.workloads.tokenizer import Tokenizer


class LineByLine(PromptFile):
    """Every row of ``--dataset-path``, once, in the order of the file.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it cannot be read, is empty, or a row is malformed.
    """

    uses = frozenset({"prompt_column", "output_length_column"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        file = DataFile(required_path(config, "a file of prompts: one a line, or rows with them"))
        prompts = read_prompts(
            file.rows(),
            config,
            bodies=file.form in ("jsonl", "json"),
            lines=file.form == "text" and config.prompt_column is None,
        )
        super().__init__(prompts, config, tokenizer, shuffled=False)
