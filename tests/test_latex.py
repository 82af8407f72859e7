import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from tests import latex
from tests.mistakes import Equation, mistakes

A = np.array([[1.0, 2.0], [3.0, 5.0]])
B = np.array([[0.0, 1.0], [1.0, 1.0]])
COLUMN = np.array([[2.0], [3.0]])


def _all_are(samples, value):
    return all(sample == value for sample in samples)


@pytest.mark.parametrize(
    ("formula", "names", "expected"),
    [
        ("1 + 2 3 - 4 / 2", {}, 5),
        ("-2^2", {}, -4),
        (r"2 \cdot (-1) \cdot 3 \times 2", {}, -12),
        ("2a/b c", {"a": 3, "b": 2, "c": 5}, 15),
        (r"\frac{1}{2 + 2} \sqrt{16}", {}, 1),
        (r"a \pm 2", {"a": [1, 5]}, [[-1, 3], [3, 7]]),
        (
            r"\hat\theta_1 + \bar{x} \tilde y",
            {"theta_hat": [2], "x_bar": 3, "y_tilde": 4},
            14,
        ),
        (r"\theta_0", {"theta": {0: 5}}, 5),
        ("m_2 + m_k", {"m": [1, 2], "m_2": 10, "k": 1}, 11),
        ("A_{ij}", {"A": A, "i": 2, "j": 1}, 3),
        ("d_{l - 1}", {"d": {0: 7}, "l": 1}, 7),
        (r"L_{n \times n}", {"L_nxn": 9}, 9),
        (r"\lambda_{\max}(A)", {"A": A, "lambda_max": lambda A: A[0, 0]}, 1),
        ("(AB)_{ij}", {"A": A, "B": B, "i": 1, "j": 2}, 3),
        ("A^{-1} A", {"A": A}, np.eye(2)),
        ("A^\\top", {"A": A}, A.T),
        (r"v^\top A v", {"A": A, "v": [1, 1]}, 11),
        (
            r"A \begin{pmatrix} 2 \\ x_j \end{pmatrix}",
            {"A": A, "x": [3], "j": 1},
            A @ COLUMN,
        ),
        (r"2 \begin{pmatrix} 1 & 2 \\ 3 & 5 \end{pmatrix}", {}, 2 * A),
        (r"\lVert v \rVert + \lvert -2 \rvert", {"v": [3.0, 4.0]}, 7),
        (r"\sum_{i=1}^n x_i^2 + 1", {"n": 3, "x": [1, 2, 3]}, 15),
        (r"\sum_{i=1}^2 \sum_{j=1}^2 A_{ij} B_{ji}", {"A": A, "B": B}, 10),
        (r"\sum_i x_i \, \sum_i x_i", {"i": [1, 2], "x": [1, 2]}, 9),
        (r"\sum_{i=1}^0 \frac{1}{(x_i)} + 4", {"x": []}, 4),
        (r"\prod_{l=k+1}^{d} n_l", {"k": 1, "d": 3, "n": [2, 3, 4]}, 12),
        (r"\prod_{l=k+1}^{d} n_l", {"k": 3, "d": 3, "n": [2, 3, 4]}, 1),
        (r"\prod_{(a, b) \in P} (a - b)", {"P": [(5, 2), (3, 1)]}, 6),
        (r"\sum_{P: v \to w} P", {"v": 1, "w": 5, "to": range}, 10),
        (r"\max_j \lvert x_j \rvert", {"j": [1, 2], "x": [-3, 2]}, 3),
        (r"\max(0,\, x) - \min(2, 3)", {"x": [-3, 4]}, [-2, 2]),
        (r"\min x", {"x": [-3, 4]}, -3),
        ("f(x)^2 g", {"f": lambda x: x + 1, "x": 2, "g": 10}, 90),
        (r"\log p(x)", {"p": math.exp, "x": 2}, 2),
        (
            r"\operatorname{Im} f(t + ih)",
            {"Im": np.imag, "f": lambda t: t**2, "t": 3, "i": 1j, "h": 2},
            12,
        ),
        (r"f_\nu(t)", {"f": lambda nu: lambda t: nu - t, "nu": 5, "t": 1}, 4),
        (
            "f'(t) f^{(3)}(t) h^*",
            {"f_prime": abs, "f_prime3": abs, "t": -2, "h_star": 3},
            12,
        ),
        (
            r"\nabla L(t)",
            {"nabla": lambda L: lambda t: L(2 * t), "L": torch.sum, "t": torch.ones(2)},
            4,
        ),
        (r"\nabla (L + K)", {"nabla": abs, "L": -1, "K": -2}, 3),
        (
            r"\frac{\partial \hat y}{\partial x}",
            {"partial": lambda y, x: y - x, "y_hat": 7, "x": 4},
            3,
        ),
        (r"\Gamma\!\left(\frac{n}{2}\right) \pi", {"n": 6}, 2 * math.pi),
        (r"\det A", {"A": A}, -1),
        (r"P(x > 1)", {"P": np.mean, "x": np.array([0, 2, 3, 4])}, 0.75),
        (r"a \circ b", {"a": 5, "b": 3, "circ": pow}, 125),
        (r"t_{n - 2,\, 0.5}", {"t": lambda n, p: n * p, "n": 6}, 2),
        (r"p(i_1, \dots, i_d)", {"p": lambda *ends: len(ends), "i": [4, 5], "d": 2}, 3),
        (
            r"\begin{cases} a & a = 1 \\ b & a \in \{2, c\} \end{cases}",
            {"a": 2, "b": 8, "c": 0},
            8,
        ),
        (
            r"\begin{cases} a & a = 1 \\ b & a \in \{2, c\} \end{cases}",
            {"a": 1, "b": 8, "c": 0},
            1,
        ),
        (
            r"\{\, c\text{.}s : s \in S \,\} \cup C",
            {"c": "a", "S": ["b", "c"], "C": {"d"}},
            {"a.b", "a.c", "d"},
        ),
        (r"\bigcup_{c \in C} \{c, 9\}", {"C": [1, 2]}, {1, 2, 9}),
        (r"\bigcup_{c \in C} \{c, 9\}", {"C": []}, set()),
        ("u 3", {"u": Fraction(1, 3)}, Fraction(1)),
    ],
)
def test_a_formula_has_its_value(formula, names, expected):
    assert latex.problem("x", formula, names, expected=expected) is None
    if not isinstance(expected, set):
        wrong = np.add(expected, 1e-6)
        assert latex.problem("x", formula, names, expected=wrong)


