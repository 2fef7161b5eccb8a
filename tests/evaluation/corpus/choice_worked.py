# ruff: noqa: E501, one case a line is easier to read
r"""Worked answers, looping ones, cut ones and refusals: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

METALS = ("Gold", "Mercury", "Iron", "Lead")
CAPITALS = ("Sydney", "Canberra", "Melbourne", "Brisbane")
PROFIT = ("10%", "12.5%", "15%", "20%", "25%")
PHYSICS = (
    "The acceleration doubles",
    "The acceleration is halved",
    "The acceleration stays constant",
    "The acceleration becomes zero",
)
ECON = ("Monopoly", "Oligopoly", "Perfect competition", "Monopolistic competition")
RULES = ("Modus ponens", "Modus tollens", "Hypothetical syllogism", "Disjunctive syllogism")
NERVES = ("Median nerve", "Ulnar nerve", "Radial nerve", "Axillary nerve")
CODE = ("O(1)", "O(log n)", "O(n)", "O(n log n)")
PRONOUN = ("Sarah", "Maria")
GOALS = (
    "use a towel to dry the bottle",
    "use a blender to dry the bottle",
)
WICKED = (
    "then pours the batter into the pan.",
    "then throws the pan out of the window.",
    "is swimming in a large lake.",
    "begins to play the violin.",
)
PSYCH = (
    "Classical conditioning",
    "Operant conditioning",
    "Observational learning",
    "Insight learning",
    "Habituation",
)
YESNO = ("Yes", "No", "Maybe")
SETS = ("I and II only", "II and III only", "I and III only", "I, II, and III")
QUARTER = ("1/4", "1/2", "3/4", "1")
EXPO = ("-3", "3", "-1/3", "1/3")
SHI = ("李白", "杜甫", "白居易", "王维")
HUAXUE = ("氧化反应", "还原反应", "置换反应", "复分解反应")
JINGJI = ("通货膨胀", "通货紧缩", "滞胀", "经济危机")
KUAIJI = ("借：库存现金", "借：银行存款", "借：应收账款", "借：预付账款")
BUNDES = ("Bayern", "Hessen", "Sachsen", "Berlin")
ROIS = ("Louis XIV", "Louis XVI", "Napoléon", "Charlemagne")
QUIJOTE = ("Lope de Vega", "Miguel de Cervantes", "Garcilaso de la Vega", "Luis de Góngora")
ITALIA = ("Po", "Tevere", "Arno", "Adige")
TOLSTOI = ("Лев Толстой", "Фёдор Достоевский", "Антон Чехов", "Иван Тургенев")
BASHO = ("松尾芭蕉", "与謝蕪村", "小林一茶", "正岡子規")
SEOUL = ("서울", "부산", "대구", "인천")
BRASIL = ("São Paulo", "Brasília", "Rio de Janeiro", "Salvador")
KALIMA = ("الشمس", "القمر", "الأرض", "المريخ")

CHOICES: list[Case] = [
    # Metal liquid at room temperature
    (
        METALS,
        "The only metal that is liquid at standard temperature and pressure is mercury. Gold, iron, and lead are all solids.\n\nThe best answer is B.",
        "B",
    ),
    (
        METALS,
        "Mercury (Hg) has a melting point of −38.8 °C, which means that it is a liquid at room temperature. All of the other metals listed have melting points far above room temperature.",
        "B",
    ),
    (
        METALS,
        "Let's consider each option:\n\nA. Gold melts at 1064 °C.\nB. Mercury melts at −39 °C.\nC. Iron melts at 1538 °C.\nD. Lead melts at 327 °C.\n\nSince only mercury melts below room temperature, the correct answer is:\n\n**B. Mercury**",
        "B",
    ),
    (METALS, "B. Mercury is liquid at room temperature.\nC. Iron is not.\nD. Lead is not.", "B"),
    (METALS, "Option B: Mercury. It is the only metal that is liquid at room temperature.", "B"),
    (
        METALS,
        "The answer is B) Mercury. I hope this helps! Let me know if you have any other questions about A) Gold or C) Iron.",
        "B",
    ),
    (
        METALS,
        "Sure! The metal that is liquid at room temperature is mercury, so the correct answer is option B.",
        "B",
    ),
    (METALS, "Mercury. Gold is a soft solid, and lead is a dense solid.", "B"),
    (METALS, "Gold is a metal. Gold is a metal. Gold is a metal. Gold is a metal. Gold is", None),
    (
        METALS,
        "The question asks about a metal that is liquid at room temperature. To answer, we should look at the melting points of the metals. Gold melts at 1064 °C, so",
        None,
    ),
    (
        METALS,
        "It seems that the question is incomplete. Could you please provide the full question?",
        None,
    ),
    (METALS, "All four of these metals have been known since antiquity.", None),
    (METALS, "The heaviest of these is gold (density 19.3 g/cm³), while lead is 11.3 g/cm³.", "A"),
    (METALS, "B\n\nA. Gold\nB. Mercury\nC. Iron\nD. Lead", "B"),
    (METALS, "Answer:\n\nA. Gold\nB. Mercury ✓\nC. Iron\nD. Lead", "B"),
    (
        METALS,
        "A. Gold (incorrect)\nB. Mercury (correct)\nC. Iron (incorrect)\nD. Lead (incorrect)",
        "B",
    ),
    (METALS, "Iron rusts; gold, mercury and lead do not. The one that rusts is iron, thus C.", "C"),
    # Capital
    (
        CAPITALS,
        "Many people think the capital of Australia is Sydney or Melbourne, but the capital is actually Canberra, which was purpose-built as a compromise between the two.",
        "B",
    ),
    (
        CAPITALS,
        "Sydney is the largest city and Melbourne is the second largest, however neither is the capital. The capital is Canberra.",
        "B",
    ),
    (CAPITALS, "The capital of Australia is not Sydney, as is often assumed, but Canberra.", "B"),
    (
        CAPITALS,
        "A: Sydney? No. B: Canberra? Yes! C: Melbourne? It was the seat of government until 1927. D: Brisbane? No.",
        "B",
    ),
    (
        CAPITALS,
        "I initially thought the answer was A, but on reflection the correct answer is B.",
        "B",
    ),
    (
        CAPITALS,
        "The answer is A. Wait, no. Sydney is the largest city, not the capital. The answer is B.",
        "B",
    ),
    (CAPITALS, "The answer is A or B, I am not certain which.", None),
    (CAPITALS, "Between Sydney and Canberra I'd lean towards Canberra.", "B"),
    (CAPITALS, "Canberra\n\nSydney and Melbourne are larger, but neither is the capital.", "B"),
    (CAPITALS, "Correct option: b", "B"),
    (CAPITALS, "Answer: the second option", "B"),
    (
        CAPITALS,
        "<answer>B</answer>\n<reason>Canberra has been the capital since 1927; A is the largest city.</reason>",
        "B",
    ),
    (
        CAPITALS,
        "The capital city of Australia is Canberra. It is located in the Australian Capital Territory. It was founded in 1913. Parliament moved there from Melbourne in 1927.",
        "B",
    ),
    (CAPITALS, "Australian cities include Sydney, Canberra, Melbourne and Brisbane.", None),
    (CAPITALS, "Canberra, Canberra, Canberra, Canberra, Canberra, Canberra", "B"),
    (CAPITALS, "B B B B B B B B B B", "B"),
    (CAPITALS, "A\nB\nC\nD\nA\nB\nC\nD", None),
    # Profit
    (
        PROFIT,
        "Let the cost price be 100. Then the marked price is 150 and the selling price is 150 × 0.75 = 112.5. So the profit is 12.5%.\n\nTherefore, the answer is B.",
        "B",
    ),
    (PROFIT, "Profit% = (SP − CP)/CP × 100 = (230 − 200)/200 × 100 = 15%\n\nAnswer: (C) 15%", "C"),
    (
        PROFIT,
        "The cost price is $40 and the selling price is $50, so the gain is $10. The gain percent is 10/40 × 100% = 25%.",
        "E",
    ),
    (
        PROFIT,
        "A discount of 10% and then a discount of 20% gives a total discount of 28%, which isn't listed.",
        None,
    ),
    (
        PROFIT,
        "Step 1: Cost = 80\nStep 2: Selling price = 96\nStep 3: Profit = 16\nStep 4: Profit percent = 16/80 = 20%\n\nSo, the final answer is D.",
        "D",
    ),
    (
        PROFIT,
        "First, we find the profit: 500 − 400 = 100.\nThen profit percentage = 100/400 × 100 = 25%.\n#### E",
        "E",
    ),
    (PROFIT, "Answer is 20%", "D"),
    (
        PROFIT,
        "Given that:\na) cost price = 50\nb) selling price = 55\nProfit = 5\nProfit percentage = 5/50 * 100 = 10%\nThe answer is option A",
        "A",
    ),
    (
        PROFIT,
        "If he sells at a 10% discount and the marked price is 25% above cost, then SP = 1.25 × 0.9 = 1.125 of cost. So the profit is 12.5 %.",
        "B",
    ),
    # Physics
    (
        PHYSICS,
        "According to Newton's second law, F = ma. If the force is doubled while the mass is kept constant, the acceleration also doubles. So the correct answer is A.",
        "A",
    ),
    (
        PHYSICS,
        "By Newton's second law, a = F/m. If the mass doubles while the force remains the same, the acceleration is halved.",
        "B",
    ),
    (
        PHYSICS,
        "Since there is no net force on the object, the acceleration becomes zero. Thus, option D is correct.",
        "D",
    ),
    (
        PHYSICS,
        "Using a = F/m, doubling m halves a. Therefore: (B) The acceleration is halved.",
        "B",
    ),
    (
        PHYSICS,
        "The acceleration doubles, because the force doubles and the mass stays constant.",
        "A",
    ),
    (PHYSICS, "The acceleration depends on the force and the mass.", None),
    (
        PHYSICS,
        "If the force doubles, the acceleration doubles. If the mass doubles, the acceleration is halved. The question doesn't say which one changes.",
        None,
    ),
    # Economics
    (ECON, "A market with a single seller and no close substitutes is called a monopoly.", "A"),
    (
        ECON,
        "In this market there are many sellers with differentiated products and free entry. This is characteristic of monopolistic competition. In a monopoly there is just one seller, and in an oligopoly there are a few.\n\nThus, the answer is D.",
        "D",
    ),
    (ECON, "This market structure is an example of an oligopoly, where a few firms dominate.", "B"),
    (
        ECON,
        "The answer is (C) because in perfect competition firms are price takers; (A), (B) and (D) all have some market power.",
        "C",
    ),
    (ECON, "Firms in perfect competition are price takers.", "C"),
    (
        ECON,
        "I would eliminate A and B first since there are many firms. Between C and D, the products here are differentiated, so D.",
        "D",
    ),
    (
        ECON,
        "We can rule out A, because there are several firms. We can rule out C and D because there are barriers to entry. That leaves B.",
        "B",
    ),
    # Logic
    (
        RULES,
        "The argument has the form: If P then Q. Not Q. Therefore, not P. This is known as modus tollens.",
        "B",
    ),
    (RULES, 'The form "P → Q, P, ∴ Q" is modus ponens.', "A"),
    (RULES, "P or Q; not P; therefore Q. The rule used is disjunctive syllogism (D).", "D"),
    (
        RULES,
        "The premises are: if it rains, the ground is wet; the ground is not wet. The conclusion is that it does not rain. So this is an instance of B.",
        "B",
    ),
    # Anatomy
    (
        NERVES,
        "Wrist drop results from injury to the radial nerve, which innervates the extensors of the wrist and fingers. The median nerve supplies the flexors, and the ulnar nerve supplies the intrinsic muscles of the hand.",
        "C",
    ),
    (NERVES, "The nerve most likely injured in this patient is the radial nerve.", "C"),
    (
        NERVES,
        "Mid-shaft humeral fractures classically damage the radial nerve as it runs in the spiral groove. \n\n**Answer: C**",
        "C",
    ),
    (
        NERVES,
        "Correct Answer: (D) Axillary nerve.\nExplanation: A fracture of the surgical neck of the humerus endangers the axillary nerve.\nOption A: the median nerve is injured in supracondylar fractures.\nOption C: the radial nerve is injured in shaft fractures.",
        "D",
    ),
    (NERVES, "Ans. is 'c' i.e., Radial nerve", "C"),
    (NERVES, "Ans: c > Radial nerve", "C"),
    # Complexity
    (
        CODE,
        "Binary search halves the search space at every step, so its running time is O(log n).",
        "B",
    ),
    (
        CODE,
        "The outer loop runs n times and the inner loop runs log n times, so the total is O(n log n). Hence D.",
        "D",
    ),
    (
        CODE,
        "Looking up a key in a hash table takes O(1) on average. The worst case is O(n), but the question asks for the average case, so the answer is A.",
        "A",
    ),
    (
        CODE,
        "```python\ndef f(n):\n    return n\n```\nThe function returns immediately, so it takes constant time, i.e. O(1).",
        "A",
    ),
    (CODE, "The time complexity is $O(n)$.", "C"),
    # Coreference and continuation
    (
        PRONOUN,
        'The pronoun "she" refers to Maria because Maria was the one who received the gift.',
        "B",
    ),
    (PRONOUN, "Option 2", "B"),
    (
        PRONOUN,
        "Sarah is the better surgeon, so she got the easier cases... no wait, so Maria always got the easier cases. Answer: Maria",
        "B",
    ),
    (PRONOUN, "Sarah and Maria are both doctors.", None),
    (GOALS, "To dry a bottle, one should use a towel to dry the bottle.", "A"),
    (GOALS, "A is the more sensible solution, as a blender can't dry anything.", "A"),
    (
        WICKED,
        "The most logical continuation is A: the woman pours the batter into the pan, as she was making pancakes.",
        "A",
    ),
    (WICKED, "She mixes the batter in a bowl, then pours the batter into the pan.", "A"),
    (WICKED, "The most likely ending is the first one.", "A"),
    # Psychology
    (
        PSYCH,
        "Pavlov's dogs learned to associate the bell with food. This is an example of classical conditioning, as a neutral stimulus comes to elicit a response.",
        "A",
    ),
    (
        PSYCH,
        "The behaviour is strengthened by a reward. That is operant conditioning, i.e., choice (B).",
        "B",
    ),
    (PSYCH, "Answer choice E, habituation, best describes the decrease in response.", "E"),
    (PSYCH, "The child imitates the adult. Bandura called this observational learning.", "C"),
    (
        PSYCH,
        "E. Habituation: a decrease in response after repeated presentation of a stimulus. The other options involve new associations.",
        "E",
    ),
    # Yes / no
    (YESNO, "No, the results do not support the hypothesis.", "B"),
    (YESNO, "Yes. The study found a significant association (p < 0.01).", "A"),
    (YESNO, "The evidence is inconclusive, so the answer is maybe.", "C"),
    (
        YESNO,
        "Based on the abstract, the authors conclude that early surgery improves survival. So the answer is yes.",
        "A",
    ),
    # Roman sets
    (
        SETS,
        "Statement I is true. Statement II is true. Statement III is false. Therefore the answer is I and II only.",
        "A",
    ),
    (SETS, "I, II, and III are all correct, so the answer is D.", "D"),
    (
        SETS,
        "I is false, while II and III are true, so the correct choice is B, II and III only.",
        "B",
    ),
    # Numbers
    (QUARTER, "There are 4 equally likely outcomes and 1 of them has two heads. P = 1/4.", "A"),
    (QUARTER, "The probability is 1 − 1/4 = 3/4, which is option C.", "C"),
    (QUARTER, "The probability of getting at least one head is $\\frac{3}{4}$.", "C"),
    (EXPO, "2x + 9 = 3, so 2x = −6, and x = −3. The correct answer is A.", "A"),
    (EXPO, "Solving gives x = -1/3.", "C"),
    # Chinese
    (SHI, "“床前明月光”出自李白的《静夜思》，因此答案是A。", "A"),
    (SHI, "这首诗的作者是杜甫，被称为“诗圣”。", "B"),
    (
        SHI,
        "选项分析：\nA. 李白：浪漫主义诗人。\nB. 杜甫：现实主义诗人，《春望》的作者。\nC. 白居易：《长恨歌》的作者。\nD. 王维：山水田园诗人。\n\n因此，《长恨歌》的作者是白居易，应选C。",
        "C",
    ),
    (SHI, "答：A", "A"),
    (SHI, "我认为答案可能是A，但仔细想想，应该是D。", "D"),
    (
        HUAXUE,
        "A. 氧化反应（错误）\nB. 还原反应（错误）\nC. 置换反应（正确）\nD. 复分解反应（错误）",
        "C",
    ),
    (
        HUAXUE,
        "锌与稀硫酸反应生成硫酸锌和氢气，一种单质与一种化合物反应生成另一种单质和另一种化合物，属于置换反应。",
        "C",
    ),
    (HUAXUE, "C项正确，锌置换出氢气。", "C"),
    (HUAXUE, "【解析】酸碱中和属于复分解反应，没有化合价变化。【答案】D", "D"),
    (JINGJI, "物价持续上涨，货币贬值，这种现象叫做通货膨胀，所以选A选项。", "A"),
    (JINGJI, "经济停滞与通货膨胀并存，称为滞胀。因此选择 C。", "C"),
    (JINGJI, "A、B、D三项均不符合题意，故排除，正确答案为C。", "C"),
    (KUAIJI, "企业收到货款存入银行，应借记银行存款，答案为 B", "B"),
    (KUAIJI, "正确的会计分录是“借：银行存款”。", "B"),
    # Other languages
    (BUNDES, "München ist die Hauptstadt von Bayern.", "A"),
    (BUNDES, "Die Stadt Dresden liegt in Sachsen, also ist die richtige Antwort C.", "C"),
    (BUNDES, "Antwort: B (Hessen)\n\nFrankfurt liegt in Hessen, nicht in Bayern.", "B"),
    (ROIS, "Le Roi-Soleil est Louis XIV. La réponse A est donc correcte.", "A"),
    (ROIS, "La réponse correcte est B) Louis XVI, guillotiné en 1793.", "B"),
    (ROIS, "Il s'agit de Napoléon.", "C"),
    (QUIJOTE, "El autor de «Don Quijote de la Mancha» es Miguel de Cervantes.", "B"),
    (QUIJOTE, "Don Quijote fue escrito por Miguel de Cervantes. La respuesta es la B.", "B"),
    (QUIJOTE, "Opción B: Miguel de Cervantes", "B"),
    (ITALIA, "Il fiume più lungo d'Italia è il Po, quindi la risposta corretta è A.", "A"),
    (ITALIA, "Il fiume che attraversa Roma è il Tevere.", "B"),
    (TOLSTOI, "Роман «Война и мир» написал Лев Толстой. Ответ: A", "A"),
    (TOLSTOI, "Автором романа «Преступление и наказание» является Фёдор Достоевский.", "B"),
    (TOLSTOI, "Верный вариант — C) Антон Чехов.", "C"),
    (BASHO, "「奥の細道」の作者は松尾芭蕉です。したがって、答えはAです。", "A"),
    (BASHO, "小林一茶が正解です。", "C"),
    (SEOUL, "대한민국의 수도는 서울입니다.", "A"),
    (SEOUL, "두 번째로 큰 도시는 부산이므로 정답은 B입니다.", "B"),
    (
        BRASIL,
        "A capital do Brasil é Brasília, inaugurada em 1960. Portanto, a resposta correta é B.",
        "B",
    ),
    (BRASIL, "A maior cidade do Brasil é São Paulo.", "A"),
    (KALIMA, "الإجابة: A", "A"),
    (KALIMA, "الكوكب الأحمر هو المريخ، لذلك الإجابة الصحيحة هي D.", "D"),
]
