"""The program in a model's text: Python that defines what was asked for, or reads what it is given.

The rule, for a function or class (``meta["entry_point"]``): the last fenced block that defines it.
Names it uses and nobody defines are taken from earlier blocks: their imports, functions, classes,
and the assignments that are needed, never what such a block does besides. Where no block defines
it, the text itself counts (up to a first fence), if it parses and defines it; and where the
question is the beginning of a program (``meta["stub"]``), so does the rest of it, fenced or not: an
indented body that returns something. A definition without a body of its own (a docstring, ``pass``,
imports), such as the question once more, counts only where there is no other in the blocks. What
stands between ``[BEGIN]`` and ``[DONE]`` is a block, too, without the quotes around it.

For a program (no entry point): of the blocks that parse and call something, those tagged as Python
or else those without a tag, the last that reads its input, else the last.

Where nothing of this is found, the last complete block that begins to define what is asked (or is
tagged as Python, for a program) is the answer though it does not parse: a program that is wrong.

A block is complete if a fence closes it. An answer in a block is to be believed in a text that was
cut off if no unfinished block stands at its end. Knows the syntax of Python and runs nothing.
Linear in the text.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from perfbench.evaluation.extraction.fences import (
    Block,
    before_first_fence,
    begun_and_done,
    blocks,
)
from perfbench.types import Extraction, Sample

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}
_READERS = frozenset(("input", "stdin", "fileinput", "open"))
_BODIES = 4
"""Of so many last blocks, each may go on with the question; a bound for texts of many blocks."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """Source text that is Python."""

    text: str
    tree: ast.Module


def code(text: str, sample: Sample) -> Extraction:
    """The program that a text gives as its answer, as it is to be run."""
    found = blocks(text) or begun_and_done(text)
    parsed = [_parsed(block.text) for block in found]
    if not sample.meta.get("entry_point"):
        return _program(text, found, parsed)
    name = str(sample.meta["entry_point"]).replace("()", "")
    stub = str(sample.meta.get("stub") or "")
    defining = [place for place, each in enumerate(parsed) if each and _defines(each, name)]
    working = [place for place in defining if _defines(parsed[place], name, working=True)]
    for place in working[-1:]:
        parts = [*_helpers(parsed[: place + 1]), found[place].text]
        return _from_block(_joined(parts), place, found, f"the last block that defines {name}")
    for place in reversed(range(len(found))[-_BODIES:]):
        whole = _continued(stub, found[place].text, name)
        if whole is not None:
            return _from_block(whole, place, found, f"a block that goes on with {name}")
    for place in defining[-1:]:
        return _from_block(
            found[place].text, place, found, f"the last block that defines {name}, as nothing"
        )
    plain = before_first_fence(text)
    bare = _parsed(plain)
    if bare is not None and _defines(bare, name):
        return Extraction(plain, how=f"the text, which defines {name}")
    whole = _continued(stub, plain, name)
    if whole is not None:
        return Extraction(whole, how=f"the text, which goes on with {name}")
    last = name.rpartition(".")[2]
    begins = re.compile(rf"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+{re.escape(last)}\b", re.M)
    slip = _broken(found, parsed, lambda block: begins.search(block.text) is not None)
    return slip or Extraction(None, how=f"nothing defines {name}")


def _program(text: str, found: Sequence[Block], parsed: Sequence[_Parsed | None]) -> Extraction:
    working = [
        place
        for place, each in enumerate(parsed)
        if each is not None and any(isinstance(node, ast.Call) for node in ast.walk(each.tree))
    ]
    for tagged in (True, False):
        places = [p for p in working if _fits(found[p].language, tagged)]
        reading = [p for p in places if (each := parsed[p]) and _names(each.tree) & _READERS]
        if places:
            place = (reading or places)[-1]
            return _from_block(found[place].text, place, found, "the last block that is a program")
    plain = before_first_fence(text)
    bare = _parsed(plain)
    if bare is not None and any(isinstance(node, ast.Call) for node in ast.walk(bare.tree)):
        return Extraction(plain, how="the text, which is a program")
    slip = _broken(found, parsed, lambda block: _fits(block.language, tagged=True))
    return slip or Extraction(None, how="nothing is a program")


def _broken(
    found: Sequence[Block], parsed: Sequence[_Parsed | None], meant: Callable[[Block], bool]
) -> Extraction | None:
    """The last complete block that is meant for a program and is none: a wrong answer."""
    for place in reversed(range(len(found))):
        block = found[place]
        if parsed[place] is None and block.complete and meant(block):
            return _from_block(block.text, place, found, "the last block, which is no Python")
    return None


def _fits(language: str, tagged: bool) -> bool:
    return language.startswith("py") if tagged else not language


def _from_block(answer: str, place: int, found: Sequence[Block], how: str) -> Extraction:
    """An answer from a block; marked if it was finished and nothing unfinished follows."""
    complete = found[place].complete
    return Extraction(
        answer, marked=found[-1].complete, how=how if complete else f"{how}, which is not closed"
    )


def _parsed(text: str) -> _Parsed | None:
    """The text as Python; ``None`` if it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _Parsed(text, ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _defines(program: _Parsed | None, name: str, working: bool = False) -> bool:
    """Whether a program has a function, a class or a method of that name (``Solution.solve``);
    ``working``: one that holds more than a docstring, ``pass`` or ``...``."""
    body: Sequence[ast.stmt] = program.tree.body if program else ()
    *owners, last = name.split(".")
    for owner in owners:
        classes = [each for each in _top_level(body) if isinstance(each, ast.ClassDef)]
        body = [inner for each in classes if each.name == owner for inner in each.body]
    definitions = [each for each in _top_level(body) if last in _bound_by(each)]
    return any(not working or _does_something(each) for each in definitions)


def _does_something(definition: ast.stmt) -> bool:
    return not isinstance(definition, _DEFINITIONS) or any(
        not isinstance(each, (ast.Pass, *_IMPORTS))
        and not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in definition.body
    )


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a program does, those under an ``if`` or a ``try`` included."""
    waiting = [*reversed(body)]
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            waiting += reversed(statement.body)
            waiting += reversed(getattr(statement, "orelse", []))


def _bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement defines, imports or assigns."""
    if isinstance(statement, _DEFINITIONS):
        return {statement.name}
    if isinstance(statement, _IMPORTS):
        return {(each.asname or each.name).partition(".")[0] for each in statement.names}
    if isinstance(statement, _ASSIGNMENTS):
        return {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return set()


def _names(tree: ast.AST) -> set[str]:
    """Names and attributes that occur."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, _IMPORTS):
            found |= {each.name for each in node.names}
    return found


def _missing(trees: Sequence[ast.AST]) -> set[str]:
    """Names that are used and nowhere bound."""
    used: set[str] = set()
    bound: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, (*_DEFINITIONS, *_IMPORTS)):
                bound |= _bound_by(node)
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                bound.add(node.name)
    return used - bound - _BUILTINS


def _helpers(parsed: Sequence[_Parsed | None]) -> list[str]:
    """What the last of these programs needs of those before it, in the order in which it stands."""
    *earlier, chosen = parsed
    missing = _missing([chosen.tree]) if chosen else set()
    found: list[str] = []
    for each in reversed(earlier):
        if each is None or not missing:
            continue
        kept = _needed(each.tree, missing)
        if kept:
            lines = each.text.split("\n")
            found.insert(0, "\n".join(_source(lines, statement) for statement in kept))
            missing = (missing | _missing(kept)).difference(*map(_bound_by, kept))
    return found


def _needed(tree: ast.Module, missing: set[str]) -> list[ast.stmt]:
    """The definitions of a block, and its assignments that they or others need; none if nothing of
    it is missing."""
    if not any(missing & _bound_by(statement) for statement in tree.body):
        return []
    definitions = [each for each in tree.body if isinstance(each, (*_DEFINITIONS, *_IMPORTS))]
    wanted = missing | _missing(definitions)
    return [
        each
        for each in tree.body
        if isinstance(each, (*_DEFINITIONS, *_IMPORTS))
        or (isinstance(each, _ASSIGNMENTS) and wanted & _bound_by(each))
    ]


def _source(lines: Sequence[str], statement: ast.stmt) -> str:
    """The lines of a statement, decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    return "\n".join(lines[first - 1 : statement.end_lineno])


def _joined(parts: Sequence[str]) -> str:
    """Parts as one program, in which imports from ``__future__`` stay the first statements."""
    first: list[str] = []
    rest: list[str] = []
    for part in parts:
        parsed = _parsed(part) if "__future__" in part else None
        lines = part.split("\n")
        for each in parsed.tree.body if parsed else ():
            if isinstance(each, ast.ImportFrom) and each.module == "__future__":
                first.append(_source(lines, each))
                for number in range(each.lineno - 1, each.end_lineno or each.lineno):
                    lines[number] = ""
        rest.append("\n".join(lines).strip("\n"))
    return "\n\n".join(part for part in (*dict.fromkeys(first), *rest) if part.strip()) + "\n"


def _continued(stub: str, body: str, name: str) -> str | None:
    """The program that a body makes of the beginning of one; ``None`` if it makes none.

    A body may have lost the indentation of its first line, and ends before the first line after it
    that is not indented.
    """
    if not stub or not body.strip():
        return None
    begun = stub if stub.endswith("\n") else stub + "\n"
    body = body.strip("\n")
    if not body[:1].isspace():
        body = "    " + body
    lines = body.split("\n")
    inside = next(
        (place for place, line in enumerate(lines) if line.strip() and not line[:1].isspace()),
        len(lines),
    )
    for text in dict.fromkeys((body, "\n".join(lines[:inside]))):
        whole = _parsed(begun + text + "\n")
        if whole is not None and _returns(whole.tree, name, after=begun.count("\n")):
            return whole.text
    return None


def _returns(tree: ast.Module, name: str, after: int) -> bool:
    """Whether the function has something to say after a line: it returns, yields or raises."""
    ends = (ast.Return, ast.Yield, ast.YieldFrom, ast.Raise)
    return any(
        isinstance(node, ends) and node.lineno > after
        for statement in tree.body
        if isinstance(statement, _DEFINITIONS) and statement.name == name
        for node in ast.walk(statement)
    )
