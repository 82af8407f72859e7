"""The path to move in the chapter `learning_rate`: its numbers, and moving it."""

import itertools
import math
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from snippets.data import make_data
from snippets.figures.learning_rate import explorable_axes
from snippets.loss import gradient, hessian, least_squares, mean_squared_error
from snippets.training import descend

pytestmark = pytest.mark.browser
GIVEN = explorable_axes()
MEAN = GIVEN["means"]["x"]
SHIFTS = (GIVEN["shift"], 0.0, -MEAN, 10.0)
START = [2.5, -1.0]
AT = "en/learning_rate.html#figure-axes"
close = {"rel": 1e-9, "abs": 1e-9}


def columns(shift: float) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = (column.double() for column in make_data(seed=0))
    return x + shift, y


def path_of_sgd(shift: float, learning_rate: float, momentum: float) -> list:
    """θ after 0, 1, … 200 steps of the optimizer."""
    x, y = columns(shift)
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=learning_rate, momentum=momentum)
    path = [theta.tolist()]
    for _ in range(200):
        optimizer.zero_grad()
        mean_squared_error(theta, x, y).backward()
        optimizer.step()
        path.append(theta.tolist())
    return path


def apart(found: list, expected: list) -> float:
    """The largest distance of two paths at a step, against how far they are from 0."""
    distances = np.linalg.norm(np.subtract(found, expected, dtype=float), axis=1)
    return (distances / np.maximum(1, np.linalg.norm(expected, axis=1))).max()


@pytest.fixture
def descent(page):
    page.goto(AT)
    explorable = page.locator("theta-descent")
    expect(explorable.locator("output")).to_contain_text(
        "After 9 steps", timeout=20_000
    )
    return explorable


def said(page, query: str):
    page.goto(f"{AT}?{query}")  # on the page already: a change of its address
    return page.locator("theta-descent output")


@pytest.mark.parametrize("shift", SHIFTS)
def test_its_bowl_is_the_chapter_s(arithmetic, shift):
    x, y = columns(shift)
    bowl = arithmetic("descent", "bowl", GIVEN["means"], shift)
    theta_hat = least_squares(x, y)
    assert bowl["best"] == pytest.approx(theta_hat.tolist(), **close)
    smallest = mean_squared_error(theta_hat, x, y).item()
    assert bowl["smallest"] == pytest.approx(smallest, **close)
    values, vectors = torch.linalg.eigh(hessian(x))
    assert bowl["values"] == pytest.approx(values.tolist(), **close)
    for found, exact in zip(bowl["vectors"], vectors.T.tolist(), strict=True):
        assert abs(np.dot(found, exact)) == pytest.approx(1, **close)
    for theta in (START, [6.0, 0.0], theta_hat.tolist()):
        exact = torch.tensor(theta, dtype=torch.float64)
        found = arithmetic("descent", "gradient", bowl, theta)
        assert found == pytest.approx(gradient(exact, x, y).tolist(), **close)
        found = arithmetic("descent", "above", bowl, theta) + smallest
        assert found == pytest.approx(mean_squared_error(exact, x, y).item(), **close)
    for theta in arithmetic("descent", "levelLine", bowl, 12)[::6]:
        exact = torch.tensor(theta, dtype=torch.float64)
        height = mean_squared_error(exact, x, y).item() - smallest
        assert height == pytest.approx(12, rel=1e-9)


@pytest.mark.parametrize("shift", SHIFTS[:3])
def test_its_path_is_that_of_sgd(arithmetic, shift):
    for share, momentum in itertools.product((0.1, 0.99, 1.01), (0, 0.9, 0.99)):
        bowl = arithmetic("descent", "bowl", GIVEN["means"], shift)
        highest = torch.linalg.eigvalsh(hessian(columns(shift)[0]))[1].item()
        limit = arithmetic("descent", "limit", bowl, momentum)
        assert limit == pytest.approx(2 * (1 + momentum) / highest, rel=1e-9)
        eta = share * limit
        found = arithmetic("descent", "descend", bowl, START, eta, momentum, 200)
        expected = path_of_sgd(shift, eta, momentum)
        assert len(found) == 201
        assert apart(found, expected) < 1e-9
        if momentum == 0:
            x, y = (column[:, 0].numpy() for column in columns(shift))
            by_hand = descend(x, y, np.array(START), eta, steps=200)
            assert apart(found, by_hand) < 1e-9


