import copy
import math
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats
from torch import nn

from snippets import layers
from snippets.data import make_data
from snippets.figures import layers as figures
from snippets.layers import (
    Regressor,
    classify,
    fit,
    growth,
    kinks,
    line_rmse,
    make_curve,
    make_spiral,
    many_columns,
    read_table,
    rmse,
    split,
    tents,
    train,
    train_epoch,
    two_errors,
    watch,
    waves,
    wide,
)
from tests.drawn import is_whole
from tests.printed import numbers, section

ROOT = Path(__file__).parents[1]
float64 = torch.float64


def recorded(label):
    path = ROOT / f"snippets/outputs/layers/{label}.txt"
    return path.read_text(encoding="utf-8")


def one_hidden(seed, width=6):
    """A network of one input and one hidden layer, in float64."""
    torch.manual_seed(seed)
    layers = nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1)
    return nn.Sequential(*layers).double()


@pytest.mark.equation(
    "linear-of-linear",
    r"(x W_1^\top + b_1) W_2^\top + b_2 = x (W_2 W_1)^\top + (b_1 W_2^\top + b_2)",
)
def test_two_linear_layers_are_one(seed, equation):
    torch.manual_seed(seed)
    first, second = nn.Linear(3, 4).double(), nn.Linear(4, 2).double()
    x = torch.randn(5, 3, dtype=float64)
    one = nn.Linear(3, 2).double()
    with torch.no_grad():
        one.weight.copy_(second.weight @ first.weight)
        one.bias.copy_(first.bias @ second.weight.T + second.bias)
    assert torch.allclose(one(x), second(first(x)))
    assert not torch.allclose(one(x), second(torch.relu(first(x))))
    names = {}
    for number, layer in ((1, first), (2, second)):
        names[f"W_{number}"] = layer.weight.detach().numpy()
        names[f"b_{number}"] = layer.bias.detach().numpy()[None]
    equation(x=x, **names)


def test_a_narrow_middle_layer_loses_functions(seed):
    """Through one number in the middle, two outputs cannot move apart."""
    torch.manual_seed(seed)
    narrow = nn.Sequential(nn.Linear(3, 1), nn.Linear(1, 3)).double()
    both = narrow[1].weight @ narrow[0].weight
    assert torch.linalg.matrix_rank(both) == 1


@pytest.mark.equation(
    "hidden-layer", r"f(x) = c + \sum_{j=1}^{m} v_j \max(0,\, w_j x + b_j)"
)
def test_a_hidden_layer_is_a_sum_of_ramps(seed, equation):
    network = one_hidden(seed)
    w, b = network[0].weight.detach()[:, 0], network[0].bias.detach()
    v, c = network[2].weight.detach()[0], network[2].bias.item()

    def f(x):
        return network(torch.tensor([[x]], dtype=float64)).item()

    for x in (-5.0, 0.4, 5.0):
        equation(f=f, x=x, c=c, v=v, w=w, b=b, m=len(v))


@pytest.mark.equation("kink", r"x = -\frac{b_j}{w_j}")
def test_the_slope_changes_at_the_kinks_and_nowhere_else(seed, equation):
    network = one_hidden(seed)
    places = kinks(network)
    assert len(places) == 6 and all(a < b for a, b in pairwise(places))
    inner = [(a + (b - a) * share) for a, b in pairwise(places) for share in (0.2, 0.7)]
    ends = [places[0] - 5, places[0] - 1, *inner, places[-1] + 1, places[-1] + 5]
    at = torch.stack(ends)[:, None].requires_grad_()
    network(at).sum().backward()
    slopes = at.grad[:, 0]
    for left, right in zip(slopes[::2], slopes[1::2], strict=True):  # of one piece
        assert left.item() == pytest.approx(right.item())
    for left, right in pairwise(slopes[::2]):
        assert abs(left - right) > 1e-9
    w, b = network[0].weight.detach()[:, 0], network[0].bias.detach()
    for j in range(1, 7):
        # where what enters the neuron is 0, found without the equation
        root = optimize.brentq(
            lambda x, j=j: (w[j - 1] * x + b[j - 1]).item(), -1e4, 1e4
        )
        equation(x=root, b=b, w=w, j=j, rel=1e-6)


def test_outside_its_kinks_a_relu_network_goes_straight_on(seed):
    network = one_hidden(seed, width=20)
    for end, sign in ((kinks(network)[-1], 1), (kinks(network)[0], -1)):
        at = (end + sign * torch.tensor([1.0, 10, 100, 1000]))[:, None].double()
        at.requires_grad_()
        network(at).sum().backward()
        assert at.grad[:, 0].std().item() < 1e-12


def test_the_network_beats_the_line_on_the_curve_and_reaches_the_noise():
    for seed in range(3):
        x, y = make_curve(seed)
        torch.manual_seed(seed)
        layers = nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1)
        line, network = fit(nn.Linear(1, 1), x, y), fit(nn.Sequential(*layers), x, y)
        noise = (y - torch.sin(2 * x)).square().mean().item()
        assert line > 4 * noise
        assert network < 1.1 * noise


