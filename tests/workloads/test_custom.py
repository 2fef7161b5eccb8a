from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from workload_points import point

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.workloads import LoadedWorkload, Tokenizer, load_workload

COUNTER = """
    from perfbench.types import Sample

    class Counter:
        notes = ["counting"]

        def __init__(self, config, tokenizer):
            self.start, self.tokenizer = config.seed, tokenizer

        def samples(self, point):
            number = self.start
            while True:
                yield Sample(str(number), f"{point.name}: {number}")
                number += 1
"""


def opened(
    tmp_path: Path, text: str, choice: str = "", tokenizer: Tokenizer | None = None, **fields: Any
) -> LoadedWorkload:
    path = tmp_path / "mine.py"
    path.write_text(dedent(text).lstrip())
    config = PerfConfig(dataset="custom", dataset_path=Path(f"{path}{choice}"), **fields)
    return load_workload(config, tokenizer)


def test_a_class_by_path(tmp_path: Path, bos: Tokenizer) -> None:
    workload = opened(tmp_path, COUNTER, tokenizer=bos, seed=5, max_tokens=9)
    found = list(islice(workload.samples(point(2)), 3))
    assert [sample.input for sample in found] == ["point_2: 5", "point_2: 6", "point_2: 7"]
    assert {sample.max_tokens for sample in found} == {9}
    length = bos.count([bos.render([{"role": "user", "content": "point_2: 5"}])])[0]
    assert found[0].input_tokens == length
    assert workload.notes == ["counting"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "def __init__(self): pass",
        "def __init__(self, tokenizer): assert tokenizer is None",
        "def __init__(self, *, config): assert config.dataset == 'custom'",
        "def __init__(self, other=3, **named): assert set(named) == {'config', 'tokenizer'}",
    ],
)
def test_a_constructor_is_given_what_it_asks_for(tmp_path: Path, header: str) -> None:
    text = f"""
        from dataclasses import dataclass
        from perfbench.types import Sample

        class One:
            {header}
            def samples(self, point):
                yield Sample("1", "text")

        @dataclass
        class Helper:
            size: int = 0
    """
    assert [s.input for s in opened(tmp_path, text).samples(point())] == ["text"]


TWO = "class A:\n    def samples(self, point): ...\nclass B(A): pass\n"


def test_one_of_several_classes(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match=r"several workloads \(A, B\); choose one with"):
        opened(tmp_path, TWO)
    assert isinstance(opened(tmp_path, TWO, ":B"), LoadedWorkload)
    with pytest.raises(WorkloadError, match="has no class C with a method samples"):
        opened(tmp_path, TWO, ":C")


def test_a_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--dataset custom needs --dataset-path"):
        load_workload(PerfConfig(dataset="custom"), None)
    for name in ("missing.py", "missing.py:Class", "mine.txt", ""):
        config = PerfConfig(dataset="custom", dataset_path=tmp_path / name)
        with pytest.raises(WorkloadError, match="no Python file"):
            load_workload(config, None)


BROKEN = [
    ("x = 1", "has no class with a method samples"),
    ("import perfbench.nothing", ":1: ModuleNotFoundError: No module named 'perfbench.nothing'"),
    ("x = 1\nclass A\n", ":2: SyntaxError: expected ':'"),
    (
        "class A:\n    def __init__(self, size): ...\n    def samples(self, point): ...",
        "A needs 'size', but workloads are given config and tokenizer only",
    ),
    (
        "class A:\n    def samples(self, p): ...\n    def __init__(self):\n        open('/no')",
        ":4: FileNotFoundError: ",
    ),
]


@pytest.mark.parametrize(("text", "reason"), BROKEN)
def test_broken_files_are_told_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(WorkloadError, match=re.escape(reason)) as caught:
        opened(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "mine.py"))
    assert "\n" not in str(caught.value)


def test_lines_are_told_for_relative_paths_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ny = x / 0\n")
    monkeypatch.chdir(tmp_path)
    config = PerfConfig(dataset="custom", dataset_path=Path("broken.py"))
    with pytest.raises(WorkloadError, match=r"^broken.py:2: ZeroDivisionError: division by zero$"):
        load_workload(config, None)


FAILING = [
    ("raise KeyError('x')", ":3: KeyError: 'x'"),
    ("yield 7", "item 1 of samples() is of type int; it yields perfbench.types.Sample objects"),
    ("return 7", "mine.py: TypeError: 'int' object is not iterable"),
    ("import json; json.loads('[')", ":3: JSONDecodeError: "),
]


@pytest.mark.parametrize(("body", "reason"), FAILING)
def test_failures_while_drawing_are_told_with_the_line(
    tmp_path: Path, body: str, reason: str
) -> None:
    text = f"class A:\n    def samples(self, point):\n        {body}\n"
    workload = opened(tmp_path, text)
    with pytest.raises(WorkloadError, match=re.escape(reason)):
        list(workload.samples(point()))
