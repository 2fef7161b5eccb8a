# ruff: noqa: E501, one case a line is easier to read
r"""Answers that choose an option in other ways than a letter after "the answer is".

``(options, text, letters)``; ``letters`` is ``None`` where the text chooses none.
"""

from corpus.choice_corpus import Case, cases

CAPITAL = ("Sydney", "Canberra", "Melbourne", "Perth")
TERMS = ("Photosynthesis", "Respiration", "Fermentation", "Digestion", "Inseparability")
STATEMENTS = (
    "It is stored in the liver.",
    "It is made of iron.",
    "It carries oxygen.",
    "It fights infection.",
)
INTEGERS = ("12", "15", "18", "20")
CAPITAL_IN_CHINESE = ("悉尼", "堪培拉", "墨尔本", "珀斯")
VELOCITY = (
    "The velocity increases",
    "The velocity decreases",
    "The velocity stays the same",
    "The velocity becomes zero",
)
ORGANELLE = ("mitochondria", "ribosome", "nucleus", "Golgi apparatus")
DECIMALS = ("0.5", "1.5", "2.5", "3.5", "4.5")
TRUTHS = ("True, True", "False, False", "True, False", "False, True")
ENDINGS = (
    "puts the ball in the basket.",
    "runs away from the camera.",
    "eats a sandwich and smiles.",
    "is sitting on a horse.",
)
NAMES = ("Sarah", "Maria")
ORGANELLE_IN_CHINESE = ("细胞核", "线粒体", "核糖体", "高尔基体")
LAW = (
    "Yes, because the contract was signed.",
    "Yes, because the goods were delivered.",
    "No, because there was no consideration.",
    "No, because the statute of frauds applies.",
)

