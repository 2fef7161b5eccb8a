# ruff: noqa: E501, one case a line is easier to read
r"""Answers to questions with options and the option each chooses: ``(options, text, letters)``.

``letters`` is ``None`` where the text chooses no option or more than one could be meant.
"""

CITIES = ("London", "Paris", "Rome", "Berlin")
NUMBERS = ("40", "42", "44", "46")
MATHS = (r"$\frac{1}{2}$", r"$\frac{1}{3}$", "$2x$", "$x^2$")
SENTENCES = (
    "A train leaves the station.",
    "The man eats an apple.",
    "I go home.",
    "None of the above",
)
FIVE = ("copper", "iron", "gold", "silver", "tin")
CHINESE = ("伦敦", "巴黎", "罗马", "柏林")
TEN = tuple(f"item {number}" for number in range(1, 11))

Case = tuple[tuple[str, ...], str, str | None]


def cases(options: tuple[str, ...], letters: str | None, *texts: str) -> list[Case]:
    """The texts that choose the same of the same options."""
    return [(options, text, letters) for text in texts]


PLAIN = cases(
    CITIES, "B",
    "B", "b", "B.", "b.", "B)", "b)", "(B)", "(b)", "[B]", "{B}", "<B>", "B:", "**B**", "*B*", "__B__", "`B`",
    "'B'", '"B"', "“B”", "**(B)**", "**B.**", "**B)**", "(**B**)", " B\n", "\nB\n\n", "Ｂ", "（B）", "【B】",
    "Ⓑ", "🅱️", "B。", "B．", "B、", "$B$", "\\(B\\)", "$\\text{B}$", "$\\textbf{B}$", "$\\mathrm{B}$",
    "B. Paris", "B) Paris", "(B) Paris", "B: Paris", "B - Paris", "B – Paris", "**B. Paris**", "**B) Paris**",
    "B.Paris", "(B)Paris", "b) paris", "b. Paris", "**B.** Paris", "**B**. Paris", "**(B)** Paris", "B, Paris",
    "B\n\nExplanation: Paris is the capital of France.", "B. Paris\n\nA is wrong because London is in England.",
    "B\nA is wrong because London is in England. C is correct only for Italy.",
    "B) Paris is the capital of France.", "B: because Paris is the capital.", "B because Paris is the capital.",
    "B, because A is the capital of England.", "Option B", "option B", "Option B.", "Option (B)", "Option B: Paris",
    "Choice B", "Answer B", "answer B.", "Paris", "paris", "Paris.", "**Paris**", '"Paris"', "PARIS", "  Paris  \n",
    "B</s>", "B<|im_end|>", "B<|eot_id|>\n", "✅ B", "→ B", "- B", "# B", "> B", "✔ **B**",
    "B\n\nQuestion: What is the capital of Italy?\nA. London\nB. Paris\nC. Rome\nAnswer: C",
    " B\n\nThe following question is about physics.\nAnswer: D"[:2] + "\n",
)  # fmt: skip

