# ruff: noqa: E501, one case a line is easier to read
r"""Texts that take an answer back, cannot decide for one, or end within it: (text, reference, right)."""

SOLUTIONS: list[tuple[str, str, bool | None]] = [
    (
        r"The sixth odd number is $\boxed{13}$."
        "\n\nHold on, I counted wrongly: 1 is the first and 11 the sixth. I apologize for the error; the sixth positive odd number is 11.",
        "11",
        True,
    ),
    (
        r"The value is $\boxed{13}$. I apologize, I made a mistake in the addition: $5+7=12$. So the correct value is $12$.",
        "12",
        True,
    ),
    (
        r"\boxed{7}"
        "\n\nWait, I see an error: the square of 3 is 9, not 6. The sum is therefore 10.",
        "10",
        True,
    ),
    (
        r"\boxed{\frac{1}{2}}" "\n\nCorrection: the probability should be $\\frac{1}{3}$.",
        r"\frac13",
        True,
    ),
    (
        r"The answer is $\boxed{8}$. Hmm, that is wrong, since $2^4 = 16$. The answer is $16$.",
        "16",
        True,
    ),
    (r"So the area is $\boxed{24}$. (I previously computed it incorrectly as 20.)", "24", True),
    (r"$\boxed{5}$. I apologize for any confusion; if you have further questions, ask!", "5", True),
    (r"$\boxed{5}$. I was wrong at first about the sign, but the final value stands.", "5", True),
    (
        r"Note: I made a mistake in my first attempt, where I got 12. The corrected answer is $\boxed{15}$.",
        "15",
        True,
    ),
    (r"$\boxed{15}$ is correct. My earlier answer of 12 was wrong.", "15", True),
    ("Answer: 4\n\nActually it could also be 6; I cannot determine which.", "4", None),
    ("The answer could be 3 or 4, and I can't decide between them.", "3", None),
    (
        "Hmm, it could be that the answer is 5 or 6, depending on how the problem is to be interpreted. I am not able to determine which interpretation is intended, so I cannot give a definitive answer.",
        "6",
        None,
    ),
    (
        "Answer: 10\n\nExplanation: There are 2 choices for each of the three switches, 8 settings. This gives either 8 or 10; both values remain possible and I can't decide between them.",
        "8",
        None,
    ),
    (
        r"Final answer: $x=2$. Both solutions were checked and I can say which one is extraneous: $x=-1$.",
        "2",
        True,
    ),
    (r"The probability is \boxed{\dfrac{3}{1", r"\frac{3}{14}", None),
    (r"the ratio equals" "\n\n" r"\[" "\n" r"\boxed{\frac{", r"\frac{128}{15}", None),
    (r"The pair is \boxed{(3,", "(3,4)", None),
    (r"So the answer is \boxed{x^2 +", "x^2+1", None),
    (r"So the answer is \boxed{\sqrt", r"\sqrt{2}", None),
    (r"So the answer is \boxed{2\sqrt{3", r"2\sqrt{3}", None),
    (r"So the answer is \boxed{\pi", r"\pi", True),
    (r"So the sum is \boxed{42", "42", True),
    (
        r"Writing the first few terms:"
        "\n\n"
        r"$$S = \frac12\left[\left(\frac{1}{2} - \frac{1}{6}\right) + \left(\frac{1}{12",
        r"\frac14",
        None,
    ),
    (r"The roots satisfy $$x = \frac{-b \pm \sqrt{b^2-4ac}}{2a} = \frac{3 \pm", "3", None),
    (
        "Let me count again. If the first digit is 1, then the second can be 2 or 3. Let me count again. If the first digit is 1, then the second can be 2 or 3. Let me count again. If the first",
        "8",
        None,
    ),
    (
        "1. Write down a recurrence.\n2. Use the initial values and evaluate at $n = 10$.\n\nWould you like me to carry out these steps in detail?",
        "1023",
        None,
    ),
    (
        r"Setting $x-2=0$ gives $x=\boxed{2}$, and setting $x+3=0$ gives $x=\boxed{-3}$.",
        "-3,2",
        True,
    ),
    (r"The roots are $x=\boxed{3}$ and, from the second factor, $x=\boxed{-4}$.", "3,-4", True),
    (r"The movie ends at $\boxed{3{:}15 \text{ p.m.}}$", r"\text{3:15 p.m.}", True),
    (r"The movie ends at $\boxed{3{:}15 \text{ a.m.}}$", r"\text{3:15 p.m.}", False),
    (r"The movie ends at $\boxed{3{:}15}$", r"\text{3:15 p.m.}", True),
    (r"\boxed{2:10}", "1:5", True),
    (
        "We organize our casework by the value of the largest die.\n\n| Largest die | Number of outcomes |\n|---|---|\n| 1 | 1 |\n| 2 | 7 |\n| 3 |",
        "22",
        None,
    ),
    (
        "Let's check each of the options.\n\n(A) 12: then the other number would be 36 and the total 48, so no.\n(B) 13: the other would be 39 and the total 52. No.\n(C) 14: the other would be 42 and the total",
        "D",
        None,
    ),
    (
        "Of the first $50$ positive integers, we count those that are multiples of $3$.\nFinal Answer: The final answer is $",
        "16",
        None,
    ),
    (
        "The trip takes 1 hour 45 minutes. 1:45 + 1:45 = 3:30, so it arrives at\n\n**3:30 PM**",
        r"3:30\text{ p.m.}",
        True,
    ),
    ("The trip takes 1 hour 45 minutes, so it arrives at 3:30 PM.", r"3:30\text{ p.m.}", True),
    ("The trip takes 1 hour 45 minutes, so it arrives at 3:30 AM.", r"3:30\text{ p.m.}", False),
    (r"So the answer is $\boxed{x=2n+1,\ n\in\mathbb{Z}}$.", r"2k+1, \ k \in \mathbb{Z}", True),
    (r"So the answer is $\boxed{x=2n,\ n\in\mathbb{Z}}$.", r"2k+1, \ k \in \mathbb{Z}", False),
]
