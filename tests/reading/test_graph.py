"""The graph to walk through in the chapter `gradients`: its numbers, and walking."""

import re

import pytest
import torch
from playwright.sync_api import expect

from snippets.figures.gradients import explorable_graph, two_rows
from snippets.gradients import graph, mean_squared_error
from tests.reading.conftest import LANGUAGES

pytestmark = pytest.mark.browser
NODES = explorable_graph()["nodes"]
THETA = [i for i, node in enumerate(NODES) if node["parameter"]]
LAST = 28  # 10 values, 17 derivatives, and the end
AT = {node["name"]: i for i, node in enumerate(NODES)}
OPERATIONS = {
    "+": torch.add,
    "−": torch.sub,
    "×": torch.mul,
    "÷": torch.div,
    "^2": torch.square,
}
# θ₀, θ₁, x₁, y₁, x₂, y₂: the page's, others, a residual of 0, the ends of the sliders
INPUTS = [
    (1, 2, 3, 10, 1, 4),
    (-0.7, 3.3, -4.1, 17.9, 2.6, -8.2),
    (1, 2, 3, 7, 0, 1),
    (-5, -5, 5, -10, -5, 20),
]
given = pytest.mark.parametrize("inputs", INPUTS)


def leaves(inputs) -> list:
    """What each node has before the forward pass."""
    numbers = iter(inputs)
    return [
        None if node["inputs"] else 2 if node["name"] == "n" else next(numbers)
        for node in NODES
    ]


def tensors(inputs) -> list[torch.Tensor]:
    """The same computation in PyTorch: leaves, and what it makes of them."""
    made = []
    for node, leaf in zip(NODES, leaves(inputs), strict=True):
        if node["inputs"]:
            sources = [made[i] for i in node["inputs"]]
            made.append(OPERATIONS[node["operation"]](*sources))
        else:
            made.append(torch.tensor(float(leaf), dtype=torch.double))
            made[-1].requires_grad_()
    return made


