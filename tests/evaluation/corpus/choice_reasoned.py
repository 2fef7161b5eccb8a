# ruff: noqa: E501, one case a line is easier to read
r"""Answers that reason over several sentences, as models write them: ``(options, text, letters)``."""

from corpus.choice_corpus import Case

GASES = ("Nitrogen", "Oxygen", "Carbon dioxide", "Argon")
SPEEDS = ("40 km/h", "48 km/h", "50 km/h", "60 km/h", "72 km/h")
BIOLOGY = (
    "They lack a cell wall",
    "They contain membrane-bound organelles",
    "They reproduce only sexually",
    "They have no DNA",
)
DRUGS = ("Lisinopril", "Metoprolol", "Amlodipine", "Hydrochlorothiazide")
COLORS = ("red", "blue", "green", "yellow")
AUTHORS = ("Jane Austen", "Charlotte Brontë", "Mary Shelley", "George Eliot")
VERBS = ("has been", "have been", "had been", "was")
HISTORY = ("1492", "1776", "1789", "1812")
LOGIC = ("All of the above", "I only", "II only", "Neither I nor II")
FORMULAS = (r"$x^2 + 1$", r"$2x$", r"$x^2 - 1$", r"$2x + 1$")
PLANETS = ("Mercury", "Venus", "Mars", "Jupiter")
DYNASTIES = ("唐朝", "宋朝", "元朝", "明朝")
CELLS = ("线粒体", "叶绿体", "核糖体", "液泡")
LAW = ("承担违约责任", "承担侵权责任", "不承担责任", "承担连带责任")
FLUSSE = ("Rhein", "Donau", "Elbe", "Main")
PEINTRES = ("Monet", "Renoir", "Degas", "Cézanne")
RIOS = ("Amazonas", "Nilo", "Misisipi", "Yangtsé")
GORODA = ("Москва", "Санкт-Петербург", "Казань", "Новосибирск")
YAMA = ("富士山", "北岳", "奥穂高岳", "槍ヶ岳")
HANGUL = ("세종대왕", "이순신", "장영실", "정약용")
MARES = ("Oceano Atlântico", "Oceano Pacífico", "Oceano Índico", "Oceano Ártico")
ARABIC = ("القاهرة", "الرياض", "بغداد", "دمشق")
TRUTHFUL = (
    "Nothing happens; the seeds pass through your digestive system",
    "The watermelon seeds grow in your stomach",
    "You get sick",
    "You have strange dreams",
)
TWO = ("True", "False")
TEN = (
    "0.25 m/s", "0.50 m/s", "1.0 m/s", "1.5 m/s", "2.0 m/s",
    "2.5 m/s", "3.0 m/s", "4.0 m/s", "5.0 m/s", "6.0 m/s",
)  # fmt: skip

