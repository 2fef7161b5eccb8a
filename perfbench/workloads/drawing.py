"""Lengths as the settings ask for them: those of generated prompts, and the limits of answers.

Draws by the laws of ``config.laws``, which it gives the values of files. Draws depend on the seed
and the point only. Lengths are tokens (words without a tokenizer).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from perfbench.config import PerfConfig
from perfbench.config.laws import LengthLaw
from perfbench.errors import ConfigError, WorkloadError
from perfbench.rows import DataFile
from perfbench.types import Point
from perfbench.workloads.lengths import generated_range

Draw = Callable[[random.Random], int]


class InputLengths:
    """The lengths of generated prompts, without end.

    Raises:
        ConfigError: no prompt can be as short as is asked.
        WorkloadError: the file of ``--input-lengths`` cannot be read, or holds something else.
    """

    def __init__(self, config: PerfConfig, least: int) -> None:
        """``least`` tokens have the shortest prompt that can be made."""
        self._least = least
        self._raised = 0
        self._given = config.input_lengths
        self._notes: list[str] = []
        if self._given is not None:
            self._draw = law_of(self._given)
            return
        shortest, longest = generated_range(config)
        if longest < least:
            raise ConfigError(
                f"no request is as short as {longest} tokens: with the chat template it has "
                f"{least} or more; raise --max-prompt-length, or give --length-of content"
            )
        bottom = max(1, shortest, least)
        self._draw = lambda chance: chance.randint(bottom, max(1, longest))
        if (config.min_prompt_length or 0) > 0 and bottom > shortest:
            self._notes.append(
                f"the shortest requests have {least} tokens, as many as the chat template and one "
                f"word make, not {shortest}"
            )

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the lengths have been drawn."""
        if not self._raised:
            return self._notes
        return [
            f"{self._raised:,} lengths of --input-lengths {self._given} are below {self._least} "
            "tokens, as many as the chat template and one word make, and were raised to it"
        ]

    def of(self, point: Point) -> Iterator[int]:
        """The lengths of a point's prompts."""
        chance = random.Random(f"{point.seed}/{point.index}/lengths")
        while True:
            length = self._draw(chance)
            self._raised += length < self._least
            yield max(self._least, length)


def law_of(text: str) -> Draw:
    """What draws by a law.

    Raises:
        WorkloadError: the law is of a file that cannot be read, or has no such lengths.
    """
    law = LengthLaw.of(text)
    return law.drawer() if law.file is None else law.drawer(_values(DataFile(law.file), law.column))


def _values(file: DataFile, column: str | None) -> list[int]:
    """The lengths that a file has: its lines, or one column of its rows."""
    found = []
    for place, row in file.rows():
        value = row
        if isinstance(row, dict):
            if column is None and len(row) == 1:
                column = next(iter(row))
            if column not in row:
                named = f"no column {column!r}" if column else "several columns"
                raise WorkloadError(
                    f"{place}: {named}; file:{file.path}:COLUMN takes one of {', '.join(row)}"
                )
            value = row[column]
        found.append(_length(value, f"{place}"))
    return found


def _length(value: object, place: str) -> int:
    try:
        number = float(str(value))
    except ValueError:
        number = 0.0
    if not 1 <= number < 1 << 24 or number != int(number):
        raise WorkloadError(f"{place}: {value!r} is no length; it is a whole number, 1 or more")
    return int(number)
