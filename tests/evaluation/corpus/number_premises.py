# ruff: noqa: E501, one case a line is easier to read
"""Results that only their premises follow, and the manners that stand beside them."""

CLOSINGS: list[tuple[str, str | None]] = [
    ("Ben has 12 stamps. He began with 20 and gave 8 to Ann.", "12"),
    ("Ben has 12 stamps. Originally he had 20, but 8 were lost.", "12"),
    (
        "Nina collected 45 shells. I calculated this by adding the 20 from Monday to the 25 from Tuesday.",
        "45",
    ),
    ("It will take 6 hours. You get this by dividing the 360 miles by 60 miles per hour.", "6"),
    ("Ben has 20 stamps. He gave 8 to Ann. Now he has 12.", "12"),
    ("Tom had 20 apples. He ate 5 and ended up with 15.", "15"),
    (
        "The shop made **$340** on Saturday.\n\n| Item | Sold | Price |\n|---|---|---|\n| Cake | 10 | $20 |\n| Tart | 14 | $10 |",
        "340",
    ),
    ("The bus has **18** free seats.\n\nGiven:\n- Seats: 50\n- Passengers: 32", "18"),
    ("The bus has **50** seats.\n\n- Passengers: 32\n- Free seats left: 18", "18"),
    ("Since Ann has six pens and Bob has nine, together they have fifteen pens.", "15"),
    ("Having sold eight of the twenty loaves, the baker still has twelve loaves.", "12"),
    ("He gave three apples to each of two friends, so he gave away six apples.", "6"),
    ("The fence is 200 cm tall, or 2 m.", "200"),
    ("The trip takes 90 minutes in total, or 1.5 hours.", "90"),
    ("He has 3 cats, or 4 dogs.", None),
    ("The area is 24 m<sup>2</sup>.<br>So the answer: <strong>24</strong>", "24"),
    ("<p>12 &minus; 5 = 7</p><p>Tom has <b>7</b> apples.</p>", "7"),
    ("3 &divide; 4 = 0.75, i.e. &frac34; of a cup", "0.75"),
    ("Number of correct answers: 18\nTotal answers: 24\n18/24 = 75%", "75%"),
    ("Answers: 12", "12"),
    ("Correct answer: 32", "32"),
    (
        "El almacén vendió 7.000 libros en marzo y 5.500 en abril: 7.000 + 5.500 = 12.500 libros.",
        "12500",
    ),
    (
        "Foram vendidos 2.300 bilhetes por dia. 2.300 × 3 = 6.900. A escola vendeu 6.900 bilhetes.",
        "6900",
    ),
    (
        "Il negozio ha venduto 1.200 penne e 800 matite, 1.200 + 800 = 2.000. Il negozio ha venduto 2.000 articoli.",
        "2000",
    ),
    ("The rod is 1.125 m and the other 0.875 m, so together they are 2.000 m.", "2"),
    ("Multiply: 1.125 × 4 = 4.500", "4.5"),
    ("How many apples are left? Show all work. (3 points)", None),
    ("What is the total cost? Explain your reasoning. 5 points. See page 12.", None),
    ("How many? Show your work. 12 - 8 = 4.", "4"),
    ("Out of twelve eggs, Mia used five for the cake, leaving seven.", "7"),
    ("She bought four pens for three dollars each.", None),
    ("Two friends share ten sweets.", None),
    ("Ben needs 30 eggs.\n\nHe has 12 eggs. He must buy 18 more.", "18"),
    ("The class has 24 students. 11 are boys and 13 are girls.", "24"),
    ("20% of 60 is 12, so he has 48 left.", "48"),
    ("A third of 60 is 20. 60 minus 20 is 40.", "40"),
    ("So x = 4. The larger number is 9.", "4"),
    ("Kim pays $30.\n\nThe meal is $25 and the tip is $5.", "30"),
    ("Kim earns $30 a day.\n\nShe works 5 days. She earns $150.", "150"),
    (
        "Alexis paid $41 for the shoes. She had $200, spent $143 on the rest, and has $16 left.",
        None,
    ),
    (
        "Sarah's games have 4 quarters of 12 minutes, or 48 minutes in all. Adding the 5 minutes of overtime, the entire game lasted 53 minutes.",
        "53",
    ),
    ("Omar needs 14 more points. He has 66 of the 80 required.", "14"),
    (
        "Okay so Jim runs 4 miles a day, 5 days a week. thats 20 miles a week. in 6 weeks he runs 120 miles",
        "120",
    ),
    (
        "15% of $80 is $12. So the sale price is $80 - $12 = $68, and with the $5 coupon Dana pays $63.",
        "63",
    ),
    (
        "He'll need 6 cans. Each can covers 350 sq ft and the walls come to 1,960 sq ft, and 1,960/350 = 5.6, which has to be rounded up.",
        "6",
    ),
    (
        "If 6 workers need 10 days, that's 60 worker-days. With 4 workers it takes 60/4 = 15 days, i.e. 5 days longer.",
        "15",
    ),
    (
        "She had twelve roses. Four wilted and she bought another seven, so she has fifteen roses in her vase.",
        "15",
    ),
    (
        "Half of the 90 guests ordered fish, which means 45. Of those who didn't, 2/3 ordered chicken, i.e. 30, and the remaining 15 ordered the vegetarian dish.",
        "15",
    ),
    (
        "It depends on whether the first day is counted. Without it, the answer is 29; with it, 30.",
        None,
    ),
    (
        "In total, 35 + 27 = 62 tickets were sold on the two days, for 62 × $8 = $496 in revenue. After paying $150 for the hall, the club made a profit of $346.",
        "346",
    ),
    ("He pays $18.75.\n\nThree sandwiches at $5.25 come to $15.75, and the drink is $3.", "18.75"),
    (
        "The hike was 14 miles long. On the first day they covered 6 miles and on the second 8.",
        "14",
    ),
    (
        "A cidade tinha 45.000 habitantes e cresceu 10%. 45.000 + 4.500 = 49.500. A população agora é de 49.500 habitantes.",
        "49500",
    ),
    ("The original price was $80. A 30% discount is $24, and $80 minus $24 is $56.", "56"),
    (
        "First number: n. Second number: n + 4. Sum: 2n + 4 = 30. So n = 13 and the second number is 17. The larger number is 17.",
        "17",
    ),
    (
        "So the ratio is 3:4 and the number of girls is 28, making 21 boys. There are 49 children in the class all told.",
        "49",
    ),
    (
        "It'll take Maya 45 minutes. She types 60 words per minute and the essay has 2,700 words.",
        "45",
    ),
    (
        "Emil hatte am Anfang 30 Murmeln. Nachdem er 12 verloren und 5 gewonnen hatte, blieben ihm 23 Murmeln.",
        "23",
    ),
    (
        "Bottom line: the Garcias will spend $1,260 on their trip.\n\nHotel: 4 nights at $180 = $720\nFlights: 2 × $190 = $380\nFood: $160",
        "1260",
    ),
    ("3/5 of 45 is 27 and a third of 27 is 9.", "9"),
]
