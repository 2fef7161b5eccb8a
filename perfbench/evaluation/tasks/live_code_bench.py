"""LiveCodeBench: contest problems with the date at which each appeared, so that those that are
newer than a model can be asked alone.

Rows are those of ``code_generation_lite``. A problem with starter code wants a function, which is
called; any other wants a program that reads standard input. Its platforms are the subsets;
``start_date`` and ``end_date`` choose a window of dates. Public and private tests judge. The
private ones are packed in the files (base64, zlib, a pickled text) and stay so until a program is
run; the text is read out of the pickle by its opcodes, and nothing is unpickled.
"""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
import zlib
from typing import Any

import msgspec

from perfbench.evaluation.fields import Row, optional, sample_id, text
from perfbench.evaluation.prompts import prompt_of, question
from perfbench.evaluation.task import Task
from perfbench.evaluation.tasks.programs import fenced, optional_source, variants
from perfbench.types import Sample

PLATFORMS = ("leetcode", "atcoder", "codeforces")
LARGEST_BYTES = 1 << 30
"""Of private tests once unpacked."""

SETUP = (
    "".join(
        f"from {name} import *\n"
        for name in (
            *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math"),
            *("random", "statistics", "itertools", "functools", "operator", "io", "sys", "json"),
            *("builtins", "typing"),
        )
    )
    + "".join(
        f"import {name}\n"
        for name in (
            *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math"),
            *("random", "statistics", "itertools", "functools", "operator", "io", "sys", "json"),
        )
    )
    + "sys.setrecursionlimit(50000)\n"
)
"""What programs may take for imported, as LiveCodeBench's own runner has it."""

_OPCODES = frozenset(
    [
        *("PROTO", "FRAME", "STOP", "MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    ]
)
"""What a pickled text is made of."""


class Case(msgspec.Struct, frozen=True):
    """One test of a problem."""

    input: str
    output: str
    testtype: str = "stdin"


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    starter = optional_source(row, "starter_code")
    public = _public(row)
    functional = bool(starter) or any(case.testtype == "functional" for case in public)
    private = row.get("private_test_cases") or ""
    if not isinstance(private, str):
        raise ValueError("'private_test_cases' must be text, as in the original files")
    meta: dict[str, Any] = {
        "kind": "cases" if functional else "stdin",
        "question_id": optional(row, "question_id"),
        "difficulty": optional(row, "difficulty"),
        "date": (optional(row, "contest_date") or "")[:10] or None,
        "starter_code": starter,
        "setup": SETUP,
        "cases": [(case.input, case.output) for case in public],
        "packed_cases": private,
    }
    if functional:
        meta["entry_point"] = _entry_point(row, starter)
    asked = text(row, "question_content")
    solution = optional_source(row, "solution") or None
    return Sample(sample_id("live_code_bench", subset, index), asked, solution, meta=meta)


def _public(row: Row) -> list[Case]:
    given = row.get("public_test_cases")
    try:
        if isinstance(given, str):
            return msgspec.json.decode(given, type=list[Case])
        return msgspec.convert(given, list[Case])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError) as error:
        raise ValueError(f"'public_test_cases' must be a list of tests as JSON: {error}") from None


def _entry_point(row: Row, starter: str) -> str:
    try:
        metadata = json.loads(row.get("metadata") or "{}")
        name = metadata["func_name"]
    except (ValueError, TypeError, KeyError):
        raise ValueError("'metadata' must be JSON with 'func_name', the function called") from None
    return f"Solution().{name}" if "class Solution" in starter else str(name)


def unpacked(packed: str) -> list[tuple[str, str]]:
    """The input and output of each private test of a row.

    Raises:
        ValueError: they are not packed as LiveCodeBench's are.
    """
    if not packed:
        return []
    if not packed.lstrip().startswith("["):
        packed = _text_of(packed)
    try:
        cases = msgspec.json.decode(packed, type=list[Case])
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise ValueError(f"private tests are no list of tests as JSON: {error}") from None
    return [(case.input, case.output) for case in cases]


def _text_of(packed: str) -> str:
    """The text in base64 of a compressed pickle of it."""
    try:
        inflate = zlib.decompressobj()
        pickled = inflate.decompress(base64.b64decode(packed, validate=True), LARGEST_BYTES)
        if not inflate.eof:
            raise ValueError("private tests are not whole, or larger than 1 GiB")
        found = [(code.name, argument) for code, argument, _ in pickletools.genops(pickled)]
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"private tests cannot be unpacked: {error}") from None
    texts = [argument for _, argument in found if isinstance(argument, str)]
    if len(texts) != 1 or any(name not in _OPCODES for name, _ in found):
        raise ValueError("private tests are no pickled text")
    return texts[0]


def _keeps(row: Row, split: str, subset: str) -> bool:
    return text(row, "platform") == subset


def _ask(sample: Sample) -> str:
    if sample.meta["starter_code"]:
        how = f"Complete this code:\n\n{fenced(sample.meta['starter_code'])}"
    else:
        how = "Write a Python program that reads standard input and prints to standard output."
    return f"{question(sample)}\n\n{how}"


VARIANTS = variants(_ask)

TASK = Task(
    name="live_code_bench",
    title="LiveCodeBench: contest problems by date (Jain et al. 2024)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="code",
    scorer="program",
    subsets=PLATFORMS,
    keeps=_keeps,
    variants=VARIANTS,
    folders=("code_generation_lite", "livecodebench"),
    files={"test": "test*.jsonl"},
    hub="livecodebench/code_generation_lite",
    modelscope="AI-ModelScope/code_generation_lite",
)
