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
    (
        "Total sugar = 7 g × 50 = 350 g\n\nThat's a lot of sugar! The recommended daily limit is about 25–36 g for adults.",
        "350",
    ),
    (
        "Il restait donc 17 bonbons dans le sac après que Paul en a mangé 8 sur les 25 de départ.",
        "17",
    ),
    ("У Маши было десять яблок, три она отдала брату. У неё осталось семь яблок.", "7"),
    (
        "Bevor ich rechnen kann, brauche ich noch eine Angabe: Wie viele Kinder sind in jeder der 4 Gruppen? Im Text steht nur, dass es 3 Betreuer gibt.",
        None,
    ),
    ("50 / 12 = 4.1666..., and since you can't buy part of a pack, Kevin has to buy 5 packs.", "5"),
    ("Sophie a 9 ans. Vérification : son frère a 12 ans, soit 3 ans de plus, et 9 + 12 = 21.", "9"),
    (
        "No queda claro si el descuento del 10 % se aplica antes o después del cupón. En el primer caso pagaría 81 €, y en el segundo 80 €.",
        None,
    ),
    (
        "太郎さんは毎月500円ずつ貯金していて、6か月間続けたので、500×6＝3000円です。次に、花子さんの貯金額は太郎さんの",
        None,
    ),
    (
        "Mia has 9 dolls left. [/INST] Good job! Next: Tom has 31 cars and sells 12. [/INST] Tom has 19 cars left.",
        "9",
    ),
    ("Für 6 Brötchen zu je 0,70 Fr. bezahlt sie 6 · 0,70 = 4,20 Fr.", "4.2"),
    (
        "To answer this, I would first multiply the number of boxes (6) by 24, then subtract the 11 broken crayons. Would you like me to carry out the calculation?",
        None,
    ),
    (
        "```python\ndef solution():\n    muffins = 48\n    days = 7\n    result = muffins * days\n    return result\n```",
        None,
    ),
]