def test_a_line_trained_longer_is_no_better():
    x, y = make_curve(seed=0)
    residual = y - torch.as_tensor(np.polyval(np.polyfit(x[:, 0], y[:, 0], 1), x))
    losses = [fit(nn.Linear(1, 1), x, y, steps) for steps in (500, 2000)]
    assert losses == pytest.approx([residual.square().mean().item()] * 2, rel=1e-4)


@pytest.mark.alarms(3)
def test_the_curve_is_sin_2x_with_normal_noise(seed, alarm):
    x, y = make_curve(seed, size=2000)
    noise = ((y - torch.sin(2 * x)) / 0.3).double().numpy()
    assert stats.kstest(x.numpy().ravel(), stats.uniform(-2, 4).cdf).pvalue > alarm()
    assert stats.kstest(noise.ravel(), stats.norm.cdf).pvalue > alarm()
    x, y = many_columns(seed, size=2000)
    noise = ((y - torch.sin(2 * x[:, :1])) / 0.3).numpy()
    assert stats.kstest(noise.ravel(), stats.norm.cdf).pvalue > alarm()


def test_overfitting_shows_in_held_out_data_alone():
    tables = [many_columns(20 + i, 100) for i in range(2)]
    losses = watch(wide(seed=2), *tables)
    assert losses.shape == (30, 2)
    assert losses[-1, 0] < 0.01 < 0.09 < losses[-1, 1]  # 0.09 is the noise
    best = losses[:, 1].argmin()
    assert 0 < best < 10
    assert losses[-1, 1] > 1.3 * losses[best, 1]


def test_what_is_watched_are_the_losses_of_adamw_every_ten_steps():
    """The first row, against ten steps taken here."""
    x, y = many_columns(0, 20)
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1)).double()
    other = copy.deepcopy(model)
    losses = watch(model, (x, y), (x[:5], y[:5]), weight_decay=3.0)
    optimizer = torch.optim.AdamW(other.parameters(), lr=0.005, weight_decay=3.0)
    for _ in range(10):
        optimizer.zero_grad()
        nn.functional.mse_loss(other(x), y).backward()
        optimizer.step()
    squares = (other(x) - y).detach().square()
    expected = [squares.mean().item(), squares[:5].mean().item()]
    assert losses[0].tolist() == pytest.approx(expected, rel=1e-5)


