# ruff: noqa: E501, one case a line is easier to read
r"""Explained answers in the manner of many models: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

CAPITALS = ("Sydney", "Canberra", "Melbourne", "Perth")
PIGMENT = ("Chlorophyll", "Melanin", "Hemoglobin", "Carotene")
SHAPES = ("Triangle", "Square", "Pentagon", "Hexagon")
MOLES = ("0.5 mol", "1.0 mol", "1.5 mol", "2.0 mol")
AGES = ("12", "15", "18", "24", "30")
TREATIES = (
    "Treaty of Versailles",
    "Treaty of Tordesillas",
    "Treaty of Utrecht",
    "Peace of Westphalia",
)
SENTIMENT = ("Positive", "Negative", "Neutral")
BONDS = ("Ionic bond", "Covalent bond", "Hydrogen bond", "Metallic bond")
FALLACY = ("Ad hominem", "Straw man", "Slippery slope", "False dilemma", "Circular reasoning")
CLAUSES = (
    "The plaintiff will prevail because the defendant breached a duty of care.",
    "The plaintiff will prevail because of strict liability.",
    "The defendant will prevail because the plaintiff assumed the risk.",
    "The defendant will prevail because there was no causation.",
)
KEYS = ("encrypt the data", "compress the data", "delete the data", "copy the data")
ORGANS = ("Liver", "Kidney", "Heart", "Spleen")
EXPR = (r"\frac{\pi}{4}", r"\frac{\pi}{2}", r"\pi", r"2\pi")
WEATHER = ("evaporation", "condensation", "precipitation", "sublimation")
MORAL = ("Wrong, Wrong", "Wrong, Not wrong", "Not wrong, Wrong", "Not wrong, Not wrong")
TEN = ("1.2 A", "2.4 A", "3.6 A", "4.8 A", "6.0 A", "7.2 A", "8.4 A", "9.6 A", "10.8 A", "12.0 A")
FAIRE = ("être", "avoir", "aller", "faire")
TIER = ("Hund", "Katze", "Pferd", "Kuh")
SI = ("正确", "错误")
ZHENGZHI = ("民主集中制", "人民代表大会制度", "民族区域自治制度", "基层群众自治制度")
YIXUE = ("肺炎", "肺结核", "支气管哮喘", "肺癌")
DILI = ("长江", "黄河", "珠江", "淮河")

CHOICES: list[Case] = [
    # ordinary
    (
        CAPITALS,
        "Let's work through this. Sydney and Melbourne both wanted to be the capital. As a compromise, a new city was built between them. That city is Canberra.\n\nThe answer is therefore (B).",
        "B",
    ),
    (
        CAPITALS,
        "The correct answer is **B: Canberra**. While Sydney is the largest and best-known city in Australia, it's not the capital.",
        "B",
    ),
    (CAPITALS, "Canberra (option B) has served as the capital since 1913.", "B"),
    (CAPITALS, "Final Answer\n\nB", "B"),
    (
        CAPITALS,
        "## Answer: B\n\n## Reasoning\nSydney (A) is the largest, Melbourne (C) was the temporary seat of government, and Perth (D) is in the west.",
        "B",
    ),
    (CAPITALS, "The right answer here is clearly Canberra.", "B"),
    (
        CAPITALS,
        "A common mistake is to choose Sydney. The capital is in fact Canberra, so choose B.",
        "B",
    ),
    (CAPITALS, "A quick check: is it Sydney? No. Melbourne? No. Perth? No. So it's Canberra.", "B"),
    (CAPITALS, 'Thus the answer must be the option that reads "Canberra".', "B"),
    (CAPITALS, "I'd say B. But I'm not 100% sure.", "B"),
    (CAPITALS, "B, I think.", "B"),
    (CAPITALS, "It's B!", "B"),
    (CAPITALS, "Q: What is the capital of Australia?\nA: Canberra", "B"),
    (
        CAPITALS,
        "Q: What is the capital of Australia?\nA: The capital of Australia is Canberra.",
        "B",
    ),
    (CAPITALS, "A: Perth", "D"),
    (CAPITALS, "A: The capital of Australia is Canberra.", "B"),
    (
        CAPITALS,
        "Answer: B\nQ: What is the capital of New Zealand?\nA. Auckland B. Wellington C. Christchurch D. Dunedin\nAnswer: C",
        "B",
    ),
    (
        CAPITALS,
        "B. Canberra\n\nProblem: What is the largest city in Australia?\nOptions: A. Sydney B. Canberra C. Melbourne D. Perth\nSolution: A. Sydney",
        "B",
    ),
    (
        CAPITALS,
        "Problem: name the capital of Australia.\nSolution: The capital is Canberra. The answer is B.",
        "B",
    ),
    (CAPITALS, '{"answer": {"letter": "B", "text": "Canberra"}}', "B"),
    (CAPITALS, "{'answer': 'B'}", "B"),
    (CAPITALS, "answer=B", "B"),
    (CAPITALS, "[ANSWER]B[/ANSWER]", "B"),
    (CAPITALS, "The answer: $\\text{B}$", "B"),
    (CAPITALS, "> **B) Canberra**", "B"),
    (
        CAPITALS,
        "| Option | Verdict |\n|---|---|\n| A. Sydney | ✗ |\n| B. Canberra | ✓ |\n| C. Melbourne | ✗ |\n| D. Perth | ✗ |",
        "B",
    ),
    (CAPITALS, "You asked about Australia. I can't share an opinion on that.", None),
    (CAPITALS, "None of the options is correct.", None),
    (CAPITALS, "The correct answer is not listed.", None),
    (CAPITALS, "Either Sydney or Canberra.", None),
    (CAPITALS, "It is definitely not A.", None),
    (CAPITALS, "I think the answer is C. Actually, both B and C have been capitals.", "C"),
    # Pigment
    (
        PIGMENT,
        "Leaves look green since they contain a pigment called chlorophyll, which absorbs red and blue light and reflects green light. Melanin gives skin its colour, hemoglobin is in blood, and carotene is orange.",
        "A",
    ),
    (
        PIGMENT,
        "The pigment responsible for the green color of plants is chlorophyll. Hence, the correct answer is option A) Chlorophyll.",
        "A",
    ),
    (PIGMENT, "Skin color is determined primarily by melanin.", "B"),
    (
        PIGMENT,
        "Human blood is red because of hemoglobin, an iron-containing protein. Chlorophyll is found in plants. So: C",
        "C",
    ),
    (
        PIGMENT,
        "Carotene, which is found in carrots, gives them their orange colour. D is the answer.",
        "D",
    ),
    (
        PIGMENT,
        "A is a green pigment; B is in skin; C is in blood; D is orange and in carrots. So D matches the description.",
        "D",
    ),
    # Shapes
    (SHAPES, "A hexagon has six sides, whereas a pentagon has five.", "D"),
    (
        SHAPES,
        "A triangle has three sides. A square has four sides. A pentagon has five sides. A hexagon has six sides.\n\nThe shape with five sides is a pentagon.",
        "C",
    ),
    (SHAPES, "A square.", "B"),
    (SHAPES, "A shape with six sides is called a hexagon.", "D"),
    (SHAPES, "I count six sides, so the shape is a hexagon. Answer choice: D", "D"),
    (SHAPES, "The sum of the interior angles is 180° × (n − 2) = 540°, so n = 5: a pentagon.", "C"),
    # Moles
    (MOLES, "n = m/M = 18 g / 18 g/mol = 1.0 mol. Thus, the answer is B.", "B"),
    (
        MOLES,
        "From the balanced equation, 2 mol of H2 react with 1 mol of O2. So 3.0 mol of H2 need 1.5 mol of O2.",
        "C",
    ),
    (MOLES, "Number of moles = 36/18 = 2.0 mol\n\n∴ option (D) is correct.", "D"),
    (
        MOLES,
        "We have 11 g of CO2. The molar mass is 44 g/mol. 11/44 = 0.25 mol. This isn't among the options, so there may be an error in the question.",
        None,
    ),
    # Ages
    (
        AGES,
        "Let x be Tom's age. Then x + 3 = 2(x − 6), so x = 15. So Tom is 15 years old.\n\nThe answer is B.",
        "B",
    ),
    (
        AGES,
        "Let the son's age be s. The father is 3s. In 12 years 3s + 12 = 2(s + 12), so s = 12. The correct answer is A.",
        "A",
    ),
    (AGES, "Tom is 12, and Ann is twice as old, so Ann is 24.", "D"),
    (AGES, "x = 18", "C"),
    (AGES, "Therefore, John's present age is 30 years.\nHence option E.", "E"),
    (AGES, "2x + 6 = 36 ⟹ x = 15. Option B is correct.", "B"),
    (AGES, "\\[ x = 24 \\]\n\nSo, the correct answer is \\(\\boxed{D}\\).", "D"),
    (AGES, "The current ages sum to 48 and differ by 12; therefore they are 18 and 30.", None),
    # History
    (
        TREATIES,
        "World War I was formally ended by the Treaty of Versailles, signed in June 1919.",
        "A",
    ),
    (
        TREATIES,
        "Spain and Portugal divided the New World under the Treaty of Tordesillas of 1494.",
        "B",
    ),
    (
        TREATIES,
        "The Thirty Years' War ended in 1648 with the Peace of Westphalia. The Treaty of Utrecht (1713) ended the War of the Spanish Succession. The answer is D.",
        "D",
    ),
    (
        TREATIES,
        "This passage refers to the Treaty of Utrecht, which ended the War of the Spanish Succession and gave Gibraltar to Britain. Therefore, (C).",
        "C",
    ),
    (TREATIES, "The passage is about a treaty that I don't recognise.", None),
    # Sentiment
    (
        SENTIMENT,
        "The reviewer praises the acting and the music, so the sentiment is positive.",
        "A",
    ),
    (SENTIMENT, "Negative. The reviewer says the film was a waste of time.", "B"),
    (SENTIMENT, "Sentiment: Neutral", "C"),
    (SENTIMENT, "The sentiment expressed in the review is negative, not positive.", "B"),
    # Bonds
    (
        BONDS,
        "NaCl is formed by the transfer of an electron from sodium to chlorine, producing oppositely charged ions that attract each other. This type of bond is called an ionic bond.",
        "A",
    ),
    (
        BONDS,
        "In water molecules the atoms share electrons, so the bonds within the molecule are covalent. The answer is B.",
        "B",
    ),
    (
        BONDS,
        "The attraction between water molecules is a hydrogen bond; the bonds inside each molecule are covalent bonds.",
        "C",
    ),
    (BONDS, "Copper conducts because of delocalised electrons: metallic bond (D)", "D"),
    (
        BONDS,
        "Option A (ionic bond): Incorrect, as no electrons are transferred.\nOption B (covalent bond): Correct, as the electrons are shared.\nOption C (hydrogen bond): Incorrect.\nOption D (metallic bond): Incorrect.",
        "B",
    ),
    # Fallacies
    (
        FALLACY,
        "The speaker attacks the person rather than the argument. This is a classic ad hominem.",
        "A",
    ),
    (
        FALLACY,
        "By misrepresenting the opponent's view, the author commits the straw man fallacy.",
        "B",
    ),
    (
        FALLACY,
        "Presenting only two options when more exist is known as a false dilemma, making D the best answer.",
        "D",
    ),
    (
        FALLACY,
        "E is correct: the conclusion is assumed in the premise. A, B, C and D do not apply.",
        "E",
    ),
    # Law
    (
        CLAUSES,
        "The defendant owed the plaintiff a duty of care and breached it by failing to maintain the stairs. Choice B is incorrect because strict liability does not apply to premises. Choice C is incorrect because the plaintiff was unaware of the danger. Choice D is incorrect because but-for causation is met. Choice A is correct.",
        "A",
    ),
    (
        CLAUSES,
        "The plaintiff knew the rope was frayed and climbed anyway. The defendant will prevail because the plaintiff assumed the risk.",
        "C",
    ),
    (
        CLAUSES,
        "(C) is the best answer, since the plaintiff voluntarily encountered a known danger. (A) and (B) fail because assumption of risk bars recovery; (D) is wrong because there was causation.",
        "C",
    ),
    (CLAUSES, "The plaintiff may prevail, or the defendant may; more facts are needed.", None),
    # Purpose
    (
        KEYS,
        "A key is used to encrypt the data so that only the intended recipient can read it.",
        "A",
    ),
    (KEYS, "The purpose of ZIP is to compress the data.", "B"),
    (KEYS, "RSA is used to encrypt the data, which corresponds to A.", "A"),
    # Organs
    (ORGANS, "Bile is produced by the liver and stored in the gallbladder.", "A"),
    (ORGANS, "The organ that filters blood and makes urine is the kidney, i.e., B.", "B"),
    (ORGANS, "The heart pumps blood. So the answer should be C. Heart.", "C"),
    (ORGANS, "Of the four organs, the one which pumps blood is the heart.", "C"),
    # Math
    (
        EXPR,
        "\\int_0^1 \\frac{1}{1+x^2} dx = \\arctan(1) = \\frac{\\pi}{4}. So the answer is A.",
        "A",
    ),
    (EXPR, "The integral evaluates to $\\frac{\\pi}{2}$.", "B"),
    (EXPR, "The period of $\\sin 2x$ is $\\frac{2\\pi}{2} = \\pi$.", "C"),
    # Weather
    (
        WEATHER,
        "When water vapor cools and turns into liquid, the process is called condensation.",
        "B",
    ),
    (WEATHER, "Rain, snow, and hail are all forms of precipitation.", "C"),
    (WEATHER, "Dry ice turns directly into gas by sublimation; D.", "D"),
    (
        WEATHER,
        "In the water cycle, the sun heats the ocean, causing evaporation. The vapor then cools through condensation and falls as precipitation. The step driven directly by the sun is evaporation.",
        "A",
    ),
    # Moral scenarios
    (
        MORAL,
        "In Scenario 1, the main character takes money from a child, which is clearly wrong. In Scenario 2, the main character helps a neighbour, which is not wrong. So the answer is B.",
        "B",
    ),
    (MORAL, "Scenario 1: Wrong\nScenario 2: Wrong\n\nAnswer: A", "A"),
    (
        MORAL,
        "Scenario 1 is not wrong, and scenario 2 is not wrong either. Therefore: (D) Not wrong, Not wrong",
        "D",
    ),
    # Ten
    (TEN, "I = V/R = 12 V / 5 Ω = 2.4 A", "B"),
    (TEN, "I = V/R, where V = 24 V and R = 4 Ω. Therefore I = 6.0 A. The answer is (E).", "E"),
    (TEN, "Using Ohm's law I = V/R we get I = 9.6 A, so H is correct.", "H"),
    (TEN, "The current is 10.8 A. Answer: I", "I"),
    # European languages
    (FAIRE, "Le verbe « être » est le bon choix : « je suis ».", "A"),
    (FAIRE, "Le verbe correct est « aller ».", "C"),
    (FAIRE, "Je choisis la réponse D.", "D"),
    (TIER, "Das Tier, das bellt, ist der Hund.", "A"),
    (TIER, "Eine Katze miaut, daher ist B die richtige Antwort.", "B"),
    (TIER, "Antwort C ist richtig, denn ein Pferd wiehert.", "C"),
    (TIER, "Ich weiß es leider nicht.", None),
    # Chinese
    (SI, "该说法正确。", "A"),
    (SI, "这种说法是错误的，因为光速是有限的。", "B"),
    (SI, "答案：错误", "B"),
    (SI, "判断：正确。理由：地球绕太阳公转。", "A"),
    (
        ZHENGZHI,
        "我国的根本政治制度是人民代表大会制度，而民族区域自治制度和基层群众自治制度属于基本政治制度。",
        "B",
    ),
    (
        ZHENGZHI,
        "我国国家机构的组织原则是民主集中制，故A正确；B是根本政治制度，C、D是基本政治制度，均排除。",
        "A",
    ),
    (ZHENGZHI, "西藏实行的是民族区域自治制度。答案为C", "C"),
    (
        YIXUE,
        "患者青年男性，低热、盗汗、咯血，最可能的诊断是肺结核。肺炎多为高热，肺癌多见于老年人。",
        "B",
    ),
    (YIXUE, "根据症状，考虑诊断为支气管哮喘，因此正确答案是 C。", "C"),
    (YIXUE, "我不是医生，无法给出诊断，建议您尽快就医。", None),
    (YIXUE, "本例最可能为：D.肺癌", "D"),
    (DILI, "我国最长的河流是长江。", "A"),
    (DILI, "A.长江\nB.黄河\nC.珠江\nD.淮河\n\n黄河是中华民族的母亲河，所以答案是B。", "B"),
    (DILI, "首先排除A和C，因为它们位于南方；淮河不是最长的，排除D；所以选B。", "B"),
    (DILI, "D选项是正确的。", "D"),
]
