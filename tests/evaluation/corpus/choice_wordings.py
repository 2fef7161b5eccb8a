# ruff: noqa: E501, one case a line is easier to read
r"""What fits best, what is asked for and what is struck out, in yet other words and languages.

``(options, text, letters)``; ``None``: no one option.
"""

PLAN = ("Mercury", "Venus", "Earth", "Mars")
CON = ("the Senate", "the House", "the President", "the Supreme Court")
ECO = ("Inflation", "Deflation", "Stagflation", "Recession")
PSY = ("the bystander effect", "cognitive dissonance", "groupthink", "social loafing")
LONG = (
    "Prices rise because demand exceeds supply.",
    "Prices fall because supply exceeds demand.",
    "Prices stay the same by law.",
    "Prices are set by the largest firm.",
)
SORT = (
    "Quicksort: divide by a pivot",
    "Mergesort: divide in halves",
    "Heapsort: use a heap",
    "Insertion sort: insert one by one",
)
ZHX = ("鲁迅", "老舍", "巴金", "茅盾")
FA = ("合同有效", "合同无效", "合同可撤销", "合同效力待定")
MED = ("Amoxicillin", "Azithromycin", "Ciprofloxacin", "Doxycycline", "Vancomycin")
VAL = ("2.0 m/s", "4.0 m/s", "6.0 m/s", "8.0 m/s")
YN = ("Yes", "No")
NLI = ("entailment", "neutral", "contradiction")
FR = ("Lyon", "Paris", "Marseille", "Nice")
DE = ("der Rhein", "die Elbe", "die Donau", "die Oder")
ES = ("el hígado", "el corazón", "el pulmón", "el riñón")

