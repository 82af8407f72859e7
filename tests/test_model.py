import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from snippets.data import make_data
from snippets.exercises import model as exercises
from snippets.figures.model import figure_histogram, figure_neuron, figure_starts
from snippets.model import Line, Model, line, set_theta, train_side_by_side
from tests.drawn import labels
from tests.inputs import (
    FLOATS,
    SEEDS,
    SIZES,
    WHOLE,
    descend,
    drawn,
    examples,
    fractions,
    gamma,
)
from tests.printed import numbers


@pytest.mark.equation("regression-line", r"\hat y = \theta_0 + \theta_1 x")
def test_four_models_compute_the_line(seed, equation):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((50, 1), generator=generator)
    theta_0, theta_1 = torch.randn(2, generator=generator).tolist()
    expected = [theta_0 + theta_1 * value for value in x[:, 0].tolist()]
    model, sequential = Model(1, 1), nn.Sequential(nn.Linear(1, 1))
    set_theta(model.linear, theta_0, theta_1)
    set_theta(sequential[0], theta_0, theta_1)
    ways = (
        lambda x: line(x, theta_0, theta_1),
        Line(theta_0, theta_1),
        model,
        sequential,
    )
    for way in ways:
        assert way(x).shape == (50, 1)
        assert way(x)[:, 0].tolist() == pytest.approx(expected, abs=1e-5)
        theta = dict(enumerate((theta_0, theta_1)))
        equation(x=x, y_hat=way(x), theta=theta, rel=1e-5, abs=1e-5)


@pytest.mark.equation(
    "line-as-layer",
    r"\hat y = x W^\top + b, \qquad W = (\theta_1), \quad b = (\theta_0)",
)
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 2)])
def test_a_linear_layer_is_a_matrix_product_and_a_sum(inputs, outputs, seed):
    torch.manual_seed(seed)
    model = Model(inputs, outputs)
    x = torch.randn(7, inputs)
    weight, bias = model.linear.weight.tolist(), model.linear.bias.tolist()
    for row, result in zip(x.tolist(), model(x).tolist(), strict=True):
        for w, b, out in zip(weight, bias, result, strict=True):
            expected = sum(a * c for a, c in zip(row, w, strict=True)) + b
            assert out == pytest.approx(expected, abs=1e-5)


@pytest.mark.equation(
    "line-as-layer",
    r"\hat y = x W^\top + b, \qquad W = (\theta_1), \quad b = (\theta_0)",
)
def test_weight_is_the_slope_and_bias_the_intercept(seed, equation):
    model = Model(1, 1)
    set_theta(model.linear, 5.0, 7.0)
    assert model(torch.tensor([[0.0], [1.0], [2.0]])).tolist() == [[5], [12], [19]]
    assert (model.linear.bias.item(), model.linear.weight.item()) == (5, 7)
    torch.manual_seed(seed)
    wide = Model(3, 2)
    both = {0: wide.linear.bias, 1: wide.linear.weight}
    for linear, theta in ((model.linear, {0: 5, 1: 7}), (wide.linear, both)):
        x, W, b = torch.randn(7, linear.in_features), linear.weight, linear.bias
        equation(x=x, y_hat=linear(x), W=W, b=b, theta=theta, rel=1e-5, abs=1e-5)


