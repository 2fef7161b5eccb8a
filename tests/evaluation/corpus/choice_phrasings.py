# ruff: noqa: E501, one case a line is easier to read
r"""Answers in other words than "the answer is", and what only looks like one.

Praise, exceptions, lists with marks, struck-out options, texts judged, questions gone on with:
``(options, text, letters)``; ``None``: no one option.
"""

CITIES = ("London", "Paris", "Rome", "Berlin")
LAW = ("Negligence", "Battery", "Assault", "False imprisonment")
ARP = (
    "It maps an IP address to a MAC address",
    "It maps a host name to an IP address",
    "It encrypts packets",
    "It routes packets between networks",
)
BIO = ("Mitochondria", "Ribosomes", "Chloroplasts", "Nucleus")
DX = (
    "Acute appendicitis",
    "Acute cholecystitis",
    "Renal colic",
    "Ovarian torsion",
    "Diverticulitis",
)
ENT = ("Yes", "No", "Not enough information")
TF = ("True", "False")
EV = ("1.5 eV", "1.9 eV", "2.6 eV", "3.4 eV")
ZH = ("光合作用", "呼吸作用", "蒸腾作用", "扩散作用")
ZUI = ("甲构成诈骗罪", "甲构成盗窃罪", "甲构成侵占罪", "甲构成抢劫罪")
ACID = ("base", "strong base", "weak base", "conjugate base")
STRUCT = (
    "Stack: last in, first out",
    "Queue: first in, first out",
    "Heap: smallest first",
    "Tree: parents and children",
)
STACK = ("push(pop(s)) = s", "top(push(s,x)) = x", "empty(new()) = true", "pop(push(s,x)) = s")
POS = ("A noun", "A verb", "An adjective", "An adverb")
NUM = ("1", "2", "3", "infinitely many")
SHEEP = ("meadow", "farm", "zoo", "city", "lake")

