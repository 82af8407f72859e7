"""Mistakes that contributors make, each a small edit to a copy of the real book.

Each must be told by exactly the message that stands here, with its file and line.
"""

import re
import shutil
import unicodedata
from pathlib import Path

import pytest

from tests.checks import encoding, equations, fences, languages, links, numbers, terms
from tests.checks.book import Book

ROOT = Path(__file__).parents[2]
KO, EN = "docs/ko/training.md", "docs/en/training.md"
GLOSSARY = "docs/glossary.tsv"
SNIPPET = "snippets/training.py"
TEST = "tests/test_training.py"
JAMO = unicodedata.normalize("NFD", "손실은")

# name: (check, file, old, new, the message behind `path:line: `)
FAULTS = {
    "a digit in Korean": (
        numbers, KO, "손실은 3.345에서", "손실은 3.354에서",
        "3.354 is not computed by snippets/training.py; let it print the number, or "
        "declare it in both languages: `constants: [3.354]`",
    ),
    "a digit in English": (
        numbers, EN, "The loss stops at 3.345", "The loss stops at 3.346",
        "3.346 is not computed by snippets/training.py; ",
    ),
    "a digit too many": (
        numbers, EN, "The loss stops at 3.345", "The loss stops at 3.3451",
        "3.3451 is not computed by snippets/training.py; ",
    ),
    "a number in a formula": (
        numbers, KO, "$\\eta = 0.1$이면", "$\\eta = 0.12$이면",
        "0.12 is not computed by snippets/training.py; ",
    ),
    "a number in a table": (
        numbers, "docs/en/index.md", "| 5.319 |", "| 5.391 |",
        "5.391 is not computed by snippets/index.py; ",
    ),
    "a number in a caption": (
        numbers, KO, "학습률이 0.01일 때와", "학습률이 0.02일 때와",
        "0.02 is not computed by snippets/training.py; ",
    ),
    "a number with a minus sign": (
        numbers, KO, "기울기는 −1.0과", "기울기는 −1.3과",
        "−1.3 is not computed by snippets/training.py; ",
    ),
    "a percentage": (
        numbers, "docs/en/estimates.md",
        "The 95 % confidence interval for the intercept",
        "The 91 % confidence interval for the intercept",
        "91 % is not computed by snippets/estimates.py; ",
    ),
    "a power of ten": (
        numbers, EN, "# 7. Training { #training }",
        "# 7. Training { #training }\n\nThe step is $10^{-7}$ or $3 \\times 10^{-7}$.",
        "3 \\times 10^{-7} is not computed by snippets/training.py; ",
    ),
    "a number in thousands": (
        numbers, EN, "# 7. Training { #training }",
        "# 7. Training { #training }\n\nIt costs 1\u202f234.5 steps.",
        "1\u202f234.5 is not computed by snippets/training.py; ",
    ),
    "an equation edited on a page alone": (
        equations, KO, "v_{k+1} = v_k + \\nabla", "v_{k+1} = v_k - \\nabla",
        "equation 7.4 is not the one that tests/test_training.py:§ proves; prove and "
        "quote it there: ",
    ),
    "an equation edited in its test alone": (
        equations, TEST, "d_k \\le \\rho^k", "d_k \\ge \\rho^k",
        "equation 7.3 is not the one that tests/test_training.py:§ proves; ",
    ),
    "an equation without a test": (
        equations, TEST, '@pytest.mark.equation("7.1",', '@pytest.mark.other("7.1",',
        'no test proves equation 7.1; mark one with @pytest.mark.equation("7.1", r"…")',
    ),
    "a test without an equation": (
        equations, TEST, '@pytest.mark.equation("7.1",', '@pytest.mark.equation("7.9",',
        "no test proves equation 7.1; ",
    ),
    "an equation number used twice": (
        equations, EN, "\\tag{7.2}", "\\tag{7.1}",
        "this equation is numbered 7.1; number it 7.2",
    ),
    "a heading without its id": (
        links, KO, "## 학습은 무엇을 찾는가? { #target }", "## 학습은 무엇을 찾는가?",
        "this heading has no id; add { #id }, the same in both languages",
    ),
    "an id used twice": (
        links, EN, "{ #descent }", "{ #target }",
        "the id target stands above already; choose another",
    ),
    "a heading that skips a level": (
        links, EN, "### The loss does not budge", "#### The loss does not budge",
        "a heading of level 4 follows one of level 2",
    ),
    "a picture without words": (
        links, "docs/en/index.md",
        "![100 points; the dashed blue line of the true values and the orange line of "
        "the estimate nearly coincide.]", "![]",
        "say what one sees in this picture: ![…](…)",
    ),
    "a link into the other language": (
        links, KO, "[3장](data.md)의 데이터", "[3장](../en/data.md)의 데이터",
        "../en/data.md leaves this language; link within it",
    ),
    "a link to a page that is not there": (
        links, EN, "the data of [Chapter 3](data.md)", "the data of [3](date.md)",
        "date.md does not exist; correct the link",
    ),
    "a heading of another level in one language": (
        languages, EN, "## Which way is down? { #descent }",
        "### Which way is down? { #descent }",
        "docs/ko/training.md:§ has not a heading of level 3 with the id descent",
    ),
    "another id in one language": (
        languages, EN, "{ #descent }", "{ #descend }",
        "docs/ko/training.md:§ has not a heading of level 2 with the id descend",
    ),
    "another include in one language": (
        languages, EN, "training.py:descend", "training.py:ascend",
        "docs/ko/training.md:§ has not a fence 'python' with "
        '--8<-- "snippets/training.py:ascend"',
    ),
    "another equation in one language": (
        languages, EN, "v_{k+1} = v_k + ", "v_{k+1} = v_k - ",
        "docs/ko/training.md:§ has not the equation v_{k+1} = v_k - ",
    ),
    "another figure in one language": (
        languages, EN, "figure:training/path", "figure:training/loss",
        "docs/ko/training.md:§ has not a link or picture figure:training/loss",
    ),
    "another link in one language": (
        languages, EN, "matter for [Chapter 8](estimates.md)",
        "matter for [Chapter 8](estimates.md#coverage)",
        "docs/ko/training.md:§ has not a link or picture estimates.md#coverage",
    ),
    "another kind of admonition in one language": (
        languages, "docs/en/index.md", "## Where to start {",
        '??? solution "Solution"\n\n    It is 7.\n\n## Where to start {',
        "docs/ko/index.md:§ has not an admonition of the kind solution",
    ),
    "another number in one language": (
        languages, EN, "The loss stops at 3.345", "The loss stops at 3.35",
        "docs/ko/training.md:§ has not the number 3.35",
    ),
    "a paragraph in one language only": (
        languages, EN, "## Which way is down? { #descent }",
        "One more thing.\n\n## Which way is down? { #descent }",
        "docs/ko/training.md:§ has not a text in <p>",
    ),
    "a sentence changed in Korean alone": (
        languages, KO, "손실은 3.345에서 멈춘다.", "손실은 3.345에서 멈추지 않는다.",
        "changed since docs/en/training.md was last in line with it; compare "
        "docs/en/training.md:§, then `make synced PAGE=training`: "
        "손실은 3.345에서 멈추지 않는다.",
    ),
    "a sentence changed in English alone": (
        languages, EN, "The loss stops at 3.345.", "The loss never stops at 3.345.",
        "changed since docs/ko/training.md was last in line with it; compare "
        "docs/ko/training.md:§, then `make synced PAGE=training`: "
        "The loss never stops at 3.345.",
    ),
    "other constants in one language": (
        languages, EN, "constants: [0.0001, 0.001]", "constants: [0.0001, 0.002]",
        "its constants are not those of docs/ko/training.md",
    ),
    "a forbidden term": (
        terms, KO, "손실은 3.345에서 멈춘다.", "로스는 3.345에서 멈춘다.",
        "write 손실, not 로스 (docs/glossary.tsv)",
    ),
    "a term spelled apart": (
        terms, KO, "첫째 단부터 차례로 확인한다.", "경사 하강법을 차례로 확인한다.",
        "write 경사하강법, not 경사 하강법 (docs/glossary.tsv)",
    ),
    "a term without its English word": (
        terms, KO, "모멘텀(momentum) 계수가", "모멘텀 계수가",
        "first use on this page: write 모멘텀(momentum)",
    ),
    "a meaning in Korean alone": (
        terms, GLOSSARY,
        "호출할 때 넘기는 값.\tValue passed to a function when it is called.",
        "호출할 때 넘기는 값.\t",
        "say in English, too, what argument means",
    ),
    "a meaning in English alone": (
        terms, GLOSSARY, "\targument\t함수를 호출할 때 넘기는 값.", "\targument\t",
        "say in Korean, too, what argument means",
    ),
    "a meaning without an id": (
        terms, GLOSSARY, "\targument\t함수를", "\t\t함수를",
        "argument has a meaning and no id; give it one",
    ),
    "an id of two terms": (
        terms, GLOSSARY, "\tweight\t더하기", "\targument\t더하기",
        "the id argument stands in line §; choose another",
    ),
    "a hidden block": (
        fences, EN, "# 7. Training { #training }",
        "# 7. Training { #training }\n\n<!--\n```python\nimport os\n```\n-->",
        "a hidden block; show it or delete it",
    ),
    "a highlighted line that is not there": (
        fences, EN, '```python\n--8<-- "snippets/training.py:target"',
        '```python hl_lines="2 9"\n--8<-- "snippets/training.py:target"',
        "hl_lines names line 9 of a block of 3 lines",
    ),
    "a section that is not closed": (
        fences, SNIPPET, "# --8<-- [end:theta_of]\n", "",
        "section theta_of is not closed; add # --8<-- [end:theta_of]",
    ),
    "a section that is not opened": (
        fences, SNIPPET, "# --8<-- [start:theta_of]\n", "",
        "section theta_of ends here and begins nowhere above",
    ),
    "a section defined twice": (
        fences, SNIPPET, "# --8<-- [start:theta_of]\n",
        "# --8<-- [start:train]\n# --8<-- [end:train]\n# --8<-- [start:theta_of]\n",
        "section train is defined twice; rename this one",
    ),
    "a section that no page shows": (
        fences, SNIPPET, "# --8<-- [start:theta_of]\n",
        "# --8<-- [start:spare]\n# --8<-- [end:spare]\n# --8<-- [start:theta_of]\n",
        "no page shows section spare; show it or delete its markers",
    ),
    "a byte order mark": (
        encoding, KO, "---\ntitle", "\ufeff---\ntitle",
        "save this as UTF-8 without a byte order mark",
    ),
    "Windows line ends": (
        encoding, EN, "{ #training }\n", "{ #training }\r\n",
        "end lines with LF, not with CR LF",
    ),
    "Hangul as jamo": (
        encoding, KO, "손실은 3.345에서", JAMO + " 3.345에서",
        "save Hangul composed (NFC), not as jamo; search misses those",
    ),
    "Hangul as jamo in a snippet": (
        encoding, SNIPPET, "# one start for both", "# " + JAMO,
        "save Hangul composed (NFC), not as jamo; search misses those",
    ),
    "an empty page": (
        links, "docs/en/data.md", None, "",
        "this page is empty; write it or delete it",
    ),
    "a page with front matter only": (
        links, "docs/ko/data.md", None, "---\ntitle: 3. 데이터\n---\n",
        "this page is empty; write it or delete it",
    ),
}  # fmt: skip