@pytest.mark.equation(
    "initialization",
    r"W_{ij},\, b_i \sim U\!\left(-\frac{1}{\sqrt d},\, \frac{1}{\sqrt d}\right)",
)
@pytest.mark.parametrize("inputs", [1, 100])
@pytest.mark.alarms(4)
def test_starts_are_uniform(inputs, seed, alarm, equation):
    torch.manual_seed(seed)
    bound = 1 / math.sqrt(inputs)
    layer = nn.Linear(inputs, 100_000 // inputs)
    biases = torch.cat([nn.Linear(inputs, 1000).bias for _ in range(50)])
    for start in (layer.weight.flatten(), biases):
        sample = start.detach().numpy()
        # Massart's inequality, as in test_data
        limit = math.sqrt(math.log(2 / alarm()) / (2 * len(sample)))
        cdf = stats.uniform(-bound, 2 * bound).cdf
        assert stats.kstest(sample, cdf).statistic < limit
        assert np.abs(sample).max() <= bound
    layers = [nn.Linear(100, 100) for _ in range(100)]
    weights, biases = (
        torch.cat([getattr(each, name).flatten() for each in layers]).detach()[:10_000]
        for name in ("weight", "bias")
    )
    limit = math.sqrt(math.log(2 / min(alarm(), alarm())) / (2 * 10_000))
    equation(
        W_ij=weights,
        b_i=biases,
        d=100,
        U=lambda low, high: stats.uniform(low, high - low).cdf,
        sim=lambda samples, cdf: all(
            stats.kstest(sample, cdf).statistic < limit for sample in samples
        ),
    )


@pytest.mark.equation(
    "initial-moments",
    r"\E[W_{ij}] = 0, \qquad \Var(W_{ij}) = \frac{(2/\sqrt d)^2}{12} = "
    r"\frac{1}{3d}",
)
@pytest.mark.parametrize("inputs", [1, 100])
@pytest.mark.alarms(2)
def test_mean_and_variance_of_a_start(inputs, seed, alarm, equation):
    torch.manual_seed(seed)
    weight = nn.Linear(inputs, 100_000 // inputs).weight.detach().double().flatten()
    # Hoeffding: P(|mean − E| > t) ≤ 2 exp(−2 n t² / width²)
    deviation = math.sqrt(math.log(2 / alarm()) / (2 * len(weight)))
    assert weight.mean().abs() < deviation * 2 / math.sqrt(inputs)
    deviation = math.sqrt(math.log(2 / alarm()) / (2 * len(weight)))
    assert ((weight**2).mean() - 1 / (3 * inputs)).abs() < deviation / inputs
    # every start that there may be, in the limit: 100 001 of them at equal distances
    for d in (inputs, 7):
        starts = np.linspace(-1, 1, 100_001) / math.sqrt(d)
        equation(W_ij=starts, E=np.mean, Var=np.var, d=d, rel=1e-4)


THETAS = st.floats(-1000, 1000, width=16, allow_subnormal=False)


@examples
@given(st.data(), THETAS, THETAS)
def test_a_line_of_what_readers_bring_is_right_to_rounding(data, theta_0, theta_1):
    dtype = data.draw(st.one_of(FLOATS, WHOLE))
    shape = tuple(data.draw(st.lists(SIZES, max_size=3)))
    x = drawn(data.draw, shape, dtype, 50 if dtype == torch.float16 else 1e12)
    model = Line(theta_0, theta_1)
    assert (model.theta_0.item(), model.theta_1.item()) == (theta_0, theta_1)
    theta_0, theta_1 = Fraction(theta_0), Fraction(theta_1)
    for got in (line(x, float(theta_0), float(theta_1)), model(x)):
        assert got.shape == shape
        relative = Fraction(gamma(2, got.dtype))
        tiny = 2 * Fraction(torch.finfo(got.dtype).tiny)
        for value, at in zip(
            fractions(got.flatten()), fractions(x.flatten()), strict=True
        ):
            limit = relative * (abs(theta_0) + abs(theta_1 * at)) + tiny
            assert abs(value - theta_0 - theta_1 * at) <= limit


@examples
@given(FLOATS, THETAS, THETAS)
def test_a_layer_is_overwritten_in_whatever_dtype(dtype, theta_0, theta_1):
    layer = nn.Linear(1, 1).to(dtype)
    set_theta(layer, theta_0, theta_1)
    assert (layer.bias.item(), layer.weight.item()) == (theta_0, theta_1)


@pytest.mark.parametrize(
    "layer", [nn.Linear(3, 1), nn.Linear(1, 2), nn.Linear(1, 1, bias=False)], ids=str
)
def test_another_layer_is_not_overwritten(layer):
    before = layer.weight.clone()
    with pytest.raises(ValueError, match="not one input, one output and a bias"):
        set_theta(layer, 5.0, 7.0)
    assert torch.equal(layer.weight, before)


def test_a_theta_that_a_dtype_cannot_hold_is_infinite_or_an_error():
    layer = nn.Linear(1, 1).half()
    set_theta(layer, 1e8, 0.0)
    assert layer.bias.isinf()
    with pytest.raises(RuntimeError, match="floating point"):
        Line(5, 7)


def test_a_model_takes_no_rows_one_row_and_no_other_dtype():
    model = Model(2, 3)
    assert model(torch.zeros(0, 2)).shape == (0, 3)
    assert model(torch.zeros(2)).shape == (3,)
    for dtype in (torch.float16, torch.float64, torch.int64):
        with pytest.raises(RuntimeError, match="must have the same dtype"):
            model(torch.zeros(4, 2, dtype=dtype))
        assert model(torch.zeros(4, 2, dtype=dtype).float()).shape == (4, 3)


@examples
@given(st.data())
def test_each_line_side_by_side_descends_alone_or_there_is_an_error(data):
    n, start, steps = data.draw(SIZES), data.draw(SEEDS), data.draw(st.integers(0, 20))
    x, y = (drawn(data.draw, (n, 1), torch.float32) for _ in "xy")
    torch.manual_seed(start)
    lines = nn.Linear(1, 3)
    starts = torch.cat((lines.bias[:, None], lines.weight), 1).tolist()
    expected = [descend(x, y, theta, steps) for theta in starts]
    if all(ratio <= 1.9 for _, _, ratio in expected):
        train_side_by_side(lines, x, y, steps)
        got = torch.cat((lines.bias[:, None], lines.weight), 1).tolist()
        for theta, (exact, limit, _) in zip(got, expected, strict=True):
            assert np.linalg.norm(theta - exact) <= limit
    else:
        # between the two, either is right
        assume(not any(ratio <= 2.1 for _, _, ratio in expected))
        with pytest.raises(ValueError, match="training took the loss from"):
            train_side_by_side(lines, x, y, steps)


def test_training_that_grows_slowly_is_an_error():
    """The loss of the slope grows by a tenth in each step here: (1 − 2.05)²."""
    torch.manual_seed(1)
    x = torch.tensor([[3.2], [-3.2]])
    with pytest.raises(ValueError, match="training took the loss from"):
        train_side_by_side(nn.Linear(1, 1), x, torch.zeros(2, 1), steps=15)


def test_only_parameters_are_registered():
    assert [name for name, _ in Line(1.0, 2.0).named_parameters()] == [
        "theta_0",
        "theta_1",
    ]
    assert list(Model(1, 1).state_dict()) == ["linear.weight", "linear.bias"]


def test_what_is_computed_is_no_leaf_unless_it_is_wrapped():
    """In the section model#plain-tensors."""
    quotient = torch.randn(2, requires_grad=True) / 10
    quotient.sum().backward()
    with pytest.warns(UserWarning, match="not a leaf"):
        assert quotient.grad is None
    with pytest.raises(ValueError, match="non-leaf"):
        torch.optim.SGD([quotient], lr=0.1)
    wrapped = nn.Parameter(torch.randn(2) / 10)
    wrapped.sum().backward()
    assert torch.equal(wrapped.grad, torch.ones(2))
    torch.optim.SGD([wrapped], lr=0.1)


def test_a_wrong_input_shape_is_an_error():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        Model(1, 1)(torch.zeros(100))


def test_a_hundred_starts_end_in_the_least_squares_line(seed):
    x, y = make_data(seed)
    torch.manual_seed(seed)
    lines = nn.Linear(1, 100)
    spread = lines.weight.max() - lines.weight.min()
    assert spread > 1, "the starts must differ, or the test says nothing"
    train_side_by_side(lines, x, y)
    slope, intercept = np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)
    assert (lines.bias - intercept).abs().max() < 1e-4
    assert (lines.weight - slope).abs().max() < 1e-4


def test_no_steps_change_nothing():
    lines = nn.Linear(1, 3)
    before = lines.weight.clone()
    train_side_by_side(lines, *make_data(seed=0), steps=0)
    assert torch.equal(before, lines.weight)


def test_lengths_that_differ_are_an_error():
    x, y = make_data(seed=0)
    for column in (y[:99], y[:, 0], y[:1]):  # the last two would broadcast
        with pytest.raises(ValueError, match=r"x has shape \(100, 1\), y"):
            train_side_by_side(nn.Linear(1, 100), x, column)


def test_two_parameters_for_one_intercept_are_not_determined():
    class Twins(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Parameter(torch.tensor(2.0))
            self.b = nn.Parameter(torch.tensor(-1.0))
            self.theta_1 = nn.Parameter(torch.tensor(0.0))

        def forward(self, x):
            return self.a + self.b + self.theta_1 * x

    x, y = make_data(seed=0)
    twins = Twins()
    ((twins(x) - y) ** 2).mean().backward()
    assert torch.equal(twins.a.grad, twins.b.grad)
    train_side_by_side(twins, x, y)
    _, intercept = np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)
    assert (twins.a + twins.b).item() == pytest.approx(intercept, abs=1e-4)
    assert (twins.a - twins.b).item() == pytest.approx(3, abs=1e-4)


def test_the_figure_shows_a_hundred_starts_and_one_end():
    (axes,) = figure_starts().axes
    x, y = make_data(seed=0)
    assert axes.collections[0].get_offsets().tolist() == torch.cat((x, y), 1).tolist()
    starts, ends = axes.lines[:100], axes.lines[100:]
    theta = [np.polyfit(*start.get_data(), 1) for start in starts]
    assert np.abs(theta).max() <= 1 + 1e-5
    assert np.ptp(theta, axis=0).min() > 1
    fitted = np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)
    assert len(ends) == 100
    for end in ends:
        assert np.polyfit(*end.get_data(), 1) == pytest.approx(fitted, abs=1e-4)
    assert {line.get_color() for line in starts} == {"tab:gray"}
    assert {line.get_color() for line in ends} == {"tab:orange"}
    assert labels(axes) == {"$k = 0$": "tab:gray", "$k = 100$": "tab:orange"}