CHOICES: list[tuple[tuple[str, ...], str, str | None]] = [
    (
        PSY,
        "Option C most accurately names the phenomenon, since the members suppress dissent.",
        "C",
    ),
    (
        PSY,
        "Choice B best accounts for the change of attitude; the remaining ones concern groups.",
        "B",
    ),
    (PSY, "The passage is best explained by A: everybody assumes somebody else will help.", "A"),
    (PSY, "The findings are most consistent with option D.", "D"),
    (PSY, "Option D aligns best with the description.", "D"),
    (PSY, "Of these, B fits the scenario most closely.", "B"),
    (PSY, "Response A would best explain why nobody called for help.", "A"),
    (PSY, "One could argue that option A best describes it, but I'm torn.", None),
    (PSY, "I don't think option A best describes it.", None),
    (LONG, "(A) is the most complete and accurate statement. (B) has it the wrong way round.", "A"),
    (
        LONG,
        "Statement B offers a good explanation of falling prices, but that is not what is asked.",
        None,
    ),
    (
        LONG,
        "Choice A states the law of demand and supply correctly and is therefore the right answer. C and D describe regulated markets.",
        "A",
    ),
    (
        CON,
        "The branch that does not take part in legislation is:\n\n**D) the Supreme Court**\n\nA is part of Congress, which is correct for legislation. B is correct, too.",
        "D",
    ),
    (CON, "The exception is D; the Senate, the House and the President all take part.", "D"),
    (CON, "So the one that isn't elected is the Supreme Court.", "D"),
    (
        CON,
        "The question asks for the body that is not elected. That's option D. Option A is elected, which is true since 1913.",
        "D",
    ),
    (CON, "D is what the question is asking for. Options A, B, and C are true.", "D"),
    (
        CON,
        "We're asked which one is NOT elected:\n- A ✓ elected\n- B ✓ elected\n- C ✓ elected (indirectly)\n- D ✗ appointed",
        "D",
    ),
    (ECO, "- [ ] Inflation\n- [ ] Deflation\n- [x] Stagflation\n- [ ] Recession", "C"),
    (ECO, "A. Inflation ❌\nB. Deflation ❌\nC. Stagflation ✅\nD. Recession ❌", "C"),
    (ECO, "**Stagflation** ← correct", "C"),
    (ECO, "(A) ~~Inflation~~, (B) ~~Deflation~~, (C) Stagflation, (D) ~~Recession~~", "C"),
    (ECO, "High prices together with unemployment make stagflation the best answer.", "C"),
    (ECO, "Prices fall year after year: deflation is the right term.", "B"),
    (ECO, "What remains is stagflation.", "C"),
    (ECO, "Thus we're left with option C.", "C"),
    (ECO, "I'd favor inflation over deflation if forced, yet neither fits.", None),
    (PLAN, "Given the thick atmosphere, my vote goes to B.", "B"),
    (PLAN, "The planet in question is B. Option D has only a thin atmosphere.", "B"),
    (PLAN, "The fourth choice (Mars) is correct, not the third choice.", "D"),
    (PLAN, "The second alternative is the only right one.", "B"),
    (PLAN, "<choice>B</choice>", "B"),
    (PLAN, "<final_answer>\nB. Venus\n</final_answer>", "B"),
    (
        PLAN,
        "B. Venus\n\nQuestion: Which planet has rings?\nA. Earth\nB. Mars\nC. Saturn\nD. Venus\nAnswer: C",
        "B",
    ),
    (
        PLAN,
        "B\n\nWhich planet is the largest?\n\nA) Jupiter\nB) Mars\nC) Venus\nD) Saturn\n\nAnswer: A\n\nWhich is the smallest?\n\nA) Jupiter\nB) Mars\nC) Mercury\nD) Saturn\n\nAnswer: C",
        "B",
    ),
    (SORT, "It picks a pivot and partitions the list around it. Hence: Quicksort.", "A"),
    (
        SORT,
        "A stable sort with guaranteed n log n time that splits in the middle is mergesort.",
        "B",
    ),
    (ZHX, "《骆驼祥子》的作者是老舍,鲁迅则是《阿Q正传》的作者。", "B"),
    (ZHX, "综合以上分析，最符合题意的是老舍。", "B"),
    (ZHX, "鲁迅、巴金、茅盾均不符合。", "B"),
    (FA, "乙隐瞒真相，构成欺诈，因此该合同应当认定为可撤销。", "C"),
    (FA, "因此合同可撤销。", "C"),
    (
        MED,
        "In a child with penicillin allergy, azithromycin is the most appropriate choice. Doxycycline should be avoided.",
        "B",
    ),
    (MED, "If she were not allergic, amoxicillin would be the best choice.", None),
    (MED, "The first-line drug is therefore A. Option E is reserved for resistant strains.", "A"),
    (
        MED,
        "Option A is contraindicated, option C stains nothing but harms cartilage, and option D stains teeth.",
        None,
    ),
    (VAL, "The block therefore leaves the ramp with a speed of about 4.0 m/s.", "B"),
    (VAL, "The final speed comes to roughly 6.0 m/s, i.e. the third choice.", "C"),
    (YN, "Yes — the passage says so in its second sentence.", "A"),
    (YN, "No: water boils at a lower temperature if the pressure falls.", "B"),
    (
        NLI,
        "The premise neither confirms nor rules out the hypothesis, so the label is neutral.",
        "B",
    ),
    (FR, "La ville qui accueille la tour Eiffel est Paris, et non Lyon.", "B"),
    (FR, "L'option B est la meilleure réponse, l'option A convient moins.", "B"),
    (DE, "Durch Köln fließt der Rhein, nicht die Elbe.", "A"),
    (DE, "Option A beschreibt den Fluss am besten.", "A"),
    (ES, "El órgano que produce la bilis es el hígado, no el riñón.", "A"),
    (ES, "La opción A es la que mejor describe el órgano.", "A"),
    # Praise of something else than an option
    (ES, "A better fit would be a question about the liver.", None),
    (ES, "Option D names an organ and is correct about its place, but not about its task.", None),
    (ES, "Neither the first option nor the second option is correct.", None),
    (ES, "I can't decide whether option B best fits or option C.", None),
]
