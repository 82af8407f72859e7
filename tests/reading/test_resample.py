"""The datasets to draw in the chapter `estimates`: their numbers, and drawing them."""

import math
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from scipy import stats

from snippets.data import make_data
from snippets.estimates import fit
from snippets.figures.estimates import explorable_cloud

pytestmark = pytest.mark.browser
GIVEN = explorable_cloud()
THETA = np.array(GIVEN["theta"])
SLOW = {"timeout": 20_000}  # a busy computer draws late


@pytest.fixture
def datasets(page):
    page.goto("en/estimates.html#figure-cloud")
    explorable = page.locator("theta-resample")
    expect(explorable.locator("output")).to_contain_text("1000 datasets", **SLOW)
    return explorable


@pytest.fixture
def each(page):
    """Calls what the script exports with each of many arguments, on one page."""

    def call(function: str, arguments) -> np.ndarray:
        page.goto("index.html")
        code = """async ([name, all]) => {
            const path = "./scripts/explorables/resample.js"
            const script = await import(new URL(path, document.baseURI))
            return all.map(given => script[name](...given))
        }"""
        return np.array(page.evaluate(code, [function, list(arguments)]))

    return call


def design(n: int) -> np.ndarray:
    return np.column_stack((np.ones(n), GIVEN["x"][:n]))


def drawn(arithmetic, **given) -> np.ndarray:
    """The errors of θ̂ and the standard errors of many datasets, with σ = 1."""
    return np.array(arithmetic("resample", "resample", GIVEN, given))


@pytest.mark.parametrize("n", [5, 6, 99, 100, 200])
def test_its_fit_is_the_chapter_s(arithmetic, n):
    x, y = (column.double() for column in make_data(seed=3, size=n))
    regression = fit(x, y)
    found = arithmetic("resample", "fit", *(v.flatten().tolist() for v in (x, y)))
    expected = regression.theta_hat.tolist()
    assert found["theta"] == pytest.approx(expected, rel=1e-9)
    expected = regression.standard_error.tolist()
    assert found["errors"] == pytest.approx(expected, rel=1e-9)
    ends = np.array(arithmetic("resample", "intervals", found, n))
    assert ends == pytest.approx(regression.interval().numpy(), rel=1e-9)


def test_its_quantiles_are_scipy_s(each):
    degrees = np.arange(1, 199)
    t = each("quantile", degrees[:, None].tolist())
    assert t == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-9)


@pytest.mark.parametrize(("n", "sigma"), [(5, 0.5), (100, 2), (200, 5)])
def test_its_formula_is_the_covariance_matrix(arithmetic, n, sigma):
    X = design(n)
    covariance = sigma**2 * np.linalg.inv(X.T @ X)
    errors = arithmetic("resample", "standardErrors", GIVEN["x"][:n], sigma)
    assert errors == pytest.approx(np.sqrt(covariance.diagonal()), rel=1e-9)
    oval = arithmetic("resample", "ellipse", GIVEN["theta"], GIVEN["x"][:n], sigma)
    away = np.array(oval) - THETA
    distances = (away @ np.linalg.inv(covariance) * away).sum(1)
    assert distances == pytest.approx(stats.chi2.ppf(0.95, 2), rel=1e-9)
    turns = np.unwrap(np.arctan2(*away.T))  # all the way around
    assert abs(turns[-1] - turns[0]) == pytest.approx(2 * math.pi)


def test_its_noise_is_normal(arithmetic, each):
    noise = each("normals", [(1, i, 200) for i in range(100)])
    other = each("normals", [(2, i, 200) for i in range(10)])
    assert len(np.unique(np.concatenate((noise, other)))) == 110 * 200
    assert noise.mean() == pytest.approx(0, abs=3 / math.sqrt(20_000))
    assert noise.var() == pytest.approx(1, abs=3 * math.sqrt(2 / 20_000))
    assert stats.kstest(noise.flatten(), "norm").statistic < 1.36 / math.sqrt(20_000)
    neighbors = np.corrcoef(noise[:, :-1].flatten(), noise[:, 1:].flatten())[0, 1]
    datasets = np.corrcoef(noise[:-1].flatten(), noise[1:].flatten())[0, 1]
    assert max(abs(neighbors), abs(datasets)) < 3 / math.sqrt(20_000)
    for n in (5, 6):
        shorter = arithmetic("resample", "normals", 1, 7, n)
        assert shorter == noise[7, :n].tolist()


