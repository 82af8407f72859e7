"""Gradient descent four times, from NumPy to `optim.SGD`, with one end."""

# --8<-- [start:imports]
import numpy as np
import torch
from torch import Tensor, nn

from snippets.data import make_data
from snippets.loss import hessian, least_squares
from snippets.model import Model, set_theta
# --8<-- [end:imports]


# --8<-- [start:gradient]
def gradient(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Gradient of the mean squared error at theta, shape (2,).

    Takes theta of shape (2,), x and y of shape (n,). Raises ValueError if the shapes of
    x and y differ, and if there are no rows.
    Source: equation loss#eq-partial-derivatives.
    """
    theta, x, y = (np.asarray(each, dtype=float) for each in (theta, x, y))
    if theta.shape != (2,) or x.shape != y.shape or x.size == 0:
        raise ValueError(f"theta has shape {theta.shape}, x {x.shape}, y {y.shape}")
    residual = y - (theta[0] + theta[1] * x)
    return np.array([-2 * np.mean(residual), -2 * np.mean(residual * x)])


# --8<-- [end:gradient]


# --8<-- [start:descend]
def descend(
    x: np.ndarray, y: np.ndarray, start: np.ndarray, learning_rate: float, steps: int
) -> np.ndarray:
    """Path of gradient descent, shape (steps + 1, 2), its start included.

    Takes start of shape (2,), x and y of shape (n,); a step raises ValueError for
    others. Source: equation training#eq-step.
    """
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1], x, y))
    return np.array(path)


# --8<-- [end:descend]


# --8<-- [start:train]
def train(
    model: nn.Module, x: Tensor, y: Tensor, learning_rate: float = 0.1, steps: int = 100
) -> list[float]:
    """Train the model in place; return the loss before each step.

    Takes x and y of shape (n, 1), x in the model's dtype. If their shapes differ, it
    warns or raises RuntimeError. The loss of no rows is NaN.
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


# --8<-- [start:theta_of]
def theta_of(model: Model) -> Tensor:
    """A copy of the model's (θ₀, θ₁), shape (2,).

    Raises ValueError if the model has not one input and one output.
    """
    if model.linear.weight.shape != (1, 1):
        raise ValueError(f"not one input and one output: {model.linear}")
    return torch.cat((model.linear.bias, model.linear.weight[0])).detach()


# --8<-- [end:theta_of]


if __name__ == "__main__":
    # --8<-- [start:target]
    x, y = make_data(seed=0)
    theta_hat = least_squares(x, y)
    print([round(t, 3) for t in theta_hat.tolist()])
    # --8<-- [end:target]

    # --8<-- [start:by_hand]
    x_numpy, y_numpy = x[:, 0].double().numpy(), y[:, 0].double().numpy()
    path = descend(x_numpy, y_numpy, start=np.zeros(2), learning_rate=0.1, steps=100)
    for k in (0, 1, 2, 10, 100):
        print(f"step {k:>3}   θ₀ = {path[k, 0]:.3f}   θ₁ = {path[k, 1]:.3f}")
    # --8<-- [end:by_hand]

    # --8<-- [start:autograd]
    theta = torch.zeros(2, requires_grad=True)
    for _ in range(100):
        loss = ((y - theta[0] - theta[1] * x) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            theta -= 0.1 * theta.grad
        theta.grad.zero_()
    print([round(t, 3) for t in theta.tolist()])
    # --8<-- [end:autograd]

    # --8<-- [start:module]
    torch.manual_seed(0)
    model = Model(1, 1)
    loss_function = nn.MSELoss()
    for _ in range(100):
        loss = loss_function(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
    theta_module = theta_of(model)
    print([round(t, 3) for t in theta_module.tolist()])
    # --8<-- [end:module]

    # --8<-- [start:optimizer]
    torch.manual_seed(0)
    model = Model(1, 1)
    losses = train(model, x, y)
    print([round(t, 3) for t in theta_of(model).tolist()])
    # --8<-- [end:optimizer]

    # --8<-- [start:compare]
    theta_by_hand = torch.from_numpy(path[-1])
    for rung in (theta_by_hand, theta.detach(), theta_module, theta_of(model)):
        print((rung - theta_hat).abs().max().item() < 1e-4)
    # --8<-- [end:compare]

    # --8<-- [start:losses]
    for k in (0, 1, 2, 10, 50, 99):
        print(f"step {k:>2}   loss {losses[k]:.3f}")
    # --8<-- [end:losses]

    # --8<-- [start:contraction]
    H = hessian(x.double()).numpy()
    eigenvalues = np.linalg.eigvalsh(H)
    print("eigenvalues", eigenvalues.round(3))
    print("factors per step", (1 - 0.1 * eigenvalues).round(3))
    # --8<-- [end:contraction]

    # --8<-- [start:no_zero_grad]
    torch.manual_seed(0)
    forgetful, with_momentum = Model(1, 1), Model(1, 1)
    forgetful.load_state_dict(with_momentum.state_dict())  # one start for both
    plain = torch.optim.SGD(forgetful.parameters(), lr=0.01)
    momentum = torch.optim.SGD(with_momentum.parameters(), lr=0.01, momentum=1.0)
    slopes, difference = [], 0.0
    for _ in range(1000):
        loss_function(forgetful(x), y).backward()  # no zero_grad: gradients add up
        plain.step()
        momentum.zero_grad()
        loss_function(with_momentum(x), y).backward()
        momentum.step()
        slopes.append(theta_of(forgetful)[1].item())
        apart = (theta_of(forgetful) - theta_of(with_momentum)).abs().max().item()
        difference = max(difference, apart)
    for k in (0, 900):
        low, high = min(slopes[k : k + 100]), max(slopes[k : k + 100])
        print(f"steps {k + 1:>3} to {k + 100:>4}   θ₁ from {low:.1f} to {high:.1f}")
    print("largest difference", difference)
    # --8<-- [end:no_zero_grad]

    # --8<-- [start:erased]
    torch.manual_seed(0)
    stuck = Model(1, 1)
    optimizer = torch.optim.SGD(stuck.parameters(), lr=0.1)
    for k in range(3):
        loss = loss_function(stuck(x), y)
        loss.backward()
        optimizer.zero_grad()  # too late: it erases what backward has just written
        optimizer.step()
        print(f"step {k}   loss {loss.item():.3f}")
    # --8<-- [end:erased]

    try:
        # --8<-- [start:in_place]
        weight = torch.zeros(2, requires_grad=True)
        ((y - weight[0] - weight[1] * x) ** 2).mean().backward()
        weight -= 0.1 * weight.grad
        # --8<-- [end:in_place]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:forward_once]
        loss = loss_function(model(x), y)  # outside the loop
        for _ in range(2):
            loss.backward()
        # --8<-- [end:forward_once]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:solution_steps]
    slowest = (1 - 0.1 * eigenvalues).max()
    distances = np.linalg.norm(path - path[-1], axis=1)
    bound = int(np.ceil(np.log(1e-3 / distances[0]) / np.log(slowest)))
    print("bound", bound, "  measured", int(np.argmax(distances < 1e-3)))
    # --8<-- [end:solution_steps]

    # --8<-- [start:solution_sign]
    uphill = descend(x_numpy, y_numpy, np.zeros(2), learning_rate=-0.1, steps=100)
    print("factors per step", (1 + 0.1 * eigenvalues).round(3))
    for k in (0, 100):
        print(f"step {k:>3}   distance {np.linalg.norm(uphill[k] - path[-1]):.0e}")
    # --8<-- [end:solution_sign]

    # --8<-- [start:solution_truth]
    truth = Model(1, 1)
    set_theta(truth.linear, 5.0, 7.0)
    losses = train(truth, x, y)
    print(f"loss from {losses[0]:.3f} to {losses[-1]:.3f}")
    print([round(t, 3) for t in theta_of(truth).tolist()])
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
