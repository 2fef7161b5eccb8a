"""Which program an answer gives: the last block that defines what is asked, or what else does."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
import warnings
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.extraction.code import code
from perfbench.evaluation.extraction.fences import blocks
from perfbench.evaluation.verdict import verdict
from perfbench.types import Extraction, Outcome, Sample, Score

STUB = 'from typing import List\n\n\ndef add(a: int, b: int) -> int:\n    """The sum."""\n'
ADD = "def add(a, b):\n    return a + b\n"


def extracted(text: str, **meta: Any) -> Extraction:
    return code(text, Sample("s", "?", meta={"entry_point": "add", **meta}))


def fenced(*programs: str, tag: str = "python") -> str:
    return "\n".join(f"Words.\n\n```{tag}\n{program}```\n" for program in programs)


def value(answer: str | None, *arguments: int) -> Any:
    """What the program answers when it is called."""
    assert answer is not None
    namespace: dict[str, Any] = {}
    exec(answer, namespace)
    return namespace["add"](*arguments)


@pytest.mark.parametrize(
    "text",
    [
        fenced(ADD),
        fenced(ADD, tag=""),
        fenced(ADD, tag="Python3"),
        f"~~~py\n{ADD}~~~",
        f"````python\n{ADD}````\n",
        f"1. So:\n\n   ```python\n   {ADD.replace(chr(10), chr(10) + '   ').rstrip()}\n   ```\n",
        "\t```python\n\tdef add(a, b):\n\t\treturn a + b\n\t```",
        fenced(ADD).replace("\n", "\r\n"),
        fenced("def add(a, b):\n    return a - b\n", ADD),
        fenced(ADD, "print(add(1, 2))\n"),
        fenced(ADD, "$ python add.py\n", "assert add(1, 2) == 3\n"),
        fenced(ADD) + "\n```\n3\n```\n",
        fenced(ADD) + "\n```java\nint add(int a, int b) { return a - b; }\n```\n",
        fenced(ADD) + "The call `add(1, 2)` gives 3, ```add(0, 0)``` nothing.",
        fenced(
            'def add(a, b):\n    """Usage:\n\n    ```\n    add(1, 2)\n    ```\n    """\n'
            "    return a + b\n"
        ),
        fenced("def add(a, b):\n    '''It's a sum: '''\n    return a + b\n"),
        fenced("if True:\n    def add(a, b):\n        return a + b\n"),
        fenced("add = lambda a, b: a + b\n"),
        fenced("from operator import add\n"),
        ADD,
        f"\n{ADD}\n\n",
        f"{ADD}```\nThat is all.",
        f"{fenced(STUB)}{fenced('    return a + b' + chr(10))}",
        f"{fenced(ADD)}\nThe question was:\n{fenced(STUB)}",
        "    return a + b\n",
        "return a + b",
        "    total = a\n    return total + b\n\ndef other(:\n",
        fenced("    return a + b\n"),
        "[BEGIN]\n'def add(a, b):\n    return a + b'\n[DONE]",
        "[BEGIN]\ndef add(a, b):\n    return a + b\n[DONE]\n\n[BEGIN]\nno\n[DONE]",
    ],
)
def test_a_right_program_is_found(text: str) -> None:
    assert value(extracted(text, stub=STUB).answer, 1, 2) == 3


@pytest.mark.parametrize(
    "text",
    [
        f"Solution: ```python\n{ADD}```\n",
        f"Solution: ```\n{ADD}```\n",
        f"**Use `a` and `b`:** ```py\n{ADD}```\nThat is all.\n",
        f"- ```python\n{ADD}```\n",
        "1. ```python\n   def add(a, b):\n       return a + b\n   ```\n",
        "1. ```\n   def add(a, b):\n       return a + b\n   ```\n",
        "  2. So: ```python\n     def add(a, b):\n\n         return a + b\n     ```\n",
        f"1. So: ```python\n{ADD}```\n",
        "So: ```python\n    return a + b\n```\n",
        f"A fence is ``` here.\n{fenced(ADD)}",
        f"It ends with ```\n{fenced(ADD)}",
        f"[BEGIN]```python\n{ADD}```\n[DONE]",
    ],
)
def test_a_fence_may_follow_words_on_its_line(text: str) -> None:
    assert value(extracted(text, stub=STUB).answer, 1, 2) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The sum is a + b.",
        fenced("def plus(a, b):\n    return a + b\n"),
        fenced("def adds(a, b):\n    return (a + b\n"),
        "```python\ndef add(a, b):\n    return (a + b\n",
        fenced("print(1)\n"),
        "```python\n```",
        "    I would add them.\n",
        "    a\n",
        "```" * 1000,
        "def add(a, b) return a + b",
        "\x00",
        "\ud800```\ndef add(): return '\ud800'\n```",
    ],
)
def test_what_cannot_be_found_is_no_answer(text: str) -> None:
    assert extracted(text, stub=STUB).answer is None


def test_a_program_with_a_slip_is_an_answer_and_wrong() -> None:
    broken = "def add(a, b):\n    return (a + b\n"
    assert extracted(fenced(broken)).answer == broken.rstrip()
    assert value(extracted(fenced(broken, ADD, broken)).answer, 1, 2) == 3
    assert program(fenced("print(input()\n")) == "print(input()"
    assert program(fenced("print(input()\n", tag="")) is None
    assert judged(fenced(broken) + "Now", "length").value == 1


def test_helpers_of_earlier_blocks_come_along_and_nothing_else() -> None:
    text = fenced(
        "import math\nLIMIT = 10\n\ndef bounded(n):\n    return min(n, LIMIT)\n\nprint('used')\n",
        "def unused():\n    return 1\n\nraise SystemExit\n",
        "def add(a, b):\n    return bounded(math.floor(a + b))\n",
    )
    found = extracted(text).answer
    assert value(found, 7, 8) == 10
    assert found is not None
    assert "print" not in found
    assert "unused" not in found
    assert "SystemExit" not in found


@pytest.mark.parametrize(
    "use",
    [
        "from solution import add\nassert add(2, 3) == 5\n",
        "from your_module import add\n\ndef test_add():\n    assert add(2, 3) == 5\n",
        "import add\n\nprint(add.add(1, 2))\n",
        "add = add(1, 2)\nprint(add)\n",
        "add = 3\n",
        "def add(a, b):\n    raise NotImplementedError\n",
        "def add(a, b):\n    'Your code.'\n    raise NotImplementedError('here')\n",
        "import pytest\nfrom main import add\n\n@pytest.mark.parametrize('a', [1])\n"
        "def test_add(a):\n    assert add(a, 1) == 2\n",
        "import unittest\nfrom add import add\n\nclass TestAdd(unittest.TestCase):\n"
        "    def test(self):\n        self.assertEqual(add(1, 2), 3)\n\n"
        "if __name__ == '__main__':\n    unittest.main()\n",
        "if __name__ == '__main__':\n    from solution import add\n    print(add(1, 2))\n",
        "if __name__ == '__main__':\n    add = sum([add(1, 2)])\n",
        ">>> add(1, 2)\n3\n",
        "import timeit\nfrom solution import *\nprint(timeit.timeit(lambda: add(1, 2)))\n",
    ],
)
def test_an_example_of_its_use_is_not_the_program(use: str) -> None:
    assert value(extracted(fenced(ADD, use), stub=STUB).answer, 1, 2) == 3
    assert value(extracted(f"{ADD}\n```python\n{use}```\n").answer, 1, 2) == 3
    assert value(extracted(fenced(ADD, use, ADD)).answer, 1, 2) == 3


def test_a_part_may_stand_in_another_block() -> None:
    for programs in (
        ("from typing import *\n", "def add(a: List, b: Dict[int, int]):\n    return a + b\n"),
        ("def add(a, b):\n    return plus(a, b)\n", "def plus(a, b):\n    return a + b\n"),
        (
            "def add(a, b):\n    return plus(a, b)\n",
            "from solution import add\n\ndef plus(a, b):\n    return a + b\n\nadd(1, 2)\n",
        ),
        (
            "import missing_here\n\ndef plus(a, b):\n    return a + b\n",
            "def add(a, b):\n    return plus(a, b)\n",
        ),
        ("def plus(a, b):\n    return a + b\n", "add = plus\n"),
        (
            "try:\n    from fast import plus\nexcept ImportError:\n    plus = int.__add__\n",
            "def add(a, b):\n    return plus(a, b)\n",
        ),
        (
            "try:\n    from fast import add\nexcept ImportError:\n"
            "    def add(a, b):\n        return a + b\n",
        ),
    ):
        assert value(extracted(fenced(*programs)).answer, 1, 2) == 3


def test_imports_of_the_future_stay_first() -> None:
    text = fenced(
        "def helper(n: Later) -> int:\n    return n\n",
        "from __future__ import annotations\n\ndef add(a, b):\n    return helper(a) + b\n",
    )
    assert value(extracted(text).answer, 1, 2) == 3


def test_a_method_of_a_class() -> None:
    solution = "class Solution:\n    def add(self, a, b):\n        return a + b\n"
    meta = {"entry_point": "Solution().add"}
    assert extracted(fenced(solution), **meta).answer == solution
    assert extracted(fenced(ADD), **meta).answer is None
    assert extracted(fenced(solution.replace("add", "plus")), **meta).answer is None


def test_a_method_that_is_inherited() -> None:
    meta = {"entry_point": "Solution().add"}
    base = "class Base:\n    def add(self, a, b):\n        return a + b\n"
    own = "class Solution(Base):\n    pass\n"
    for text in (
        fenced(f"{base}\n{own}"),
        fenced(base, own),
        fenced(f"{base}\n{own}", "sol = Solution()\nprint(sol.add(1, 2))\n"),
    ):
        namespace: dict[str, Any] = {}
        exec(str(extracted(text, **meta).answer), namespace)
        assert namespace["Solution"]().add(1, 2) == 3
    assert extracted(fenced(own), **meta).answer is None
    assert extracted(fenced("class Solution(Solution):\n    pass\n"), **meta).answer is None


def test_a_class_with_its_helper_in_another_block() -> None:
    text = fenced(
        "from typing import List\n\nclass Tree:\n    pass\n\nTree().grow()\n",
        "class Solution:\n    def add(self, a: List[Tree], b):\n        return a + b\n",
        "print(Solution().add(1, 2))\n",
    )
    namespace: dict[str, Any] = {}
    exec(str(extracted(text, entry_point="Solution().add").answer), namespace)
    assert namespace["Solution"]().add(1, 2) == 3


def program(text: str) -> str | None:
    return code(text, Sample("s", "?")).answer


def test_a_program_that_reads_its_input() -> None:
    read = "n = int(input())\nprint(n * 2)"
    for text in (
        fenced(read + "\n"),
        fenced("print('first try')\n", read + "\n"),
        fenced(read + "\n", "print(solve(3))\n"),
        fenced(read + "\n") + "\nInput:\n\n```\n21\n```\n\nOutput:\n\n```\nprint\n```\n",
        fenced(read + "\n", tag=""),
        fenced(read + "\n") + "```\nimport sys; sys.stdin\n```",
        read,
    ):
        assert program(text) == read
    for text in ("It is 42.", "42", fenced("42\n"), fenced("cat input.txt | wc\n", tag="bash")):
        assert program(text) is None


SOLVE = "def solve():\n    n = int(input())\n    print(n * 2)"
"""Reads and prints as soon as it is called."""


@pytest.mark.parametrize(
    "use",
    [
        "import io, sys\nsys.stdin = io.StringIO('5\\n')\nsolve()\n",
        "import random\nwith open('in.txt', 'w') as file:\n    file.write(str(random.random()))\n",
        "solve()\nprint(input())\n",
        "old = sys.stdin\nsys.stdin = open('in.txt')\nsolve()\nsys.stdin = old\n",
        "from main import solve\nimport io, sys\nsys.stdin = io.StringIO('1')\nsolve()\n",
        "import pytest\nfrom main import solve\n\n@pytest.mark.parametrize('input', ['1'])\n"
        "def test_solve(input):\n    assert solve(input)\n\npytest.main()\n",
        "import subprocess\nprint(subprocess.run(['python', 'main.py'], input='5', text=True))\n",
        "from unittest.mock import patch\nwith patch('builtins.input', return_value='5'):\n"
        "    solve()\n",
    ],
)
def test_an_example_is_not_the_program(use: str) -> None:
    whole = f"{SOLVE}\n\nsolve()"
    assert program(fenced(f"{whole}\n", use)) == whole
    main = f"{SOLVE}\n\nif __name__ == '__main__':\n    solve()"
    assert program(fenced(f"{main}\n", use)) == main


@pytest.mark.parametrize(
    "read",
    [
        "sys.stdin = open(0)\nprint(sys.stdin.read())",
        "import io, os, sys\nsys.stdin = io.BytesIO(os.read(0, 10**6))\nprint(1)",
        "import sys\nsys.stdin = Fast(sys.stdin)\nprint(1)",
        "print(open('/dev/stdin').read())",
        "from sys import stdin as lines\nprint(lines.read())",
        "import fileinput as f\nprint(*f.input())",
        "input = sys.stdin.readline\nprint(input())",
    ],
)
def test_ways_to_read(read: str) -> None:
    assert program(fenced(f"{read}\n", "print('words')\n")) == read


def test_a_program_in_parts() -> None:
    for parts in (
        (f"import sys\n\n{SOLVE}\n", "if __name__ == '__main__':\n    solve()\n"),
        ("def twice(n):\n    return n * 2\n", "print(twice(int(input())))\n"),
        ("def twice(n):\n    return n * 2\n", "print(twice(int(input())))\n", "print(twice(3))\n"),
        (
            "def read():\n    return int(input())\n",
            "def solve():\n    print(read() * 2)\n",
            "solve()\n",
        ),
        ("import sys\nprint(2)\n", "for line in sys.stdin:\n    print(int(line) * 2)\n"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", str(program(fenced(*parts)))],
            input="21\n",
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "42\n"


class Ended:
    def __init__(self, text: str, finish: str) -> None:
        self.text = text
        self.finish = finish
        self.outcome: Outcome = "ok"


def judged(text: str, finish: str) -> Score:
    def right(answer: str, sample: Sample) -> Score:
        return Score(1.0, answer)

    return verdict(Ended(text, finish), Sample("s", "?", meta={"entry_point": "add"}), code, right)


def test_a_text_that_was_cut_off() -> None:
    cut = {
        fenced(ADD) + "This works because": 1,
        fenced(ADD) + "Or, better:\n```python\ndef add(a, b):\n    retu": None,
        "```python\n" + ADD: None,
        "```python\ndef add(a, b):\n    return a +": None,
        ADD: None,
    }
    for text, wanted in cut.items():
        score = judged(text, "length")
        assert score.value == wanted
        assert score.unscored == (None if wanted else "cut_off")
        assert "\n" not in score.why
    assert judged("```python\n" + ADD, "stop").value == 1
    assert judged(f"<think>```python\ndef add(): 1\n```\n</think>{fenced(ADD)}", "stop").value == 1


PIECES = st.sampled_from(
    [
        *("```", "```python", "~~~", "    ```", "def add(a, b):", "    return a + b", "'''", '"""'),
        *("class Solution:", "(", ")", "print(add(1, 2))", "from __future__ import annotations"),
        *("import math", "[BEGIN]", "[DONE]", "\t", "\\", "return 1", "@x", "lambda: (", "\r", "é"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=20), st.booleans())