def test_adamw_without_decay_is_adam():
    x, y = many_columns(0, 20)
    models = [nn.Linear(4, 1).double() for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    kinds = (torch.optim.Adam, {}), (torch.optim.AdamW, {"weight_decay": 0.0})
    for model, (kind, options) in zip(models, kinds, strict=True):
        optimizer = kind(model.parameters(), lr=0.005, **options)
        for _ in range(20):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
    assert torch.allclose(models[0].weight, models[1].weight, rtol=1e-12)


def test_dropout_stands_behind_each_hidden_layer():
    dropped = [each.p for each in wide(0, dropout=0.5) if isinstance(each, nn.Dropout)]
    assert dropped == [0.5, 0.5]
    assert sum(parameter.numel() for parameter in wide(0).parameters()) == 4545


def test_each_remedy_lowers_the_test_loss():
    """As it is recorded: the page's block compares what it prints."""
    nothing, *others = (
        float(each) for each in re.findall(r"\d\.\d+", recorded("remedies"))
    )
    assert len(others) == 3
    assert max(others) < nothing
    assert max(others[1:]) < others[0]


def test_a_table_is_read_column_by_column(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("a,b,price\n1,2,3\n4,5.5,-6e2\n", encoding="utf-8")
    assert read_table(str(path)).tolist() == [[1, 2, 3], [4, 5.5, -600]]
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    table = read_table(str(path))
    assert (table.shape, table.dtype) == ((1, 2), torch.float32)
    path.write_text("x\n1\n2\n", encoding="utf-8")
    assert read_table(str(path)).tolist() == [[1], [2]]


def test_an_empty_cell_is_found(tmp_path):
    """Rows are counted from 0, columns from 1."""
    for line, cell in (("2,", "row 1, column 2"), (",2", "row 1, column 1")):
        (tmp_path / "gap.csv").write_text(f"x,y\n1,2\n{line}\n", encoding="utf-8")
        with pytest.raises(ValueError, match=cell):
            read_table(str(tmp_path / "gap.csv"))


@pytest.mark.parametrize("cell", ["nan", "inf", "-Infinity", "1e39"])
def test_a_number_that_is_not_finite_is_found(cell, tmp_path):
    """Counted as in the message of an empty cell; the file is named."""
    for line, place in (
        (f"2,{cell}", "row 1, column 2"),
        (f"{cell},2", "row 1, column 1"),
    ):
        path = tmp_path / "own.csv"
        path.write_text(f"x,y\n1,2\n{line}\n3,4\n", encoding="utf-8")
        with pytest.raises(ValueError, match=rf"own\.csv: {place} is not finite$"):
            read_table(str(path))


@pytest.mark.parametrize("line", ['"1,234",5', "1;234", "red,5"])
def test_what_is_no_number_stops_the_reading(line, tmp_path):
    """In the first row, or where the number of columns changes."""
    path = tmp_path / "own.csv"
    path.write_text(f"x,y\n{line}\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"could not convert .* row 0, column 1\.$"):
        read_table(str(path))
    path.write_text(f"x,y\n1,2\n{line}\n", encoding="utf-8")
    either = r"could not convert|the number of columns changed"
    with pytest.raises(ValueError, match=either):
        read_table(str(path))


def test_a_file_is_utf_8_with_or_without_a_mark(tmp_path):
    """As Excel saves it: CSV UTF-8, and plain CSV on a Korean computer."""
    path = tmp_path / "own.csv"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text("키,몸무게\n1,2\n", encoding=encoding)
        assert read_table(str(path)).tolist() == [[1, 2]]
    path.write_text("키,몸무게\n1,2\n", encoding="cp949")
    with pytest.raises(UnicodeDecodeError, match="'utf-8' codec can't decode byte"):
        read_table(str(path))


@pytest.mark.parametrize("size", [0, 1, 9])
def test_fewer_than_ten_rows_are_refused(size):
    with pytest.raises(ValueError, match=f"^{size} rows are too few: at least 10 "):
        split(torch.zeros(size, 3))


@pytest.mark.parametrize("size", [10, 11, 103])
def test_each_row_is_in_one_part(size):
    x = torch.arange(float(size))[:, None]
    table = torch.cat((x, x + 0.5, -x), 1)
    parts = split(table)
    rows = [part[0] for part in parts]
    assert sorted(torch.cat(rows)[:, 0].tolist()) == list(range(size))
    assert [len(each) for each in rows[:2]] == [
        size * 6 // 10,
        size * 8 // 10 - size * 6 // 10,
    ]
    assert all(torch.equal(x, torch.cat((-y, 0.5 - y), 1)) for x, y in parts)
    assert torch.equal(rows[0], split(table)[0][0])  # the same at each call
    if size > 50:
        assert rows[0][:, 0].tolist() != sorted(rows[0][:, 0].tolist())


def test_other_units_give_the_same_predictions_in_those_units(seed):
    torch.manual_seed(seed)
    x, y = torch.randn(30, 2, dtype=float64), torch.randn(30, 1, dtype=float64)
    model = Regressor(2).double()
    model.measure(x, y)
    other = copy.deepcopy(model)
    shift, size = torch.tensor([2000.0, -3.0]), torch.tensor([0.01, 50.0])
    other.measure(x * size + shift, 1000 * y + 7)
    assert torch.allclose(other(x * size + shift), 1000 * model(x) + 7)
    inside = (x - x.mean(0)) / x.std(0)
    assert torch.allclose(model(x), y.mean() + y.std() * model.layers(inside))


def test_a_constant_column_is_no_division_by_zero():
    x = torch.cat((torch.full((20, 1), 7.0), torch.arange(20.0)[:, None]), 1)
    model = Regressor(2)
    model.measure(x, x[:, 1:])
    assert model.scale[0] == 1 and model(x).isfinite().all()


@pytest.mark.parametrize(("trained", "given"), [(2, 1), (5, 1), (1, 2), (2, 3)])
def test_another_number_of_columns_is_refused(trained, given):
    """Above all one column, which would broadcast."""
    with pytest.raises(ValueError, match=f"^x has {given} columns, not {trained}$"):
        Regressor(trained)(torch.zeros(7, given))


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_training_does_not_depend_on_the_unit_of_y(unit):
    """In float64: the error in other units is the error times the unit."""
    errors = []
    for size in (1, unit):
        training, validation = (
            (x, size * y) for x, y in (many_columns(seed, 60) for seed in (0, 1))
        )
        torch.manual_seed(0)
        model = Regressor(4).double()
        model.measure(*training)
        train(model, training, validation)
        errors.append(rmse(model, *validation) / size)
    assert errors[1] == pytest.approx(errors[0], rel=1e-3)


def test_the_loss_of_an_epoch_has_no_unit():
    """One batch, one step without momentum: the same step for the same data."""
    x, y = many_columns(0, 20)
    moved = []
    for unit in (1.0, 1e-6):
        torch.manual_seed(0)
        model = Regressor(4).double()
        model.measure(x, unit * y)
        train_epoch(model, [(x, unit * y)], torch.optim.SGD(model.parameters(), lr=0.1))
        moved.append(model.layers[0].weight.detach())
    assert torch.allclose(*moved, rtol=1e-6)


def test_the_units_are_saved_with_the_weights(tmp_path):
    x, y = make_curve(seed=3)
    model = Regressor(1)
    model.measure(x, y)
    torch.save(model.state_dict(), tmp_path / "model.pt")
    other = Regressor(1)
    other.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True))
    assert torch.equal(other(x), model(x))
    assert {"mean", "scale"} <= set(other.state_dict())
    assert not {"mean", "scale"} & {name for name, _ in other.named_parameters()}


def test_the_error_is_a_root_mean_square_in_evaluation_mode(seed):
    torch.manual_seed(seed)
    x, y = torch.randn(40, 1), torch.randn(40, 1)
    model = nn.Sequential(nn.Linear(1, 3), nn.Dropout(0.5), nn.Linear(3, 1)).train()
    error = rmse(model, x, y)
    assert not model.training
    assert error == pytest.approx((model(x) - y).square().mean().item() ** 0.5)
    assert rmse(model, x, y) == error
    assert all(parameter.grad is None for parameter in model.parameters())
    recorded = []
    model.register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    rmse(model, x, y)
    assert recorded == [False]


def test_an_epoch_takes_one_step_for_each_batch_in_training_mode():
    model = Regressor(1).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    taken, step = [], optimizer.step
    optimizer.step = lambda: (taken.append(model.training), step())
    batches = [(torch.ones(2, 1), torch.ones(2, 1))] * 3
    train_epoch(model, batches, optimizer)
    assert taken == [True] * 3


def test_training_ends_with_the_best_state_it_has_seen(monkeypatch):
    """Validation errors are made up: the third is the best, 30 more follow."""
    made_up = iter([9.0, 5.0, 4.0, 3.0] + [3.5] * 40)
    model = Regressor(1)
    seen = []

    def told(model, x, y):
        seen.append(copy.deepcopy(model.state_dict()))
        return next(made_up)

    monkeypatch.setattr(layers, "rmse", told)
    torch.manual_seed(0)
    table = make_curve(seed=0, size=40)
    train(model, table, table)
    assert len(seen) == 1 + 3 + 30
    kept = model.state_dict()
    assert all(torch.equal(kept[name], seen[3][name]) for name in kept)
    assert any(not torch.equal(kept[name], seen[-1][name]) for name in kept)


def test_training_ends_after_2000_epochs_at_the_latest(monkeypatch):
    better = iter(range(5000, 0, -1))
    epochs = []
    monkeypatch.setattr(layers, "rmse", lambda *_: float(next(better)))
    monkeypatch.setattr(layers, "train_epoch", lambda *_: epochs.append(0))
    train(nn.Linear(1, 1), *[make_curve(seed=0, size=10)] * 2)
    assert len(epochs) == 2000


def test_the_line_is_that_of_least_squares():
    training, test = make_curve(0, 50), make_curve(1, 30)
    theta = np.polyfit(*(each[:, 0].double() for each in training), 1)
    x, y = (each[:, 0].double().numpy() for each in test)
    expected = np.mean((np.polyval(theta, x) - y) ** 2) ** 0.5
    assert line_rmse(training, test) == pytest.approx(expected, rel=1e-5)


def program(language="en"):
    """The complete program, as the page shows it in one block."""
    page = (ROOT / f"docs/{language}/layers.md").read_text(encoding="utf-8")
    (block,) = (
        each
        for each in re.findall(r"```python\n(.*?)```", page, re.S)
        if "layers.py:whole" in each
    )
    names = re.findall(r'snippets/layers.py:(\w+)"', block)
    code = "\n".join(section("layers", name) for name in names)
    return re.sub(r"^ *# --8<--.*\n", "", code, flags=re.M)


def test_the_program_is_one_and_short():
    code = program()
    assert code == program("ko")
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) < 80
    imported = set(re.findall(r"^(?:import|from) (\w+)", code, re.M))
    assert imported == {"copy", "numpy", "torch"}


