import copy
import io
import itertools
import math
import multiprocessing
import multiprocessing.spawn
import pickle
import re
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from snippets import mistakes
from snippets.data import make_data
from snippets.figures.mistakes import figure_flat, figure_wild
from snippets.loss import hessian, least_squares
from snippets.mistakes import (
    check_prediction,
    check_step,
    check_training,
    fit_rows,
    graph_size,
    last_line,
    network,
    pad_rows,
    put_back,
    steps_until,
)
from snippets.model import Model, set_theta
from snippets.training import theta_of, train
from tests.drawn import labels
from tests.printed import numbers, section

ROOT = Path(__file__).parents[1]
MSE = nn.MSELoss()


@pytest.fixture
def data(seed):
    return make_data(seed)


def sgd(model, learning_rate=0.1, **more):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, **more)


def message_of(function) -> str:
    """What a call says: in its error, or in its warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            function()
        except Exception as error:
            return str(error)
    return "".join(str(warning.message) for warning in caught)


# --- messages, against the torch that is installed


class WithoutSuper(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(1, 1)


class Init(nn.Module):
    def _init_(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)


class Nested(nn.Module):
    def __init__(self):
        super().__init__()

        def forward(self, x):
            return x


def backward_twice():
    loss = torch.zeros(1, requires_grad=True).exp().sum()
    loss.backward()
    loss.backward()


def leaf_in_place():
    weight = torch.zeros(2, requires_grad=True)
    weight -= 0.1


def element_in_place():
    weight = torch.zeros(2, requires_grad=True)
    weight[0] = 1


def saved_in_place():
    result = torch.zeros(1, requires_grad=True).exp()
    result += 1
    result.backward()


def load_module():
    file = io.BytesIO()
    torch.save(Model(1, 1), file)
    file.seek(0)
    torch.load(file)


def worker_of_a_script():
    """What a worker says that is about to run the script that has started it."""
    process = multiprocessing.current_process()
    process._inheriting = True
    try:
        multiprocessing.spawn._check_not_importing_main()
    finally:
        del process._inheriting


X, Y = torch.zeros(4, 1), torch.zeros(4, 1)
SCORES = torch.zeros(4, 3)
RAISING = {
    "cannot assign module": WithoutSuper,
    "object has no attribute": lambda: Init()(X),
    "is missing the required": lambda: Nested()(X),
    "empty parameter list": lambda: sgd(nn.ReLU()),
    "shapes cannot be multiplied": lambda: Model(100, 1)(X),
    "must have the same dtype": lambda: Model(1, 1)(X.double()),
    "target size": lambda: MSE(X, Y[:, 0]),
    "Long or Byte": lambda: nn.CrossEntropyLoss()(SCORES, torch.zeros(4)),
    "out of bounds": lambda: nn.CrossEntropyLoss()(SCORES, torch.tensor([1, 2, 3, 1])),
    "same as input size": lambda: nn.BCEWithLogitsLoss()(X, Y[:, 0]),
    "desired output type": lambda: nn.BCEWithLogitsLoss()(X, Y.long()),
    "equal size": lambda: next(iter(DataLoader([torch.ones(3), torch.ones(5)], 2))),
    "not on the expected device": lambda: Model(1, 1).to("meta")(X),
    "numpy()": lambda: Model(1, 1)(X).numpy(),
    "second time": backward_twice,
    "element 0": lambda: X.sum().backward(),
    "scalar outputs": lambda: Model(1, 1)(X).backward(),
    "a leaf Variable": leaf_in_place,
    "has been modified": saved_in_place,
    "ambiguous": lambda: nn.MSELoss(X, Y),
    "Weights only": load_module,
    "loading state_dict": lambda: network().load_state_dict(Model(1, 1).state_dict()),
    "pickle": lambda: pickle.dumps(lambda: 0),
    "bootstrapping phase": worker_of_a_script,
}


def rows_of_messages(language) -> list[str]:
    """The first cells of the table of messages."""
    page = (ROOT / f"docs/{language}/mistakes.md").read_text(encoding="utf-8")
    table = page.partition("{ #search }")[2].partition("\n\n| ")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(.+?)` \|", table, re.M)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_message_of_the_table_is_one_of_torch(language):
    said = [message_of(function) for function in RAISING.values()]
    rows = rows_of_messages(language)
    assert len(rows) == 25
    for row in rows:
        if row == "Expected all tensors to be on the same device":
            continue  # it takes two devices; see below
        pattern = re.escape(row).replace("…", ".+")
        assert any(re.search(pattern, each) for each in said), row


def test_the_message_of_two_devices_is_in_torch():
    library = Path(torch.__file__).parent / "lib"
    for file in sorted(library.glob("*torch_cpu*")):
        with file.open("rb") as opened:
            rest = b""
            while chunk := opened.read(1 << 24):
                if b"Expected all tensors to be on the same device" in rest + chunk:
                    return
                rest = chunk[-100:]
    pytest.fail("torch has another message for two devices; change it on both pages")


@pytest.mark.parametrize(
    ("fragment", "function"), RAISING.items(), ids=list(RAISING.keys())
)
def test_each_mistake_says_what_it_is_known_by(fragment, function):
    assert fragment in message_of(function)


def test_a_tensor_of_several_elements_is_no_condition():
    assert "ambiguous" in message_of(lambda: bool(torch.tensor([True, True])))


def test_a_cell_nan_is_read_without_a_word_and_makes_the_first_loss_nan():
    for read in (np.loadtxt, np.genfromtxt):
        with warnings.catch_warnings(action="error"):
            table = read(io.StringIO("1,2\n3,nan\n4,5\n"), delimiter=",")
        rows = torch.from_numpy(table).float()
        losses = train(Model(1, 1), rows[:, :1], rows[:, 1:], steps=3)
        assert [math.isnan(loss) for loss in losses] == [True] * 3
        assert [bool(each.isfinite().all()) for each in rows.T] == [True, False]


def test_what_else_makes_a_loss_nan():
    """The first loss; for a root of 0 the second, since its slope is infinite."""
    constant = torch.ones(4, 1)
    column = (constant - constant.mean()) / constant.std()
    assert MSE(Model(1, 1)(column), Y).isnan()
    zero = torch.zeros(1)
    assert (zero * zero.log()).isnan()
    model = Model(1, 1)
    set_theta(model.linear, 0.0, 0.0)
    losses, optimizer = [], sgd(model)
    for _ in range(2):
        loss = MSE(model(X), Y).sqrt()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] == 0
    assert math.isnan(losses[1])


def test_a_tensor_that_is_moved_and_not_kept_stays_where_it_is():
    x = torch.zeros(4, 1)
    x.to("meta")
    assert "not on the expected" in message_of(lambda: Model(1, 1).to("meta")(x))


def test_writing_into_one_element_is_refused_too():
    assert message_of(element_in_place).startswith("a view of a leaf Variable")


def test_the_last_line_is_that_of_a_traceback():
    try:
        Model(100, 1)(X)
    except RuntimeError as error:
        assert last_line(error) == traceback.format_exception(error)[-1].strip()


# --- silent mistakes: building


def test_what_is_in_a_list_is_not_trained(data):
    x, y = data

    class Listed(nn.Module):
        def __init__(self, container):
            super().__init__()
            self.hidden = container([nn.Linear(1, 4)])
            self.last = nn.Linear(4, 1)

        def forward(self, x):
            return self.last(self.hidden[0](x))

    for container, moves in ((list, False), (nn.ModuleList, True)):
        model = Listed(container)
        before = model.hidden[0].weight.detach().clone()
        train(model, x, y, steps=5)
        assert torch.equal(model.hidden[0].weight, before) != moves
        found = sum(p.numel() for p in model.parameters())
        assert found == 5 + 8 * moves  # (4 + 1) and (4 + 4)


def test_to_leaves_a_parameter_alone_only_if_nothing_changes():
    parameter = nn.Parameter(torch.zeros(2))
    assert parameter.to(torch.float32) is parameter
    moved = parameter.to(torch.float64)
    assert not isinstance(moved, nn.Parameter)
    module = nn.Module()
    module.theta = moved
    assert not list(module.parameters())
    module.weight = parameter
    module.to(torch.float64)  # the way that works
    assert [p.dtype for p in module.parameters()] == [torch.float64]


def test_hooks_run_when_the_model_is_called():
    model, calls = Model(1, 1), []
    model.register_forward_hook(lambda *_: calls.append(1))
    model.forward(X)
    assert not calls
    model(X)
    assert calls == [1]


# --- shapes and dtypes


def test_flat_targets_lead_to_the_mean_and_the_variance(data):
    x, y = data
    model = Model(1, 1)
    optimizer = sgd(model)
    for _ in range(200):
        loss = ((model(x) - y[:, 0]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert theta_of(model).tolist() == pytest.approx([y.mean().item(), 0], abs=1e-4)
    assert loss.item() == pytest.approx(y.var(correction=0).item(), rel=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int32])
def test_cross_entropy_refuses_labels_that_are_not_long(dtype):
    labels_ = torch.tensor([0, 1, 2, 1])
    assert nn.CrossEntropyLoss()(SCORES, labels_) == pytest.approx(math.log(3))
    with pytest.raises(RuntimeError, match="Long or Byte"):
        nn.CrossEntropyLoss()(SCORES, labels_.to(dtype))


@pytest.mark.parametrize(("label", "fits"), [(-1, False), (0, True), (2, True), (3, 0)])
def test_labels_run_from_zero_to_one_less_than_the_outputs(label, fits):
    target = torch.full((4,), label)
    if fits:
        nn.CrossEntropyLoss()(SCORES, target)
    else:
        with pytest.raises(IndexError, match=f"Target {label} is out of bounds"):
            nn.CrossEntropyLoss()(SCORES, target)


def test_padding_keeps_each_sample_and_says_where_it_ends():
    run = vars(mistakes) | {"print": lambda *_: None}
    exec(section("mistakes", "stack"), run)
    batch, lengths, samples = run["batch"], run["lengths"], run["samples"]
    assert batch.shape == run["is_data"].shape == (2, 5)
    assert lengths.tolist() == [3, 5]
    for row, is_data, sample in zip(batch, run["is_data"], samples, strict=True):
        assert torch.equal(row[: len(sample)], sample)
        assert not row[len(sample) :].any()
        assert torch.equal(row[is_data], sample)


@pytest.mark.parametrize("y", [[0.0, 1.0, 1.0, 0.0], [0, 0, 0, 0]])
def test_one_output_with_cross_entropy_has_no_loss_and_no_gradient(y, seed):
    torch.manual_seed(seed)
    logit = torch.randn((4, 1), requires_grad=True)
    y = torch.tensor(y)
    loss = nn.CrossEntropyLoss()(logit, y[:, None] if y.is_floating_point() else y)
    loss.backward()
    assert loss == 0
    assert not logit.grad.any()


def test_binary_cross_entropy_takes_floats_in_the_shape_of_the_output():
    loss = nn.BCEWithLogitsLoss()(X, torch.tensor([[0.0], [1.0], [1.0], [0.0]]))
    assert loss == pytest.approx(math.log(2))


def test_model_to_works_in_place_and_tensor_to_does_not():
    model = Model(1, 1)
    weight = model.linear.weight
    assert model.to(torch.float64) is model
    assert model.linear.weight is weight  # the optimizer still holds it
    assert weight.dtype == torch.float64
    tensor = torch.zeros(1)
    tensor.to(torch.float64)
    assert tensor.dtype == torch.float32


def test_adagrad_makes_its_state_when_it_is_built():
    model = Model(1, 1)
    assert torch.optim.Adagrad(model.parameters()).state
    assert not sgd(model).state


# --- the loop


def test_without_zero_grad_the_last_swings_are_as_wide_as_the_first(data):
    x, y = data
    model = Model(1, 1)
    optimizer, losses = sgd(model, 0.01), []
    for _ in range(1000):
        loss = MSE(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.ptp(losses[-200:]) == pytest.approx(np.ptp(losses[:200]), rel=0.05)
    assert min(losses) < losses[0] / 3


def test_with_adam_and_without_zero_grad_the_loss_falls_first_and_grows_later():
    x, y = make_data(seed=0)
    torch.manual_seed(0)
    model = Model(1, 1)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.1), []
    for _ in range(3000):
        loss = MSE(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    lowest = losses.index(min(losses))
    assert losses[lowest] < losses[0] / 10
    assert max(losses[lowest:]) > 3 * losses[0]


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_an_erased_gradient_moves_nothing(kind, data):
    x, y = data
    model = Model(1, 1)
    optimizer, before = kind(model.parameters(), lr=0.1), theta_of(model)
    for _ in range(3):
        MSE(model(x), y).backward()
        optimizer.zero_grad()
        assert all(p.grad is None for p in model.parameters())
        optimizer.step()
    assert torch.equal(theta_of(model), before)


def test_a_sum_of_losses_keeps_each_graph_and_a_number_none(data):
    x, y = data
    model, total, sizes = Model(1, 1), 0.0, []
    for _ in range(20):
        loss = MSE(model(x), y)
        total = total + loss
        loss.backward()  # frees what was saved, and keeps the operations
        sizes.append(graph_size(total))
    assert set(np.diff(sizes)) == {4}
    assert graph_size(loss.detach()) == 0
    assert graph_size(torch.as_tensor(loss.item())) == 0


def test_the_size_of_a_graph_counts_each_operation_once():
    t = torch.tensor(2.0, requires_grad=True)
    assert graph_size(t) == 0  # a leaf has no operation
    assert graph_size(t.exp()) == 2  # exp, and where the gradient is added up
    double = t.exp()
    assert graph_size(double * double) == 3
    for _ in range(60):  # 2 ** 60 ways lead back
        t = t + t
    assert graph_size(t) == 61


def test_a_second_run_goes_on_where_the_first_has_ended(data):
    x, y = data
    torch.manual_seed(0)
    model = Model(1, 1)
    first = train(model, x, y, steps=10)
    second = train(model, x, y, steps=10)
    assert second[0] < first[-1]
    torch.manual_seed(0)
    assert train(Model(1, 1), x, y, steps=20) == first + second
    torch.manual_seed(0)
    assert train(Model(1, 1), x, y, steps=10) == first


# --- gradients


@pytest.mark.parametrize(
    "cut",
    [
        lambda p: torch.tensor(p.tolist()),
        lambda p: p.detach(),
        lambda p: torch.from_numpy(p.detach().numpy()),
    ],
)
def test_a_cut_graph_cannot_be_mended_by_requires_grad(cut):
    model = Model(1, 1)
    loss = MSE(cut(model(X)), Y + 1)
    with pytest.raises(RuntimeError, match="does not require grad"):
        loss.backward()
    loss.requires_grad = True
    loss.backward()
    assert all(p.grad is None for p in model.parameters())


def test_an_update_that_makes_a_new_tensor_is_no_leaf():
    weight = torch.zeros(1, requires_grad=True)
    (weight * 2).sum().backward()
    weight = weight - 0.1 * weight.grad
    (weight * 2).sum().backward()
    assert not weight.is_leaf
    with pytest.warns(UserWarning, match="not a leaf"):
        assert weight.grad is None
    with torch.no_grad():  # the way that works, for one element too
        leaf = torch.zeros(2, requires_grad=True)
        leaf[0] = 1
        leaf -= 0.5
    assert leaf.is_leaf
    assert leaf.tolist() == [0.5, -0.5]


# --- optimizers


@pytest.mark.equation(
    "gallery-growth",
    r"L(\theta_{k+1}) - L(\hat\theta) = (1 - \eta\lambda_{\max})^2 \, "
    r"\bigl(L(\theta_k) - L(\hat\theta)\bigr)",
)
def test_along_the_steepest_direction_the_height_grows_by_the_square(data, equation):
    x, y = (column.double() for column in data)
    eigenvalues, directions = torch.linalg.eigh(hessian(x))
    theta_hat, rate = least_squares(x, y), 1.07 * 2 / eigenvalues[1].item()
    path = {0: theta_hat + 0.7 * directions[:, 1]}

    def loss(theta):
        return ((y - theta[0] - theta[1] * x) ** 2).mean()

    for k in range(6):
        theta = path[k].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(theta), theta)
        path[k + 1] = path[k] - rate * gradient
    for k in range(6):
        equation(
            L=lambda theta: loss(theta).item(),
            theta=path,
            theta_hat=theta_hat,
            k=k,
            eta=rate,
            lambda_max=eigenvalues[1].item(),
        )


@pytest.mark.parametrize("learning_rate", [1.1, 1.3, 1.6])
def test_the_loss_is_infinite_in_about_half_as_many_steps_as_theta(learning_rate):
    infinite = steps_until(torch.isinf, learning_rate)
    nan = steps_until(torch.isnan, learning_rate)
    assert infinite < nan
    assert infinite / nan == pytest.approx(0.47, abs=0.02)
    # what is left of the loss after k steps is its part along the steepest direction
    x, y = (column.double() for column in make_data(seed=0))
    eigenvalues, directions = torch.linalg.eigh(hessian(x))
    steepest, along = eigenvalues[1].item(), directions[:, 1] @ least_squares(x, y)
    height = steepest / 2 * along.item() ** 2  # at the start, (0, 0)
    largest = torch.finfo(torch.float32).max
    factor = abs(1 - learning_rate * steepest)
    steps = math.log(largest / (len(x) * height)) / (2 * math.log(factor))
    assert infinite == pytest.approx(steps, abs=1.5)  # their sum, before the mean


def test_steps_until_counts_from_the_loss_at_the_start():
    x, y = make_data(seed=0)
    model = Model(1, 1)
    set_theta(model.linear, 0.0, 0.0)
    losses = train(model, x, y, 0.3, steps=20)
    for k, loss in enumerate(losses[:10]):
        assert steps_until(lambda each, loss=loss: each <= loss * (1 + 1e-6), 0.3) == k


def test_an_optimizer_of_another_model_moves_neither(data):
    x, y = data
    first, second = Model(1, 1), Model(1, 1)
    before = theta_of(first), theta_of(second)
    optimizer = sgd(first)
    for _ in range(3):
        optimizer.zero_grad()
        MSE(second(x), y).backward()
        optimizer.step()
    assert torch.equal(theta_of(first), before[0])
    assert torch.equal(theta_of(second), before[1])


def test_a_replaced_layer_is_not_trained_and_the_loss_falls(data):
    x, y = data
    model = network()
    optimizer = sgd(model, 0.01)
    model[2] = nn.Linear(16, 1)
    new, old = model[2].weight.detach().clone(), model[0].weight.detach().clone()
    losses = []
    for _ in range(20):
        loss = MSE(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert torch.equal(model[2].weight, new)
    assert not torch.equal(model[0].weight, old)
    assert losses[-1] < losses[0]


# --- modes and losses


@pytest.mark.equation(
    "gallery-dropout", r"\Var(\hat y) = \frac{p}{1 - p} \sum_j w_j^2 h_j^2"
)
def test_dropout_scatters_predictions_as_the_equation_says(seed, equation):
    """By all 2³ patterns of what dropout may set to 0, with their probabilities."""
    random, p = np.random.default_rng(seed), 0.3
    hidden, weight = random.normal(size=3), random.normal(size=3)
    mean = square = 0.0
    for kept in itertools.product([0, 1], repeat=3):
        chance = math.prod(1 - p if each else p for each in kept)
        prediction = np.dot(weight, hidden * kept) / (1 - p)
        mean += chance * prediction
        square += chance * prediction**2
    assert mean == pytest.approx(np.dot(weight, hidden))  # of evaluation mode
    variance = square - mean**2
    equation(Var=lambda y: variance, y_hat=mean, p=p, w=weight, h=hidden, j=[1, 2, 3])


def test_dropout_sets_to_zero_or_divides_and_eval_does_neither():
    torch.manual_seed(0)
    dropout, hidden = nn.Dropout(0.3), torch.linspace(1, 2, 1000)
    out = dropout(hidden)
    kept = out != 0
    assert 0 < kept.sum() < 1000
    assert torch.allclose(out[kept], hidden[kept] / 0.7)
    with torch.no_grad():  # replaces nothing
        assert not torch.equal(dropout(hidden), dropout(hidden))
    assert torch.equal(dropout.eval()(hidden), hidden)


@pytest.mark.parametrize("classes", [3, 4, 10])
def test_softmax_twice_leaves_a_floor(classes, seed):
    """The least over all probabilities: at a corner, since the loss is convex there."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.tensor([0])
    perfect = torch.eye(classes)[:1].double()
    cross_entropy = nn.CrossEntropyLoss()
    losses = [cross_entropy(perfect, label).item()]
    for sharpness in (0.1, 1.0, 5.0, 50.0):
        scores = sharpness * torch.randn((50, classes), generator=generator).double()
        for row in scores.softmax(dim=1):
            losses.append(cross_entropy(row[None], label).item())
    assert min(losses) == losses[0]
    floor = math.log(1 + (classes - 1) / math.e)  # equation layers#eq-softmax-floor
    assert losses[0] == pytest.approx(floor)


