# ruff: noqa: E501, one case a line is easier to read
r"""Whole answers to real questions: ``(options, text, letters)``; ``None``: no one option."""

NUCLEAR = ("Fewer than 7", "Between 8 and 15", "Between 16 and 25", "More than 25")
PAGES = ("I only", "II only", "I and III only", "I, II, and III")
GROUPS = ("subgroup", "finite abelian group", "infinite, non abelian group", "ininite, abelian")
ZEROS = ("1", "2", "2,3", "6")
UPTIME = ("80%", "90%", "98%", "99.80%")
NODES = ("n", "n + 1", "n + 2", "2n")
RIGHTS = (
    "These organizations merely identify those states who already support human rights",
    "They cannot get enough information about which leaders will abuse their citizens",
    "These organizations have little ability to constrain abusive leaders",
    "None of the above",
)
MILLIONS = ("5 million", "30 million", "150 million", "500 million")
PRESIDENTS = ("Jimmy Carter", "Ronald Reagan", "Bill Clinton", "Dwight Eisenhower")
COLORS = ("red", "green", "blue", "yellow")
CELLS = (
    "Prokaryotic cells have no nucleus",
    "Eukaryotic cells have no nucleus",
    "Both have a nucleus",
    "Neither has a nucleus",
)
WORDS = ("affect", "effect", "infect", "defect")
KANT = ("utilitarianism", "deontology", "virtue ethics", "egoism", "relativism")
BASH = ("ls", "cd", "rm", "mv")
TRUTHS = ("True, True", "False, False", "True, False", "False, True")

