import ast
import hashlib
import math
import os
import re
import subprocess
import sys
import textwrap
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from scipy import stats
from torch.utils.data import TensorDataset

from snippets import data
from snippets.data import (
    POST_ROWS,
    SAMPLE_SIZE,
    SIGMA,
    THETA,
    RowsDataset,
    make_data,
    sample_means,
)
from snippets.exercises import data as exercises
from snippets.figures.data import (
    figure_cloud,
    figure_means,
    figure_plot,
    figure_scatter,
)
from tests.drawn import labels
from tests.inputs import FLOATS, SIZES, WHOLE, drawn, examples, gamma
from tests.printed import numbers

MANY = 1_000_000


def assert_distribution(sample, cdf, alarm):
    """Massart's inequality: P(sup |F̂ − F| > d) ≤ 2 exp(−2 n d²), for every n."""
    limit = math.sqrt(math.log(2 / alarm()) / (2 * len(sample)))
    assert stats.kstest(sample, cdf).statistic < limit


def normal_grid(rows):
    """x and y of so many rows, and the mean of what is computed from them.

    The mean is exact for squares: Gauss and Hermite's points and weights.
    """
    points, weights = (np.array(each) for each in ([-1, 0, 1], [1, 4, 1]))
    grid = np.array(list(product(points * math.sqrt(3), repeat=2 * rows))).T
    chances = np.prod(list(product(weights / 6, repeat=2 * rows)), axis=1)
    x, noise = grid[:rows], SIGMA * grid[rows:]
    return (
        x,
        THETA[0].item() + THETA[1].item() * x + noise,
        lambda v: (v * chances).sum(-1),
    )


def test_the_function_draws_what_the_post_draws():
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    assert SAMPLE_SIZE == 100
    assert all(map(torch.equal, make_data(seed=0), (x, y)))


def test_the_function_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    first = make_data(seed=3)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.rand(5)
    assert all(map(torch.equal, first, make_data(seed=3)))
    assert not torch.equal(first[0], make_data(seed=4)[0])


def test_one_number_drawn_first_changes_what_follows():
    torch.manual_seed(0)
    torch.rand(1)
    x, _ = make_data(seed=0)
    assert not torch.equal(x, torch.randn((100, 1)))


def test_a_negative_size_is_an_error():
    with pytest.raises(RuntimeError):
        make_data(seed=0, size=-1)


def test_noise_of_normal_is_that_of_randn_times_its_standard_deviation():
    torch.manual_seed(0)
    noise = torch.normal(0, 2, (100, 1))
    torch.manual_seed(0)
    torch.testing.assert_close(0 + 2 * torch.randn((100, 1)), noise)


@examples
@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 70))
def test_any_seed_and_size_give_the_data_of_the_global_generator(seed, size):
    before = torch.random.get_rng_state()
    torch.manual_seed(seed)
    x, noise = torch.randn((size, 1)), torch.normal(0, 2, (size, 1))
    torch.random.set_rng_state(before)
    got = make_data(seed, size)
    assert [column.shape for column in got] == [(size, 1)] * 2
    assert torch.equal(got[0], x)
    # θ₁ x is rounded, and each of two sums
    exact = 5 + 7 * x.double() + noise.double()
    limit = gamma(3, torch.float32) * (5 + 7 * x.abs() + noise.abs())
    assert ((got[1] - exact).abs() <= limit).all()


def test_a_seed_out_of_range_is_an_error():
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises((RuntimeError, ValueError), match=r"(?i)overflow|range"):
            make_data(seed)


DRAW = """
import hashlib, torch
generator = torch.Generator().manual_seed(0)
x = torch.randn((100, 1), generator=generator)
noise = torch.normal(0, 2, (100, 1), generator=generator)
y = torch.tensor(5.0) + torch.tensor(7.0) * x + noise
print(torch.backends.cpu.get_cpu_capability())
print(hashlib.sha256(x.numpy().tobytes() + y.numpy().tobytes()).hexdigest())
print(torch.randint(2**60, (3,), generator=generator).tolist())
print(x.flatten().tolist())
"""


