"""Exercises: each has hints, and a check that finds the one that fits an answer."""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(
    path.stem
    for path in (ROOT / "docs/ko").glob("*.md")
    if "??? solution" in path.read_text(encoding="utf-8")
)


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


def _answers(name: str) -> dict[str, list[tuple]]:
    """ANSWERS of tests/test_NAME.py: for each exercise the arguments of its check."""
    path = f"tests/test_{name}.py"
    if (ROOT / path).exists():
        tests = importlib.import_module(f"tests.test_{name}")
        if hasattr(tests, "ANSWERS"):
            return tests.ANSWERS
    message = f"there are no ANSWERS in {path}, but the chapter has exercises"
    pytest.fail(message, pytrace=False)


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_answer_gets_the_hint_that_fits(name):
    """The first answer is right, one for each hint follows, the last fits no hint."""
    checks, answers = _checks(name), _answers(name)
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