BOXED = cases(
    CITIES, "B",
    r"\boxed{B}", r"$\boxed{B}$", r"\(\boxed{B}\)", r"\[\boxed{B}\]", r"$$\boxed{B}$$", r"\boxed{\text{B}}",
    r"\boxed{\textbf{B}}", r"\boxed{\mathbf{B}}", r"\boxed{\mathrm{B}}", r"\boxed{\textbf{(B)}}", r"\boxed{(B)}",
    r"\boxed{\text{(B)}}", r"\boxed{B. Paris}", r"\boxed{\text{B. Paris}}", r"\boxed{(B)\ Paris}",
    r"\boxed{\textbf{(B) } Paris}", r"\boxed{\text{B) Paris}}", r"\boxed{\text{Paris}}", r"\boxed{Paris}",
    r"\boxed{\text{Option B}}", r"\boxed{Option B}", r"\boxed{\text{Answer: B}}", r"\boxed{b}", r"\fbox{B}",
    r"\boxed{B.}", r"\boxed{ B }", r"\boxed{ \text{ B } }", r"\boxed{B: Paris}", r"\boxed{'B'}", r"\boxed{{B}}",
    r"The answer is $\boxed{B}$.", r"The answer is \boxed{\text{B}}, since Paris is the capital.",
    r"First I thought \boxed{A}. Wait, it is \boxed{B}.", r"**Answer:** $\boxed{\text{B}}$", "boxed{B}",
    r"So \boxed{B", r"Answer: \boxed{B} \quad \text{(Paris)}", r"\boxed{选B}", r"答案：$\boxed{B}$",
) + cases(
    NUMBERS, "B",
    r"\boxed{42}", r"\boxed{(B) 42}", r"\boxed{\text{(B)}\ 42}", r"\boxed{\text{B) } 42}", r"\boxed{B) 42}",
    r"\boxed{\textbf{(B)}~42}", r"\boxed{B}: 42", "The answer is 42.", "The answer is 42", "42", "**42**", "$42$",
    "The answer is **42**.", "The result is 42, which corresponds to option B.", "So 42, which matches option (B).",
    "The total is 42. This corresponds to B.", "6 × 7 = 42, so the answer is B.", "6 × 7 = 42, so B.",
    "6 × 7 = 42. Therefore, B", "6 × 7 = 42.\n\nB", "6 × 7 = 42.\n\n**B**", "6 × 7 = 42.\n\n**B) 42**",
    "6 × 7 = 42.\n\n(B) 42", "6 × 7 = 42\n\nThe correct choice is B) 42.", "ANSWER: B (42)",
) + cases(
    MATHS, "A",
    r"\boxed{\frac{1}{2}}", r"\boxed{\dfrac{1}{2}}", r"The answer is $\frac{1}{2}$.", r"$\frac{1}{2}$",
    r"\boxed{A}", r"\boxed{\text{A}}", r"Answer: (A) $\frac{1}{2}$",
)  # fmt: skip