def test_another_setting_of_the_same_computer_may_change_last_digits():
    """Why data#seed says "with the same settings"."""
    drawn_by = {}
    for setting in ({"ATEN_CPU_CAPABILITY": "default"}, {}):
        environment = {k: v for k, v in os.environ.items() if k[:4] != "ATEN"} | setting
        command = (sys.executable, "-c", DRAW)
        told = subprocess.check_output(command, env=environment, text=True)
        capability, *rest = told.splitlines()
        drawn_by[capability] = rest
    bits, numbers_drawn, columns = zip(*drawn_by.values(), strict=True)
    assert len(set(numbers_drawn)) == 1
    here = torch.backends.cpu.get_cpu_capability()
    if here in drawn_by:  # the same setting, in another process: the same bits
        both = b"".join(column.numpy().tobytes() for column in make_data(seed=0))
        assert drawn_by[here][0] == hashlib.sha256(both).hexdigest()
    xs = [torch.tensor(ast.literal_eval(column)) for column in columns]
    # x is √(−2 ln U) cos 2πV for two of these numbers. In float32, the root is below
    # 6.7, rounding the angle moves the cosine by 2π u, and the rest is below 10 u.
    assert (xs[0] - xs[-1]).abs().max() <= 2 * 6.7 * (2 * math.pi + 10) * 2**-24
    assert "DEFAULT" in drawn_by
    if {"AVX2", "AVX512"} & drawn_by.keys():
        assert len(set(bits)) == 2


def test_equations_are_tested_with_any_seed():
    """None of their tests has a seed of its own."""
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and any(
                "mark.equation(" in ast.unparse(each) for each in node.decorator_list
            ):
                source = ast.unparse(node.body)
                if seed := re.search(r"(?:seed=|seed\(|make_data\()\d+", source):
                    found.append(
                        f"tests/{path.name}:{node.lineno}: {node.name} has {seed[0]}; "
                        "take the fixture `seed`"
                    )
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.equation(
    "data-model",
    r"y_i = \theta_0 + \theta_1 x_i + \varepsilon_i, \qquad x_i \sim N(0, 1), "
    r"\quad \varepsilon_i \sim N(0, \sigma^2)",
)
@pytest.mark.alarms(5)
def test_taking_the_line_away_leaves_independent_normal_noise(seed, alarm, equation):
    x, y = make_data(seed, size=MANY)
    noise = y - (5 + 7 * x)
    assert_distribution(x[:, 0].numpy(), stats.norm(0, 1).cdf, alarm)
    assert_distribution(noise[:, 0].numpy(), stats.norm(0, 2).cdf, alarm)
    # Fisher: atanh of the correlation of independent normals is nearly N(0, 1/(n − 3))
    correlation = torch.corrcoef(torch.cat((x, noise), 1).double().T)[0, 1]
    limit = stats.norm.isf(alarm() / 2) / math.sqrt(MANY - 3)
    assert abs(math.atanh(correlation)) < limit
    size = 10_000
    x, y = (column[:, 0].numpy() for column in make_data(seed, size))
    limit = math.sqrt(math.log(2 / min(alarm(), alarm())) / (2 * size))
    generator = torch.Generator().manual_seed(seed)
    _, noise = (torch.randn(size, generator=generator).numpy() for _ in "xε")
    equation(
        y_i=y,
        x_i=x,
        epsilon_i=SIGMA * noise,
        theta_0=5,
        theta_1=7,
        sigma=2,
        N=lambda mean, variance: stats.norm(mean, math.sqrt(variance)).cdf,
        sim=lambda sample, cdf: stats.kstest(sample, cdf).statistic < limit,
        rel=1e-5,
        abs=1e-5,
    )


