# ruff: noqa: E501, one case a line is easier to read
r"""Argued answers, with their doubts and detours: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

VITAMIN = ("Vitamin A", "Vitamin B12", "Vitamin C", "Vitamin D")
WAVES = ("Radio waves", "Microwaves", "Infrared", "X-rays")
PHILOSOPHERS = ("Kant", "Mill", "Aristotle", "Hume")
TRAIN = ("2 hours", "2.5 hours", "3 hours", "3.5 hours", "4 hours")
ENZYME = (
    "lower the activation energy of a reaction",
    "raise the activation energy of a reaction",
    "change the equilibrium of a reaction",
    "are consumed by the reaction",
)
LINE = ("y = 2x + 1", "y = 2x - 1", "y = -2x + 1", "y = x + 2")
NEXT = ("25", "30", "36", "49")
CAUSE = ("the heavy rain", "the strong wind", "the broken dam", "the melting snow")
OBJECT = ("fork", "spoon", "knife", "plate", "cup")
PORTS = ("21", "22", "80", "443")
HORMONE = ("Insulin", "Glucagon", "Cortisol", "Thyroxine")
REFLEX = (
    "Both statements are true",
    "Only the first statement is true",
    "Only the second statement is true",
    "Both statements are false",
)
PROGRAM = ("[1, 2, 3]", "[3, 2, 1]", "[1, 3, 2]", "An error is raised")
GENE = ("AA", "Aa", "aa", "AB")
CONTINENT = ("Asien", "Afrika", "Europa", "Australien")
OS_PT = ("mitose", "meiose", "fissão", "brotamento")
ESPECIES = ("mamífero", "reptil", "ave", "anfibio")
WULI = ("重力", "摩擦力", "弹力", "浮力")
YUWEN = ("比喻", "拟人", "排比", "夸张")
DUOXUAN = ("直辖市", "自治区", "特别行政区", "省")
SUAN = ("12", "14", "16", "18")
CAPES = ("Cape Town", "Pretoria", "Bloemfontein", "Johannesburg")

CHOICES: list[Case] = [
    (
        VITAMIN,
        "Scurvy is caused by a deficiency of vitamin C, which is required for collagen synthesis. Vitamin A deficiency causes night blindness, vitamin B12 deficiency causes pernicious anemia, and vitamin D deficiency causes rickets. Therefore, the correct answer is C.",
        "C",
    ),
    (VITAMIN, "Rickets is due to a lack of vitamin D.", "D"),
    (VITAMIN, "The vitamin that your skin makes when exposed to sunlight is vitamin D.", "D"),
    (VITAMIN, "Night blindness → Vitamin A", "A"),
    (VITAMIN, "The sun helps the body produce Vitamin D, so D is the correct choice here.", "D"),
    (
        VITAMIN,
        "Hmm, this is tricky. Fatigue and pallor point to anemia; numbness points to B12. I'd answer Vitamin B12.",
        "B",
    ),
    (
        VITAMIN,
        "Taking a multivitamin that has vitamin A, vitamin C, and vitamin D is common.",
        None,
    ),
    (
        VITAMIN,
        "A balanced diet is important for health. I recommend that you consult a doctor.",
        None,
    ),
    (
        VITAMIN,
        "Sailors suffered from scurvy because their diet lacked Vitamin C. The answer is C. Vitamin C.\n\nQuestion: Which vitamin is made by the skin?\nA. Vitamin A\nB. Vitamin B12\nC. Vitamin C\nD. Vitamin D\nAnswer: D. Vitamin D",
        "C",
    ),
    (
        WAVES,
        "Among the options, X-rays have the shortest wavelength and therefore the highest frequency and energy.",
        "D",
    ),
    (
        WAVES,
        "The electromagnetic spectrum in order of increasing frequency is: radio waves, microwaves, infrared, visible light, ultraviolet, X-rays, gamma rays. So the one with the longest wavelength is radio waves.",
        "A",
    ),
    (WAVES, "X-rays.", "D"),
    (
        WAVES,
        "Correct answer: C. Infrared. Explanation: heat lamps emit infrared radiation. Radio waves (A) and microwaves (B) carry less energy, and X-rays (D) more.",
        "C",
    ),
    (WAVES, "Your microwave oven uses microwaves, so B.", "B"),
    (WAVES, "Heat is felt as infrared radiation. Hence the answer: infrared.", "C"),
    (
        PHILOSOPHERS,
        "The categorical imperative was formulated by Kant. Mill was a utilitarian, Aristotle a virtue ethicist, and Hume an empiricist.",
        "A",
    ),
    (PHILOSOPHERS, 'This quote is from Mill\'s "Utilitarianism", so the answer is (B).', "B"),
    (PHILOSOPHERS, "According to Aristotle, virtue is a mean between two extremes. (C)", "C"),
    (
        PHILOSOPHERS,
        "Kant argued, against Hume, that some knowledge is a priori. The philosopher in question is Kant.",
        "A",
    ),
    (
        PHILOSOPHERS,
        "The passage reflects Hume's view that reason is the slave of the passions. The best answer is therefore Hume (D).",
        "D",
    ),
    (
        PHILOSOPHERS,
        "I can't determine which philosopher the passage refers to without seeing it.",
        None,
    ),
    (PHILOSOPHERS, "Kant, Mill, Aristotle and Hume", None),
    (
        TRAIN,
        "Time = distance / speed = 150 km / 60 km/h = 2.5 hours. So the answer is (B) 2.5 hours.",
        "B",
    ),
    (TRAIN, "The train covers 240 km at 80 km/h.\n240/80 = 3\nSo it takes 3 hours.", "C"),
    (
        TRAIN,
        "**Given:** distance 320 km, speed 80 km/h\n**To find:** time\n**Solution:** t = d/v = 320/80 = 4 hours\n\n**Answer: E**",
        "E",
    ),
    (
        TRAIN,
        "It takes the first pipe 4 hours and the second 12 hours. Together: 1/4 + 1/12 = 1/3, so they need 3 hours.",
        "C",
    ),
    (TRAIN, "Working together they'd finish in 3 hours (option C).", "C"),
    (
        TRAIN,
        "He drives for 2 hours, rests, and then drives for 1.5 hours. In total he drives for 3.5 hours. D is right.",
        "D",
    ),
    (TRAIN, "So the time taken would be 150 minutes = 2.5 hours", "B"),
    (
        ENZYME,
        "Enzymes are biological catalysts. They lower the activation energy of a reaction without being consumed.",
        "A",
    ),
    (
        ENZYME,
        "Enzymes speed up reactions because they lower the activation energy of a reaction. B is the opposite, C is wrong because catalysts don't shift equilibria, and D is wrong because enzymes are reused.",
        "A",
    ),
    (
        ENZYME,
        "Enzymes do not change the equilibrium of a reaction, nor are they consumed. They lower the activation energy. Thus, A.",
        "A",
    ),
    (
        ENZYME,
        "Let's evaluate the choices.\n\n(a) lower the activation energy - this is what catalysts do.\n(b) raise the activation energy - no, the opposite.\n(c) change the equilibrium - no.\n(d) are consumed - no.\n\nAnswer: (a)",
        "A",
    ),
    (
        ENZYME,
        "a) Enzymes are proteins that act as catalysts.\nb) They have an active site which binds the substrate.\nc) Their activity depends on pH and temperature.",
        None,
    ),
    (
        ENZYME,
        "Statement B is false. Statement C is false. Statement D is false. Statement A is true.",
        "A",
    ),
    (
        LINE,
        "The slope is (5 − 1)/(2 − 0) = 2 and the y-intercept is 1, so the equation is y = 2x + 1.",
        "A",
    ),
    (LINE, "A line with slope −2 through (0, 1) has the equation y = -2x + 1.", "C"),
    (
        LINE,
        "Slope m = 2. Using the point (1, 1): 1 = 2(1) + b, so b = -1. The line is $y = 2x - 1$, matching choice (B).",
        "B",
    ),
    (
        LINE,
        "Substituting x = 0 in each: A gives 1, B gives −1, C gives 1, D gives 2. Only D passes through (0, 2).",
        "D",
    ),
    (NEXT, "The sequence is 1, 4, 9, 16, 25, so the next term is 36.", "C"),
    (
        NEXT,
        "1, 4, 9, 16, ... are the squares. The next number is 5² = 25, so the answer is A.",
        "A",
    ),
    (NEXT, "The differences are 3, 5, 7, 9, so we add 9 to 16 → 25.", "A"),
    (NEXT, "The pattern is n². The 7th term is 49.", "D"),
    (NEXT, "The correct answer is C) 36. The sequence consists of perfect squares.", "C"),
    (CAUSE, "The flood was caused by the broken dam, not by the heavy rain.", "C"),
    (
        CAUSE,
        "The passage says that the river rose because of the melting snow. Therefore the cause of the flood was the melting snow.",
        "D",
    ),
    (CAUSE, "According to the second paragraph, the heavy rain led to the flood. So, A.", "A"),
    (CAUSE, "The passage doesn't say what caused the flood.", None),
    (CAUSE, "It was either the heavy rain or the melting snow that caused the flood.", None),
    (OBJECT, "You would eat soup with a spoon.", "B"),
    (
        OBJECT,
        "To cut a steak you need a knife. While a fork is also used, it holds the meat. The answer is C.",
        "C",
    ),
    (OBJECT, "People usually drink coffee from a cup.", "E"),
    (OBJECT, "A fork and a knife are both used for steak.", None),
    (OBJECT, "E. cup", "E"),
    (OBJECT, "A cup is what one drinks coffee from.", "E"),
    (PORTS, "HTTPS uses TCP port 443 by default, while HTTP uses port 80.", "D"),
    (PORTS, "SSH runs on port 22. So the correct answer is B.", "B"),
    (PORTS, "The default port for HTTP is 80.", "C"),
    (PORTS, "FTP uses port 21 for control, so option A is the answer.", "A"),
    (
        HORMONE,
        "When blood glucose rises after a meal, the beta cells of the pancreas secrete insulin, which promotes the uptake of glucose. Glucagon has the opposite effect.\n\nThe correct answer is A.",
        "A",
    ),
    (HORMONE, "The hormone that raises blood sugar between meals is glucagon.", "B"),
    (
        HORMONE,
        "Thinking about stress... adrenaline isn't listed, but cortisol is the main stress hormone. My answer: C",
        "C",
    ),
    (HORMONE, "Type 1 diabetes results from a lack of insulin.", "A"),
    (
        HORMONE,
        "At first glance, insulin may seem right. However, the question asks about raising glucose, so it has to be glucagon.",
        "B",
    ),
    (
        REFLEX,
        "Statement 1 is true since every field is a ring. Statement 2 is false since Z is not a field. Therefore, only the first statement is true.",
        "B",
    ),
    (REFLEX, "Both statements are true, so the answer is A.", "A"),
    (REFLEX, "Neither of them holds: both statements are false.", "D"),
    (REFLEX, "The first statement is false and the second is true, so C.", "C"),
    (PROGRAM, "The list is sorted in ascending order, so the output is [1, 2, 3].", "A"),
    (PROGRAM, "`reverse()` reverses the list in place, and so print(a) outputs `[3, 2, 1]`.", "B"),
    (PROGRAM, "Since tuples are immutable, the assignment fails and an error is raised.", "D"),
    (PROGRAM, "The output will be:\n\n```\n[1, 3, 2]\n```", "C"),
    (
        GENE,
        "Crossing two heterozygotes gives AA, Aa, Aa and aa. The recessive phenotype appears only in aa. So the genotype must be aa.",
        "C",
    ),
    (GENE, "The genotype of a carrier is Aa.", "B"),
    (GENE, "Blood type AB is codominant. The answer is D.", "D"),
    (
        CAPES,
        "South Africa has three capitals: Pretoria (executive), Cape Town (legislative) and Bloemfontein (judicial). The question asks for the executive capital, which is Pretoria.",
        "B",
    ),
    (
        CAPES,
        "South Africa has three capitals: Pretoria, Cape Town, and Bloemfontein. Johannesburg is not a capital.",
        None,
    ),
    (CAPES, "Which one is not a capital? Johannesburg is not a capital, so the answer is D.", "D"),
    (
        CAPES,
        "I'd rule out D. Of the remaining ones, the parliament sits in Cape Town. My answer is A.",
        "A",
    ),
    (
        CAPES,
        "I believe the answer is B (Pretoria), though some might argue for A (Cape Town).",
        "B",
    ),
    (
        CAPES,
        "Let me reconsider. The parliament is not in Pretoria; it's in Cape Town. So I'm changing my answer from B to A.",
        "A",
    ),
    (
        CAPES,
        "Option A, Cape Town, hosts the parliament. Option B, Pretoria, hosts the government. Option C, Bloemfontein, hosts the courts. The question is about the courts, so the answer is option C.",
        "C",
    ),
    (CAPES, "The answer is B. Pretoria. B. Pretoria. B. Pretoria. B. Pretoria. B. Preto", "B"),
    (CAPES, "**Answer:** The executive capital of South Africa is **Pretoria**.", "B"),
    (
        CAPES,
        "Choose the correct option.\nA. Cape Town\nB. Pretoria\nC. Bloemfontein\nD. Johannesburg\n\nAnswer: B",
        "B",
    ),
    (CAPES, "Answer: The correct answer is", None),
    (CAPES, "Answer: ____", None),
    (CAPES, "A, B and C", "ABC"),
    (CAPES, "The answer is D, because A, B and C are capitals.", "D"),
    (CAPES, "Is it A? No: the executive sits in Pretoria. B it is.", "B"),
    (CAPES, "(B)\n(B)\n(B)", "B"),
    (CAPES, "<think>\nThe executive capital is Pretoria.\n</think>\n\nB", "B"),
    (
        CAPES,
        "Here is the solution:\n\n1. Pretoria is the executive capital.\n2. Cape Town is the legislative capital.\n3. Bloemfontein is the judicial capital.\n\nAs the question asks for the judicial capital, the answer would be **C**.",
        "C",
    ),
    (
        CONTINENT,
        "Ägypten liegt größtenteils in Afrika, nur der Sinai gehört zu Asien. Die richtige Antwort ist daher B.",
        "B",
    ),
    (CONTINENT, "Der kleinste Kontinent ist Australien.", "D"),
    (CONTINENT, "Lösung: A", "A"),
    (CONTINENT, "Die Antwort ist C, weil Deutschland in Europa liegt.", "C"),
    (OS_PT, "A divisão celular que gera gametas é a meiose. Logo, a resposta é a letra B.", "B"),
    (OS_PT, "Resposta: A) mitose", "A"),
    (OS_PT, "O processo descrito é a mitose.", "A"),
    (OS_PT, "A alternativa D está correta, pois leveduras se reproduzem por brotamento.", "D"),
    (ESPECIES, "La ballena es un mamífero.", "A"),
    (ESPECIES, "La serpiente es un reptil, así que la respuesta correcta es la opción B.", "B"),
    (ESPECIES, "La correcta es la C, porque el pingüino es un ave.", "C"),
    (ESPECIES, "Creo que es un anfibio.", "D"),
    (WULI, "物体静止在斜面上，是因为受到摩擦力的作用。因此，正确选项是B。", "B"),
    (WULI, "船能浮在水面上，靠的是浮力。", "D"),
    (WULI, "苹果落地是由于受到重力的作用，选A", "A"),
    (
        WULI,
        "A、重力：方向竖直向下，不符合；B、摩擦力：与运动方向相反，符合题意；C、弹力：不符合；D、浮力：不符合。",
        "B",
    ),
    (WULI, "这里有重力和弹力两个力。", None),
    (YUWEN, "“春风像母亲的手”运用了比喻的修辞手法。", "A"),
    (YUWEN, "句子把小草当作人来写，属于拟人。故答案为B。", "B"),
    (YUWEN, "解析：“白发三千丈”是夸张手法。\n答案：D", "D"),
    (YUWEN, "应选：C（排比）", "C"),
    (DUOXUAN, "北京是直辖市，所以正确答案为 A。", "A"),
    (DUOXUAN, "香港属于特别行政区。", "C"),
    (DUOXUAN, "【答案】：B\n【解析】：西藏是自治区。", "B"),
    (DUOXUAN, "本题答案为D项。A项直辖市包括北京、上海、天津、重庆。", "D"),
    (DUOXUAN, "题干中没有给出足够的信息。", None),
    (SUAN, "设这个数为x，则2x+4=32，解得x=14，所以选择B。", "B"),
    (SUAN, "3×6=18，故选D。", "D"),
    (SUAN, "根据题意列式：4×4=16。答：选C。", "C"),
    (SUAN, "所以，这个数是12。", "A"),
]