@pytest.mark.parametrize(
    ("equation", "names", "holds"),
    [
        ("a = 2 = b", {"a": 2, "b": 2}, True),
        ("a = 2 = b", {"a": 2, "b": 2.001}, False),
        ("a = 1, \\qquad b = 2", {"a": 1, "b": 2}, True),
        ("a = 1, \\qquad b = 2", {"a": 1, "b": 1}, False),
        ("a = 1 \\quad\\Longrightarrow\\quad b = 2", {"a": 1, "b": 1}, False),
        ("a < 2 \\le b", {"a": 1, "b": 2}, True),
        ("a < 2 \\le b", {"a": 2, "b": 2}, False),
        ("a > 2 \\ge b", {"a": 3, "b": 3}, False),
        ("a \\le 2", {"a": [1, 3]}, False),
        ("(1 \\le a < 3)", {"a": 2}, True),
        ("(1 \\le a < 3)", {"a": 3}, False),
        ("a \\in \\{1, 2\\}", {"a": 2}, True),
        ("a \\in \\{1, 2\\}", {"a": 3}, False),
        ("a, b \\sim N(1)", {"a": 1, "b": 1, "N": abs, "sim": _all_are}, True),
        ("a, b \\sim N(1)", {"a": 1, "b": 2, "N": abs, "sim": _all_are}, False),
        ("a = \\{1\\}", {"a": {1}}, True),
        ("a = \\{1\\}", {"a": {1, 2}}, False),
        ("a = a", {"a": 1}, False),
        ("a", {"a": 1}, False),
    ],
)
def test_a_relation_holds_or_not(equation, names, holds):
    assert (latex.problem("x", equation, names) is None) == holds


def test_rounding_is_no_difference_and_a_bound_may_have_to_be_attained():
    assert not latex.problem("x", "a = 3", {"a": 3 * (1 + 1e-10)})
    assert latex.problem("x", "a = 3", {"a": 3 * (1 + 1e-8)})
    assert not latex.problem("x", "a = 3", {"a": 3.02}, rel=0.01)
    assert latex.problem("x", "a = 0", {"a": 1e-10})
    assert not latex.problem("x", "a = 0", {"a": 1e-10}, abs=1e-9)
    assert not latex.problem("x", r"a \le 3", {"a": 2})
    assert latex.problem("x", r"a \le 3", {"a": 2}, attained=True)
    with pytest.raises(ValueError, match="cannot be compared"):
        latex.problem("x", "a = b", {"a": np.ones(2), "b": np.ones(3)})


