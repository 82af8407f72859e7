"""The neurons to bend and to train in `layers`: their numbers, moving them."""

import re

import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from snippets.figures.layers import explorable_bends
from snippets.layers import fit, kinks

pytestmark = pytest.mark.browser
GIVEN = explorable_bends()
HAT = "0_1_0_1_1_-1_-2_1_-2_1"
START = "Kinks (and their neurons): −1.92 (2), −0.68 (3), 0.72 (4), 1.24 (1)."


def table() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(GIVEN["points"], dtype=torch.float64).split(1, dim=1)


def made(theta: list[float]) -> nn.Sequential:
    """The chapter's network with these values: [c, w, b, v, w, b, v, …]."""
    c, *rest = torch.tensor(theta, dtype=torch.float64)
    w, b, v = torch.stack(rest).reshape(-1, 3).unbind(1)
    network = nn.Sequential(nn.Linear(1, len(w)), nn.ReLU(), nn.Linear(len(w), 1))
    network = network.double()
    with torch.no_grad():
        network[0].weight.copy_(w[:, None])
        network[0].bias.copy_(b)
        network[2].weight.copy_(v[None])
        network[2].bias.fill_(c)
    return network


def flat(values: list[torch.Tensor]) -> list[float]:
    """What belongs to the four parameters of `made`, in the order of its argument."""
    w, b, v, c = values
    return [c.item(), *torch.cat((w, b[:, None], v.mT), 1).flatten().tolist()]


def drawn(neurons: int) -> list[float]:
    generator = torch.Generator().manual_seed(neurons)
    return torch.randn(3 * neurons + 1, generator=generator).tolist()


def all_of(page, function: str, calls: list) -> list:
    """What the script's function says to each of these lists of arguments."""
    page.goto("index.html")
    path = "./scripts/explorables/hidden-units.js"
    code = (
        "async ([path, name, calls]) => {"
        "const script = await import(new URL(path, document.baseURI));"
        "return calls.map(given => script[name](...given) ?? null)}"
    )
    return page.evaluate(code, [path, function, calls])


THETAS = pytest.mark.parametrize(
    "theta",
    [GIVEN["start"], drawn(1), drawn(3), drawn(8)],
    ids=["start", "1", "3", "8"],
)


@THETAS
def test_output_loss_and_gradient_are_torch_s(page, arithmetic, theta):
    network, (x, y) = made(theta), table()
    places = [-6.0, -2.0, 0.0, 0.37, 6.0]
    expected = network(torch.tensor(places, dtype=torch.float64)[:, None])
    told = all_of(page, "output", [[theta, each] for each in places])
    assert told == pytest.approx(expected.flatten().tolist(), rel=1e-9, abs=1e-9)
    loss = nn.functional.mse_loss(network(x), y)
    loss.backward()
    told = arithmetic("hidden-units", "lossAndGradient", theta, GIVEN["points"])
    assert told["loss"] == pytest.approx(loss.item(), rel=1e-9)
    expected = flat([each.grad for each in network.parameters()])
    assert told["gradient"] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@THETAS
def test_a_hundred_steps_are_those_of_the_chapter_s_fit(arithmetic, theta):
    network, (x, y) = made(theta), table()
    fit(network, x, y, steps=100)
    told = arithmetic("hidden-units", "train", theta, GIVEN["points"], 100)
    expected = flat([each.detach() for each in network.parameters()])
    assert told == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert told != pytest.approx(theta, abs=1e-2)


@THETAS
def test_it_bends_at_the_kinks_and_is_straight_outside(arithmetic, theta):
    network = made(theta)
    bends = kinks(network).tolist()
    corners = arithmetic("hidden-units", "corners", theta, -1e3, 1e3)
    assert [x for x, _ in corners[1:-1]] == pytest.approx(bends, rel=1e-9)
    x = torch.tensor(corners, dtype=torch.float64)[:, :1]
    expected = network(x)[:, 0].tolist()
    assert [y for _, y in corners] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    slopes = []
    for far in (bends[0] - 5, bends[-1] + 5):
        x = torch.tensor([[far]], dtype=torch.float64, requires_grad=True)
        slopes += torch.autograd.grad(network(x).sum(), x)[0].flatten().tolist()
    told = arithmetic("hidden-units", "endSlopes", theta)
    assert told == pytest.approx(slopes, rel=1e-9, abs=1e-9)