def test_the_neuron_multiplies_and_adds():
    (axes,) = figure_neuron().axes
    circles = {t.get_text(): t for t in axes.texts if t.get_bbox_patch()}
    assert list(circles) == ["$x$", "$1$", "$+$", r"$\hat y$"]
    arrows = [t for t in axes.texts if getattr(t, "arrow_patch", None)]
    joined = {(tuple(t.xyann), tuple(t.xy)) for t in arrows}
    place = {name: circle.get_position() for name, circle in circles.items()}
    assert joined == {
        (place["$x$"], place["$+$"]),
        (place["$1$"], place["$+$"]),
        (place["$+$"], place[r"$\hat y$"]),
    }
    heights = {
        t.get_text(): t.get_position()[1] for t in axes.texts if "theta" in t.get_text()
    }
    assert heights[r"$\times\,\theta_1$"] > 0.5 > heights[r"$\times\,\theta_0$"]
    assert place["$x$"][1] > place["$1$"][1]


def test_the_histogram_shows_where_slopes_start():
    (axes,) = figure_histogram().axes
    torch.manual_seed(0)
    weights = nn.Linear(1, 10_000).weight.detach().flatten().numpy()
    edges = [bar.get_x() for bar in axes.patches] + [1.5]
    counts, _ = np.histogram(weights, np.round(edges, 6))
    assert [bar.get_height() for bar in axes.patches] == counts.tolist()
    assert sum(counts) == 10_000
    assert all(
        (count > 0) == (-1.05 < edge < 0.95)
        for count, edge in zip(counts, edges, strict=False)
    )