def near(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_nodes_are_the_figure_s():
    """With what the chapter's engine has found for each of them."""
    made = tensors(INPUTS[0])
    values = graph(two_rows())
    partial = torch.autograd.grad(made[-1], made)
    assert [value.number for value in values] == [value.item() for value in made]
    assert [value.grad for value in values] == [each.item() for each in partial]


@given
def test_values_and_local_derivatives_are_pytorch_s(arithmetic, inputs):
    found = arithmetic("graph", "forward", NODES, leaves(inputs))
    made = tensors(inputs)
    assert found["values"] == near([value.item() for value in made])
    theta_0, theta_1, x_1, y_1, x_2, y_2 = inputs
    loss = mean_squared_error(theta_0, theta_1, [(x_1, y_1), (x_2, y_2)])
    assert found["values"][-1] == near(loss)
    for node, user, factors in zip(NODES, made, found["factors"], strict=True):
        sources = [made[i] for i in node["inputs"]]
        if not sources:
            assert factors == []
            continue
        apart = [source.detach().requires_grad_() for source in sources]
        again = OPERATIONS[node["operation"]](*apart)
        assert again.item() == user.item()
        local = torch.autograd.grad(again, apart)
        assert factors == near([each.item() for each in local])


@given
def test_derivatives_are_autograd_s(arithmetic, inputs):
    made = tensors(inputs)
    expected = [each.item() for each in torch.autograd.grad(made[-1], made)]
    found = arithmetic("graph", "walk", NODES, leaves(inputs), LAST, 1)
    assert found["partial"] == near(expected)
    assert arithmetic("graph", "backward", NODES, found["factors"]) == near(expected)


@given
@pytest.mark.parametrize("passes", [1, 2, 5])
def test_grad_adds_up_as_in_pytorch(arithmetic, inputs, passes):
    theta = [torch.tensor(float(each), dtype=torch.double) for each in inputs[:2]]
    for each in theta:
        each.requires_grad_()
    rows = [inputs[2:4], inputs[4:6]]
    for _ in range(passes):
        mean_squared_error(*theta, rows).backward()
    found = arithmetic("graph", "walk", NODES, leaves(inputs), LAST, passes)
    assert [found["grads"][i] for i in THETA] == near([t.grad.item() for t in theta])


def test_emptied_grad_is_none(arithmetic):
    found = arithmetic("graph", "walk", NODES, leaves(INPUTS[0]), LAST, 0)
    assert found["grads"] == [None] * len(NODES)
    assert None not in found["partial"]


def test_each_step_reaches_one_node_and_uses_only_what_was_reached(page):
    """Forward from inputs to users, back from users to inputs."""
    page.goto("index.html")
    before, *after = page.evaluate(
        """async ([nodes, leaves, last]) => {
            const path = new URL("./scripts/explorables/graph.js", document.baseURI)
            const {walk} = await import(path)
            return Array.from({length: last}, (_, step) => walk(nodes, leaves, step, 1))
        }""",
        [NODES, leaves(INPUTS[0]), LAST],
    )
    given = [value is not None for value in before["values"]]
    assert given == [not node["inputs"] for node in NODES]
    assert before["partial"] == before["grads"] == [None] * len(NODES)
    for now in after:
        kind = "partial" if now["back"] else "values"
        new = [
            i
            for i, (old, each) in enumerate(zip(before[kind], now[kind], strict=True))
            if old is None and each is not None
        ]
        assert new == [now["node"]]
        users = [i for i, node in enumerate(NODES) if now["node"] in node["inputs"]]
        needed = users if now["back"] else NODES[now["node"]]["inputs"]
        assert all(before[kind][i] is not None for i in needed)
        for each in THETA:  # .grad comes with the derivative, not before
            assert now["grads"][each] == now["partial"][each]
        before = now
    assert before["partial"][0] is not None


@pytest.fixture
def walk(page):
    page.goto("en/gradients.html#figure-graph?step=0")
    explorable = page.locator("theta-graph")
    expect(explorable.locator("output")).to_contain_text("nothing has been computed")
    return explorable


def press(walk, name: str, times: int = 1) -> None:
    """The button of this name; that of `Next` goes on with what comes next."""
    name = re.compile(rf"^{re.escape(name)}(: |$)")
    button = walk.get_by_role("button", name=name)
    for _ in range(times):
        button.click()


def box(walk, name: str):
    return walk.locator(f"#graph-{AT[name]}")


def highlighted(walk) -> list[str]:
    return walk.locator(".strong").evaluate_all("all => all.map(e => e.parentNode.id)")


def test_it_starts_with_the_forward_pass_done_and_the_backward_pass_to_come(page):
    page.goto("en/gradients.html")
    walk = page.locator("theta-graph")
    expect(walk.locator("output")).to_contain_text("Forward, step 10 of 10")
    for node, value in zip(NODES, graph(two_rows()), strict=True):
        expect(box(walk, node["name"])).to_contain_text(f"= {value.number:g}")
    expect(walk.get_by_text("∂ =")).to_have_count(0)
    expect(walk.get_by_text(".grad = None")).to_have_count(2)
    walk.get_by_role("button", name="Next: ∂ of L", exact=True).click()
    expect(walk.get_by_text("∂ =")).to_have_text("∂ = 1")


def test_original_values_leaves_the_reader_at_this_step(page):
    page.goto("en/gradients.html#figure-graph?step=11&theta_0=0")
    walk = page.locator("theta-graph")
    expect(box(walk, "θ₀")).to_contain_text("θ₀ = 0")  # 0 is a number like others
    press(walk, "Original values")
    expect(box(walk, "θ₀")).to_contain_text("θ₀ = 1")
    expect(walk.get_by_text("∂ =")).to_have_text("∂ = 1")


def test_at_the_end_next_does_nothing_and_keeps_the_focus(walk):
    """A reader who clicks fast is not thrown back to the start."""
    onward = walk.locator("button", has_text="Next")
    onward.evaluate("b => { b.focus(); for (let n = 0; n < 40; n++) b.click() }")
    expect(walk.locator("output")).to_contain_text("gradient (−4, −10)")
    expect(onward).to_have_text("Next")
    expect(onward).to_have_attribute("aria-disabled", "true")
    expect(onward).to_be_focused()
    press(walk, "To step 0")
    expect(walk.locator("output")).to_contain_text("nothing has been computed")
    expect(onward).to_have_attribute("aria-disabled", "false")
    back = walk.get_by_role("button", name="Back", exact=True)
    expect(back).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_legend_explains_the_colors(page, language):
    page.goto(f"{language}gradients.html")
    words = "Blue number: derivative" if language else "파란 숫자: 연산 하나의 미분계수"
    expect(page.locator("theta-graph .note")).to_contain_text(words)


@pytest.mark.parametrize("query", ["", "?passes=1", "?theta_9=1"])
def test_an_address_without_a_step_shows_what_the_still_figure_shows(page, query):
    """As did those that readers have copied before it opened halfway."""
    page.goto(f"en/gradients.html#figure-graph{query or '?'}")
    walk = page.locator("theta-graph")
    expect(walk.locator("output")).to_contain_text("gradient (−4, −10)")
    for node, value in zip(NODES, graph(two_rows()), strict=True):
        text = f"{node['name']} = {value.number:g}∂ = {value.grad:g}".replace("-", "−")
        expect(box(walk, node["name"])).to_contain_text(text)
    factors = [
        f"{d:g}".replace("-", "−") for v in graph(two_rows()) for _, d in v.edges
    ]
    assert walk.locator("text.truth").all_text_contents() == factors
    assert highlighted(walk) == []


def test_forward_and_back_again_node_by_node(walk):
    output = walk.locator("output")
    expect(box(walk, "p₁")).to_have_text("p₁")
    press(walk, "Next")
    expect(output).to_have_text("Forward, step 1 of 10: p₁ = θ₁ × x₁ = 2 × 3 = 6.")
    expect(box(walk, "p₁")).to_have_text("p₁ = 6")
    expect(box(walk, "ŷ₁")).to_have_text("ŷ₁")
    p, theta, x = AT["p₁"], AT["θ₁"], AT["x₁"]
    assert sorted(highlighted(walk)) == sorted(
        [f"graph-{theta}-{p}", f"graph-{x}-{p}", f"graph-{p}"]
    )
    press(walk, "Next", 9)
    expect(output).to_have_text(
        "Forward, step 10 of 10: L = (r₁² + r₂²) ÷ n = 10 ÷ 2 = 5."
    )
    press(walk, "Next", 16)
    expect(output).to_contain_text("∂ of θ₁ = −3 × 3 + (−1 × 1) = −10.")
    expect(box(walk, "θ₁")).to_have_text("θ₁ = 2∂ = −10.grad = −10")
    expect(box(walk, "θ₀")).to_have_text("θ₀ = 1.grad = None")
    q = AT["p₂"]
    assert sorted(highlighted(walk)) == sorted(
        [f"graph-{theta}-{p}", f"graph-{theta}-{q}", f"graph-{theta}"]
    )
    press(walk, "Back", 26)
    expect(output).to_contain_text("nothing has been computed")


def test_backward_again_adds_and_zero_grad_empties(walk):
    output, grad = walk.locator("output"), box(walk, "θ₁").locator("text").last
    press(walk, "backward()")
    expect(grad).to_have_text(".grad = −10")
    press(walk, "backward()")
    expect(grad).to_have_text(".grad = −20")
    expect(output).to_contain_text("After 2 backward passes, .grad is their sum, (−8")
    press(walk, "Back", 2)  # before it came to θ₁ the second time: θ₀ comes after it
    expect(box(walk, "θ₀").locator("text").last).to_have_text(".grad = −4")
    press(walk, "Next")
    expect(output).to_contain_text("It is added to .grad: −4 + (−4) = −8.")
    press(walk, "zero_grad()")
    expect(grad).to_have_text(".grad = None")
    expect(output).to_contain_text("zero_grad() has emptied .grad")
    press(walk, "backward()")
    expect(grad).to_have_text(".grad = −10")


def test_a_slider_changes_what_was_reached(walk):
    press(walk, "backward()")
    slider = walk.get_by_role("slider", name="y₁")
    slider.fill("7")
    expect(box(walk, "r₁")).to_have_text("r₁ = 0∂ = 0")
    expect(walk.locator("output")).to_contain_text("gradient (−1, −1)")
    press(walk, "Original values")
    expect(slider).to_have_value("10")
    expect(box(walk, "r₁")).to_have_text("r₁ = 3∂ = 3")


def test_another_value_begins_with_one_backward_pass(walk):
    """What was added up belongs to the old values."""
    press(walk, "backward()", 2)
    expect(walk.locator("output")).to_contain_text("After 2 backward passes")
    walk.get_by_role("slider", name="y₁").fill("7")
    expect(walk.locator("output")).to_contain_text(
        "gradient (−1, −1). Other values make another graph: .grad was emptied first."
    )
    expect(box(walk, "θ₁").locator("text").last).to_have_text(".grad = −1")
    press(walk, "To step 0")
    expect(box(walk, "r₁")).to_have_text("r₁")


def test_keys_go_through_nodes_and_arrows_and_the_local_derivative_is_said(page, walk):
    press(walk, "backward()")
    whole = walk.get_by_role("listbox")
    whole.focus()
    output = walk.locator("output")
    expect(output).to_contain_text("θ₀ = 1. ∂ŷ₁/∂θ₀ = 1: when θ₀ grows a little")
    steps = [str(AT[name]) for name in ("θ₁", "x₁", "p₁")]
    for item in [*steps, f"{AT['θ₁']}-{AT['p₁']}"]:
        page.keyboard.press("ArrowDown")
        expect(whole).to_have_attribute("aria-activedescendant", f"graph-{item}")
    expect(output).to_contain_text(
        "∂p₁/∂θ₁ = x₁ = 3: when θ₁ grows a little, p₁ grows 3 times as much."
    )
    page.keyboard.press("ArrowUp")
    expect(output).to_contain_text("∂p₁/∂x₁ = θ₁ = 2: when x₁ grows a little")
    scrolled = page.evaluate("scrollY")
    ends = {"End": f"{AT['n']}-{AT['L']}", "Home": str(AT["θ₀"])}
    for key, item in {
        **ends,
        "ArrowUp": ends["End"],
        "ArrowDown": ends["Home"],
    }.items():
        page.keyboard.press(key)
        expect(whole).to_have_attribute("aria-activedescendant", f"graph-{item}")
    page.keyboard.press("Space")
    page.wait_for_timeout(200)
    assert page.evaluate("scrollY") == scrolled


def test_a_pointer_on_an_arrow_shows_its_derivative(page, walk):
    number = walk.locator(f"#graph-{AT['n']}-{AT['L']} text")
    press(walk, "backward()")
    number.hover()
    expect(walk.locator("output")).to_contain_text(
        "∂L/∂n = −L/n = −2.5: when n grows a little, L falls 2.5 times as much."
    )


def test_play_walks_and_without_motion_it_takes_two_steps(page, walk):
    page.clock.install()
    page.reload()
    press(walk, "Play")
    page.clock.run_for(60_000)
    output = walk.locator("output")
    expect(output).to_contain_text("gradient (−4, −10)")
    expect(walk.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.emulate_media(reduced_motion="reduce")
    for told in ("nothing has been", "step 10 of 10", "gradient (−4, −10)"):
        press(walk, "Play")
        page.clock.run_for(1000)
        expect(output).to_contain_text(told)


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_it_can_be_read_and_the_buttons_stay(page, width, language):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{language}gradients.html#figure-graph?step=0")
    walk = page.locator("theta-graph")
    expect(walk.locator("output")).not_to_be_empty()
    letters = """svg => svg.getScreenCTM().a
        * parseFloat(getComputedStyle(svg.querySelector("text")).fontSize)"""
    assert walk.locator(".stage svg").evaluate(letters) >= 11
    stepped = """(e, last) => Array.from({length: last + 1}, (_, step) => {
        e.state.step = step
        e.summary.textContent = e.draw(e.state)
        const place = each => [each.offsetLeft, each.offsetTop, each.offsetWidth]
        const buttons = [...e.querySelectorAll("button")]
        return [e.summary.textContent, String(buttons.map(place))]
    })"""
    said, places = zip(*walk.evaluate(stepped, LAST), strict=True)
    assert len(set(said)) == LAST + 1
    assert len(set(places)) == 1
    inside = """e => [...e.querySelectorAll("[role=option]:has(rect)")].every(each => {
        const box = each.querySelector("rect").getBoundingClientRect()
        return [...each.querySelectorAll("text")].every(text => {
            const {left, right, top, bottom} = text.getBoundingClientRect()
            return text.textContent === ""
                || left >= box.left && right <= box.right
                && top >= box.top - 2 && bottom <= box.bottom + 2
        })
    })"""
    for slider in walk.locator("[type=range]").all():
        slider.fill("-4.9")
    page.wait_for_timeout(100)
    assert walk.evaluate(inside)
