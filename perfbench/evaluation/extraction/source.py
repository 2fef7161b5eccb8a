"""Python source as text: which names it binds and lacks, and how several texts make one program.

Knows the syntax of Python, nothing of answers and questions, and runs nothing. Linear in the text.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """Source text that is Python."""

    text: str
    tree: ast.Module


def parsed(text: str) -> Parsed | None:
    """The text as Python; ``None`` if it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Parsed(text, ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def each_parsed(texts: Sequence[str]) -> list[Parsed | None]:
    """Each text as Python; one that comes again, as the blocks of a looping answer do, is the same
    object."""
    known = {text: parsed(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


def top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a program does, those under an ``if`` or a ``try`` included."""
    waiting = [*reversed(body)]
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            waiting += reversed(statement.body)
            waiting += reversed(getattr(statement, "orelse", []))
            for handler in getattr(statement, "handlers", []):
                waiting += reversed(handler.body)


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement defines, imports or assigns."""
    if isinstance(statement, DEFINITIONS):
        return {statement.name}
    if isinstance(statement, IMPORTS):
        return {(each.asname or each.name).partition(".")[0] for each in statement.names}
    if isinstance(statement, ASSIGNMENTS):
        return {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return set()


def missing_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are used in some of these nodes and bound in none."""
    used: set[str] = set()
    bound: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (*DEFINITIONS, *IMPORTS)):
            bound |= bound_by(node)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            bound.add(node.name)
    return used - bound - _BUILTINS


def helpers(programs: Sequence[Parsed | None], place: int) -> list[str]:
    """What one of these programs needs of those before it, in the order in which it stands; what
    none of these has is looked for in those after it."""
    chosen = programs[place]
    missing = missing_names(ast.walk(chosen.tree)) if chosen else set()
    found: list[str] = []
    for number in (*reversed(range(place)), *range(place + 1, len(programs))):
        each = programs[number]
        if each is None or not missing:
            continue
        # An import of all that a module has may bind anything. After the program it is likely one
        # of the program itself.
        kept = _needed(each.tree, missing | {"*"} if number < place else missing)
        if kept:
            lines = each.text.split("\n")
            found.insert(0, "\n".join(_source(lines, statement) for statement in kept))
            used = missing_names(node for statement in kept for node in ast.walk(statement))
            missing = (missing | used).difference(*map(_bound_in, kept))
    return found


def _needed(tree: ast.Module, missing: set[str]) -> list[ast.stmt]:
    """The imports, definitions and assignments of a block that bind a name that is missing, or one
    that these need."""
    binding: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        names = _bound_in(statement)
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            names = {"*"}
        for name in names:
            binding.setdefault(name, []).append(statement)
    waiting = [*missing]
    kept: set[ast.stmt] = set()
    while waiting:
        for statement in binding.pop(waiting.pop(), ()):
            kept.add(statement)
            waiting += missing_names(ast.walk(statement))
    return [statement for statement in tree.body if statement in kept]


def _bound_in(statement: ast.stmt) -> set[str]:
    """The names that a statement binds and does nothing else, as a ``try`` of imports may."""
    inner = [*top_level([statement])]
    binding = (*DEFINITIONS, *IMPORTS, *ASSIGNMENTS, ast.If, ast.Try, ast.Pass)
    if not all(isinstance(each, binding) for each in inner):
        return set()
    return set().union(*map(bound_by, inner))


def _source(lines: Sequence[str], statement: ast.stmt) -> str:
    """The lines of a statement, decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    return "\n".join(lines[first - 1 : statement.end_lineno])


def joined(parts: Sequence[str]) -> str:
    """Texts as one program, in which imports from ``__future__`` stay the first statements."""
    first: list[str] = []
    rest: list[str] = []
    for part in parts:
        program = parsed(part) if "__future__" in part else None
        lines = part.split("\n")
        for each in program.tree.body if program else ():
            if isinstance(each, ast.ImportFrom) and each.module == "__future__":
                first.append(ast.unparse(each))
                last = (each.end_lineno or each.lineno) - 1
                # In bytes; another statement may stand on its lines.
                head = lines[each.lineno - 1].encode()[: each.col_offset].decode()
                tail = lines[last].encode()[each.end_col_offset :].decode()
                gone = [""] * (last - each.lineno + 1)
                lines[each.lineno - 1 : last + 1] = [
                    f"{head}pass{tail}" if (head + tail).strip() else "",
                    *gone,
                ]
        rest.append("\n".join(lines).strip("\n"))
    return "\n\n".join(part for part in (*dict.fromkeys(first), *rest) if part.strip()) + "\n"