@pytest.mark.equation(
    "moments",
    r"\E[y] = \theta_0 = 5, \qquad \Var(y) = \theta_1^2 \Var(x) + \sigma^2 = 49 + "
    r"4 = 53",
)
@pytest.mark.alarms(2)
def test_mean_and_variance_of_y(seed, alarm, equation):
    y = make_data(seed, size=MANY)[1].double()
    variance = 7**2 * 1 + 2**2
    assert (y.mean() - 5).abs() < stats.norm.isf(alarm() / 2) * math.sqrt(
        variance / MANY
    )
    # Σ (y − 5)² / 53 is chi-squared with n degrees of freedom
    low, high = stats.chi2.interval(1 - alarm(), MANY)
    assert low < ((y - 5) ** 2).sum() / variance < high
    (x,), (y,), mean = normal_grid(1)
    equation(
        x=x,
        y=y,
        theta=dict(enumerate(THETA.tolist())),
        sigma=SIGMA,
        E=mean,
        Var=lambda v: mean((v - mean(v)) ** 2),
    )


@pytest.mark.equation(
    "sample-mean",
    r"\sqrt{\Var(\bar y)} = \sqrt{\frac{\Var(y)}{n}} = \sqrt{\frac{53}{n}}",
)
@pytest.mark.parametrize("size", [25, 100, 400])
def test_spread_of_the_sample_mean(size, seed, alarm, equation):
    datasets = 5000
    means = sample_means(seed, datasets, size).double()
    assert means.shape == (datasets,)
    low, high = stats.chi2.interval(1 - alarm(), datasets)
    assert low < ((means - 5) ** 2).sum() / (53 / size) < high
    _, y, mean = normal_grid(3)
    equation(y=y[0], y_bar=y.mean(0), n=3, Var=lambda v: mean((v - mean(v)) ** 2))


@pytest.mark.equation(
    "correlation",
    r"\rho = \frac{\theta_1}{\sqrt{\theta_1^2 + \sigma^2}} = \frac{7}{\sqrt{53}}",
)
def test_correlation_of_x_and_y(seed, alarm, equation):
    # in float32, sums of a million squares are too small by 1/2000
    columns = torch.cat(make_data(seed, size=MANY), 1).double()
    correlation = torch.corrcoef(columns.T)[0, 1]
    limit = stats.norm.isf(alarm() / 2) / math.sqrt(MANY - 3)
    assert abs(math.atanh(correlation) - math.atanh(7 / math.sqrt(53))) < limit
    (x,), (y,), mean = normal_grid(1)
    covariance = mean(x * (y - mean(y)))
    rho = covariance / math.sqrt(mean(x**2) * mean((y - mean(y)) ** 2))
    equation(rho=rho, theta=dict(enumerate(THETA.tolist())), sigma=SIGMA)


@examples
@given(st.integers(0, 2**32), SIZES, st.integers(1, 70))
def test_means_of_any_datasets_are_right_to_rounding(seed, datasets, size):
    means = sample_means(seed, datasets, size)
    assert means.shape == (datasets,)
    _, y = make_data(seed, datasets * size)
    relative = Fraction(gamma(size, torch.float32))
    for mean, rows in zip(means, y.reshape(datasets, size), strict=True):
        values = [Fraction(value) for value in rows.tolist()]
        limit = relative * sum(map(abs, values)) / size
        assert abs(Fraction(mean.item()) - sum(values) / size) <= limit


def test_there_is_no_mean_of_no_observations():
    for size in (0, -1):
        with pytest.raises(ValueError, match="no mean of"):
            sample_means(0, 5, size)
    with pytest.raises(RuntimeError):
        sample_means(0, -1, 5)


def test_a_variance_is_divided_by_n_minus_1():
    _, y = make_data(seed=0)
    assert y.var().item() == pytest.approx(np.var(y.numpy(), ddof=1), rel=1e-5)
    assert y.var() > y.var(correction=0)
    assert ((y - 5) ** 2).sum() > ((y - y.mean()) ** 2).sum()


def test_shuffling_changes_no_summary_that_ignores_the_order(seed):
    _, y = make_data(seed)
    generator = torch.Generator().manual_seed(seed)
    shuffled = y[torch.randperm(100, generator=generator)]
    assert not torch.equal(shuffled, y)
    for power in (1, 2):  # from these sums come the mean and the variance
        before, after = (
            sum(Fraction(value) ** power for value in column.flatten().tolist())
            for column in (y, shuffled)
        )
        assert before == after


