"""The line to move in the chapter `loss`: its numbers, and moving it."""

import itertools
import math
import re

import pytest
import torch
from playwright.sync_api import expect

from snippets.data import make_data
from snippets.figures.loss import FIVE, explorable_surface
from snippets.loss import gradient, least_squares, mean_squared_error

pytestmark = pytest.mark.browser
SUMMARY = "Line ŷ = {} + {}x"


@pytest.fixture
def line(page):
    page.goto("en/loss.html#figure-surface")
    explorable = page.locator("theta-fit-line")
    expect(explorable.locator("output")).to_contain_text("12.80")
    return explorable


def at(page, intercept: float, slope: float):
    """What it says of the line, with the line there."""
    page.goto(f"en/loss.html#figure-surface?intercept={intercept}&slope={slope}")
    sign = "−" if slope < 0 else "+"
    start = f"−{-intercept:.2f}" if intercept < 0 else f"{intercept:.2f}"
    said = page.locator("theta-fit-line .summary")
    line = f"Line ŷ = {start} {sign} {abs(slope):.2f}x"
    expect(said).to_contain_text(line, timeout=20_000)
    return said


def center(handle) -> tuple[float, float]:
    box = handle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_its_arithmetic_is_the_chapter_s(arithmetic):
    large = torch.cat(make_data(seed=0), dim=1).double()
    for points in (FIVE.double(), large):
        x, y = points[:, :1], points[:, 1:]
        theta_hat = least_squares(x, y)
        found = arithmetic("fit-line", "leastSquares", points.tolist())
        assert found == pytest.approx(theta_hat.tolist(), rel=1e-9)
        for theta in ([6.0, 0.0], [-1.5, 3.25], theta_hat.tolist()):
            exact = torch.tensor(theta, dtype=torch.float64)
            told = arithmetic("fit-line", "lossAndGradient", theta, points.tolist())
            assert told["loss"] == pytest.approx(
                mean_squared_error(exact, x, y).item(), rel=1e-9
            )
            expected = gradient(exact, x, y).flatten().tolist()
            assert told["gradient"] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_level_line_is_where_the_loss_is_its_level(arithmetic):
    x, y = FIVE.double().split(1, dim=1)
    for level in explorable_surface()["levels"]:
        for theta in arithmetic("fit-line", "levelLine", FIVE.tolist(), level):
            theta = torch.tensor(theta, dtype=torch.float64)
            loss = mean_squared_error(theta, x, y).item()
            assert loss == pytest.approx(level, rel=1e-9)


def test_a_handle_on_the_map_moves_the_line(page, line):
    handle = line.locator(".stage svg").nth(1).locator(".handle")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y - 30, steps=4)
    page.mouse.up()
    intercept, slope = line.locator("input[type=range]").all()
    assert float(intercept.input_value()) < 6
    assert float(slope.input_value()) > 0
    expect(line.locator("output")).not_to_contain_text("12.80")


def test_a_click_on_the_map_puts_theta_there(line):
    area = line.locator(".stage svg").nth(1).bounding_box()
    unit = area["width"] / 360
    x, y = 38 + 312 * (1 + 5) / 14, 226 - 216 * (3 + 1) / 7  # θ = (1, 3)
    place = {"x": x * unit, "y": y * unit}
    line.locator(".stage svg").nth(1).click(position=place)
    expect(line.locator("output")).not_to_contain_text("12.80")
    sliders = line.locator("input[type=range]").all()
    theta = [float(each.input_value()) for each in sliders]
    assert theta == pytest.approx([1, 3], abs=0.06)
    beside = {"x": 10 * unit, "y": 100 * unit}  # where the numbers of the axis stand
    line.locator(".stage svg").nth(1).click(position=beside)
    assert [float(each.input_value()) for each in sliders] == theta