def test_an_address_holds_four_digits_of_each_number(page):
    thetas = [GIVEN["start"], drawn(8), [1e-7, 2e20, -3, 0]]
    texts = all_of(page, "write", [[theta] for theta in thetas])
    back = all_of(page, "read", [[text] for text in texts])
    for theta, found in zip(thetas, back, strict=True):
        assert found == pytest.approx(theta, rel=5.1e-4)
    assert all_of(page, "write", [[theta] for theta in back]) == texts
    broken = ["", "1", "1_2", "1_2_3", "1_0_3_4", "1_2_3_x", "1_2_3_1e999", "1_2_3_"]
    broken += [" 1_2_3_4", "1_2_3_4_5", "_".join("1" * 28)]
    assert not any(all_of(page, "read", [[text] for text in broken]))


def test_random_values_are_within_the_bounds_of_a_linear_layer(page):
    drawn = all_of(page, "random", [[seed, 4] for seed in range(50)])
    assert drawn == all_of(page, "random", [[seed, 4] for seed in range(50)])
    columns = torch.tensor(drawn)
    largest = columns.abs().amax(0)
    bounds = torch.tensor([0.5] + 4 * [1, 1, 0.5])
    assert (largest <= bounds).all()
    assert (largest > 0.8 * bounds).all()
    assert (columns.mean(0).abs() < 0.35 * bounds).all()


@pytest.fixture
def bends(page):
    return opened(page)


def opened(page, query: str = "", address: str = "en/layers.html"):
    page.goto("about:blank")
    page.goto(f"{address}#figure-bends{query}")
    explorable = page.locator("theta-hidden-units")
    expect(explorable.locator("output")).not_to_be_empty(timeout=20_000)
    return explorable


def middle(circle) -> tuple[float, float]:
    box = circle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def values(bends) -> list[float]:
    """kink, w, v, c, number of neurons"""
    return [float(each.input_value()) for each in bends.locator("[type=range]").all()]


def pull(page, circle, right: float, down: float) -> None:
    x, y = middle(circle)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()


def test_a_circle_moves_its_kink_and_chooses_its_neuron(page, bends):
    expect(bends.locator("output")).to_contain_text(START)
    expect(bends.locator("select")).to_have_value("3")
    pull(page, bends.locator(".stage svg").first.locator(".handle").nth(3), 30, 0)
    expect(bends.locator("select")).to_have_value("4")
    expect(bends.locator("output")).not_to_contain_text(START)
    kink, w, v, *_ = values(bends)
    assert 0.9 < kink < 1.6
    number, dot = (
        bends.locator(".stage svg").first.locator(each).bounding_box()
        for each in ("text.halo:text-is('4')", ".handle >> nth=3")
    )
    middles = [each["x"] + each["width"] / 2 for each in (number, dot)]
    assert middles[0] == pytest.approx(middles[1], abs=1)
    assert [w, v] == pytest.approx(GIVEN["start"][10:13:2], abs=0.06)


def test_a_ramp_is_turned_around_its_kink_and_to_the_other_side(page, bends):
    kink, w, v, *_ = values(bends)
    turn = bends.locator(".stage svg").nth(1).locator(".handle")
    pull(page, turn, 0, 30)
    page.wait_for_timeout(100)
    lower = values(bends)
    assert lower[:2] == [kink, w]
    assert lower[2] < v
    pull(page, turn, -140, 0)
    page.wait_for_timeout(100)
    turned = values(bends)
    assert turned[:2] == [kink, -w]


def test_a_finger_moves_a_kink(browser, base_url):
    page = browser.new_context(
        base_url=base_url, has_touch=True, viewport={"width": 390, "height": 844}
    ).new_page()
    bends = opened(page, address="layers.html")
    x, y = middle(bends.locator(".stage svg").first.locator(".handle").nth(2))
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + 40, "y": y}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_timeout(100)
    assert -0.4 < values(bends)[0] < 0.1
    page.context.close()