# where the message points, if not to the first line of the edit: the file, what stands
# on the line, and how many lines above it
WHERE = {
    "a power of ten": (EN, "The step is", 0),
    "a number in thousands": (EN, "It costs", 0),
    "an equation edited in its test alone": (KO, "d_k \\le \\rho^k", 0),
    "an equation without a test": (KO, "\\theta_{k+1} = \\theta_k", 0),
    "a test without an equation": (KO, "\\theta_{k+1} = \\theta_k", 0),
    "an equation number used twice": (EN, "\\theta_{k+1} - \\hat\\theta", 0),
    "an id used twice": (EN, "## Which way is down?", 0),
    "another include in one language": (EN, "training.py:ascend", 1),
    "a hidden block": (EN, "<!--\n", 0),
    "a section that is not closed": (SNIPPET, "[start:theta_of]", 0),
    "a section that is not opened": (SNIPPET, "[end:theta_of]", 0),
    "a section defined twice": (SNIPPET, "# --8<-- [start:train]\n# --8<-- [end", 0),
    "Windows line ends": (EN, "# 7. Training", 0),
}


@pytest.fixture
def copy(tmp_path):
    for name in ("mkdocs.yml", "mkdocs.en.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(ROOT / "publishing", tmp_path / "publishing")
    shutil.copytree(ROOT / "snippets", tmp_path / "snippets")
    (tmp_path / "tests").mkdir()
    for path in (ROOT / "tests").glob("test_*.py"):
        shutil.copy(path, tmp_path / "tests")
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_told_with_its_line(copy, fault):
    check, file, old, new, message = FAULTS[fault]
    path = copy / file
    text = path.read_text(encoding="utf-8")
    if old is not None:
        assert text.count(old) == 1, f"{file} must hold this once: {old}"
    edited = new if old is None else text.replace(old, new)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(edited)
    told = [str(problem) for problem in check.problems(Book(copy))]
    assert told, "nobody noticed"
    expected = re.escape(message).replace("§", r"\d+")
    file, line, above = WHERE.get(fault, (file, new, 0))
    text = (copy / file).read_text(encoding="utf-8")
    number = text[: text.index(line)].count("\n") + 1 - above
    assert re.match(rf"{re.escape(file)}:{number}: {expected}", told[0]), told[0]
