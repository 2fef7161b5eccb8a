"""Texts as only a looping model writes them: one unit again and again, or opened and never closed.

What is quadratic in a pattern shows on one of them. Sizes in characters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

CHARACTERS = [chr(code) for code in range(32, 127)] + list(
    "\t\n\r\x00\x0b\u00a0\u200b\u202f\ufeff²½·×÷−–—…’“”「（）。，：；！？、…→⇒√π°€是的案答选项正确对错一万亿千№🙂éЖاকคస가あ１"
)
"""Every printable ASCII character, and some of each kind beyond."""

UNITS = [
    "* ", " *", "\n ", "\n\n ", "*_", "*\n", "_ ", "# ", "#\n", "> ", "- ", "-\n", "| ", "|-",
    "||\n", "``", "```\n", "```python\n", "` ", "$ ", "$$ ", "$x", "$x$ ", "$\n", "\\$", "\\\\ ",
    "\\ ", "\\!", "\\,", "\\quad", "\\quad ", "\\left", "\\left(", "\\text", "\\text{",
    "\\text{a} ", "\\text{a", "{a}", "\\mbox {", "\\mathrm{\\text{", "\\frac", "\\frac{",
    "\\frac{1}{", "\\frac 1", "\\dfrac{1}{2}", "\\sqrt{", "\\sqrt", "\\boxed", "\\boxed{",
    "\\boxed{}", "\\boxed{1}", "\\boxed{1", "\\boxed{x} or ", "boxed{", "\\fbox{",
    "\\boxed{\\text{", "\\(", "\\)", "\\( x", "\\[", "\\]", "\\[ x", "\\(x\\) ",
    "\\begin{pmatrix}", "{", "}", "{}", "}{", "(", ")", "()", "(a", "(A", "(A) ", "(1", "(1)",
    "(1 ", "（", "[", "[[", "[[a", "[]", "<", "<<", "< ", "</", "<a", "<think>", "</think>",
    "<think></think>", "<answer>", "<answer>1", "<|", "<|channel|>", "<|channel|>a",
    "<|channel|>a<|message|>", "<|start|>", "◁think▷", "[THINK]", "`<think>", "1 ", "1, ", "1,",
    "1.", "1. ", "1.\n", "1)\n", "1\n", "12 34 ", "100 ", "1 000 ", "000 ", "1,000 ", "1/",
    "1/2 ", "1 1/2", "1:", "1-", "1-1-", "- 1 ", "-1", "+1", "1+1=2 ", "1 = ", "= 1 ", "=1",
    "1e9 ", "1^", "1^{", "2^2", "1%", "1 % ", "$1 ", "$1", "€1,5 ", "1x", "x1 ", "x=1 ", "1 万",
    "1st ", "step 1 ", "1 million ", "₂", "2020-01-01 ", "2020年1月", "10:30 ", "1 or ", "1 and 2 ",
    "3 out of ", "2 hours ", "1 dollar and ", "１２ ", "A ", "A, ", "A,", "AB", "A B\n", "A\n",
    "A.\n", "A. x\n", "B) ", "A: ", "A and ", "A or ", "A is ", "a ", "A is correct. ",
    "B is right\n", "So A ", "A best ", "A best describes ",
    "A gives x and is ", "is best described by ", "the one that is not ", "the exception is ",
    "what we want is ", "~~", "~~A", "A. ~~a~~ ", "A ✓\n", "✗ a\n", "[x] ", "a <- ", "a ← this\n",
    "makes a the answer ", "a is the best answer ", "the second option ", "the b is C. ",
    "if it were ", "a best fits ", "Thank you ", "A. x\nB. y\n", "?\nA. x\nB. y\nAnswer",
    "so the ", "is the ", "the ", "clearly ", "it is clearly ",
    "option ", "Option A ", "choose A ", "I choose ", "I would say A. ", "选A", "选项",
    "答案是", "答案",
    "[[A]]", "[[A>>B]] ", "[[7]] ", "{\"verdict\": ", "{\"verdict\": \"A\"}", "{\"a\":", "verdict ",
    "verdict: ", "Verdict is A. ", "Rating: 7\n", "CORRECT ", "\"A", "「A", "&gt;", "［［",
    "答：", "所以A", "the answer is ", "the answer is B. ", "the answer is 1. ",
    "the answer is $x$. ", "answer: ", "Answer\n", "Answer:\n", "**Answer", "**Answer:** ",
    "answer to the ", "answer,", "final answer ", "final result ", "not the answer is ",
    "if the answer is ", "The answer is not ", "Wait, ", "wait the answer is 2 ", "however ",
    "#### ", "####\n", "#### 1\n", "#### 1 ", "A: 1\n", "A: B\n", "A :\t", "Q: ", "\nQ: ",
    "\n\nQuestion: ", "\nUser: ", "\n# ", "\nNote ", "\n\nNote ", "\n\n1 Note",
    "\n\nLet me know 1", "I hope ", "I cannot ", "e.g. ", "Mr. ", "a. ", "a.", ".a", "...", ". ",
    ".\n", "! ", "? ", "\"", "\"a", "\" ", "'", "’s ", "\\\"", "a-", "a'a ", "**a** ", "**1** ",
    "**a", "**1", "__a__", "__1", "** ", "**\n", "*1*", "a*", "aA", "Aa ", "aaaa ", "true ",
    "True\n", "yes ", "Yes, ", "No. ", "correct ", "correct option is ", "is the best ", "A 正确",
    "B项", "A、", "A和", "x^{9^{", "x_1", "x_{", "^\\circ", "\\pm", "\\le ", "cm ", "5 cm ",
    "5 cm cm ", "5 feet. ", "10^", "x10^", "http://a.b ", "a@b.c ", "<<a", "<<a>> ", "******",
    "***a", "P.S. ", "p. ", "* a\n", "- a\n", "\n*", "\n-",
]  # fmt: skip
"""What is repeated, for the marks and the words that some pattern looks for."""


def texts(size: int) -> Iterator[tuple[str, str]]:
    """``(what it is, text)``, each of ``size`` characters."""
    for unit in (*CHARACTERS, *UNITS):
        again = unit * (size // len(unit) + 1)
        yield f"{unit!r} again and again", again[:size]
        if len(unit) > 1 or not unit.isalnum():
            yield f"{unit!r}, and a word", "the answer is " + again[: size - 20] + " x"
    chooser = random.Random(1)
    letters = "aA1 *_#\n\t.,:;()[]{}$\\|=-+/<>\"'`%^&~是答"
    for _ in range(200):
        unit = "".join(chooser.choices(letters, k=chooser.randint(2, 10)))
        yield f"{unit!r} again and again", unit * (size // len(unit))
    for mark in ("(", "[", "{", "\\boxed{", "\\text{", "<answer>", "**"):
        closing = {"(": ")", "[": "]", "<": "</answer>", "*": "**"}.get(mark[0], "}")
        deep = size // (len(mark) + len(closing))
        yield f"{mark!r} within {mark!r}", mark * deep + closing * deep
    numbers = [str(chooser.randint(0, 10 ** chooser.randint(1, 7))) for _ in range(size // 5)]
    yield "a line of numbers", " ".join(numbers)[:size]
    yield "a sum", " + ".join(numbers)[:size]
    yield "numbers, line by line", "\n".join(numbers)[:size]
    yield "a numbered list", "\n".join(f"{n}. {n}" for n in range(size // 12))[:size]
    yield "a counted text", " ".join(f"step {n}:" for n in range(size // 12))[:size]
    yield "noise", "".join(chooser.choices(letters, k=size))
    words = ["the", "answer", "is", "not", "A", "or", "12", "but", "so", "wait", "B"]
    yield "words", " ".join(chooser.choices(words, k=size // 4))
