"""Exercises: each has hints, and a check that finds the one that fits an answer.

A check is right if it accepts the answer that the solution prints, in whatever form,
and no other: Hypothesis looks for another.
"""

import functools
import importlib
import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.exercises import (
    OTHER,
    as_numbers,
    first_wrong,
    parts,
    plain,
    which,
    which_exactly,
    which_function,
    which_names,
)
from tools import answers as trees

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(
    path.stem
    for path in (ROOT / "docs/ko").glob("*.md")
    if "??? solution" in path.read_text(encoding="utf-8")
)
TOLERANCE = 0.02  # an answer that differs by more is wrong in every exercise
GARBAGE = [None, "", "2", [], {}, (None,), [[1.0], 2], 1j, object(), int, len]
GARBAGE += [lambda: None, math.nan, math.inf, -math.inf, 10**400, np.array("a")]
GARBAGE += [torch.tensor(math.nan), torch.zeros(2, 3), torch.tensor([]), torch.Tensor]
searching = settings(max_examples=50)


def _checks(name: str) -> dict[str, Callable]:
    """The functions of snippets/exercises/NAME.py that check an exercise, by label."""
    path = f"snippets/exercises/{name}.py"
    if not (ROOT / path).exists():
        pytest.fail(f"there is no {path}, but the chapter has exercises", pytrace=False)
    module = importlib.import_module(f"snippets.exercises.{name}")
    return {
        label: function
        for label, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not label.startswith("_")
    }


def _stated(name: str, what: str) -> dict[str, object]:
    """ANSWERS or SOLUTIONS of tests/test_NAME.py, by the labels of the exercises.

    ANSWERS are the arguments of each exercise's check. SOLUTIONS find, in what the
    solution prints, the arguments that it gives, in each way that it gives them.
    """
    path = f"tests/test_{name}.py"
    if (ROOT / path).exists():
        tests = importlib.import_module(f"tests.test_{name}")
        if hasattr(tests, what):
            return getattr(tests, what)
    message = f"there are no {what} in {path}, but the chapter has exercises"
    pytest.fail(message, pytrace=False)


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_answer_gets_the_hint_that_fits(name):
    """The first answer is right, one for each hint follows, the last fits no hint."""
    checks, answers = _checks(name), _stated(name, "ANSWERS")
    wrong = [
        f"snippets/exercises/{name}.py has no {label}(), tests/test_{name}.py has"
        for label in answers.keys() - checks.keys()
    ]
    for label, check in checks.items():
        exercise = f"exercise {label} of the chapter {name}"
        if len(answers.get(label, ())) < 5:
            wrong.append(
                f"{exercise}: tests/test_{name}.py needs a right answer, three wrong "
                f"ones with hints and one without in ANSWERS[{label!r}]"
            )
            continue
        last = len(answers[label]) - 1
        for number, answer in enumerate(answers[label]):
            expected = number if number < last else -1
            found = check(*answer)
            if found != expected:
                message = f"for {answer} the check returned {found}, not {expected}"
                wrong.append(f"{exercise}: {message}")
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_a_solution_prints_is_a_right_answer(name, run_chapter):
    """As recorded: where the pages run, the record is compared with what is printed."""
    checks, solutions = _checks(name), _stated(name, "SOLUTIONS")
    run = functools.cache(lambda: run_chapter(name)[0])
    wrong = [
        f"tests/test_{name}.py does not say where the solution of {label} prints its "
        f"answer; add SOLUTIONS[{label!r}]"
        for label in checks.keys() - solutions.keys()
    ]
    for label, answers in solutions.items():
        records = sorted((ROOT / f"snippets/outputs/{name}").glob(f"solution_{label}*"))
        printed = "".join(path.read_text(encoding="utf-8") for path in records)
        try:
            found = [
                (answer, checks[label](*answer)) for answer in answers(printed, run)
            ]
        except Exception as error:  # it prints something else than it did
            found = [(repr(error), None)]
        wrong += [
            f"snippets/{name}.py: the solution of the exercise {label} answers "
            f"{answer}, for which its check returns {hint}; fix one of the two"
            for answer, hint in found or [("nothing", None)]
            if hint != 0
        ]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


