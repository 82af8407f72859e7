"""The training loop, what its lines do, and how to take it to other data."""

# --8<-- [start:program_imports]
import copy

# --8<-- [end:program_imports]
# --8<-- [start:table_imports]
import tempfile

import numpy as np

# --8<-- [end:table_imports]
# --8<-- [start:imports]
import torch
from torch import nn

# --8<-- [end:imports]
# --8<-- [start:loader_imports]
from torch.utils.data import DataLoader, TensorDataset

# --8<-- [end:loader_imports]


# --8<-- [start:train]
def train(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, learning_rate=0.1, steps=100
) -> list[float]:
    """Train the model in place; return the loss before each step.

    Source: equation training#eq-step.
    """
    loss_function = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        loss = loss_function(model(x), y)  # (1)!
        optimizer.zero_grad()  # (2)!
        loss.backward()  # (3)!
        optimizer.step()  # (4)!
        losses.append(loss.item())
    return losses


# --8<-- [end:train]


# --8<-- [start:write_flats]
def write_flats(path: str) -> None:
    """Write a made-up table of 200 flats: m², years, minutes to the station, rent."""
    torch.manual_seed(0)
    area, age = 20 + 100 * torch.rand(200, 1), 60 * torch.rand(200, 1)
    walk, noise = 20 * torch.rand(200, 1), 40 * torch.randn(200, 1)
    rent = 300 + 8 * area - 3 * age - 5 * walk + noise
    rows = torch.cat((area, age, walk, rent), dim=1).numpy()  # (200, 4)
    np.savetxt(path, rows, "%.1f", ",", header="area,age,walk,rent", comments="")


# --8<-- [end:write_flats]


# --8<-- [start:train_best]
device = "cuda" if torch.cuda.is_available() else "cpu"