@pytest.mark.parametrize(
    ("equation", "told"),
    [
        ("a = b", "character 5: no value for b; pass b=…"),
        (r"a = \hat\theta", r"character 5: no value for \hat; pass theta_hat=…"),
        (r"a = \int x", r"character 5: no value for \int; pass int=…"),
        (r"a = \sum_i a", "character 10: i has no values; pass i=[…]"),
        ("a = 2^10", "character 7: 10 needs braces"),
        ("a = (2", "character 6: ) is missing"),
        ("a = 2)", "character 6: ) is not understood here"),
        ("a = 2 +", "character 7: something is not understood here"),
        (r"a = \begin{array} 1 \end{array}", "character 5: array is not known"),
        ("a = 2 ;", "character 7: ; is not understood here"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(equation, told):
    with pytest.raises(latex.CannotRead) as error:
        latex.problem("step", equation, {"a": 2})
    assert str(error.value) == f"equation step, {told}"


def test_arrays_are_counted_from_one():
    with pytest.raises(IndexError, match="counted from 1"):
        latex.problem("x", "x_0 = 3", {"x": [3]})


def test_mistakes_are_one_thing_each():
    assert sorted(mistakes(r"\hat y = \frac{1}{2} x_{ij}^2")) == sorted(
        [
            r"\hat x = \frac{1}{2} x_{ij}^2",
            r"\hat y = \frac{1}{2} i _{ij}^2",
            r"\hat y = \frac{1}{2} x_{j j}^2",
            r"\hat y = \frac{1}{2} x_{iy }^2",
            r" y = \frac{1}{2} x_{ij}^2",
            r"\hat y = 1 + \frac{1}{2} x_{ij}^2",
            r"\hat y = 2\frac {1}{2} x_{ij}^2",
            r"\hat y = \frac{2}{1} x_{ij}^2",
            r"\hat y = \frac{2}{2} x_{ij}^2",
            r"\hat y = \frac{1}{3} x_{ij}^2",
            r"\hat y = \frac{1}{2} x_{ji}^2",
            r"\hat y = \frac{1}{2} x_{ij}",
            r"\hat y = \frac{1}{2} x_{ij}^3",
        ]
    )


def test_values_that_do_not_show_a_mistake_leave_it():
    equation = Equation("square", "y = x^2")
    equation(x=2, y=4)
    assert "y = x^3" not in equation.survivors
    equation = Equation("square", "y = x^2")
    equation(x=1, y=1)
    assert equation.survivors == ["x = x^2", "y = y ^2", "y = x", "y = x^3"]
    with pytest.raises(AssertionError, match="is not needed"):
        equation.also_true("y = z")
    equation.also_true("y = x^3", "x = x", "y = y ^2")
    assert equation.survivors == ["y = x"]
    equation(x=-1, y=1)
    assert not equation.survivors
    with pytest.raises(
        AssertionError, match=r"equation square: y = x\^2 is wrong: 5 = 4"
    ):
        equation(x=2, y=5)


def test_the_fixture_wants_values_that_show_each_mistake(pytester):
    pytester.makeconftest("from tests.conftest import equation")
    pytester.makeini("[pytest]\nmarkers = equation(label, latex)")
    test = """\
        import pytest

        @pytest.mark.equation("square", "y = x^2")
        def test_{}(equation):
            {}
        """
    calls = {
        "right": "equation(x=3, y=9)",
        "wrong": "equation(x=3, y=8)",
        "weak": "equation(x=1, y=1)",
        "missing": "pass",
    }
    for name, call in calls.items():
        pytester.makepyfile(**{f"test_{name}": test.format(name, call)})
    # pytest-playwright cannot be in two pytests at once
    result = pytester.runpytest_inprocess("-n", "0", "-p", "no:playwright")
    result.assert_outcomes(passed=3, failed=1, errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "*equation square: y = x^2 is wrong: 8 = 9*",
            "*these values do not show what is wrong with: *; y = x; y = x^3*",
            "*the test has not evaluated its equation*",
        ]
    )
