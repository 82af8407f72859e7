"""Mistakes, each run: its message or its silent symptom, and the fix."""

# --8<-- [start:check_imports]
import copy
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# --8<-- [end:check_imports]
# --8<-- [start:imports]
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from snippets.data import make_data
from snippets.loss import hessian
from snippets.model import Model, set_theta
from snippets.training import theta_of, train
# --8<-- [end:imports]


# --8<-- [start:last_line]
def last_line(error: Exception) -> str:
    """The end of a traceback: the kind of the error and its message."""
    return f"{type(error).__name__}: {error}"


# --8<-- [end:last_line]


# --8<-- [start:check_registered]
def check_missed(value: object, known: set[int]) -> bool:
    """Whether a value should be trained, and is not registered."""
    if isinstance(value, Tensor):  # one that forward has computed is no leaf
        moved = getattr(value.grad_fn, "name", str)() == "ToCopyBackward0"  # by .to()
        wanted = value.requires_grad and (value.is_leaf or moved)
    else:
        wanted = isinstance(value, nn.Module)
    return wanted and id(value) not in known


def check_registered(model: nn.Module) -> Iterator[str]:
    """What should be trained, and model.parameters() does not find."""
    known = {id(each) for each in (*model.modules(), *model.parameters())}
    for module in model.modules():
        for name, value in vars(module).items():
            if name in vars(nn.Module()):  # the register itself
                continue
            if isinstance(value, Tensor) and check_missed(value, known):
                yield f"{name} requires a gradient, but is no Parameter"
            if isinstance(value, list | tuple | dict):
                inside = value.values() if isinstance(value, dict) else value
                if any(check_missed(each, known) for each in inside):
                    kind = type(value).__name__
                    yield f"{name} is a plain {kind} of layers or parameters"


