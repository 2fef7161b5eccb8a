# ruff: noqa: E501, one case a line is easier to read
r"""Scripts and languages of few speakers here, half-width commas, spans of time: (text, number)."""

CLOSINGS: list[tuple[str, str | None]] = [
    ("ปู่มีส้ม ๕๐ ผล แบ่งให้หลาน ๑๘ ผล จึงเหลือส้ม ๓๒ ผล", "32"),
    ("แม่ซื้อไข่ 30 ฟอง ใช้ไป 12 ฟอง ดังนั้นเหลือไข่ 18 ฟอง", "18"),
    ("రాము వద్ద 40 బంతులు ఉన్నాయి, 15 బంతులు ఇచ్చాడు. కాబట్టి రాము వద్ద మిగిలినవి 25 బంతులు.", "25"),
    ("মিনার কাছে 24টি কলম ছিল, সে 9টি দিয়েছে। তাই এখন মিনার কাছে 15টি কলম আছে।", "15"),
    ("Asha alinunua madaftari 3 kwa shilingi 1,200 kila moja, kwa hiyo alilipa 3 × 1,200 = shilingi 3,600.", "3600"),
    ("El lado mide 2,4 cm, así que el perímetro es $4 \\times 2,4 = 9,6$ cm.\n\n$$\\boxed{9,6}$$", "9.6"),
    ("The two points are (1,2) and (3,4), so the slope is 1.", "1"),
    ("租船问题:50÷6≈8.3,船的条数必须是整数,8条船只能坐48人,所以至少要租9条船。", "9"),
    ("小红家到学校有450米。来回一共是900米,不过题目只问单程。", "450"),
    ("One lap is 400 m. Two laps would be 800 m, but the question only asks for one.", "400"),
    ("合計は2,400円です。大人2人で1,600円、子ども2人で800円かかるからです。", "2400"),
    ("ある数をxとすると、2x + 5 = 21 なので x = 8 となります。\n\n確認:2×8+5=21 ✓", "8"),
    ("要解决这个问题,可以先想一想两天一共看了多少页。你愿意先试一试吗?", None),
    ("水果店上午卖出80千克,下午卖出45千克,运来的一共是200千克。所以最后剩下", None),
    ("She drives 2 hours at 50 mph, which is 100 miles. During the next hour she covers 30 miles. In the remaining", None),
    ("The class starts at 9:10 and ends at 9:55. From 9:10 to 9:55 there are 45 minutes, so the class lasts 45 minutes.", "45"),
    ("It takes between 20 and 30 minutes to walk there.", None),
    ("The trip will cost her $2,300 altogether. That's $1,500 for the flight and $800 for the hotel.", "2300"),
    ("She has 4 cats, 2 dogs and zero birds, so she's got six pets.", "6"),
    ("The exact quotient is 11 ÷ 4 = 2.75, and because only whole vans can be hired, they need 3 vans.", "3"),
    ("The total is 9 + 15 = 24 cards.\n\nNow try this one: Ben has 31", "24"),
]  # fmt: skip