def test_constants_are_the_post_s():
    assert THETA.tolist() == [5, 7]
    assert SIGMA == 2
    assert POST_ROWS.shape == (10, 2)
    # first and last row as the post prints them
    assert POST_ROWS[[0, 9]].tolist() == torch.tensor(
        [[1.5048, 13.6858], [-1.1555, -6.8106]]
    ).tolist()  # fmt: skip


def test_rows_dataset_gives_what_tensor_dataset_gives():
    x, y = make_data(seed=0, size=20)
    ours, torchs = RowsDataset(torch.cat((x, y), 1)), TensorDataset(x, y)
    assert len(ours) == len(torchs) == 20
    for i in range(20):
        for mine, theirs in zip(ours[i], torchs[i], strict=True):
            assert torch.equal(mine, theirs)


@examples
@given(st.data())
def test_rows_that_readers_bring_are_items_or_an_error(data):
    dtype, n = data.draw(st.one_of(FLOATS, WHOLE)), data.draw(SIZES)
    rows = drawn(data.draw, (n, 2), dtype)
    dataset = RowsDataset(rows)
    assert len(dataset) == n
    for i in range(-n, n):
        x, y = dataset[i]
        assert x.shape == y.shape == (1,)
        assert torch.equal(torch.cat((x, y)), rows[i])
    for i in (n, -n - 1):
        with pytest.raises(IndexError):
            dataset[i]
    shape = tuple(data.draw(st.lists(SIZES, max_size=3)))
    if len(shape) != 2 or shape[1] != 2:
        with pytest.raises(ValueError, match=r"not \(n, 2\)"):
            RowsDataset(torch.zeros(shape))


def test_the_scatter_shows_the_data_and_the_true_line():
    (axes,) = figure_scatter().axes
    x, y = make_data(seed=0)
    assert axes.collections[0].get_offsets().tolist() == torch.cat((x, y), 1).tolist()
    (line,) = axes.lines
    assert np.polyfit(*line.get_data(), 1) == pytest.approx([7, 5], abs=1e-5)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$x$", "$y$")
    assert line.get_color() == "tab:blue"
    assert labels(axes) == {"$y = 5 + 7x$": "tab:blue", "$(x_i, y_i)$": "tab:gray"}


def test_the_cloud_shows_the_mean_of_each_dataset():
    (axes,) = figure_cloud().axes
    (dots,) = axes.collections
    means = [make_data(seed)[1].mean().item() for seed in range(200)]
    assert dots.get_offsets().tolist() == [list(each) for each in enumerate(means)]
    (truth,) = axes.lines
    assert list(truth.get_ydata()) == [5, 5]
    assert truth.get_color() == "tab:blue"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$k$", r"$\bar y$")
    assert labels(axes) == {r" $\theta_0 = 5$": "tab:blue"}
    # what the page says of seeds 0 to 4, of the highest dot and of most dots
    assert 5 not in means[:5]
    assert means[1] == min(means[:5])
    assert 6.5 < max(means) < 7.5
    assert 2.5 <= min(means) < 3.5
    assert sum(4 < mean < 6 for mean in means) > 100


def section(name):
    text = Path(data.__file__).read_text(encoding="utf-8")
    text = text.partition(f"[start:{name}]\n")[2].partition(f"# --8<-- [end:{name}]")[0]
    return textwrap.dedent(text)


def drawings(axes):
    points = axes.collections[0].get_offsets().tolist()
    lines = [
        (np.stack(line.get_data()).tolist(), line.get_color(), line.get_linestyle())
        for line in axes.lines
    ]
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    return points, lines, names, axes.get_xlabel(), axes.get_ylabel()


@pytest.fixture
def pyplot():
    before = matplotlib.get_backend()
    plt.switch_backend("svg")  # no window
    yield
    plt.close("all")
    plt.switch_backend(before)