EACH = pytest.mark.parametrize(
    ("name", "label"),
    [(name, label) for name in CHAPTERS for label in _checks(name)],
)


@EACH
def test_no_wrong_answer_passes(name, label):
    check, answers = _checks(name)[label], _stated(name, "ANSWERS")[label]
    kinds = inspect.signature(check).parameters.values()
    exact = ["int" in str(kind.annotation) for kind in kinds]

    @searching
    @given(_wrong_answers(answers[0], exact))
    def search(answer):
        assert check(*answer) in range(-1, len(answers) - 1)
        assert check(*answer) != 0

    search()


def _wrong_answers(right: tuple, exact: list[bool]) -> st.SearchStrategy:
    """Answers that differ from the right one, in one part of it or in several."""
    wrong = st.tuples(*map(_wrong, right, exact))
    parts = st.sets(st.integers(0, len(right) - 1), min_size=1)
    mixed = st.builds(
        lambda other, parts: tuple(
            other[at] if at in parts else value for at, value in enumerate(right)
        ),
        wrong,
        parts,
    )
    exchanged = [
        (*right[:at], right[at + 1], right[at], *right[at + 2 :])
        for at in range(len(right) - 1)
        if type(right[at]) is type(right[at + 1]) and right[at] != right[at + 1]
    ]
    if exchanged:
        mixed |= st.sampled_from(exchanged)
    if all(type(value) in (int, float) for value in right):
        size = max(map(abs, right))
        together = st.sampled_from([-9, -2, -0.1, 0.1, 1, 9]).map(
            lambda by: tuple(value + by * size for value in right)
        )
        mixed |= together  # differences between the parts stay right
    return mixed


def _wrong(value: object, exact: bool) -> st.SearchStrategy:
    """Other values of the same kind; numbers are at least `TOLERANCE` away."""
    if value is None:
        return st.sampled_from([0, (), (2, 3)])
    if isinstance(value, bool):
        return st.sampled_from([not value, None, "yes", "no"])
    if isinstance(value, int | float):
        near = st.integers(-3, 3).map(lambda apart: value + apart)
        if not exact:
            near = st.floats(-3, 3).map(lambda apart: value * (1 + apart))
        limit = 0 if exact else TOLERANCE
        return (near | st.integers() | st.floats()).filter(
            lambda other: not math.isclose(other, value, rel_tol=limit, abs_tol=1e-11)
        )
    if isinstance(value, str):
        return st.text("0123.abeghistw") | st.sampled_from(
            [value[:-1], f"{value}.", f" {value}"]
        )
    if isinstance(value, list | tuple):
        return _wrong_list(value, exact)
    if isinstance(value, torch.Tensor):
        at = st.integers(0, len(value) - 1)
        moved = st.tuples(at, st.floats(0.1, 9)).map(lambda each: _moved(value, *each))
        return moved | st.sampled_from(
            [value[1:], value.repeat(2, 1), 2 * value, -value]
        )
    # a function or a class: those that are right somewhere are tried with the chapters
    return st.sampled_from([*filter(callable, GARBAGE), lambda *_: 0, lambda *_: 1.0])


def _wrong_list(value: list | tuple, exact: bool) -> st.SearchStrategy:
    at = st.integers(0, len(value) - 1)
    changed = at.flatmap(
        lambda at: _wrong(value[at], exact).map(
            lambda other: [*value[:at], other, *value[at + 1 :]]
        )
    )
    dropped = at.map(lambda at: [*value[:at], *value[at + 1 :]])
    doubled = at.map(lambda at: [*value, value[at]])
    wrong = changed | dropped | doubled
    if isinstance(value[0], str):
        return wrong  # names, in any order
    return wrong | st.permutations(value).filter(lambda other: other != list(value))


def _moved(value: torch.Tensor, at: int, by: float) -> torch.Tensor:
    moved = value.clone()
    moved[at] += by
    return moved


