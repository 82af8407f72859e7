"""The two shapes to type in the chapter `tensors`: PyTorch's answers, and typing."""

import json
import re
from urllib.parse import quote

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from snippets.figures.tensors import explorable_broadcast
from tests.reading.conftest import LANGUAGES, ROOT

pytestmark = pytest.mark.browser
MEANT = {
    "(3, 1)": [3, 1],
    "3,1": [3, 1],
    "[3, 1]": [3, 1],
    "torch.Size([3, 1])": [3, 1],
    " torch.Size( [ 3 , 1 ] ) ": [3, 1],
    "（３，　１）": [3, 1],
    "(3, 1,)": [3, 1],
    "(3, 1": [3, 1],  # still being typed
    "torch.Size([3": [3],
    "(3,)": [3],
    "3": [3],
    "(0,)": [0],
    "()": [],
    "[]": [],
    "torch.Size([])": [],
    "": [],
    " ": [],
    "1," * 12: [1] * 12,
    "999999999": [999999999],
    "가나": "unreadable",
    "(3, a)": "unreadable",
    "3x1": "unreadable",
    "3 1": "unreadable",
    "3.5": "unreadable",
    "1e3": "unreadable",
    "(3,\n1)\n;": "unreadable",
    "(,)": "unreadable",
    "(3,,1)": "unreadable",
    "(3, 1]": "unreadable",
    "torch.Size": "unreadable",
    "NaN": "unreadable",
    "(-1, 3)": "negative",
    "−1": "negative",
    "1," * 13: "dimensions",
    "1000000000": "large",
    "9" * 150: "large",
}
sizes = st.integers(0, 4)
shapes = st.lists(sizes, max_size=4)
# few of any two sizes fit, so the sizes of one are often those of the other, or 1
fitting = shapes.flatmap(
    lambda shape: st.tuples(*(st.sampled_from([1, 1, n, n, n, 0]) for n in shape)).map(
        lambda other: (shape, list(other))
    )
)
twelve = st.lists(
    st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]), min_size=12, max_size=12
).map(lambda pairs: tuple(map(list, zip(*pairs, strict=True))))


@pytest.fixture
def call(page):
    """Calls a function of the script on many arguments at once."""
    page.goto("index.html")
    path = "./scripts/explorables/broadcast.js"
    code = "async path => { loaded = await import(new URL(path, document.baseURI)) }"
    page.evaluate(code, path)

    def each(name: str, *arguments):
        return page.evaluate(
            "([name, list]) => list.map(each => loaded[name](...each))",
            [name, arguments],
        )

    return each


@pytest.fixture
def shown(page):
    def show(first: str, second: str, language: str = "en/"):
        query = f"?a={quote(first)}&b={quote(second)}"
        page.goto("about:blank")
        page.goto(f"{language}tensors.html#figure-broadcast{query}")
        explorable = page.locator("theta-broadcast")
        expect(explorable.locator("output")).not_to_be_empty(timeout=20_000)
        return explorable

    return show


def by_torch(first, second) -> dict:
    try:
        return {"shape": list((torch.empty(first) + torch.empty(second)).shape)}
    except RuntimeError as error:
        return {"message": str(error)}


def agrees(told: dict, first, second) -> None:
    expected = {"shape": None, "message": None} | by_torch(first, second)
    assert {key: told[key] for key in expected} == expected, (first, second)
    if told["shape"] is not None:
        aligned = torch.empty(0).new_empty(told["shape"], device="meta")
        for shape, changed in zip((first, second), told["changed"], strict=True):
            filled = [1] * (aligned.ndim - len(shape)) + shape
            differs = [k for k, n in enumerate(told["shape"]) if filled[k] != n]
            assert changed == differs


def test_it_does_what_torch_does(call):
    @settings(max_examples=400)
    @given(st.tuples(shapes, shapes) | fitting | twelve | twelve.map(lambda p: p[::-1]))
    def check(pair):
        agrees(call("broadcast", pair)[0], *pair)

    check()


def test_it_does_what_torch_does_for_all_shapes_of_two_dimensions(call):
    every = [
        [],
        *([n] for n in range(5)),
        *([n, m] for n in range(5) for m in range(5)),
    ]
    pairs = [(first, second) for first in every for second in every]
    for pair, told in zip(pairs, call("broadcast", *pairs), strict=True):
        agrees(told, *pair)


def test_it_reads_what_a_reader_writes(call):
    found = call("parseShape", *([text] for text in MEANT))
    assert dict(zip(MEANT, found, strict=True)) == MEANT