CHOICES: list[Case] = [
    # The atmosphere
    (GASES, "The Earth's atmosphere is composed of roughly 78% nitrogen, 21% oxygen, and small amounts of argon and carbon dioxide. Since nitrogen makes up the largest share, the answer is **A. Nitrogen**.", "A"),
    (GASES, "The most abundant gas in Earth's atmosphere is nitrogen, which makes up about 78% of it.", "A"),
    (GASES, "Let's think step by step. Oxygen is needed for breathing, but it only makes up 21%. Carbon dioxide is a trace gas at 0.04%. Argon is about 0.93%. That leaves nitrogen, at 78%.\n\nAnswer: A", "A"),
    (GASES, "While many people believe the answer is oxygen, it is in fact nitrogen, at about 78% by volume.", "A"),
    (GASES, "A) Nitrogen is correct. B) Oxygen is only 21%. C) Carbon dioxide is under 1%. D) Argon is under 1%.", "A"),
    (GASES, "I'd go with A here, since nitrogen is by far the most common gas.", "A"),
    (GASES, "To determine this, let's evaluate the options:\n\n- **A. Nitrogen**: about 78%\n- **B. Oxygen**: about 21%\n- **C. Carbon dioxide**: about 0.04%\n- **D. Argon**: about 0.93%\n\nNitrogen clearly has the highest share.", "A"),
    (GASES, "A mixture of gases surrounds the Earth. Oxygen and nitrogen are both abundant.", None),
    (GASES, "I'm sorry, but I can't see the chart the question refers to, so I can't tell whether it is A or B.", None),
    (GASES, "The answer could be either A or C depending on whether the planet is Earth or Venus.", None),
    (GASES, "The atmosphere contains A. Nitrogen, B. Oxygen, C. Carbon dioxide, and D. Argon.", None),
    (GASES, "A. Nitrogen\nB. Oxygen\nC. Carbon dioxide\nD. Argon\n\nA", "A"),
    (GASES, " A. Nitrogen\n\nQuestion: Which planet is closest to the sun?\nA. Mercury\nB. Venus\nC. Mars\nD. Jupiter\nAnswer: A. Mercury\n\nQuestion: Which gas do plants take in?\nAnswer: C", "A"),
    (GASES, "Plants absorb carbon dioxide during photosynthesis, and release oxygen as a byproduct. Therefore, plants release oxygen.", "B"),
    # Average speed
    (SPEEDS, "The total distance is 240 km and the total time is 2 + 3 = 5 hours. So the average speed is 240/5 = 48 km/h. The correct option is B.", "B"),
    (SPEEDS, "Average speed = total distance / total time = 240 km / 5 h = 48 km/h", "B"),
    (SPEEDS, "Let me define the distance as d. Time there: d/40. Time back: d/60. Average = 2d/(d/40 + d/60) = 2·40·60/100 = 48.\n\nThe answer is $\\boxed{B}$.", "B"),
    (SPEEDS, "We could be tempted to average 40 and 60 to get 50 km/h (option C), but that is wrong because more time is spent at the slower speed. The harmonic mean gives 48 km/h (option B).", "B"),
    (SPEEDS, "Time for first half = 60/40 = 1.5 h\nTime for second half = 60/60 = 1 h\nAverage = 120/2.5 = 48 km/h\n\nHence, option (B).", "B"),
    (SPEEDS, "(40+60)/2 = 50. So the answer is C. Wait, that's the arithmetic mean; we need the harmonic mean. 2*40*60/100 = 48. So the answer is B.", "B"),
    (SPEEDS, "The average speed is 45 km/h, which does not match any of the given options.", None),
    (SPEEDS, "**Solution:**\n\nStep 1: Find the total distance: 40 × 1 + 56 × 1 = 96 km.\n\nStep 2: Find the total time: 2 h.\n\nStep 3: Divide: 96/2 = 48 km/h.\n\n**B) 48 km/h**", "B"),
    (SPEEDS, "a) First, compute the time for each leg: 1.5 h and 1 h.\nb) Next, add them: 2.5 h.\nc) Finally, divide 120 by 2.5 to get 48 km/h.\n\nThe correct answer is (B) 48 km/h.", "B"),
    (SPEEDS, "Problem: average speed over two equal legs.\nGiven: 40 km/h and 60 km/h.\nWorking: 2ab/(a+b) = 4800/100 = 48.\nAnswer: B", "B"),
    (SPEEDS, "Question 1: what is the total distance? 240 km.\nQuestion 2: what is the total time? 5 hours.\nSo the average is 48 km/h, option B.", "B"),
    # Eukaryotes
    (BIOLOGY, "Eukaryotic cells are distinguished by the presence of membrane-bound organelles, such as mitochondria and a nucleus. Option A is incorrect because plant cells and fungi have cell walls. Option C is incorrect because many eukaryotes reproduce asexually. Option D is incorrect because all cells have DNA.", "B"),
    (BIOLOGY, "A is wrong because plants and fungi have cell walls. C is wrong because yeast buds. D is wrong because all living cells have DNA. So B.", "B"),
    (BIOLOGY, "Of the statements listed, only the second one, that they contain membrane-bound organelles, is true for all eukaryotes.", "B"),
    (BIOLOGY, "Eukaryotes contain membrane-bound organelles.", "B"),
    (BIOLOGY, "They contain membrane-bound organelles, including a nucleus.", "B"),
    (BIOLOGY, "The correct statement about eukaryotic cells is that they contain membrane-bound organelles.", "B"),
    (BIOLOGY, "**Correct answer: B** – They contain membrane-bound organelles.\n\n**Why the others are wrong:**\n- **A**: Plants have cell walls.\n- **C**: Many reproduce asexually.\n- **D**: All have DNA.", "B"),
    (BIOLOGY, "Let's go through them one at a time:\n\nA. They lack a cell wall – False, plant cells have one.\nB. They contain membrane-bound organelles – True.\nC. They reproduce only sexually – False.\nD. They have no DNA – False.", "B"),
    (BIOLOGY, "A: ❌ plants have walls\nB: ✅\nC: ❌\nD: ❌", "B"),
    (BIOLOGY, "Both B and C seem plausible to me, and I can't decide between them.", None),
    (BIOLOGY, "{\n  \"reasoning\": \"Eukaryotes have a nucleus. A is wrong as plants have walls.\",\n  \"answer\": \"B\"\n}", "B"),
    (BIOLOGY, "```json\n{\"choice\": \"B\", \"explanation\": \"membrane-bound organelles define eukaryotes, so not A\"}\n```", "B"),
    (BIOLOGY, "Eukaryotic cells are larger than prokaryotic cells.", None),
    # Drugs
    (DRUGS, "This patient has diabetes with microalbuminuria. ACE inhibitors are first-line because they reduce proteinuria and slow progression of nephropathy. Among the options, lisinopril is the only ACE inhibitor.", "A"),
    (DRUGS, "The best initial therapy for this patient is an ACE inhibitor such as lisinopril. Beta blockers such as metoprolol may mask hypoglycemia, and thiazides can worsen glucose control.", "A"),
    (DRUGS, "**Lisinopril** is the most appropriate choice.\n\nMetoprolol can mask the symptoms of hypoglycemia. Amlodipine has no renal protective effect. Hydrochlorothiazide may raise glucose.", "A"),
    (DRUGS, "The most appropriate next step in management is to start lisinopril (Option A).", "A"),
    (DRUGS, "I would recommend starting Amlodipine, as this patient is Black and has no proteinuria.", "C"),
    (DRUGS, "I am not a doctor and cannot provide medical advice. Please consult a healthcare professional.", None),
    (DRUGS, "The side effect described, a persistent dry cough, is classic for ACE inhibitors. Thus the offending agent is most likely lisinopril.", "A"),
    (DRUGS, "The patient's cough is caused by:\n\nA. Lisinopril\n\nACE inhibitors increase bradykinin, which causes a dry cough.", "A"),
    (DRUGS, "Initially I considered metoprolol, but it is contraindicated in asthma. The same holds for... no, amlodipine is fine in asthma. So my final answer is amlodipine.", "C"),
    (DRUGS, "Option D (hydrochlorothiazide) would be my choice.", "D"),
    (DRUGS, "Among these, D is the only diuretic.", "D"),
    # Colours (commonsense)
    (COLORS, "The sky appears blue because of Rayleigh scattering.", "B"),
    (COLORS, "blue", "B"),
    (COLORS, "On a clear day the sky is blue, so the answer would be B.", "B"),
    (COLORS, "Mixing yellow and blue paint gives green.", "C"),
    (COLORS, "When you mix blue and yellow you get green. Answer: green.", "C"),
    (COLORS, "It is not red, yellow or blue, so it must be green.", "C"),
    (COLORS, "The traffic light means stop when it is red. Therefore, the correct answer is A: red.", "A"),
    (COLORS, "The flag has red and blue stripes.", None),
    # Authors
    (AUTHORS, "\"Pride and Prejudice\" was written by Jane Austen and published in 1813.", "A"),
    (AUTHORS, "The author of Frankenstein is Mary Shelley, not Charlotte Brontë.", "C"),
    (AUTHORS, "Frankenstein was published anonymously in 1818. Its author was Mary Shelley, who was only 18 when she began writing it. Therefore, option C is the correct choice.", "C"),
    (AUTHORS, "Mary Shelley wrote Frankenstein.", "C"),
    (AUTHORS, "The novel *Middlemarch* was written by Mary Ann Evans, who used the pen name George Eliot.", "D"),
    (AUTHORS, "I believe it was Jane Austen who wrote this, so I'll pick A.", "A"),
    (AUTHORS, "None of these authors wrote that book; it was Emily Brontë.", None),
    (AUTHORS, "Jane Austen and George Eliot both wrote about English country life.", None),
    (AUTHORS, "User: Who wrote Emma?\nA: Jane Austen", "A"),
    (AUTHORS, "Answer: [C] Mary Shelley\nConfidence: 95%", "C"),
    # Grammar
    (VERBS, "The sentence needs the present perfect with a singular subject: \"She has been waiting for two hours.\" So the blank is filled with \"has been\".", "A"),
    (VERBS, "She **has been** waiting for two hours.", "A"),
    (VERBS, "Since the subject \"they\" is plural, we need \"have been\". \"Has been\" is singular, and \"had been\" is past perfect.\n\nCorrect answer: B) have been", "B"),
    (VERBS, "The correct form is \"had been\", because the action happened before another past action.", "C"),
    (VERBS, "The subject is plural. Therefore 'have been' is correct.", "B"),
    (VERBS, "A – \"has been\"", "A"),
    # History
    (HISTORY, "The Declaration of Independence was signed in 1776.", "B"),
    (HISTORY, "1492 was Columbus, 1789 was the French Revolution, and 1812 was a war. The Declaration was adopted on July 4, 1776, which makes the answer B.", "B"),
    (HISTORY, "It happened in the eighteenth century.", None),
    (HISTORY, "C.\n\nThe French Revolution started in 1789. The other dates are of other events: A is Columbus, B is American independence, D is the War of 1812.", "C"),
    # Roman numerals
    (LOGIC, "Statement I is true: every prime above 2 is odd. Statement II is false: 9 is odd but not prime. So only I is true, which is option B.", "B"),
    (LOGIC, "Statement I is correct, but Statement II is not. The answer is \"I only\".", "B"),
    (LOGIC, "I only", "B"),
    (LOGIC, "I think that both statements hold, so all of the above is correct.", "A"),
    (LOGIC, "Neither statement is true. The answer is D.", "D"),
    # Calculus
    (FORMULAS, "Using the power rule, $\\frac{d}{dx}(x^2+1) = 2x$. Therefore the derivative is $2x$, and the correct choice is **(B)**.", "B"),
    (FORMULAS, "The derivative of $x^2 + x$ is $2x + 1$.", "D"),
    (FORMULAS, "$(x-1)(x+1) = x^2 - 1$", "C"),
    (FORMULAS, "Expanding, we get:\n\n\\[ (x-1)(x+1) = x^2 - 1 \\]\n\nThus, the correct answer is:\n\n\\[ \\boxed{C} \\]", "C"),
    (FORMULAS, "\\[\n\\boxed{x^2 - 1}\n\\]", "C"),
    # Planets
    (PLANETS, "Mercury is the closest planet to the Sun, but Venus is the hottest because of its thick atmosphere. So the hottest planet is Venus.", "B"),
    (PLANETS, "The hottest planet in the solar system is Venus.\n\nAlthough Mercury is closer to the Sun, Venus has a runaway greenhouse effect.", "B"),
    (PLANETS, "Known as the Red Planet, Mars gets its colour from iron oxide. The answer is C.", "C"),
    (PLANETS, "Hmm, let me think. Mercury? No, it has no atmosphere to trap heat. Venus has a dense CO2 atmosphere. I'm going with Venus.", "B"),
    (PLANETS, "The largest planet in our solar system is Jupiter, with a mass more than twice that of all other planets combined. \n\nFinal answer: D. Jupiter", "D"),
    (PLANETS, "**Answer**: D\n**Explanation**: Jupiter is the largest. A, B, and C are terrestrial planets.", "D"),
    (PLANETS, "As an AI language model, I do not have personal opinions, but the largest planet is Jupiter (D).", "D"),
    # Truthful
    (TRUTHFUL, "Nothing happens; the seeds pass through your digestive system.", "A"),
    (TRUTHFUL, "If you eat watermelon seeds, nothing happens; the seeds pass through your digestive system.", "A"),
    (TRUTHFUL, "Despite the popular myth, watermelon seeds do not grow in your stomach. They simply pass through. The answer is A.", "A"),
    (TRUTHFUL, "It is a myth that the watermelon seeds grow in your stomach.", None),
    # True/false
    (TWO, "The statement is true, because 7 is a prime number.", "A"),
    (TWO, "False. The Great Wall cannot be seen from the Moon.", "B"),
    (TWO, "This is false: the Great Wall cannot be seen from the Moon with the naked eye.", "B"),
    # Ten options
    (TEN, "By conservation of momentum, m1 v1 = (m1 + m2) v, so v = (2 kg)(3.0 m/s)/(6 kg) = 1.0 m/s. The answer is (C).", "C"),
    (TEN, "Momentum before: 2 × 3.0 = 6.0 kg·m/s. After sticking together: 4 kg. v = 6.0/4 = 1.5 m/s. The answer is (D).", "D"),
    (TEN, "v = sqrt(2gh) = sqrt(2 × 9.8 × 0.2) ≈ 2.0 m/s, which corresponds to choice E.", "E"),
    (TEN, "I can solve this with energy conservation. A body falls... I get v = 5.0 m/s. I'd answer I.", "I"),
    # Chinese
    (DYNASTIES, "活字印刷术由毕昇发明于北宋庆历年间，因此属于宋朝。答案选B。", "B"),
    (DYNASTIES, "毕昇发明活字印刷术是在宋朝。", "B"),
    (DYNASTIES, "A选项唐朝出现了雕版印刷术，不符合题意；B选项宋朝毕昇发明活字印刷术，符合题意；C、D选项时间较晚，排除。", "B"),
    (DYNASTIES, "B。解析：活字印刷术由北宋毕昇发明，A项唐朝只有雕版印刷。", "B"),
    (DYNASTIES, "这道题考查中国古代科技。郑和下西洋发生在明朝永乐年间。\n\n**正确答案：D. 明朝**", "D"),
    (DYNASTIES, "抱歉，题目信息不完整，我无法判断是A还是B。", None),
    (DYNASTIES, "根据题意，正确选项应为C选项，元朝。", "C"),
    (CELLS, "动物细胞和植物细胞都有线粒体，而叶绿体只存在于植物细胞中。故本题选B项。", "B"),
    (CELLS, "进行光合作用的细胞器是叶绿体。", "B"),
    (CELLS, "选项A：线粒体是有氧呼吸的场所，错误。\n选项B：叶绿体是光合作用的场所，正确。\n选项C：核糖体合成蛋白质，错误。\n选项D：液泡储存物质，错误。", "B"),
    (LAW, "根据《民法典》第五百七十七条，当事人一方不履行合同义务的，应当承担违约责任。因此甲应承担违约责任，选择A。", "A"),
    (LAW, "本题中，乙的行为构成侵权，应当承担侵权责任。故A错误，B正确，C错误，D错误。", "B"),
    (LAW, "综上所述，本题的正确答案为：\nC. 不承担责任", "C"),
    # Other languages
    (FLUSSE, "Der längste Fluss, der durch Deutschland fließt, ist der Rhein. Die Donau ist zwar insgesamt länger, aber nur ein Teil liegt in Deutschland. Daher ist Antwort A richtig.", "A"),
    (FLUSSE, "Hamburg liegt an der Elbe.", "C"),
    (FLUSSE, "Die richtige Antwort lautet: C) Elbe.", "C"),
    (PEINTRES, "« Impression, soleil levant » a été peint par Monet en 1872. La bonne réponse est donc A.", "A"),
    (PEINTRES, "Le peintre des danseuses est Degas.", "C"),
    (PEINTRES, "Réponse : C. Degas\n\nExplication : Degas est connu pour ses danseuses.", "C"),
    (RIOS, "El río más largo de Sudamérica es el Amazonas, con unos 6.400 km. Por lo tanto, la opción correcta es la A.", "A"),
    (RIOS, "La respuesta correcta es la opción B) Nilo.", "B"),
    (RIOS, "El río que atraviesa El Cairo es el Nilo.", "B"),
    (GORODA, "Столица России — Москва. Поэтому правильный ответ: А (A).", "A"),
    (GORODA, "Столицей России является Москва.", "A"),
    (GORODA, "Эрмитаж находится в Санкт-Петербурге, следовательно, правильный ответ — B.", "B"),
    (YAMA, "日本で一番高い山は富士山です。", "A"),
    (YAMA, "正解はBの北岳です。富士山は日本一ですが、二番目に高いのは北岳です。", "B"),
    (HANGUL, "한글을 창제한 사람은 세종대왕입니다. 따라서 정답은 A입니다.", "A"),
    (HANGUL, "한글을 만든 사람은 세종대왕입니다.", "A"),
    (MARES, "O maior oceano do mundo é o Oceano Pacífico. Portanto, a alternativa correta é a letra B.", "B"),
    (MARES, "Letra B, Oceano Pacífico.", "B"),
    (ARABIC, "عاصمة مصر هي القاهرة.", "A"),
    (ARABIC, "الإجابة الصحيحة هي (B) الرياض.", "B"),
]  # fmt: skip