def check_held(model: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[str]:
    """Parameters to be trained that the optimizer does not hold."""
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    missing = [name for name, p in trained if id(p) not in held]
    if missing:
        yield f"the optimizer does not hold {', '.join(missing)}"


# --8<-- [end:check_registered]


# --8<-- [start:check_batch]
def check_finite(x: Tensor, y: Tensor, loss: Tensor) -> Iterator[str]:
    """The first of the three that contains inf or NaN."""
    for name, tensor in (("x", x), ("y", y), ("the loss", loss)):
        if not tensor.isfinite().all():
            yield f"inf or NaN in {name}"
            return


def check_prediction(
    model: nn.Module, loss_function: Callable, prediction: Tensor, y: Tensor
) -> Iterator[str]:
    """What is wrong with the predictions for one batch."""
    if not model.training:
        yield "the model is in evaluation mode"
    classes = not y.is_floating_point() and prediction.dim() == y.dim() + 1
    classes = classes and prediction.shape[1] > 1  # y contains the number of a class
    if not classes and prediction.shape != y.shape:
        yield f"prediction {tuple(prediction.shape)}, y {tuple(y.shape)}"
        return
    functional = loss_function is nn.functional.cross_entropy
    if functional or isinstance(loss_function, nn.CrossEntropyLoss):
        sums = prediction.sum(dim=1)  # (n,)
        if prediction.min() >= 0 and torch.allclose(sums, torch.ones_like(sums)):
            yield "the predictions are probabilities: softmax before CrossEntropyLoss"


def check_gradients(model: nn.Module, loss: Tensor) -> Iterator[str]:
    """Parameters to be trained that get no gradient from the loss."""
    if not loss.requires_grad:
        yield "the loss does not depend on a parameter"
        return
    model.zero_grad()
    loss.backward()
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    without = [name for name, p in trained if p.grad is None]
    if without:
        yield f"no gradient for {', '.join(without)}"


# --8<-- [end:check_batch]


# --8<-- [start:put_back]
@contextmanager
def put_back(model: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Undo, at the end of the block, what it has trained; leave no gradient.

    Puts back the model, this optimizer and torch's random state, and nothing else.
    """
    held = [p for group in optimizer.param_groups for p in group["params"]]
    tensors = [*model.state_dict().values(), *held]
    before = [tensor.detach().clone() for tensor in tensors]
    state = copy.deepcopy(optimizer.state_dict())
    try:
        with torch.random.fork_rng():
            yield
    finally:
        optimizer.load_state_dict(state)
        with torch.no_grad():
            for tensor, old in zip(tensors, before, strict=True):
                tensor.copy_(old)
        optimizer.zero_grad()
        model.zero_grad()


# --8<-- [end:put_back]


# --8<-- [start:fit_rows]
def fit_rows(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: Callable,
    x: Tensor,
    y: Tensor,
    steps: int,
) -> tuple[float, float]:
    """The loss before and after training on these rows alone; undone afterwards."""
    with put_back(model, optimizer):
        before = loss_function(model(x), y).item()
        for _ in range(steps):
            optimizer.zero_grad()
            loss_function(model(x), y).backward()
            optimizer.step()
        return before, loss_function(model(x), y).item()


# --8<-- [end:fit_rows]


# --8<-- [start:check_training]
def check_training(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: Callable,
    x: Tensor,
    y: Tensor,
) -> list[str]:
    """What looks wrong before training, one line each; tried on the batch x, y.

    Leaves what put_back puts back as it was, and no gradient. Raises what the model
    and the loss function raise.
    """
    with put_back(model, optimizer):
        prediction = model(x)
        loss = loss_function(prediction, y)
        found = [*check_finite(x, y, loss), *check_registered(model)]
        found += check_held(model, optimizer)
        found += check_prediction(model, loss_function, prediction, y)
        found += check_gradients(model, loss)
        if found:
            return found
    before, after = fit_rows(model, optimizer, loss_function, x, y, steps=10)
    if after == before:
        return [f"the loss does not move: {before:.3g}"]
    if not after < before:  # as it is if after is NaN
        return [f"the loss grows from {before:.3g} to {after:.3g} in ten steps"]
    return []


# --8<-- [end:check_training]


# --8<-- [start:check_step]
def check_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, step: Callable[[], object]
) -> list[str]:
    """What looks wrong in your own training step, a function without arguments.

    Writes NaN over the gradients that a step leaves behind: they reach the parameters
    if the next step does not clear them. Leaves what put_back puts back as it was.
    """
    with put_back(model, optimizer):
        before = [p.detach().clone() for p in model.parameters()]
        step()
        if not all(p.isfinite().all() for p in model.parameters()):
            what = "a step makes a parameter inf or NaN"
            return [f"{what}: look at the data and the learning rate"]
        if all(map(torch.equal, model.parameters(), before)):
            return ["a step moves no parameter"]
        with torch.no_grad():
            for p, old in zip(model.parameters(), before, strict=True):
                p.copy_(old)  # so that the second step is as finite as the first
                if p.grad is not None and p.grad.any():
                    p.grad.fill_(torch.nan)
        step()
        if any(p.isnan().any() for p in model.parameters()):
            return ["a step uses the gradient of the step before: no zero_grad()"]
        return []


# --8<-- [end:check_step]


# --8<-- [start:pad_rows]
def pad_rows(rows: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Rows of different lengths as one batch (n, longest), and their lengths (n,)."""
    batch = nn.utils.rnn.pad_sequence(rows, batch_first=True)  # pads with 0
    return batch, torch.tensor([len(row) for row in rows])


# --8<-- [end:pad_rows]


# --8<-- [start:graph_size]
def graph_size(tensor: Tensor) -> int:
    """How many operations the computation graph behind a tensor holds."""
    seen, waiting = set(), [tensor.grad_fn]
    while waiting:
        operation = waiting.pop()
        if operation is not None and operation not in seen:
            seen.add(operation)
            waiting += [each for each, _ in operation.next_functions]
    return len(seen)


# --8<-- [end:graph_size]


# --8<-- [start:steps_until]
def steps_until(test: Callable[[Tensor], Tensor], learning_rate: float) -> int:
    """From which step the loss passes a test; training starts at θ = (0, 0)."""
    x, y = make_data(seed=0)
    model = Model(1, 1)
    set_theta(model.linear, 0.0, 0.0)
    losses = torch.tensor(train(model, x, y, learning_rate, steps=400))
    return int(test(losses).nonzero()[0])


# --8<-- [end:steps_until]


# --8<-- [start:network]
def network(last: nn.Module | None = None, outputs: int = 1) -> nn.Sequential:
    """A small network from seed 0, (n, 1) to (n, outputs); `last` may follow."""
    torch.manual_seed(0)
    layers = [nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, outputs)]
    return nn.Sequential(*layers, *([last] if last else []))


# --8<-- [end:network]


if __name__ == "__main__":
    try:
        # --8<-- [start:opening]
        class Line(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = nn.Linear(100, 1)  # 100 rows of data

            def forward(self, x):
                return self.linear(x)

        x, y = make_data(seed=0)  # (100, 1) each
        loss_function = nn.MSELoss()
        model = Line()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(100):
            loss = loss_function(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        # --8<-- [end:opening]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:bottom_up]
    import traceback

    try:
        loss_function(model(x), y)
    except RuntimeError as error:
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            inside = frame.filename.startswith(torch.__path__[0])
            print("torch" if inside else "yours", "|", frame.line)
    # --8<-- [end:bottom_up]

    # --8<-- [start:shapes]
    print("x", tuple(x.shape), "  weight.T", tuple(model.linear.weight.T.shape))
    torch.manual_seed(0)
    model = Model(1, 1)  # x has one column
    losses = train(model, x, y)
    print(f"loss from {losses[0]:.3f} to {losses[-1]:.3f}")
    # --8<-- [end:shapes]

    # --8<-- [start:ask]
    def by_hand(prediction: Tensor, target: Tensor) -> Tensor:
        return ((prediction - target) ** 2).mean()

    torch.manual_seed(0)
    model, other = Model(1, 1), Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    too_high = torch.optim.SGD(model.parameters(), lr=1.1)
    y_flat = y[:, 0]  # (n,)
    print(check_training(model, optimizer, loss_function, x, y))
    print(check_training(other, optimizer, loss_function, x, y))
    print(check_training(model, optimizer, by_hand, x, y_flat))
    print(check_training(model, too_high, loss_function, x, y))
    # --8<-- [end:ask]

    # --8<-- [start:ask_step]
    def forgetful_step():
        loss_function(model(x), y).backward()
        optimizer.step()

    def erasing_step():
        loss_function(model(x), y).backward()
        optimizer.zero_grad()
        optimizer.step()

    for step in (forgetful_step, erasing_step):
        print(check_step(model, optimizer, step))
    # --8<-- [end:ask_step]

    # --8<-- [start:five_rows]
    for last in (None, nn.ReLU()):
        model = network(last)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        five_x, five_y = x[:5], y[:5]
        _, after = fit_rows(model, optimizer, loss_function, five_x, five_y, steps=2000)
        print(f"last layer {last}   loss on five rows {after:.2f}")
    print(f"left by 0 in place of negative y {five_y.clamp(max=0).square().mean():.2f}")
    # --8<-- [end:five_rows]

    # --8<-- [start:no_super]
    class WithoutSuper(nn.Module):
        def __init__(self):
            self.linear = nn.Linear(1, 1)

    class WithSuper(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(1, 1)

    for kind in (WithoutSuper, WithSuper):
        try:
            print(kind())
        except AttributeError as error:
            print(last_line(error))
    # --8<-- [end:no_super]

    # --8<-- [start:misspelled]
    class Init(nn.Module):
        def _init_(self):  # one underscore on each side
            super().__init__()
            self.linear = nn.Linear(1, 1)

        def forward(self, x):
            return self.linear(x)

    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(1, 1)

            def forward(self, x):  # four blanks too many
                return self.linear(x)

    for kind in (Init, Nested, lambda: Model(1, 1)):
        try:
            print(kind()(x).shape)
        except (AttributeError, NotImplementedError) as error:
            print(last_line(error))
    # --8<-- [end:misspelled]

    # --8<-- [start:list_of_layers]
    class ListOfLayers(nn.Module):
        def __init__(self, container):
            super().__init__()
            self.hidden = container([nn.Linear(1, 4)])
            self.last = nn.Linear(4, 1)

    for container in (list, nn.ModuleList):
        found = sum(p.numel() for p in ListOfLayers(container).parameters())
        print(f"{container.__name__}: {found} parameters")
    # --8<-- [end:list_of_layers]

    # --8<-- [start:no_parameter]
    class Moved(nn.Module):
        def __init__(self, in_time: bool):
            super().__init__()
            if in_time:
                self.theta = nn.Parameter(torch.zeros(2).to(torch.float64))
            else:
                self.theta = nn.Parameter(torch.zeros(2)).to(torch.float64)

    for in_time in (False, True):
        moved = Moved(in_time)
        print(type(moved.theta).__name__, len(list(moved.parameters())))
    # --8<-- [end:no_parameter]

    # --8<-- [start:forward_called]
    model = Model(1, 1)
    calls = []
    model.register_forward_hook(lambda *_: calls.append("hook"))
    model.forward(x)
    print("model.forward(x):", len(calls))
    model(x)
    print("model(x):", len(calls))
    # --8<-- [end:forward_called]

    # --8<-- [start:broadcast]
    for target in (y_flat, y_flat[:, None]):
        torch.manual_seed(0)
        model = Model(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(100):
            loss = ((model(x) - target) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        theta = [round(each, 3) for each in theta_of(model).tolist()]
        print(tuple(target.shape), "θ", theta, f"loss {loss.item():.3f}")
    print(f"ȳ {y.mean():.3f}   variance {y.var(correction=0):.3f}")
    # --8<-- [end:broadcast]

    # --8<-- [start:double]
    try:
        model(x.double())
    except RuntimeError as error:
        print(last_line(error))
    print(model(x.double().float()).dtype)
    # --8<-- [end:double]

    # --8<-- [start:labels]
    cross_entropy = nn.CrossEntropyLoss()
    logits = torch.zeros(4, 3)  # four rows, three classes: 0, 1, 2
    for labels in ([0.0, 1.0, 2.0, 1.0], [1, 2, 3, 1], [0, 1, 2, 1]):
        try:
            print(f"loss {cross_entropy(logits, torch.tensor(labels)):.3f}")
        except (RuntimeError, IndexError) as error:
            print(last_line(error))
    # --8<-- [end:labels]

    # --8<-- [start:binary]
    binary = nn.BCEWithLogitsLoss()
    logit = torch.zeros(4, 1)  # four rows, one output
    labels = torch.tensor([0, 1, 1, 0])
    for target in (labels, labels[:, None], labels[:, None].float()):
        try:
            print(f"loss {binary(logit, target):.3f}")
        except (RuntimeError, ValueError) as error:
            print(last_line(error))
    print(f"CrossEntropyLoss {cross_entropy(logit, target).abs():.3f}")
    # --8<-- [end:binary]

    # --8<-- [start:stack]
    samples = [torch.ones(3), torch.ones(5)]
    try:
        next(iter(DataLoader(samples, batch_size=2)))
    except RuntimeError as error:
        print(last_line(error))
    batch, lengths = next(iter(DataLoader(samples, 2, collate_fn=pad_rows)))
    is_data = torch.arange(batch.shape[1]) < lengths[:, None]  # (n, longest)
    print(batch)
    print(is_data)
    print(f"mean {batch.mean():.1f}   of the data alone {batch[is_data].mean():.1f}")
    # --8<-- [end:stack]

    # --8<-- [start:device]
    elsewhere = Model(1, 1).to("meta")  # a device without numbers, for shapes alone
    try:
        elsewhere(x)
    except RuntimeError as error:
        print(last_line(error))
    device = next(elsewhere.parameters()).device
    print(elsewhere(x.to(device)).shape)
    # --8<-- [end:device]

    # --8<-- [start:numpy]
    try:
        model(x).numpy()
    except RuntimeError as error:
        print(last_line(error))
    print(model(x).detach().numpy().shape)
    # --8<-- [end:numpy]

    # --8<-- [start:no_zero_grad]
    for clear in (False, True):
        torch.manual_seed(0)
        model = Model(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        losses = []
        for _ in range(1000):
            loss = loss_function(model(x), y)
            if clear:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        low, high = min(losses[-100:]), max(losses[-100:])
        print(f"zero_grad {clear}   last 100 losses from {low:.1f} to {high:.1f}")
    # --8<-- [end:no_zero_grad]

    # --8<-- [start:erased]
    for late in (True, False):
        torch.manual_seed(0)
        model = Model(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        losses = []
        for _ in range(100):
            if not late:
                optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            if late:
                optimizer.zero_grad()
            optimizer.step()
            losses.append(loss.item())
        print(f"erased {late}   loss from {losses[0]:.3f} to {losses[-1]:.3f}")
    # --8<-- [end:erased]

    # --8<-- [start:outside]
    loss = loss_function(model(x), y)  # once, outside the loop
    try:
        for _ in range(2):
            loss.backward()
    except RuntimeError as error:
        print(last_line(error).split(" (")[0])
    for _ in range(2):
        loss = loss_function(model(x), y)  # inside
        loss.backward()
    print("two backward passes")
    # --8<-- [end:outside]

    # --8<-- [start:total_loss]
    for kept in (lambda loss: loss, lambda loss: loss.item()):
        total, sizes = 0.0, []
        for _ in range(4):
            total += kept(loss_function(model(x), y))
            sizes.append(graph_size(torch.as_tensor(total)))
        print(sizes)
    # --8<-- [end:total_loss]

    # --8<-- [start:rerun]
    def cell(model: nn.Module) -> str:
        losses = train(model, x, y)
        return f"loss from {losses[0]:.3f} to {losses[-1]:.3f}"

    torch.manual_seed(0)
    model = Model(1, 1)
    print(cell(model))
    print(cell(model))  # the same cell once more
    torch.manual_seed(0)
    model = Model(1, 1)
    print(cell(model))
    # --8<-- [end:rerun]

    # --8<-- [start:no_grad]
    try:
        with torch.no_grad():
            loss = loss_function(model(x), y)
        loss.backward()
    except RuntimeError as error:
        print(last_line(error))
    loss = loss_function(model(x), y)
    loss.backward()
    print("requires_grad", loss.requires_grad)
    # --8<-- [end:no_grad]

    # --8<-- [start:not_scalar]
    squared_errors = (model(x) - y) ** 2
    try:
        squared_errors.backward()
    except RuntimeError as error:
        print(last_line(error))
    squared_errors.mean().backward()
    print(tuple(model.linear.weight.grad.shape))
    # --8<-- [end:not_scalar]

    # --8<-- [start:leaf]
    weight = torch.zeros(1, requires_grad=True)
    ((y - weight * x) ** 2).mean().backward()
    try:
        weight -= 0.1 * weight.grad
    except RuntimeError as error:
        print(last_line(error))
    with torch.no_grad():
        weight -= 0.1 * weight.grad
    print(weight.is_leaf)
    # --8<-- [end:leaf]

    # --8<-- [start:saved]
    t = torch.tensor(0.5, requires_grad=True)
    result = t.exp()
    result += 1  # exp needs its result for the derivative
    try:
        result.backward()
    except RuntimeError as error:
        print(last_line(error).split(": [")[0])
    result = t.exp()
    result = result + 1
    result.backward()
    print(f"{t.grad:.3f}")
    # --8<-- [end:saved]

    # --8<-- [start:too_high]
    for name, test in (("inf", torch.isinf), ("nan", torch.isnan)):
        print(name, "from step", steps_until(test, learning_rate=1.1))
    model = Model(1, 1)
    print(f"learning rate 0.1: {train(model, x, y)[-1]:.3f}")
    # --8<-- [end:too_high]

    # --8<-- [start:other_model]
    torch.manual_seed(0)
    first, second = Model(1, 1), Model(1, 1)
    for held in (first, second):
        optimizer = torch.optim.SGD(held.parameters(), lr=0.1)
        losses = []
        for _ in range(100):
            loss = loss_function(second(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"loss from {losses[0]:.3f} to {losses[-1]:.3f}")
    # --8<-- [end:other_model]

    # --8<-- [start:replaced]
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model[2] = nn.Linear(16, 1)  # a new layer, after the optimizer was built
    print(check_training(model, optimizer, loss_function, x, y))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    print(check_training(model, optimizer, loss_function, x, y))
    # --8<-- [end:replaced]

    # --8<-- [start:eval_mode]
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 16), nn.Dropout(0.5), nn.Linear(16, 1))
    hidden, weight = model[0](x[:1]), model[2].weight
    predicted = ((weight * hidden) ** 2).sum() ** 0.5
    for training in (True, False):
        model.train(training)
        outputs = model(x[:1].expand(10_000, 1))  # one row, ten thousand times
        print(f"training {training}   spread {outputs.std():.2f}")
    print(f"predicted in training {predicted:.2f}")
    # --8<-- [end:eval_mode]

    # --8<-- [start:softmax]
    centers = torch.arange(3.0) * 2 - 2  # classes at -2, 0 and 2
    labels = torch.arange(90) % 3
    spots = centers[labels][:, None] + 0.1 * x[:90]
    for last in (nn.Softmax(dim=1), None):
        model = network(last, outputs=3)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        _, after = fit_rows(model, optimizer, cross_entropy, spots, labels, steps=500)
        print(f"last layer {last}   loss {after:.2f}")
    print(f"floor {torch.tensor(1 + 2 / torch.e).log():.2f}")
    # --8<-- [end:softmax]

    # --8<-- [start:best_state]
    model = Model(1, 1)
    kept, copied = model.state_dict(), copy.deepcopy(model.state_dict())
    before = model.linear.weight.item()
    train(model, x, y)
    for name, state in (("state_dict()", kept), ("deepcopy", copied)):
        print(name, "is as before:", state["linear.weight"].item() == before)
    # --8<-- [end:best_state]

    # --8<-- [start:whole_module]
    with tempfile.TemporaryFile() as file:
        torch.save(model, file)
        file.seek(0)
        try:
            torch.load(file)
        except pickle.UnpicklingError as error:
            print(last_line(error).split(".")[0])
    with tempfile.TemporaryFile() as file:
        torch.save(model.state_dict(), file)
        file.seek(0)
        print(Model(1, 1).load_state_dict(torch.load(file)))
    # --8<-- [end:whole_module]

    # --8<-- [start:keys]
    saved = {f"module.{name}": p for name, p in model.state_dict().items()}
    loaded = Model(1, 1)
    try:
        loaded.load_state_dict(saved)
    except RuntimeError as error:
        print(last_line(error))
    loaded.load_state_dict(saved, strict=False)  # silent: nothing is loaded
    print(torch.equal(theta_of(loaded), theta_of(model)))
    loaded.load_state_dict({n.removeprefix("module."): p for n, p in saved.items()})
    print(torch.equal(theta_of(loaded), theta_of(model)))
    # --8<-- [end:keys]

    # --8<-- [start:workers]
    for function in (lambda row: 2 * row, last_line):
        try:
            print("pickled:", len(pickle.dumps(function)) > 0)
        except (pickle.PicklingError, AttributeError) as error:
            print(type(error).__name__)
    # --8<-- [end:workers]

    # --8<-- [start:solution_columns]
    layer = nn.Linear(3, 1)
    print("in_features", layer.in_features, tuple(layer(torch.zeros(32, 3)).shape))
    # --8<-- [end:solution_columns]

    # --8<-- [start:solution_repeated]
    repeated = nn.Sequential(*[nn.Linear(4, 4)] * 3)
    print(sum(p.numel() for p in repeated.parameters()))
    print(repeated[0] is repeated[2])
    # --8<-- [end:solution_repeated]

    # --8<-- [start:puzzle]
    targets = (y - y.mean()) / y.std()  # line 1
    targets = targets.squeeze()  # line 2
    model = Model(1, 1)  # line 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)  # line 4
    for _ in range(200):
        loss = ((model(x) - targets) ** 2).mean()  # line 5
        optimizer.zero_grad()  # line 6
        loss.backward()  # line 7
        optimizer.step()  # line 8
    print(f"loss {loss.item():.2f}")
    # --8<-- [end:puzzle]

    # --8<-- [start:solution_line]
    for shape in ((100,), (100, 1)):
        targets = ((y - y.mean()) / y.std()).reshape(shape)
        model = Model(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        _, after = fit_rows(model, optimizer, by_hand, x, targets, steps=200)
        print(f"targets {shape}   loss {after:.2f}")
    print("line", 2)
    # --8<-- [end:solution_line]

    # --8<-- [start:solution_infinite]
    largest = torch.linalg.eigvalsh(hessian(x)).max()
    for learning_rate in (1.1, 1.0):
        factor = (1 - learning_rate * largest).abs()
        first = steps_until(torch.isinf, learning_rate)
        print(f"{learning_rate}   factor {factor:.3f}   inf from step {first}")
    # --8<-- [end:solution_infinite]