# all kinks right of the frame, and left of it; f far above it, and below
FAR = ["_".join(["0", *["2_-12_3"] * 8]), "0_-4_-24_-6_-4_-24_-6"]
HIGH = ["4_4_8_6_4_4_6_-4_-4_6", "-4_4_8_-6_4_4_-6"]


@pytest.mark.parametrize("outside", [0, 1])
@pytest.mark.parametrize("network", [*FAR, *HIGH, "0_1e200_1_1e200"])
def test_every_circle_can_be_taken_wherever_its_kink_is(page, network, outside):
    neurons = network.count("_") // 3
    bends = opened(page, f"?network={network}&outside={outside}")
    for panel, count in zip(
        bends.locator(".stage svg").all(), (neurons, 1), strict=True
    ):
        box = panel.bounding_box()
        circles = panel.locator(".handle:visible").all()
        assert len(circles) == count
        centers = [middle(each) for each in circles]
        assert len(set(centers)) == count  # none is hidden by another
        for x, y in centers:
            assert box["x"] <= x <= box["x"] + box["width"]
            assert box["y"] <= y <= box["y"] + box["height"]


def test_numbers_say_which_circle_and_ramp_are_whose(page):
    bends = opened(page, "?network=0_1_-1_1_1_-5_1_1_4_1_1_-4_1&neuron=2")
    summed, parts = bends.locator(".stage svg").all()
    numbers = [
        panel.locator(".halo:visible").all_text_contents() for panel in (summed, parts)
    ]
    assert numbers == [["1", "2 →", "← 3", "4 →"], ["1", "2", "3", "4"]]
    chosen = [
        panel.locator(".halo.estimate").text_content() for panel in (summed, parts)
    ]
    assert chosen == ["2 →", "2"]