@EACH
def test_no_answer_breaks_a_check(name, label):
    """What is no answer at all gets a hint, or none, in each place."""
    check, answers = _checks(name)[label], _stated(name, "ANSWERS")[label]
    for at in range(len(answers[0])):
        for nonsense in GARBAGE:
            answer = list(answers[0])
            answer[at] = nonsense
            found = check(*answer)
            assert found in range(-1, len(answers) - 1), (found, nonsense)
            assert found != 0, nonsense


@EACH
def test_an_answer_is_right_in_any_form(name, label):
    """What Python, NumPy and torch have for a number, or for several."""
    check, right = _checks(name)[label], _stated(name, "ANSWERS")[label][0]
    for at, value in enumerate(right):
        for form in _forms(value):
            answer = [*right[:at], form, *right[at + 1 :]]
            assert check(*answer) == 0, form


def _forms(value: object) -> list:
    """The same as another kind: torch has both precisions, and keeps gradients."""
    if isinstance(value, bool):
        return [np.bool_(value), torch.tensor(value)]
    if isinstance(value, int | float):
        trained = torch.nn.Parameter(torch.tensor(float(value)))
        forms = [float(value), np.float64(value), torch.tensor(value), trained]
        return [*forms, torch.tensor([value]), np.array([[value]])]
    if isinstance(value, torch.Tensor):
        return [value.double(), value.flatten(), value.numpy(), value.tolist()]
    if isinstance(value, list | tuple):
        forms = [tuple(value), list(value)]
        if not any(each is None or isinstance(each, str) for each in value):
            forms += [
                torch.tensor(value),
                np.array(value),
                list(map(torch.tensor, value)),
            ]
        return forms
    return []


# Checks as data, for pages: tests/reading/test_answers.py compares what they say


@pytest.mark.parametrize("name", CHAPTERS)
def test_pages_have_the_checks_as_they_are(name):
    record = ROOT / f"snippets/outputs/{name}/answers.json"
    recorded = json.loads(record.read_text(encoding="utf-8"))
    if not trees.alike(recorded, trees.of_chapter(name)):
        message = f"the checks of {name} have changed; run `make record PAGE={name}`"
        pytest.fail(message, pytrace=False)


@EACH
def test_an_exercise_has_fields_unless_it_asks_for_what_nobody_types(name, label):
    asked = inspect.signature(_checks(name)[label]).parameters.values()
    kinds = " ".join(str(each.annotation) for each in asked)
    typed = not any(kind in kinds for kind in ("Callable", "Tensor", "type["))
    assert typed == (label in trees.of_chapter(name))


def _branches(first: float, second: float, names: list[str], pair: tuple) -> int:
    one, two = parts(pair, 2)
    hint = which((first, second), (1, 2), OTHER, (float("inf"), 0.5), relative=0)
    if hint == 0 and which_names(names, ("b", "a"), ("c",)) != 0:
        return 3
    return first_wrong(hint, which_exactly(one, "x"), which_exactly(two, None, True))


def test_a_check_becomes_the_questions_that_it_asks():
    def part(at):
        return {"of": {"name": "pair", "at": at, "count": 2}}

    second = part(1) | {"cases": [[None, 0], [True, 1]], "else": -1}
    first = part(0) | {"cases": [["x", second]], "else": -1}
    orders = [[["a", "b"], first], [["c"], 3]]
    names = {"of": "names", "sorted": True, "cases": orders, "else": 3}
    tolerance = {"relative": 0, "absolute": 1e-12}
    cases = [[[1, 2], names], [["Infinity", 0.5], 2]]
    assert trees.compiled(_branches) == {
        "kinds": dict(first="number", second="number", names="names", pair="list"),
        "tree": {"of": ["first", "second"]} | tolerance | {"cases": cases, "else": -1},
    }


def _called_in_vain(answer) -> int:
    try:
        return answer(1)
    except Exception:
        return which(answer, 1)