def run_plot(monkeypatch, rows):
    monkeypatch.setattr(plt, "show", lambda: None)
    names = {"POST_ROWS": rows}
    exec(section("plot"), names)
    return names


def test_the_figure_is_what_the_section_plot_draws(pyplot, monkeypatch):
    names = run_plot(monkeypatch, POST_ROWS)
    (axes,) = figure_plot().axes
    assert drawings(names["axes"]) == drawings(axes)
    x, y = POST_ROWS.double().T.numpy()
    best, true = (np.polyfit(*line.get_data(), 1) for line in axes.lines)
    slope, intercept, *_ = stats.linregress(x, y)
    assert best == pytest.approx([slope, intercept], abs=1e-4)
    assert true == pytest.approx([7, 5])


@pytest.mark.parametrize("kind", [torch.tensor, np.array, list])
def test_the_section_plot_draws_what_readers_bring(kind, pyplot, monkeypatch, seed):
    """Lists, arrays and tensors with one dimension, as data#plot says."""
    x, y = np.random.default_rng(seed).normal(size=(2, 7)).round(3).tolist()
    text = section("plot")
    line = "x_own, y_own = POST_ROWS[:, 0], POST_ROWS[:, 1]"
    assert line in text
    monkeypatch.setattr(plt, "show", lambda: None)
    names = {"x_own": kind(x), "y_own": kind(y)}
    exec(text.replace(line, "pass"), names)
    slope, intercept, *_ = stats.linregress(x, y)
    fitted, _ = names["axes"].lines
    assert np.polyfit(*fitted.get_data(), 1) == pytest.approx(
        [slope, intercept], abs=1e-3
    )
    offsets = np.asarray(names["axes"].collections[0].get_offsets())
    assert offsets == pytest.approx(np.stack((x, y), 1), abs=1e-5)


def test_a_figure_can_be_kept_as_a_file(pyplot, monkeypatch, tmp_path):
    file = tmp_path / "line.png"
    run_plot(monkeypatch, POST_ROWS)["figure"].savefig(file, dpi=200)
    assert file.stat().st_size > 1000


def test_a_sample_says_on_average_how_far_off_its_own_mean_is():
    """data#spread puts y.var() in the place of 53."""
    _, y, mean = normal_grid(3)
    assert mean(y.var(axis=0, ddof=1) / 3) == pytest.approx(53 / 3)


def test_the_bars_of_the_means_are_as_long_as_their_equation_says():
    (axes,) = figure_means().axes
    (bars,) = [c for c in axes.collections if type(c).__name__ == "LineCollection"]
    for (below, above), size in zip(bars.get_segments(), (25, 100, 400), strict=True):
        assert below[0] == above[0]
        half = math.sqrt(53 / size)
        assert [below[1], above[1]] == pytest.approx([5 - half, 5 + half])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["25", "100", "400"]
    violins = [
        c for c in axes.collections if type(c).__name__ == "FillBetweenPolyCollection"
    ]
    heights = [np.ptp(violin.get_paths()[0].vertices[:, 1]) for violin in violins]
    assert heights == sorted(heights, reverse=True)
    assert len(heights) == 3
    gray = to_rgba("tab:gray", alpha=0.35)
    assert all(tuple(violin.get_facecolor()[0]) == gray for violin in violins)
    (truth,) = [line for line in axes.lines if len(set(line.get_ydata())) == 1][:1]
    assert (truth.get_ydata()[0], truth.get_color()) == (5, "tab:blue")
    assert to_rgba("tab:orange") == tuple(bars.get_color()[0])
    assert labels(axes) == {
        r" $\theta_0 = 5$": "tab:blue",
        r"$\pm\sqrt{53/n}$": "tab:orange",
    }


def test_over_all_pairings_the_correlation_has_variance_1_over_n_minus_1(seed):
    """Proves the solution of data#exercise-shuffle: every order of y is tried."""
    x, y = np.random.default_rng(seed).normal(size=(2, 6))
    correlations = [np.corrcoef(x, order)[0, 1] for order in permutations(y)]
    assert np.mean(correlations) == pytest.approx(0, abs=1e-12)
    assert np.var(correlations) == pytest.approx(1 / 5)
    # the products that the solution says it is about the mean of
    u, v = ((each - each.mean()) / each.std() for each in (x, y))
    products = np.array([u * order for order in permutations(v)])
    assert products.mean() == pytest.approx(0, abs=1e-12)
    assert products.var() == pytest.approx(1)