def test_log_softmax_twice_changes_nothing_more(seed):
    scores = torch.randn((5, 4), generator=torch.Generator().manual_seed(seed)).double()
    once = scores.log_softmax(dim=1)
    assert torch.allclose(once.log_softmax(dim=1), once)
    target = torch.tensor([0, 1, 2, 3, 0])
    cross_entropy = nn.CrossEntropyLoss()
    assert torch.allclose(cross_entropy(once, target), cross_entropy(scores, target))


# --- saving


def test_a_state_dict_moves_with_the_model_unless_it_is_copied_deeply(data):
    model = Model(1, 1)
    state = model.state_dict()
    shallow, deep = state.copy(), copy.deepcopy(state)
    before = model.linear.weight.item()
    train(model, *data, steps=5)
    after = model.linear.weight.item()
    assert after != before
    weights = [each["linear.weight"].item() for each in (state, shallow, deep)]
    assert weights == [after, after, before]


RAN = []


def run_by_a_file(word):
    RAN.append(word)


class Harmless:
    """What a file with more than weights may do when it is loaded."""

    def __reduce__(self):
        return run_by_a_file, ("code",)


def test_weights_only_false_runs_what_the_file_says():
    with tempfile.TemporaryFile() as file:
        torch.save(Harmless(), file)
        file.seek(0)
        with pytest.raises(pickle.UnpicklingError, match=r"^Weights only load failed"):
            torch.load(file)
        assert not RAN
        file.seek(0)
        torch.load(file, weights_only=False)
    assert RAN == ["code"]