def test_the_first_dataset_is_the_chapter_s(arithmetic):
    regression = fit(*make_data(seed=0))
    (first,) = 2 * drawn(arithmetic, n=100, seed=1, count=1)
    found = (*(THETA + first[:2]), *first[2:])
    expected = torch.cat((regression.theta_hat, regression.standard_error)).tolist()
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n", [5, 25, 100, 200])
def test_many_datasets_keep_what_the_formula_and_the_intervals_promise(each, n):
    """Within 4 standard deviations, since some thirty numbers are compared."""
    count, seeds = 5000, (1, 2, 3, 4)
    given = [(GIVEN, {"n": n, "seed": seed, "count": count}) for seed in seeds]
    errors, standard_errors = np.split(each("resample", given).reshape(-1, 4), 2, 1)
    total = count * len(seeds)
    product = design(n).T @ design(n)
    unit = errors / np.sqrt(np.linalg.inv(product).diagonal())
    assert unit.mean(0) == pytest.approx([0, 0], abs=4 / math.sqrt(total))
    assert unit.std(0) == pytest.approx([1, 1], abs=4 / math.sqrt(2 * total))
    inside = (errors @ product * errors).sum(1) < stats.chi2.ppf(0.95, 2)
    close = 4 * math.sqrt(0.95 * 0.05 / total)
    assert inside.mean() == pytest.approx(0.95, abs=close)
    covered = np.abs(errors) <= stats.t.ppf(0.975, n - 2) * standard_errors
    assert covered.mean(0) == pytest.approx([0.95, 0.95], abs=close)


def test_more_datasets_leave_those_before_and_points_are_added(arithmetic):
    given = {"n": 30, "seed": 4}
    few = drawn(arithmetic, **given, count=3)
    assert (drawn(arithmetic, **given, count=12)[:3] == few).all()
    noise = arithmetic("resample", "normals", 4, 2, 200)[:30]
    found = arithmetic("resample", "fit", GIVEN["x"][:30], noise)
    assert (few[2] == [*found["theta"], *found["errors"]]).all()


def test_it_says_what_the_chapter_says(arithmetic, page):
    """In its first state: the spread, which the chapter gives as 0.20."""
    many = drawn(arithmetic, n=100, seed=1, count=1000)
    page.goto("en/estimates.html#figure-cloud")
    said = page.locator("theta-resample output")
    expect(said).to_contain_text("1000 datasets", **SLOW)
    numbers = re.findall(r"\(([\d.]+), ([\d.]+)\)", said.text_content())
    mean, spread, formula = np.array(numbers, dtype=float)
    assert mean == pytest.approx(THETA + 2 * many[:, :2].mean(0), abs=0.00501)
    assert spread == pytest.approx(2 * many[:, :2].std(0, ddof=1), abs=0.000501)
    assert spread == pytest.approx([0.20, 0.20], abs=0.0134)  # 3 standard deviations
    covariance = 4 * np.linalg.inv(design(100).T @ design(100))
    assert formula == pytest.approx(np.sqrt(covariance.diagonal()), abs=0.000501)
    missed = np.abs(many[:, 1]) > stats.t.ppf(0.975, 98) * many[:, 3]
    assert f"{missed.sum()} of the 1000 intervals" in said.text_content()
    share = page.locator("theta-resample .stage svg").nth(1).get_by_text(" / 1000")
    coverage = 100 - missed.mean() * 100
    expect(share).to_have_text(f"{1000 - missed.sum()} / 1000 = {coverage:.1f} %")


def test_the_marks_are_the_numbers(arithmetic, page):
    latest = drawn(arithmetic, n=100, seed=1, count=1000)[-50:]
    far = np.abs(latest[:, 1]) > stats.t.ppf(0.975, 98) * latest[:, 3]
    page.goto("en/estimates.html#figure-cloud")
    datasets = page.locator("theta-resample")
    expect(datasets.locator("output")).to_contain_text("1000 datasets", **SLOW)
    cloud, stack = datasets.locator(".stage svg").all()
    assert cloud.locator(".data.dots").get_attribute("d").count("M") == 1000
    caught, missed = (
        stack.locator(kind).get_attribute("d").count("M")
        for kind in (".estimate:not(.dots)", ".error.dotted")
    )
    assert (caught, missed) == ((~far).sum(), far.sum())
    assert missed >= 1
    crosses = stack.locator(".error:not(.dotted)").get_attribute("d")
    assert crosses.count("M") == missed


