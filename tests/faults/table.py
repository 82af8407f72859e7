"""Mistakes that authors make, each a small edit, and what they must be told.

A fault is found in one of four ways, see tests/faults/test_faults.py: by one of
tests/checks in the real book; or, in the book of one chapter that tests/tiny.py makes,
by PYTEST, which runs its pages; by BUILD, which builds its English edition; or by
EXECUTE, which builds that with its notebook executed.
"""

import unicodedata

from tests.checks import (
    amounts,
    chapters,
    encoding,
    equations,
    exercises,
    fences,
    formulas,
    languages,
    links,
    markup,
    numbering,
    numbers,
    project,
    quantities,
    routes,
    symbols,
    synced,
    terms,
    translation,
)

PYTEST, BUILD, EXECUTE = "pytest", "build", "execute"

KO, EN = "docs/ko/training.md", "docs/en/training.md"
GLOSSARY = "docs/glossary.tsv"
SNIPPET = "snippets/training.py"
TEST = "tests/test_training.py"
JAMO = unicodedata.normalize("NFD", "손실은")
NAV, NAV_EN, PINS = "mkdocs.yml", "mkdocs.en.yml", "requirements.txt"
CSS, MUTANTS = "docs/shared/styles/book.css", "snippets/outputs/about/mutants.txt"

# of the book of one chapter
SUMS_KO, SUMS_EN = "docs/ko/sums.md", "docs/en/sums.md"
INDEX_EN = "docs/en/index.md"
SUMS, SIGNS = "snippets/sums.py", "snippets/signs.py"
CHECKS, FIGURES = "snippets/exercises/sums.py", "snippets/figures/sums.py"
IMPORTS = '```python\n--8<-- "snippets/sums.py:imports"\n```'
TOTAL = '```python\n--8<-- "snippets/sums.py:total"\n```'
TOTAL_IN_EN = (SUMS_EN, 'sums.py:total"', 1)
TOTAL_IN_KO = (SUMS_KO, 'sums.py:total"', 1)
PRINTED = 'f"1 + 2 = {math.fsum([Number(1), Number(2)]):g}"'

