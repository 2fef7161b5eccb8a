# ruff: noqa: E501, one case a line is easier to read
r"""Many languages, few words, answers cut or undecided: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

ENDINGS = ("walks away.", "starts to sing.", "tightens the bolt.", "pours flour into the bowl.")
LIABILITY = ("民事责任", "行政责任", "刑事责任", "违宪责任")
YEARS = ("1789", "1830", "1848", "1871")
PLANTES = ("Pas d'eau", "La nuit", "Le jour", "Sans ADN")
CITIES = ("Bern", "Zürich", "Genf", "Basel")
SUN = ("north", "south", "east", "west")
COMPOUNDS = ("Only 1 and 2", "Only 1 and 3", "Only 2 and 4", "1, 3 and 4")
HEPATITIS = ("Hepatitis A", "Hepatitis B", "Hepatitis C", "Hepatitis E")
METALS = ("Copper", "Iron", "Silver", "Glass")
MARKETS = ("an oligopoly", "a monopoly", "a duopoly", "a monopsony")
KEYS = ("G major", "D major", "A major", "E major")
PEAKS = ("Everest", "K2", "Lhotse", "Makalu")
TEMPERATURES = ("hot", "cold", "warm", "cool")
SORTS = ("mergesort", "quicksort", "heapsort", "radix sort")

CHOICES: list[Case] = [
    (
        ENDINGS,
        "The most plausible continuation is ending C: he has just placed the wheel back on the frame.",
        "C",
    ),
    (ENDINGS, "The most natural ending is completion D, as she stands in a kitchen.", "D"),
    (LIABILITY, '{"分析": "罚款由行政机关作出,属于行政处罚。", "答案": "B"}', "B"),
    (LIABILITY, "{'reasoning': 'a fine', 'answer': 'B'}", "B"),
    (LIABILITY, "{'choice': 'A'}", "A"),
    (
        YEARS,
        "La première date est celle de la prise de la Bastille, on l'écarte. Les Trois Glorieuses ont lieu en juillet 1830. Je choisis donc la proposition B.",
        "B",
    ),
    (YEARS, "Je réponds donc C.", "C"),
    (
        PLANTES,
        "A. Faux. L'eau est indispensable.\nB. Faux. La respiration a lieu jour et nuit.\nC. Vrai. La photosynthèse consomme du CO2.\nD. Faux. Toutes les cellules ont de l'ADN.",
        "C",
    ),
    (
        PLANTES,
        "a) Incorrecta: necesitan agua.\nb) Incorrecta: respiran siempre.\nc) Incorrecta: no es así.\nd) Correcta.",
        "D",
    ),
    (PLANTES, "A) Falsch.\nB) Richtig.\nC) Falsch.\nD) Falsch.", "B"),
    (PLANTES, "A) Falso\nB) Falso\nC) Falso\nD) Vero", "D"),
    (
        CITIES,
        "Ich würde zunächst auf A tippen, aber Bern ist nur die Bundesstadt. Der Sitz ist in Genf, daher lautet meine endgültige Antwort C.",
        "C",
    ),
    (
        COMPOUNDS,
        "Compound 2: has an inversion centre, so it's achiral.\n\nSo 1 and 3 are optically active, which corresponds to answer choice B.",
        "B",
    ),
    (
        HEPATITIS,
        "Hepatitis A and E spread by the fecal-oral route. The one with a high rate of chronic infection and no vaccine is Hepatitis C.",
        "C",
    ),
    (HEPATITIS, "No vaccine is Hepatitis C.", None),
    (
        SUN,
        "The sun sets in the west, so the answer could be D. However, if the question is about the shadow, the answer would be C. The question does not say which is meant.",
        None,
    ),
    (
        SUN,
        "With the first reading it's choice A, with the second it's choice B. I cannot determine which one the question intends.",
        None,
    ),
    (
        SUN,
        "It was unclear which way he faced until the last line, which says north. The answer is A.",
        "A",
    ),
    (
        METALS,
        "| Option | Material | Conducts? |\n|---|---|---|\n| A | Copper | yes |\n| D | Glass | no |\n\nThe insulator is **D (Glass)**.",
        "D",
    ),
    (SORTS, "Mergesort needs O(n) extra memory, quicksort degrades to O(n²).\n\nTL;DR: C", "C"),
    (SORTS, "Ques. 14\nKey: C\nTopic: Sorting\nDifficulty: easy", "C"),
    (SORTS, "Bottom line: option D.", "D"),
    (SORTS, "pretty sure its C lol", "C"),
    (SORTS, "it's B imo", "B"),
    (
        MARKETS,
        "Let's examine each option carefully.\n\nA. An oligopoly is a market with a few large sellers.\n\nB. A monopoly is a market with only one",
        None,
    ),
    (
        KEYS,
        "Two sharps, F♯ and C♯: going round the circle of fifths, C has none, G has one, D has two. D major is option B.",
        "B",
    ),
    (KEYS, "G major is option A. D major is option B. A major is option C.", None),
    (
        PEAKS,
        "B. K2 is the second highest mountain on Earth and lies on the border between Pakistan and China. Everest (A) is higher, Lhotse (C) and Makalu (D) are lower.",
        "B",
    ),
    (TEMPERATURES, "A, B, C, D", None),
    (
        SUN,
        "It could be A or it could be C, depending on the season. The question doesn't tell us, so I'm unable to decide between the two.",
        None,
    ),
]