def test_strict_false_loads_nothing_under_other_names():
    saved = nn.DataParallel(Model(1, 1)).state_dict()
    assert set(saved) == {"module.linear.weight", "module.linear.bias"}
    model = Model(1, 1)
    before = theta_of(model)
    model.load_state_dict(saved, strict=False)
    assert torch.equal(theta_of(model), before)
    model.load_state_dict({n.removeprefix("module."): p for n, p in saved.items()})
    assert torch.equal(model.linear.weight, saved["module.linear.weight"])


def test_a_lambda_does_not_reach_a_worker_that_is_spawned():
    loader = DataLoader(
        [torch.ones(1)],
        collate_fn=lambda rows: rows,
        num_workers=1,
        multiprocessing_context="spawn",
    )
    refused = pytest.raises((pickle.PicklingError, AttributeError), match="lambda")
    with refused, warnings.catch_warnings(action="ignore"):  # torch adds a warning
        iter(loader)
    assert pickle.loads(pickle.dumps(last_line)) is last_line


def test_a_named_function_reaches_a_worker_that_is_spawned():
    loader = DataLoader(
        [torch.ones(1), torch.ones(2)],
        batch_size=2,
        collate_fn=pad_rows,
        num_workers=1,
        multiprocessing_context="spawn",
    )
    ((batch, lengths),) = loader
    assert batch.shape == (2, 2)
    assert lengths.tolist() == [1, 2]


