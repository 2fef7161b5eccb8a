# ruff: noqa: E501, one case a line is easier to read
r"""Answers to questions of many subjects, most of them several sentences: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

LAYERS = ("Physical", "Data link", "Network", "Transport")
SALT = ("sodium chloride", "potassium chloride", "calcium carbonate", "sodium bicarbonate")
RIGHTS = ("life", "liberty", "property", "the pursuit of happiness")
SUPPLY = (
    "The price rises and the quantity falls",
    "The price falls and the quantity rises",
    "Both rise",
    "Both fall",
)
KIN = ("uncle", "cousin", "nephew", "grandfather", "brother")
AREA = ("24 cm²", "36 cm²", "48 cm²", "60 cm²")
ROMANS = ("Julius Caesar", "Augustus", "Nero", "Caligula")
CAUSAL = ("Yes", "No")
SORT = ("Bubble sort", "Merge sort", "Quick sort", "Heap sort")
PHASE = ("Prophase", "Metaphase", "Anaphase", "Telophase")
ETHIC = ("Autonomy", "Beneficence", "Nonmaleficence", "Justice")
PERCENT = ("10", "20", "25", "40", "50")
LUXUN = ("鲁迅", "茅盾", "巴金", "老舍")
WUZHI = ("氧气", "二氧化碳", "氮气", "氢气")
LUN = ("①②", "①③", "②③", "②④")
ORTE = ("in der Küche", "im Garten", "auf dem Dach", "im Keller")
TEA = ("Green tea", "Black tea", "White tea", "Oolong tea")
POET = ("Robert Frost", "Emily Dickinson", "Walt Whitman", "Sylvia Plath")
FORCE = ("10 N", "20 N", "30 N", "40 N")
KID = ("glomerulus", "loop of Henle", "proximal tubule", "collecting duct")
VAL = ("valid", "invalid")
GU = ("孔子", "孟子", "老子", "庄子")
ANI = ("Whales are fish", "Whales are mammals", "Whales lay eggs", "Whales have gills")
CAKE = ("flour", "sugar", "baking powder", "salt")
ART = ("Leonardo da Vinci", "Michelangelo", "Raphael", "Caravaggio")
TAXES = ("8%", "12%", "15%", "22%")
TENSE = ("Present perfect", "Past perfect", "Simple past", "Future perfect")
ROCK = ("igneous", "sedimentary", "metamorphic", "none of these")
CH = ("增加", "减少", "不变", "无法确定")
LEG = (
    "The court will grant the motion.",
    "The court will deny the motion.",
    "The court will dismiss the case.",
    "The court will hold a hearing.",
)

CHOICES: list[Case] = [
    (
        LAYERS,
        "The IP protocol operates at the Network layer of the OSI model. TCP and UDP are at the Transport layer, and Ethernet spans the Data link and Physical layers.\n\nTherefore, the correct answer is **C. Network**.",
        "C",
    ),
    (LAYERS, "TCP is a transport layer protocol. It provides reliable, ordered delivery.", "D"),
    (
        LAYERS,
        "Routers forward packets based on IP addresses, and that's a function of the network layer.",
        "C",
    ),
    (LAYERS, "Switches work at layer 2, which is the Data link layer (B).", "B"),
    (LAYERS, "The OSI model has seven layers.", None),
    (SALT, "Table salt is the common name for sodium chloride (NaCl).", "A"),
    (
        SALT,
        "Baking soda is sodium bicarbonate, whose formula is NaHCO3. Chalk and limestone are calcium carbonate. So the answer is D.",
        "D",
    ),
    (
        SALT,
        "Limestone consists mostly of calcium carbonate; when it reacts with acid, carbon dioxide is released. Answer: (C)",
        "C",
    ),
    (SALT, "The compound in question is sodium bicarbonate, and not sodium chloride.", "D"),
    (
        RIGHTS,
        "Locke's natural rights were life, liberty, and property. Jefferson replaced property with the pursuit of happiness. Hence the right that is not Locke's is the pursuit of happiness.",
        "D",
    ),
    (
        RIGHTS,
        "Life, liberty and the pursuit of happiness are in the Declaration, but property is not. So the correct answer is C.",
        "C",
    ),
    (RIGHTS, "All of these are rights.", None),
    (
        SUPPLY,
        "A decrease in supply shifts the supply curve to the left. As a result, the price rises and the quantity falls.",
        "A",
    ),
    (
        SUPPLY,
        "An increase in supply shifts the curve to the right, so at the new equilibrium the price falls and the quantity rises. Option B.",
        "B",
    ),
    (
        SUPPLY,
        "When demand increases, the price rises, and so does the quantity. Both rise. The answer is C.",
        "C",
    ),
    (
        SUPPLY,
        "Demand falls, so the equilibrium price falls and so does the equilibrium quantity: both fall.",
        "D",
    ),
    (KIN, "My mother's brother is my uncle, so the man is A's uncle.", "A"),
    (
        KIN,
        "P is the father of Q, and Q is the father of R. So P is R's grandfather. Thus the answer is option D.",
        "D",
    ),
    (KIN, "A is B's father's brother's son. So A is B's cousin.", "B"),
    (
        KIN,
        "Let me draw the family tree. X is the son of Y. Y is the sister of Z. Therefore X is the nephew of Z.",
        "C",
    ),
    (
        KIN,
        "A is the brother of B and B is the brother of C. Hence, A and C are brothers, and the correct answer is (E).",
        "E",
    ),
    (KIN, "B's father is C's brother, hence C is B's uncle. Answer: A.", "A"),
    (AREA, "The area of the rectangle is 6 × 8 = 48 cm². So C is the right answer.", "C"),
    (AREA, "Area = ½ × base × height = ½ × 8 × 6 = 24 cm²", "A"),
    (AREA, "The perimeter is 24 cm, so each side is 6 cm, and the area is 36 cm².", "B"),
    (AREA, "The surface area is 2(12 + 10 + 8) = 60 cm². **Final answer: D**", "D"),
    (
        ROMANS,
        "The first Roman emperor was Augustus, who ruled from 27 BC. Julius Caesar was a dictator, but never emperor.",
        "B",
    ),
    (ROMANS, "Legend says that Nero played the fiddle while Rome burned.", "C"),
    (
        ROMANS,
        "Caesar was assassinated on the Ides of March in 44 BC. So the answer is A, Julius Caesar.",
        "A",
    ),
    (ROMANS, "It was Caligula who is said to have planned to make his horse a consul.", "D"),
    (ROMANS, "Some think it was Nero; others say that it was Caligula.", None),
    (
        CAUSAL,
        "Most people would say that Bob caused the accident, because he ran the red light. Yes.",
        "A",
    ),
    (
        CAUSAL,
        "Would a typical person say that Ann caused the fire? Both events were necessary, and only hers was abnormal. So the answer is Yes.",
        "A",
    ),
    (CAUSAL, "No. The machine would have broken anyway.", "B"),
    (CAUSAL, "The answer is No, because Tom did not intend the outcome.", "B"),
    (CAUSAL, "It depends on the reader.", None),
    (
        SORT,
        "Merge sort has a guaranteed O(n log n) running time and is stable. Quick sort is O(n²) in the worst case, and heap sort is not stable. Bubble sort is O(n²).\n\nSo the answer is B.",
        "B",
    ),
    (SORT, "The algorithm which repeatedly swaps adjacent elements is bubble sort.", "A"),
    (SORT, "Picking a pivot and partitioning is how quick sort works. So I choose C.", "C"),
    (SORT, "Only D builds a heap first. D", "D"),
    (PHASE, "During metaphase, the chromosomes line up at the equator of the cell.", "B"),
    (
        PHASE,
        "The sister chromatids separate during anaphase. In telophase, the nuclear envelope re-forms. The correct answer is C.",
        "C",
    ),
    (
        PHASE,
        "The order is prophase, metaphase, anaphase, telophase. The last one is telophase, so D.",
        "D",
    ),
    (PHASE, "The order is prophase, metaphase, anaphase, telophase.", None),
    (
        PHASE,
        "In the picture, the chromosomes are condensing, and the nuclear envelope is still visible. This suggests prophase.",
        "A",
    ),
    (ETHIC, '"First, do no harm" is the principle of nonmaleficence.', "C"),
    (
        ETHIC,
        "Respecting the patient's refusal of treatment reflects the principle of autonomy. Beneficence would push for treatment, but autonomy takes precedence.",
        "A",
    ),
    (
        ETHIC,
        "The fair distribution of scarce organs is a matter of justice, so the best answer would be D.",
        "D",
    ),
    (ETHIC, "The four principles are autonomy, beneficence, nonmaleficence and justice.", None),
    (PERCENT, "40% of 50 is 20, so the answer is B.", "B"),
    (PERCENT, "The increase is 10 on 40, which is 25%. The answer is C.", "C"),
    (PERCENT, "From 50 to 40 is a decrease of 10, and 10/50 = 20%.", "B"),
    (PERCENT, "0.5 × 100 = 50", "E"),
    (PERCENT, "x/100 × 80 = 32\nx = 3200/80\nx = 40", "D"),
    (PERCENT, "We know that 10 of the 25 students are girls.", None),
    (LUXUN, "《阿Q正传》是鲁迅的代表作之一，发表于1921年。", "A"),
    (LUXUN, "《家》《春》《秋》的作者是巴金，老舍的代表作是《骆驼祥子》，因此选C。", "C"),
    (
        LUXUN,
        "分析：A项鲁迅著有《呐喊》；B项茅盾著有《子夜》；C项巴金著有《家》；D项老舍著有《茶馆》。题目问《子夜》的作者，故答案为B。",
        "B",
    ),
    (LUXUN, "【答案】D【详解】《茶馆》是老舍的话剧。", "D"),
    (WUZHI, "空气中含量最多的气体是氮气，约占78%。", "C"),
    (WUZHI, "植物的光合作用吸收二氧化碳，放出氧气。所以放出的气体是氧气，选A。", "A"),
    (WUZHI, "最轻的气体是氢气。正确选项：D", "D"),
    (LUN, "①正确，②错误，③正确，④错误，故选B。", "B"),
    (LUN, "②③符合题意，①④不符合题意，所以答案是C。", "C"),
    (LUN, "①③", "B"),
    (LUN, "由材料可知②④正确。", "D"),
    (ORTE, "Laut Text war der Schlüssel im Keller versteckt.", "D"),
    (ORTE, "Die Kinder spielten im Garten, daher lautet die richtige Antwort B.", "B"),
    (ORTE, "Der Text sagt nichts darüber.", None),
    (ORTE, "Antwort D ist falsch, ebenso A und C. Richtig ist B.", "B"),
    (
        KIN,
        'Since the woman says "his mother is the only daughter of my mother", she is the man\'s mother. None of the listed relations fits.',
        None,
    ),
    (SALT, "I'd rather not answer that.", None),
    (
        SALT,
        "Potassium chloride is sometimes used as a substitute for table salt. Table salt itself is sodium chloride. Therefore, the answer is A.",
        "A",
    ),
    (SORT, "A: Bubble sort is a simple algorithm, but slow.", "A"),
    (LAYERS, "A: The Transport layer.", "D"),
    (PHASE, "Student: Is it B?\nTeacher: No, it is C.", "C"),
    (
        PHASE,
        "I think it's B. Let me double-check: in metaphase the chromosomes align at the equator. Yes, B.",
        "B",
    ),
    (
        PHASE,
        "I think it's B. Let me double-check: the question asks when chromatids separate. That is anaphase. So it's C.",
        "C",
    ),
    (
        ETHIC,
        "Options A and B are both defensible, but the case turns on informed consent, and that is A.",
        "A",
    ),
    (ETHIC, "I would say A, B, and C are all relevant.", "ABC"),
    (TEA, "Of the four teas, black tea is fully oxidised, so the answer is B.", "B"),
    (TEA, "White tea is the least processed of these. So C.", "C"),
    (TEA, "The tea that is partially oxidised is oolong.", "D"),
    (TEA, "All of these teas come from the same plant, Camellia sinensis.", None),
    (TEA, "I'd pick green tea because it is unfermented.", "A"),
    (POET, '"The Road Not Taken" is one of the most famous poems by Robert Frost.', "A"),
    (
        POET,
        '"Leaves of Grass" was published by Whitman in 1855; Dickinson\'s poems were published only after her death. So the correct answer is C.',
        "C",
    ),
    (POET, "The reclusive poet of Amherst is Emily Dickinson.", "B"),
    (POET, "Lady Lazarus is by Plath. The answer is D.", "D"),
    (POET, "I can't tell from the excerpt whether this is Frost or Whitman.", None),
    (FORCE, "F = ma = 5 kg × 4 m/s² = 20 N", "B"),
    (
        FORCE,
        "The weight is 40 N and the normal force balances it, so the net force is zero. But the question asks for the normal force, which is 40 N.",
        "D",
    ),
    (FORCE, "Two forces of 10 N each act in opposite directions, so the net force is 0 N.", None),
    (FORCE, "The resultant of 10 N and 20 N in the same direction is 30 N. Option C.", "C"),
    (
        KID,
        "Filtration of blood takes place in the glomerulus; reabsorption of glucose takes place mostly in the proximal tubule. The question asks about glucose, so C.",
        "C",
    ),
    (KID, "ADH acts mainly on the collecting duct, making it more permeable to water.", "D"),
    (
        KID,
        "Loop diuretics such as furosemide act on the thick ascending limb of the loop of Henle.",
        "B",
    ),
    (
        KID,
        "B is incorrect, since it concentrates urine. C and D are incorrect as well. Blood is filtered in the glomerulus.",
        "A",
    ),
    (VAL, "The premises do not guarantee the conclusion, so the argument is invalid.", "B"),
    (
        VAL,
        "The argument is deductively valid, since the conclusion follows from the premises.",
        "A",
    ),
    (VAL, "All A are B. All B are C. Therefore all A are C. This form is valid.", "A"),
    (VAL, "The argument has two premises.", None),
    (GU, "“仁”是孔子思想的核心。", "A"),
    (GU, "《道德经》相传为老子所著，答案选C。", "C"),
    (GU, "“民贵君轻”是孟子提出的主张，而不是孔子。", "B"),
    (GU, "逍遥游出自《庄子》，故本题答案为D。", "D"),
    (
        ANI,
        "Whales breathe air, give birth to live young, and nurse them; in other words, whales are mammals.",
        "B",
    ),
    (
        ANI,
        "A is false: whales are not fish. C is false: they give birth. D is false: they have lungs. The only true statement is B.",
        "B",
    ),
    (ANI, "Contrary to what many believe, whales aren't fish. Whales are mammals.", "B"),
    (ANI, "Whales live in the sea.", None),
    (
        ANI,
        "Let's see. (A) Whales are fish - no. (B) Whales are mammals - yes. (C) Whales lay eggs - no. (D) Whales have gills - no.",
        "B",
    ),
    (ANI, "The false statement among A, B and C... I would need more context.", None),
    (ANI, "The best answer is the second statement.", "B"),
    (ANI, "Sorry, I got that wrong. It should be B.", "B"),
    (ANI, "Answer (b).", "B"),
    (ANI, "Whales are mammals, hence (B)!", "B"),
    (ANI, "D. Whales have gills. Wait, no: they have lungs. The answer is B.", "B"),
    (ANI, 'The statement "Whales are mammals" is the true one.', "B"),
    (ANI, "B)\n\nWhales nurse their young.", "B"),
    (ANI, "It is false that whales are fish.", None),
    (
        CAKE,
        "The ingredient that makes a cake rise is baking powder, which releases carbon dioxide when it is wetted and heated. Flour gives structure, sugar gives sweetness, and salt enhances the flavour.\n\nThus, the answer is (C).",
        "C",
    ),
    (
        CAKE,
        "Flour provides the gluten network. Therefore option A, flour, is the best choice.",
        "A",
    ),
    (CAKE, "Sweetness comes from the sugar.", "B"),
    (CAKE, "A cake needs flour, sugar, and baking powder.", None),
    (
        ART,
        "The ceiling of the Sistine Chapel was painted by Michelangelo between 1508 and 1512.",
        "B",
    ),
    (ART, "The Mona Lisa was painted by Leonardo da Vinci; it hangs in the Louvre.", "A"),
    (
        ART,
        "The artist known for his chiaroscuro, and for his violent life, is Caravaggio. The others are High Renaissance masters.",
        "D",
    ),
    (ART, "'The School of Athens' is a fresco by Raphael, not Michelangelo, so C.", "C"),
    (
        ART,
        "It's difficult to say. Michelangelo and Raphael were both active in Rome at the time.",
        None,
    ),
    (TAXES, "The income falls in the second bracket, so the marginal rate is 12%.", "B"),
    (TAXES, "Tax = 0.15 × 40,000 = 6,000, so the rate is 15 percent. C.", "C"),
    (
        TAXES,
        "The marginal rate rises from 12% to 22%. The question asks for the higher, so the answer is D.",
        "D",
    ),
    (
        TENSE,
        '"Had finished" is in the past perfect tense, because it describes an action completed before another one in the past.',
        "B",
    ),
    (TENSE, 'The sentence "She has lived here since 2010" uses the present perfect.', "A"),
    (TENSE, "By next year I will have graduated → Future perfect → D", "D"),
    (TENSE, 'Simple past, since "yesterday" names a finished time.', "C"),
    (
        ROCK,
        "Marble forms when limestone is subjected to heat and pressure, so it's a metamorphic rock.",
        "C",
    ),
    (ROCK, 'Coal isn\'t a rock in the strict sense, so the answer is "none of these".', "D"),
    (ROCK, "Rocks are igneous, sedimentary, or metamorphic.", None),
    (CH, "温度升高，反应速率增加，所以选A。", "A"),
    (CH, "由于题目没有给出压强，因此无法确定，选D。", "D"),
    (CH, "质量守恒，因此总质量不变。", "C"),
    (CH, "浓度会减少。", "B"),
    (CH, "综上，A、B、C都不对，选D。", "D"),
    (
        LEG,
        "Because there is no genuine dispute of material fact, the court will grant the motion.",
        "A",
    ),
    (
        LEG,
        "The motion was untimely. Accordingly, the court will deny the motion. The answer is B.",
        "B",
    ),
    (LEG, "The plaintiff lacks standing, so the court will most likely dismiss the case.", "C"),
    (LEG, "A hearing is required under Rule 12(i). (D)", "D"),
    (LEG, "The facts are insufficient to predict the outcome.", None),
]