def test_a_finger_turns_the_line_around_its_middle(browser, base_url):
    page = browser.new_context(
        base_url=base_url, has_touch=True, viewport={"width": 390, "height": 844}
    ).new_page()
    page.goto("loss.html#figure-surface")
    line = page.locator("theta-fit-line")
    expect(line.locator("output")).to_contain_text("12.80")
    end = line.locator(".stage svg").first.locator(".handle").nth(1).bounding_box()
    at = {"x": end["x"] + end["width"] / 2, "y": end["y"] + end["height"] / 2}
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [at]),
        ("touchMove", [at | {"y": at["y"] - 60}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    intercept, slope = (
        float(each.input_value()) for each in line.locator("input[type=range]").all()
    )
    assert slope > 0.5
    assert intercept + 2 * slope == pytest.approx(6, abs=0.02)
    page.context.close()


def test_the_end_turns_no_further_than_the_sliders_go(page):
    page.goto("en/loss.html#figure-surface?intercept=-3&slope=2.4")
    line = page.locator("theta-fit-line")
    red = "The red arrow points against the gradient."
    expect(line.locator("output")).to_contain_text(red)
    end = line.locator(".stage svg").first.locator(".handle").nth(1).bounding_box()
    x, y = end["x"] + end["width"] / 2, end["y"] + end["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 100, steps=4)
    page.mouse.up()
    sliders = line.locator("input[type=range]").all()
    assert [float(each.input_value()) for each in sliders] == [-5, 3.4]


STATES = list(itertools.product((-5, 0.5, 9), (-1, 0, 1.3, 6)))


@pytest.mark.parametrize("width", [390, 1440])
def test_its_handles_are_in_the_frame_wherever_the_line_is(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for intercept, slope in STATES:
        said = at(page, intercept, slope)
        for panel in said.locator("xpath=..").locator(".panels svg").all():
            frame = panel.locator(".axes path").bounding_box()
            for handle in panel.locator(".handle").all():
                x, y = center(handle)
                assert frame["x"] - 1 <= x <= frame["x"] + frame["width"] + 1
                assert frame["y"] - 1 <= y <= frame["y"] + frame["height"] + 1
                # and no other covers it
                assert handle.evaluate(
                    "(handle, at) => handle === document.elementFromPoint(...at)",
                    [x, y],
                )


@pytest.mark.parametrize("which", [0, 1])
def test_a_handle_at_the_edge_is_taken_up_without_a_jump(page, which):
    for intercept, slope in ((9, 6), (-5, 6), (-3, 4), (9, -1), (-5, 1.6)):
        line = at(page, intercept, slope).locator("xpath=..")
        x, y = center(line.locator(".handle").nth(which))
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + (1 if slope > 0 else -1))
        page.mouse.up()
        sliders = line.locator("input[type=range]").all()
        theta = [float(each.input_value()) for each in sliders]
        assert theta == pytest.approx([intercept, slope], abs=0.3)


def test_its_squares_are_whole_if_the_line_is_in_sight(page):
    for intercept, slope in ((6, 0), (1, 2), (9, -1), (0, 3.4), (0.1, 0.1)):
        line = at(page, intercept, slope).locator("xpath=..")
        frame = line.locator(".axes path").first.bounding_box()
        for square in line.locator(".area").all():
            box = square.bounding_box()
            assert box["width"] == pytest.approx(box["height"], abs=0.1)
            assert box["x"] >= frame["x"]
            assert box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_the_button_finds_least_squares(line):
    line.get_by_role("button", name="least squares").click()
    expect(line.locator("output")).to_contain_text(SUMMARY.format("1.20", "2.40"))
    expect(line.locator("output")).to_contain_text("gradient (0.00, 0.00)")


@pytest.mark.parametrize(
    ("theta", "drawn"), [((-0.03, 3.01), True), ((1.2, 2.4), False)]
)
def test_an_arrow_is_drawn_unless_the_gradient_is_0(page, theta, drawn):
    said = at(page, *theta)
    told = "The red arrow points against the gradient." in said.text_content()
    way = page.locator("theta-fit-line .stage svg").nth(1).locator("path.error")
    assert told == drawn == bool(way.get_attribute("d"))
    if drawn:  # out of its dot, which has a radius of 9
        x0, y0, x, y = map(float, re.findall(r"[\d.]+", way.get_attribute("d"))[:4])
        assert math.dist((x0, y0), (x, y)) > 20