@pytest.mark.parametrize(
    "check",
    [
        _called_in_vain,
        lambda answer: which(2 * answer, 1),
        lambda answer: which(answer[0], 1),
        lambda answer: which((answer, 1), (1, 1)),
        lambda answer: 0 if answer == 1 else which(answer, 2),
        lambda answer: 0 if answer else which(answer, 2),
        lambda answer: which(len(answer), 1),
        lambda answer: which(answer(1), 1),
        lambda answer: which(as_numbers(answer), 1),
        lambda answer: which(answer, 1) if isinstance(answer, float) else -1,
        lambda answer: which_function(answer, [(1,)], abs),
        lambda answer, other: which(answer, 1),
    ],
)
def test_a_check_that_does_anything_else_becomes_nothing(check):
    with pytest.raises(trees.Opaque):
        trees.compiled(check)


def test_what_differs_in_rounding_is_alike():
    tree = trees.compiled(_branches)
    assert trees.alike(tree, json.loads(json.dumps(tree)))
    assert trees.alike([1.0, 2, "a", None], [1.000001, 2.0, "a", None])
    for other in ([1.001, 2], [1, 3], [1], [1, None], [1, "2"], [1, True], (1, 2)):
        assert not trees.alike([1, 2], other)
    assert not trees.alike({"of": "a"}, {"of": "b"})
    assert not trees.alike({"of": "a"}, {"if": "a"})


# What the checks are made of


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1.0, 0),
        (0.9, -1),
        (1.005, 0),  # the nearer of two that are near
        (1.007, 1),
        (1.02, 1),
        (1.03, -1),
        (math.nan, -1),
        (True, -1),
        ("1", -1),
        ((1.0, 1.0), -1),
        (3.0, -1),
        (0.0, 3),
        (1e-9, -1),
    ],
)
def test_the_nearest_candidate_counts_if_it_is_near(answer, expected):
    assert which(answer, 1, 1.012, OTHER, 0) == expected


def test_all_numbers_of_an_answer_count():
    assert which((1.0, 2.0), (1, 2), (2, 1)) == 0
    assert which(torch.tensor([[2.0], [1.0]]), (1, 2), (2, 1)) == 1
    assert which((1.0, 2.1), (1, 2), (2, 1)) == which((1.0,), (1, 2)) == -1
    assert which((6.285, 7.245), (6.29, 7.24), relative=0, absolute=0.006) == 0
    assert which((6.281, 7.240), (6.29, 7.24), relative=0, absolute=0.006) == -1


def test_a_function_is_one_that_agrees_everywhere():
    places = [(1.0,), (2.0,)]
    candidates = (lambda t: t * t, lambda t: t)
    assert which_function(lambda t: t**2, places, *candidates) == 0
    assert which_function(lambda t: t, places, *candidates) == 1
    assert which_function(lambda t: 1 + 2 * (t - 1), places, *candidates) == -1
    assert which_function(lambda t: t / 0, places, *candidates) == -1


def test_truth_values_are_no_numbers():
    assert which_exactly((False, True), (0, 1), (False, True)) == 1
    assert which_exactly(1, True, 1) == 1
    assert which_exactly(np.bool_(True), 1, True) == 1
    assert which_exactly(2.0, True, 2) == 1


def test_names_count_in_any_order():
    assert which_names({"b": 0, "a": 0}.keys(), ("a", "b")) == 0
    assert which_names(["b"], ("a", "b"), ("b",)) == 1
    for other in (["a", "b", "b"], None, ["a", 1], [("a", "b")]):
        assert which_names(other, ("a", "b")) == -1


def test_an_answer_has_as_many_parts_as_it_should():
    assert parts([(1, 2), torch.tensor(3)], 2) == ((1, 2), 3)
    for other in ([1], [1, 2, 3], 12, "12", None):
        assert np.isnan(parts(other, 2)).all()


def test_kinds_are_taken_off():
    mixed = [torch.tensor([1.0, 2.0]), (np.float32(0.5), None), "a"]
    assert plain(mixed) == ((1.0, 2.0), (0.5, None), "a")
    assert as_numbers([1, torch.tensor([2.0]), [[np.int64(3)]]]) == (1, 2, 3)
    assert np.isnan(as_numbers([True, "1", None, [1, 2], 1j, torch.Tensor])).all()
    assert as_numbers(10**400) == (math.inf,)
