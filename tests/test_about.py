import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from publishing.page import CONFIGURATIONS, Page, relative
from tests.conftest import ALARM, BUDGET
from tools import versions

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("language", CONFIGURATIONS)
def test_the_limit_of_false_alarms_is_the_one_that_the_tests_keep_to(language):
    """It is typed, in the row below the ones that are counted."""
    page = Page(ROOT / f"docs/{language}/about.md")
    line = max(i for i, row in enumerate(page.lines, 1) if "{{ counts." in row) + 1
    expected = f"{BUDGET:.6f}"
    if f"| {expected} |" not in page.lines[line - 1]:
        message = f"write {expected}, which is BUDGET in tests/conftest.py"
        pytest.fail(f"{relative(page.path)}:{line}: {message}", pytrace=False)


BOOKS = """
import pytest


@pytest.mark.alarms({checks})
@pytest.mark.parametrize("number", range(5))
def test_booked(number, alarm):
    alarm()


def test_fixed():
    pass


def test_free(seed):
    assert seed < {seeds}
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs tests with what tests/conftest.py adds."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(*options, checks=1, seeds=1):
        pytester.makepyfile(BOOKS.format(checks=checks, seeds=seeds))
        left_out = ("-p", "no:playwright", "-p", "no:hypothesispytest")
        return pytester.runpytest_inprocess("-p", "tests.conftest", *left_out, *options)

    return run


@pytest.mark.parametrize("processes", ["0", "2"])
def test_no_test_begins_that_would_take_the_sum_past_the_limit(processes, run):
    two = round(BUDGET / ALARM * 0.4)  # five are too many, two fit
    result = run("-n", processes, checks=two)
    result.assert_outcomes(passed=4, errors=3)
    result.stdout.fnmatch_lines(
        ["*.py:4: with this test, *", "*rate of this run: 8.0e-07"]
    )


def test_a_test_that_is_past_the_limit_by_itself_does_not_begin(run):
    result = run("-n", "0", checks=round(2 * BUDGET / ALARM))
    result.assert_outcomes(passed=2, errors=5)
    result.stdout.fnmatch_lines(["*rate of this run: 0.0e+00"])


def test_a_test_books_no_more_than_it_declares(run):
    result = run("-n", "0", "-k", "booked", checks=0)
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(["*.py:4: one statistical check more than declared; *"])


def test_seeds_are_those_of_tests_whose_law_holds_for_any(run):
    run("-n", "0", "--seeds", "3", seeds=3).assert_outcomes(passed=3, deselected=6)
    run("-n", "0", "--seeds", "3", seeds=2).assert_outcomes(passed=2, failed=1)
    run("-n", "0", "--seed", "2", "-k", "free", seeds=2).assert_outcomes(failed=1)


def test_the_table_of_versions_has_the_pinned_one_and_all_of_it_passes():
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = re.search(r"^torch==(\S+)", pins, re.M)[1]
    rows = versions.TABLE.read_text(encoding="utf-8").splitlines()
    numbers = [row.split() for row in rows]
    line = next((i for i, row in enumerate(numbers) if row[0] == pinned), None)
    if line is None or numbers[line][1::3] != numbers[line][3::3]:
        told = f"{relative(versions.TABLE)}:{(line or 0) + 1}: torch {pinned} is pinned"
        pytest.fail(f"{told}; make all of it pass, then `make versions`", pytrace=False)


def test_the_newest_versions_are_the_last_of_each_minor_one():
    listing = "torch (3.1.0)\nAvailable versions: 3.1.0, 3.0.1+cpu, 3.0.1, 3.0.0, 2.9.1"
    assert versions.newest(listing) == ["3.1.0", "3.0.1", "2.9.1"]
    assert versions.newest(listing, 2) == ["3.1.0", "3.0.1"]


def test_versions_are_measured_by_what_pytest_reports(monkeypatch):
    page = ROOT / "docs/en/index.md"
    monkeypatch.setattr(versions, "PAGES", [page])
    shown = [each.line for each in versions.blocks(Page(page)) if each.output]
    report = ElementTree.fromstring(
        f"""<testsuites>
        <testcase classname="docs.en.index.md" name="line {shown[0]}"/>
        <testcase classname="docs.en.index.md" name="line {shown[-1]}">
            <failure message="index.md:1: {versions.CHANGED}; fix it"/>
        </testcase>
        <testcase classname="tests.test_index" name="passes"/>
        <testcase classname="tests.test_index" name="fails"><failure message="a"/>
        </testcase>
        <testcase classname="tests.test_index" name="fails"><error message="b"/>
        </testcase>
        </testsuites>"""
    )
    passed, of = versions.measured(report)
    assert passed == {"blocks run": 2, "outputs as recorded": 1, "tests passed": 1}
    assert of == {"blocks run": 2, "outputs as recorded": 2, "tests passed": 2}