OWN = {
    "two columns": lambda t: (t, 1e-3 * t**2),
    "one more, which is constant": lambda t: (
        t,
        np.full_like(t, 2020),
        1e6 * np.cos(t),
    ),
}


DIGITS = str.maketrans("ab", "12")


@pytest.mark.parametrize("own", OWN)
def test_the_program_runs_by_itself_on_other_data(own, tmp_path):
    """In a fresh interpreter, in a folder that has nothing but the program."""
    random = np.random.default_rng(0)
    columns = np.column_stack(OWN[own](random.uniform(-3, 3, 150)))
    header = ",".join("abc"[: columns.shape[1]])
    np.savetxt(tmp_path / "own.csv", columns, delimiter=",", header=header, comments="")
    code = program().replace("curve_csv", '"own.csv"').replace("model_pt", '"model.pt"')
    code += "\nprint(torch.equal(y_new, model(test[0])), len(y_new))\n"
    x_only = ",".join("ab"[: columns.shape[1] - 1])
    (tmp_path / "new.csv").write_text(f"{x_only}\n{x_only.translate(DIGITS)}\n")
    code += 'print(loaded(read_table("new.csv")).isfinite().tolist())\n'
    (tmp_path / "own.py").write_text(code, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        (sys.executable, "-I", "own.py"),
        cwd=tmp_path,
        env=environment,
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.stderr == ""
    on_training, network, line, test, predicted = numbers(done.stdout)
    assert max(on_training, network, test) < line / 4
    assert min(on_training, network, test) > 0
    assert "True" in done.stdout and predicted == 30
    assert "[[True]]" in done.stdout  # of a file without y
    state = torch.load(tmp_path / "model.pt", weights_only=True)
    assert len(state["mean"]) == columns.shape[1]


@pytest.mark.parametrize("better", ["line", "network"])
def test_the_program_chooses_on_validation_and_tests_the_chosen(
    better, tmp_path, capsys
):
    """Errors are made up: on the test set, the other one would be better."""
    made_up = {"line": [7.0, 2.0, 9.0], "network": [5.0, 3.0, 8.0]}
    made_up[better][1:] = [1.0, 10.0]
    tables = [(torch.randn(size, 1), torch.randn(size, 1)) for size in (3, 4, 5)]
    names = vars(layers) | {
        "curve_csv": None,
        "model_pt": str(tmp_path / "model.pt"),
        "read_table": lambda path: None,
        "split": lambda table: tables,
        "train": lambda *_: None,
        "rmse": lambda model, x, y: made_up["network"][len(x) - 3],
        "line_rmse": lambda training, rows: made_up["line"][len(rows[0]) - 3],
    }
    exec(section("layers", "whole"), names)
    on_training, network, line, test = numbers(capsys.readouterr().out)
    assert [on_training, network] == made_up["network"][:2]
    assert (line, test) == (made_up["line"][1], 10)


def test_a_test_set_of_40_rows_may_be_off_by_a_fifth():
    """What is printed, against the χ² distribution."""
    law = stats.chi2(40)
    expected = [0.3 * (law.ppf(each) / 40) ** 0.5 for each in (0.025, 0.975)]
    printed = numbers(recorded("by_chance"))[-2:]
    assert printed == pytest.approx(expected, abs=0.006)
    for each in printed:
        assert abs(each / 0.3 - 1) == pytest.approx(1 / 5, abs=0.04)


def test_outside_the_data_the_line_wins_where_the_truth_is_a_line():
    x, y = make_data(seed=0)
    theta = np.polyfit(x[:, 0], y[:, 0], 1)
    at = torch.linspace(4, 8, 101)[:, None]
    line = np.mean((np.polyval(theta, at) - (5 + 7 * at.numpy())) ** 2) ** 0.5
    for seed in range(2):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
        fit(network, x, y)
        assert rmse(network, at, 5 + 7 * at) > 2 * line


def test_neurons_in_another_order_are_the_same_function(seed):
    """What the page's block makes of a network of 8 neurons."""
    network = one_hidden(seed, width=8)
    x = torch.randn(20, 1, dtype=float64)
    names = vars(layers) | {"network": network, "x": x}
    exec(section("layers", "permuted").replace("randperm(32", "randperm(8"), names)
    order, twin = names["order"], names["twin"]
    assert order.tolist() != list(range(8))
    assert torch.allclose(twin(x), network(x))
    assert torch.equal(twin[0].bias, network[0].bias[order])
    assert torch.equal(twin[2].weight, network[2].weight[:, order])


def test_the_waves_are_what_they_say():
    x = torch.tensor([[0.3], [-1.2]], dtype=float64)
    expected = [
        [1.0] + [f(k * t) for k in (1, 2, 3) for f in (math.sin, math.cos)]
        for t in (0.3, -1.2)
    ]
    assert waves(x).tolist() == [pytest.approx(row) for row in expected]


def test_waves_outside_the_data_are_worse_than_zero_in_what_is_printed():
    """And nobody's mishap: what the standard errors predict is of that size."""
    x = make_curve(seed=0)[0].double()
    X = waves(x)
    covariance = 0.09 * torch.linalg.inv(X.T @ X)
    spread = []
    for low, high in ((-2, 2), (2, 4)):
        at = waves(torch.linspace(low, high, 101).double()[:, None])
        spread.append(((at @ covariance) * at).sum(1).mean().sqrt().item())
    assert spread[0] < 0.1 < 0.5 < spread[1] < 1
    inside, outside = (
        numbers(line.split("waves")[1])
        for line in recorded("features").strip().splitlines()
    )
    assert inside[0] < inside[-1] and outside[0] > outside[-1]
    truth = math.sqrt(integrate.quad(lambda t: math.sin(2 * t) ** 2, 2, 4)[0] / 2)
    assert outside[-1] == pytest.approx(truth, abs=0.05)


def test_dropout_draws_anew_for_each_row_and_step():
    torch.manual_seed(0)
    drop, ones = nn.Dropout(0.5), torch.ones(50, 64)
    first, second = drop(ones), drop(ones)
    assert len(first.unique(dim=0)) == 50 and not torch.equal(first, second)
    assert len((first > 0).sum(1).unique()) > 1  # not half of them each time


@pytest.mark.equation(
    "two-errors",
    r"\E[L_{\text{train}}] = \sigma^2 \frac{n - p}{n}, \qquad "
    r"\E[L_{\text{new}}] = \sigma^2 \frac{n + p}{n}",
)
@pytest.mark.parametrize(("n", "p"), [(9, 4), (30, 7)])
def test_a_parameter_takes_noise_and_adds_as_much(n, p, seed, equation):
    """Exactly: the noise's covariance, σ²I, through the hat matrix."""
    random = np.random.default_rng(seed)
    X, sigma = random.normal(size=(n, p)), 1.7
    hat = X @ np.linalg.pinv(X)
    left = np.eye(n) - hat  # y − ŷ of the fitted y
    on_new = sigma**2 * (n + np.trace(hat @ hat.T)) / n  # two independent parts
    on_training = sigma**2 * np.trace(left @ left.T) / n
    errors = {"train": on_training, "new": on_new}
    equation(E=lambda loss: loss, L=errors, sigma=sigma, n=n, p=p)


@pytest.mark.alarms(2)
def test_measured_errors_are_as_predicted(seed, alarm):
    """n L/σ² has a χ² distribution with n − 7; on new y, its mean is n + 7."""
    n, datasets = 20, 400
    on_training, on_new = two_errors(n, datasets, seed)
    total = on_training * n * datasets / 0.09
    law = stats.chi2((n - 7) * datasets)
    assert 2 * min(law.cdf(total), law.sf(total)) > alarm()
    # new noise less the projected old one: variances 1 (n − 7 times) and 2 (7 times)
    mean, variance = n + 7, 2 * (n - 7) + 2 * 4 * 7
    z = (on_new * n / 0.09 - mean) / math.sqrt(variance / datasets)
    assert 2 * stats.norm.sf(abs(z)) > alarm()


@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_each_tent_doubles_the_pieces(depth):
    at = torch.linspace(0, 1, 2**9 + 1)[:, None]
    height = tents(depth)(at) @ torch.tensor([1.0, -1.0])
    slopes = height.diff() * 2**9
    assert set(slopes.tolist()) == {2.0**depth, -(2.0**depth)}
    assert (slopes.diff() != 0).sum() + 1 == 2**depth
    assert (height.min(), height.max()) == (0, 1)
    linear = [layer for layer in tents(depth) if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in linear] == [2] * depth


def test_63_ramps_make_as_many_pieces_and_not_the_tents():
    """A ramp that opens to the left adds its change of slope, negated, at x = 0."""
    at = torch.linspace(0, 1, 65)[:, None]
    slopes = (tents(6)(at) @ torch.tensor([1.0, -1.0])).diff() * 64
    changes = slopes.diff()
    assert len(changes) == 63 and set(changes.abs().tolist()) == {128.0}
    assert slopes[0] % 128 != 0  # no sum of such changes


@pytest.mark.equation(
    "layer-variance", r"\Var(z_l) = \frac{d}{2} \Var(w) \Var(z_{l-1})"
)
@pytest.mark.parametrize(("d", "variance"), [(5, 0.3), (12, 0.7)])
def test_relu_passes_half_of_the_mean_square(d, variance, equation):
    """The mean square behind ReLU by integration, for normal z."""
    before = 1.9
    law = stats.norm(0, before**0.5)
    passed, _ = integrate.quad(lambda z: z**2 * law.pdf(z), 0, np.inf)
    z = {3: before, 4: d * variance * passed}
    equation(z=z, l=4, d=d, w=variance, Var=lambda each: each, rel=1e-6)


@pytest.mark.parametrize(
    ("initialize", "factor"),
    [
        (lambda weight: nn.init.kaiming_uniform_(weight, a=5**0.5), 1 / 6),
        (lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"), 1),
    ],
)
def test_growth_is_as_predicted(initialize, factor):
    assert growth(initialize, networks=5) == pytest.approx(factor, rel=0.06)


def test_nn_linear_draws_weight_and_bias_from_one_interval():
    torch.manual_seed(0)
    linear = nn.Linear(100, 20_000)
    for drawn in (linear.weight, linear.bias):
        assert drawn.abs().max().item() == pytest.approx(0.1, rel=1e-3)
        assert drawn.var().item() == pytest.approx(1 / 300, rel=0.05)


def test_equal_neurons_stay_equal_and_zeros_move_the_last_bias_alone():
    x, y = make_curve(seed=0, size=50)
    for start in (0.1, 0.0):
        network = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 1))
        for parameter in network.parameters():
            nn.init.constant_(parameter, start)
        if start == 0:
            out = network[:2](x)
            nn.functional.mse_loss(network[2](out), y).backward()
            assert not out.any() and not network[2].weight.any()  # the two reasons
            assert not network[2].weight.grad.any() and not network[0].weight.grad.any()
            assert network[2].bias.grad.all()
        fit(network, x, y, steps=50)
        assert len(network[0].weight.detach().unique()) == 1
        assert len(network[2].weight.detach().unique()) == 1
    moved = {name for name, value in network.named_parameters() if value.any()}
    assert moved == {"2.bias"}


