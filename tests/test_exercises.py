"""Exercises: each has hints, and a check that finds the one that fits an answer."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(
    path.stem
    for path in (ROOT / "docs/ko").glob("*.md")
    if "??? solution" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_answer_gets_the_hint_that_fits(name):
    """ANSWERS of tests/test_NAME.py: to each exercise a right one, then wrong ones."""
    chapter = importlib.import_module(f"snippets.{name}")
    answers = importlib.import_module(f"tests.test_{name}").ANSWERS
    for number, (*cases, beside) in answers.items():
        check = getattr(chapter, f"check_{number}")
        assert [check(*case) for case in cases] == list(range(len(cases))), number
        assert check(*beside) == -1, number
        assert len(cases) >= 4, number
