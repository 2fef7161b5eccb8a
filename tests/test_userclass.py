"""What a user's endpoint class may do wrong, and how that is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from perfbench import registry
from perfbench.errors import ConfigError
from perfbench.types import Generation, Sample

CLASS = """
import json
from perfbench.types import Delta

class Mine:
    takes = frozenset({{"text"}})
    def __init__(self, generation): {init}
    def path(self): {path}
    def build(self, sample): {build}
    def parse(self, data): {parse}
"""
FINE = {
    "init": "pass",
    "path": "return '/x'",
    "build": "return b'{}'",
    "parse": "return Delta(text=json.loads(data))",
}


def made(tmp_path: Path, **own: str) -> Any:
    file = tmp_path / "mine.py"
    file.write_text(CLASS.format(**{**FINE, **own}))
    return registry.resolve(registry.ENDPOINTS, str(file))(Generation(model="m"))


def test_a_class_that_does_as_it_should(tmp_path: Path) -> None:
    mine = made(tmp_path)
    assert (mine.path(), mine.build(Sample("1", "q"))) == ("/x", b"{}")
    assert mine.parse(b'"a"').text == "a"
    with pytest.raises(ValueError, match="Expecting value"):  # The service's fault.
        mine.parse(b"a")


def use(tmp_path: Path, method: str, does: str) -> None:
    mine = made(tmp_path, **{method: does})
    mine.path()
    mine.build(Sample("1", "q"))
    mine.parse(b'"a"')


@pytest.mark.parametrize(
    ("method", "does", "said"),
    [
        ("init", "1 / 0", "mine.py:7: ZeroDivisionError: division by zero"),
        ("path", "return 5", "mine.py: path returned int, not str"),
        ("build", "return {}", "mine.py: build returned dict, not bytes"),
        ("build", "raise KeyError('x')", "mine.py:9: KeyError: 'x'"),
        ("parse", "return 5", "mine.py: parse returned int, not Delta"),
        ("parse", "raise RuntimeError('odd')", "mine.py:10: RuntimeError: odd"),
        ("parse", "raise SystemExit(3)", "mine.py:10: SystemExit: 3"),
    ],
)
def test_what_it_does_wrong_is_one_line(tmp_path: Path, method: str, does: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"^[^\n]*{re.escape(said)}$"):
        use(tmp_path, method, does)


@pytest.mark.parametrize("kind", ["static", "class"])
def test_methods_may_be_those_of_the_class(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "mine.py"
    text = CLASS.format(**FINE)
    own = "" if kind == "static" else "cls, "
    text = text.replace("    def parse(self, data)", f"    @{kind}method\n    def parse({own}data)")
    text = text.replace(
        "    def path(self)", f"    @{kind}method\n    def path({own.rstrip(', ')})"
    )
    file.write_text(text)
    mine = registry.resolve(registry.ENDPOINTS, str(file))(Generation(model="m"))
    assert (mine.path(), mine.parse(b'"a"').text) == ("/x", "a")


def test_what_is_returned_may_be_of_a_class_of_ones_own(tmp_path: Path) -> None:
    more = "return type('More', (Delta,), {})(text='b')"
    assert made(tmp_path, parse=more).parse(b"1").text == "b"