def test_eval_and_no_grad_do_not_replace_each_other():
    drop, ones = nn.Dropout(0.5), torch.ones(1000, requires_grad=True)
    for training in (True, False):
        drop.train(training)
        for recording in (True, False):
            with torch.set_grad_enabled(recording):
                out = drop(2 * ones / 2)
            assert out.requires_grad == recording
            assert set(out.tolist()) == ({0.0, 2.0} if training else {1.0})
    network, x = one_hidden(0), torch.ones(3, 1, dtype=float64)
    with torch.no_grad():
        unrecorded = network(x)
    assert torch.equal(network(x), unrecorded)


def test_batch_normalization_standardizes_and_remembers(seed):
    torch.manual_seed(seed)
    norm, batch = nn.BatchNorm1d(1), 3 + 2 * torch.randn(50, 1)
    for parameter in norm.parameters():
        parameter.requires_grad_(False)  # does not freeze what follows
    out = norm(batch)
    assert out.mean().item() == pytest.approx(0, abs=1e-5)
    assert out.var(correction=0).item() == pytest.approx(1, abs=1e-4)
    assert norm.running_mean.item() == pytest.approx(0.1 * batch.mean().item())
    assert norm.running_var.item() == pytest.approx(0.9 + 0.1 * batch.var().item())
    norm.eval()
    kept = norm.running_mean.clone()
    assert torch.allclose(norm(batch)[:1], norm(batch[:1]))  # a row by itself
    assert torch.equal(norm.running_mean, kept)


