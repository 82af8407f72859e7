from pathlib import Path

import pytest
import yaml

from publishing.page import CONFIGURATIONS, Page

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
