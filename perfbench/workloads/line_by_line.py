"""The ``line_by_line`` workload: prompts from a file of the user's, in its order.

A text file holds one prompt a line. A JSONL file holds on each line chat messages (a list, or
``{"messages": [...]}``), a prompt (``{"prompt": "..."}``, ``{"question": "..."}``), or a whole
request body (``{"messages": [...], "temperature": 0}``), which is sent as it is. A file is JSONL
if its name ends in ``.jsonl``, ``.ndjson`` or ``.json`` (which may also be one JSON array), or if
its first line is a JSON object or a list of them.
"""

from __future__ import annotations

from perfbench.config import PerfConfig
from perfbench.workloads.prompts import Prompt, PromptFile, parse_prompt, required_path
from perfbench.workloads.rows import DataFile
from perfbench.workloads.tokenizer import Tokenizer

_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


class LineByLine(PromptFile):
    """Every row of ``--dataset-path``, once, in the order of the file.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it cannot be read, is empty, or a row is malformed.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        file = DataFile(required_path(config, "a file of one prompt a line, or JSONL"))
        is_json = file.path.suffix.lower() in _JSON_SUFFIXES or file.starts_with_json()
        prompts = read_prompts(file, bodies=True) if is_json else _read_text(file)
        super().__init__(prompts, config, tokenizer, shuffled=False)


def read_prompts(file: DataFile, *, bodies: bool) -> list[Prompt]:
    """The prompts of a JSON file; see :func:`parse_prompt`.

    Raises:
        WorkloadError: a row is malformed, or there is none.
    """
    prompts = []
    for row in file.json_rows():
        try:
            prompts.append(Prompt(file.row_id(row), parse_prompt(row.value, bodies=bodies)))
        except ValueError as error:
            raise file.error(row.number, str(error)) from None
    return prompts


def _read_text(file: DataFile) -> list[Prompt]:
    return [Prompt(file.row_id(row), row.value) for row in file.text_rows()]