def test_an_untrained_layer_predicts_its_own_line(seed):
    torch.manual_seed(seed)
    layer = nn.Linear(1, 1)
    (intercept,), ((slope,),) = layer.bias.tolist(), layer.weight.tolist()
    at = layer(torch.tensor([[0.0], [1.0], [2.0]])).detach()
    assert not at.requires_grad
    expected = [intercept, intercept + slope, intercept + 2 * slope]
    assert at[:, 0].tolist() == pytest.approx(expected, abs=1e-6)


def test_a_plain_tensor_beside_a_layer_is_left_out_without_a_word():
    class Beside(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(1, 1)
            self.theta = torch.zeros(1, requires_grad=True)

        def forward(self, x):
            return self.linear(x) + self.theta

    beside = Beside()
    assert [name for name, _ in beside.named_parameters()] == [
        "linear.weight",
        "linear.bias",
    ]
    train_side_by_side(beside, *make_data(seed=0))
    assert beside.theta.item() == 0


def test_stacked_layers_may_end_with_different_losses():
    """No guarantee of model#hundred-starts: a neuron that is off stays off."""
    x, y = make_data(seed=0)
    losses = []
    for bias in (10.0, -10.0):
        network = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1))
        set_theta(network[0], bias, 1.0)
        set_theta(network[2], 0.0, 1.0)
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-3)
        for _ in range(200):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(network(x), y)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    assert losses[0] < y.var(correction=0) <= losses[1]


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU])
def test_a_network_that_starts_at_zero_keeps_its_hidden_neurons_alike(activation):
    """Proves the solution of model#exercise-zeros."""
    network = nn.Sequential(nn.Linear(1, 4), activation(), nn.Linear(4, 1))
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    train_side_by_side(network, *make_data(seed=0), steps=200)
    for neurons in (network[0].weight, network[0].bias, network[2].weight.T):
        assert torch.equal(neurons, neurons[:1].expand_as(neurons))