SCRIPT = """
from torch.utils.data import DataLoader
for batch in DataLoader([1], num_workers=1, multiprocessing_context="spawn"):
    print(batch)
"""


def test_a_script_without_a_main_block_cannot_start_workers(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    ran = subprocess.run(
        [sys.executable, tmp_path / "script.py"], capture_output=True, text=True
    )
    assert "current process has finished its bootstrapping phase" in ran.stderr
    last = ran.stderr.strip().splitlines()[-1]
    assert re.search(r"DataLoader worker \(pid.* exited unexpectedly", last)


def test_a_function_that_can_be_pickled_may_not_be_there_to_load():
    """As one of a notebook: its name is sent, and the worker has no such name."""
    run = {"__name__": "__main__"}
    exec("def local(rows):\n    return rows", run)
    main = sys.modules["__main__"]
    main.local = run["local"]
    sent = pickle.dumps(run["local"])
    del main.local
    with pytest.raises(AttributeError, match="local"):
        pickle.loads(sent)


# --- the functions that ask


class Unregistered(nn.Module):
    def __init__(self):
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(1)).to(torch.float64).float()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x) + self.theta


class Listed(nn.Module):
    def __init__(self, container=list):
        super().__init__()
        self.layers = container([nn.Linear(1, 1)])
        self.last = nn.Linear(1, 1)

    def forward(self, x):
        return self.last(self.layers[0](x))