# name: (way, file, old, new, what stands behind `path:line: `, where § is any number);
# without `old` the file becomes `new`, without `new` it is deleted
FAULTS = {
    # the real book as tests/checks read it
    "a digit in Korean": (
        numbers, KO, "손실은 3.345에서", "손실은 3.354에서",
        "3.354 is not computed in #loss-curve; let code there print it and run `make "
        "record PAGE=training`, or declare it in the front matter of both languages: "
        "`constants: {loss-curve: ['3.354']}`",
    ),
    "a digit in English": (
        numbers, EN, "The loss stops at 3.345", "The loss stops at 3.346",
        "3.346 is not computed in #loss-curve; ",
    ),
    "a digit too many": (
        numbers, EN, "The loss stops at 3.345", "The loss stops at 3.3451",
        "3.3451 is not computed in #loss-curve; ",
    ),
    "a number in a formula": (
        numbers, KO, "$\\eta = 0.1$이면", "$\\eta = 0.12$이면",
        "0.12 is not computed in #contraction; ",
    ),
    "a number in a table": (
        numbers, "docs/en/index.md", "| 5.319 |", "| 5.391 |",
        "5.391 is not computed in #question; ",
    ),
    "a number in a caption": (
        numbers, KO, "학습률이 0.01일 때가", "학습률이 0.03일 때가",
        "0.03 is not computed in #loss-curve; ",
    ),
    "a number with a minus sign": (
        numbers, KO, "$\\theta_1$이 −0.007에서", "$\\theta_1$이 −0.009에서",
        "−0.009 is not computed in #exercise-half; ",
    ),
    "a percentage": (
        numbers, "docs/en/estimates.md",
        "The 95 % confidence interval for the intercept",
        "The 91 % confidence interval for the intercept",
        "91 % is not computed in #post-rows; ",
    ),
    "a power of ten": (
        numbers, EN, "# Training { #training }",
        "# Training { #training }\n\nThe step is $10^{-7}$ or $3 \\times 10^{-7}$.",
        "3 \\times 10^{-7} is not computed in #training; ",
    ),
    "a number in thousands": (
        numbers, EN, "# Training { #training }",
        "# Training { #training }\n\nIt costs 1\u202f234.5 steps.",
        "1\u202f234.5 is not computed in #training; ",
    ),
    # whole numbers, number words, factors, levels and pairs, changed in one language
    "steps in a caption": (
        numbers, EN, "After 60 steps", "After 70 steps",
        "70 is not computed in #loss-curve; let code there print it",
    ),
    "observations in Korean": (
        numbers, KO, "관측값 100개를", "관측값 300개를",
        "300 is not computed in #loop; ",
    ),
    "bars in an alternative text": (
        numbers, "docs/ko/estimates.md", "세로 막대 50개가", "세로 막대 40개가",
        "40 is not computed in #coverage; ",
    ),
    "a year in a table's page": (
        numbers, "docs/en/about.md", "a blog post of 2020", "a blog post of 2019",
        "2019 is not computed in #about; ",
    ),
    "a number word": (
        numbers, "docs/en/model.md", "regression model in four ways",
        "regression model in six ways", "6 is not computed in #model; ",
    ),
    "a factor": (
        numbers, "docs/en/data.md", "the fluctuation halves", "the fluctuation doubles",
        "×2 is not computed in #spread; ",
    ),
    "a hundredfold in Korean": (
        numbers, "docs/ko/data.md", "데이터가 백 배 필요", "데이터가 천 배 필요",
        "×1000 is not computed in #spread; ",
    ),
    "a level in a caption": (
        numbers, "docs/en/estimates.md", "The 95 % confidence intervals for",
        "The 90 % confidence intervals for", "90 % is not computed in #coverage; ",
    ),
    "a level in a question": (
        numbers, "docs/ko/estimates.md", "$\\theta_1$의 90%, 95%, 99%",
        "$\\theta_1$의 80%, 95%, 99%", "80% is not computed in #exercise-wider; ",
    ),
    "a pair in the wrong order": (
        numbers, EN, "solution is (5.319, 6.762)", "solution is (6.762, 5.319)",
        "(6.762, 5.319) is in this order nowhere in #target; ",
    ),
    "an interval in the wrong order": (
        numbers, "docs/en/estimates.md", "5 lies in [4.95, 5.69]",
        "5 lies in [5.69, 4.95]",
        "[5.69, 4.95] is in this order nowhere in #intervals; ",
    ),
    "θ in the wrong order": (
        numbers, KO, "참값 $\\theta = (5, 7)$에서", "참값 $\\theta = (7, 5)$에서",
        "(7, 5) is in this order nowhere in #exercise-truth; ",
    ),
    "a shape in the wrong order": (
        numbers, "docs/ko/tensors.md", "이면 스트라이드는 (4, 1)",
        "이면 스트라이드는 (1, 4)",
        "(1, 4) is in this order nowhere in #exercise-strides; ",
    ),
    "a sum that is wrong": (
        numbers, "docs/en/data.md", "49 + 16 = 65", "49 + 16 = 64",
        "$49 + 16 = 64$ is wrong: 65 is not 64; compute it again",
    ),
    "a fraction that is wrong": (
        numbers, "docs/ko/loss.md", "8/3 - 3/2 = 7/6", "8/3 - 3/2 = 5/6",
        "$\\hat\\theta_0 = 8/3 - 3/2 = 5/6$ is wrong: 1.16667 is not 0.833333; ",
    ),
    "a constant that nothing needs": (
        numbers, EN, "exercise-truth: [100]", "exercise-truth: [100, 70]",
        "constants: nothing in #exercise-truth needs 70; take it out in both languages",
    ),
    "a sign in a display without a number": (
        formulas, "docs/en/loss.md",
        "\\exp\\!\\left(-\\frac{r_i^2}", "\\exp\\!\\left(\\frac{r_i^2}",
        "no test evaluates p(y_i) = ",
    ),
    "a factor in a display without a number": (
        formulas, "docs/ko/loss.md",
        "\\right)\n$$\n\n", "\\right)^2\n$$\n\n",
        "no test evaluates p(y_i) = ",
    ),
    "a difference the wrong way round in the prose": (
        formulas, KO, "= H(\\theta - \\hat\\theta)$", "= H(\\hat\\theta - \\theta)$",
        "no test evaluates \\nabla L(\\theta) = H(\\hat\\theta - \\theta); quote it in "
        "FORMULAS of tests/test_formulas.py, or give it a \\label",
    ),
    "a limit in the prose": (
        formulas, EN, "< \\eta < 2/", "< \\eta < 1/",
        "no test evaluates 0 < \\eta < 1/\\lambda_{\\max}; ",
    ),
    "a formula that no page shows": (
        formulas, "tests/test_formulas.py",
        'r"y = 5 + 7x": "noiseless",', 'r"y = 5 + 7x": "noiseless", r"y = 3x": "",',
        "no page shows y = 3x; take it out",
    ),
    "5 and 7 exchanged in a table": (
        quantities, "docs/en/index.md", "| 5 | 5.319 |", "| 7 | 5.319 |",
        "7 is not the value of what this row names; ",
    ),
    "two intervals exchanged in a table": (
        quantities, "docs/ko/index.md", "| 5.319 | [4.95, 5.69] |",
        "| 5.319 | [6.40, 7.12] |",
        "no line of the output has all numbers of this row: ",
    ),
    "a row of the other parameter": (
        quantities, "docs/en/index.md", "| 7 | 6.762 | [6.40, 7.12] |",
        "| 7 | 5.319 | [4.95, 5.69] |",
        "5.319 is not a number of what is named here; ",
    ),
    "an interval of the other parameter": (
        quantities, "docs/en/estimates.md", "for the intercept is [2.23, 4.96]",
        "for the slope is [2.23, 4.96]",
        "2.23 is not a number of what is named here; ",
    ),
    "an interval that does not hold": (
        quantities, "docs/ko/estimates.md", "있고 7은 [6.40", "있고 5는 [6.40",
        "5 lies outside of [6.40, 7.12]; correct it",
    ),
    "an error after another number of steps": (
        quantities, "docs/en/estimates.md", "After 40 steps it", "After 20 steps it",
        "the output has 20 and the decimals of this sentence in different lines; ",
    ),
    "the truth and the estimate exchanged": (
        quantities, KO, "참값 $\\theta = (5, 7)$에서",
        "참값 $\\theta = (5.319, 6.762)$에서",
        "(5.319, 6.762) is called the truth; snippets/data.py sets (5.0, 7.0)",
    ),
    "the true values exchanged": (
        quantities, "docs/en/notation.md", "true values are 5 and 7",
        "true values are 7 and 5",
        "(7, 5) is called the truth; snippets/data.py sets (5.0, 7.0)",
    ),
    "an ordinal in one language": (
        amounts, "docs/en/gradients.md",
        "to the sixth decimal", "to the eighth decimal",
        "docs/ko/gradients.md:§ has no eighth, in digits or in words",
    ),
    "an equation edited on a page alone": (
        equations, KO, "v_{k+1} = v_k + \\nabla", "v_{k+1} = v_k - \\nabla",
        "the equation accumulated-gradient is not the one that "
        "tests/test_training.py:§ tests; test and quote it there: ",
    ),
    "an equation edited in its test alone": (
        equations, TEST, "d_k \\le \\rho^k", "d_k \\ge \\rho^k",
        "the equation convergence-rate is not the one that "
        "tests/test_training.py:§ tests; ",
    ),
    "an equation without a test": (
        equations, TEST, '@pytest.mark.equation("step",', '@pytest.mark.other("step",',
        'no test tests the equation step; mark one with '
        '@pytest.mark.equation("step", r"…")',
    ),
    "an equation that is quoted and not evaluated": (
        equations, TEST,
        "def test_newton_needs_one_step(problem, equation):",
        "def test_newton_needs_one_step(problem):",
        "no test evaluates the equation newton-step; give this one the argument "
        "`equation`, and call it with a value for each symbol",
    ),
    "a test without an equation": (
        equations, TEST,
        '@pytest.mark.equation("step",', '@pytest.mark.equation("stop",',
        "no test tests the equation step; ",
    ),
    "an equation's label used twice": (
        equations, EN, "\\label{contraction}", "\\label{step}",
        "the equation step is not the one that tests/test_training.py:§ tests; ",
    ),
    "a heading without its id": (
        links, KO, "## 학습은 무엇을 찾는가? { #target }", "## 학습은 무엇을 찾는가?",
        "this heading has no id; add { #id }, the same in both languages",
    ),
    "an id used twice": (
        links, EN, "{ #descent }", "{ #target }",
        "the id target is used above already; choose another",
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
        links, KO, "[](data.md)의 데이터", "[](../en/data.md)의 데이터",
        "../en/data.md leaves this language; link within it",
    ),
    "a link to a page that is not there": (
        links, EN, "the data of [](data.md)", "the data of [](date.md)",
        "date.md does not exist; correct the link",
    ),
    "a heading of another level in one language": (
        languages, EN, "## Which way is down? { #descent }",
        "### Which way is down? { #descent }",
        "docs/ko/training.md:§ has no heading of level 3 with the id descent",
    ),
    "another id in one language": (
        languages, EN, "{ #descent }", "{ #descend }",
        "docs/ko/training.md:§ has no heading of level 2 with the id descend",
    ),
    "another include in one language": (
        languages, EN, "training.py:rates", "training.py:ascend",
        "docs/ko/training.md:§ has no fence 'python' with "
        '--8<-- "snippets/training.py:ascend"',
    ),
    "another equation in one language": (
        languages, EN, "v_{k+1} = v_k + ", "v_{k+1} = v_k - ",
        "docs/ko/training.md:§ has no equation v_{k+1} = v_k - ",
    ),
    "another figure in one language": (
        languages, EN, "figure:training/loss", "figure:training/path",
        "docs/ko/training.md:§ has no link or picture figure:training/path",
    ),
    "another link in one language": (
        languages, EN, "[](layers.md) explains why a network",
        "[](layers.md#neurons) explains why a network",
        "docs/ko/training.md:§ has no link or picture layers.md#neurons",
    ),
    "another kind of admonition in one language": (
        languages, "docs/en/index.md", "## Where to start {",
        '??? solution "Solution"\n\n    It is 7.\n\n## Where to start {',
        "docs/ko/index.md:§ has no admonition of the kind solution",
    ),
    "another number in one language": (
        languages, EN, "The loss stops at 3.345", "The loss stops at 3.35",
        "docs/ko/training.md:§ has no number 3.35",
    ),
    "a paragraph in one language only": (
        languages, EN, "## Which way is down? { #descent }",
        "One more thing.\n\n## Which way is down? { #descent }",
        "docs/ko/training.md:§ has no paragraph that matches this one",
    ),
    "a sentence changed in Korean alone": (
        synced, KO, "손실은 3.345에서 멈춘다.", "손실은 3.345에서 멈추지 않는다.",
        "changed since docs/en/training.md was last in line with it; compare "
        "docs/en/training.md:§, then `make synced PAGE=training`: "
        "손실은 3.345에서 멈추지 않는다.",
    ),
    "a sentence changed in English alone": (
        synced, EN, "The loss stops at 3.345.", "The loss never stops at 3.345.",
        "changed since docs/ko/training.md was last in line with it; compare "
        "docs/ko/training.md:§, then `make synced PAGE=training`: "
        "The loss never stops at 3.345.",
    ),
    "other constants in one language": (
        languages, EN, "constants:\n", "constants:\n  path: [1]\n",
        "its constants are not those of docs/ko/training.md",
    ),
    "a forbidden term": (
        terms, KO, "손실은 3.345에서 멈춘다.", "로스는 3.345에서 멈춘다.",
        "write 손실, not 로스 (docs/glossary.tsv)",
    ),
    "a term spelled apart": (
        terms, KO, "목록을 차례로 확인한다.", "경사 하강법을 차례로 확인한다.",
        "write 경사하강법, not 경사 하강법 (docs/glossary.tsv)",
    ),
    "a term without its English word": (
        terms, KO, "**모멘텀**(momentum)이라", "**모멘텀**이라",
        "first use on this page: write 모멘텀(momentum)",
    ),
    "a meaning in Korean alone": (
        terms, GLOSSARY,
        "호출할 때 넘기는 값.\tValue passed to a function when it is called.",
        "호출할 때 넘기는 값.\t",
        "say in English, too, what argument means",
    ),
    "a meaning in English alone": (
        terms, GLOSSARY, "\tdata\t함수를 호출할 때 넘기는 값.\t", "\tdata\t\t",
        "say in Korean, too, what argument means",
    ),
    "a meaning without an id": (
        terms, GLOSSARY, "\targument\tdata\t", "\t\tdata\t",
        "argument has a meaning and no id; give it one",
    ),
    "an id of two terms": (
        terms, GLOSSARY, "\tweight\tanatomy ", "\targument\tanatomy ",
        "the id argument is used in line §; choose another",
    ),
    "a hidden block": (
        fences, EN, "# Training { #training }",
        "# Training { #training }\n\n<!--\n```python\nimport os\n```\n-->",
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
        encoding, SNIPPET, "# as many inputs as columns", "# " + JAMO,
        "save Hangul composed (NFC), not as jamo; search misses those",
    ),
    "an empty page": (
        links, "docs/en/data.md", None, "",
        "this page is empty; write it or delete it",
    ),
    "a page with front matter only": (
        links, "docs/ko/data.md", None, "---\ntitle: 데이터\n---\n",
        "this page is empty; write it or delete it",
    ),
    "a whole number in English": (
        amounts, "docs/en/data.md", "With 100 rows, the", "With 300 rows, the",
        "docs/ko/data.md:§ has no 300, in digits or in words",
    ),
    "a whole number in Korean": (
        amounts, KO, "원소가 1조 개이기", "원소가 2조 개이기",
        "docs/en/training.md:§ has no 2조, in digits or in words",
    ),
    "a factor in English": (
        amounts, "docs/en/loss.md", "loss is half the square", "loss is the square",
        "docs/en/loss.md:§ has no 절반, in digits or in words",
    ),
    "a factor in Korean": (
        amounts, "docs/ko/loss.md",
        "한 스텝이 백 배가 되므로", "한 스텝이 천 배가 되므로",
        "docs/en/loss.md:§ has no 천 배, in digits or in words",
    ),
    "a chapter's number typed in English": (
        numbering, EN, "The loss stops at 3.345", "As in Chapter 8, it stops at 3.345",
        "Chapter 8 is typed; write [](NAME.md), which is filled in",
    ),
    "a chapter's number typed in Korean": (
        numbering, KO, "손실은 3.345에서", "8장에서 보듯 손실은 3.345에서",
        "8장 is typed; write [](NAME.md), which is filled in",
    ),
    "an equation's number typed": (
        numbering, EN, "The loss stops at", "By equation (7.1), the loss stops at",
        "equation (7 is typed; write $\\eqref{LABEL}$, or [](NAME.md#eq-LABEL)",
    ),
    "an exercise's number typed": (
        numbering, KO, "손실은 3.345에서", "연습문제 7.1처럼 손실은 3.345에서",
        "연습문제 7 is typed; write [](NAME.md#exercise-LABEL), which is filled in",
    ),
    "a figure's number typed": (
        numbering, EN, "The loss stops at", "In Figure 7.2, the loss stops at",
        "Figure 7 is typed; write [](NAME.md#figure-LABEL), which is filled in",
    ),
    "an exercise numbered by hand": (
        numbering, EN, "**{ #steps }** Change", "**7.1** Start",
        "**7.1** is typed; write **{ #LABEL }** above an exercise",
    ),
    "a heading numbered by hand": (
        numbering, EN, "# Training { #training }", "# 7. Training { #training }",
        "# 7. is typed; a chapter's number is its place in nav; take it out",
    ),
    "a title numbered by hand": (
        numbering, EN, "title: Training", "title: 7. Training",
        "title: 7. is typed; take the number out of the title",
    ),
    "a tag typed": (
        numbering, EN, "\\label{contraction}", "\\tag{7.2}",
        "\\tag{ is typed; write \\label{LABEL}; equations are numbered in their order",
    ),
    "a number in a docstring": (
        numbering, SNIPPET, "return the loss before each step.", "as in Chapter 7.",
        "Chapter 7 is typed and may change; write the chapter's name",
    ),
    "a number in a test's comment": (
        numbering, TEST, "# the loss is quadratic", "# by equation (5.3), it is",
        "equation (5 is typed and may change; write NAME#eq-LABEL",
    ),
    "a source that is not there": (
        equations, SNIPPET, "loss#eq-partial-derivatives", "loss#eq-partial",
        "the page loss has no equation partial; it has: ",
    ),
    "a source on a page that is not there": (
        equations, SNIPPET, "loss#eq-partial-derivatives", "lost#eq-partial",
        "there is no page lost; correct lost#eq-partial",
    ),
    "a label of another page used twice": (
        equations, "docs/en/data.md", "\\label{moments}",
        "\\label{moments}\n$$\n\n$$\na = a \\label{step}",
        "the equation step is not the one that tests/test_training.py:§ tests; ",
    ),
    "a symbol that nobody introduces": (
        symbols, EN, "\\theta_k - \\eta \\, \\nabla", "\\theta_k - \\alpha \\, \\nabla",
        "the symbol \\alpha is not in docs/en/notation.md and not introduced here; say "
        "what $\\alpha$ is, or take one from there",
    ),
    "another symbol for a term": (
        symbols, EN, "The loss stops at",
        "The learning rate $\\alpha$ is 0.1. It stops at",
        "learning rate is \\eta in docs/en/notation.md, not \\alpha",
    ),
    "another symbol for a term in Korean": (
        symbols, KO, "손실은 3.345에서", "학습률 $\\alpha$이면 손실은 3.345에서",
        "학습률 is \\eta in docs/ko/notation.md, not \\alpha",
    ),
    "a chapter whose terms are used and which is not needed": (
        routes, KO, "'[](data.md), [](model.md), [](loss.md)'", "'[](data.md)'",
        "손실 is explained in anatomy, model, tensors, which this core does not need; "
        "do without, or name the chapter under `needs:`; or explain it here, and say "
        "so in docs/glossary.tsv",
    ),
    "a term that no chapter is said to explain": (
        routes, GLOSSARY, "\tmomentum\ttraining\t", "\tmomentum\t\t",
        "모멘텀: under `explained`, name the chapters that do, or write -",
    ),
    "a term that its chapter does not have": (
        routes, GLOSSARY, "\tmomentum\ttraining\t", "\tmomentum\tmodel\t",
        "no core of a chapter model has 모멘텀; correct `explained`",
    ),
    "a way for beginners without a chapter that it needs": (
        routes, "docs/ko/index.md", "{{ time }} | [](data.md), [](model.md), ",
        "{{ time }} | [](data.md), ",
        "loss needs model, which this way does not read before; name it, or do without",
    ),
    "the minutes of another chapter": (
        chapters, "docs/en/index.md", "{{ loss.minutes }}", "{{ model.minutes }}",
        "the time of model, in the row of loss",
    ),
    "a section moved elsewhere in one language": (
        languages, "docs/en/loss.md", "digits: rounding.md#digits",
        "digits: rounding.md#condition",
        "its moved are not those of docs/ko/loss.md",
    ),
    "a chapter that README.md leaves out": (
        chapters, "README.md", "1. `gradients`: an autograd engine", "6. An engine",
        "no line for gradients; write one here",
    ),
    "chapters in another order in English": (
        chapters, NAV_EN, "      - loss.md\n      - gradients.md",
        "      - gradients.md\n      - loss.md",
        "no page for loss; write one here",
    ),
    "a row that teachers miss": (
        chapters, "docs/en/teachers.md",
        "| 6 | Call `backward()` twice. What becomes of `.grad`? | "
        "[](gradients.md#accumulate) |\n",
        "",
        "no row for gradients; write one here",
    ),
    "an exercise that teachers are not told of": (
        chapters, "docs/en/teachers.md", ", [](training.md#exercise-limit)", "",
        "[](training.md#exercise-limit) is not in this row; name it once, as homework "
        "or as a surprise",
    ),
    "an exercise that teachers are told of twice": (
        chapters, "docs/ko/teachers.md", "[](training.md#exercise-limit)",
        "[](training.md#exercise-steps)",
        "[](training.md#exercise-steps) is more than once in this row; name it once, ",
    ),
    "a name that the page defines": (
        exercises, "snippets/exercises/training.py", "final_loss: float", "loss: float",
        "the page defines loss already; rename the parameter of truth() in "
        "snippets/exercises/training.py",
    ),
    "a parameter without a type": (
        exercises, "snippets/exercises/training.py", "steps_taken: int",
        "steps_taken", "steps() does not say what steps_taken is; annotate it",
    ),
    "a number in a solution that another part of the chapter prints": (
        exercises, EN, "Below the limit of 0.934", "Below the limit of 0.786",
        "0.786 is not printed by this solution; let its code print it and run `make "
        "record PAGE=training`",
    ),
    "Windows line ends in a figure's snippet": (
        encoding, "snippets/figures/training.py",
        "figure.subplots()\n    styles", "figure.subplots()\r\n    styles",
        "end lines with LF, not with CR LF",
    ),
    "Hangul as jamo in an exercise": (
        encoding, "snippets/exercises/training.py", "How many steps", JAMO,
        "save Hangul composed (NFC), not as jamo; search misses those",
    ),
    "a section in a figure's snippet": (
        fences, "snippets/figures/training.py", "def figure_path()",
        "# --8<-- [start:path]\ndef figure_path()",
        "no page shows section path; show it or delete its markers",
    ),
    "a page that nobody declared": (
        synced, "docs/synced/training.txt", None, None,
        "compare it with docs/en/training.md, then `make synced PAGE=training`",
    ),
    # mistakes that both languages of a page can have at once
    "a $ without its partner": (
        markup, EN, "Here $k$ is the step", "Here $k is the step",
        "this $ has no partner, or a blank beside it; write $…$ without those",
    ),
    "a $ that is not opened": (
        markup, KO, "$k$는 스텝", "k$는 스텝", "this $ has no partner, or a blank",
    ),
    "a blank before the closing $": (
        markup, EN, "Here $k$ is", "Here $k $ is", "this $ has no partner, or a blank",
    ),
    "a blank behind the opening $": (
        markup, KO, "$k$는 스텝", "$ k$는 스텝", "this $ has no partner, or a blank",
    ),
    "a formula that takes in words": (
        markup, EN, "Here $k$ is the step, and $\\nabla L$ is",
        "Here $k is the step, and\\nabla L$ is",
        "this $ is closed too late: words are in the formula, 'is the'",
    ),
    "a formula that takes in Korean": (
        markup, KO, "$k$는 스텝의 번호, $\\nabla L$은",
        "$k는 스텝의 번호,\\nabla L$은",
        "this $ is closed too late: words are in the formula, '는'",
    ),
    "a $$ that is not closed": (
        markup, EN, "\\label{step}\n$$\n", "\\label{step}\n",
        "this $$ is closed too late: words are in the formula",
    ),
    "the last $$ of a page not closed": (
        markup, KO, "\\label{newton-step}\n    $$\n", "\\label{newton-step}\n",
        "this $$ has no partner, or a blank beside it",
    ),
    "LaTeX outside a formula": (
        markup, EN, "The number $\\eta$ (", "The number \\eta (",
        "\\eta stands in no formula; put $…$ around it",
    ),
    "a cell too few": (
        markup, EN, "levels out | It is at", "levels out: It is at",
        "2 cells in this row, 3 in the head of the table; write as many ",
    ),
    "a cell too many": (
        markup, "docs/ko/index.md", "| 7 | 6.762 | [6.40, 7.12] |",
        "| 7 | 6.762 | [6.40, 7.12] | 95 % |",
        "5 cells in this row, 4 in the head of the table",
    ),
    "a | in a cell": (
        markup, KO, "| 바닥이거나 바닥에", "| $|v|$, 바닥이거나 바닥에",
        "5 cells in this row, 3 in the head of the table; write as many (a | in a cell",
    ),
    "a table torn in two": (
        markup, EN, "\n| It falls quickly,", "\n\n| It falls quickly,",
        "this | is in no table; see the lines above",
    ),
    "a hint indented by 2": (
        markup, KO, "    - 변화도가 가리키는 쪽,", "  - 변화도가 가리키는 쪽,",
        "indented by 2; in a box or a list, indent by 4",
    ),
    "a solution indented by 3": (
        markup, KO, "    −0.007에서 출발해", "   −0.007에서 출발해",
        "indented by 3; in a box or a list, indent by 4",
    ),
    "code of a solution indented by 2": (
        markup, EN, '    ```python\n    --8<-- "snippets/training.py:solution_limit"',
        '  ```python\n    --8<-- "snippets/training.py:solution_limit"',
        "indented by 2; in a box or a list, indent by 4",
    ),
    "the end of a solution at the margin": (
        markup, KO, "    이 방법을 뉴턴", "이 방법을 뉴턴",
        "this stands behind a solution and outside its box; indent it by 4",
    ),
    "a paragraph indented for no box": (
        markup, EN, "The loss stops at", "    The loss stops at",
        "indented, but in no box or list: this is shown as code",
    ),
    "an annotation without its item": (
        markup, SNIPPET, "# (4)!", "# (5)!",
        "(1)!, (2)!, (3)!, (5)! in this code, and 4 items in the list below it; write ",
    ),
    "an item without its annotation": (
        markup, EN, "4. Equation $\\eqref{step}$: subtracts",
        "4. Nothing.\n5. Equation $\\eqref{step}$: subtracts",
        "(1)!, (2)!, (3)!, (4)! in this code, and 5 items in the list below it",
    ),
    "a footnote that is not defined": (
        markup, EN, "The loss stops at 3.345.", "The loss stops at 3.345[^nobody].",
        "the footnote [^nobody] is not defined; write `[^nobody]: …` at the end",
    ),
    "a footnote that nothing refers to": (
        markup, EN, "The loss stops at", "[^spare]: Spare.\n\nThe loss stops at",
        "nothing refers to [^spare]; refer to it or delete it",
    ),
    "a link to an undefined reference": (
        markup, KO, "[오류가 난다](#forward-once)", "[오류가 난다][forward-once]",
        "[오류가 난다] is no link; write [words](page.md#id)",
    ),
    "a blank within a link": (
        markup, EN, "[an error](#forward-once)", "[an error] (#forward-once)",
        "[an error] is no link; write [words](page.md#id)",
    ),
    "bold that is not closed": (
        markup, EN, "**the bottom**", "**the bottom",
        "this ** has no partner; write it on both sides",
    ),
    "a caption that is not closed": (
        markup, KO, "자리가 넘는다.\n///", "자리가 넘는다.",
        "a caption begins with /// figure-caption and ends with ///",
    ),
    "a fence closed too late": (
        markup, KO, 'outputs/training/autograd.txt"\n```\n\n시작점을',
        'outputs/training/autograd.txt"\n\n시작점을',
        "this is inside a fence; close the fence above it",
    ),
    "a fence that takes in an equation": (
        markup, "docs/en/teachers.md", "```console\nmake test\n```\n",
        "```console\nmake test\n\n$$\na = b\n$$\n```\n",
        "this is inside a fence; close the fence above it",
    ),
    "conflict markers in a table": (
        encoding, EN, "| It falls quickly,", "<<<<<<< HEAD\n| It falls quickly,",
        "git could not merge this; write what is right, and delete its marks",
    ),
    "conflict markers in a list": (
        encoding, KO, "    - 변화도 쪽으로", "=======\n    - 변화도 쪽으로",
        "git could not merge this; write what is right, and delete its marks",
    ),
    "conflict markers in CSS": (
        encoding, CSS, ":root {\n", ":root {\n>>>>>>> other\n",
        "git could not merge this; ",
    ),
    "conflict markers in requirements": (
        encoding, PINS, "sympy==", "||||||| base\nsympy==",
        "git could not merge this; ",
    ),
    "Hangul as jamo in the glossary": (
        encoding, GLOSSARY, "함수를 호출할 때 넘기는", JAMO + " 호출할 때 넘기는",
        "save Hangul composed (NFC), not as jamo; search misses those",
    ),
    "Hangul as jamo in mkdocs.yml": (
        encoding, NAV, "language: ko\n", f"language: ko  # {JAMO}\n",
        "save Hangul composed (NFC), not as jamo",
    ),
    "a byte order mark in CSS": (
        encoding, CSS, "/* One look", "\ufeff/* One look",
        "save this as UTF-8 without a byte order mark",
    ),
    "a byte order mark in mkdocs.en.yml": (
        encoding, NAV_EN, "INHERIT", "\ufeffINHERIT",
        "save this as UTF-8 without a byte order mark",
    ),
    "a zero-width space in the glossary": (
        encoding, GLOSSARY, "함수를 호출할 때 넘기는", "함수를 호출할\u200b 때 넘기는",
        "nobody sees the character U+200B here; delete it",
    ),
    "a zero-width space in CSS": (
        encoding, CSS, ":root {", "\u200b:root {", "nobody sees the character U+200B",
    ),
    "a zero-width joiner on a page": (
        encoding, KO, "손실은 3.345에서", "손실\u200d은 3.345에서",
        "nobody sees the character U+200D here; delete it",
    ),
    "a soft hyphen on a page": (
        encoding, EN, "The loss stops at", "The lo\u00adss stops at",
        "nobody sees the character U+00AD here; delete it",
    ),
    "a figure's number behind a no-break space": (
        numbering, KO, "손실은 3.345에서", "그림\u00a07.9처럼 손실은 3.345에서",
        "그림\u00a07 is typed; write [](NAME.md#figure-LABEL), which is filled in",
    ),
    "an equation's number in parentheses alone": (
        numbering, EN, "The loss stops at", "By (7.9), the loss stops at",
        "(7.9) is typed; write $\\eqref{LABEL}$, or [](NAME.md#eq-LABEL)",
    ),
    "an equation's number as a formula": (
        numbering, KO, "손실은 3.345에서", "$(7.9)$에서 손실은 3.345에서",
        "(7.9) is typed; write $\\eqref{LABEL}$, or [](NAME.md#eq-LABEL)",
    ),
    "a section's number typed": (
        numbering, EN, "The loss stops at", "By Section 7.2, the loss stops at",
        "Section 7 is typed; write [its heading](NAME.md#ID)",
    ),
    # the two languages side by side
    "a Korean paragraph in English": (
        translation, EN,
        "The starting point is now random, and the end point is the same.",
        "시작점을 무작위로 정했는데도 끝나는 점은 그대로다.",
        "'시작점을' is Korean; translate it, or mark it <span lang=\"ko\">…</span>",
    ),
    "an English paragraph in Korean": (
        translation, KO, "시작점을 무작위로 정했는데도 끝나는 점은 그대로다.",
        "The starting point is now random. The end point is the same.",
        "'The starting point is now random' is English; translate it, or mark it ",
    ),
    "an English sentence in a Korean paragraph": (
        translation, KO, "손실은 3.345에서 멈춘다.", "The loss stops here, at 3.345.",
        "'The loss stops here, at' is English; translate it",
    ),
    "a Korean heading in English": (
        translation, EN, "## Which way is down? {", "## 어느 쪽으로 내려가는가? {",
        "'어느' is Korean; translate it",
    ),
    "an English heading in Korean": (
        translation, KO, "## 어느 쪽으로 내려가는가? {", "## Which way is down? {",
        "'Which way' is English; translate it",
    ),
    "an English caption in Korean": (
        translation, "docs/ko/data.md",
        "시드(seed) 0으로 만든 데이터. 점은 관측한 값이고, 직선은 데이터를 만든 사람만",
        "The data of seed 0, and the answer that only we know",
        "'and the answer that only we know' is English; translate it",
    ),
    "Korean words for a picture in English": (
        translation, EN, "![Three straight lines, for", "![세 직선, for",
        "'세' is Korean; translate it",
    ),
    "an English hint in Korean": (
        translation, KO, "- 변화도가 가리키는 쪽, 즉 오르막으로 움직이지 않았는가?",
        "- You have moved along the gradient. It points uphill.",
        "'You have moved along the gradient' is English; translate it",
    ),
    "a Korean question in English": (
        translation, EN, "question: What does each line", "question: 각 줄은 each line",
        "'각' is Korean; translate it",
    ),
    "an English title in Korean": (
        translation, KO, "title: 학습", "title: The training loop",
        "'The training' is English; translate it",
    ),
    "half a paragraph missing in English": (
        translation, EN,
        " It gathers speed on the way down, rolls past the bottom, climbs the far side "
        "and comes back. To remember past gradients and use them again is called "
        "**momentum**.", "",
        "this says less than docs/ko/training.md:§; write what is missing, or list it ",
    ),
    "a sentence missing in Korean": (
        translation, KO, "틀렸는지를 나타내는 $L(\\theta_k)$를",
        "틀렸는지를 나타내는 손실을",
        "docs/ko/training.md:§ has no $L(\\theta_k)$; say the same in both languages, ",
    ),
    "a sentence with code missing in English": (
        translation, EN, " `.grad` becomes `None`, not 0.", "",
        "docs/en/training.md:§ has no `.grad`; say the same in both languages, or ",
    ),
    "most of a hint missing in Korean": (
        translation, KO,
        "노이즈의 분산을 적지 않았는가? 그 값은 데이터를 거듭 새로 뽑을 때 참값에서 "
        "구한 손실의 평균이다. 지금 있는 데이터로 학습시키면 그 데이터의 손실은 어떻게 "
        "되는가?",
        "노이즈의 분산을 적지 않았는가?",
        "this says less than docs/en/training.md:§; write what is missing",
    ),
    "a slope beside nabla": (
        terms, KO, "그래서 변화도는 $\\theta$의", "그래서 기울기는 $\\theta$의",
        "docs/en/training.md:§ does not say slope, which is what 기울기 means; ",
    ),
    "a slope of backward()": (
        terms, KO, "`backward()`로 변화도를 구하는", "`backward()`로 기울기를 구하는",
        "backward()`로 기울기: a line has a slope (기울기), a loss a gradient (변화도)",
    ),
    "a slope that is cleared": (
        terms, KO, "앞 스텝의 변화도를 비운다.", "앞 스텝의 기울기를 비운다.",
        "docs/en/training.md:§ does not say slope, which is what 기울기 means; ",
    ),
    "a slope of the loss": (
        terms, KO, "맡기고, 변화도는", "맡기고, 손실의 기울기는",
        "손실의 기울기: a line has a slope (기울기), a loss a gradient (변화도)",
    ),
    "a slope of the loss in English": (
        terms, EN, "the gradient. Only the", "the slope of the loss. Only the",
        "slope of the loss: a line has a slope (기울기), a loss a gradient (변화도)",
    ),
    "an error that is another": (
        terms, "docs/ko/estimates.md", "구하면 표준오차가 된다.",
        "구하면 표준편차가 된다.",
        "docs/en/estimates.md:§ does not say standard deviation, which is what ",
    ),
    # what is no page
    "a page that the English navigation leaves out": (
        chapters, NAV_EN, "  - notation.md\n", "",
        "no page for notation; write one here",
    ),
    "a page that the navigation leaves out": (
        chapters, NAV, "  - glossary.md\n", "", "no page for glossary; write one here",
    ),
    "a chapter that the English navigation leaves out": (
        chapters, NAV_EN, "      - model.md\n", "", "no page for model; write one here",
    ),
    "a pin loosened": (
        project, PINS, "torch==2.13.0  #", "torch>=2.13.0  #",
        "torch>=2.13.0  # the book is about it: write NAME==VERSION, one a line",
    ),
    "a pin with a star": (
        project, PINS, "scipy==1.17.1  #", "scipy==1.17.*  #", "scipy==1.17.*  # ",
    ),
    "a pin of another version": (
        project, PINS, "numpy==2.4.6 ", "numpy==2.4.5 ",
        "numpy 2.4.6 is installed; pin that, or run `make setup`",
    ),
    "a pin of what is not there": (
        project, PINS, "attrs==", "attrss==",
        "attrss is not installed; run `make setup`, or take it out",
    ),
    "a pin dropped that another package needs": (
        project, PINS, "attrs==26.1.0\n", "",
        "no pin for attrs, which jsonschema needs; write attrs==26.1.0",
    ),
    "a pin dropped that a test imports": (
        project, PINS, "axe-playwright-python==0.1.8  # looks for barriers\n", "",
        "no pin for axe-playwright-python, which tests/reading/test_answers.py needs; ",
    ),
    "a package pinned twice": (
        project, PINS, "attrs==26.1.0\n", "attrs==26.1.0\nattrs==26.1.0\n",
        "attrs is pinned in line § already; keep one",
    ),
    "a picture that README.md does not find": (
        project, "README.md", "## Part I\n",
        "![A fit.](snippets/outputs/estimates/fits.svg)\n\n## Part I\n",
        "snippets/outputs/estimates/fits.svg does not exist; correct the link",
    ),
    "another figure in README.md": (
        project, "README.md", "## Part I\n",
        "![A fit.](snippets/outputs/loss/bowl.svg)\n\n## Part I\n",
        "the first page begins with another figure; show snippets/outputs/estimates/",
    ),
    "another number in README.md": (
        project, "README.md", "(5.319, 6.762)", "(5.391, 6.762)",
        "docs/en/index.md has no 5.391; correct the number",
    ),
    "another size of the engine in README.md": (
        project, "README.md", "grows to 60 lines", "grows to 40 lines",
        "docs/en/gradients.md has no 40 lines; correct the number",
    ),
    "more mutants noticed": (
        project, MUTANTS, "noticed ", "noticed 9",
        "`make mutate` counts this, nobody else; take the edit back",
    ),
    "more mutants that change nothing": (
        project, MUTANTS, "changing nothing ", "changing nothing 1",
        "`make mutate` counts this, nobody else; take the edit back",
    ),
    "mutants without their count": (
        project, MUTANTS, None, "", "`make mutate` counts this, nobody else; ",
    ),
    # the pages as pytest runs them
    "a file that is not there": (
        PYTEST, SUMS_KO, "sums.py:total", "suns.py:total",
        "snippets/suns.py does not exist; fix the path",
    ),
    "a section that is not there": (
        PYTEST, SUMS_EN, "sums.py:total", "sums.py:totel",
        "snippets/sums.py has no section 'totel'; it has: imports, total, "
        "solution_five",
    ),
    "an output that is not there": (
        PYTEST, SUMS_KO, "sums/total.txt", "sums/totel.txt",
        "snippets/outputs/sums/totel.txt does not exist; run `make record PAGE=sums`",
    ),
    "a block that raises": (
        PYTEST, SUMS, "Number(1)", "Number('x')",
        "ValueError in snippets/sums.py:10: ",
    ),
    "a block that does not parse": (
        PYTEST, SUMS, "pass\n", "pass pass\n",
        "SyntaxError in snippets/sums.py:8: invalid syntax",
    ),
    "a block that never ends": (
        PYTEST, SUMS, "print(f", "while True: pass\n    print(f",
        "TimeoutError in snippets/sums.py:10: still running ",
    ),
    "a block that prints a megabyte": (
        PYTEST, SUMS, PRINTED, '"a" * 1_000_000',
        "this block prints 1000001 characters, more than 20000",
    ),
    "a block that writes a file": (
        PYTEST, SUMS, "print(f", 'open("left.txt", "w")\n    print(f',
        "PermissionError in snippets/sums.py:10: a page may not write left.txt",
    ),
    "a block that asks the network": (
        PYTEST, SUMS, "print(f",
        "import socket; socket.create_connection(('192.0.2.1', 9))\n    print(f",
        "PermissionError in snippets/sums.py:10: a page may not use the network",
    ),
    "a block that must raise and does not": (
        PYTEST, SUMS_EN, TOTAL, f"<!--pytest.mark.raises(ValueError)-->\n{TOTAL}",
        "this block must raise ValueError, and raises nothing",
    ),
    "a mark that means nothing": (
        PYTEST, SUMS_KO, TOTAL, f"<!--pytest.mark.skip-->\n{TOTAL}",
        "pytest.mark.skip means nothing here",
    ),
    "a directive that pytest-codeblocks does not know": (
        PYTEST, SUMS_KO, "expected-output", "expected-ouput",
        "<!--pytest-codeblocks:expected-ouput--> means nothing here; only "
        "<!--pytest-codeblocks:expected-output--> does",
    ),
    "a changed output": (
        PYTEST, "snippets/outputs/sums/total.txt", "3", "4",
        "the output has changed; fix the snippet, or run `make record PAGE=sums`",
    ),
    "an output that is not shown": (
        PYTEST, SUMS_KO, "<!--pytest-codeblocks:expected-output-->\n\n", "",
        "this block prints, and the page shows no output",
    ),
    "typed output": (
        PYTEST, SUMS_EN, '--8<-- "snippets/outputs/sums/total.txt"', "1 + 2 = 3",
        "its output is recorded, not typed; write "
        '--8<-- "snippets/outputs/NAME/SECTION.txt"',
    ),
    "typed code": (
        PYTEST, SUMS_EN, '--8<-- "snippets/sums.py:imports"', "import math",
        'Python on a page comes from snippets; write --8<-- "snippets/NAME.py:SECTION"',
    ),
    "an empty block": (
        PYTEST, SUMS_EN, IMPORTS, "```python\n```", "this block is empty",
    ),
    "a space behind an include": (
        PYTEST, SUMS_KO, 'sums.py:imports"', 'sums.py:imports" ',
        "this include is not expanded; take out the spaces behind it",
    ),
    "a wrong fence": (
        PYTEST, SUMS_KO, IMPORTS, IMPORTS.replace("```python", "``` python"),
        "this would not run: write ```python instead of ``` python",
    ),
    "a tilde fence": (
        PYTEST, SUMS_EN, IMPORTS, IMPORTS.replace("```", "~~~"), "this would not run",
    ),
    "py without a reason": (
        PYTEST, SUMS_EN, IMPORTS, IMPORTS.replace("```python", "```py"),
        "say above it why: <!-- shown only: REASON -->",
    ),
    "shell": (
        PYTEST, SUMS_EN, IMPORTS, "```bash\nls\n```",
        "shell is not run here; write ```console",
    ),
    "a fence that is not closed": (
        PYTEST, SUMS_EN, "$$\na + b", "```text\n$$\na + b", "this fence is not closed",
    ),
    "an output without a block": (
        PYTEST, SUMS_EN, IMPORTS,
        f"<!--pytest-codeblocks:expected-output-->\n\n{IMPORTS}",
        "this stands between a block and its output",
    ),
    "an output that never comes": (
        PYTEST, SUMS_EN, "By $", "<!--pytest-codeblocks:expected-output-->\nBy $",
        "this stands between a block and its output",
    ),
    "LaTeX": (
        PYTEST, SUMS_KO, "a + b = b", "\\fraq{1}{2} = b",
        'LaTeX: Unknown command "\\fraq".',
    ),
    "LaTeX in English": (
        PYTEST, SUMS_EN, "By $", "By $\\frac{1}{$ and $",
        'LaTeX: Expected closing token "}"',
    ),
    "a reference to no equation": (
        PYTEST, SUMS_EN, "eqref{order}", "eqref{ordre}",
        "no equation on this page has \\label{ordre}",
    ),
    "a reference to no equation of another page": (
        PYTEST, INDEX_EN, "#eq-order", "#eq-ordre",
        "sums.md has no eq 'ordre'; it has: order",
    ),
    "a reference to no exercise": (
        PYTEST, SUMS_EN, "[](#exercise-five)", "[](#exercise-six)",
        "sums.md has no exercise 'six'; it has: five, nine",
    ),
    "a reference to no figure": (
        PYTEST, INDEX_EN, "#figure-line", "#figure-lime",
        "sums.md has no figure 'lime'; it has: line",
    ),
    "a reference to no page": (
        PYTEST, INDEX_EN, "[](sums.md) takes", "[](suns.md) takes",
        "suns.md does not exist",
    ),
    "a reference to a page without a number": (
        PYTEST, SUMS_KO, "[the start](index.md#start)", "[](index.md#start)",
        "[](index.md#start) needs a text: index.md has no number",
    ),
    "a value that nobody gives": (
        PYTEST, INDEX_EN, "{{ sums.minutes }}", "{{ minutes }}",
        "{{ minutes }} is not known; this page has: ",
    ),
    "a figure that is not recorded": (
        PYTEST, SUMS_KO, "figure:sums/line", "figure:sums/lime",
        "snippets/outputs/sums/lime.svg does not exist; let figure_lime() of "
        "snippets/figures/sums.py draw it, and run `make record PAGE=sums`",
    ),
    "a page without its translation": (
        PYTEST, SUMS_EN, None, None,
        "missing; docs/ko/sums.md needs its translation here",
    ),
    # notebooks, as the site is built
    "an exercise without its function": (
        BUILD, CHECKS, "def five", "def six",
        "snippets/exercises/sums.py has no five(), which finds the hint",
    ),
    "hints of no exercise": (
        BUILD, SUMS_EN, "## Exercises { #exercises }\n",
        '## Exercises { #exercises }\n\n??? hint "Early"\n\n    - Think.\n',
        "hints stand behind an exercise, **{ #label }**",
    ),
    "an exercise's module that is not Python": (
        BUILD, CHECKS, "def five(", "def five", "SyntaxError: unmatched ')'; fix it",
    ),
    "a snippet's snippet that is not Python": (
        BUILD, SIGNS, 'EQUALS = "="', "EQUALS =", "SyntaxError: invalid syntax; fix it",
    ),
    "a snippet's snippet that is not there": (
        BUILD, FIGURES, "from snippets.signs", "from snippets.sign",
        "its notebook imports snippets.sign, which is not there",
    ),
    "a page without a title": (
        BUILD, SUMS_EN, "title:", "name:",
        "a notebook needs a title; write `title:` above the page",
    ),
    "a page without a description": (
        BUILD, SUMS_EN, "description:", "subject:",
        "a notebook needs a description; write `description:` above the page",
    ),
    "a page without a heading": (
        EXECUTE, SUMS_EN, "# Sums { #sums }", "Sums.",
        "a notebook needs a title; write `# TITLE` above the text",
    ),
    "a cell that raises": (
        EXECUTE, SUMS, PRINTED, "1 / 0",
        "the cell total raises ZeroDivisionError: division by zero; fix it, or what it "
        "imports",
    ),
    "a cell that takes too long": (
        EXECUTE, SUMS, "print(f", "while True: pass\n    print(f",
        "the cell total still runs after 4 s; make it end, or smaller",
    ),
    "a name that a snippet's snippet has not": (
        EXECUTE, FIGURES, "import EQUALS", "import EQUAL",
        "the notebook raises ImportError: cannot import name 'EQUAL'",
    ),
    "no kernel": (
        EXECUTE, "publishing/notebooks.py", '"name": "python3"', '"name": "python4"',
        "the notebook is not executed: NoSuchKernel: No such kernel named python4",
    ),
}  # fmt: skip

