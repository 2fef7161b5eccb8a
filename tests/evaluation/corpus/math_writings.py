# ruff: noqa: E501, one case a line is easier to read
r"""Right answers in another writing than the reference, and wrong ones that look like it: (text, reference, right)."""

SOLUTIONS: list[tuple[str, str, bool | None]] = [
    (r"Together they need $\boxed{2.5\text{ minutes}}$.", r"2.5 \text{ hours}", False),
    (r"Together they need $\boxed{150\text{ minutes}}$.", r"2.5 \text{ hours}", True),
    (r"The rope is $\boxed{30\text{ cm}}$ long.", r"3 \text{ cm}", False),
    ("综上,正确答案为 **A、C**。", r"\text{AC}", True),
    ("综上,正确答案为 **A、C**。", r"\text{AD}", False),
    (r"The vector is $\boxed{\langle -3, 4, 1\rangle}$.", r"\begin{pmatrix} -3 \\ 4 \\ 1 \end{pmatrix}", True),
    (r"The vector is $\boxed{\langle -3, 1, 4\rangle}$.", r"\begin{pmatrix} -3 \\ 4 \\ 1 \end{pmatrix}", False),
    (r"所以 $\vec c=\boxed{4\vec b+5\vec a}$", r"5\vec{a}+4\vec{b}", True),
    (r"所以 $\vec c=\boxed{4\vec a+5\vec b}$", r"5\vec{a}+4\vec{b}", False),
    (r"Ответ: $x\in(2;+\infty)$", r"(2, +\infty)", True),
    (r"Ответ: $x\in[2;+\infty)$", r"(2, +\infty)", False),
    (r"**Answer:** $f(t)=3t$ for all $t\in\mathbb{R}$.", "f(x)=3 x", True),
    (r"**Answer:** $g(t)=3t$ for all $t\in\mathbb{R}$.", "f(x)=2 x", False),
    (r"The final answer is $6 \times 10^{30}\ \mathrm{erg\ s^{-1}}$.", "6e30", True),
    (r"The final answer is $6 \times 10^{31}\ \mathrm{erg\ s^{-1}}$.", "6e30", False),
    (r"$$\boxed{(0,25)\setminus\{4\}}$$", r"(0,4) \cup (4,25)", True),
    (r"There are $\boxed{\text{infinitely many}}$ such pairs.", r"\infty", True),
    ("Le coefficient vaut $\\frac52$ et la droite est donc connue.\n\n**Réponse finale : 2,5**", "2.5", True),
    ("The ratio of cats to dogs is **5 to 2**.", "5:2", True),
    ("My estimate was $\\boxed{50}$. But the last one is to be left out.\n\n**Corrected answer: 49**", "49", True),
    ("因此“$x>2$”是“$x^2>4$”的**充分不必要条件**。", r"\text{充分不必要条件}", True),
    ("We have $25+36=61$.\n\n**No**, it is a prime.", r"\text{No}", True),
    ("Por lo tanto, las soluciones son $x_1=4$ y $x_2=-1$.", r"\{-1, 4\}", True),
]  # fmt: skip