class Unused(Model):
    def __init__(self):
        super().__init__(1, 1)
        self.extra = nn.Linear(1, 1)


class Unrecorded(Model):
    def forward(self, x):
        return super().forward(x).detach()


def replaced():
    model = network()
    optimizer = sgd(model, 0.01)
    model[2] = nn.Linear(16, 1)
    return model, optimizer


def of(model, learning_rate=0.01):
    return model, sgd(model, learning_rate)


def classifier(last):
    return of(network(last, outputs=3))


LABELS = torch.arange(100) % 3
SILENT = {
    "layers is a plain list of layers or parameters": lambda: (*of(Listed()), MSE),
    "theta requires a gradient, but is no Parameter": lambda: (
        *of(Unregistered()),
        MSE,
    ),
    "the optimizer does not hold linear.weight, linear.bias": lambda: (
        Model(1, 1),
        sgd(Model(1, 1)),
        MSE,
    ),
    "the optimizer does not hold 2.weight, 2.bias": lambda: (*replaced(), MSE),
    "the model is in evaluation mode": lambda: (*of(Model(1, 1).eval()), MSE),
    "the loss does not depend on a parameter": lambda: (*of(Unrecorded(1, 1)), MSE),
    "no gradient for extra.weight, extra.bias": lambda: (*of(Unused()), MSE),
    "the loss does not move": lambda: (*of(Model(1, 1), 0.0), MSE),
    "the loss grows": lambda: (*of(Model(1, 1), 1.1), MSE),
}


@pytest.mark.parametrize("finding", SILENT)
def test_each_silent_mistake_is_found_and_named_alone(finding, data):
    model, optimizer, loss_function = SILENT[finding]()
    (found,) = check_training(model, optimizer, loss_function, *data)
    assert found.startswith(finding)


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ([nn.Linear(1, 1)], ["list"]),
        ((1, nn.Linear(1, 1)), ["tuple"]),
        ({"a": nn.Linear(1, 1)}, ["dict"]),
        ([nn.Parameter(torch.zeros(1))], ["list"]),
        ([torch.zeros(1, requires_grad=True)], ["list"]),
        ([torch.zeros(1, requires_grad=True).double()], ["list"]),
        ([torch.zeros(1, requires_grad=True).exp()], []),  # computed: no leaf
        ([[nn.Linear(1, 1)]], []),  # nested: not searched
        ([1, "a", torch.zeros(1)], []),
        (nn.ModuleDict({"a": nn.Linear(1, 1)}), []),
        (torch.zeros(1), []),
        (torch.zeros(1, requires_grad=True).exp(), []),
    ],
)
@pytest.mark.parametrize("name", ["extra", "_extra"])
def test_what_a_container_hides_is_found(name, inside, found):
    model = nn.Sequential(Model(1, 1))
    setattr(model[0], name, inside)
    said = list(mistakes.check_registered(model))
    kinds = [f"{name} is a plain {kind} of layers or parameters" for kind in found]
    assert said == kinds


