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
    (
        ("阑尾炎", "胆囊炎", "胰腺炎", "溃疡穿孔"),
        "患者暴饮暴食后上腹部剧痛，血淀粉酶升高。\nA. 阑尾炎——疼痛多转移至右下腹，不符合。\nB. 胆囊炎——右上腹痛，不符合。\nC. 胰腺炎——符合上述全部表现。\nD. 溃疡穿孔——板状腹，不符合。",
        "C",
    ),
    (LIABILITY, "题目要求选出错误的说法。A正确，B正确，C正确，D错误——根尖细胞就没有叶绿体。", "D"),
    (LIABILITY, 'B项缺主语；C项"防止"与"不再"否定不当；D项搭配不当。没有语病的一项是A。', "A"),
    (
        YEARS,
        "On écarte la nullité absolue (A), la caducité (B) et la résolution (C). Il faut retenir la proposition D.",
        "D",
    ),
    (CITIES, "A führt vom Herzen weg, B ebenso, C führt zur Leber. Also bleibt nur D übrig.", "D"),
    (CITIES, "Das müsste B sein ... Moment, das war später. Korrektur: Antwort C.", "C"),
    (CITIES, '{"antwort": "A", "begründung": "Der Löffel wird durch direkten Kontakt heiß."}', "A"),
    (YEARS, "Es una exageración evidente. Me quedo con la opción A.", "A"),
    (
        ("R$ 120,00", "R$ 135,00", "R$ 140,00", "R$ 144,00"),
        "Aumentando 20% sobre R$ 120,00 temos 120 × 1,2 = 144. Letra D.",
        "D",
    ),
    (
        YEARS,
        "Aは心電図変化がないため否定的、Bは合わず、Dは考えにくい。消去法でもCが残ります。",
        "C",
    ),
    (
        YEARS,
        "Инсулин и глюкагон вырабатываются поджелудочной железой. Остаётся D, гормон надпочечников.",
        "D",
    ),
    (YEARS, "4 × 5 = 20\n\n**الخيار D**", "D"),
    (
        ("~ 14 GeV", "~ 120 GeV", "~ 1.2 TeV", "~ 260 TeV"),
        "With these numbers we get 2.6e14 eV.\n\nSo the threshold is about 260 TeV.",
        "D",
    ),
    (
        YEARS,
        "I picked A at first. On second thought, could it be C? It is excludable. No, I'm sticking with A.",
        "A",
    ),
    (
        ("Buddhism", "Jainism", "Sikhism", "Shinto"),
        "Three of these traditions originated in India. The odd one out, the one native to Japan, is the last option.",
        "D",
    ),
]