CHOICES: list[tuple[tuple[str, ...], str, str | None]] = [
    # In other words
    (ARP, "Statement A most precisely describes what ARP does; B is DNS.", "A"),
    (ARP, "Of the four, option A gives the most accurate description of the protocol.", "A"),
    (
        ARP,
        "The role of ARP is most accurately summarized by choice A, since it works on the local link only.",
        "A",
    ),
    (LAW, "(B) provides the strongest explanation: the contact was intended and harmful.", "B"),
    (LAW, "Option B fits the elements given and is therefore the correct choice.", "B"),
    (
        LAW,
        "D comes close, since the victim could not leave, but B better captures what the defendant did.",
        "B",
    ),
    (
        LAW,
        "Choice C would be appropriate if there had been no contact. Because there was, choice B best characterizes the tort.",
        "B",
    ),
    (LAW, "Does option B best describe the tort? That depends on facts that are not given.", None),
    (LAW, "Neither A nor C best describes the tort.", None),
    (LAW, "Option C would best describe a case without contact.", None),
    (LAW, "The facts are perfectly captured by option D.", "D"),
    (
        STACK,
        "The axiom that does not hold for a stack is:\n\n**A. push(pop(s)) = s**\n\nThe other axioms, B, C and D, are correct.",
        "A",
    ),
    (
        STACK,
        "The only equation which is not valid is A. B is correct, C is correct and D is correct as well.",
        "A",
    ),
    (
        STACK,
        "We need the false one. The exception here is (A), because popping an empty stack is an error; option B is correct.",
        "A",
    ),
    (STACK, "What the question asks for is A: the other three are axioms. D is true.", "A"),
    (STACK, "Equation A is the odd one out. Statement B is true.", "A"),
    (
        STACK,
        "A. push(pop(s)) = s ✗\nB. top(push(s,x)) = x ✓\nC. empty(new()) = true ✓\nD. pop(push(s,x)) = s ✓\n\nWe were asked for the one that does NOT hold.",
        "A",
    ),
    (
        STACK,
        "A. push(pop(s)) = s ✗\nB. top(push(s,x)) = x ✓\nC. empty(new()) = true ✓\nD. pop(push(s,x)) = s ✓",
        None,
    ),
    (BIO, "❌ Mitochondria\n❌ Ribosomes\n✅ Chloroplasts\n❌ Nucleus", "C"),
    (BIO, "Mitochondria ✗\nRibosomes ✗\nChloroplasts ✓\nNucleus ✗", "C"),
    (BIO, "~~A. Mitochondria~~\n~~B. Ribosomes~~\nC. Chloroplasts\n~~D. Nucleus~~", "C"),
    (
        BIO,
        "A) ~~Mitochondria~~ energy\nB) ~~Ribosomes~~ proteins\nC) Chloroplasts, the place of photosynthesis\nD) ~~Nucleus~~ DNA",
        "C",
    ),
    (BIO, "~~A~~ C", "C"),
    (BIO, "A. Mitochondria\nB. Ribosomes\nC. Chloroplasts <-- this one\nD. Nucleus", "C"),
    (BIO, "Chloroplasts 👈 correct answer", "C"),
    (POS, "A. A noun\nB. A verb\nC. An adjective ← the answer\nD. An adverb", "C"),
    (
        CITIES,
        'Since the Colosseum stands there, "Rome" is the best answer here. Berlin has the Reichstag.',
        "C",
    ),
    (CITIES, "London and Paris are further west. This leaves us with Rome.", "C"),
    (CITIES, "Having excluded the first two, we are left with Berlin.", "D"),
    (CITIES, "I'd favour C over D because the Forum is there.", "C"),
    (CITIES, "I would settle on D.", "D"),
    (
        CITIES,
        "Sure! The capital of Italy is (C) Rome. It has been the capital since 1871.\n\nOption A, London, is wrong. Option B, Paris, is the capital of France.",
        "C",
    ),
    (
        CITIES,
        "The capital that replaced Bonn is option D. Option B would be right for France.",
        "D",
    ),
    (
        CITIES,
        "The fourth option (Berlin) is the correct one, and the second option belongs to France.",
        "D",
    ),
    (CITIES, "It must be the third option.", "C"),
    (CITIES, "<final>C</final>", "C"),
    (
        CITIES,
        "<scratchpad>A and B are out. D looks tempting.</scratchpad>\n<final_choice>C</final_choice>",
        "C",
    ),
    (STRUCT, "Undo needs the most recent action first. Thus: Stack.", "A"),
    (STRUCT, "A breadth-first search keeps the nodes to visit in a queue.", "B"),
    (
        DX,
        "Sudden flank pain radiating to the groin with haematuria makes renal colic the most likely diagnosis. A CT should be obtained; option A would be considered if fever developed.",
        "C",
    ),
    (
        DX,
        "Murphy's sign is positive. In this setting acute cholecystitis is the most probable diagnosis. Pain relief comes first.",
        "B",
    ),
    (DX, "If the pain were on the left, diverticulitis would be the most likely diagnosis.", None),
    (
        DX,
        "The diagnosis, for which option E would be typical in an older patient, cannot be told from this.",
        None,
    ),
    (ZUI, "乙尚未处分财物，甲趁其不备秘密取走，因此应以盗窃罪论处。", "B"),
    (ZUI, "甲虚构事实，使乙陷入错误认识而交付财物，应当认定为诈骗罪。", "A"),
    (ZH, "B\n\n下列属于可再生能源的是\nA. 煤炭\nB. 石油\nC. 天然气\nD. 太阳能\n答案：D", "B"),
    (
        CITIES,
        "C. Rome\n\nWhich city is the capital of Spain?\nA. Lisbon\nB. Madrid\nC. Rome\nD. Athens\nAnswer: B. Madrid",
        "C",
    ),
    (
        CITIES,
        "D\nWhich city has the Louvre?\nA. London\nB. Paris\nC. Rome\nD. Berlin\nAnswer: B",
        "D",
    ),
    (CITIES, "Which city has the Louvre?\nA. London\nB. Paris\nC. Rome\nD. Berlin\nAnswer: B", "B"),
    (ENT, "No, the premise contradicts it: if nobody was in the shop, then no customer was.", "B"),
    (ENT, "Yes, but only for part of the text; whether it holds in general is unclear.", None),
    (TF, "False. If n is even, then n squared is even, too, so the claim fails.", "B"),
    (EV, "The photon therefore carries an energy of roughly 1.9 eV.", "B"),
    (EV, "The transition from level 3 to level 2 thus releases 1.9 eV.", "B"),
    (ACID, "Ammonia is a weak base. It accepts protons only in part.", "C"),
    (ACID, "The chloride ion is a conjugate base.", "D"),
    (NUM, "There are exactly 2 such maps: the identity and the swap.", "B"),
    (SHEEP, "Cows live on a farm, so when you want fresh milk you should go to a farm.", "B"),
    (CITIES, "**A and C.** Both were founded before Christ's birth or soon after.", "AC"),
    (CITIES, "I don't favor B over C, nor C over B.", None),
    # What they border on
    (LAW, "Option A most clearly matches the facts: there was a duty, and it was breached.", "A"),
    (LAW, "Choice D accurately captures the fact pattern because the exits were locked.", "D"),
    (LAW, "Options A and B each describe a tort, but option B describes the conduct better.", None),
    (
        LAW,
        "If the plaintiff had seen the blow coming, option C best fits; otherwise the facts are unclear.",
        None,
    ),
    (
        LAW,
        "Which is it? A best describes careless conduct. C best describes a threat. Both might apply.",
        None,
    ),
    (LAW, "Statement C reaches the right result for the wrong reason.", None),
    (LAW, "(D) is the better reading of the statute, and (A) the weaker one.", "D"),
    (
        LAW,
        "B is the strongest argument here. A, C and D presuppose facts that were not given.",
        "B",
    ),
    (LAW, "Best captured by option C.", "C"),
    (LAW, "The conduct is not accurately described by option A.", None),
    (
        ARP,
        "Answer choice A provides the most complete explanation. B describes DNS, C TLS, and D is what routers do.",
        "A",
    ),
    (
        ARP,
        "Statement A correctly explains the protocol, whereas statement B confuses it with DNS.",
        "A",
    ),
    (
        STACK,
        "The one which isn't an axiom is option A.\n\nOption B is an axiom. It is correct.",
        "A",
    ),
    (
        STACK,
        "The statement that is false is **A**. Since popping an empty stack fails, it cannot hold. C is true.",
        "A",
    ),
    (STACK, "What we are looking for is C.", "C"),
    (STACK, "We have to find the one that is not true: A, B, C or D?", None),
    (STACK, "以上说法中不正确的是：A。B项正确，C项正确。", "A"),
    (STACK, "The operations that do not change the stack are top and empty.", None),
    (BIO, "The cells that do not divide are B cells.", None),
    (
        BIO,
        '| Option | Has its own DNA? |\n|---|---|\n| A. Mitochondria | Yes |\n| B. Ribosomes | No |\n| C. Chloroplasts | Yes |\n| D. Nucleus | Yes |\n\nSince the question asks which does NOT contain DNA, the row marked "No" is what we want.',
        "B",
    ),
    (
        BIO,
        "| Option | Has DNA? |\n|---|---|\n| A. Mitochondria | Yes |\n| B. Ribosomes | No |\n| C. Chloroplasts | Yes |\n| D. Nucleus | Yes |",
        None,
    ),
    (
        BIO,
        "- D: holds the chromosomes ✗\n- B: makes proteins ✗\n- C: photosynthesis ✗\n- A: cellular respiration ✓",
        "A",
    ),
    (BIO, "☑ Mitochondria\n☑ Chloroplasts\n❌ Ribosomes", None),
    (BIO, "~~Mitochondria~~ Chloroplasts", "C"),
    (BIO, "~~C~~", None),
    (BIO, "~~A. Mitochondria~~\n~~B. Ribosomes~~\nC. Chloroplasts\nD. Nucleus", None),
    (BIO, "1. Mitochondria\n2. Ribosomes <- here\n3. Chloroplasts\n4. Nucleus", "B"),
    (
        BIO,
        "Light is caught in the thylakoids, so the chloroplasts are the correct answer. Mitochondria burn the sugar later.",
        "C",
    ),
    (
        BIO,
        "It is often said that mitochondria are the best answer, but the text asks for something else.",
        None,
    ),
    (BIO, "B does not fit, C doesn't apply to animals, and D makes no sense here.", "A"),
    (BIO, "Options B and D can be dismissed. C does not match the picture.", "A"),
    (BIO, "Option B does not apply. Option C does not apply.", None),
    (CITIES, "That leaves only Berlin.", "D"),
    (CITIES, "I favor neither B nor C.", None),
    (CITIES, "I'd side with C.", "C"),
    (CITIES, "The city where the Forum stands is C. Option D became a capital much later.", "C"),
    (CITIES, "The vertex of the triangle is B. The centre is C.", None),
    (CITIES, "It has to be the first choice, as the Thames flows there.", "A"),
    (CITIES, "The second option, Paris, is the right answer; the first option is in England.", "B"),
    (CITIES, "If Rome had not fallen, the second option would be the correct one.", None),
    (CITIES, "<final_answer>B</final_answer>", "B"),
    (CITIES, "<final>I cannot tell.</final>", None),
    (
        CITIES,
        "Thank you for asking! Italy's capital is Rome. London and Paris are the capitals of other countries.",
        "C",
    ),
    (CITIES, "Great question! London, Paris, Rome and Berlin are all capitals.", None),
    (STRUCT, "Hence: Heap.", "C"),
    (STRUCT, "Stacks, queues and heaps are all used by programs.", None),
    (DX, "McBurney's point is tender, which makes appendicitis likely.", None),
    (
        DX,
        "Tenderness at McBurney's point and fever make acute appendicitis the leading diagnosis. Surgery should be called; C would be an option in a colicky course.",
        "A",
    ),
    (DX, "Would torsion make ovarian torsion the diagnosis here?", None),
    (DX, "Nothing here makes renal colic the right answer.", None),
    (ZUI, "甲的行为不构成盗窃罪。", None),
    (ZUI, "甲以暴力压制乙的反抗，应认定为抢劫罪。", "D"),
    (ZH, "植物在光下制造有机物的过程是光合作用，呼吸作用则是分解有机物。", "A"),
    (ZH, "呼吸作用、蒸腾作用、扩散作用均与题意不符。", "A"),
    (
        ZH,
        "A\n题目：植物失水的过程叫做什么？\nA. 光合作用\nB. 呼吸作用\nC. 蒸腾作用\nD. 扩散作用\n答案：C",
        "A",
    ),
    (
        CITIES,
        "Let me restate the question with its options.\nWhich city has the Colosseum?\nA. London\nB. Paris\nC. Rome\nD. Berlin\nAnswer: C",
        "C",
    ),
    (
        CITIES,
        "A. London\n\nThe largest city of Brazil is\nA. Rio\nB. São Paulo\nC. Recife\nD. Manaus",
        "A",
    ),
    (ENT, "No. The text does not say that she bought the car, only that she looked at it.", "B"),
    (ENT, "No one is mentioned in the premise.", None),
    (ENT, "Yes or no, hard to say.", None),
    (TF, "True - the sum of two even numbers is even.", "A"),
    (
        EV,
        "The photon starts with about 3.4 eV and ends with an energy of about 1.5 eV or 1.9 eV.",
        None,
    ),
    (ACID, "Sodium hydroxide is a strong base because it dissociates completely.", "B"),
    (NUM, "There are only 3 subgroups of index two.", "C"),
    (NUM, "There are exactly 2 cases. We treat each of them in turn.", None),
    (SHEEP, "If you wanted to see a lion you would visit a zoo.", "C"),
    (SHEEP, "If there were a lion here, this would be a zoo.", None),
    (
        SHEEP,
        "The ducks can be seen on a lake. The ducks can be seen on a lake. The ducks can be seen on a",
        "E",
    ),
    (CITIES, "**B** or maybe **C**.", None),
    (CITIES, "I first thought of A. The Louvre is in Paris, so I will change my answer to B.", "B"),
    (
        CITIES,
        "The answer is C. Hmm, the tower stands elsewhere, so I am switching my choice to B.",
        "B",
    ),
    (CITIES, "I will not change my answer to C. The answer is B.", "B"),
    (
        ("x = 0", "x = 1", "x = 2", "x = 3"),
        "- x = 0: 4\n- x = 1: -1\n- x = 2: 0\n- x = 3: 13\n\nOnly x = 2 works.",
        "C",
    ),
    (CITIES, "Of the four, only Paris fits the description.", "B"),
    (CITIES, "Is it true that only Paris fits?", None),
    (CITIES, "Only Paris works if we count suburbs, and only Rome works if we do not.", None),
    (CITIES, "**A, B and D** lie on rivers, too, so this does not help.", None),
]
