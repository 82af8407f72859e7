import re
from pathlib import Path

import pytest
import yaml

from publishing.page import CONFIGURATIONS, Page, relative

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("language", CONFIGURATIONS)
def test_teachers_are_told_to_cite_what_the_citation_file_says(language):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    expected = "{}. {}. Version {}, {}.".format(
        citation["authors"][0]["name"],
        citation["title"],
        citation["version"],
        citation["date-released"][:4],
    )
    assert expected in Page(ROOT / f"docs/{language}/teachers.md").lines


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "With half a day, "), ("ko", "수업 시간이 반나절뿐이면 ")],
)
def test_what_half_a_day_leaves_out_is_not_needed_for_the_rest(language, says):
    page = Page(ROOT / f"docs/{language}/teachers.md")
    (line,) = [line for line in page.lines if line.startswith(says)]
    left_out, rest = (
        re.findall(r"\]\((\w+)\.md\)", part) for part in line.split(". ", 1)
    )
    assert left_out
    day = page.source.partition("{ #one-day }")[2].partition(line)[0]
    rows = [row for row in day.splitlines() if row.startswith("|")]
    assert set(left_out) | set(rest) == set(re.findall(r"\((\w+)\.md\)", str(rows)))
    for name in rest:
        for path in (ROOT / "snippets").rglob(f"{name}.py"):
            imported = re.findall(
                r"^\s*from snippets\.(\w+) import", path.read_text("utf-8"), re.M
            )
            told = f"{relative(path)}:1: uses code of a chapter that {page.name} "
            assert not set(imported) & set(left_out), told + "leaves out; say so there"
