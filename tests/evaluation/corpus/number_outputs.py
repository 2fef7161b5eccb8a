# ruff: noqa: E501, one case a line is easier to read
"""Whole outputs of ordinary models, in the mixture that they come in."""

CLOSINGS: list[tuple[str, str | None]] = [
    (
        "Let's figure out how much Elena spends each week.\n\nShe buys 3 coffees at $4 each on weekdays, so that's 3 × 4 = $12. On the weekend she gets two pastries at $3.50, which is $7.\n\n12 + 7 = 19\n\nElena spends $19 per week.",
        "19",
    ),
    (
        "To solve this, we first find how many cookies were baked: 4 trays × 18 = 72. Then the family ate 15, leaving 57. They packed the rest into boxes of 6, which makes 9 full boxes with 3 cookies left over.\n\nSo they can fill **9** boxes.",
        "9",
    ),
    (
        "Sure! Here's the solution:\n\nLet x be the price of a notebook. Then a pen costs x − 2.\n\n3x + 2(x − 2) = 21\n5x − 4 = 21\n5x = 25\nx = 5\n\nA notebook costs $5.",
        "5",
    ),
    (
        "Each of the 5 shelves holds 24 books, for a total of 120. Since 87 are already on the shelves, there's room for 33 more.",
        "33",
    ),
    (
        "Step 1: Find the number of adults.\n150 × 40% = 60\n\nStep 2: Find the number of children.\n150 − 60 = 90\n\nStep 3: Find the difference.\n90 − 60 = 30\n\nTherefore, there were 30 more children than adults at the fair.",
        "30",
    ),
    (
        "I need to find the total weight of the package. There are 8 jars weighing 1.5 pounds each, or 12 pounds in all, and the box itself weighs 2 pounds. The package weighs 14 pounds.",
        "14",
    ),
    (
        "There are 7 days in a week, and Lou drinks 8 glasses per day. 7*8=56. Lou drinks 56 glasses of water in a week.\n\nLet me know if you'd like to see another example!",
        "56",
    ),
    (
        "A dozen eggs costs $3.60, so each egg costs $0.30. A cake needs 5 eggs, so the eggs for one cake cost $1.50.",
        "1.5",
    ),
    (
        "**Solution**\n\n- Monday: 12 laps\n- Tuesday: 12 + 4 = 16 laps\n- Wednesday: 16 / 2 = 8 laps\n\n**Total:** 12 + 16 + 8 = **36 laps**",
        "36",
    ),
    ("Ans: 17 birds", "17"),
    (
        "Emma is 3 years older than Jack, who is 9. Emma is 12. Their mother is three times as old as Emma. Their mother is 36 years old.",
        "36",
    ),
    (
        "First we find the number of weeks in the period: 84 / 7 = 12 weeks. The plant grows 1.5 inches each week, so 12 × 1.5 = 18 inches. It was 4 inches tall at the beginning. So it's 22 inches tall now.",
        "22",
    ),
    (
        "Total distance = 150 + 210 = 360 miles\nTotal time = 3 + 3 = 6 hours\nAverage speed = 360/6 = 60 mph",
        "60",
    ),
    (
        "Mrs. Hall has 28 pupils, 16 of whom are girls. That means 12 are boys. A quarter of the boys play chess, so 3 boys play chess.",
        "3",
    ),
    (
        "Bill's hourly wage is $18. Overtime is 1.5 × 18 = $27. Regular: 40 × 18 = 720. Overtime: 6 × 27 = 162. Weekly pay: 720 + 162 = $882",
        "882",
    ),
    (
        "Ines hat 24 Bonbons. Sie gibt ihrem Bruder ein Drittel, also 8. Danach isst sie 4. Sie hat noch 12 Bonbons.",
        "12",
    ),
    (
        "Primero calculamos el costo de las camisas: 4 × 12 = 48 dólares. Luego restamos el descuento de 8 dólares: 48 - 8 = 40.\n\nPor lo tanto, María pagó 40 dólares.",
        "40",
    ),
    ("7 + 9 is 16, doubled that's 32, and minus 5 leaves 27.", "27"),
    (
        "Let me think about it step by step.\n\nThe bakery makes 200 rolls. In the morning it sells 3/4 of them, i.e. 150 rolls. That leaves 50. Then it donates 20 of the remaining rolls. 50 - 20 = 30\n\nSo there are 30 rolls at the end of the day. The bakery donates 20 rolls each day.",
        "30",
    ),
    (
        "There were 52 people on the bus. At the first stop 13 got off and 8 got on (47 people). At the second stop 20 got off (27 people). The bus arrives with 27 people.",
        "27",
    ),
    ("You get 0.75 + 0.6 = 1.35, so Mona drank 1.35 liters in total.", "1.35"),
    ("**Total:** $47.25", "47.25"),
    (
        "Kara baked 60 muffins, sold 42 and gave the other 18 to her neighbours, six each.\n\nSo how many neighbours got muffins? 18/6 = 3.",
        "3",
    ),
    (
        "Let's denote the number of quarters by q. Then 0.25q + 0.10(20 − q) = 3.50, giving 0.15q = 1.50 and q = 10. The jar contains 10 quarters and 10 dimes.",
        "10",
    ),
    ("Speed × time = distance\n60 × t = 210\nt = 3.5\n\nIt takes three and a half hours.", "3.5"),
    (
        "Number of pages left = 320 - 185 = 135.\nPages per day = 135 / 9 = 15.\n\nHence Sofia must read 15 pages each day to finish the book in 9 days.",
        "15",
    ),
    (
        "There are 6 ways to choose the first, 5 ways to choose the second and 4 ways to choose the third, which gives 6·5·4 = 120 arrangements.",
        "120",
    ),
    ("We know that 1 inch = 2.54 cm. The board is 20 inches long, so that's 50.8 cm.", "50.8"),
    (
        "There are 3 boxes, and each one contains 2 bags of 10 candies. How many candies are there? 3 x 2 x 10 = 60 candies. If Leo eats 5, there are 55 left.",
        "55",
    ),
    (
        "Number of hours = 7\nPay per hour = $12\nTotal pay = $84\nTaxes = $84 × 0.25 = $21\nTake-home pay = $63",
        "63",
    ),
    ("The temperature dropped 12 degrees from 5°C, so it is now -7°C.", "-7"),
    (
        "Start with 100. Lose 20%: 80. Gain 25%: 100. So Fay ends up with exactly the $100 she started with.",
        "100",
    ),
    ("That would be 2 hours and 15 minutes, or 135 minutes.", "135"),
    (
        "The tank was 3/4 full with 36 L in it. 36 ÷ 3 = 12 and 12 × 4 = 48. The capacity of the tank is 48 liters, meaning 12 more liters will fill it up.",
        "48",
    ),
    (
        "Marta has 48 beads and wants to make bracelets with 8 beads each. 48 ÷ 8 = 6, so Marta can make 6 bracelets.",
        "6",
    ),
    (
        "There will be **7** slices left over.\n\n- Pizzas: 4\n- Slices per pizza: 8\n- Slices eaten: 25",
        "7",
    ),
    ("The answer is 22. I multiplied the 11 rows by 2 trees per row.", "22"),
    (
        "In der Kasse waren 1.250 Euro. Davon wurden 430 Euro ausgegeben, es bleiben also 820 Euro.",
        "820",
    ),
    ("The wall is 3.6 m high, or 360 cm.", "3.6"),
    (
        "Right answers: 17\nWrong answers: 3\nPoints: 17 × 5 − 3 × 2 = 85 − 6 = 79\n\nFinal score: 79",
        "79",
    ),
    (
        "Let's solve.\n\nPencils: 5 * 0.40 = 2.00\nErasers: 3 * 0.25 = 0.75\nSubtotal: 2.75\nTax (8%): 0.22\n\nAmount due: $2.97",
        "2.97",
    ),
    (
        "The twins are 7 and their brother is 3 times as old, so he's 21. The sum of the three ages is 7 + 7 + 21 = 35.",
        "35",
    ),
    (
        "If you drive for 3 hours at 50 mph you go 150 miles; the remaining 90 miles at 45 mph take 2 hours. Total driving time: 5 hours.",
        "5",
    ),
    ("Gina reads 30 pages a day, which means that a 420-page novel lasts her 14 days.", "14"),
    ("I believe the answer should be 64, since doubling 4 four times gives 8, 16, 32, 64.", "64"),
    ("Step 1) 500 - 125 = 375\nStep 2) 375 / 25 = 15\nStep 3) 15 weeks", "15"),
    (
        "The store receives 12 crates. Each crate has 30 melons for a total of 360 melons. 5% are spoiled, 18 melons. So 342 melons can be sold.",
        "342",
    ),
    ("x = 7", "7"),
    ("The difference between their heights is 165 − 148 = 17 cm.", "17"),
    ("Andy: 12\nBeth: 12 + 7 = 19\nCara: 2 × 19 = 38\n\n12 + 19 + 38 = 69", "69"),
    ("The cyclist has 18 km to go: the route is 60 km and 70% of it, 42 km, is behind him.", "18"),
    ("You will need about 11 bags of soil, as 10.4 bags can't be bought.", "11"),
    (
        "Two thirds of the 36 students passed, so 24 passed and 12 did not pass. The number of students who failed is 12.",
        "12",
    ),
    (
        "Irene is paid $15 for each of the first 10 lessons ($150) and $12 for each further one. For 16 lessons she's paid 150 + 6 × 12 = $222.",
        "222",
    ),
    (
        "My calculation: (85 + 90 + x)/3 = 88 → 175 + x = 264 → x = 89. Kim has to score 89 on the third test.",
        "89",
    ),
    (
        "Pia collected 14 stones on Saturday, 9 on Sunday. She then threw 6 of them back into the sea. How many stones does Pia have?\n\n14 + 9 = 23\n23 - 6 = 17\n\nPia has 17 stones.",
        "17",
    ),
    (
        "The bakery sold 8 dozen bagels = 96 bagels. 1/4 were plain, so 24. 1/3 were sesame, so 32. The others: 96 - 24 - 32 = 40.",
        "40",
    ),
    ("The shirt's final price is $24: a $40 shirt at 40% off.", "24"),
    ("Marie a 12 ans. Son frère a 5 ans de moins, donc 7 ans. Dans 10 ans, il aura 17 ans.", "17"),
    ("The area of the circle is π × 5² ≈ 78.5 square inches.", "78.5"),
    (
        "The frog jumps 3 feet up and slides 1 foot back each minute, a net gain of 2 feet. After 8 minutes it is at 16 feet, and in the 9th minute it jumps to 19 feet. So the frog gets out in 9 minutes.",
        "9",
    ),
    ("Out of the 24 hours in a day, Sam sleeps 8 and works 9, leaving 7 hours of free time.", "7"),
    ("\\[ \\frac{120}{8} = 15 \\]\n\nThere are 15 students on each team.", "15"),
    ("Tara's mean score is 87.5", "87.5"),
    (
        "It costs 45 cents per mile, that is $0.45 × 120 = $54 for the whole trip, of which Ron pays half, i.e. $27.",
        "27",
    ),
    (
        "Mr. Kim has taught for 25 years. He started when he was 24, so he is 49 years old today.",
        "49",
    ),
    (
        "There are 8 spiders with 8 legs, which makes 64 legs, and 10 ants with 6 legs, which makes 60 legs. The spiders have 4 more legs than the ants.",
        "4",
    ),
    (
        "Question: How many apples does Joe have?\n\nJoe starts with 5, gets 3 more and gives 2 away. That's 6.",
        "6",
    ),
]