def test_one_dataset_and_more_of_them(page, datasets):
    def press(name):
        datasets.get_by_role("button", name=name).click()

    said = datasets.locator("output")
    press("Draw again from one")
    expect(said).to_contain_text(
        "θ̂ = (5.319, 6.762), standard errors (0.185, 0.180)", **SLOW
    )
    expect(said).to_contain_text("[6.40, 7.12], contains the true 7", **SLOW)
    for name, count in (("1 new", "2"), ("10 more", "12"), ("1000 more", "1012")):
        press(name)
        expect(said).to_contain_text(f"{count} datasets", **SLOW)
    dots = datasets.locator(".data.dots").get_attribute("d")
    newest = datasets.locator("circle").nth(1)
    at = [float(newest.get_attribute(name)) for name in ("cx", "cy")]
    assert dots.endswith("M{:.1f} {:.1f}h0".format(*at))
    link = datasets.locator(".situation").get_attribute("href")
    page.goto("about:blank")
    page.goto(f"en/estimates.html{link}")
    expect(said).to_contain_text("1012 datasets", **SLOW)
    assert datasets.locator(".data.dots").get_attribute("d") == dots
    press("Draw again from one")
    press("1000 more")
    expect(said).to_contain_text("1001 datasets", **SLOW)
    assert not dots.startswith(datasets.locator(".data.dots").get_attribute("d")[:99])
    press("Start again")
    expect(said).to_contain_text("1000 datasets", **SLOW)
    assert datasets.locator(".situation").get_attribute("href") == "#figure-cloud?"


def test_ten_thousand_datasets_freeze_nothing(page):
    """Each frame fits some of them, so that the page can answer in between."""
    page.goto("estimates.html#figure-cloud?n=200&count=10000&sigma=0.5")
    said = page.locator("theta-resample output")
    expect(said).to_contain_text("데이터셋 10000개(n = 200)", **SLOW)
    sizes = page.locator("theta-resample").evaluate(
        """async explorable => {
            const sizes = []
            explorable.by({seed: 5})
            for (let frame = 0; frame < 8; frame++) {
                await new Promise(requestAnimationFrame)
                sizes.push(explorable.known.length)
            }
            return sizes
        }"""
    )
    assert 0 < max(np.diff(sizes, prepend=0)) <= 2000
    assert sizes[-1] == 10_000
    dots = page.locator("theta-resample .data.dots").get_attribute("d")
    assert dots.count("M") == 10_000


def test_it_says_that_all_datasets_keep_the_same_x(page):
    """Unlike those of the code above, whose cloud is nearly the same."""
    for language, said in (("en/", "here all keep the x"), ("", "x를 계속 쓴다")):
        page.goto(f"{language}estimates.html#figure-cloud")
        expect(page.locator("theta-resample .note")).to_contain_text(said, **SLOW)


@pytest.mark.parametrize("query", ["", "?n=5", "?n=200&sigma=5", "?n=5&sigma=5"])
def test_the_name_of_the_ellipse_is_beside_the_dots_on_a_phone(page, query):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"en/estimates.html#figure-cloud{query}")
    cloud = page.locator("theta-resample .stage svg").first
    expect(page.locator("theta-resample output")).to_contain_text("1000 data", **SLOW)
    name = cloud.get_by_text("ellipse").evaluate("""text => {
        const {x, y, width, height} = text.getBBox()
        return [x, y, x + width, y + height]
    }""")
    left, top, right, bottom = name
    path = cloud.locator(".data.dots").get_attribute("d")
    dots = [tuple(map(float, each)) for each in re.findall(r"M(\S+) ([\d.-]+)", path)]
    assert len(dots) == 1000
    behind = [(x, y) for x, y in dots if left < x < right and top < y < bottom]
    assert len(behind) <= 3
