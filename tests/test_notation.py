"""The page `notation` says where a letter means something else."""

import re
from pathlib import Path

import pytest

from publishing.page import Book, relative
from tests.checks.symbols import _letters as letters

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"\| (?P<letters>\$[^|]*\$) \| (?P<meanings>.*) \|$")
LINK = re.compile(r"\]\((?P<page>\w+)\.md#eq-(?P<label>[\w-]+)\)")
# what counts something: a sum or product, a pair of indices, an index of a dimension,
# of an eigenvalue, of a layer
COUNTED = re.compile(
    r"\\(?:sum|prod)_\{(?P<sum>[ijkl])=[^}]*\}\^\{?(?P<last>\w)\}?"
    r"|_\{?(?P<pair>[ijkl]{2})\}?"
    r"|(?<![A-Za-z\\])(?P<whose>[abdhinsxyW]|\\lambda)_\{?(?P<one>[ijkl])\b"
)
USUAL = {("sum", "i", "n"), ("x", "i"), ("y", "i"), ("d", "k"), ("pair", "jj")}


def uses(latex):
    """Index letters of a formula that count neither observations nor parameters."""
    found = set()
    for match in COUNTED.finditer(latex):
        if match["sum"] and ("sum", match["sum"], match["last"]) not in USUAL:
            found.add(match["sum"])
        if match["pair"] and ("pair", match["pair"]) not in USUAL:
            found.update(match["pair"])
        if match["one"] and (match["whose"], match["one"]) not in USUAL:
            found.update({match["one"], match["whose"]} & set("ijkl"))
    return found


def index_problems(book):
    """Equations in which an index counts something else and the page is silent."""
    for language in ("ko", "en"):
        notation = book.pages[language, "notation"]
        told = {}
        for line in notation.lines[notation.line_of("{ #two-meanings }") :]:
            if row := ROW.match(line):
                for letter in letters(row["letters"]):
                    links = LINK.finditer(row["meanings"])
                    told[letter] = {(link["page"], link["label"]) for link in links}
        for (other, name), page in book.pages.items():
            if other != language or name == "notation":
                continue
            for formula in filter(lambda each: each.label, page.formulas):
                for letter in sorted(uses(formula.unlabeled)):
                    if (name, formula.label) not in told.get(letter, ()):
                        yield (
                            f"{relative(page.path)}:{formula.line}: {letter} counts "
                            f"something else; say what in {relative(notation.path)}, "
                            f"in the row of ${letter}$, which has no link to "
                            f"[]({name}.md#eq-{formula.label})"
                        )


def letter_problems(book):
    """Letters that formulas of two chapters have and the page has not."""
    for language in ("ko", "en"):
        notation = book.pages[language, "notation"]
        known = {each for f in notation.formulas for each in letters(f.latex)}
        first = {}
        for (other, name), page in book.pages.items():
            if other == language and "question" in page.front:
                for formula in page.formulas:
                    for letter in letters(formula.latex) - known:
                        there = first.setdefault(letter, name)
                        if there != name:
                            yield (
                                f"{relative(page.path)}:{formula.line}: {letter} is in "
                                f"{there}, too; say in {relative(notation.path)} what "
                                "it means in each chapter"
                            )


def test_a_letter_of_two_chapters_and_an_index_that_counts_something_else_are_told():
    book = Book(ROOT)
    found = [*index_problems(book), *letter_problems(book)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize(
    ("latex", "found"),
    [
        (r"L(\theta) = \frac{1}{n} \sum_{i=1}^n (y_i - \theta_0 - \theta_1 x_i)^2", ""),
        (r"\operatorname{se}(\hat\theta_j) = s \sqrt{[(X^\top X)^{-1}]_{jj}}", ""),
        (r"(AB)_{ij} = \sum_{k=1}^{d} A_{ik} B_{kj}", "ijk"),
        (r"p(i_1, \dots, i_d) = o + \sum_{k=1}^{d} i_k s_k", "ik"),
        (r"\frac{2}{n} \sum_{j=1}^{n} (y_j - \bar y)^2", "j"),
        (r"\begin{pmatrix} 1 \\ x_j \end{pmatrix}", "j"),
        (r"\rho = \max_j \lvert 1 - \eta \lambda_j \rvert", "j"),
    ],
)
def test_an_index_that_counts_something_else_is_found(latex, found):
    assert uses(latex) == set(found)


def test_a_row_without_its_link_and_a_letter_without_its_row_are_found(tmp_path):
    docs = tmp_path / "docs"
    for language in ("ko", "en"):
        (docs / language).mkdir(parents=True)
        for page in (ROOT / "docs" / language).glob("*.md"):
            text = page.read_text(encoding="utf-8")
            if page.stem == "notation":
                text = text.replace("[](loss.md#eq-influence)", "")
                text = re.sub(r"\| \$A\$ \|.*\n", "", text)
            (docs / language / page.name).write_text(text, encoding="utf-8")
    (tmp_path / "mkdocs.yml").touch()
    book = Book(tmp_path)
    assert {line.split()[0].split(":")[0] for line in index_problems(book)} == {
        "docs/ko/loss.md",
        "docs/en/loss.md",
    }
    assert {line.split()[1] for line in letter_problems(book)} == {"A"}
