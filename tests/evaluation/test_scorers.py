"""Verdicts on extracted answers."""

import subprocess
import sys
from math import exp

import pytest
from corpus.math_corpus import DIFFERENT, EQUAL
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench import registry
from perfbench.errors import WorkloadError
from perfbench.evaluation.scorers.choice import choice
from perfbench.evaluation.scorers.exact import exact
from perfbench.evaluation.scorers.formulas import canonical_formula, group_of, top_level
from perfbench.evaluation.scorers.math import math
from perfbench.evaluation.scorers.number import number
from perfbench.evaluation.scorers.rouge_bleu import rouge_bleu
from perfbench.types import Sample


def _sample(target: str | list[str] | None, choices: tuple[str, ...] = ()) -> Sample:
    return Sample(id="1", input="?", target=target, choices=choices)


@pytest.mark.parametrize(
    ("target", "answer", "value"),
    [
        ("18", "18", 1),
        ("18", "18.0", 1),
        ("18", "17", 0),
        ("1,080", "1080", 1),
        ("$18", "18", 1),
        ("70000", "70,000", 1),
        ("0.5", "1/2", 1),
        ("1/3", "1/3", 1),
        ("1/3", "0.333", 0),
        ("1/3", "0.3333333333333333", 0),
        ("3.14", "3.1416", 0),
        ("25", "25%", 1),
        ("25%", "25", 1),
        ("0.25", "25%", 1),
        ("25%", "0.25", 1),
        ("25", "0.25", 0),
        ("0.25", "25", 0),
        ("-5", "5", 0),
        ("-5", "-5", 1),
        ("033", "33", 1),
        ("18", "eighteen", 0),
    ],
)
def test_number(target: str, answer: str, value: int) -> None:
    score = number(answer, _sample(target))
    assert (score.value, score.answer, score.scorer) == (value, answer, "number")
    assert score.why


def test_number_with_several_targets_and_bad_ones() -> None:
    assert number("7", _sample(["6", "7"])).value == 1
    with pytest.raises(WorkloadError, match="'many' is no number"):
        number("7", _sample("many"))
    with pytest.raises(WorkloadError, match="no target"):
        number("7", _sample(None))


@pytest.mark.parametrize(
    ("target", "answer", "value"),
    [
        ("B", "B", 1),
        ("b", "B", 1),
        ("(B)", "B", 1),
        ("B", "A", 0),
        ("B", "AB", 0),
        ("AC", "AC", 1),
        ("A,C", "AC", 1),
        (["A", "C"], "AC", 1),
        (["C", "A"], "AC", 1),
        ("AC", "A", 0),
        ("gold", "C", 1),
    ],
)
def test_choice(target: str | list[str], answer: str, value: int) -> None:
    assert choice(answer, _sample(target, ("copper", "iron", "gold"))).value == value


