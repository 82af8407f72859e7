from pathlib import Path

import pytest

from publishing.page import CONFIGURATIONS, Page, relative
from tests.conftest import BUDGET

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