@pytest.mark.parametrize("shift", SHIFTS[:3])
def test_its_factor_is_what_a_step_leaves(arithmetic, shift):
    """The largest eigenvalue, in size, of a step of (θ, sum of gradients)."""
    shares = (0.05, 0.5, 0.99, 1.01, 1.5)
    for share, momentum in itertools.product(shares, (0, 0.5, 0.9)):
        bowl = arithmetic("descent", "bowl", GIVEN["means"], shift)
        eta = share * arithmetic("descent", "limit", bowl, momentum)
        H, one = hessian(columns(shift)[0]).numpy(), np.eye(2)
        step = np.block([[one - eta * H, -eta * momentum * one], [H, momentum * one]])
        expected = max(abs(np.linalg.eigvals(step)))
        found = arithmetic("descent", "factor", bowl, eta, momentum)
        assert found == pytest.approx(expected, rel=1e-9)
        assert (found < 1) == (share < 1)


@pytest.mark.parametrize("momentum", [0, 0.9])
def test_the_limit_is_sharp(arithmetic, momentum):
    bowl = arithmetic("descent", "bowl", GIVEN["means"], GIVEN["shift"])
    limit = arithmetic("descent", "limit", bowl, momentum)
    for share in (0.99, 1.01):
        path = arithmetic(
            "descent", "descend", bowl, START, share * limit, momentum, 1000
        )
        far = math.dist(path[-1], bowl["best"])
        assert far < 1e-6 if share < 1 else far > 1e6


def test_overflow_is_that_of_sgd(arithmetic):
    """A thousand times too fast: ±∞ and nan at the same steps."""
    bowl = arithmetic("descent", "bowl", GIVEN["means"], 0)
    found = arithmetic("descent", "descend", bowl, START, 1000, 0, 200)
    expected = np.array(path_of_sgd(0, 1000, 0))
    assert not np.isfinite(expected[-1]).any()
    finite = np.isfinite(np.array(found, dtype=float))
    assert finite.tolist() == np.isfinite(expected).tolist()


def test_a_path_is_cut_on_its_way_out(arithmetic):
    inside = [[0, 0], [3, 4], [-60, 80]]
    assert arithmetic("descent", "cut", inside, [0, 0], 100) == inside
    for far in ([9940, 80], [1e200, 80]):
        found = arithmetic("descent", "cut", [*inside, far, [0, 0]], [0, 0], 100)
        assert found == [*inside, pytest.approx([140, 80])]
    found = arithmetic("descent", "cut", [*inside, [-1e308, 1e308]], [1e308, 0], 100)
    assert found == []


def test_it_says_what_becomes_of_it(page, complaints):
    for query, expected in (
        ("x=plain&theta0=0&theta1=0&steps=30&eta=0.1", "below the limit 2/λmax = 0.93"),
        ("x=plain&theta0=0&theta1=0&steps=30&eta=0.9", "it converges"),
        ("x=plain&theta0=0&theta1=0&steps=30&eta=0.95", "it diverges"),
        ("x=centered&eta=0.3", "below the limit 2/λmax = 0.95"),
        (
            "momentum=0.9&eta=0.45",
            "limit 0.4567 (2/λmax = 0.2404, raised by momentum 0.90): it",
        ),
        ("momentum=0.9&eta=0.46", "it diverges"),
        ("eta=0.2404", "Learning rate 0.24040, above the limit 2/λmax = 0.24038:"),
        ("eta=0.23798", "error by 0.9800. After"),  # 0.99 of the limit
        ("eta=0.2428", "error by 1.0201. After"),  # 1.01 of it
        ("eta=2&steps=200", "the loss ∞. The numbers have become too"),
        ("eta=2&steps=500", "θ is (nan, nan) and the loss nan. The numbers"),
    ):
        expect(said(page, query)).to_contain_text(expected, timeout=20_000)
    assert complaints == []