@pytest.mark.equation(
    "softmax",
    r"p_c = \frac{\exp(z_c)}{\sum_{k=1}^{K} \exp(z_k)}, \qquad \ell = -\log p_y",
)
def test_cross_entropy_takes_logits(seed, equation):
    torch.manual_seed(seed)
    z = 2 * torch.randn(4, dtype=float64)
    p = torch.softmax(z, dim=0)
    for y in (0, 3):
        loss = nn.functional.cross_entropy(z[None], torch.tensor([y])).item()
        names = {"exp": np.exp, "ell": loss, "z": z, "p": p}
        equation(**names, c=2, K=4, y=y + 1)


@pytest.mark.equation("softmax-floor", r"\ell \ge \log\left(1 + \frac{K - 1}{e}\right)")
@pytest.mark.parametrize("K", [3, 10])
def test_a_second_softmax_sets_a_floor(K, seed, equation):
    torch.manual_seed(seed)
    right = torch.tensor([0])
    sure = 100 * nn.functional.one_hot(right, K).double()
    twice = nn.functional.cross_entropy(torch.softmax(sure, dim=1), right).item()
    equation(ell=twice, K=K, e=math.e, attained=True, rel=1e-9)
    many = 10 * torch.randn(1000, K, dtype=float64)
    label = torch.zeros(1000, dtype=torch.long)
    losses = nn.functional.cross_entropy(
        torch.softmax(many, dim=1), label, reduction="none"
    )
    assert losses.min().item() >= twice - 1e-9
    equation(ell=losses.max().item(), K=K, e=math.e)