# where the message points, if not to the first line of the edit: the file, what stands
# on the line, and how many lines above it
WHERE = {
    "a power of ten": (EN, "The step is", 0),
    "a number in thousands": (EN, "It costs", 0),
    "an equation edited in its test alone": (KO, "d_k \\le \\rho^k", 0),
    "an equation without a test": (KO, "\\theta_{k+1} = \\theta_k", 0),
    "an equation that is quoted and not evaluated": (
        TEST,
        "def test_newton_needs_one_step(problem):",
        1,
    ),
    "a test without an equation": (KO, "\\theta_{k+1} = \\theta_k", 0),
    "an equation's label used twice": (EN, "\\theta_{k+1} - \\hat\\theta", 0),
    "an id used twice": (EN, "## Which way is down?", 0),
    "another include in one language": (EN, "training.py:ascend", 1),
    "a hidden block": (EN, "<!--\n", 0),
    "a section that is not closed": (SNIPPET, "[start:theta_of]", 0),
    "a section that is not opened": (SNIPPET, "[end:theta_of]", 0),
    "a section defined twice": (SNIPPET, "# --8<-- [start:train]\n# --8<-- [end", 0),
    "Windows line ends": (EN, "# Training", 0),
    "Windows line ends in a figure's snippet": (
        "snippets/figures/training.py",
        "figure.subplots()\r\n    styles",
        0,
    ),
    "a factor in English": ("docs/ko/loss.md", "제곱의 절반이고", 0),
    "a label of another page used twice": ("docs/en/data.md", "a = a", 0),
    "chapters in another order in English": ("mkdocs.en.yml", "    - gradients.md", 0),
    "a name that the page defines": (KO, "    - $\\theta$가 참값에", 2),
    "a row that teachers miss": ("docs/en/teachers.md", "| 7 | Train", 0),
    "the minutes of another chapter": ("docs/en/index.md", "{{ loss.question }}", 0),
    "a chapter whose terms are used and which is not needed": (
        KO,
        "[](data.md)의 데이터",
        0,
    ),
    "a way for beginners without a chapter that it needs": (
        "docs/ko/index.md",
        "{ #one-evening }",
        0,
    ),
    "a chapter that README.md leaves out": ("README.md", "1. `training`", 0),
    "an exercise that teachers are not told of": (
        "docs/en/teachers.md",
        "| [](training.md#exercises)",
        0,
    ),
    "a $$ that is not closed": (EN, "\\theta_{k+1} = \\theta_k - \\eta", 0),
    "the last $$ of a page not closed": (KO, "\\theta - H^{-1} \\nabla", 1),
    "a table torn in two": (EN, "| It falls quickly,", 0),
    "an annotation without its item": (KO, 'training.py:train"', 1),
    "an item without its annotation": (EN, 'training.py:train"', 1),
    "a caption that is not closed": (KO, "손실이 최솟값보다 얼마나 높은지를", 1),
    "a fence closed too late": (KO, "시작점을 무작위로", 0),
    "a fence that takes in an equation": ("docs/en/teachers.md", "$$\na = b", 0),
    "conflict markers in CSS": (CSS, ">>>>>>> other", 0),
    "half a paragraph missing in English": (EN, "Think of a marble", 0),
    "a sentence missing in Korean": (EN, "1. **Forward pass.**", 0),
    "a sentence with code missing in English": (KO, "2. 앞 스텝의", 0),
    "a page that the English navigation leaves out": (NAV_EN, "  - glossary.md", 0),
    "a page that the navigation leaves out": (NAV, "  - about.md", -1),
    "a chapter that the English navigation leaves out": (NAV_EN, "      - loss.md", 0),
    "a pin dropped that another package needs": (PINS, "ziafont==", 0),
    "a pin dropped that a test imports": (PINS, "ziafont==", 0),
    "a package pinned twice": (PINS, "attrs==26.1.0\n", -1),
    "more mutants that change nothing": (MUTANTS, "mutants", 0),
    "a page that nobody declared": (KO, "---", 0),
    **dict.fromkeys(
        (
            "a block that raises",
            "a block that does not parse",
            "a block that never ends",
            "a block that prints a megabyte",
            "a block that writes a file",
            "a block that asks the network",
            "a block that must raise and does not",
            "a changed output",
            "typed output",
            "a cell that raises",
            "a cell that takes too long",
        ),
        TOTAL_IN_EN,
    ),
    "a mark that means nothing": TOTAL_IN_KO,
    "an output that is not shown": TOTAL_IN_KO,
    "a page without its translation": (SUMS_EN, "", 0),
    "an exercise without its function": (SUMS_EN, "??? hint", 0),
    "hints of no exercise": (SUMS_EN, '??? hint "Early"', 0),
    "a snippet's snippet that is not there": (FIGURES, "from matplotlib", 0),
    "a page without a title": (SUMS_EN, "---", 0),
    "a page without a description": (SUMS_EN, "---", 0),
    "a page without a heading": (SUMS_EN, "---", 0),
    "a name that a snippet's snippet has not": (SUMS_EN, "---", 0),
    "no kernel": (SUMS_EN, "---", 0),
}