CHOICES: list[tuple[tuple[str, ...], str, str | None]] = [
    (
        NUCLEAR,
        "There are currently nine states that possess nuclear weapons: the US, Russia, China, France, the UK, India, Pakistan, Israel, and North Korea. This number falls between 8 and 15, so the answer is B.",
        "B",
    ),
    (
        NUCLEAR,
        'Nine countries are known to have nuclear weapons, so the correct answer is "Between 8 and 15".',
        "B",
    ),
    (NUCLEAR, "Nine states have nuclear weapons: between 8 and 15.", "B"),
    (
        NUCLEAR,
        "There are nine nuclear powers. Therefore, the correct option is:\n\n**B. Between 8 and 15**",
        "B",
    ),
    (
        NUCLEAR,
        'Currently, it is estimated that 9 states have nuclear weapons. So the answer falls in the range "Between 8 and 15" (B).',
        "B",
    ),
    (NUCLEAR, "9", None),
    (NUCLEAR, "There are nine nuclear states.", None),
    (
        PAGES,
        "Let's evaluate each statement:\n\nI. True — larger pages mean fewer entries.\nII. True — smaller pages reduce internal fragmentation.\nIII. True — seek and rotational latency dominate.\n\nThus all three are valid considerations.\n\n**Answer: D. I, II, and III**",
        "D",
    ),
    (
        PAGES,
        "Let's evaluate each statement:\n\nI. True — larger pages mean fewer entries.\nII. True — smaller pages reduce internal fragmentation.\nIII. True — seek and rotational latency dominate.\n\nTherefore, the correct answer is I, II, and III.",
        "D",
    ),
    (PAGES, "The considerations that apply are I, II, and III. (D)", "D"),
    (PAGES, "I and III apply but II doesn't, therefore the answer is C) I and III only.", "C"),
    (PAGES, "I and III only, since II is about external fragmentation.", "C"),
    (
        PAGES,
        "The answer is A) I only. Statement II is false because programs need not be entirely resident, and Statement III is false.",
        "A",
    ),
    (
        GROUPS,
        "The set of all n×n non-singular matrices with rational entries forms the general linear group GL(n, Q). It is infinite and, for n > 1, non-abelian, as matrix multiplication does not commute.\n\nSo the answer is (C) infinite, non abelian group.",
        "C",
    ),
    (GROUPS, "Under multiplication G is an infinite, non abelian group.", "C"),
    (
        GROUPS,
        "G is an infinite, non-abelian group, since matrix multiplication isn't commutative.",
        "C",
    ),
    (GROUPS, "G = GL_n(Q). It's a group: infinite and non-abelian. **C**", "C"),
    (
        ZEROS,
        "Let's test each element of Z_7:\nf(0) = 2\nf(1) = 5\nf(2) = 14 = 0\nf(3) = 35 = 0\nf(4) = 74 = 4\nf(5) = 137 = 4\nf(6) = 230 = 6\n\nThe zeros are 2 and 3, so the answer is C.",
        "C",
    ),
    (ZEROS, "f(2) = 0 and f(3) = 0, so the zeros are 2, 3.", "C"),
    (ZEROS, "The zeros are 2 and 3.", "C"),
    (ZEROS, "\\boxed{2,3}", "C"),
    (ZEROS, "The zeros in Z_7 are $x = 2$ and $x = 3$, which corresponds to option (C).", "C"),
    (UPTIME, "Availability = MTBF / (MTBF + MTTR) = 10000 / 10020 = 0.998 = 99.80%", "D"),
    (
        UPTIME,
        "Availability = 10,000/(10,000 + 20) ≈ 99.80%. The number of customers is irrelevant. Answer: D",
        "D",
    ),
    (UPTIME, "The availability is 99.8%.", "D"),
    (UPTIME, "The availability is about 99.80 percent.", "D"),
    (
        NODES,
        "A polynomial through n + 1 distinct points has degree at most n. So the maximum possible degree is n, option A.",
        "A",
    ),
    (NODES, "The maximum possible degree of p(x) is n.", "A"),
    (NODES, "The answer is $n$.", "A"),
    (NODES, "n", "A"),
    (NODES, "n+1", "B"),
    (NODES, "A. n, because n + 1 points determine a polynomial of degree n.", "A"),
    (
        RIGHTS,
        "The question asks which is NOT a reason. Options A and C are reasons often given. Option B is not: information about abusive leaders is widely available. So the answer is B.",
        "B",
    ),
    (
        RIGHTS,
        "The option that is not a reason is B, as these organizations usually can get enough information.",
        "B",
    ),
    (RIGHTS, "The one that's NOT a reason is B.", "B"),
    (RIGHTS, "A and C are reasons. D is not applicable. B is the answer.", "B"),
    (MILLIONS, "As of 2012, approximately 150 million children aged 5-14 worked globally.", "C"),
    (
        MILLIONS,
        "About 150 million children between the ages of 5 and 14 worked globally as of 2012 (UNICEF).",
        "C",
    ),
    (MILLIONS, "According to the ILO, it's 150 million. C.", "C"),
    (MILLIONS, "The best estimate is 150 million", "C"),
    (
        MILLIONS,
        "I recall that the ILO estimated 168 million child laborers aged 5-17 in 2012; for 5-14, the closest option is 150 million, so the answer is C.",
        "C",
    ),
    (
        PRESIDENTS,
        "The largest peacetime increase in defense spending occurred under President Ronald Reagan in the 1980s.",
        "B",
    ),
    (PRESIDENTS, "I believe this was Reagan: B.", "B"),
    (PRESIDENTS, "B. Reagan's military build-up in the 1980s was the largest in peacetime.", "B"),
    (
        PRESIDENTS,
        "The correct answer is B.\n\nReagan increased spending by 40%.\n\nA is incorrect because Carter's increase was modest.\nC is incorrect because Clinton cut spending.\nD is incorrect because Eisenhower warned of the military-industrial complex.",
        "B",
    ),
    (PRESIDENTS, "Carter started the buildup, but Reagan's was the largest.", "B"),
    (
        PRESIDENTS,
        "Under Eisenhower, spending fell. Under Carter it rose a little. Under Clinton it fell. Hence Reagan.",
        "B",
    ),
    (PRESIDENTS, "Not Carter. Not Clinton. Not Eisenhower. Reagan.", "B"),
    (PRESIDENTS, "Bill Clinton and Jimmy Carter are both Democrats.", None),
    (COLORS, "When blue and yellow paint are mixed, you get green.", "B"),
    (COLORS, "Mixing blue and yellow makes green.", "B"),
    (COLORS, "The result is green.", "B"),
    (COLORS, "Blue + yellow = green, so B.", "B"),
    (COLORS, "Green!", "B"),
    (COLORS, "It turns green", "B"),
    (COLORS, "My favorite color is blue, but the answer is green.", "B"),
    (CELLS, "Prokaryotic cells have no nucleus, while eukaryotic cells do.", "A"),
    (CELLS, "A: prokaryotic cells lack a membrane-bound nucleus.", "A"),
    (CELLS, "The true statement is A.", "A"),
    (WORDS, 'The medicine will affect his mood. "Affect" is the verb, so A.', "A"),
    (WORDS, 'The correct word is "affect", not "effect".', "A"),
    (WORDS, 'Use "affect" here.', "A"),
    (WORDS, "affect (verb)", "A"),
    (WORDS, 'The blank should be filled with "affect".', "A"),
    (KANT, "Kant's ethics is a form of deontology.", "B"),
    (
        KANT,
        "Kant is the best-known proponent of deontology, which holds that duty, not consequences (as in utilitarianism), determines the morality of an act.",
        "B",
    ),
    (KANT, "Kant → deontology → B", "B"),
    (KANT, "This view is called deontology (option B).", "B"),
    (KANT, "Kantian ethics = deontological ethics. Answer: B", "B"),
    (BASH, "You can use `ls` to list the files.", "A"),
    (BASH, "The command is `ls`.", "A"),
    (BASH, "`ls`", "A"),
    (BASH, "ls lists files, cd changes the directory, rm removes and mv moves. So A.", "A"),
    (TRUTHS, "Statement 1: True. Statement 2: True. Answer: A", "A"),
    (TRUTHS, "Statement 1 | True\nStatement 2 | False", "C"),
    (TRUTHS, '1. True\n2. False\n\nSo the answer is "True, False".', "C"),
    (TRUTHS, "The first is false: take Z_4. The second is true by Lagrange's theorem.", "D"),
    (TRUTHS, "Both are false.", "B"),
    (TRUTHS, "Statement 1 is false, but Statement 2 is true, so (D) False, True.", "D"),
    (COLORS, "D", "D"),
    (COLORS, "Antwort: B", "B"),
    (COLORS, "Die Antwort lautet Grün, also B.", "B"),
    (COLORS, "La respuesta es B) green.", "B"),
    (COLORS, "La réponse est B : green.", "B"),
    (COLORS, "La risposta corretta è B.", "B"),
    (COLORS, "A resposta correta é a letra B.", "B"),
    (COLORS, "Jawaban: B", "B"),
    (COLORS, "Cevap: B", "B"),
    (COLORS, "Odpowiedź: B", "B"),
    (COLORS, "답: B", "B"),
    (COLORS, "答えはBです。", "B"),
    (COLORS, "الإجابة: B", "B"),
    (COLORS, "Đáp án đúng là B.", "B"),
    (COLORS, "ตอบ B", "B"),
    (COLORS, "蓝色和黄色混合得到绿色，因此选B。", "B"),
    (COLORS, "选项B（green）是正确答案。", "B"),
    (COLORS, "正确的选项是：B. green", "B"),
    (COLORS, "分析：A. red 不对；B. green 正确；C. blue 不对；D. yellow 不对。", "B"),
    (COLORS, "根据题意，答案应为B，而不是C。", "B"),
]
