"""The program in a model's text: Python that defines what was asked for, or reads what it is given.

The rule, for a function or class (``meta["entry_point"]``): the last fenced block that defines it.
A value counts as well (``add = other``), but not one that is made of the name (``add = add(1, 2)``)
or can be no function; a method may be inherited. What it uses and nobody defines is taken from the
blocks before it, or else after it: imports, functions, classes and assignments that are needed,
never what such a block does besides. Where no block defines it, one may go on with the beginning
that the question gives (``meta["stub"]``): an indented body that returns something. Then the text
itself counts (up to a first fence), in either way; then a block that imports the name, as examples
of its use do; and at last a definition without a body of its own (a docstring, ``pass``, imports,
``raise NotImplementedError``), such as the question once more. What stands between ``[BEGIN]`` and
``[DONE]`` is a block, too, without the quotes around it.

For a program (no entry point): of the blocks that parse and call something, those tagged as Python
or else those without a tag, the last that reads its input and calls something at once, else the
last that reads, else the last; in each case with what it needs of other blocks. A block that uses
what an earlier complete program defines, or puts something else in the place of standard input, is
an example and counts only where there is nothing else.

Where nothing of this is found, the last complete block that begins to define what is asked (or is
tagged as Python, for a program) is the answer though it does not parse: a program that is wrong.

A block is complete if a fence closes it. An answer in a block is to be believed in a text that was
cut off if no unfinished block stands at its end. Knows the syntax of Python and runs nothing.
Linear in the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from perfbench.evaluation.extraction.fences import (
    Block,
    before_first_fence,
    begun_and_done,
    blocks,
)
from perfbench.evaluation.extraction.source import (
    ASSIGNMENTS,
    DEFINITIONS,
    IMPORTS,
    Parsed,
    bound_by,
    each_parsed,
    helpers,
    joined,
    missing_names,
    parsed,
    top_level,
)
from perfbench.types import Extraction, Sample

_READERS = frozenset(("input", "stdin", "fileinput"))
_INPUT_FILES = ("0", "'/dev/stdin'")
_BODIES = 4
"""Of so many last blocks, each may go on with the question; a bound for texts of many blocks."""
_ANCESTORS = 16
"""Classes of which one inherits, at most; a bound, too."""
_CALLABLES = (ast.Lambda, ast.Name, ast.Attribute, ast.Call, ast.IfExp, ast.Subscript)

_Way = Literal["works", "imported", "nothing"]
"""How a program has a name: as a function, a class or a value; by an import; as a definition
without a body of its own. The best first."""


def code(text: str, sample: Sample) -> Extraction:
    """The program that a text gives as its answer, as it is to be run."""
    found = blocks(text) or begun_and_done(text)
    programs = each_parsed([block.text for block in found])
    if not sample.meta.get("entry_point"):
        return _program(text, found, programs)
    name = str(sample.meta["entry_point"]).replace("()", "")
    stub = str(sample.meta.get("stub") or "")
    ways = _ways(programs, name)
    for place in _places(ways, "works")[-1:]:
        whole = joined([*helpers(programs, place), found[place].text])
        return _from_block(whole, place, found, f"the last block that defines {name}")
    for place in reversed(range(len(found))[-_BODIES:]):
        continued = _continued(stub, found[place].text, name)
        if continued is not None:
            return _from_block(continued, place, found, f"a block that goes on with {name}")
    plain = before_first_fence(text)
    (bare,) = _ways([parsed(plain)], name)
    if bare == "works":
        return Extraction(plain, how=f"the text, which defines {name}")
    continued = _continued(stub, plain, name)
    if continued is not None:
        return Extraction(continued, how=f"the text, which goes on with {name}")
    for way, how in (("imported", "imports"), ("nothing", "defines")):
        for place in _places(ways, way)[-1:]:
            said = f"the last block that {how} {name}" + (
                ", as nothing" if how == "defines" else ""
            )
            return _from_block(found[place].text, place, found, said)
    if bare is not None:
        return Extraction(plain, how=f"the text, which defines {name}, as nothing")
    last = name.rpartition(".")[2]
    begins = re.compile(rf"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+{re.escape(last)}\b", re.M)
    slip = _broken(found, programs, lambda block: begins.search(block.text) is not None)
    return slip or Extraction(None, how=f"nothing defines {name}")


def _program(text: str, found: Sequence[Block], programs: Sequence[Parsed | None]) -> Extraction:
    grades = _grades(programs)
    for tagged in (True, False):
        fitting = {p: grade for p, grade in grades.items() if _fits(found[p].language, tagged)}
        if fitting:
            best = max(fitting.values())
            place = max(place for place, grade in fitting.items() if grade == best)
            parts = helpers(programs, place)
            whole = joined([*parts, found[place].text]) if parts else found[place].text
            return _from_block(whole, place, found, "the last block that is a program")
    plain = before_first_fence(text)
    bare = parsed(plain)
    if bare is not None and _calls(ast.walk(bare.tree)):
        return Extraction(plain, how="the text, which is a program")
    slip = _broken(found, programs, lambda block: _fits(block.language, tagged=True))
    return slip or Extraction(None, how="nothing is a program")


def _grades(programs: Sequence[Parsed | None]) -> dict[int, int]:
    """How likely each block that calls something is meant as the program: 3 for one that reads its
    input and calls something at once, 2 for one that reads, 1 for others, 0 for examples of use:
    those that feed an input, or use what a program of an earlier block defines."""
    found: dict[int, int] = {}
    finished: set[str] = set()
    reading: set[str] = set()
    for place, each in enumerate(programs):
        if each is None:
            continue
        nodes = [*ast.walk(each.tree)]
        missing = missing_names(nodes)
        reads = _reads(nodes) or bool(missing & reading)
        runs = any(_calls(ast.walk(outside)) for outside in _outside_definitions(each.tree))
        example = _feeds(nodes) or bool(missing & finished)
        if _calls(nodes):
            found[place] = 0 if example else 1 + reads + (reads and runs)
        if not example:
            own = [e for e in top_level(each.tree.body) if not isinstance(e, IMPORTS)]
            names = set().union(*map(bound_by, own))
            finished -= names
            reading -= names
            if reads:
                (finished if runs else reading).update(names)
    return found


def _calls(nodes: Iterable[ast.AST]) -> bool:
    return any(isinstance(node, ast.Call) for node in nodes)


def _outside_definitions(tree: ast.Module) -> list[ast.stmt]:
    """The statements that a program runs itself; a whole one may define what it then uses."""
    return [each for each in tree.body if not isinstance(each, (*DEFINITIONS, *IMPORTS))]


def _reads(nodes: Sequence[ast.AST]) -> bool:
    """Whether standard input is read: by ``input``, ``sys.stdin``, ``fileinput`` or as a file."""
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and not _is_read(node)}
    readers = _READERS - own
    return any(_is_reader(node, readers) for node in nodes)


def _is_reader(node: ast.AST, readers: frozenset[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in readers and _is_read(node)
    if isinstance(node, ast.Attribute):
        return node.attr in ("stdin", "__stdin__") and _is_read(node)
    if isinstance(node, IMPORTS):
        return any(each.name in _READERS for each in node.names)
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        function = node.func
        name = getattr(function, "id", None) or getattr(function, "attr", None)
        # 0 is a number here: False and 0.0 open nothing.
        return name in ("open", "fdopen", "read") and repr(node.args[0].value) in _INPUT_FILES
    return False


def _feeds(nodes: Iterable[ast.AST]) -> bool:
    """Whether something is put in the place of standard input that does not read it."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets = [inner for target in node.targets for inner in ast.walk(target)]
            stored = [e for e in targets if isinstance(e, ast.Attribute) and not _is_read(e)]
            if any(each.attr == "stdin" for each in stored) and not _reads([*ast.walk(node.value)]):
                return True
    return False


