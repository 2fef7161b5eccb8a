# ruff: noqa: E501, one case a line is easier to read
r"""Whole outputs that end in remarks, break off, suppose or repeat the question: (text, number)."""

CLOSINGS: list[tuple[str, str | None]] = [
    (
        "The first train has a head start of 60 * 0.75 = 45 miles. The difference in speed is 80 - 60 = 20 miles per hour. So to catch up, the second train needs",
        None,
    ),
    ("Each trip is 4 miles. There are 3 trips a day, so in 5 days she travels", None),
    (
        "Sara has $27 and each notebook costs $5. 27 / 5 = 5.4. So Sara can buy 5 notebooks, spending $25 and keeping $2 in change.",
        "5",
    ),
    ("解:每小时有60分钟,每分钟有60秒,\n60 × 60 = 3600(秒)\n答:一小时有3600秒。", "3600"),
    (
        "大象馆有 8 只大象,猴山有 15 只猴子。8+15=23。\n答:动物园一共有 23 只动物。其中猴子比大象多 7 只。",
        "23",
    ),
    (
        "Il y a 4 caisses de 25 pommes, donc 4 × 25 = 100 pommes. Ensuite, on retire les pommes abîmées : 10 % de 100, soit",
        None,
    ),
    (
        "The problem doesn't state how many weeks are in the month, so I'll assume 4 weeks.\n\n10 hours/week × 4 weeks = 40 hours\n\nWith that assumption, Devon works **40 hours** a month.",
        "40",
    ),
    (
        "```python\n# number of chairs in each row\nchairs = 14\nrows = 12\nbroken = 5\n\ntotal = chairs * rows\nusable = total - broken\npri",
        None,
    ),
    (
        "Wir wissen nur, dass Herr Kraus 8 Brötchen kauft und mit 10 € bezahlt. Ohne den Preis lässt sich das Rückgeld nicht berechnen.",
        None,
    ),
    (
        "Total weight = 4 × 22 = 88 pounds.\n\nSo the crate weighs 88 pounds in total.\n\nFor reference, that's about 39.9 kilograms, and a hand truck can carry up to 600 pounds.",
        "88",
    ),
    (
        "Question: A baker made 48 rolls and packed them into bags of 6. How many bags did he fill?\nLet's think step by step.\nLet's think step by step.",
        None,
    ),
    (
        "Question: A baker made 48 rolls and packed them into bags of 6. How many bags did he fill?\n48 / 6 = 8 bags.",
        "8",
    ),
    ("Substituting, we get $g + (g + 60) = 420$, and therefore $2g", None),
    (r"Thus, Mei earned \(\$100\) for the visit.", "100"),
    ("In all, the house costs $5k", "5000"),
    (
        "The problem tells us that b + g = 32 and that g = b + 4. We have two equations and two unknowns, so the system has a unique solution, which can be found by substitution.",
        None,
    ),
    (
        "So the total is 56. But if the 8 broken plates were already taken out, the total would be 48. Hmm. 56? 48? I really can't decide between these two.",
        None,
    ),
    (
        "This problem is taken from a workbook (page 27, exercise 6). Students should draw a picture of the situation first, then write down an equation, and finally check their work. Allow about 10 minutes.",
        None,
    ),
]