def test_a_circle_at_the_frame_is_pulled_in_without_a_jump(page):
    """The kink is at 5; at first it moves little, in the end it is at the pointer."""
    bends = opened(page, "?network=0_-1_5_1&neuron=1")
    summed = bends.locator(".stage svg").first
    circle, box = summed.locator(".handle").first, summed.bounding_box()
    x, y = middle(circle)
    page.mouse.move(x + 3, y)
    page.mouse.down()
    page.mouse.move(x + 2, y)
    page.wait_for_timeout(100)
    assert 4.5 < values(bends)[0] < 5
    page.mouse.move(box["x"] + box["width"] * (38 + 312 / 2) / 360, y, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert values(bends)[0] == pytest.approx(0, abs=0.03)


def test_the_circle_on_a_ramp_above_the_frame_does_not_jump(page):
    bends = opened(page, "?network=0_4_24_6&neuron=1")
    turn = bends.locator(".stage svg").nth(1).locator(".handle")
    x, y = middle(turn)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 1)
    page.wait_for_timeout(100)
    assert 5.5 < values(bends)[2] < 6
    page.mouse.move(x, y + 60, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert values(bends)[2] < 2


def test_f_is_as_high_as_its_kinks(page):
    """They fit in their usual states, and the axis grows where they do not."""
    for network, high in ((GIVEN["start"], "2"), ([0, 2, 0, 2, 2, -3, 2], "5")):
        query = "_".join(map(str, network))
        axis = opened(page, f"?network={query}").locator(".stage svg .axes").first
        assert axis.locator("text").filter(has_text=re.compile(f"^{high}$")).count()


def test_w_passes_over_zero_by_keys_and_the_kink_stays(page):
    bends = opened(page, "?network=0_0.04_0.02_1&neuron=1")
    w = bends.get_by_label("weight w")
    w.focus()
    for expected in ("0.02", "-0.02", "-0.04"):
        page.keyboard.press("ArrowLeft")
        expect(w).to_have_value(expected)
    assert values(bends)[0] == -0.5


def test_neurons_are_added_without_a_change_and_taken_away(page, bends):
    said = bends.locator("output")
    count = bends.get_by_label("neurons")
    count.fill("8")
    expect(said).to_contain_text("Neuron 3 of 8 is chosen")
    expect(said).to_contain_text("Mean squared error 0.101")
    expect(bends.locator("select")).to_have_value("3")
    assert bends.locator("option:not([disabled])").count() == 8
    count.fill("1")
    expect(said).to_contain_text("Neuron 1 of 1 is chosen")
    expect(bends.locator("select")).to_have_value("1")
    assert bends.locator("option:not([disabled])").count() == 1
    count.fill("5")
    expect(said).to_contain_text("Neuron 3 of 5 is chosen")
    expect(said).to_contain_text("Mean squared error 0.101")  # back as they were


def test_training_where_nothing_should_move_takes_one_frame(page):
    page.emulate_media(reduced_motion="reduce")
    theta = [float(each) for each in HAT.split("_")]
    network = made(theta)
    fit(network, *table(), steps=500)
    bends = opened(page, f"?network={HAT}")
    bends.get_by_role("button", name="Train from here").click()
    loss = nn.functional.mse_loss(network(table()[0]), table()[1]).item()
    said = bends.locator("output")
    expect(said).to_contain_text(f"Mean squared error {loss:.3f}")
    told = [f"{each:.2f} (".replace("-", "−") for each in kinks(network).tolist()]
    expect(said).to_have_text(re.compile(".*".join(map(re.escape, told))))


def test_training_pauses_and_a_change_ends_it(page):
    bends = opened(page, f"?network={HAT}")
    bends.get_by_role("button", name="Train from here").click()
    progress = bends.get_by_text("L = ")
    expect(progress).to_be_visible()
    bends.get_by_role("button", name="Pause").click()
    expect(progress).to_have_count(0)
    link = bends.locator(".situation").get_attribute("href")
    page.wait_for_timeout(300)
    assert bends.locator(".situation").get_attribute("href") == link
    bends.get_by_role("button", name="Train from here").click()
    expect(progress).to_be_visible()
    bends.get_by_role("button", name="Start again").click()
    expect(bends.locator("output")).to_contain_text(START)
    expect(progress).to_have_count(0)


def test_training_that_overflows_is_said(page):
    bends = opened(page, "?network=0_1e200_1_1e200")
    bends.get_by_role("button", name="Train from here").click()
    said = bends.locator("output")
    expect(said).to_contain_text("Training stopped at step 1")
    expect(said).to_contain_text("Mean squared error ∞")
    bends.get_by_role("button", name="Start again").click()
    expect(said).not_to_contain_text("stopped")


def test_outside_the_data_it_goes_straight_on(page, bends):
    ticks = bends.locator(".stage svg").first.locator(".axes")
    expect(ticks).not_to_contain_text("6")
    bends.get_by_role("button", name="Outside the data").click()
    expect(ticks).to_contain_text("−6")
    network = made(GIVEN["start"])
    left, right = network(torch.tensor([[-6.0], [6.0]], dtype=torch.float64)).tolist()
    says = f"f(−6) = {left[0]:.2f}, f(6) = −{-right[0]:.2f}."
    expect(bends.locator("output")).to_contain_text(says)
    bends.get_by_role("button", name="Only where data are").click()
    expect(bends.locator("output")).not_to_contain_text("f(6)")


def test_the_hat_of_the_exercise_is_flat_outside(page):
    said = opened(page, f"?network={HAT}").locator("output")
    expect(said).to_contain_text(
        "Kinks (and their neurons): 0.00 (1), 1.00 (2), 2.00 (3)."
    )
    expect(said).to_contain_text(
        "Slope beyond them: 0.00 on the left, 0.00 on the right."
    )


@pytest.mark.parametrize("broken", ["0_0_0_0", "1_2", "a", "1_2_3_1e999", ""])
def test_a_broken_network_in_the_address_is_ignored(page, complaints, broken):
    said = opened(page, f"?network={broken}").locator("output")
    expect(said).to_contain_text(START)
    assert complaints == []


def test_random_values_follow_each_other_and_come_back(page, bends):
    said = bends.locator("output")
    button = bends.get_by_role("button", name="Random values")
    seen = []
    for _ in range(3):
        button.click()
        page.wait_for_timeout(500)
        seen.append(said.text_content())
    assert len(set(seen)) == 3
    link = bends.locator(".situation").get_attribute("href")
    again = opened(page, link.removeprefix("#figure-bends"))
    expect(again.locator("output")).to_have_text(seen[-1])
