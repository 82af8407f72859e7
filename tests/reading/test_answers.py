"""Fields for answers to exercises: they say what the notebook's check says."""

import importlib
import json
import math

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from snippets.exercises import plain
from tests.reading.conftest import LANGUAGES, ROOT

pytestmark = pytest.mark.browser
RECORDS = sorted(ROOT.glob("snippets/outputs/*/answers.json"))
CHAPTERS = [record.parent.name for record in RECORDS]
# what the page says of each thing that is typed, or why it cannot be read
SAID = """async rows => {
    const { parse, verdict } = await import(new URL("answers.js", document.querySelector("script[src$='book.js']").src))
    const trees = {}
    for (const { dataset } of document.querySelectorAll("theta-answer"))
        trees[dataset.label] = JSON.parse(atob(dataset.check))
    return rows.map(([label, typed]) => {
        const { kinds, tree } = trees[label]
        const answers = {}
        try {
            Object.entries(kinds).forEach(([name, kind], at) => {
                answers[name] = parse(typed[at], kind)
            })
            return verdict(tree, answers)
        } catch (error) {
            return error.message
        }
    })
}"""
READ = """async rows => {
    const { parse } = await import(new URL("answers.js", document.querySelector("script[src$='book.js']").src))
    return rows.map(([typed, kind]) => {
        try {
            return [parse(typed, kind)]
        } catch (error) {
            return error.message
        }
    })
}"""


def near(tolerance: float) -> list[float]:
    """Factors on both sides of where a relative tolerance ends."""
    edges = 1 - tolerance, 1 / (1 - tolerance)
    return [edge * (1 + by) for edge in edges for by in (-1e-6, 1e-6)]


FACTORS = [1.005, 1.02, *(edge for each in (0.01, 0.002, 3e-4, 1e-4) for edge in near(each))]
FACTORS += [*near(0.05), -1, 0]
TERMS = [sign * by for by in (0.004, 0.006, 1) for sign in (-1.00001, -0.99999, 1.00001)]


def moved(value, change):
    """A value with each number in it changed."""
    if isinstance(value, tuple):
        return tuple(moved(each, change) for each in value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return change(value) if is_number else value


def variants(answer: tuple) -> list[tuple]:
    changes = [lambda x, by=by: x * by for by in FACTORS]
    changes += [lambda x, by=by: x + by for by in TERMS]
    found = [answer]
    for change in changes:
        found.append(moved(answer, change))
        found += [
            (*answer[:at], moved(part, change), *answer[at + 1 :])
            for at, part in enumerate(answer)
        ]
    return found


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_page_and_the_check_agree(page, name):
    """On all answers that the tests know, and near the edges of what is right."""
    module = importlib.import_module(f"snippets.exercises.{name}")
    known = importlib.import_module(f"tests.test_{name}").ANSWERS
    labels = json.loads((ROOT / f"snippets/outputs/{name}/answers.json").read_text())
    asked = [
        (label, variant)
        for label in labels
        for answer in known[label]
        for variant in variants(tuple(map(plain, answer)))
    ]
    asked = list(dict.fromkeys(asked))
    typed = [[label, [str(each) for each in answer]] for label, answer in asked]
    page.goto(f"en/{name}.html")
    said = page.evaluate(SAID, typed)
    expected = [getattr(module, label)(*answer) for label, answer in asked]
    wrong = [
        f"{label}{answer}: the page says {here}, the check {there}"
        for (label, answer), here, there in zip(asked, said, expected, strict=True)
        if here != there
    ]
    assert wrong == []
    assert {0, 1, -1} <= set(said)
