"""Worked examples for BBH, three for each form of answer: option, yes or no, number, words, ...

Written for perfbench, shorter and easier than the tasks; they show the form, not the trick. Each
is question, reasoning, answer.
"""

from __future__ import annotations

Example = tuple[str, str, str]

OPTION: tuple[Example, ...] = (
    (
        "A box holds a red, a blue and a green pen. The blue pen is the longest and the red pen "
        "is longer than the green pen. Which is the shortest?\nOptions:\n(A) the red pen\n"
        "(B) the blue pen\n(C) the green pen",
        "Blue is longer than red, and red is longer than green. So green is the shortest.",
        "(C)",
    ),
    (
        "Yesterday was 3 March 2019. What is the date tomorrow in MM/DD/YYYY?\nOptions:\n"
        "(A) 03/05/2019\n(B) 03/04/2019\n(C) 03/02/2019",
        "If yesterday was 3 March, today is 4 March, and tomorrow is 5 March 2019.",
        "(A)",
    ),
    (
        "Which sentence has the usual order of adjectives?\nOptions:\n(A) wooden old small boat\n"
        "(B) small old wooden boat",
        "English puts size before age and age before material: small, old, wooden.",
        "(B)",
    ),
)

YES_NO: tuple[Example, ...] = (
    (
        "If you follow these instructions, do you return to the starting point? Take 2 steps. "
        "Turn around. Take 2 steps.\nOptions:\n- Yes\n- No",
        "Two steps forward, then two steps back along the same line: the start again.",
        "Yes",
    ),
    (
        "Mira tells the truth. Tom says Mira lies. Does Tom tell the truth?",
        "Mira tells the truth, and Tom says that she lies. So Tom does not tell the truth.",
        "No",
    ),
    (
        "If you follow these instructions, do you return to the starting point? Always face "
        "forward. Take 3 steps right. Take 1 step left.\nOptions:\n- Yes\n- No",
        "Three steps right and one step left leave 3 - 1 = 2 steps right of the start.",
        "No",
    ),
)

TRUE_FALSE: tuple[Example, ...] = (
    ("not ( True and False ) is", "True and False is False, and not False is True.", "True"),
    ("( not True ) or False is", "not True is False, and False or False is False.", "False"),
    (
        "True and not ( False or False ) is",
        "False or False is False, so not of it is True, and True and True is True.",
        "True",
    ),
)

VALID: tuple[Example, ...] = (
    (
        '"Every baker is an early riser. Ana is a baker. Hence Ana is an early riser." Is the '
        "argument, given the stated premises, deductively valid or invalid?\nOptions:\n- valid\n"
        "- invalid",
        "Ana is a baker, and all bakers are early risers; the conclusion must hold.",
        "valid",
    ),
    (
        '"Every baker is an early riser. Ben is an early riser. Hence Ben is a baker." Is the '
        "argument, given the stated premises, deductively valid or invalid?\nOptions:\n- valid\n"
        "- invalid",
        "Others than bakers may rise early; that Ben does so does not make him a baker.",
        "invalid",
    ),
    (
        '"No cat is a swimmer. Kim is a swimmer. Hence Kim is not a cat." Is the argument, given '
        "the stated premises, deductively valid or invalid?\nOptions:\n- valid\n- invalid",
        "If Kim were a cat, Kim would be no swimmer, but Kim is one. So Kim is not a cat.",
        "valid",
    ),
)

NUMBER: tuple[Example, ...] = (
    (
        "I have two plums, a pear, and three figs. How many fruits do I have?",
        "2 plums, 1 pear and 3 figs make 2 + 1 + 3 = 6.",
        "6",
    ),
    ("((4 - 7) * (2 + 3)) =", "4 - 7 = -3 and 2 + 3 = 5. Then -3 * 5 = -15.", "-15"),
    (
        "I have a drum, four bells, and a cup. How many musical instruments do I have?",
        "A cup is no instrument. 1 drum and 4 bells make 1 + 4 = 5.",
        "5",
    ),
)

WORDS: tuple[Example, ...] = (
    (
        "Sort the following words alphabetically: List: river apple moon",
        "The first letters are r, a, m. In order: apple, moon, river.",
        "apple moon river",
    ),
    (
        "Sort the following words alphabetically: List: stone star sand",
        "All begin with s. Second letters: t, t, a; sand is first. star and stone differ in the "
        "third letter: a before o.",
        "sand star stone",
    ),
    (
        "Sort the following words alphabetically: List: kite jug lamp ink",
        "The first letters are k, j, l, i. In order: ink, jug, kite, lamp.",
        "ink jug kite lamp",
    ),
)

BRACKETS: tuple[Example, ...] = (
    (
        "Complete the rest of the sequence, making sure that the parentheses are closed properly. "
        "Input: [ (",
        "Open, from the outside: [ then (. Closing begins with the last opened: ) then ].",
        ") ]",
    ),
    (
        "Complete the rest of the sequence, making sure that the parentheses are closed properly. "
        "Input: { < >",
        "< is closed already. { is still open.",
        "}",
    ),
    (
        "Complete the rest of the sequence, making sure that the parentheses are closed properly. "
        "Input: ( [ ] {",
        "[ is closed already. Open: ( then {. Closing begins with the last opened.",
        "} )",
    ),
)
