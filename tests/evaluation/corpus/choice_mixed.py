# ruff: noqa: E501, one case a line is easier to read
r"""Ordinary answers among evasions, traps and cut ones: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

CAPITALS = ("Sydney", "Canberra", "Melbourne", "Perth")
OCEANS = ("Atlantic Ocean", "Pacific Ocean", "Indian Ocean", "Arctic Ocean")
CELL = ("nucleus", "mitochondrion", "ribosome", "cell membrane")
COST = ("$12", "$15", "$18", "$20", "$25")
STATS = ("mean", "median", "mode", "range")
FRICTION = ("It increases", "It decreases", "It remains the same", "It cannot be determined")
LITERARY = ("metaphor", "simile", "personification", "hyperbole")
BOOKS = ("1984", "Brave New World", "Fahrenheit 451", "Animal Farm")
AMENDMENTS = ("First Amendment", "Second Amendment", "Fourth Amendment", "Fifth Amendment")
DIAGNOSIS = (
    "Pulmonary embolism",
    "Myocardial infarction",
    "Pneumonia",
    "Pneumothorax",
    "Aortic dissection",
)
NONE_OF = ("Only P", "Only Q", "Both P and Q", "None of the above")
SQL = ("SELECT", "INSERT", "UPDATE", "DELETE")
PHRASE = ("in spite of", "because of", "instead of", "in front of")
BRANCH = ("He went home.", "He stayed at work.", "He called his mother.", "He fell asleep.")
NOTEXT: tuple[str, ...] = ()
TEN = tuple(f"{n}.0 × 10^3 N" for n in range(1, 11))
RENQUN = ("儿童", "青年", "中年人", "老年人")
FALV = ("合同有效", "合同无效", "合同可撤销", "合同效力待定")
JI = ("春季", "夏季", "秋季", "冬季")
SAISON = ("printemps", "été", "automne", "hiver")
FARBE = ("rot", "blau", "grün", "gelb")
COR_PT = ("H2O", "CO2", "NaCl", "O2")
PAIS = ("España", "Francia", "Italia", "Portugal")
JAHANG = ("봄", "여름", "가을", "겨울")
KISETSU = ("春", "夏", "秋", "冬")

CHOICES: list[Case] = [
    (
        OCEANS,
        "The Pacific Ocean is the largest and deepest of the world's oceans, covering about 63 million square miles. It is followed by the Atlantic, Indian, Southern, and Arctic Oceans.",
        "B",
    ),
    (
        OCEANS,
        "Step 1: Recall the sizes of the oceans.\nStep 2: The Pacific is about 165 million km², the Atlantic about 106 million km².\nStep 3: Compare them.\n\nThe largest is the Pacific Ocean.",
        "B",
    ),
    (
        OCEANS,
        "The ocean located between Africa and Australia is the Indian Ocean. Therefore, the answer is C.",
        "C",
    ),
    (OCEANS, "The smallest ocean is the Arctic.", "D"),
    (OCEANS, "Titanic sank in the North Atlantic Ocean in 1912.", "A"),
    (
        OCEANS,
        "There are several oceans on Earth, such as the Atlantic Ocean and the Pacific Ocean.",
        None,
    ),
    (OCEANS, "I need more information about which ocean you mean.", None),
    (OCEANS, "Great question! Oceans cover 71% of our planet.", None),
    (
        CELL,
        "The powerhouse of the cell is the mitochondrion, which produces ATP via oxidative phosphorylation. The nucleus stores DNA, ribosomes make proteins, and the cell membrane controls what goes in and out.",
        "B",
    ),
    (CELL, "Proteins are synthesized by the ribosome.", "C"),
    (
        CELL,
        "I would classify the labelled part X as the nucleus, since it is large and round.",
        "A",
    ),
    (CELL, "DNA is found mainly in the nucleus (some is in the mitochondrion, too).", "A"),
    (CELL, "It could be the nucleus, but it might also be the mitochondrion.", None),
    (
        CELL,
        "Let me describe the cell. The nucleus contains the DNA. The ribosome makes proteins. The mitochondrion makes ATP.",
        None,
    ),
    (
        CELL,
        "To answer this, let's look at each organelle:\n\n1. **Nucleus**: contains the genetic material.\n2. **Mitochondrion**: produces ATP.\n3. **Ribosome**: makes proteins.\n4. **Cell membrane**: encloses the cell.\n\nAs the question is about energy, the correct answer is **mitochondrion**.",
        "B",
    ),
    (
        CELL,
        "The cell membrane regulates what enters and leaves the cell, so the best choice is D.",
        "D",
    ),
    (
        COST,
        "3 pens at $4 each cost $12, and 2 notebooks at $3 each cost $6. The total is $12 + $6 = $18.\n\nSo the answer is C.",
        "C",
    ),
    (
        COST,
        "Let the price be p. After the 20% discount, 0.8p = 12, hence p = 15. The original price was $15.",
        "B",
    ),
    (COST, "Original price: $25. Discount: 20%. You pay $20.", "D"),
    (
        COST,
        "The price is $15 before tax and $18 after tax. The question asks for the price after tax, so $18.",
        "C",
    ),
    (COST, "Each ticket is $5. There are 5 people, so 5 × $5 = $25. **Answer: E. $25**", "E"),
    (
        COST,
        "Shirts cost $12 and hats cost $15, so altogether they cost $27, which is not an option.",
        None,
    ),
    (COST, "$20", "D"),
    (COST, "The total cost is 20 dollars, i.e. choice D.", "D"),
    (STATS, "The middle value of an ordered data set is called the median.", "B"),
    (
        STATS,
        "The measure most affected by outliers is the mean. The median and mode are resistant.",
        "A",
    ),
    (STATS, "The mode is the value that occurs most often.", "C"),
    (
        STATS,
        "The difference between the largest and smallest value is the range: 9 − 2 = 7. So (D).",
        "D",
    ),
    (STATS, "I mean that the question is unclear.", None),
    (STATS, "What do you mean?", None),
    (FRICTION, "When the surface becomes rougher, friction rises. It increases.", "A"),
    (
        FRICTION,
        "The period of a pendulum doesn't depend on the mass, so it remains the same. Answer: C.",
        "C",
    ),
    (
        FRICTION,
        "As the temperature rises, the resistance of the metal increases, so the current decreases.",
        "B",
    ),
    (FRICTION, "Without the initial velocity, it cannot be determined.", "D"),
    (
        FRICTION,
        "There isn't enough information, so the answer is D (it cannot be determined).",
        "D",
    ),
    (FRICTION, "If the mass increases, it increases. If the mass decreases, it decreases.", None),
    (
        LITERARY,
        '"Her eyes were like stars" compares two things using "like", so it is a simile. A metaphor would not use "like" or "as".',
        "B",
    ),
    (LITERARY, "The wind is given a human quality (whispering), which is personification.", "C"),
    (LITERARY, "'I've told you a million times' is an exaggeration, i.e., hyperbole.", "D"),
    (
        LITERARY,
        "This line uses metaphor (Option A), because it says that time is a thief without using like or as.",
        "A",
    ),
    (LITERARY, "The answer is either a metaphor or a simile.", None),
    (LITERARY, "Similes and metaphors are both figures of speech.", None),
    (BOOKS, 'The phrase "Big Brother is watching you" comes from George Orwell\'s 1984.', "A"),
    (BOOKS, "Aldous Huxley's best-known novel is Brave New World (1932).", "B"),
    (BOOKS, "In Animal Farm, the pigs take over. Hence D.", "D"),
    (
        BOOKS,
        "This is Fahrenheit 451, in which firemen burn books; 1984 also deals with censorship, but has no firemen.",
        "C",
    ),
    (BOOKS, "The book was published in 1949.", None),
    (AMENDMENTS, "Freedom of speech is protected by the First Amendment.", "A"),
    (
        AMENDMENTS,
        "The right against self-incrimination is found in the Fifth Amendment, whereas the Fourth Amendment deals with searches. So the answer is D.",
        "D",
    ),
    (
        AMENDMENTS,
        "The search of the car without a warrant violates the Fourth Amendment. The First, Second and Fifth Amendments are not at issue.",
        "C",
    ),
    (AMENDMENTS, "I'm not able to give legal advice about the Fourth Amendment.", None),
    (AMENDMENTS, "B - the right to bear arms is in the Second Amendment", "B"),
    (
        DIAGNOSIS,
        "A 45-year-old with sudden dyspnea and pleuritic pain after a long flight: this presentation is most consistent with pulmonary embolism. A chest CT angiogram is the next step.",
        "A",
    ),
    (
        DIAGNOSIS,
        "The tearing chest pain that radiates to the back and the widened mediastinum strongly suggest aortic dissection.",
        "E",
    ),
    (
        DIAGNOSIS,
        "ST elevations in II, III, aVF indicate an inferior myocardial infarction. The answer is B.",
        "B",
    ),
    (DIAGNOSIS, "Tall thin young man, sudden onset, absent breath sounds: pneumothorax.", "D"),
    (
        DIAGNOSIS,
        "Fever, productive cough and consolidation on X-ray point toward pneumonia rather than pulmonary embolism.",
        "C",
    ),
    (
        DIAGNOSIS,
        "The differential includes pulmonary embolism, pneumonia and pneumothorax. Further testing is needed.",
        None,
    ),
    (DIAGNOSIS, "This is an emergency. Please call 911 right away.", None),
    (
        DIAGNOSIS,
        "A is unlikely given the normal D-dimer. B is unlikely given the normal ECG. C is the most likely given the fever. D and E are excluded by the chest film.",
        "C",
    ),
    (
        NONE_OF,
        "P holds because 2 is even. Q fails because 9 is not prime. So only P is correct. The answer is A.",
        "A",
    ),
    (NONE_OF, "Both P and Q hold, so the answer is C.", "C"),
    (NONE_OF, "None of the above is correct, so I choose D.", "D"),
    (
        NONE_OF,
        "Neither P nor Q is true. Therefore the correct option is D) None of the above.",
        "D",
    ),
    (SQL, "To add a new row to a table, use INSERT.", "B"),
    (SQL, "`UPDATE` modifies existing rows, so the answer is C.", "C"),
    (SQL, "The command that removes rows is `DELETE`.", "D"),
    (SQL, "```sql\nSELECT * FROM users;\n```\nThis retrieves all rows. The answer is A.", "A"),
    (PHRASE, "He went out in spite of the rain.", "A"),
    (PHRASE, "The game was cancelled **because of** the rain.", "B"),
    (PHRASE, 'The best fit is "instead of" because tea replaces coffee.', "C"),
    (
        BRANCH,
        'Since he was tired after the party, the most natural continuation is "He fell asleep."',
        "D",
    ),
    (BRANCH, "He fell asleep.", "D"),
    (BRANCH, "He was tired, so he went home.", "A"),
    (NOTEXT, "The field inside the sphere is zero by Gauss's law. The answer is (C).", "C"),
    (
        NOTEXT,
        "We need to consider the partition function. After some algebra the energy is 3kT/2. So the answer is I.",
        "I",
    ),
    (
        NOTEXT,
        "Using the ideal gas law, PV = nRT, we get T = 300 K. Therefore, the correct answer is option F.",
        "F",
    ),
    (NOTEXT, "Since A = B + C and B is zero, we have A = C. The answer: G", "G"),
    (NOTEXT, "I don't think any of these apply.", None),
    (NOTEXT, "Let A be an n × n matrix. Then det(A) = 0 if and only if A is singular.", None),
    (NOTEXT, "Vitamin D deficiency leads to rickets.", None),
    (NOTEXT, "By the work-energy theorem, W = 40 J. This corresponds to choice (B).", "B"),
    (TEN, "F = ma = 2000 kg × 3.5 m/s² = 7.0 × 10^3 N. The answer is (G).", "G"),
    (TEN, "F = 4.0 × 10^3 N", "D"),
    (TEN, "The net force is 3.0 × 10^3 N, so C.", "C"),
    (TEN, "The force is 9.0 × 10^3 N. Answer: I.", "I"),
    (
        CAPITALS,
        "The answer is\n\n**B**\n\nbecause Canberra is the seat of the federal government.",
        "B",
    ),
    (
        CAPITALS,
        "Answer: **(B)** Canberra.\n\nI hope that helps! Would you like to know more about Sydney?",
        "B",
    ),
    (CAPITALS, "Do you want me to explain why it isn't Sydney? The answer is B.", "B"),
    (
        CAPITALS,
        "The best answer is B.\n\nA. Sydney is the largest city.\nB. Canberra is the capital.\nC. Melbourne was the capital until 1927.\nD. Perth is on the west coast.",
        "B",
    ),
    (CAPITALS, "My first instinct is Sydney, but the capital is Canberra.", "B"),
    (CAPITALS, "One might say A, but it is B.", "B"),
    (CAPITALS, "Not A, not C, not D. It's B.", "B"),
    (
        CAPITALS,
        "The options are Sydney, Canberra, Melbourne, and Perth. The capital of Australia is one of these.",
        None,
    ),
    (CAPITALS, "As a language model I can't browse, but from memory the capital is Canberra.", "B"),
    (CAPITALS, "I have been to Sydney once.", None),
    (CAPITALS, "B. Canberra is not the largest city, but it is the capital.", "B"),
    (CAPITALS, "My answer: B\nMy confidence: C is second", "B"),
    (
        CAPITALS,
        "Answer: A\n\nWait, I misread the question. The capital is Canberra, so the answer should be B.",
        "B",
    ),
    (CAPITALS, "A. Sydney is the answer? No. The answer is B.", "B"),
    (CAPITALS, "Grade: A+", None),
    (CAPITALS, "This is a plan B.", None),
    (CAPITALS, "Hepatitis B is a viral disease.", None),
    (RENQUN, "流感疫苗的优先接种人群是老年人。", "D"),
    (RENQUN, "本题考查的是人群分类，佝偻病多见于儿童，因此答案选A。", "A"),
    (RENQUN, "首先分析题干。B项青年、C项中年人均不符合。D项老年人骨质疏松多见。所以应选D。", "D"),
    (FALV, "甲17岁，属于限制民事行为能力人，未经法定代理人同意，该合同效力待定。", "D"),
    (FALV, "因受欺诈而订立的合同可撤销，故选C。", "C"),
    (FALV, "A项错误。B项错误。C项正确。D项错误。", "C"),
    (FALV, "综上，合同无效，答案：B。", "B"),
    (JI, "北半球白昼最长的日子出现在夏季。", "B"),
    (JI, "答案：\nD", "D"),
    (JI, "1. A\n2. B\n3. C", None),
    (SAISON, "Les feuilles tombent en automne.", "C"),
    (SAISON, "La saison la plus chaude est l'été.", "B"),
    (SAISON, "Bonne réponse : A. printemps", "A"),
    (FARBE, "Gras ist grün.", "C"),
    (FARBE, "Der Himmel ist blau, also B.", "B"),
    (FARBE, "Richtige Antwort: D) gelb", "D"),
    (COR_PT, "A fórmula da água é H2O.", "A"),
    (COR_PT, "O sal de cozinha é o cloreto de sódio, NaCl. Resposta: C", "C"),
    (COR_PT, "O gás é o CO2, portanto a alternativa B é a correta.", "B"),
    (PAIS, "París es la capital de Francia, así que la respuesta es B.", "B"),
    (PAIS, "Lisboa es la capital de Portugal.", "D"),
    (PAIS, "La opción correcta es: C) Italia.", "C"),
    (JAHANG, "벚꽃은 봄에 핍니다. 정답: A", "A"),
    (JAHANG, "가장 더운 계절은 여름입니다.", "B"),
    (KISETSU, "桜は春に咲きます。答えはAです。", "A"),
    (KISETSU, "一番寒い季節は冬です。", "D"),
    (KISETSU, "答え：C", "C"),
]
