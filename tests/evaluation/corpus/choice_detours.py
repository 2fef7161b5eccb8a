# ruff: noqa: E501, one case a line is easier to read
r"""Answers that reach their option by a detour, or never reach one: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

PLATES = (
    "The plates move apart",
    "The plates collide",
    "The plates slide past each other",
    "The plates stop moving",
)
ACIDS = ("Hydrochloric acid", "Sulfuric acid", "Nitric acid", "Acetic acid")
PEOPLE = ("Albert Einstein", "Isaac Newton", "Niels Bohr", "Marie Curie")
SPORT = ("tennis", "golf", "soccer", "rugby", "cricket")
RATIO = ("1:2", "2:3", "3:4", "4:5")
DEGREES = ("30°", "45°", "60°", "90°")
RESEARCH = (
    "It is a controlled experiment",
    "It is a survey",
    "It is a case study",
    "It is a naturalistic observation",
)
VERDICT = ("Guilty of murder", "Guilty of manslaughter", "Not guilty", "Guilty of robbery")
GRAMMAR = ("their", "there", "they're")
BOARD = ("Alice", "Bob", "Claire", "Dave", "Eve")
DATES = ("03/04/2021", "03/05/2021", "04/03/2021", "12/31/2020")
SHARED = ("p = 0.01", "p = 0.05", "p = 0.10", "p = 0.50")
MACRO = (
    "a rise in interest rates",
    "a fall in interest rates",
    "no change in interest rates",
    "a budget deficit",
)
MUSIC = ("Bach", "Mozart", "Beethoven", "Chopin")
HELLA = (
    "and wipes it down with a cloth.",
    "and then drives away in the car.",
    "and throws the cloth at the dog.",
    "and starts to sing a song.",
)
KEMU = ("资产", "负债", "所有者权益", "收入")
BING = ("高血压", "糖尿病", "冠心病", "脑卒中")
CHENGYU = ("守株待兔", "刻舟求剑", "掩耳盗铃", "画蛇添足")
PAIXU = ("①②③④", "②①③④", "③①②④", "④③②①")
STADT = ("München", "Köln", "Hamburg", "Dresden")
PLANETES = ("Mars", "Vénus", "Jupiter", "Saturne")
OBRAS = ("El Quijote", "La Celestina", "Cien años de soledad", "Rayuela")
REKI = ("Волга", "Обь", "Лена", "Енисей")
BUNGAKU = ("夏目漱石", "森鴎外", "芥川龍之介", "太宰治")
SUDO = ("도쿄", "오사카", "교토", "나고야")
ESTADOS = ("Bahia", "Ceará", "Paraná", "Goiás")

CHOICES: list[Case] = [
    (
        PLATES,
        "At a divergent boundary, the plates move apart, and magma rises to fill the gap.",
        "A",
    ),
    (
        PLATES,
        "Mountain ranges such as the Himalayas form where the plates collide. So the answer is B.",
        "B",
    ),
    (
        PLATES,
        "At a transform boundary like the San Andreas Fault, plates slide past each other horizontally. The answer is option C: The plates slide past each other.",
        "C",
    ),
    (PLATES, "The Himalayas formed because two continental plates collide there.", "B"),
    (PLATES, "Tectonic plates are large pieces of the lithosphere.", None),
    (ACIDS, "Vinegar contains acetic acid, typically about 5% by volume.", "D"),
    (ACIDS, "The acid in the stomach is hydrochloric acid (HCl).", "A"),
    (
        ACIDS,
        "Car batteries contain sulfuric acid. Nitric acid is used for fertilizers, and acetic acid is in vinegar.\n\nCorrect answer: B",
        "B",
    ),
    (ACIDS, "Gastric juice is mainly hydrochloric.", "A"),
    (ACIDS, "Three of the four are strong acids; the weak one is acetic acid.", "D"),
    (ACIDS, "Strong acids include hydrochloric acid, sulfuric acid and nitric acid.", None),
    (
        PEOPLE,
        "The theory of relativity was developed by Albert Einstein in the early 20th century.",
        "A",
    ),
    (PEOPLE, "The laws of motion are due to Newton.", "B"),
    (
        PEOPLE,
        "Marie Curie, who discovered radium and polonium, was the first woman to win a Nobel Prize.",
        "D",
    ),
    (PEOPLE, "The answer is Bohr, as he proposed the planetary model with quantised orbits.", "C"),
    (PEOPLE, "He was born in Ulm in 1879 and won the Nobel Prize in 1921.", None),
    (
        PEOPLE,
        "Although Newton's laws work for slow speeds, relativity was developed by Einstein. Therefore: A",
        "A",
    ),
    (SPORT, "Wimbledon is a tennis tournament, so the answer is A.", "A"),
    (SPORT, "A wicket is used in cricket.", "E"),
    (
        SPORT,
        "Both rugby and soccer are played on a field with goals, but only rugby allows carrying the ball. The answer: rugby.",
        "D",
    ),
    (SPORT, "A birdie is one stroke under par, a term that's used in golf.", "B"),
    (SPORT, "It isn't tennis, golf, rugby, or cricket, so soccer.", "C"),
    (SPORT, "I like tennis, golf, and soccer.", None),
    (RATIO, "Boys to girls is 12:18 which simplifies to 2:3. The answer is B.", "B"),
    (RATIO, "The ratio of A to B is 3:4.", "C"),
    (
        RATIO,
        "Let the numbers be 4x and 5x. Their sum is 9x = 45, so x = 5 and the numbers are 20 and 25, consistent with the ratio 4:5. D.",
        "D",
    ),
    (RATIO, "A : B = 1 : 2", "A"),
    (
        DEGREES,
        "The angles of an equilateral triangle are equal and sum to 180°, so each is 60°.",
        "C",
    ),
    (DEGREES, "tan θ = 1 gives θ = 45°. Therefore, the correct option is (B).", "B"),
    (DEGREES, "The diagonals of a rhombus meet at right angles, i.e. 90°.", "D"),
    (DEGREES, "sin 30° = 1/2 and cos 60° = 1/2, and so the sum is 1.", None),
    (
        RESEARCH,
        "The researcher randomly assigns participants to groups and manipulates the drug dose, so it is a controlled experiment.",
        "A",
    ),
    (RESEARCH, "Participants fill in a questionnaire, so this is a survey. Choice B.", "B"),
    (RESEARCH, "The study looks at one patient in depth; it is a case study.", "C"),
    (RESEARCH, "The study can't be evaluated from the abstract alone.", None),
    (
        VERDICT,
        "There was no malice aforethought, but the killing was reckless; he is guilty of manslaughter.",
        "B",
    ),
    (VERDICT, "Because he acted in self-defence, he is not guilty.", "C"),
    (VERDICT, "The defendant is guilty of murder since he intended to kill. (A) is correct.", "A"),
    (
        GRAMMAR,
        'The possessive form is "their", so the sentence should read "They forgot their books."',
        "A",
    ),
    (
        GRAMMAR,
        'They\'re is a contraction of "they are", which fits: "They\'re late." The answer is C.',
        "C",
    ),
    (GRAMMAR, 'The correct word is "there" because it refers to a place.', "B"),
    (
        BOARD,
        "Alice starts with the red ball. Bob and Claire swap, then Claire and Dave swap. At the end Dave has the red ball. So the answer is D.",
        "D",
    ),
    (
        BOARD,
        "From the clues: Eve is to the left of Bob, and Bob is to the left of Claire. Thus the leftmost is Eve.",
        "E",
    ),
    (
        BOARD,
        "Claire finished second, Dave third, and Alice last. Therefore Bob finished first. The answer is (B).",
        "B",
    ),
    (BOARD, "Alice, Bob, Claire, Dave, and Eve are friends.", None),
    (DATES, "Today is 03/04/2021, so tomorrow is 03/05/2021. The answer is (B).", "B"),
    (DATES, "If yesterday was 12/30/2020, today is 12/31/2020.", "D"),
    (DATES, "So the date in MM/DD/YYYY is 04/03/2021.", "C"),
    (SHARED, "The conventional threshold is p = 0.05.", "B"),
    (SHARED, "A p-value below 0.01 is strong evidence. The answer is A.", "A"),
    (
        MACRO,
        "When the central bank sells bonds, the money supply shrinks, which leads to a rise in interest rates.",
        "A",
    ),
    (
        MACRO,
        "Expansionary monetary policy causes a fall in interest rates, and this in turn stimulates investment. Hence the correct choice is B.",
        "B",
    ),
    (MACRO, "Government spending in excess of revenue results in a budget deficit.", "D"),
    (MUSIC, "The Moonlight Sonata was composed by Beethoven in 1801. Answer: C", "C"),
    (MUSIC, "The Magic Flute is an opera by Mozart.", "B"),
    (
        MUSIC,
        "Chopin's nocturnes are famous, and the piece in question is a nocturne, so it must be Chopin.",
        "D",
    ),
    (MUSIC, "Bach? Mozart? I have no idea.", None),
    (MUSIC, "Bach or Mozart", None),
    (
        MUSIC,
        "The composer was deaf when he wrote his ninth symphony, which rules out Bach, Mozart, and Chopin.",
        "C",
    ),
    (
        MUSIC,
        "1. Bach - Baroque\n2. Mozart - Classical\n3. Beethoven - Classical/Romantic\n4. Chopin - Romantic\n\nThe Baroque composer is Bach.",
        "A",
    ),
    (HELLA, "The man sprays water on the car and wipes it down with a cloth.", "A"),
    (HELLA, "Ending A makes the most sense, because the man was cleaning the car.", "A"),
    (
        HELLA,
        "The sentence describes a man washing his car. The logical continuation is that he wipes it down with a cloth. Answer: A",
        "A",
    ),
    (
        HELLA,
        "A makes sense. B does not, as he's still holding the hose. C and D are nonsense.",
        "A",
    ),
    (HELLA, "Of the four endings, A is the most coherent.", "A"),
    (MUSIC, '```json\n{\n  "A": false,\n  "B": true,\n  "C": false,\n  "D": false\n}\n```', "B"),
    (MUSIC, '{"selected_option": "B", "confidence": 0.9}', "B"),
    (MUSIC, '{"answer": "Mozart"}', "B"),
    (MUSIC, '{"answer_index": 1, "answer": "B"}', "B"),
    (MUSIC, '{"answer": null}', None),
    (MUSIC, "- [ ] A. Bach\n- [x] B. Mozart\n- [ ] C. Beethoven\n- [ ] D. Chopin", "B"),
    (MUSIC, "A. Bach\n**B. Mozart** ← correct\nC. Beethoven\nD. Chopin", "B"),
    (MUSIC, "A. Bach ✗\nB. Mozart ✓\nC. Beethoven ✗\nD. Chopin ✗", "B"),
    (MUSIC, "❌ A. Bach\n✅ B. Mozart\n❌ C. Beethoven\n❌ D. Chopin", "B"),
    (MUSIC, "a. Bach b. Mozart c. Beethoven d. Chopin", None),
    (MUSIC, "The correct answer is:\n\nA. Bach\nB. Mozart\nC. Beethoven\nD. Chopin", None),
    (MUSIC, "B\nB\nB\nB\nB\nB\nB\nB", "B"),
    (MUSIC, "Answer: B\nAnswer: B\nAnswer: B\nAnswer: B\nAns", "B"),
    (
        MUSIC,
        "The answer is B.\n\nThe answer is B.\n\nThe following are multiple choice questions (with answers) about music.\n\nWho wrote Carmen?\nA. Bizet\nB. Verdi\nC. Puccini\nD. Rossini\nAnswer: A",
        "B",
    ),
    (
        MUSIC,
        "B. Mozart\n\n\nQuestion: Who wrote Fidelio?\nChoices:\nA. Bach\nB. Mozart\nC. Beethoven\nD. Chopin\nAnswer: C. Beethoven",
        "B",
    ),
    (MUSIC, "Mozart\n\nQ: Who wrote the Goldberg Variations?\nA: Bach", "B"),
    (
        MUSIC,
        "I apologize, but I cannot listen to the audio clip, so I can't say whether it's Mozart or Chopin.",
        None,
    ),
    (MUSIC, "The answer is B, not C as I said before.", "B"),
    (MUSIC, "Answer: C. Hmm, no: Figaro is by Mozart. Answer: B.", "B"),
    (MUSIC, "I was going to say C, but Figaro is by Mozart, so B.", "B"),
    (MUSIC, "I'm torn between B and C, but I'll go with B.", "B"),
    (MUSIC, "I'm torn between B and C.", None),
    (MUSIC, "A and D can be eliminated. B or C remain.", None),
    (
        MUSIC,
        "C can be ruled out because Beethoven wrote only one opera, Fidelio. D can be ruled out, as Chopin wrote no operas. A can be ruled out, as Bach wrote none either.",
        "B",
    ),
    (
        MUSIC,
        "A: no operas. B: many operas. C: one opera. D: no operas. So the composer with many operas is B.",
        "B",
    ),
    (MUSIC, "Which composer wrote Figaro? The answer is B because Mozart wrote it in 1786.", "B"),
    (MUSIC, 'The answer to the question "Who composed The Marriage of Figaro?" is Mozart.', "B"),
    (KEMU, "应付账款属于企业的负债。", "B"),
    (KEMU, "存货是企业拥有的资源，能带来经济利益，因此属于资产，应选A选项。", "A"),
    (KEMU, "实收资本是投资者投入的，属于所有者权益类科目，答案为C。", "C"),
    (KEMU, "会计要素包括资产、负债、所有者权益、收入、费用和利润。", None),
    (BING, "患者多饮、多尿、体重下降，应首先考虑糖尿病。", "B"),
    (BING, "该患者最可能的诊断是冠心病，故正确答案为C。", "C"),
    (
        BING,
        "A. 高血压：血压不高，排除\nB. 糖尿病：血糖正常，排除\nC. 冠心病：心电图正常，排除\nD. 脑卒中：突发偏瘫，符合",
        "D",
    ),
    (CHENGYU, "比喻不知变通的成语是刻舟求剑，选B。", "B"),
    (CHENGYU, "“多此一举”的近义词是画蛇添足。", "D"),
    (CHENGYU, "我选择C，因为掩耳盗铃指自己欺骗自己。", "C"),
    (PAIXU, "正确的顺序是③①②④，所以选C。", "C"),
    (PAIXU, "根据时间先后，排序为②①③④。", "B"),
    (STADT, "Das Oktoberfest findet in München statt.", "A"),
    (STADT, "Die gesuchte Stadt ist Köln, denn dort steht der Dom.", "B"),
    (STADT, "Antwort: C, weil der Hafen in Hamburg liegt.", "C"),
    (PLANETES, "La planète rouge est Mars.", "A"),
    (PLANETES, "La plus grande planète du système solaire est Jupiter, donc la réponse C.", "C"),
    (PLANETES, "C'est Saturne qui possède les anneaux les plus visibles.", "D"),
    (OBRAS, "Gabriel García Márquez escribió Cien años de soledad.", "C"),
    (OBRAS, "La respuesta es A, ya que Cervantes escribió El Quijote.", "A"),
    (OBRAS, "La obra de Cortázar es Rayuela.", "D"),
    (REKI, "Самая длинная река Европы — Волга.", "A"),
    (REKI, "Красноярск стоит на Енисее. Ответ: D.", "D"),
    (REKI, "Правильный ответ: C. Лена", "C"),
    (BUNGAKU, "『坊っちゃん』を書いたのは夏目漱石です。", "A"),
    (BUNGAKU, "『羅生門』の作者は芥川龍之介なので、正解はCです。", "C"),
    (BUNGAKU, "Dが正しいです。『人間失格』は太宰治の作品です。", "D"),
    (SUDO, "일본의 수도는 도쿄입니다.", "A"),
    (SUDO, "정답은 C번 교토입니다.", "C"),
    (ESTADOS, "Salvador é a capital da Bahia.", "A"),
    (ESTADOS, "Curitiba fica no Paraná. A resposta correta é a letra C.", "C"),
    (ESTADOS, "Alternativa B", "B"),
    (SUDO, "i think its c", "C"),
    (SUDO, "its b", "B"),
    (SUDO, "its a good question", None),
    (ESTADOS, "Ich würde Option B wählen, denn Salvador liegt am Meer.", "B"),
    (ESTADOS, "Ich würde Option B nicht wählen.", None),
    (ESTADOS, "C'est l'option B qui convient, car le texte parle de la mer.", "B"),
    (ESTADOS, "L'option B convient moins.", None),
    (REKI, "The Don is long and the Lena is longer. So both A and D are correct.", "AD"),
    (REKI, "Both A and D are correct, but B is the best answer.", "B"),
]