def test_what_is_registered_too_may_stand_in_a_list():
    model = Model(1, 1)
    model.all_layers = [model.linear]
    model.all_parameters = [*model.parameters()]
    assert list(mistakes.check_registered(model)) == []
    assert list(mistakes.check_registered(nn.LSTM(1, 1))) == []  # has such a list


class Keeping(Model):
    def forward(self, x):
        self.h = super().forward(x)
        return self.h


def test_an_activation_that_is_kept_is_no_mistake(data):
    assert check_training(*of(Keeping(1, 1)), MSE, *data) == []


def test_a_frozen_layer_is_no_mistake(data):
    model = network()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.01)
    assert check_training(model, optimizer, MSE, *data) == []


def test_what_the_page_tells_to_copy_runs_alone(data):
    x, y = data
    run = {}
    exec(section("mistakes", "check_imports"), run)
    exec("import torch\nfrom torch import Tensor, nn", run)
    names = ("registered", "batch", "training", "step")
    for name in (*(f"check_{each}" for each in names), "put_back", "fit_rows"):
        exec(section("mistakes", name), run)
    model, optimizer = of(Model(1, 1))
    assert run["check_training"](model, optimizer, MSE, x, y) == []
    assert run["check_step"](model, optimizer, lambda: None) != []
    before, after = run["fit_rows"](model, optimizer, MSE, x[:5], y[:5], steps=20)
    assert after < before == MSE(model(x[:5]), y[:5]).item()


def test_ten_steps_are_tried_on_the_batch(data):
    x, y = data
    model = Model(1, 1)
    (said,) = check_training(model, sgd(model, 1.1), MSE, x, y)
    losses = train(model, x, y, 1.1, steps=11)
    assert said.endswith(f"from {losses[0]:.3g} to {losses[10]:.3g} in ten steps")


@pytest.mark.parametrize("shift", [torch.tensor([[-2.0, 1.0, 2.0]]), torch.ones(1, 3)])
def test_scores_that_are_no_probabilities_are_let_pass(shift):
    """One row adds up to 1 and has a negative number; the other is positive alone."""

    class Shifted(nn.Linear):
        def forward(self, x):
            return super().forward(x) + shift

    torch.manual_seed(0)
    model = Shifted(1, 3)
    with torch.no_grad():
        model.weight.zero_()
        model.bias.zero_()
    x, labels_ = torch.zeros(6, 1), torch.tensor([0, 1, 2, 0, 0, 0])
    assert check_training(model, sgd(model), nn.CrossEntropyLoss(), x, labels_) == []


def test_shapes_that_broadcast_are_found(data):
    x, y = data
    model, optimizer = of(Model(1, 1))
    found = check_training(
        model, optimizer, lambda a, b: ((a - b) ** 2).mean(), x, y[:, 0]
    )
    assert found == ["prediction (100, 1), y (100,)"]


def test_softmax_before_cross_entropy_is_found(data):
    x, _ = data
    loss_function = nn.CrossEntropyLoss()
    (found,) = check_training(*classifier(nn.Softmax(dim=1)), loss_function, x, LABELS)
    assert "softmax before CrossEntropyLoss" in found


@pytest.mark.parametrize("loss_function", [nn.NLLLoss(), nn.functional.nll_loss])
def test_class_numbers_need_not_have_the_shape_of_the_prediction(loss_function, data):
    model, optimizer = classifier(nn.LogSoftmax(dim=1))
    assert check_training(model, optimizer, loss_function, data[0], LABELS) == []
    model, optimizer = classifier(None)
    function = nn.functional.cross_entropy
    assert check_training(model, optimizer, function, data[0], LABELS) == []


def test_softmax_before_the_function_is_found_too(data):
    function = nn.functional.cross_entropy
    (found,) = check_training(*classifier(nn.Softmax(dim=1)), function, data[0], LABELS)
    assert "softmax before CrossEntropyLoss" in found


def test_probabilities_of_0_and_1_are_found_and_no_class_is_none():
    model, loss_function = nn.Linear(1, 3), nn.CrossEntropyLoss()
    numbers = torch.tensor([0, 1, 2])
    (found,) = check_prediction(model, loss_function, torch.eye(3), numbers)
    assert "softmax before CrossEntropyLoss" in found
    found = check_prediction(model, loss_function, torch.ones(3, 0), numbers)
    assert list(found) == ["prediction (3, 0), y (3,)"]


def test_integers_do_not_number_the_classes_of_one_output(data):
    x, y = data
    whole = y[:, 0].long()
    found = check_training(
        *of(Model(1, 1)), lambda a, b: (a - b).square().mean(), x, whole
    )
    assert found == ["prediction (100, 1), y (100,)"]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_data_that_are_not_finite_are_named_first(bad, data):
    x, y = (column.clone() for column in data)
    x[3] = bad
    assert check_training(*of(Model(1, 1)), MSE, x, y) == ["inf or NaN in x"]
    assert check_training(*of(Model(1, 1)), MSE, y, x) == ["inf or NaN in y"]
    found = check_training(*of(Model(1, 1)), lambda a, b: MSE(a, b) * bad, y, y)
    assert found == ["inf or NaN in the loss"]


def test_a_step_that_ends_at_nan_is_not_taken_for_a_missing_zero_grad(data):
    x, y = data

    def check(learning_rate, y):
        model, optimizer = of(Model(1, 1), learning_rate)

        def step():
            optimizer.zero_grad()
            MSE(model(x), y).backward()
            optimizer.step()

        return check_step(model, optimizer, step)

    said = [
        "a step makes a parameter inf or NaN: look at the data and the learning rate"
    ]
    assert check(0.01, y * torch.nan) == said
    assert check(1e38, y) == said
    assert check(1e20, y) == []  # the second step would be infinite, from there