def test_any_text_gives_a_program_that_defines_it_or_none(lines: list[str], begun: bool) -> None:
    found = extracted("\n".join(lines), stub=STUB if begun else "")
    if found.answer is not None:
        assert "add" in found.answer
        if "no Python" not in found.how:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes that mean nothing, as in a model's
                ast.parse(found.answer)
    program("\n".join(lines))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["```", "~~~", "````"]), st.text(max_size=30))))
def test_blocks_hold_what_stands_between_their_fences(parts: list[tuple[str, str]]) -> None:
    clean = [(fence, body.translate({ord(c): " " for c in "`~\r\n"})) for fence, body in parts]
    text = "".join(f"{fence}python\n{body}\n{fence}\n" for fence, body in clean)
    assert [(each.text, each.complete) for each in blocks(text)] == [
        (body, True) for _, body in clean
    ]
    assert {each.language for each in blocks(text)} <= {"python"}


@pytest.mark.parametrize(
    "piece",
    [
        "```\n",
        "x```y`",
        "x`````",
        " " * 9_999 + "x```y`",
        "1. ```py\n",
        "```python\nx\n```\n",
        "~~~\n```\n",
        "def add(a, b):\n",
        "(",
        "[BEGIN]",
        "\n",
        "'''",
    ],
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Twenty times the text in far less than the square of it, which would be 400 times."""

    def taken_s(text: str) -> float:
        begun = time.process_time()
        extracted(text, stub=STUB)
        program(text)
        return time.process_time() - begun

    taken_s(piece)
    short = max(taken_s(piece * (10_000 // len(piece))), 0.005)
    assert taken_s(piece * (200_000 // len(piece))) < 120 * short


def test_indentation_of_a_fence_is_not_the_program_s() -> None:
    text = dedent(
        """
        - first

          ```python
          def add(a, b):
              return a + b
          ```
        """
    )
    assert blocks(text)[0].text == ADD.rstrip()