def test_it_reads_what_it_and_python_write(call):
    @given(st.lists(st.integers(0, 999_999_999), max_size=12))
    def check(shape):
        assert call("written", [shape]) == [str(tuple(shape))]
        for text in (str(tuple(shape)), str(shape), str(torch.Size(shape))):
            assert call("parseShape", [text]) == [shape]

    check()


def test_any_text_is_a_shape_or_a_named_problem(call):
    problems = {"unreadable", "negative", "dimensions", "large"}

    @given(
        st.text(max_size=200) | st.text("0123456789,-−()[] torch.Size", max_size=200)
    )
    def check(text):
        (found,) = call("parseShape", [text])
        assert isinstance(found, list) or found in problems

    check()


def test_it_counts_elements_and_memory(call):
    for shape in ([], [0, 3], [3, 4], [100, 100], [100_000, 100_000]):
        count = torch.empty(shape, device="meta").numel()
        assert call("elements", [shape]) == [count]
    words = call("memory", [1], [0], [10_000], [4096], [10**10])
    assert words == ["4바이트", "0바이트", "40 kB", "16.4 kB", "40 GB"]


def test_its_pairs_are_the_chapter_s():
    recorded = ROOT / "snippets/outputs/tensors"
    file = json.loads((recorded / "broadcast.json").read_text(encoding="utf-8"))
    assert file == json.loads(json.dumps(explorable_broadcast()))
    pairs = [tuple(map(tuple, pair)) for pair in file["pairs"]]
    lines = (recorded / "shapes.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line.partition(" →")[0] in [f"{a} {b}" for a, b in pairs]


def test_it_starts_as_the_still_figure(page, shown):
    explorable = shown("(3, 1)", "(1, 4)")
    numbers = [
        [
            int(text)
            for text in svg.locator("text").all_text_contents()
            if text.isdigit()
        ]
        for svg in explorable.locator(".stage svg").all()
    ]
    column, row = torch.tensor([[10], [20], [30]]), torch.tensor([[1, 2, 3, 4]])
    expected = (column.expand(3, 4), row.expand(3, 4), column + row)
    assert numbers == [each.flatten().tolist() for each in expected]


@pytest.mark.parametrize("language", LANGUAGES)
def test_typing_gives_the_sum_and_its_link_leads_back(page, shown, language):
    explorable = shown("(3, 1)", "(1, 4)", language)
    first, second = explorable.locator("input").all()
    first.press("ControlOrMeta+a")
    first.press_sequentially("torch.Size([2, 3])")
    second.press("ControlOrMeta+a")
    second.press_sequentially("4,")
    message = by_torch([2, 3], [4])["message"]
    expect(explorable.locator("output")).to_contain_text(message)
    expect(explorable.locator("td.error")).to_have_count(3)
    link = explorable.locator(".situation").get_attribute("href")
    said = explorable.locator("output").text_content()
    page.goto("about:blank")
    page.goto(f"{language}tensors.html{link}")
    again = page.locator("theta-broadcast")
    expect(again.locator("output")).to_have_text(said, timeout=20_000)
    values = [field.input_value() for field in again.locator("input").all()]
    assert values == ["torch.Size([2, 3])", "4,"]


def test_the_language_switch_keeps_what_was_typed(page, shown):
    explorable = shown("(3, 1)", "(1, 4)")
    explorable.locator("input").first.fill("(1, 1)")
    expect(explorable.locator("output")).to_contain_text("the sum (1, 4)")
    page.locator(".language-link").evaluate("link => link.click()")
    page.wait_for_url(re.compile(r"theta/tensors\.html"))
    again = page.locator("theta-broadcast")
    field = again.locator("input").first
    expect(field).to_have_value("(1, 1)", timeout=20_000)
    expect(again.locator("output")).to_contain_text("(1, 1)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("가나", "a is not a shape"),
        ("(-1, 3)", "a has a negative size"),
        ("1," * 13, "a has more than 12 dimensions"),
        ("(10000000000, 1)", "a has a size of more than nine digits"),
    ],
)
def test_what_is_no_shape_is_refused_with_what_can_be_typed(
    page, shown, complaints, text, said
):
    explorable = shown("(3, 1)", "(1, 4)")
    field = explorable.locator("input").first
    field.fill(text)
    expect(explorable.locator("output")).to_contain_text(said)
    expect(explorable.locator("output")).to_contain_text("Write up to 12 whole numbers")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("(3, 1)")
    expect(explorable.locator("output")).to_contain_text("the sum (3, 4)")
    assert field.get_attribute("aria-invalid") == "false"
    assert complaints == []