def test_a_second_step_that_would_end_at_nan_starts_where_the_first_did(data):
    """Two layers: with a large rate, the second step has inf - inf in it."""
    x, y = data
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 4), nn.Linear(4, 1))
    optimizer = sgd(model, 1e18)

    def step():
        optimizer.zero_grad()
        MSE(model(x), y).backward()
        optimizer.step()

    with put_back(model, optimizer):
        step()
        assert all(p.isfinite().all() for p in model.parameters())
        step()
        assert any(p.isnan().any() for p in model.parameters())
    assert check_step(model, optimizer, step) == []


def test_a_loop_that_skips_steps_hides_what_is_missing(data):
    """As the GradScaler of mixed precision does."""
    x, y = data
    model, optimizer = of(Model(1, 1))

    def step(skips):
        MSE(model(x), y).backward()
        finite = all(p.grad.isfinite().all() for p in model.parameters())
        if finite or not skips:
            optimizer.step()

    assert check_step(model, optimizer, lambda: step(skips=True)) == []
    assert check_step(model, optimizer, lambda: step(skips=False)) != []


def test_the_random_state_is_put_back(data):
    model, optimizer = of(nn.Sequential(nn.Linear(1, 4), nn.Dropout(), nn.Linear(4, 1)))
    before = torch.get_rng_state()
    check_training(model, optimizer, MSE, *data)
    fit_rows(model, optimizer, MSE, *data, steps=2)
    check_step(model, optimizer, lambda: model(data[0]))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_warm_up_from_zero_looks_as_if_nothing_moves(data):
    x, y = data
    model, optimizer = of(Model(1, 1))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: k / 10)

    def step():
        optimizer.zero_grad()
        MSE(model(x), y).backward()
        optimizer.step()
        scheduler.step()

    assert check_step(model, optimizer, step) == ["a step moves no parameter"]
    assert scheduler.last_epoch > 0  # a scheduler is not put back


def test_lbfgs_needs_a_closure_which_a_step_of_your_own_has(data):
    x, y = data
    model = Model(1, 1)
    optimizer = torch.optim.LBFGS(model.parameters())
    with pytest.raises(TypeError, match="closure"):
        check_training(model, optimizer, MSE, x, y)

    def closure():
        optimizer.zero_grad()
        loss = MSE(model(x), y)
        loss.backward()
        return loss

    assert check_step(model, optimizer, lambda: optimizer.step(closure)) == []


def test_equal_x_and_different_y_leave_a_floor():
    x, y = torch.zeros(2, 1), torch.tensor([[1.0], [3.0]])
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    _, after = fit_rows(model, optimizer, MSE, x, y, steps=500)
    assert after == pytest.approx(1, abs=1e-3)  # the variance of 1 and 3


@pytest.mark.parametrize(
    "model",
    [
        lambda: Model(1, 1),
        network,
        lambda: Listed(nn.ModuleList),
        lambda: nn.Sequential(nn.Linear(1, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)),
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        lambda p: torch.optim.SGD(p, lr=0.01),
        lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.5),
        lambda p: torch.optim.Adam(p, lr=0.01),
    ],
)
def test_where_nothing_is_wrong_nothing_is_found_and_nothing_is_changed(
    model, kind, data
):
    torch.manual_seed(0)
    model = model()
    optimizer = kind(model.parameters())
    for _ in range(2):  # so that there is a state to be kept
        optimizer.zero_grad()
        MSE(model(data[0]), data[1]).backward()
        optimizer.step()
    states = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    assert check_training(model, optimizer, MSE, *data) == []

    def step():
        optimizer.zero_grad()
        MSE(model(data[0]), data[1]).backward()
        optimizer.step()

    assert check_step(model, optimizer, step) == []
    before, after = fit_rows(model, optimizer, MSE, *data, steps=3)
    assert after < before
    same(states, (model.state_dict(), optimizer.state_dict()))
    assert all(p.grad is None for p in model.parameters())


def same(one, other):
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list | tuple):
        for pair in zip(one, other, strict=True):
            same(*pair)
    else:
        assert one == other


def test_what_an_optimizer_holds_elsewhere_is_put_back_too():
    model, other = Model(1, 1), Model(1, 1)
    before = theta_of(other)
    with put_back(model, sgd(other)), torch.no_grad():
        other.linear.weight += 1
    assert torch.equal(theta_of(other), before)


def test_an_old_gradient_does_not_hide_that_there_is_no_new_one(data):
    model, optimizer = of(Unused())
    for parameter in model.extra.parameters():
        parameter.grad = torch.ones_like(parameter)
    (found,) = check_training(model, optimizer, MSE, *data)
    assert found == "no gradient for extra.weight, extra.bias"


def test_an_error_inside_puts_everything_back(data):
    model, optimizer = of(Model(1, 1))
    before = theta_of(model)

    def train_and_stop():
        MSE(model(data[0]), data[1]).backward()
        optimizer.step()
        raise KeyError

    with pytest.raises(KeyError), put_back(model, optimizer):
        train_and_stop()
    assert torch.equal(theta_of(model), before)


STEPS = {  # the order of the four lines, and what is found
    "forward zero backward step": [],
    "zero forward backward step": [],
    "forward backward step zero": [],
    "forward backward step": ["zero_grad"],
    "forward backward zero step": ["moves no parameter"],
    "forward zero step": ["moves no parameter"],
    "forward zero backward": ["moves no parameter"],
}


