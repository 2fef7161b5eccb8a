"""Style as a covariate: what is counted, and that what was put in comes out."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from perfbench.evaluation.figures.battles import Battle
from perfbench.evaluation.figures.ratings import POINTS, rate
from perfbench.evaluation.figures.style import (
    Style,
    controlled,
    differences,
    length_controlled,
    style_of,
)

ANSWER = """# Title

Some **bold** words, and __more__.

1. first
2) second
- third

```python
# no header
- no item
```
"""


def sized(tokens: int) -> Style:
    return Style(4 * tokens, tokens, 0, 0, 0)


def tournament(worth: float) -> tuple[list[Battle], list[tuple[Style, Style]]]:
    """Stronger models write longer, and the judge gives ``worth`` for the relative difference."""
    drawn = random.Random(3)
    battles, styles = [], []
    for question in range(300):
        for i in range(4):
            for j in range(i):
                a, b = (int(100 + 80 * place * drawn.random()) for place in (i, j))
                odds = 0.3 * (i - j) + worth * (a - b) / (a + b)
                won = drawn.random() < 1 / (1 + math.exp(-odds))
                battles.append(Battle(f"m{i}", f"m{j}", float(won), str(question)))
                styles.append((sized(a), sized(b)))
    return battles, styles


def test_markup_is_counted_outside_of_code():
    found = style_of(ANSWER, 40)
    assert (found.headers, found.lists, found.bold) == (1, 3, 2)
    assert (found.characters, found.tokens) == (len(ANSWER), 40)


def test_differences_are_relative_and_by_tokens_where_both_are_known():
    a, b = Style(300, 30, 3, 0, 1), Style(100, None, 1, 0, 1)
    assert differences([(a, b)]).tolist() == [[0.5, 0.5, 0.0, 0.0]]
    assert differences([(sized(30), sized(10))]).tolist() == [[0.5, 0.0, 0.0, 0.0]]


def test_what_length_is_worth_comes_out():
    battles, styles = tournament(worth=3)
    features = differences(styles)
    found = controlled(battles, features, "m0", draws=400)
    worth = 3 * features[:, 0].std() * POINTS
    assert found.coefficients == {"length": pytest.approx(worth, rel=0.15)}
    assert len(found.table.ratings) == 4
    for each in found.table.ratings:
        true = 1000 + 0.3 * int(each.model[1]) * POINTS
        assert each.low - 5 <= true <= each.high + 5
    raw = rate(battles, "m0", draws=50)
    assert raw.of("m3").value > found.table.of("m3").value + 50


def test_without_an_effect_control_changes_little():
    battles, styles = tournament(worth=0)
    found = controlled(battles, differences(styles), "m0", draws=400)
    raw = rate(battles, "m0", draws=400)
    for each in raw.ratings:
        assert found.table.of(each.model).value == pytest.approx(each.value, abs=40)


def test_answers_of_one_style_leave_nothing_to_control():
    rows = [Battle("a", "b", 1.0, "q"), Battle("a", "b", 0.0, "r")]
    assert controlled(rows, differences([(sized(9), sized(9))] * 2)) is None
    assert length_controlled(rows, [(sized(9), sized(9))] * 2, "b") == {}


def test_a_sweep_stays_finite_with_style_too():
    rows = [Battle("a", "b", 1.0, str(place)) for place in range(40)]
    styles = [(sized(10 + place), sized(30)) for place in range(40)]
    found = controlled(rows, differences(styles), "b", draws=50)
    swept = found.table.of("a")
    assert swept.sweep == "won_all"
    assert swept.high is None
    assert math.isfinite(swept.value)


@pytest.mark.parametrize("kind", ["spread", "two lengths"])
def test_what_style_alone_decides_is_not_controlled(kind):
    """The longer answer always wins: nothing bounds what length is worth."""
    drawn = random.Random(1)
    battles, styles = [], []
    for question in range(40):
        for a, b in (("x", "y"), ("y", "z"), ("x", "z")):
            one = drawn.randint(50, 150) if kind == "spread" else 100
            other = drawn.randint(151, 300) if kind == "spread" else 200
            if drawn.random() < 0.5:
                one, other = other, one
            battles.append(Battle(a, b, float(one > other), str(question)))
            styles.append((sized(one), sized(other)))
    assert controlled(battles, differences(styles), "x", draws=50) is None
    assert length_controlled(battles, styles, "x") == {}


def test_few_questions_control_nothing():
    rows = [Battle("a", "b", float(place != 1), str(place)) for place in range(4)]
    styles = [(sized(30 + 9 * place), sized(40)) for place in range(4)]
    assert controlled(rows, differences(styles), draws=50) is None
    assert length_controlled(rows, styles, "b") == {}


def test_a_feature_that_hardly_ever_differs_is_left_out():
    battles, styles = tournament(worth=1)
    first, second = styles[0]
    styles[0] = (replace(first, bold=3), second)
    assert controlled(battles, differences(styles), draws=50).coefficients.keys() == {"length"}


def test_length_controlled_win_rate_takes_length_out():
    """Equal strengths, one writes longer, the judge likes length: raw above, controlled at half."""
    drawn = random.Random(5)
    battles, styles = [], []
    for question in range(2000):
        a, b = drawn.randint(50, 150) + 20, drawn.randint(50, 150)
        odds = 1.5 * math.tanh((a - b) / 42)
        won = float(drawn.random() < 1 / (1 + math.exp(-odds)))
        battles.append(Battle("long", "base", won, str(question)))
        styles.append((sized(a), sized(b)))
    assert sum(each.score for each in battles) / 2000 > 0.55
    assert length_controlled(battles, styles, "base")["long"] == pytest.approx(0.5, abs=0.03)
