# ruff: noqa: E501, one case a line is easier to read
r"""Answers with remarks, checks and other quantities beside them."""

SOLUTIONS: list[tuple[str, str, bool | None]] = [
    ('**Problem:** Evaluate $\\displaystyle\\int_0^{1} x\\ln(1+x)\\,dx$.\n\n**Solution.** Integrate by parts with $u=\\ln(1+x)$ and $dv = x\\,dx$:\n\n$$\\int_0^1 x\\ln(1+x)\\,dx = \\left[\\frac{x^2}{2}\\ln(1+x)\\right]_0^1 - \\frac12\\int_0^1\\frac{x^2}{1+x}\\,dx.$$\n\nNow $\\frac{x^2}{1+x} = x - 1 + \\frac{1}{1+x}$, so the last integral is $\\frac12 - 1 + \\ln 2 = \\ln 2 - \\frac12$.\n\nHence the value is $\\frac{\\ln 2}{2} - \\frac{1}{2}\\left(\\ln 2 - \\frac12\\right) = \\frac14$.\n\n**Numerical check:** Simpson with 4 intervals gives 0.25001, consistent.', '\\frac{1}{4}', True),
    ("We apply L'Hôpital's rule twice:\n\nlim_{x→0} (1 - cos 3x)/x² = lim 3 sin 3x / (2x) = lim 9 cos 3x / 2 = 9/2\n\nSo the limit equals 9/2. A common mistake is to forget the chain rule, which would give 1/2 instead.", '\\frac{9}{2}', True),
    ('The distance from the point (2, 3, 1) to the line is found by minimizing $d(t)^2 = (t-2)^2 + (2t-3)^2 + (t-1)^2$. Expanding gives $6t^2 - 18t + 14$. The minimum is at $t = \\frac{18}{12} = \\frac32$. Then $d^2 = 6\\cdot\\frac94 - 27 + 14 = 13.5 - 13 = 0.5$.\n\nDistance = √0.5 ≈ 0.707', '\\frac{\\sqrt{2}}{2}', True),
    ('Simplify $\\sqrt{50}+\\sqrt{18}$.\n\n√50 = 5√2\n√18 = 3√2\nSum = 8√2 ✅', '8\\sqrt{2}', True),
    ('I think there are two cases to consider here.\n\nCase 1: The triangle is acute. Then by the law of sines $\\sin B = \\frac{10 \\sin 30^\\circ}{7} = \\frac{5}{7}$, and $B\\approx 45.6^\\circ$.\n\nCase 2: The triangle is obtuse. $B \\approx 134.4^\\circ$.\n\nSince the question says that angle $B$ is obtuse, only Case 2 applies and $B \\approx 134.4^\\circ$ (not $45.6^\\circ$).', '134.4^\\circ', True),
    ('Let $d = \\gcd(a,b)$, $a = dm$, $b = dn$. Since $\\text{lcm} = dmn = 180$ and $d = 6$, $mn = 30$ with $\\gcd(m,n)=1$. The pairs with $m<n$: $(1,30), (2,15), (3,10), (5,6)$. The smallest sum is $5+6=11$, so $a + b = 66$.\n\n**Final answer: $a=30,\\ b=36$, so $a+b=66$.**', '66', True),
    ('Answer: The two planes meet at an angle of about 1.23 radians, i.e. arccos(1/3) ≈ 70.5°.', '\\arccos\\left(\\frac{1}{3}\\right)', True),
    ('Mit der pq-Formel: x = 1 ± 2. Die Lösungen der Gleichung lauten $x_1 = 3$ und $x_2 = -1$. Probe: $9-6-3=0$.', '\\{-1,3\\}', True),
    ('Lösung: Aus der zweiten Gleichung folgt y = 4 − 2x. Einsetzen liefert 5x = 15 und x = 3.\n\nDie Lösungsmenge lautet L = {(3 | −2)}.', '(3,-2)', True),
    ('La solución de la ecuación es $x = 5$. Comprobación: $2\\cdot 5 = 10$.', '5', True),
    ("La solution de l'équation est $x = 5$. Vérification : $2\\cdot 5 = 10$.", '10', False),
    ('Корни уравнения: $x=3$ и $x=-1$. Проверка: $9-6-3=0$.', '-1,3', True),
]  # fmt: skip