CHOICES: list[Case] = [
    *cases(CAPITAL, "B",
 "The correct answer is (B).", "Therefore, the correct statement is (B).", "So the correct statement is (B) Canberra.",
 "The capital is Canberra.", "The capital of Australia is Canberra.", "The capital of Australia is **Canberra**, not Sydney.",
 "Canberra is the capital of Australia.", "The correct city is Canberra.", "Canberra is correct.", "Canberra is the correct answer.",
 "Australia's capital is Canberra, which lies between Sydney and Melbourne.", "It's Canberra.", "That would be Canberra.",
 "Solution: B", "Solution: (B) Canberra", "Solution:\nB", "Result: B", "Verdict: B", "Conclusion: B", "Final: B", "Final choice: B",
 "Most Australians live near the coast, but the parliament sits in the city named in (B).", "The city with the parliament is (B).",
 "Sydney is the largest city, but the seat of government is Canberra (B).", "This matches (B).", "This corresponds to option (B).",
 "Hence we find that the answer is B.", "We find that B is correct.", "That is why the answer is B.", "This is why B is the correct answer.",
 "This explains how the answer is B.", "I conclude that it is option B.", "We can conclude that the answer is B",
 "A. Sydney (incorrect)\nB. Canberra (correct)\nC. Melbourne (incorrect)\nD. Perth (incorrect)",
 "A. Sydney\nB. Canberra (correct)\nC. Melbourne\nD. Perth", "A) Sydney\nB) Canberra ✓\nC) Melbourne\nD) Perth",
 "A) Sydney\n**B) Canberra**\nC) Melbourne\nD) Perth", "- A. Sydney\n- B. Canberra ← correct answer\n- C. Melbourne\n- D. Perth",
 "A. Sydney\nB. Canberra <-- correct\nC. Melbourne\nD. Perth", "A. Sydney\n✅ B. Canberra\nC. Melbourne\nD. Perth",
 "[ ] A. Sydney\n[x] B. Canberra\n[ ] C. Melbourne\n[ ] D. Perth", "( ) A\n(x) B\n( ) C\n( ) D",
 '{"answer": "B. Canberra"}', '{"choice": "B"}', '{"option": "B", "explanation": "A is wrong"}', '{"correct_option": "B"}', '{"selected": "B"}',
 '{"reasoning": "The answer A is tempting.", "answer": "B"}', '{"answer": ["B"]}', '{"prediction": "B"}', "```json\n{\n  \"answer_letter\": \"B\"\n}\n```",
 '{"answer": "Canberra"}', "answer: b", "answer is b", "the answer is b.", "option b is correct", "b is correct", "B is the one.",
 "The answer is B\n\nA is wrong", "Answer: **B. Canberra**\n\nReason: Option A, Sydney, is the largest city.", "Answer : B", "Ans : (b)",
 "Correct answer → B", "Correct Option: **B**", "✔️ Correct answer: B", "✅ **Answer: B**", "🟢 B", "Answer:** B", "**Answer (B)**",
 "The best answer here is B.", "the answer is  B .", "The answer is option b) Canberra.", "B - correct", "B is right because A is not the capital.",
 "Option B", "(b)", "b. Canberra", "The answer is *B*.", "The correct letter is B.", "Letter B.", "My answer would be B.",
 "I'm going with B.", "I'd lean towards B.", "Going with B.", "Let's choose B.", "B is my answer.", "B it is!", "Must be B.", "Clearly B.",
 "Option B: Canberra. Option A is the largest city but not the capital.", "**B** is the right choice here; A, C and D are state capitals or other cities.",
 "A, C, and D are incorrect. Thus the answer: B", "A is incorrect. B is correct. C is incorrect. D is incorrect.",
 "A: incorrect\nB: correct\nC: incorrect\nD: incorrect", "A – false. B – true. C – false. D – false.",
 "Step 1: Rule out A.\nStep 2: Rule out C and D.\nStep 3: B remains.", "Only B remains.", "Only option B fits.", "B is the only option that fits.",
 "The only correct option is B.", "None of A, C and D is right, so it must be B.", "Everything but B can be ruled out.",
 "The answer is A. Hmm, wait. Canberra is the capital, so the answer is B.", "I first thought A, but the answer is B.",
 "Many people would say A (Sydney), but the correct answer is B (Canberra).", "Not A. B.", "It is not A but B.", "The answer is not Sydney; it is Canberra.",
 "B.\n\nA. Sydney is the largest city.\nC. Melbourne was the capital until 1927.", "B. Canberra.\n\nIncorrect options:\nA. Sydney\nC. Melbourne\nD. Perth",
 "The answer is B.\n\nQuestion: What is the capital of France?\nA. Lyon\nB. Nice\nC. Paris\nD. Lille\nAnswer: C",
 "B\n\nQuestion 2: What is the capital of France?\nAnswer: C", " B\n\nQ: Next\nA: D",
 "Problem: find the capital.\n\nThe parliament sits in Canberra.\n\nAnswer: B", "Let me break the question down.\n\nQuestion 1: Is it Sydney? No.\n\nQuestion 2: Is it Canberra? Yes.\n\nThe answer is B.",
 "La respuesta correcta es B.", "La respuesta es la opción B.", "Respuesta: B", "La opción correcta es la B.", "La opción correcta es B) Canberra.", "Opción B", "La B es correcta.",
 "Die richtige Antwort ist B.", "Die Antwort ist (B) Canberra.", "Antwort: B", "Richtige Antwort: B", "Richtig ist B.", "Option B ist richtig.", "Lösung: B", "Die richtige Lösung ist B.", "B ist richtig.",
 "La bonne réponse est B.", "La réponse correcte est B.", "Réponse : B", "La réponse est (B).", "La bonne réponse est la B.", "C'est la réponse B.", "L'option B est correcte.", "L'option correcte est B.",
 "La risposta corretta è B.", "Risposta: B", "L'opzione corretta è la B.", "A resposta correta é B.", "Resposta: B", "A alternativa correta é B.", "A opção correta é a B.", "Alternativa B",
 "Правильный ответ: B", "Правильный ответ — B.", "Ответ: B", "Верный ответ B.", "Правильный вариант: B", "Вариант B правильный.", "Правильным ответом является B.",
 "正解はBです。", "答えはBです。", "正解：B", "正しい答えはBです。", "正しいのはBです。", "答えは B 。", "Bが正解です。", "選択肢Bが正しいです。",
 "정답은 B입니다.", "정답: B", "답은 B입니다.", "정답은 (B) 캔버라입니다.", "B가 정답입니다.", "따라서 정답은 B이다.",
 "الإجابة الصحيحة هي B.", "सही उत्तर B है।", "उत्तर: B", "Đáp án đúng là B.", "Đáp án: B", "Chọn B.", "Jawaban yang benar adalah B.", "Jawaban: B", "Cevap: B", "Poprawna odpowiedź to B.", "Odpowiedź: B", "Het juiste antwoord is B.", "Antwoord: B", "Rätt svar: B", "Rätt svar är B.",
 r"\boxed{\text{B. Canberra}}", r"\boxed{\text{(B)}}", r"$\boxed{\text{Canberra}}$", r"\boxed{\mathrm{(B)\ Canberra}}", r"\textbf{(B)}", r"$\textbf{(B) }\text{Canberra}$", r"The answer is $\textbf{(B)}$.",
 "<answer>B. Canberra</answer>", "<option>B</option>", "**Final Answer:**\n\n**(B) Canberra**", "## Answer\n\n**B. Canberra**\n\n## Explanation\n\nA. Sydney is wrong.",
 "### Final Answer: B", "#### B", "The final answer is $\\boxed{B}$.", "B\nB\nB\nB", "The answer is B. The answer is B. The answer is B. The answer is",
 "Answer: B\nAnswer: B\nAnswer: B\nAns", "I believe the correct answer is B, though I'm not entirely certain.", "It could be A or B, but the best answer is B.",
 "If I had to choose, B.", "If I had to guess, I'd say B.", "Assuming the question is about the capital, the answer is B.", "Unless the question is a trick, the answer is B.",
),
    *cases(CAPITAL_IN_CHINESE, "B", "B。解析：堪培拉是首都。", "B选项", "选项B", "B选项是对的", "答案：B选项", "正确答案为B选项。", "因此选B项", "答案是B：堪培拉", "本题选择B", "应当选B", "【答案】B。解析：略", "【答案】：B", "答案选B", "故答案为B", "故答案选：B", "因此正确选项为 B。", "正确的是 B 选项", "首都是堪培拉。", "澳大利亚的首都是堪培拉", "答案是堪培拉", "所以正确答案是：B. 堪培拉", "所以，正确答案是**B**", "解析：A错。C错。D错。所以选B", "首先排除A，然后排除C、D，剩下B。", "只有B符合题意", "B符合", "B选项符合题意，故选B", "我认为答案是B，因为悉尼不是首都", "应该选择的是B", "最佳答案：B", "參考答案：B", "正確答案是B", "答案為B", "選B", "故選B", "答：B。", "B 堪培拉", "（B）", "B：堪培拉", "选：B", "综上所述，本题选B。", "综上，答案为B", "A不对，B对，C不对，D不对", "A选项错误；B选项正确；C选项错误；D选项错误。", "A. 悉尼（错误）\nB. 堪培拉（正确）\nC. 墨尔本（错误）\nD. 珀斯（错误）"),
    *cases(TERMS, "E", "The answer is E. Inseparability", "The best term is E. Inseparability.", "This characteristic is E. Inseparability", "The correct term is Inseparability.", "is E. Inseparability", "The characteristic is called inseparability.", "This is known as inseparability.", "It is called **inseparability**.", "The property described is E. Inseparability.", "Therefore the characteristic of services described here is E. Inseparability.", "E. Inseparability means that production and consumption happen at once."),
    *cases(STATEMENTS, "C", "The correct statement is (C).", "The correct statement is: It carries oxygen.", "C. It carries oxygen.", "Haemoglobin carries oxygen, so the statement that is true is (C).", "The true statement is C.", "Statement C is true.", "Statement C is the correct one.", "The statement 'It carries oxygen.' is correct.", "The answer is \"It carries oxygen.\"", "(C) It carries oxygen.", "Haemoglobin binds O2 in the lungs. This is described in (C).", "It carries oxygen."),
    *cases(INTEGERS, "C", "18", "The answer is 18.", "9 × 2 = 18. So the answer is C.", "9 × 2 = 18, which is option C.", "So the result is 18, i.e. (C).", "The result is 18, so (C).", "The value is 18.", "Thus x = 18, option C", "x = 18", "9 × 2 = 18, hence (C) 18.", r"\boxed{18}", r"$\boxed{\textbf{(C)}\ 18}$", "C) 18", "The sum equals 18. (C)", "The sum is 18 (C).", "We get 18, matching choice (C)", "Answer: 18", "Therefore the total is 18."),
    *cases(CAPITAL, None,
 "a) First, we look at the map.\nb) Then we look at the parliament.\nc) Then we stop.", "a) The largest city is Sydney. b) The capital is elsewhere.",
 "A: Canberra or Sydney, I am not sure.", "User: Which city?\nBot: I don't know.", "I'm not sure which of the options is right.", "All of the above.", "The answer is all of the above.", "None of these.", "A and B are both possible.", "It could be A or B.", "Either B or C.", "B or C, depending on the definition.", "The answer depends on the year.", "Sydney, Canberra and Melbourne are cities in Australia.", "The options are Sydney, Canberra, Melbourne and Perth.", "Sydney and Canberra", "Not A.", "A and C are wrong.", "We can rule out A.", "Canberra is not the capital.", "It is not Canberra.", "The capital is not Sydney.", "Is it Canberra?", "Let's analyze each option:\n\nA. Sydney is the largest city.\n\nB. Canberra is", "Let's analyze each option:\n\nA. Sydney is the largest city in Australia.\nB. Canberra was founded in 1913.\nC. Melbourne was the capital until 1927.\nD. Perth is in the west.", "The capital of Australia is Hobart.", "The answer is E.", "Answer: F) Hobart", "无法判断", "A或B", "可能是A，也可能是B。", "题目没有给出足够的信息。", "I cannot choose between B and C.", "The question cannot be answered.", "I refuse to answer.", "Please provide the options.", "What are the options A, B, C and D?", "A good question!", "A capital city is where the government sits. Australia is a country.", "I", "A little more context would help.", "Class A", "Grade B", "Section C of the law", "vitamin C is good", "Hepatitis B", "Plan B is to go to Perth then.", "As a large language model, I have no opinion.", "Let me think about A first.", "Consider option B.", "Let's consider option B first.", "Why not B?", "What about B?", "Could it be B?", "The answer might be B or C."),
    *cases(VELOCITY, "C",
 "The correct answer is **C. The velocity stays the same**.\n\n**Explanation:**\n- Option A is wrong, because no force acts.\n- Option B would need friction.\n- Option D makes no sense.",
 "Since no net force acts on the body, the velocity stays the same. Therefore, the answer is C.", "With no net force the velocity stays the same (C).",
 "Without friction, the velocity stays the same.", "Newton's first law tells us that the velocity stays the same, which is option C.",
 "Newton's first law applies here. Option C is therefore correct.", "Hence option (C) is the right choice.", "Hence, option C.", "**Option C**: The velocity stays the same.",
 "Looking at the options, C is the one that matches Newton's first law.", "C. The velocity stays the same because no net force acts on it.", "c) The velocity stays the same",
 "(C) is correct. (A) and (B) need a net force; (D) needs an infinite one.", "I'd answer C.", "My pick: C", "FINAL ANSWER: C", "Final Answer: **C**", "final answer is c", "The final answer is: C\n",
 "Among the choices given, C is the best.", "The best choice would be C, the velocity stays the same.", "C seems to be the best answer.", "C appears to be correct.", "The correct choice here is C",
 "Therefore the correct response is option C: The velocity stays the same.", "Thus, we choose (C).", "Thus (C) is true.", "This makes C the correct answer.", "That makes option C correct.", "which makes (C) the correct choice.",
 "A: The velocity increases - wrong\nB: The velocity decreases - wrong\nC: The velocity stays the same - right\nD: The velocity becomes zero - wrong",
 "A. ✗\nB. ✗\nC. ✓\nD. ✗", "A: False\nB: False\nC: True\nD: False", "1. A is incorrect because there's no force.\n2. B is incorrect, too.\n3. C is correct.\n4. D is incorrect.",
 "* A: needs force\n* B: needs friction\n* **C: correct**\n* D: impossible", "Option A: Incorrect.\nOption B: Incorrect.\nOption C: Correct.\nOption D: Incorrect.",
 "<think>It may be A.</think>\nC", "C (The velocity stays the same)", "C — the velocity stays the same", "C\n\n(The velocity stays the same)", "The velocity stays the same (option C).", "The velocity stays the same.", "the velocity stays the same",
 "So the velocity stays the same. The answer is (C).", "The answer is (C), the velocity stays the same", "ANSWER: (C) The velocity stays the same.", "Answer is C", "Ans: C.", "Choose C", "Select C.", "C!", "It's C", "it is c.",
 "{\"answer\": \"C\", \"reason\": \"A and B need a force.\"}", "{'answer': 'C'}", "{\"Answer\": \"C) The velocity stays the same\"}", "answer: \"C\"", "```\nC\n```", "```\nAnswer: C\n```",
 "The answer is C.\n\nExplanation: If the answer were A, a force would act.", "C. Because A would need a force.", "Correct answer: C. Why not A? Because no force acts.",
 "Actually, the answer is B. No wait, the body is on ice, so it's C.", "At first glance B seems correct, but there is no friction, so the correct answer is C.", "B would be correct if there were friction, but as there is none, C is correct.",
 "The answer isn't A or B. It's C.", "Not B, since there is no friction. The answer is C.", "We eliminate A, B and D. The remaining option is C.", "The remaining choice is C.", "That leaves C.", "leaving us with C.", "Leaving only C as the answer.",
 "Question: what happens to the velocity?\n\nNo force acts.\n\nAnswer: C", "**Question:** What happens?\n**Answer:** C\n**Explanation:** no force acts.", "C\n\nQuestion: What is the unit of force?\nA. Joule\nB. Newton\nAnswer: B", "C.\n\n### Question 12\nWhich one?\n\nB",
 "The statement that best describes the motion is C.", "Based on Newton's first law, I would say that the correct answer is option C.", "I think that C is the correct answer.", "In my opinion, C is correct.", "I'm confident that it's C.",
),
    *cases(ORGANELLE, "A", "The powerhouse of the cell is the mitochondria.", "The mitochondria is the powerhouse of the cell.", "The organelle is the mitochondria.", "It is the mitochondria.", "Mitochondria", "mitochondria.", "A. mitochondria", "A) Mitochondria", "The mitochondria (A) is the powerhouse of the cell.", "The answer is the mitochondria.", "The answer is mitochondria, not the nucleus.", "Answer: A. The mitochondria produce ATP, while the nucleus holds DNA.", "The correct organelle is the mitochondria.", "ATP is made in the mitochondria (A).", "A is correct: the mitochondria make ATP.", "A, the mitochondria.", "A. The nucleus is where DNA is stored, so C is wrong.", "The organelle responsible for ATP production is the **mitochondria**.", "Answer: a", "(A)", "A\n", "A\n\nExplanation: mitochondria make ATP.", "So A is the answer.", "Hence A.", "Thus, A is correct.", "I choose A", "A is the right answer because ATP is made there.", "Option A is right.", "Therefore, A.", "The answer: A"),
    *cases(DECIMALS, "D", "The value is 3.5.", "x = 3.5", "So x = 3.5, which is (D).", "D. 3.5", "3.5", "The answer is 3.5.", "Thus, the average is 3.5, and the answer is D.", "7/2 = 3.5\n\nTherefore, the answer is D", r"\boxed{3.5}", r"\boxed{D}", "The average equals 3.5. Answer: (D)", "The mean is 3.5 (option D).", "= 3.5, so D"),
    *cases(DECIMALS, None, "The average is 3.", "x = 7", "The answer is 6.5.", "We have 0.5, 1.5 and 2.5."),
    *cases(TRUTHS, "B", "Statement 1 is false. Statement 2 is false. So the answer is B.", "False, False", "B. False, False", "The answer is False, False.", "Statement 1 is False, Statement 2 is False. Therefore, (B).", "Both statements are false, so the answer is (B) False, False.", "(B) False, False", "Answer: (B)"),
    *cases(ENDINGS, "A", "A", "A.", "puts the ball in the basket.", "The best ending is A.", "The most plausible continuation is A.", "The correct ending is (A).", "A. puts the ball in the basket.", "The sentence should continue with \"puts the ball in the basket.\"", "Ending A is the most plausible.", "The most likely ending is A) puts the ball in the basket."),
    *cases(NAMES, "A", "Sarah", "The answer is Sarah.", "A. Sarah", "A", "The blank should be filled with Sarah.", "The correct name is Sarah.", "It is Sarah.", "So the answer is A.", "The pronoun refers to Sarah.", "Option A: Sarah", "\"Sarah\"", "**Sarah**", "Sarah was the better surgeon, so the answer is Sarah."),
    *cases(NAMES, None, "Sarah or Maria", "Both Sarah and Maria", "It is unclear.", "Sarah was better than Maria."),
    *cases(ORGANELLE_IN_CHINESE, "B", "线粒体", "答案是线粒体。", "B. 线粒体", "B．线粒体是细胞的动力工厂。", "细胞的动力工厂是线粒体。", "正确答案：B. 线粒体", "因此，答案为：B", "所以选择 B. 线粒体。", "线粒体是细胞的动力工厂，因此正确答案是 B。", "A错误，B正确，C错误，D错误。", "A项错误，B项正确，C、D项错误，故选B。", "【解析】线粒体产生ATP。【答案】B", "【解答】解：线粒体产生ATP，故选：B．", "正确选项：B", "选项 B 正确", "我选择 B。", "所以，B是正确的。", "这题应该选B", "B 是正确答案。", "B\n解析：A是遗传信息库。", "综上所述，选项B是正确答案。", "答案：\nB", "答案是“B. 线粒体”。", "最终答案：\\boxed{B}", "因此，选项B最符合题意。", "根据以上分析，正确答案应为B选项。", "正确答案是选项B，线粒体。", "B，线粒体。"),
    *cases(LAW, "C", "The answer is C. No, because there was no consideration.", "No, because there was no consideration.", "C) No, because there was no consideration.", "The correct answer is (C) No, because there was no consideration. (A) and (B) are wrong.", "Under common law, a contract needs consideration. The answer is therefore (C).", "(C) is the best answer, because there was no consideration.", "Answer: No, because there was no consideration.", "C."),
    *cases(LAW, None, "No.", "Yes.", "No, because the contract was void.", "It depends on the jurisdiction."),
    *cases(ORGANELLE, None, "Both A and C could be correct.", "The answer is either A or C.", "a) Mitochondria make ATP.\nb) Ribosomes make proteins.\nc) The nucleus stores DNA.", "The organelle is the chloroplast.", "mitochondria and nucleus", "The cell has mitochondria, ribosomes and a nucleus.", "A cell is the smallest unit of life.", "A ribosome makes proteins, and the nucleus stores DNA.", "None of the options is correct.", "I do not know the answer.", "Is it A?", "Which one is it, A or B?", "Let me explain each option.\nA. The mitochondria make ATP.\nB. The ribosome makes proteins.\nC. The nucleus stores DNA.\nD. The Golgi apparatus packs proteins.", "Let me think step by step.", "A/B/C/D", "The answer is X.", "Answer: [letter]", "Answer: A, B, C or D", "The answer is one of A, B, C, D.", "{\"answer\": null}", "{\"answer\": \"\"}", "{\"answer\": \"unknown\"}", "Answer: (A/B/C/D)"),
    *cases(ORGANELLE, "B", "La respuesta correcta es la B.", "La respuesta correcta es: **B) ribosome**", "Por lo tanto, la respuesta correcta es B.", "Así que la opción correcta es la B.", "La opción B es la correcta.", "Por eso, la respuesta es la opción B.", "Die korrekte Antwort ist B.", "Daher ist die richtige Antwort B.", "Somit ist Antwort B richtig.", "Die richtige Option ist B.", "Antwort B ist richtig.", "Die Lösung ist B.", "La bonne réponse est donc B.", "La bonne réponse est l'option B.", "La réponse B est correcte.", "Donc, la réponse est B.", "Réponse correcte : B", "La risposta esatta è la B.", "Quindi la risposta è B.", "La risposta corretta è la lettera B.", "A resposta certa é B.", "A resposta correta é a letra B.", "Portanto, a resposta é B.", "Letra B", "Gabarito: B", "Правильный ответ - B.", "Таким образом, правильный ответ: B.", "Ответ: вариант B", "Следовательно, правильный ответ — (B).", "したがって、正解はBです。", "したがって、答えは(B)です。", "正解は「B」です。", "答え：B", "解答：B", "따라서 정답은 (B)입니다.", "정답은 B번입니다.", "답: (B)", "الإجابة: B", "الإجابة هي (B).", "सही विकल्प B है।", "उत्तर है B", "Vậy đáp án là B.", "Đáp án đúng: B", "Jadi, jawaban yang benar adalah B.", "Jawabannya adalah B.", "Doğru cevap: B", "Prawidłowa odpowiedź: B", "Správná odpověď je B.", "Het goede antwoord is B.", "Det rätta svaret är B.", "Răspuns: B", "Răspunsul corect este B."),
]  # fmt: skip