# for each exercise the right answer, one for each hint, and one that is like none
ANSWERS = {
    "count": [(8,), (6,), (9,), (7,), (2,), (5,)],
    "bound": [
        (0.1, 0.0033333),
        (0.01, 0.000033333),
        (0.1, 0.00083333),
        (0.1, 0.057735),
        (0.1, 0.04),
    ],
    "zeros": [(5.319, 6.762), (0.0, 0.0), (5.57, 0.0), (5.0, 7.0), (6.762, 5.319)],
    "twins": [(3.66, 1.66), (2.66, 2.66), (3.0, 2.319), (3.5, 1.5), (5.319, 5.319)],
}


def ends_of_twins(printed, run):
    """Of those that start at 3 and 1."""
    lines = map(numbers, printed.splitlines())
    return [(a, b) for *start, a, b, _ in lines if start == [3, 1]]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "count": lambda printed, run: [tuple(numbers(printed))],
    "bound": lambda printed, run: [tuple(numbers(printed))],
    "zeros": lambda printed, run: [tuple(numbers(printed))],
    "twins": ends_of_twins,
}


def test_the_checks_know_further_answers():
    assert exercises.bound(10, 0.0033333) == -1
    assert exercises.zeros(5.319, 7.0) == -1
    assert exercises.twins(4.319, 1.0) == 2


def test_the_answers_on_twins_are_where_training_ends():
    """The right one, and those that hold one of the two fixed."""

    class Twins(nn.Module):
        def __init__(self, a, b):
            super().__init__()
            self.a, self.b, self.theta_1 = a, b, nn.Parameter(torch.zeros(()))

        def forward(self, x):
            return self.a + self.b + self.theta_1 * x

    for a_moves, b_moves, hint in ((True, True, 0), (False, True, 2), (True, False, 2)):
        a = nn.Parameter(torch.tensor(3.0), requires_grad=a_moves)
        b = nn.Parameter(torch.tensor(1.0), requires_grad=b_moves)
        train_side_by_side(Twins(a, b), *make_data(seed=0))
        assert exercises.twins(a.item(), b.item()) == hint


def test_layers_in_a_list_are_not_registered_and_in_a_module_list_they_are():
    model = nn.Module()
    model.layers = [nn.Linear(1, 1)]
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.SGD(model.parameters(), lr=0.1)
    model.layers = nn.ModuleList(model.layers)
    assert (
        len(torch.optim.SGD(model.parameters(), lr=0.1).param_groups[0]["params"]) == 2
    )