def train_best(model, loss_function, optimizer, training, held_out) -> float:
    """Train for 50 epochs, go back to the best one; return its loss on held_out."""
    loader = DataLoader(training, batch_size=16, shuffle=True)
    best_loss = float("inf")
    for epoch in range(1, 51):
        model.train()
        losses = []
        for x, y in loader:
            loss = loss_function(model(x.to(device)), y.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            x, y = held_out.tensors  # all of its rows
            held_out_loss = loss_function(model(x.to(device)), y.to(device)).item()
        if held_out_loss < best_loss:
            best_loss = held_out_loss
            best_state = copy.deepcopy(model.state_dict())
        if epoch % 10 == 0:
            mean = sum(losses) / len(losses)
            print(f"epoch {epoch}   training {mean:.3f}   held-out {held_out_loss:.3f}")
    if best_loss == float("inf"):
        raise ValueError("no finite loss: is a column constant, or lr too high?")
    model.load_state_dict(best_state)
    return best_loss


# --8<-- [end:train_best]


# --8<-- [start:slope_path]
def slope_path(
    x: torch.Tensor, y: torch.Tensor, clear: bool, momentum: float = 0.0
) -> list[float]:
    """The slope after each step at the learning rate 0.01, from the start of seed 0.

    Source: equation training#eq-accumulated-gradient.
    """
    torch.manual_seed(0)
    model, slopes = nn.Linear(1, 1), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
    for _ in range(200):
        if clear:
            optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        slopes.append(model.weight.item())
    return slopes


# --8<-- [end:slope_path]


# --8<-- [start:gradient]
def gradient(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Gradient of the mean squared error at theta, shape (2,); x and y are (n,).

    Source: equation loss#eq-partial-derivatives.
    """
    residual = y - (theta[0] + theta[1] * x)
    return np.array([-2 * np.mean(residual), -2 * np.mean(residual * x)])


# --8<-- [end:gradient]


# --8<-- [start:descend]
def descend(
    x: np.ndarray, y: np.ndarray, start: np.ndarray, learning_rate: float, steps: int
) -> np.ndarray:
    """Path of gradient descent, shape (steps + 1, 2), its start included.

    Source: equation training#eq-step.
    """
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1], x, y))
    return np.array(path)


# --8<-- [end:descend]


# --8<-- [start:theta_of]
def theta_of(model: nn.Module) -> torch.Tensor:
    """A copy of the (θ₀, θ₁) of a line, shape (2,)."""
    weight, bias = model.parameters()
    return torch.cat((bias, weight[0])).detach()


# --8<-- [end:theta_of]


if __name__ == "__main__":
    # --8<-- [start:whole_loop]
    torch.manual_seed(0)
    x = torch.randn(100, 1)
    y = 5 + 7 * x + 2 * torch.randn(100, 1)

    model = nn.Linear(1, 1)
    loss_function = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    for step in range(100):
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            print(f"step {step:>2}   loss {loss.item():.3f}")

    print(f"θ₀ = {model.bias.item():.3f}   θ₁ = {model.weight.item():.3f}")
    # --8<-- [end:whole_loop]

    # --8<-- [start:target]
    ones_and_x = torch.cat((torch.ones(100, 1), x), dim=1)  # (100, 2)
    theta_hat = torch.linalg.lstsq(ones_and_x, y).solution[:, 0]  # (2,)
    print([round(t, 3) for t in theta_hat.tolist()])
    # --8<-- [end:target]

    # --8<-- [start:one_step]
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    print(f"θ₁ = {line.weight.item():.3f}   gradient {line.weight.grad}")

    loss_function(line(x), y).backward()
    print(f"θ₁ = {line.weight.item():.3f}   gradient {line.weight.grad.item():.3f}")

    optimizer.step()
    print(f"θ₁ = {line.weight.item():.3f}")
    # --8<-- [end:one_step]

    # --8<-- [start:call_train]
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    losses = train(model, x, y)
    theta = torch.cat((model.bias, model.weight[0]))  # (1,) and row 0 of (1, 1)
    print([round(t, 3) for t in theta.tolist()])
    print((theta - theta_hat).abs().max().item() < 0.0001)
    # --8<-- [end:call_train]

    # --8<-- [start:missing]
    for missing in ("nothing", "zero_grad", "backward", "step"):
        torch.manual_seed(0)
        line = nn.Linear(1, 1)
        optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
        losses = []
        for _ in range(21):
            loss = loss_function(line(x), y)
            if missing != "zero_grad":
                optimizer.zero_grad()
            if missing != "backward":
                loss.backward()
            if missing != "step":
                optimizer.step()
            losses.append(round(loss.item(), 1))
        print(f"{missing:<9} is missing: {losses[::10]}")
    # --8<-- [end:missing]

    # --8<-- [start:predict]
    x_new = torch.tensor([[-1.0], [0.0], [2.5]])
    model.eval()
    with torch.no_grad():
        y_new = model(x_new)
    print(y_new.round(decimals=2))
    # --8<-- [end:predict]

    # --8<-- [start:network]
    torch.manual_seed(1)  # not the seed of x: its numbers would come again
    y_bent = 5 + 7 * x.abs() + 2 * torch.randn(100, 1)  # a V, not a line
    network = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
    print(f"line      {train(nn.Linear(1, 1), x, y_bent)[-1]:.0f}")
    print(f"network   {train(network, x, y_bent)[-1]:.0f}")
    # --8<-- [end:network]

    # --8<-- [start:flats]
    path = tempfile.mkdtemp() + "/flats.csv"
    write_flats(path)
    # --8<-- [end:flats]

    # --8<-- [start:own_data]
    table = np.loadtxt(path, delimiter=",", skiprows=1)  # skip the names
    table = torch.tensor(table, dtype=torch.float32)
    columns, rent = table[:, :-1], table[:, -1:]  # (200, 3), (200, 1)

    order = torch.randperm(len(columns))  # shuffled row numbers
    split = int(0.8 * len(columns))
    fit, held_out = order[:split], order[split:]
    mean, spread = columns[fit].mean(dim=0), columns[fit].std(dim=0)
    inputs = (columns - mean) / spread

    rent_model = nn.Linear(3, 1)  # as many inputs as columns
    losses = train(rent_model, inputs[fit], rent[fit])
    for k in (0, 20, 99):
        print(f"step {k:>2}   loss {losses[k]:>9.0f}")
    with torch.no_grad():
        loss = loss_function(rent_model(inputs[held_out]), rent[held_out])
    print(f"held-out loss {loss.item():.0f}")
    # --8<-- [end:own_data]

    # --8<-- [start:new_flat]
    flat = torch.tensor([[50.0, 10.0, 5.0]])  # 50 m², 10 years, 5 minutes
    with torch.no_grad():
        print(f"{rent_model((flat - mean) / spread).item():.0f}")
    print(train(nn.Linear(3, 1), columns[fit], rent[fit])[-1])  # not standardized
    # --8<-- [end:new_flat]

    # --8<-- [start:program]
    path = tempfile.mkdtemp() + "/flats.csv"
    write_flats(path)

    table = np.loadtxt(path, delimiter=",", skiprows=1)
    table = torch.tensor(table, dtype=torch.float32)
    torch.manual_seed(0)
    order = torch.randperm(len(table))
    split = int(0.8 * len(table))
    fit, held_out = order[:split], order[split:]
    mean, spread = table[fit].mean(dim=0), table[fit].std(dim=0)
    scaled = (table - mean) / spread  # the target, too
    inputs, targets = scaled[:, :-1], scaled[:, -1:]
    training_set = TensorDataset(inputs[fit], targets[fit])
    held_out_set = TensorDataset(inputs[held_out], targets[held_out])

    model = nn.Sequential(nn.Linear(inputs.shape[1], 20), nn.ReLU(), nn.Linear(20, 1))
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
    loss = train_best(model, nn.MSELoss(), optimizer, training_set, held_out_set)
    print(f"off by about {loss**0.5 * spread[-1].item():.0f}")

    torch.save((model.state_dict(), mean, spread), path + ".pt")
    state, mean, spread = torch.load(path + ".pt", map_location="cpu")
    model.load_state_dict(state)
    row = torch.tensor([[50.0, 10.0, 5.0]])  # a new flat, without its rent
    with torch.no_grad():
        predicted = model(((row - mean[:-1]) / spread[:-1]).to(device)).cpu()
    print(f"predicted {(predicted * spread[-1] + mean[-1]).item():.0f}")
    # --8<-- [end:program]

    # --8<-- [start:adam]
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    loss = train_best(model, nn.MSELoss(), optimizer, training_set, held_out_set)
    # --8<-- [end:adam]

    # --8<-- [start:classes]
    torch.manual_seed(0)
    centers = torch.tensor([[0.0, 0.0], [4.0, 0.0], [2.0, 3.0]])
    labels = torch.randint(3, (300,))  # 0, 1 or 2, int64
    points = centers[labels] + torch.randn(300, 2)  # a cloud around each center

    classifier = nn.Sequential(nn.Linear(2, 20), nn.ReLU(), nn.Linear(20, 3))
    classifier = classifier.to(device)
    optimizer = torch.optim.SGD(classifier.parameters(), lr=0.03)
    training_set = TensorDataset(points[:240], labels[:240])
    held_out_set = TensorDataset(points[240:], labels[240:])
    train_best(classifier, nn.CrossEntropyLoss(), optimizer, training_set, held_out_set)

    with torch.no_grad():
        guesses = classifier(points[240:].to(device)).argmax(dim=1).cpu()
    print(f"accuracy {(guesses == labels[240:]).float().mean():.2f}")
    # --8<-- [end:classes]

    # --8<-- [start:no_zero_grad]
    forgotten = slope_path(x, y, clear=False)
    print(forgotten == slope_path(x, y, clear=True, momentum=1.0))
    # --8<-- [end:no_zero_grad]

    # --8<-- [start:rates]
    for learning_rate in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0):
        torch.manual_seed(0)
        last = train(nn.Linear(1, 1), x, y, learning_rate)[-1]
        print(f"learning rate {learning_rate:<5}   last loss {last:.4g}")
    # --8<-- [end:rates]

    # --8<-- [start:stop]
    torch.manual_seed(0)
    model, steps = nn.Linear(1, 1), 0
    falling = True
    while falling:
        losses = train(model, x, y, learning_rate=0.1, steps=10)
        steps += 10
        if not losses[-1] <= 1.01 * losses[0]:  # larger, or nan
            raise ValueError("the loss explodes: lower the learning rate")
        falling = losses[0] - losses[-1] > 0.0001 * losses[0]
    print(f"{steps} steps   loss {losses[-1]:.3f}")
    # --8<-- [end:stop]

    # --8<-- [start:by_hand]
    x_numpy, y_numpy = x[:, 0].double().numpy(), y[:, 0].double().numpy()
    path = descend(x_numpy, y_numpy, start=np.zeros(2), learning_rate=0.1, steps=100)
    for k in (0, 1, 2, 10, 100):
        print(f"step {k:>3}   θ₀ = {path[k, 0]:.3f}   θ₁ = {path[k, 1]:.3f}")
    # --8<-- [end:by_hand]

    # --8<-- [start:autograd]
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    for _ in range(100):
        loss = loss_function(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
    print([round(t, 3) for t in theta_of(model).tolist()])
    # --8<-- [end:autograd]

    # --8<-- [start:contraction]
    X = np.stack((np.ones(100), x_numpy), axis=1)  # (100, 2)
    H = 2 / 100 * X.T @ X
    eigenvalues = np.linalg.eigvalsh(H)
    print("eigenvalues", eigenvalues.round(3))
    print("factors per step", (1 - 0.1 * eigenvalues).round(3))
    # --8<-- [end:contraction]

    try:
        # --8<-- [start:forward_once]
        loss = loss_function(model(x), y)  # outside the loop
        for _ in range(2):
            loss.backward()
        # --8<-- [end:forward_once]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:solution_half]
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    train(line, x, y, learning_rate=0.05, steps=1)
    print(f"θ₁ = {line.weight.item():.3f}")
    # --8<-- [end:solution_half]

    # --8<-- [start:solution_steps]
    torch.manual_seed(0)
    model, steps = nn.Linear(1, 1), 0
    falling = True
    while falling:
        losses = train(model, x, y, learning_rate=0.001, steps=10)
        steps += 10
        falling = losses[0] - losses[-1] > 0.0001 * losses[0]
    print(f"{steps} steps   loss {losses[-1]:.3f}")
    print(f"θ₀ = {model.bias.item():.2f}   θ₁ = {model.weight.item():.2f}")
    # --8<-- [end:solution_steps]

    # --8<-- [start:solution_truth]
    truth = nn.Linear(1, 1)
    with torch.no_grad():
        truth.bias.fill_(5.0)
        truth.weight.fill_(7.0)
    losses = train(truth, x, y)
    print(f"loss from {losses[0]:.3f} to {losses[-1]:.3f}")
    print(f"θ₀ = {truth.bias.item():.3f}   θ₁ = {truth.weight.item():.3f}")
    # --8<-- [end:solution_truth]

    # --8<-- [start:solution_limit]
    print(f"limit {2 / eigenvalues.max():.3f}")
    for learning_rate in (0.92, 0.95):
        far = descend(x_numpy, y_numpy, np.zeros(2), learning_rate, steps=1000)
        arrived = np.linalg.norm(far[-1] - path[-1]) < 1e-3
        print(learning_rate, "converges" if arrived else "diverges")
    # --8<-- [end:solution_limit]

    # --8<-- [start:solution_newton]
    def one_step(theta: np.ndarray) -> np.ndarray:
        return theta - np.linalg.solve(H, gradient(theta, x_numpy, y_numpy))

    print(one_step(np.array([-30.0, 40.0])).round(3))
    # --8<-- [end:solution_newton]