def test_choice_of_several_says_how_near() -> None:
    score = choice("ABD", _sample("AC", ("w", "x", "y", "z")))
    assert score.value == 0
    assert score.metrics == {"precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5}


def test_choice_with_a_target_that_is_no_option() -> None:
    with pytest.raises(WorkloadError, match="none of the options"):
        choice("A", _sample("D", ("x", "y")))


@pytest.mark.parametrize(
    ("target", "answer", "value"),
    [
        ("1024", "2^10", 1),
        (r"0.1\overline{2}", r"0.\overline{12}", 0),
        (r"0.1\overline{2}", r"\frac{11}{90}", 1),
        (r"\sqrt[4]{5}", "∜5", 1),
        ("1024", "2**10", 1),
        ("1024", "2^11", 0),
        (r"\frac{1}{8}", "2^-3", 1),
        (r"1 \pm \sqrt{19}", "1 +/- sqrt(19)", 1),
        (r"\{-1,0,1\}", "{0, 1, −1}", 1),
        (r"\{-1,0,1\}", "{0, 1}", 0),
        (r"\begin{pmatrix} 7 & 10 \\ 15 & 22 \end{pmatrix}", "[[7, 10], [15, 22]]", 1),
        (r"\begin{pmatrix} 7 & 10 \\ 15 & 22 \end{pmatrix}", "[7 10; 15 22]", 1),
        (r"\begin{pmatrix} 7 & 10 \\ 15 & 22 \end{pmatrix}", "[[7, 15], [10, 22]]", 0),
        ("-2,1", "[-2, 1]", 0),
        ("2", "x = 1, y = 2", 0),
        (r"\frac{17}{21}", r"\sum_{n\ge1} a_n = \frac{17}{21}", 1),
        ("17", r"2\sum a_n = 17", 0),
        (r"\{2,4\}", r"A \cap B = \{4,2\}", 1),
        (r"\textbf{(D)}\ \frac{7}{16}", "D", 1),
        (r"\textbf{(D)}\ \frac{7}{16}", "0.4375", 1),
        (r"\textbf{(D)}\ \frac{7}{16}", "(D) 7/16", 1),
        (r"\textbf{(D)}\ \frac{7}{16}", "C", 0),
        (r"\textbf{(D)}\ \frac{7}{16}", "(C) 7/16", 0),
        (r"\textbf{(D)}\ \frac{7}{16}", "(D) 5/16", 0),
        ("x^{-1}", "x⁻¹", 1),
        ("29", "a₁₀ = 29", 1),
        ("29", "a₁₀ = 28", 0),
        ("432_{16}", "432₁₆", 1),
        ("432_{16}", "432₁₂", 0),
        ("n^2", "Sₙ = n²", 1),
        ("x^{-1}", "x^1", 0),
    ],
)
def test_formulas_as_keyboards_and_tests_write_them(target: str, answer: str, value: int) -> None:
    assert math(answer, _sample(target)).value == value


@pytest.mark.parametrize(
    ("target", "answer", "value"),
    [
        ("(B)", "B", 1),
        ("True", "true", 1),
        ("Paris", "paris.", 1),
        ("New York", "new  york", 1),
        ("apple pear", "apple, pear", 0),
        ("> ) }", "> ) }", 1),
        ("> ) }", ">)}", 1),
        ("> ) }", "> } )", 0),
        ("-3", "3", 0),
        ("No", "Not", 0),
        ("Ｐａｒｉｓ", "Paris", 1),
        (["Paris", "Lutetia"], "lutetia", 1),
    ],
)
def test_exact(target: str | list[str], answer: str, value: int) -> None:
    assert exact(answer, _sample(target)).value == value


def test_equal_formulas() -> None:
    wrong = [
        (target, answer) for target, answer in EQUAL if not math(answer, _sample(target)).value
    ]
    assert not wrong


def test_different_formulas() -> None:
    wrong = [
        (target, answer) for target, answer in DIFFERENT if math(answer, _sample(target)).value
    ]
    assert not wrong


@settings(max_examples=100, deadline=None)
@given(st.text(r"abx123+-*/^_{}()[]\ ,=$.", max_size=30))
def test_canonical_formula_is_stable(latex: str) -> None:
    """Bringing a formula to its one writing twice changes nothing."""
    once = canonical_formula(latex)
    assert canonical_formula(once) in (once, canonical_formula(canonical_formula(once)))
    group_of(once)


@given(st.lists(st.text("ab12", min_size=1, max_size=4), min_size=1, max_size=5))
def test_top_level_parts_join_again(parts: list[str]) -> None:
    assert top_level(",".join(parts), ",") == parts
    assert top_level(f"({','.join(parts)})", ",") == [f"({','.join(parts)})"]


def test_overlong_formulas_are_not_compared() -> None:
    assert math("x+" * 400 + "1", _sample("x")).value == 0


def test_rouge_and_bleu_by_hand() -> None:
    """ROUGE: 6 and 6 words; 5 words, 3 pairs shared; LCS of 5 words. BLEU: 6 words for 7, as case
    and the full stop count; 4 words, 2 pairs, 1 triple shared, no quadruple: 1 / (2 * 3)."""
    brevity = exp(1 - 7 / 6)
    score = rouge_bleu("the cat sat on the mat", _sample("The cat is on the mat."))
    expected = {
        **{f"rouge_{kind}_{part}": 5 / 6 for kind in "1l" for part in "rpf"},
        **{f"rouge_2_{part}": 3 / 5 for part in "rpf"},
        "bleu_1_13a_exp": brevity * 4 / 6,
        "bleu_2_13a_exp": brevity * (4 / 6 * 2 / 5) ** (1 / 2),
        "bleu_3_13a_exp": brevity * (4 / 6 * 2 / 5 * 1 / 4) ** (1 / 3),
        "bleu_4_13a_exp": brevity * (4 / 6 * 2 / 5 * 1 / 4 * 1 / 6) ** (1 / 4),
    }
    assert score.metrics == pytest.approx(expected)
    assert score.value == pytest.approx(5 / 6)


def test_brevity_penalty_by_hand() -> None:
    """Precision 1 at both orders, 2 words for 4: exp(1 - 4/2)."""
    score = rouge_bleu("the cat", _sample("the cat sat down"))
    assert score.metrics["bleu_2_13a_exp"] == pytest.approx(0.36787944117)
    assert score.metrics["rouge_1_r"] == pytest.approx(0.5)
    assert score.metrics["rouge_1_p"] == 1


@pytest.mark.parametrize(
    ("answer", "reference", "cut"),
    [
        ("The cat's on a mat, isn't it?", "The cat is on the mat, is it not?", "13a"),
        ("Paris", "The capital of France is Paris.", "13a"),
        ("今天天气很好", "今天天气不好", "zh"),
        ("とても良い天気", "とても悪い天気", "char"),
    ],
)
def test_bleu_is_sacrebleu_s_own(answer: str, reference: str, cut: str) -> None:
    import sacrebleu

    wanted = sacrebleu.sentence_bleu(answer, [reference], tokenize=cut).score / 100
    assert rouge_bleu(answer, _sample(reference)).metrics[f"bleu_4_{cut}_exp"] == wanted


def test_chinese_is_compared_by_character() -> None:
    score = rouge_bleu("今天天气很好", _sample("今天天气不好"))
    assert score.metrics["rouge_1_f"] == pytest.approx(5 / 6)
    assert score.metrics["rouge_2_f"] == pytest.approx(3 / 5)


@pytest.mark.parametrize("text", ["Paris", "a b c", "今天", "one two three four five"])
def test_the_reference_itself_scores_one(text: str) -> None:
    metrics = rouge_bleu(text, _sample(text)).metrics
    assert metrics["rouge_1_f"] == metrics["rouge_l_f"] == 1
    (first,) = [value for name, value in metrics.items() if name.startswith("bleu_1")]
    (last,) = [value for name, value in metrics.items() if name.startswith("bleu_4")]
    assert first == last == pytest.approx(1)


def test_the_best_reference_counts() -> None:
    assert rouge_bleu("a b", _sample(["c d", "a b"])).value == 1


def test_registered_parts_exist() -> None:
    for table in (registry.EXTRACTORS, registry.SCORERS):
        for name in table:
            assert callable(registry.resolve(table, name))


def test_light_scorers_import_no_heavy_library() -> None:
    program = (
        "import sys\n"
        "from perfbench.types import Sample\n"
        "from perfbench.evaluation.extraction import choice, math, number, text\n"
        "from perfbench.evaluation.scorers import choice, exact, ifeval, number, rouge_bleu\n"
        "from perfbench.evaluation.scorers.math import math\n"
        "assert math('0.5', Sample(id='1', input='', target='1/2')).value == 1\n"
        "heavy = {'sympy', 'math_verify', 'numpy', 'nltk', 'sacrebleu', 'langdetect'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