STATED = cases(
    CITIES, "B",
    "The answer is B.", "The answer is B", "The answer is (B).", "The answer is (B)", "The answer is: B",
    "The answer is **B**.", "The answer is **(B)**.", "The answer is **B. Paris**.", "The answer is \"B\".",
    "The answer is 'B'.", "The answer is `B`.", "The answer is [B].", "The answer is b.", "The answer is (b).",
    "the answer is b)", "The answer is B) Paris.", "The answer is B: Paris.", "The answer is B, Paris.",
    "The answer is B - Paris.", "The answer is B because Paris is the capital.", "The answer is B, because A is not.",
    "The answer is B since it is the capital.", "The answer is option B.", "The answer is Option (B).",
    "The answer is choice B.", "The answer is letter B.", "The answer is the option B.", "The answer is clearly B.",
    "The answer is definitely B.", "The answer is most likely B.", "The answer is therefore B.",
    "The answer is Paris.", "The answer is paris", "The answer is **Paris**.", "The answer is Paris, because it is.",
    "The answer is Paris (B).", "The answer is Paris: the capital of France.", "The answer is \"Paris\".",
    "The correct answer is B.", "The correct answer is: B", "The correct answer is **B) Paris**.",
    "The correct answer is option (B).", "The correct answer is Paris.", "The correct answer would be B.",
    "The correct answer should be B.", "The correct answer must be (B).", "The right answer is B.",
    "The best answer is B.", "The final answer is B.", "The final answer is (B). I hope it is correct.",
    "Final Answer: The final answer is $B$. I hope it is correct.", "My answer is B.", "So the answer is (B).",
    "Therefore, the answer is B.", "Thus, the correct answer is B.", "Hence the answer is (B) Paris.",
    "Answer: B", "Answer: b", "Answer:B", "Answer: (B)", "Answer: **B**", "Answer: B.", "Answer: B) Paris",
    "Answer: B. Paris", "Answer: Paris", "Answer - B", "Answer = B", "Answer → B", "ANSWER: B", "ANSWER: B.",
    "ANSWER: (B)", "ANSWER: **B**", "ANSWER: $B$", "**ANSWER: B**", "**Answer:** B", "**Answer**: B", "**Answer: B**",
    "**Answer: (B)**", "**Answer: B. Paris**", "**Answer: B) Paris**", "**Answer:** (B) Paris", "*Answer: B*",
    "__Answer__: B", "# Answer: B", "### Answer: B", "### Answer\nB", "### Answer\n\n**B**", "## Final Answer\n\n(B) Paris",
    "**Final Answer:** B", "**Final Answer**: **B**", "Final answer: B", "Final Answer: (B)", "**Correct answer:** B",
    "Correct Answer: B) Paris", "**Correct Answer: B. Paris**", "Ans: B", "Ans. B", "Ans: (B)", "#### B", "#### (B)\n",
    "#### Answer: B", "Answer:\nB", "Answer:\n\nB. Paris", "The answer is:\n\nB", "The answer is:\n\n**B) Paris**",
    "The correct option is B.", "The correct option is (B).", "The correct option is: B", "Correct option: B",
    "The correct choice is B.", "The best option is therefore: C"[:-1] + "B", "The best option is B.",
    "The best choice is (B) Paris.", "The correct statement is B.", "The correct option is Paris.",
    "The most appropriate option is B.", "The most likely option is B.", "The correct response is B.",
    "I choose B.", "I would choose B.", "I'd choose (B).", "I pick B.", "I'd go with B.", "I would go with option B.",
    "I'll go with B.", "I select B.", "I choose option B because it is the capital.", "My choice is B.", "My pick is B.",
    "I am going with B.", "B is correct.", "B is the correct answer.", "B is the right answer.", "(B) is correct.",
    "Option B is correct.", "Option (B) is the correct answer.", "**B** is correct.", "**Option B** is correct.",
    "B is the best answer.", "B is the answer.", "B) Paris is correct.", "B seems correct.", "B would be correct.",
    "B is most likely correct.", "B is clearly the best choice.", "Option B fits best.", "Option B is the best fit.",
    "So B is correct.", "So, B.", "So the answer must be B", "Hence, (B).", "Therefore: B", "Thus B.", "It is B.", "It's B.",
    "I think it's B.", "It must be B.", "I think the answer is B.", "I believe the answer is B", "I'd say B.",
    "This leaves B.", "That leaves only B.", "This leaves us with option B.", "which is option B.",
    "A is wrong, B is wrong, so C."[:11] + "C is wrong, D is wrong, so B.",
    "A is wrong because London is in England. C is in Italy. D is in Germany. So B.",
    "A) London: no, it is in England.\nB) Paris: yes.\nC) Rome: no.\nD) Berlin: no.\n\nAnswer: B",
    "A. London\nB. Paris\nC. Rome\nD. Berlin\n\nThe answer is B.",
    "Let's evaluate each option:\n\n- **A) London**: wrong.\n- **B) Paris**: right.\n- **C) Rome**: wrong.\n\n**B**",
    "The answer is A. Wait, London is in England. The answer is B.",
    "The answer is not A. The answer is B.", "The answer is not A but B.", "The answer isn't A, it's B.",
    "The answer cannot be A. So the answer is B.", "Answer: B\n\nExplanation: A is wrong; C is correct for Italy.",
    "The answer is B. C is wrong because Rome is in Italy.", "**B** – Paris is the capital of France.",
    "If the answer is A, then London would be in France. The answer is B.", "[[B]]", "<answer>B</answer>",
    "<answer>\nB\n</answer>", "<answer>(B) Paris</answer>", "<answer>Paris</answer>", '{"answer": "B"}',
    '{"answer": "B", "confidence": 0.9}', '```json\n{"answer": "B"}\n```', '{"final_answer": "(B) Paris"}',
    "[Answer] B", "Answer choice: B", "Answer choice B is correct.", "Answer option: B", "The answer choice is B.",
    "The answer to the question is B.", "The answer to this question is (B) Paris.", "The answer, therefore, is B.",
    "The answer I choose is B.", "Of the options, the correct one is B.", "Selected option: B", "Choice: B", "Option: B",
    "Response: B", "Prediction: B", "The answer is B.\n\nQuestion: Capital of Italy?\nAnswer: C",
    "It is Paris.", "The city is Paris.", "The answer is B.\n\nHuman: And Italy?\nAssistant: The answer is C.", "Paris\n\nExplanation: it is the capital.",
    "The capital of France is **Paris**.", "We need the capital of France.\n\n**Paris**",
)  # fmt: skip

