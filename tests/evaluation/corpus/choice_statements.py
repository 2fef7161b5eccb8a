# ruff: noqa: E501, one case a line is easier to read
r"""Answers about numbered statements, where the options are sets of them."""

from corpus.choice_corpus import Case, cases

ROMAN = ("I only", "II only", "I and II only", "I, II, and III")
TWO = ("1 only", "2 only", "Both 1 and 2", "Neither 1 nor 2")
CIRCLED = ("①②", "①③", "②④", "③④")
ALL_OR_NONE = ("I and III", "II and III", "All of the above", "None of the above")

CHOICES: list[Case] = [
    *cases(ROMAN, "A", "Only the first statement is true.", "Only statement I holds.", "I is true. II and III are false.", "The first one is correct; the second one is wrong; the third one is wrong."),
    *cases(ROMAN, "B", "Only II is correct.", "I is false, II is true and III is false.", "Statement II alone is correct."),
    *cases(ROMAN, "C", "I: true. II: true. III: false.", "I and II are true, III is false.", "Statements I and II are correct.", "So just I and II.", "Only I and II hold.", "Statement I is true. Statement II is true. Statement III is false because of a counterexample.", "I is correct, II is correct, but III is not.", "I: true. II: true. III: false, a counterexample being f(x)=|x|.\n\nSo just I and II.", "The answer is I and II.", "**I.** True, by definition.\n**II.** True, by symmetry.\n**III.** False.\n\nTherefore, I and II only."),
    *cases(ROMAN, "D", "All three statements are true.", "I, II and III are all correct", "I and II are true. III is also true."),
    *cases(ROMAN, None, "Statement I is true because it is. Statement II is false. Statement III holds.", "I think statement I is right but II is wrong. Not sure about III.", "I am correct in this.", "I and III are true while II is not."),
    *cases(TWO, "A", "Statement 1 is correct. Statement 2 is incorrect."),
    *cases(TWO, "B", "Only statement 2 is correct.", "1 is wrong but 2 is right."),
    *cases(TWO, "C", "Both statements are correct.", "Hence both 1 and 2 are correct.", "Statement 1 is true, and so is statement 2."),
    *cases(TWO, "D", "Neither statement is correct.", "Statement 1 is false. Statement 2 is false as well."),
    *cases(CIRCLED, "B", "①正确；②错误；③正确；④错误。", "综上，①③正确。", "①③"),
    *cases(ALL_OR_NONE, "B", "I is false; II and III are true."),
    *cases(ALL_OR_NONE, "C", "I, II and III are true.", "I holds. II holds. III holds."),
    *cases(ALL_OR_NONE, "D", "None of the statements is true."),
    *cases(("sodium", "zinc", "argon", "iron"), "B", "I was initially leaning towards C, but the phrase \"at least\" changes things: B fits better."),
    *cases(("Der Bundestag", "Der Bundesrat", "Der Kanzler", "Der Präsident"), "A", "In Deutschland werden Gesetze vom Bundestag beschlossen. Somit ist A die richtige Antwort, auch wenn der Bundesrat (B) mitwirkt."),
]  # fmt: skip