def test_a_network_separates_what_lines_cannot():
    points, label = make_spiral(seed=2, per_class=80)
    new_points, new_label = make_spiral(seed=3, per_class=80)
    torch.manual_seed(2)
    hidden = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
    shares = []
    for model in (nn.Linear(2, 3), nn.Sequential(hidden, nn.Linear(32, 3))):
        classify(model, points, label)
        chosen = model(new_points).argmax(dim=1)
        shares.append((chosen == new_label).double().mean().item())
    assert shares[0] < 0.7 < 0.95 < shares[1]


def test_two_classes_need_one_logit(seed):
    torch.manual_seed(seed)
    z, y = torch.randn(20, dtype=float64), torch.randint(2, (20,))
    one = nn.functional.binary_cross_entropy_with_logits(z, y.double())
    two = nn.functional.cross_entropy(torch.stack((torch.zeros(20), z), 1), y)
    assert one.item() == pytest.approx(two.item())


def test_targets_of_one_logit_are_floats_of_its_shape(seed):
    torch.manual_seed(seed)
    z, label = torch.randn(20, 1), torch.randint(2, (20,))
    targets = label.float()[:, None]
    assert nn.BCEWithLogitsLoss()(z, targets) > 0
    for wrong in (label.float(), label[:, None]):
        with pytest.raises((ValueError, RuntimeError)):
            nn.BCEWithLogitsLoss()(z, wrong)
    z.requires_grad_()
    loss = nn.functional.cross_entropy(z, targets)
    loss.backward()
    assert loss == 0 and not z.grad.any()


