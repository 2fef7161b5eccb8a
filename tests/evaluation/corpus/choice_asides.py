# ruff: noqa: E501, one case a line is easier to read
r"""Guesses under doubt, places in a row, lists that judge by text: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

PAINTERS = ("Rembrandt", "Vermeer", "Hals", "Steen")
COMPOSERS = ("Bach", "Handel", "Vivaldi", "Telemann")
TRUTHS = ("It is true", "It is false", "It is uncertain", "It is meaningless")
BOATS = ("He sells the boat", "He rows the boat across the lake", "He burns the boat")
KINGS = ("Louis XIV", "Louis XV", "Louis XVI", "Napoléon")
LAKES = ("Baikal", "Tanganyika", "Victoria", "Malawi")
ANGLES = ("$\\pi/4$", "$\\pi/2$", "$\\pi$", "$2\\pi$")
ROOMS = ("kitchen", "bedroom", "cellar", "attic")

FRAMES = ("a shelf", "a rack", "a box", "all of these")
PROOFS = ("The proof is sound", "The proof is unsound")
SPEEDS = ("2.0 m/s", "3.0 m/s", "4.0 m/s", "9.0 m/s")
CLAIMS = (
    "The buyer must pay because the goods were sound",
    "The buyer may refuse the goods because they came late",
    "The contract is void",
)
FORCES = ("It is doubled", "It is halved", "It stays the same", "It vanishes")
DUOS = ("Only I", "Only II", "Both I and II", "Neither I nor II")
VERDICTS = ("True", "False")
STEPS = ("steps 1, 2, 3", "steps 3, 1, 2", "steps 2, 3, 1")
TASKS = ("Give rest", "Order a neck scan", "Observe")
SEAS = ("Baltic Sea", "Black Sea", "Red Sea", "Dead Sea")
ORDERS = ("seed, sprout, flower", "sprout, seed, flower", "flower, sprout, seed")
AGES = ("7", "8", "9", "10")
DAYS = ("6 days", "10 days", "15 days", "30 days")
BIGO = ("O(1)", "O(log n)", "O(n)", "O(n^2)")
CHARGES = ("1.6 × 10^-19 C", "3.2 × 10^-19 C", "4.8 × 10^-19 C")
SHADOWS = (
    "The moon hides the sun from the earth",
    "The earth hides the sun from the moon",
    "The sun goes out",
)
PLANTS = ("mint", "fern", "sage", "thyme")
BOTHS = ("Shorter wires", "Thicker wires", "Both A and B", "Neither A nor B")

CHOICES: list[Case] = [
    (PAINTERS, "I'm not certain, but my best guess is D.", "D"),
    (PAINTERS, "I am not entirely sure, but I would pick C.", "C"),
    (PAINTERS, "The answer is not A (Rembrandt), as is often thought; it is B (Vermeer).", "B"),
    (PAINTERS, "The last one.", "D"),
    (PAINTERS, "The second one is by a pupil.", None),
    (PAINTERS, "A: 5%\nB: 88%\nC: 3%\nD: 4%\n\nMost likely: B", "B"),
    (PAINTERS, "C and D are later. Between A and B: the pearl decides. B, then.", "B"),
    (KINGS, "Les réponses A et B sont à écarter. La D est anachronique. Reste la C.", "C"),
    (COMPOSERS, "1. Bach - no\n2. Handel - no\n3. Vivaldi - yes\n4. Telemann - no", "C"),
    (COMPOSERS, "Bach: no\nHandel: yes\nVivaldi: no\nTelemann: no", "B"),
    (COMPOSERS, "Bach: a German\nHandel: an Englishman too\nVivaldi: of Venice", None),
    (TRUTHS, "Some logicians accept true contradictions and others gaps.", None),
    (TRUTHS, "On the usual reading it is uncertain.", "C"),
    (BOATS, "The story most likely goes on with him rowing across the lake (option B).", "B"),
    (
        LAKES,
        "So which one is the deepest, and the oldest? It's Baikal (A). Tanganyika (B) comes close, but it is younger.",
        "A",
    ),
    (LAKES, "Lake Baikal is in Russia, close to Mongolia.", "A"),
    (
        LAKES,
        "All of these are in Africa EXCEPT Baikal. Victoria and Malawi are on its great rift; Tanganyika is, too.",
        "A",
    ),
    (
        LAKES,
        "It is the oldest of them so the answer is A\n\nWhat is its outflow?\nA. Lena\nB. Angara\nC. Volga\nThe Angara leaves it so the answer is B",
        "A",
    ),
    (LAKES, "题目问的是最深的湖。B、C、D都在非洲，故排除B、C、D。", "A"),
    (LAKES, "题目问的是最深的湖，不能排除B、C、D。", None),
    (LAKES, "Gefragt ist nach dem tiefsten, also ist Antwort A richtig.", "A"),
    (ANGLES, r"The final answer is $$\boxed{\frac{\pi}{2}}$$", "B"),
    (ANGLES, r"The final answer is $$\boxed{\frac{\pi}{3}}$$", None),
    (
        LAKES,
        "Questo non è in Africa, a differenza degli altri: è quindi il Baikal (opzione A).",
        "A",
    ),
    (
        LAKES,
        "Baikal, Tanganyika, Victoria sind es nicht. Der kleinste ist der Malawi (Antwort D).",
        "D",
    ),
    (LAKES, "维多利亚湖较浅，首先排除。剩下的只有Baikal了。", "A"),
    (("A dog", "A cat", "A horse"), "A horse is the only one of these that is shod.", "C"),
    (("A dog", "A cat", "A horse"), "A horse has hooves, and a dog has none.", None),
    (ROOMS, "The answer is (C) cellar, or (D) attic.", None),
    (ROOMS, "The answer is A) kitchen, B) bedroom and D) attic are all possible.", None),
    (ROOMS, "It could be in (C) cellar or (D) attic.", None),
    (ROOMS, "An old trunk would be kept in C) cellar, or D) attic.", None),
    (ROOMS, "Most likely it stands in the attics of old houses.", "D"),
    (ROOMS, "The answer would be D if the roof were flat, but here it isn't, so it's C.", "C"),
    (
        ROOMS,
        "The answer would be D if reflections counted as different, but here they don't, so it's C.",
        "C",
    ),
    (ROOMS, "**A. kitchen and D. attic**", "AD"),
    (ROOMS, "Both hold wine: **A. kitchen and D. attic**", "AD"),
    (ROOMS, "よって、正しい選択肢は C（地下室）です。", "C"),
    (ROOMS, "正しい答えはBです。", "B"),
    (
        ROOMS,
        "Im Keller ist es zu feucht, im Bad zu warm; daher ist B die richtige Antwort. A und C sind zu hell.",
        "B",
    ),
    (ROOMS, "Also ist B richtig.", "B"),
    (
        ROOMS,
        "Thus, (C) is the right choice. A common mistake is to forget the stairs, which would give the attic (D).",
        "C",
    ),
    (ROOMS, "Therefore (C) is right. A frequent error is dividing by 60, which leads to (B).", "C"),
    (ROOMS, "The answer is not A.", None),
    (ROOMS, "The answer is not A. It cannot be B either. It is C.", "C"),
    (ROOMS, "The answer isn't A or B; the wine must be cool and dark. I'd say the cellar.", "C"),
    (ROOMS, "A. kitchen. This is incorrect.", None),
    (ROOMS, "The answer is A. This is incorrect, the wine would spoil. The answer is C.", "C"),
    (ROOMS, "All of them are dry with the exception of C.", "C"),
    (ROOMS, "All rooms are dry with the exception of the cellar.", "C"),
    (ROOMS, "B is the main reason.", "B"),
    (ROOMS, "B is the main place.", "B"),
    (ROOMS, "It's B. Many would say D (attic) by mistake.", "B"),
    (ROOMS, "So the room is the cellar. A trap here is the attic (D).", "C"),
    (ROOMS, "If the question were about clothes, the answer would be B. For wine, it is C.", "C"),
    (ROOMS, "The answer might be A or C, but since wine needs a cool place, C is better.", "C"),
    (ROOMS, "Deshalb ist C die korrekte Lösung.", "C"),
    (ROOMS, "Somit ist C richtig, denn dort ist es kühl.", "C"),
    (ROOMS, "Donc c'est C qui est correcte.", "C"),
    (ROOMS, "Por lo tanto, la opción correcta sería la C, ya que allí hace fresco.", "C"),
    (ROOMS, "따라서 정답은 C번입니다.", "C"),
    (ROOMS, "정답: ③", "C"),
    (ROOMS, "答案是③。", "C"),
    (ROOMS, "④", "D"),
    (ROOMS, "選択肢Cが正しい。", "C"),
    (ROOMS, "Правильный ответ — C.", "C"),
    (ROOMS, "A resposta correta é a alternativa C.", "C"),
    (ROOMS, "La risposta giusta è la C.", "C"),
    (
        SEAS,
        "The water is so salty that a swimmer floats. That is typical of the **Dead Sea (D)**.\n\nAnd the rest?\n* **A** - brackish.\n* **B** - no oxygen below.\n* **C** - salty, but less so.",
        "D",
    ),
    (
        ORDERS,
        "It grows like this:\n\n1. Seed – it lies in the ground.\n2. Sprout – it comes out in spring.\n3. Flower – it blooms in June.",
        "A",
    ),
    (AGES, "From 2x + 4 = 20 it follows that Ann must be eight years old.", "B"),
    (
        DAYS,
        "Together: 1/10 + 1/15 = 1/6. So they need 6 days, instead of the 10 days Ann needs or the 15 days Bob needs.",
        "A",
    ),
    (AGES, "We know that 7 of the 30 children are here.", None),
    (
        BIGO,
        "Each step halves the range. Thus it needs O(log n) steps, against O(n) for a linear search.",
        "B",
    ),
    (CHARGES, "Two elementary charges make 2 × 1.6 × 10⁻¹⁹ C = 3.2 × 10⁻¹⁹ C.", "B"),
    (CHARGES, "Only $3.2\\times 10^{-19}$ C is twice the elementary charge.", "B"),
    (SHADOWS, "In that case earth hides the sun from moon.", "B"),
    (
        PLANTS,
        "Those with a strong smell: A (mint), C (sage) and D (thyme). The fern (B) has none.",
        "ACD",
    ),
    (PLANTS, "The plants of the kitchen are A, C and D.", "ACD"),
    (PLANTS, "The remaining options are A and D.", None),
    (
        BOTHS,
        "A shorter wire has less resistance, and so has a thicker one, so both A and B work.",
        "C",
    ),
    (
        PLANTS,
        "It smells of lemon. That is what (D) says, too, but only there with some certainty.",
        "D",
    ),
    (
        PLANTS,
        "It has flowers, so (B) is out. It isn't green all year, so not (C). Its leaves are broad, so (D) fails as well.\n\nIn sum, it is mint.",
        "A",
    ),
    (PLANTS, "Therefore: sage (and salt). If it were for pasta, thyme would be added.", "C"),
    (
        PLANTS,
        '(A) smells of menthol, (C) and (D) of resin.\n\nWhat remains is the family of "fern". Some would call it a weed, but that isn\'t in the list.',
        "B",
    ),
    (
        PLANTS,
        '- "mint": has a smell.\n- "fern": has none.\n\nSo the second answer choice is the one that must be meant.',
        "B",
    ),
    (
        PLANTS,
        "**A.** mint\n✅ Correct: it smells.\n\n**B.** fern\n❌ Incorrect: it does not.\n\n**C.** sage\n❌ Incorrect: too bitter.\n\n**D.** thyme\n❌ Incorrect: too small.",
        "A",
    ),
    (FRAMES, "All of the above.", "D"),
    (FRAMES, "None of them fits better than another, so it has to be all of these.", "D"),
    (ROOMS, "The first option is the better one: it has a stove.", "A"),
    (
        ROOMS,
        "As an AI model, I don't have a house, but I would store it in the cellar (option C).",
        "C",
    ),
    (ROOMS, "That leaves (B) and (C), and (C) is better supported by the text.", "C"),
    (ROOMS, "(A) looks attractive at first sight but has no door. It is (B).", "B"),
    (
        SEAS,
        "| Sea | salt |\n|---|---|\n| Baltic Sea | 7 |\n| Black Sea | 18 |\n\nThe sample matches the Black Sea.",
        "B",
    ),
    (
        LAKES,
        "Some would name Victoria, but the deepest is Baikal at 1,642 m. In a quiz, I'd put down Baikal.",
        "A",
    ),
    (
        LAKES,
        "The deepest lake is Baikal, with 1,642 m; second is Tanganyika (1,470 m) and third Malawi.",
        "A",
    ),
    (LAKES, "The deepest lake is Baikal; Tanganyika comes second.", "A"),
    (
        PLANTS,
        "A plant that spreads by spores is called a fern.\n\nIt's not mint, because that has seeds, and it isn't thyme either.",
        "B",
    ),
    (
        PROOFS,
        "All premises are true, and the last line follows from them. The proof is therefore logically sound.",
        "A",
    ),
    (PROOFS, "The second step divides by zero. So the proof is unsound.", "B"),
    (
        SPEEDS,
        "At first it moves at 9.0 m/s.\n\nThe speed of both is 4.0 m/s in the direction of the first, and 60 J went into heat.",
        "C",
    ),
    (
        PLANTS,
        "Let's look at each.\n\n**Mint** smells of menthol.\n\n**Fern** has no flowers.\n\n**Sage** is bitter.\n\n**Thyme** is a small shrub with leaves that are used in most kitchens of the south, and it is often",
        None,
    ),
    (LAKES, "Baikal (A) is the deepest, although Tanganyika holds more fish.", "A"),
    (LAKES, "Of these lakes, only (D) was mapped by Livingstone.", "D"),
    (LAKES, "Of these lakes, only (D) was not mapped by Livingstone, and (B) has no outlet.", None),
    (LAKES, "Let's strike some: Tanganyika ✗, Victoria ✗, Malawi ✗. Remaining: Baikal ✓", "A"),
    (CLAIMS, "The best answer is that the buyer may refuse the goods, since they came late.", "B"),
    (CLAIMS, "They came late, and so the buyer may refuse them. Answer choice B.", "B"),
    (
        FORCES,
        "Since the field is four times as strong here, and the charge half as large, overall the force is doubled.",
        "A",
    ),
    (LAKES, "Let's think step by step. Baikal is the deepest lake of Asia. Malawi", None),
    (DUOS, "I is true. II is true as well. Hence both.", "C"),
    (DUOS, "Neither statement is correct.", "D"),
    (LAKES, "Between C and D, D is better.", "D"),
    (LAKES, "C ✔", "C"),
    (LAKES, "Tanganyika is too long (B), Malawi too shallow (D). A is all that's left.", "A"),
    (VERDICTS, "The claim is not true.", "B"),
    (VERDICTS, "It isn't correct that it is not true.", None),
    (LAKES, "The deepest lake of Africa is Tanganyika, and the second deepest is Malawi.", "B"),
    (STEPS, "The order is 3, 1, 2.", "B"),
    (
        TASKS,
        "With an unstable neck the spine must be imaged, so a neck scan should be ordered.",
        "B",
    ),
    (TASKS, "With an unstable spine no neck scan should be ordered.", None),
    (TASKS, "A neck scan could be ordered, and rest given.", None),
]