@pytest.mark.parametrize("order", STEPS)
@pytest.mark.parametrize("to_none", [True, False])
@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_a_step_is_asked_whether_it_moves_and_clears(order, to_none, kind, data):
    x, y = data
    torch.manual_seed(0)
    model = Model(1, 1)
    optimizer = kind(model.parameters(), lr=0.01)
    before = theta_of(model)

    def step():
        for line in order.split():
            if line == "forward":
                loss = MSE(model(x), y)
            elif line == "zero":
                optimizer.zero_grad(set_to_none=to_none)
            elif line == "backward":
                loss.backward()
            else:
                optimizer.step()

    if kind is torch.optim.Adam and not to_none and order == "forward zero step":
        return  # no gradient was ever there
    found = check_step(model, optimizer, step)
    assert len(found) == len(STEPS[order])
    for line, fragment in zip(found, STEPS[order], strict=True):
        assert fragment in line
    assert torch.equal(theta_of(model), before)
    assert not optimizer.state_dict()["state"]


def test_a_small_network_learns_five_rows_and_one_that_cannot_be_negative_does_not():
    x, y = make_data(seed=0)
    assert y[:5].min() < 0
    for last, learned in ((None, True), (nn.ReLU(), False)):
        model = network(last)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        _, after = fit_rows(model, optimizer, MSE, x[:5], y[:5], steps=2000)
        if learned:
            assert after < 0.01
        else:  # what 0 in place of the negative ones leaves, and no other mistake
            floor = (y[:5].clamp(max=0) ** 2).mean().item()
            assert after > floor - 1e-4
            assert after > 1  # far from what the other has learned
            assert check_training(model, optimizer, MSE, x, y) == []


# --- figures


def losses_of(rate, order, flat):
    x, y = make_data(seed=0)
    torch.manual_seed(0)
    model = Model(1, 1)
    optimizer, losses = sgd(model, rate), []
    for _ in range(61):
        if order == "right":
            optimizer.zero_grad()
        loss = ((model(x) - (y[:, 0] if flat else y)) ** 2).mean()
        loss.backward()
        if order == "erased":
            optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize(
    ("figure", "curves"),
    [
        (figure_flat, {"a": (0.1, "erased", False), "b": (0.1, "right", True)}),
        (figure_wild, {"c": (0.01, "kept", False), "d": (0.96, "right", False)}),
    ],
)
def test_the_curves_are_the_losses_of_the_mistakes(figure, curves):
    (axes,) = figure().axes
    gray, *lines = axes.lines
    assert gray.get_color() == "tab:gray"
    assert list(gray.get_ydata()) == pytest.approx(losses_of(0.1, "right", False))
    named = labels(axes)
    for line, (letter, arguments) in zip(lines, curves.items(), strict=True):
        assert list(line.get_ydata()) == pytest.approx(losses_of(*arguments))
        assert named[letter] == line.get_color()
    assert len({line.get_linestyle() for line in lines}) == 2
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$k$", "$L$")
    for text, line in zip(axes.texts, lines, strict=True):  # beside its curve
        k, height = text.get_position()
        assert abs(math.log(height / line.get_ydata()[k])) < 0.2
        for other in (gray, *lines):
            assert abs(math.log(height / other.get_ydata()[k])) > 0.1


def test_the_curves_are_flat_level_swinging_and_growing():
    _, y = make_data(seed=0)
    (flat,), (wild,) = (figure().axes for figure in (figure_flat, figure_wild))
    a, b = (line.get_ydata() for line in flat.lines[1:])
    c, d = (line.get_ydata() for line in wild.lines[1:])
    assert len(set(a)) == 1
    assert b[-1] == pytest.approx(y.var(correction=0).item(), rel=1e-3)
    assert max(c[30:]) == pytest.approx(max(c[:30]), rel=0.1)
    assert (np.diff(d) > 0).all()


# --- exercises

# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "columns": [(3,), (32,), (4,), (1,), (100,)],
    # 4 · 4 + 4 once; three times; without bias; one weight and one bias
    "repeated": [(20,), (60,), (16,), (5,), (12,)],
    "line": [(2,), (1,), (5,), (6,), (8,)],
    "infinite": [(303,), (132,), (606,), (0,), (200,)],
}

# What each solution answers, taken out of what it prints.
SOLUTIONS = {
    "columns": lambda printed, run: [(int(numbers(printed)[0]),)],
    "repeated": lambda printed, run: [(int(numbers(printed)[0]),)],
    "line": lambda printed, run: [(int(numbers(printed)[-1]),)],
    "infinite": lambda printed, run: [(int(numbers(printed)[-1]),)],
}


def test_the_line_to_delete_is_the_one_that_cures():
    """Of the lines of the puzzle, each deleted in turn."""
    code = section("mistakes", "puzzle").splitlines()
    x, y = make_data(seed=0)
    bottom = 1 - torch.corrcoef(torch.cat((x, y), 1).T)[0, 1].item() ** 2  # 1 − R²
    cures = []
    for number in (1, 2, 6):
        kept = [line for line in code if not line.endswith(f"# line {number}")]
        if number == 1:
            kept.insert(0, "targets = y")
        run = vars(mistakes) | {"x": x, "y": y, "print": lambda *_: None}
        exec("\n".join(kept), run)
        if abs(run["loss"].item() - bottom) < 0.02:
            cures.append(number)
    assert cures == [2]


def test_a_layer_three_times_in_a_list_is_one_layer():
    layer = nn.Linear(4, 4)
    repeated = nn.Sequential(*[layer] * 3)
    assert all(each is layer for each in repeated)
    x = torch.ones(1, 4)
    assert torch.equal(repeated(x), layer(layer(layer(x))))
    apart = nn.Sequential(*[nn.Linear(4, 4) for _ in range(3)])
    assert sum(p.numel() for p in apart.parameters()) == 60