def _broken(
    found: Sequence[Block], programs: Sequence[Parsed | None], meant: Callable[[Block], bool]
) -> Extraction | None:
    """The last complete block that is meant for a program and is none: a wrong answer."""
    for place in reversed(range(len(found))):
        block = found[place]
        if programs[place] is None and block.complete and meant(block):
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


def _ways(programs: Sequence[Parsed | None], name: str) -> list[_Way | None]:
    """How each program has a function, a class or a method of that name (``Solution.solve``).

    A method may be inherited from a class of the same or of an earlier program.
    """
    *owners, last = name.split(".")
    classes: dict[str, ast.ClassDef] = {}
    found: list[_Way | None] = []
    for program in programs:
        body: Sequence[ast.stmt] = [*top_level(program.tree.body)] if program else []
        classes |= {each.name: each for each in body if isinstance(each, ast.ClassDef)}
        for owner in owners:
            owning = [e for e in body if isinstance(e, ast.ClassDef) and e.name == owner]
            body = [inner for each in owning for inner in _members(each, classes)]
        ways = {_way(each, last) for each in body}
        found.append(next((way for way in get_args(_Way) if way in ways), None))
    return found


def _places(ways: Sequence[_Way | None], wanted: str) -> list[int]:
    return [place for place, way in enumerate(ways) if way == wanted]


def _members(owner: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> Iterator[ast.stmt]:
    """The statements of a class and of those that it inherits from, as far as they are known."""
    met = {owner.name: owner}
    waiting = [owner]
    while waiting:
        each = waiting.pop()
        yield from top_level(each.body)
        for base in each.bases:
            known = classes.get(base.id) if isinstance(base, ast.Name) else None
            if known is not None and known.name not in met and len(met) < _ANCESTORS:
                met[known.name] = known
                waiting.append(known)


def _way(statement: ast.stmt, name: str) -> _Way | None:
    """How a statement defines a name. A value that is made of the name, or can be no function, is
    what an example of its use may assign."""
    if name not in bound_by(statement):
        return None
    if isinstance(statement, IMPORTS):
        return "imported"
    if isinstance(statement, DEFINITIONS):
        return "works" if _does_something(statement) else "nothing"
    value = statement.value if isinstance(statement, ASSIGNMENTS) else None
    used = {
        node.id for node in ast.walk(statement) if _is_read(node) and isinstance(node, ast.Name)
    }
    return "works" if isinstance(value, _CALLABLES) and name not in used else None


def _does_something(statement: ast.stmt) -> bool:
    if isinstance(statement, DEFINITIONS):
        return any(map(_does_something, statement.body))
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return not (isinstance(raised, ast.Name) and raised.id == "NotImplementedError")
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    return not isinstance(statement, (ast.Pass, *IMPORTS))


def _is_read(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


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
        whole = parsed(begun + text + "\n")
        if whole is not None and _returns(whole.tree, name, after=begun.count("\n")):
            return whole.text
    return None


def _returns(tree: ast.Module, name: str, after: int) -> bool:
    """Whether the function has something to say after a line: it returns, yields or raises."""
    ends = (ast.Return, ast.Yield, ast.YieldFrom, ast.Raise)
    return any(
        isinstance(node, ends) and node.lineno > after
        for statement in tree.body
        if isinstance(statement, DEFINITIONS) and statement.name == name
        for node in ast.walk(statement)
    )