def test_it_starts_with_the_path_of_the_still_figure(descent):
    x, y = (column[:, 0].numpy() for column in columns(GIVEN["shift"]))
    path = descend(x, y, np.array(GIVEN["start"]), GIVEN["eta"], GIVEN["steps"])
    theta = ", ".join(f"{each:.2f}" for each in path[-1]).replace("-", "−")
    expect(descent.locator("output")).to_contain_text(f"After 9 steps θ is ({theta})")
    beads = descent.locator(".beads").get_attribute("d")
    assert beads.count("M") == len(path)


def test_buttons_step_play_and_go_back(page, descent):
    output = descent.locator("output")
    descent.get_by_role("button", name="Step", exact=True).click()
    expect(output).to_contain_text("After 10 steps")
    descent.get_by_role("button", name="To step 0").click()
    expect(output).to_contain_text("After 0 steps θ is (2.90, 5.50)")
    descent.get_by_role("button", name="Play").click()
    expect(descent.get_by_label("steps")).not_to_have_value("0", timeout=20_000)
    descent.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(300)  # a last one may be on its way
    steps = descent.get_by_label("steps")
    taken = int(steps.input_value())
    assert taken > 0
    expect(output).to_contain_text(f"After {taken} step")
    page.wait_for_timeout(300)
    assert steps.input_value() == str(taken)
    descent.get_by_role("button", name="Start again").click()
    expect(output).to_contain_text("After 9 steps")


def test_the_first_steps_are_slow_enough_to_follow(page):
    page.clock.install()
    said(page, "steps=0")
    steps = page.locator("theta-descent").get_by_label("steps")
    expect(steps).to_have_value("0", timeout=20_000)
    page.clock.pause_at("2100-01-01")
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(3100)
    assert steps.input_value() == "12"
    page.clock.run_for(1000)  # ten a second from there
    assert int(steps.input_value()) in (21, 22)


def test_playing_ends_where_the_numbers_do(page):
    output = said(page, "eta=2&steps=120")
    expect(output).to_contain_text("After 120 steps", timeout=20_000)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=20_000)
    expect(output).to_contain_text("too large to store")


def test_without_motion_ten_steps_are_taken_at_once(page):
    page.emulate_media(reduced_motion="reduce")
    output = said(page, "steps=5")
    expect(output).to_contain_text("After 5 steps", timeout=20_000)
    page.get_by_role("button", name="Ten steps").click()
    expect(output).to_contain_text("After 15 steps")
    page.wait_for_timeout(400)
    expect(output).to_contain_text("After 15 steps")


def test_its_start_can_be_dragged(page, descent):
    box = descent.locator(".handle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=4)
    page.mouse.up()
    assert float(descent.get_by_label("start θ₀").input_value()) < 0
    assert float(descent.get_by_label("start θ₁").input_value()) > 7
    href = descent.locator(".situation").get_attribute("href")
    assert re.search(r"theta0=-\d\.?\d?&theta1=\d\.?\d?$", href)
    area = descent.locator(".stage svg").first.bounding_box()
    page.mouse.click(area["x"] + 0.8 * area["width"], area["y"] + 0.2 * area["height"])
    expect(descent.get_by_label("start θ₀")).to_have_value(re.compile(r"^[3-9]"))


def test_a_slider_of_the_learning_rate_says_the_rate(page, descent):
    slider = descent.get_by_role("slider", name="learning rate")
    assert slider.get_attribute("aria-valuetext") == "0.2236"
    slider.press("ArrowRight")
    expect(descent.locator("output")).to_contain_text("Learning rate 0.2249")
    assert slider.get_attribute("aria-valuetext") == "0.2249"


def test_a_learning_rate_can_be_typed(page, descent):
    field = descent.get_by_role("textbox")
    for typed, said in (("0,95", "0.9500"), ("0.9", "0.9000"), ("7", "2.0000")):
        field.fill(typed)
        field.press("Enter")
        expect(descent.locator("output")).to_contain_text(f"Learning rate {said}")
        expect(field).to_have_value(said)
    field.fill("fast")
    field.press("Enter")
    expect(field).to_have_value("2.0000")
    expect(descent.locator("output")).to_contain_text("Learning rate 2.0000")
