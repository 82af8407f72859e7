"""Fields for answers to exercises: they say what the notebook's check says."""

import importlib
import json
import math
import re
from base64 import b64decode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from publishing import notebook_pages
from snippets.exercises import plain
from tests.reading.conftest import LANGUAGES, ROOT

pytestmark = pytest.mark.browser
RECORDS = sorted(ROOT.glob("snippets/outputs/*/answers.json"))
CHAPTERS = [record.parent.name for record in RECORDS]
# what the page says of each thing that is typed, or why it cannot be read
SAID = """async rows => {
    const here = document.querySelector("script[src$='book.js']").src
    const { parse, verdict } = await import(new URL("answers.js", here))
    const trees = {}
    for (const { dataset } of document.querySelectorAll("theta-answer"))
        trees[dataset.label] = JSON.parse(atob(dataset.check))
    return rows.map(([label, ...typed]) => {
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
    const here = document.querySelector("script[src$='book.js']").src
    const { parse } = await import(new URL("answers.js", here))
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


FACTORS = [
    1.005,
    1.02,
    *(edge for each in (0.01, 0.002, 3e-4, 1e-4) for edge in near(each)),
]
FACTORS += [*near(0.05), -1, 0]
TERMS = [
    sign * by for by in (0.004, 0.006, 1) for sign in (-1.00001, -0.99999, 1.00001)
]


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
    asked = {
        (label, *map(str, variant)): variant
        for label in labels
        for answer in known[label]
        for variant in variants(tuple(map(plain, answer)))
    }
    page.goto(f"en/{name}.html")
    said = page.evaluate(SAID, list(map(list, asked)))
    wrong = []
    for (label, *typed), answer, here in zip(asked, asked.values(), said, strict=True):
        there = getattr(module, label)(*answer)
        if here != there:
            wrong.append(f"{label}{typed}: the page says {here}, the check {there}")
    assert wrong == []
    assert {0, 1, -1} <= set(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_typed(page, language):
    """Each thing, the kind of its field, and its value."""
    rows = [
        *(
            (typed, "number", 1.5)
            for typed in ("1.5", "1,5", " 3/2 ", "１．５", "1.5e0")
        ),
        *((typed, "number", 1.5) for typed in ("+1.5", "(1.5)", "3÷2", "150%")),
        *(
            (typed, "number", -3)
            for typed in ("-3", "−3", "–3", "- 3", "(-3)", "-(+3)")
        ),
        *((typed, "number", 1024) for typed in ("2^10", "2**10", "2¹⁰", "2 ^ (20/2)")),
        *((typed, "number", 0.001) for typed in ("1e-3", "1E-3", ".001", "10⁻³")),
        *((typed, "number", 6) for typed in ("2×3", "2·3", "2*3", "1+2+3", "9-2-1")),
        *((typed, "number", math.pi) for typed in ("pi", "π", "math.pi", "PI")),
        *((typed, "number", math.sqrt(2)) for typed in ("sqrt(2)", "√2", "np.sqrt(2)")),
        *(
            (typed, "number", math.log(10))
            for typed in ("ln(10)", "log(10)", "-ln 0.1")
        ),
        ("7/6", "number", 7 / 6),
        ("exp(-1)", "number", math.exp(-1)),
        ("-2^2", "number", -4),
        ("2^3^2", "number", 512),
        ("2^-1", "number", 0.5),
        ("12/3/2", "number", 2),
        ("1000000", "number", 1_000_000),
        ("0,125", "number", 0.125),
        *((typed, "list", [3, 1]) for typed in ("3, 1", "3,1", "(3, 1)", "[3, 1]")),
        *(
            (typed, "list", [3, 1])
            for typed in ("torch.Size([3, 1])", "（３，１）", "3,1,")
        ),
        *((typed, "list", [4]) for typed in ("(4,)", "4,", "[4]", "torch.Size([4])")),
        *((typed, "list", []) for typed in ("()", "[]")),
        ("[[4, 6], [8, 10]]", "list", [[4, 6], [8, 10]]),
        ("[[4, 6]]", "list", [[4, 6]]),
        ("[(8, 7, 6), None, (0,), ()]", "list", [[8, 7, 6], None, [0], []]),
        ("1.5, -1/2, 1e-5", "list", [1.5, -0.5, 1e-5]),
        ("None", "list", None),
        *((typed, "truth", True) for typed in ("True", "true")),
        *((typed, "name", "0.bias") for typed in ("0.bias", ' "0.bias"', "'0.bias'")),
        *((typed, "names", ["a.b", "c"]) for typed in ("a.b, c", "['a.b', 'c']")),
    ]
    page.goto(f"{language}loss.html")
    found = page.evaluate(READ, [row[:2] for row in rows])
    for (typed, kind, expected), value in zip(rows, found, strict=True):
        assert isinstance(value, list), f"{typed} as {kind}: {value}"
        if isinstance(expected, float):
            assert value[0] == pytest.approx(expected, rel=1e-14), typed
        else:
            assert value[0] == expected, typed


def test_infinities_are_read_at_once(page):
    page.goto("loss.html")
    typed = ["inf", "-inf", "∞", "nan", "1/0", "0/0", "9^9^9^9^9", "sqrt(-1)", "ln(0)"]
    found = page.evaluate(READ, [[each, "number"] for each in typed])
    assert not any(math.isfinite(value) for (value,) in found)
    rows = [["three_points", each, "1.5"] for each in typed]
    assert page.evaluate(SAID, rows) == [3] * len(rows)
    rows = [["three_points", "7/6", each] for each in typed]
    assert page.evaluate(SAID, rows) == [-1] * len(rows)


UNREADABLE = {
    "number": [
        *("하나", "abc", "1.5.2", "3 1", "(3", "3)", "(3]", "2*", "*2", "3+", "2pi"),
        *("sqrt", "sqrt()", "1;2", "alert(1)", "constructor", "__proto__", "None+1"),
        *("😀", "1..2", ".", "-", "()+1", "(1)(2)", "2 = 2", "x^2", "1½", "①"),
    ],
    "list": [
        "하나",
        "4",
        "3;1",
        "(3, 1",
        "3,,1",
        ",",
        "[1, [2]",
        "(1, 2) + 1",
        "Size 3",
    ],
}


@pytest.mark.parametrize(
    ("language", "begins"), [("", "읽을 수"), ("en/", "That cannot")]
)
def test_what_cannot_be_read_is_told_what_can(page, language, begins):
    page.goto(f"{language}loss.html")
    for kind, typed in UNREADABLE.items():
        found = page.evaluate(READ, [[each, kind] for each in typed])
        for each, said in zip(typed, found, strict=True):
            assert isinstance(said, str), f"{each} is read as {said}"
            assert "sqrt(2)" in said if kind == "number" else "(4,)" in said, each
            assert said.startswith(begins) or kind == "list", said


def test_other_things_that_are_not_read(page):
    page.goto("en/loss.html")
    asked = {
        "3, 1": "This field takes one number.",
        "(3, 1)": "This field takes one number.",
        "101,770": "Does the comma group digits",
        "1,234.5": "Does the comma group digits",
        "1" * 10_000: "That is too long.",
        "(" * 10_000: "That is too long.",
    }
    found = page.evaluate(READ, [[typed, "number"] for typed in asked])
    for said, begins in zip(found, asked.values(), strict=True):
        assert said.startswith(begins)


WORDS = {
    "": [
        "아직 답을 적지",
        "읽을 수 없다",
        "답이 다르다. 아래",
        "답이 다르다. 들어",
        "맞다.",
    ],
    "en/": [
        "There is nothing",
        "That cannot",
        "Not right. The",
        "Not right, and",
        "Right.",
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exercise_is_answered_with_the_keyboard_alone(page, complaints, language):
    page.goto(f"{language}loss.html")
    field = page.locator("theta-answer[data-label=three_points]")
    box = page.locator(".exercise", has=field)
    output, hints = field.locator("output"), box.locator("details.hint")
    intercept, slope = (
        field.get_by_label("intercept_hat"),
        field.get_by_label("slope_hat"),
    )
    empty, unread, hint, wrong, right = WORDS[language]

    slope.fill("1.5")
    slope.press("Enter")
    expect(output).to_contain_text(empty)
    expect(intercept).to_be_focused()
    expect(intercept).to_have_attribute("aria-invalid", "true")

    page.keyboard.type("7/육")
    page.keyboard.press("Enter")
    expect(output).to_contain_text(unread)
    expect(intercept).to_be_focused()
    expect(hints).not_to_have_attribute("open", "")

    intercept.fill("1,5")
    page.keyboard.press("Tab")
    page.keyboard.type("7/6")
    page.keyboard.press("Tab")
    expect(field.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(output).to_have_text(re.compile(f"^{hint}"))
    expect(hints).to_have_attribute("open", "")
    marked = hints.locator("li[aria-current]")
    expect(marked).to_have_count(1)
    expect(hints.locator("li").first).to_have_attribute("aria-current", "true")

    slope.fill("1.1")
    slope.press("Enter")
    expect(output).to_contain_text(wrong)
    expect(marked).to_have_count(0)
    expect(box.locator(".tick")).to_have_count(0)

    intercept.fill("7/6")
    slope.fill("3/2")
    slope.press("Enter")
    expect(output).to_have_text(right)
    expect(box.locator("strong + .tick")).to_have_count(1)
    slope.press("Enter")
    expect(box.locator(".tick")).to_have_count(1)
    assert complaints == []


def test_what_was_solved_is_ticked_in_both_languages_and_nothing_else(page):
    page.goto("en/loss.html")
    assert page.evaluate("localStorage.getItem('solved')") is None
    field = page.locator("theta-answer[data-label=three_points]")
    field.get_by_label("intercept_hat").fill("7/6")
    field.get_by_label("slope_hat").fill("3/2")
    field.get_by_role("button").click()
    page.goto("loss.html")
    ticked = page.locator(".exercise:has(.tick)")
    expect(ticked).to_have_count(1)
    expect(ticked).to_contain_text("5.1")
    expect(page.get_by_role("img", name="풀었음")).to_be_visible()
    kept = page.evaluate("localStorage.getItem('solved')")
    assert json.loads(kept) == ["loss#three_points"]
    page.goto("estimates.html")  # has a three_points, too
    expect(page.locator("theta-answer form").first).to_be_visible()
    expect(page.locator(".tick")).to_have_count(0)


def test_a_browser_that_keeps_nothing_still_answers(page):
    page.add_init_script("Storage.prototype.getItem = () => { throw new Error('no') }")
    page.goto("en/mistakes.html")
    field = page.locator("theta-answer[data-label=columns]")
    field.get_by_label("in_features").fill("3")
    field.get_by_role("button").click()
    expect(field.locator("output")).to_have_text("Right.")


def test_a_truth_value_is_chosen_and_ends_what_else_is_asked(page):
    page.goto("en/tensors.html")
    field = page.locator("theta-answer[data-label=square]")
    choice = field.get_by_label("raises_error")
    assert choice.locator("option").all_text_contents() == ["choose", "False", "True"]
    field.get_by_role("button").click()
    expect(choice).to_be_focused()
    choice.select_option("True")
    field.get_by_role("button").click()
    expect(field.locator("output")).to_contain_text("Not right. The hint")
    choice.select_option("False")
    field.get_by_role("button").click()
    expect(field.locator("output")).to_contain_text("field row_means")


def test_without_scripts_from_a_disk_and_on_paper_there_are_no_fields(
    page, browser, base_url, site
):
    still = browser.new_context(java_script_enabled=False, base_url=base_url).new_page()
    for opened, address in (
        (still, "en/loss.html"),
        (page, (site / "en/loss.html").as_uri()),
    ):
        opened.goto(address)
        field = opened.locator("theta-answer").first
        expect(field).to_be_attached()
        expect(field).to_be_hidden()
        assert field.inner_html() == ""
    still.context.close()
    page.goto("en/loss.html")
    field = page.locator("theta-answer").first
    expect(field).to_be_visible()
    page.emulate_media(media="print")
    expect(field).to_be_hidden()


def test_notebooks_copies_and_the_search_know_nothing_of_fields(site):
    html = (site / "loss.html").read_text(encoding="utf-8")
    assert "theta-answer" in html
    assert "theta-answer" not in notebook_pages.light(html)
    others = [
        path
        for path in site.rglob("*")
        if path.suffix in (".md", ".ipynb", ".json") or path.parent.name == "notebooks"
    ]
    assert len(others) > 2 * len(CHAPTERS)
    for path in others:
        assert b"theta-answer" not in path.read_bytes(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_carries_what_is_recorded_out_of_plain_sight(site, language):
    above_hints = re.compile(
        r'<theta-answer data-check="([\w+/=]+)" data-label="(\w+)" hidden="hidden">'
        r'</theta-answer>\s*<details class="hint">'
    )
    for record in RECORDS:
        html = (site / f"{language}{record.parent.name}.html").read_text("utf-8")
        found = above_hints.findall(html)
        carried = {label: json.loads(b64decode(check)) for check, label in found}
        assert carried == json.loads(record.read_text("utf-8"))
        assert html.count("<theta-answer") == len(carried)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_fields_say(page, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto("en/tensors.html")
    typed = {"pick": ("1", "(4,)", "(3, 2)"), "shapes": ("?",), "perfect": ("2", "1")}
    for label, answers in typed.items():
        field = page.locator(f"theta-answer[data-label={label}]")
        for at, answer in enumerate(answers):
            field.locator("input").nth(at).fill(answer)
        field.get_by_role("button").click()
    page.wait_for_selector("li[aria-current]")
    page.wait_for_selector("[aria-invalid]")
    page.wait_for_selector(".tick")
    found = Axe().run(page, ".exercise", {"resultTypes": ["violations"]})
    assert [each["id"] for each in found.response["violations"]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_fields_fit_a_phone_and_a_finger(page, language):
    page.set_viewport_size({"width": 320, "height": 800})
    for name in CHAPTERS:
        page.goto(f"{language}{name}.html")
        page.wait_for_selector("theta-answer form")
        small = page.evaluate("""() => {
            const controls = "theta-answer :is(input, select, button)"
            return [...document.querySelectorAll(controls)].filter(e => {
                const { width, height, right } = e.getBoundingClientRect()
                const box = e.closest(".exercise").getBoundingClientRect()
                return width < 44 || height < 44 || right > box.right
            }).map(e => e.outerHTML)
        }""")
        assert small == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_field_that_has_the_focus_shows_it(page):
    page.goto("en/tensors.html")
    field = page.locator("theta-answer[data-label=square]")
    for control in field.locator("input, select, button").all():
        control.focus()
        page.keyboard.press("Shift")  # from now on, the focus is the keyboard's
        style = control.evaluate("e => getComputedStyle(e).outline")
        assert "2px" in style and "solid" in style