def test_the_fit_is_drawn_over_its_data():
    (axes,) = figures.figure_fit().axes
    data, truth, line, network = axes.lines[:4]
    x, y = make_curve(seed=0)
    assert np.allclose(data.get_xydata(), torch.cat((x, y), 1))
    at = truth.get_xdata()
    assert np.allclose(truth.get_ydata(), np.sin(2 * at))
    theta = np.polyfit(x[:, 0].double(), y[:, 0].double(), 1)
    assert np.allclose(line.get_ydata(), np.polyval(theta, at), atol=1e-4)
    apart = np.mean((network.get_ydata() - np.sin(2 * at)) ** 2) ** 0.5
    assert apart < 0.1
    colors = [each.get_color() for each in (data, truth, line, network)]
    assert colors == ["tab:gray", "tab:blue", "black", "tab:orange"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$x$", "$y$")


def test_neurons_are_drawn_with_their_weights():
    (axes,) = figures.figure_neurons().axes
    assert is_whole(axes)
    written = {text.get_text() for text in axes.texts}
    numbered = {f"${name}_{j}$" for name in "wvb" for j in (1, 2, 3, 4)}
    assert written == numbered | {"$x$", "$f(x)$", "$c$", ""}
    ramps = [line for line in axes.lines if line.get_color() == "tab:orange"]
    for ramp in ramps:
        bends = np.abs(np.diff(ramp.get_ydata(), 2)) > 1e-3
        assert 1 <= bends.sum() <= 2  # one kink, seen from one or two places


def test_the_losses_are_drawn_with_their_lowest_point():
    (axes,) = figures.figure_overfitting().axes
    training, held_out, best = axes.lines
    losses = watch(wide(seed=2), *(many_columns(20 + i, 100) for i in (0, 1)))
    assert np.allclose(training.get_ydata(), losses[:, 0])
    assert np.allclose(held_out.get_ydata(), losses[:, 1])
    assert training.get_xdata().tolist() == list(range(10, 301, 10))
    assert best.get_ydata()[0] == held_out.get_ydata().min()


def test_outside_the_shade_there_are_no_data():
    for figure, given, truth in (
        (figures.figure_outside_curve, make_curve(seed=0), lambda x: np.sin(2 * x)),
        (figures.figure_outside, make_data(seed=0), lambda x: 5 + 7 * x),
    ):
        (axes,) = figure().axes
        data, drawn, _, network = axes.lines[:4]
        assert np.allclose(data.get_xydata(), torch.cat(given, 1))
        assert np.allclose(drawn.get_ydata(), truth(drawn.get_xdata()))
        (shade,) = axes.patches
        left, right = shade.get_bbox().intervalx
        assert (
            left - 0.01
            <= data.get_xdata().min()
            < data.get_xdata().max()
            <= right + 0.01
        )
        at = network.get_xdata()
        ends = np.abs(np.diff(network.get_ydata()[at > right + 1], 2))
        assert ends.max() < 1e-3 * np.abs(network.get_ydata()).max()


def test_measured_errors_are_drawn_on_their_predictions():
    (axes,) = figures.figure_both_errors().axes
    _, below, low, above, high = axes.lines
    n = below.get_xdata()
    assert np.allclose(below.get_ydata(), 0.09 * (n - 7) / n)
    assert np.allclose(above.get_ydata(), 0.09 * (n + 7) / n)
    for points, curve in ((low, below), (high, above)):
        for size, error in points.get_xydata():
            assert error == pytest.approx(
                np.interp(size, n, curve.get_ydata()), rel=0.06
            )
            assert error == two_errors(int(size), 500, 0)[points is high]


def test_the_boundary_is_drawn_where_the_choice_changes():
    (axes,) = figures.figure_spiral().axes
    points, label = make_spiral(seed=0)
    for each, drawn in enumerate(axes.lines):
        assert np.allclose(drawn.get_xydata(), points[label == each])
    assert len({line.get_marker() for line in axes.lines}) == 3
    assert len(axes.collections) == 3


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "fold": [(6.0, -2.0), (5.0, -3.0), (6.0, -3.0), (6.0, -11.0), (3.0, 1.0)],
    "hat": [
        (1.0, -2.0, 1.0),
        (1.0, -1.0, 1.0),
        (1.0, -2.0, 0.0),
        (1.0, -1.0, 0.0),
        (1.0, 1.0, 1.0),
    ],
    "without_relu": [(0.454,), (0.1,), (0.09,), (0.503,), (0.3,)],
    "pieces": [(64, 63), (12, 63), (32, 63), (64, 64), (7, 63)],
    "nothing": [(0.5,), (1.0,), (0.0,), (1.5,), (0.75,)],
    "floor": [(1.461,), (0.551,), (math.log(10),), (0.0,), (1.0,)],
}

# What each solution answers, taken out of what it prints.
SOLUTIONS = {
    "fold": lambda printed, run: [tuple(numbers(printed))],
    "hat": lambda printed, run: [tuple(numbers(printed)[:3])],
    "without_relu": lambda printed, run: [(each,) for each in numbers(printed)],
    "pieces": lambda printed, run: [tuple(map(int, numbers(printed)))],
    "nothing": lambda printed, run: [(numbers(printed)[0],)],
    "floor": lambda printed, run: [(numbers(printed)[0],)],
}


def test_the_hat_is_a_hat():
    """What the right answer to layers#exercise-hat makes."""
    x = np.linspace(-1, 5, 61)
    ramps = [np.maximum(0, x - kink) for kink in (0, 1, 2)]
    (v_1, v_2, v_3), *_ = ANSWERS["hat"]
    hat = v_1 * ramps[0] + v_2 * ramps[1] + v_3 * ramps[2]
    assert hat == pytest.approx(np.maximum(0, 1 - np.abs(x - 1)))


def test_the_neurons_to_bend_are_fitted_to_the_chapter_s_curve():
    points = torch.tensor(figures.explorable_bends()["points"])
    curve = torch.cat(layers.make_curve(seed=0), 1)
    torch.testing.assert_close(points, curve, rtol=0, atol=0.0005)