CHINESE_STATED = cases(
    CHINESE, "B",
    "选B", "选 B", "选B。", "选择B", "选择 B。", "选（B）", "应选B。", "应选择B。", "故选B。", "故选：B", "故选:B．", "本题选B。",
    "因此选B。", "所以选择B。", "我选B。", "我选择B选项。", "选择选项B。", "选项B是正确的。", "B选项正确。", "B项正确。", "B正确。",
    "B是正确的。", "答案：B", "答案: B", "答案:B", "答案是B", "答案是B。", "答案是 B。", "答案是：B", "答案为B。", "答案为：B",
    "答案选B。", "答案应该是B。", "答案应为B。", "答案就是B。", "**答案：B**", "**答案**：B", "**答案：** B", "答案：**B**",
    "答案：（B）", "答案：(B) 巴黎", "答案：B. 巴黎", "答案：B、巴黎", "答案：B．巴黎", "答案：巴黎", "答案是巴黎。", "答案是B选项。",
    "答案是选项B。", "【答案】B", "【答案】 B\n【解析】巴黎是法国首都。", "正确答案是B。", "正确答案：B", "正确答案是 B。", "正确答案为：B",
    "正确选项是B。", "正确选项为：B", "正确的选项是B。", "正确的答案是B。", "正确的是B。", "最终答案：B", "最终答案是B。",
    "因此，正确答案是 **B**。", "因此，答案是 **B. 巴黎**。", "所以答案是\\boxed{B}。", "所以正确答案是选项B：巴黎。",
    "A错误，C错误，D错误，故选B。", "A、C、D均不正确，因此选B。", "不选A，选B。", "A不正确；B正确。", "所以B。", "因此B。", "综上，B。",
    "B", "B。", "Ｂ", "B、巴黎", "B. 巴黎", "（B）巴黎", "巴黎", "巴黎。", "B：巴黎是法国的首都。", "B，因为巴黎是法国的首都。",
    "解析：法国的首都是巴黎。\n答案：B", "法国的首都是巴黎，因此应该选B。", "符合题意的是B。", "答：B", "答：选B。",
    "### 答案\nB", "根据题意，法国的首都是巴黎，所以选择 **B**。", "选项分析：A错误。\n\n选B", "这道题的答案是B。",
)  # fmt: skip

LETTER_A = cases(
    CITIES, "A",
    "A", "a", "A.", "(A)", "A)", "a)", "The answer is A.", "The answer is A", "The answer is A because it is.",
    "The answer is A, because it is.", "The answer is (A) London.", "The answer is A. London", "Answer: A",
    "Answer: A\n\nThe city is in England.", "A: it is in England.", "A. London is in England.", "A) London", "A, since it is.",
    "A - London", "**A**", "A is correct.", "A is the correct answer.", "So A.", "It is A.", "选A", "答案是A", "答案：a",
    "I choose A.", r"\boxed{A}", r"\boxed{a}", "ANSWER: A", "The correct answer is A: London.", "A\nLondon", "Option A",
    "The correct answer is A as London is in England.", "The answer is A – London.", "The answer is A (London).",
)  # fmt: skip

NOTHING = cases(
    CITIES, None,
    "", "  \n", "I don't know.", "I'm sorry, but I cannot answer that.", "None of the above", "none of the options",
    "The answer is none of the above.", "A or B", "A or B.", "The answer is A or B.", "The answer is either A or B.",
    "The answer is (A) or (B).", "The answer is A/B.", "Answer: A or C", r"\boxed{A \text{ or } B}", "选A或B", "答案是A或者B。",
    "答案：A还是B", "The answer is E.", "The answer is (F).", "Answer: Z", r"\boxed{E}", "E", "答案是E。", "选F",
    "A train leaves the station at noon.", "A city in France.", "A", "A capital is a city where the government sits.",
    "I think this is a hard question.", "I am not sure.", "I would need more information.", "The answer is a city in France.",
    "The answer is a capital.", "The answer is Madrid.", "The answer is Pariss.", "The answer is Paris or Rome.",
    "Paris or Rome", "The answer is 42.", r"\boxed{42}", "Both are possible.", "Let's think step by step.", "Answer:",
    "The answer is", "The answer is not A.", "A is wrong.", "A is incorrect. B is incorrect.", "A is not correct.",
    "Neither A nor B is correct.", "B is not the answer.", "不选A", "A错误", "A不正确。", "无法确定。", "以上都不对。",
    "A. London\nB. Paris\nC. Rome\nD. Berlin", "A) London\nB) Paris", "Is the answer A?", "The answer is A? Or maybe not",
    "If the answer is B, then we need more.", "The capital of France is Paris, and the capital of Italy is Rome.",
    "Vitamin B helps.", "Plan B", "We consider option A and option B.", "C++", "C#", "The A-team", "Class B road",
    "France's capital is on the Seine.", "A.M.", "U.S.", "a", "DNA", "BBC", "A quick summary: it is in Europe.",
)  # fmt: skip
NOTHING = [case for case in NOTHING if case[1] not in ("A", "a")]

