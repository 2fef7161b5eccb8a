"""Takes single definitions out of a rival's source file, so that they run without what it imports.

definitions("vllm/benchmarks/serve.py", ["calculate_metrics"], {"np": numpy})
"""

from __future__ import annotations

import ast
import sys
import types
from typing import Any


def definitions(path: str, names: list[str], known: dict[str, Any]) -> dict[str, Any]:
    """The functions and classes of these names, run as they stand in the file."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    wanted = [node for node in tree.body if getattr(node, "name", None) in names]
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    module = ast.Module([future, *wanted], [])
    # A module of its own, as dataclasses look theirs up.
    rival = sys.modules["rival"] = types.ModuleType("rival")
    found = vars(rival)
    found |= known
    exec(compile(ast.fix_missing_locations(module), path, "exec"), found)
    return found
