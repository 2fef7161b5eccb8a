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
from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.workloads.prompts import Prompt, PromptFile, parse_prompt, required_path
from perfbench.workloads.tokenizer import Tokenizer


class LineByLine(PromptFile):
    """Every row of ``--dataset-path``, once, in the order of the file.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it cannot be read, is empty, or a row is malformed.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        file = DataFile(required_path(config, "a file of prompts: one a line, or rows with them"))
        prompts = read_prompts(file, bodies=file.form in ("jsonl", "json"))
        super().__init__(prompts, config, tokenizer, shuffled=False)


def read_prompts(file: DataFile, *, bodies: bool) -> list[Prompt]:
    """The prompts of a data file: its lines if it is text, else see :func:`parse_prompt`.

    Raises:
        WorkloadError: a row is malformed, or there is none.
    """
    prompts = []
    for place, row in file.rows():
        try:
            asked = row if file.form == "text" else parse_prompt(row, bodies=bodies)
        except ValueError as error:
            raise WorkloadError(f"{place}: {error}") from None
        prompts.append(Prompt(place.short, asked))
    return prompts