def test_the_accident_is_told_and_drawn_in_part(shown):
    explorable = shown("(100000, 1)", "(100000,)")
    for words in (
        "10,000,000,000 elements, 40 GB",
        "100,000 times as many",
        "first 10 × 12 cells",
    ):
        expect(explorable.locator("output")).to_contain_text(words)
    drawn = "path => (path.getAttribute('d').match(/z/g) ?? []).length"
    cells = [
        path.evaluate(drawn) for path in explorable.locator(".stage svg path").all()
    ]
    assert cells == [110, 10, 108, 12, 0, 120]


def test_of_three_dimensions_the_last_two_are_drawn(shown):
    explorable = shown("(8, 1, 3)", "(2, 1)")
    note = explorable.get_by_text("Cells: the last two dimensions alone.")
    expect(note).to_be_visible()
    cells = explorable.locator(".stage svg")
    for grid, numbers in ((0, "102030"), (1, "12"), (2, "112131122232")):
        told = cells.nth(grid).locator("text:not(.mark)").all_text_contents()
        drawn = "".join(text for text in told if text.isdigit())
        assert numbers in drawn
    explorable.locator("button").first.click()
    expect(note).to_be_hidden()


def test_outer_dimensions_that_do_not_fit_are_what_is_drawn(shown):
    """The last two dimensions alone would look as if nothing were wrong."""
    explorable = shown("(3, 2, 4)", "(5, 2, 4)")
    note = "Cells: dimension 0 alone, where the sizes do not fit."
    expect(explorable.get_by_text(note)).to_be_visible()
    drawn = "path => (path.getAttribute('d').match(/z/g) ?? []).length"
    cells = [path.evaluate(drawn) for path in explorable.locator(".cells path").all()]
    assert cells == [0, 3, 0, 5]
    told = explorable.locator(".cells text").all_text_contents()
    words = [text.strip() for text in told if text.strip()]
    assert words == ["dimension 0: 3", "+", "dimension 0: 5", "=", "✕"]
    inner = shown("(3, 2, 4)", "(3, 2, 5)")  # is seen in the last two
    expect(inner.locator(".cells text", has_text="(2, 4)")).to_be_visible()


def test_the_preset_that_is_shown_is_marked(shown):
    """However its shapes are written."""
    explorable = shown("[2,3]", "3")
    pressed = explorable.locator("button[aria-pressed=true]")
    expect(pressed).to_have_text("(2, 3) + (3,)")
    other = explorable.locator("button[aria-pressed=false]").first
    border = "button => getComputedStyle(button).border"
    assert pressed.evaluate(border) != other.evaluate(border)
    other.click()
    expect(pressed).to_have_text("(3, 1) + (1, 4)")
    explorable.locator("input").first.fill("가나")
    expect(pressed).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_fields_and_answer_are_together_and_stay(page, shown, language):
    page.set_viewport_size({"width": 390, "height": 844})
    explorable = shown("(3, 1)", "(1, 4)", language)
    measured = """e => {
        const top = e.querySelector(".field").getBoundingClientRect().top
        return [top - e.summary.getBoundingClientRect().bottom, top + scrollY]
    }"""
    places = set()
    for button in explorable.locator("button").all():
        button.click()
        page.wait_for_timeout(100)
        apart, place = explorable.evaluate(measured)
        assert 0 <= apart < 20
        places.add(place)
    assert len(places) == 1


def test_the_presets_show_their_pairs(shown):
    explorable = shown("(3, 1)", "(1, 4)")
    for (first, second), button in zip(
        explorable_broadcast()["pairs"],
        explorable.locator("button").all(),
        strict=True,
    ):
        button.click()
        told = by_torch(first, second)
        words = told.get("message") or f"the sum {tuple(told['shape'])}"
        expect(explorable.locator("output")).to_contain_text(words)
        expect(explorable.locator("input").nth(1)).to_have_value(str(second))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_widest_shapes_scroll_in_their_own_table(page, shown, language):
    page.set_viewport_size({"width": 320, "height": 844})
    wide = "999999999," * 12
    explorable = shown(wide, "1," * 12, language)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    inside, full = explorable.locator(".aligned").evaluate(
        "each => [each.clientWidth, each.scrollWidth]"
    )
    assert full > inside
    for cell in explorable.locator("tr > :last-child").all():  # the right ends are seen
        box = cell.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 320
    size = explorable.locator("input").first.evaluate(
        "input => parseFloat(getComputedStyle(input).fontSize)"
    )
    assert size >= 16