SEVERAL: list[Case] = [
    (FIVE, "The answers are A and C.", "AC"),
    (FIVE, "Answer: A, C", "AC"),
    (FIVE, "Answer: A, C, E", "ACE"),
    (FIVE, "Answer: A, C, and E", "ACE"),
    (FIVE, "Answer: A and C.", "AC"),
    (FIVE, "Answer: (A), (C)", "AC"),
    (FIVE, "Answer: (A) and (C)", "AC"),
    (FIVE, "Answer: AC", "AC"),
    (FIVE, "Answer: ACE", "ACE"),
    (FIVE, "Answer: C, A", "AC"),
    (FIVE, "Answer: A & C", "AC"),
    (FIVE, "Answer: A; C", "AC"),
    (FIVE, r"\boxed{A, C}", "AC"),
    (FIVE, r"\boxed{AC}", "AC"),
    (FIVE, r"\boxed{\text{A and C}}", "AC"),
    (FIVE, r"\boxed{\text{A}, \text{C}}", "AC"),
    (FIVE, "答案：ACE", "ACE"),
    (FIVE, "答案：A、C、E", "ACE"),
    (FIVE, "答案是A和C。", "AC"),
    (FIVE, "选AC", "AC"),
    (FIVE, "故选ACE。", "ACE"),
    (FIVE, "选A、C", "AC"),
    (FIVE, "AC", "AC"),
    (FIVE, "A, C", "AC"),
    (FIVE, "A、C", "AC"),
    (FIVE, "The correct options are A and C.", "AC"),
    (FIVE, "The correct answers are: A, C, E.", "ACE"),
    (FIVE, "**Answer: A, C**", "AC"),
    (FIVE, "The answer is A, since C is too heavy.", "A"),
    (FIVE, "The answer is A, C is wrong.", "A"),
    (FIVE, "The answer is E.", "E"),
    (FIVE, "The answer is gold.", "C"),
    (FIVE, "Gold", "C"),
    (TEN, "The answer is (J).", "J"),
    (TEN, "J", "J"),
    (TEN, "The answer is I.", "I"),
    (TEN, "(I)", "I"),
    (TEN, "I", "I"),
    (TEN, "Answer: I", "I"),
    (TEN, "The answer is item 9.", "I"),
    (TEN, "I think so.", None),
    (TEN, "The answer is I think item.", None),
    (TEN, "I believe the answer is G.", "G"),
    (SENTENCES, "A train leaves the station.", "A"),
    (SENTENCES, "The man eats an apple.", "B"),
    (SENTENCES, "I go home.", "C"),
    (SENTENCES, "None of the above", "D"),
    (SENTENCES, "None of the above.", "D"),
    (SENTENCES, "The answer is none of the above.", "D"),
    (SENTENCES, "Answer: I go home.", "C"),
    (SENTENCES, "A man walks.", None),
    (SENTENCES, "I stay home.", None),
    (("yes", "no", "yes"), "yes", None),
    (("yes", "no", "yes"), "no", "B"),
    (("Paris", "Paris, France"), "The answer is Paris, France.", "B"),
    (("Paris", "Paris, France"), "The answer is Paris.", "A"),
    (("Paris", "Paris, France"), "The answer is (A) Paris, France.", "A"),
    (("True", "False"), "The answer is False.", "B"),
    (("True", "False"), "True", "A"),
    (("0", "1", "2", "3"), "2", "C"),
    (("0", "1", "2", "3"), "Answer: 2", "C"),
    (("H", "C", "O", "N"), "Answer: C", "C"),
    ((), "The answer is J.", "J"),
    ((), "B", "B"),
    ((), "The answer is K.", None),
]

