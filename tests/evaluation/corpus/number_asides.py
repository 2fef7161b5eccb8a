# ruff: noqa: E501, one case a line is easier to read
r"""Answers with remarks, checks and other quantities beside them."""

CLOSINGS: list[tuple[str, str | None]] = [
    ('Der Preis pro Kilo beträgt 2,40 €, also kosten 3,5 kg Äpfel 3,5 × 2,40 € = 8,40 €. Mit dem Gutschein über 1,15 € zahlt Lena am Ende 7,25 €.', '7.25'),
    ("To solve the problem, I'll find how many pieces Bob cut, then share them.\n\n**Step 1 – pieces per pizza:** 8\n**Step 2 – pizzas:** 3, so 24 pieces\n**Step 3 – eaten:** Bob ate 5 and his sister ate 4, i.e. 9 pieces\n\n24 − 9 = 15\n\nSo there are fifteen pieces left. If each of the 3 remaining guests takes the same number, that is 5 pieces for each of them, but this isn't asked.", '15'),
    ('We have 5 choices for the first seat... I will list the possibilities instead.\n\n1) Red, Blue\n2) Red, Green\n3) Red, Yellow\n4) Blue, Green\n5) Blue, Yellow\n6) Green, Yellow\n\nSo there are six ways to choose the 2 colors out of 4.', '6'),
    ("The store's revenue was as follows.\n\n- **Morning:** 24 muffins × $2 = $48\n- **Afternoon:** 15 muffins × $1.50 = $22.50\n- **Cost of ingredients:** 39 × $0.50 = $19.50\n\nProfit = $48 + $22.50 − $19.50 = **$51.00**\n\nIf instead you wanted the revenue before costs, that would be $70.50.", '51'),
    ('First, note that 1 foot = 12 inches, so the 6-foot board has 72 inches.\n\nMarco cuts off 3 pieces of 14 inches = 42 inches\n72 - 42 = 30 inches\n\nSo the remaining board is 30 inches (or 2.5 feet) long. Thus, the final answer is 30 inches = 2 feet 6 inches.', '30'),
    ('So there are 8 glasses at full price (8 × 5 = $40) and 8 at the reduced price (8 × 3 = $24). All in all he has to pay sixty-four dollars for the 16 glasses.', '64'),
    ('$$5 + 2n = 29 \\implies n = 12$$\n\nTherefore, it takes the tree $\\textbf{12 years}$ to be 29 feet tall.', '12'),
]  # fmt: skip