def by_the_slope_and_sigma(theta_1, sigma):
    return theta_1 / math.sqrt(theta_1**2 + sigma**2)


def squared(theta_1, sigma):
    return theta_1**2 / (theta_1**2 + sigma**2)


def by_variances(theta_1, sigma):
    return theta_1 / (theta_1**2 + sigma**2)


def by_a_sum_of_deviations(theta_1, sigma):
    return theta_1 / (theta_1 + sigma)


def by_the_noise_alone(theta_1, sigma):
    return theta_1 / sigma


_, Y = make_data(seed=0)
GENERATOR = torch.Generator().manual_seed(1)
SHUFFLED = Y[torch.randperm(100, generator=GENERATOR)]
DRAWN_AGAIN = Y[torch.randint(100, (100,), generator=GENERATOR)]


def correlation_with_x(column):
    x, _ = make_data(seed=0)
    return float(np.corrcoef(x.flatten(), column.flatten())[0, 1])


# for each exercise the right answer, one for each hint, and one that is like none
ANSWERS = {
    "variance": [(65,), (53,), (23,), (121,), (20,)],
    "coefficient": [
        (by_the_slope_and_sigma,),
        (squared,),
        (by_variances,),
        (by_a_sum_of_deviations,),
        (by_the_noise_alone,),
    ],
    "prefix": [(0, 16), (10, 16), (0, 0), (0, 1), (10, 0)],
    "shuffle": [
        (SHUFFLED, correlation_with_x(SHUFFLED)),
        (SHUFFLED, 0.0),
        (SHUFFLED, correlation_with_x(Y)),
        (DRAWN_AGAIN, correlation_with_x(DRAWN_AGAIN)),
        (Y, correlation_with_x(Y)),
        (SHUFFLED, 0.5),
    ],
}


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "variance": lambda printed, run: [tuple(numbers(printed))],
    "coefficient": lambda printed, run: [(run()["correlation"],)],
    "prefix": lambda printed, run: [tuple(numbers(printed)[::2])],
    "shuffle": lambda printed, run: [(run()["shuffled"], numbers(printed)[-1])],
}


def test_the_checks_know_further_answers():
    assert exercises.variance(torch.tensor(65.04)) == 0
    assert (
        exercises.coefficient(
            lambda theta_1, sigma: theta_1 / torch.hypot(theta_1, sigma)
        )
        == 0
    )
    assert exercises.prefix(False, True) == 3  # what torch.equal returns
    assert exercises.shuffle(SHUFFLED.flatten(), correlation_with_x(SHUFFLED)) == 0
    assert exercises.shuffle(Y.flatten(), correlation_with_x(Y)) == 4


@given(st.sampled_from([3.0, 4.0, -0.7, 2.5]), st.floats(0.01, 9))
def test_a_coefficient_that_is_right_for_one_slope_or_noise_is_wrong(place, off):
    right = by_the_slope_and_sigma
    wrong = [
        lambda theta_1, sigma: right(theta_1, sigma) + off * (theta_1 - place),
        lambda theta_1, sigma: right(theta_1, sigma) + off * (sigma - place),
        lambda theta_1, sigma: right(theta_1, sigma) * (1 + off),
        lambda theta_1, sigma: abs(right(theta_1, sigma)),
        lambda theta_1, sigma: 0.6,
    ]
    assert 0 not in map(exercises.coefficient, wrong)


def test_two_that_change_places_are_no_shuffle():
    order = [1, 0, *range(2, 100)]
    assert exercises.shuffle(Y[order], correlation_with_x(Y[order])) == -1
    assert exercises.shuffle(Y.flip(0), correlation_with_x(Y.flip(0))) == 0