STYLES = cases(
    CITIES, "B",
    "The answer is B!", "I'm fairly confident the answer is B.", "The answer can only be B.", "It seems the answer is B.",
    "Based on the analysis, B is the most accurate.", "Thus, option B is the most suitable answer.", "Thus the choice is B.",
    "Option B it is.", "Let's go with B.", "We choose B.", "You should choose option B.", "Pick B.", "Choose B.", "Mark B.",
    "My best guess is B.", "Guess: B", "Correct: B", "The correct one is B.", "The incorrect statement is B.",
    "The option that is correct is B.", "The correct answer is not A, it is B.", "The answer could be A, but it's actually B.",
    "The answer might be B.", "Probably B.", "B (Paris)", "B (most likely)", "B;", "B — Paris", "B) because", "(B): Paris",
    "B.Paris is the capital", "Answer:(B)Paris", "Answer: *B*", "Answer: ***B***", "Answer： B", "ANSWER IS B", "the answer's B",
    "A: B", "A: (B)", "A: The answer is B", "Final Answer - B", "The answer is $\\mathbf{B}$", "The answer is **Paris (B)**",
    "Therefore, the answer is $\\boxed{\\textbf{(B) } Paris}$.", "The answer is Paris, option B.", "It is Paris (B).", "Paris (B)",
    "答案应该为B", "答案: 选B", "答案是“B”", "答案为 B：巴黎", "我认为答案是B", "我认为是B", "应该是B", "正确的应该是B", "本题应选B项。",
    "选“B”", "故本题答案选B。", "B是正确答案", "B是对的。", "答案不是A而是B", "排除A、C、D，选B", "A、C、D都错，B对", "只有B正确",
    "综上所述，正确答案是B选项。", "A is not the answer; the answer is B.", "Between A and B, I prefer B.",
    "A is tempting but B is correct.", "Although A is correct in some contexts, B is the best answer.", "B is correct, not A.",
    "B rather than A.", "The answer is B rather than A.", "The answer is B, not A.", "The answer is B (not A).",
    "The answer is A. No, wait, B.", "The answer is A... Actually, it's B.", "Answer: A. Correction: B",
    "Answer: A\nWait, let me reconsider.\nAnswer: B", "A\n\nActually, B is correct.",
    "A) London B) Paris C) Rome D) Berlin Answer: B", "The options are A, B, C, and D. The answer is B.",
    "Options A and C are both wrong, leaving B.", "Eliminating A, C and D, we get B.", "By elimination, B.",
    "France → Paris → (B)", "A and C are wrong. B is right.", "A is wrong and B is correct.", "Let me think.\n\nB\n\nIt is so.",
) + cases(
    CITIES, None,
    "The answer is B?", "B?", "The correct answer is not listed.", "The options are A, B, C, and D.", "Answer: 2", "BBBB", "B1",
    "A) London B) Paris C) Rome D) Berlin", "答案：AB或C",
)  # fmt: skip

REVIEWED = cases(
    CITIES, "B",
    "A. London ❌\nB. Paris ✅\nC. Rome ❌\nD. Berlin ❌", "- A: No\n- B: Yes\n- C: No\n- D: No",
    "A) London - Incorrect\nB) Paris - Correct\nC) Rome - Incorrect\nD) Berlin - Incorrect",
    "Paris (option B)", "It must be Paris, option B.", "Definitely B!", "I would guess B.", "The closest option is B.",
    "The best match is option B.", "The correct answer among the given options is B.", "Assistant: B",
) + cases(
    CITIES, None, "A is correct. B is correct.", "A. London: True\nB. Paris: True\nC. Rome: True\nD. Berlin: False",
) + cases(
    CHINESE, "B", "A选项：伦敦，错误。\nB选项：巴黎，正确。\nC选项：罗马，错误。\nD选项：柏林，错误。",
    "A. 伦敦 ×\nB. 巴黎 √\nC. 罗马 ×\nD. 柏林 ×", "应该是B吧", "我猜是B", "首先，A正确，但不合题意；B最符合题意。",
) + cases(CHINESE, None, "A正确，C正确，D正确，B不正确。")  # fmt: skip

CHOICES = STYLES + PLAIN + BOXED + STATED + CHINESE_STATED + LETTER_A + NOTHING + SEVERAL + REVIEWED
