"""How wrong a θ is, what to measure it by, and where it is least."""

# --8<-- [start:imports]
import torch
from torch import nn
# --8<-- [end:imports]

# --8<-- [start:import_tensor]
from torch import Tensor
# --8<-- [end:import_tensor]

from snippets.data import check_line

# --8<-- [start:import_math]
import math
# --8<-- [end:import_math]


# --8<-- [start:mean_squared_error]
def mean_squared_error(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """L(θ), shape (), in the unit of y squared, from x and y of shape (n, 1).

    Source: equation loss#eq-mean-squared-error.
    """
    residual = y - theta[0] - theta[1] * x  # (n, 1)
    return (residual**2).mean()


# --8<-- [end:mean_squared_error]


# --8<-- [start:by_means]
def solve_by_means(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ = (θ̂₀, θ̂₁), shape (2,), from x and y of one shape, x not all equal.

    Source: equation loss#eq-slope-and-intercept.
    """
    x_centered, y_centered = x - x.mean(), y - y.mean()
    slope = (x_centered * y_centered).sum() / (x_centered**2).sum()
    return torch.stack((y.mean() - slope * x.mean(), slope))


# --8<-- [end:by_means]


def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ = (θ̂₀, θ̂₁), shape (2,), in float64, from x and y of shape (n, 1).

    Raises ValueError if the data determine no line. Source: equation
    loss#eq-slope-and-intercept.
    """
    check_line(x, y)
    x, y = x.double(), y.double()
    slope = torch.linalg.lstsq(x - x.mean(), y - y.mean()).solution[0, 0]
    return torch.stack((y.mean() - slope * x.mean(), slope))


# --8<-- [start:design_matrix]
def design_matrix(x: Tensor) -> Tensor:
    """X = [1, x], one row per point, shape (n, 2), from x of shape (n, 1)."""
    return torch.cat((torch.ones_like(x), x), dim=1)


# --8<-- [end:design_matrix]


def gradient(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """∇L at theta, shape (2,), from x and y of shape (n, 1).

    Source: equation loss#eq-gradient.
    """
    X = design_matrix(x)  # (n, 2)
    return -2 / len(x) * X.T @ (y[:, 0] - X @ theta)


# --8<-- [start:hessian]
def hessian(x: Tensor) -> Tensor:
    """H, shape (2, 2), from x of shape (n, 1). Source: equation loss#eq-hessian."""
    X = design_matrix(x)  # (n, 2)
    return 2 / len(x) * X.T @ X


# --8<-- [end:hessian]


def least_absolute(x: Tensor, y: Tensor) -> Tensor:
    """θ of smallest mean absolute error, shape (2,), in float64, from x and y (n, 1).

    Tries all lines through two points, in memory that grows like n³. Raises ValueError
    where `check_line` does.
    """
    check_line(x, y)
    x, y = x.double(), y.double()
    i, j = torch.combinations(torch.arange(len(x))).T
    i, j = i[x[i, 0] != x[j, 0]], j[x[i, 0] != x[j, 0]]  # others are vertical
    slopes = (y[j] - y[i]) / (x[j] - x[i])  # (lines, 1)
    intercepts = y[i] - slopes * x[i]
    errors = (y.T - intercepts - slopes * x.T).abs().mean(1)  # (lines,)
    best = errors.argmin()
    return torch.cat((intercepts[best], slopes[best]))


if __name__ == "__main__":
    # --8<-- [start:by_hand]
    x = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])
    y = torch.tensor([2.0, 4.0, 4.0, 8.0, 12.0])
    prediction = 1 + 2 * x
    residual = y - prediction
    print(residual)
    print(residual**2)
    print((residual**2).mean())
    print(nn.functional.mse_loss(prediction, y))
    # --8<-- [end:by_hand]

    # --8<-- [start:flat]
    flat = 6 + 0 * x
    print((y - flat).mean())
    print(nn.functional.mse_loss(flat, y))
    # --8<-- [end:flat]

    # --8<-- [start:three_losses]
    torch.manual_seed(0)
    x_100 = torch.randn(100, 1)
    y_100 = 5 + 7 * x_100 + 2 * torch.randn(100, 1)
    loss_function = nn.MSELoss()
    for theta in torch.tensor([[0.0, 0.0], [5.0, 6.0], [5.0, 7.0]]):
        by_torch = loss_function(theta[0] + theta[1] * x_100, y_100)
        by_hand = mean_squared_error(theta, x_100, y_100)
        print(f"θ = {theta.tolist()}   MSELoss {by_torch:.3f}   by hand {by_hand:.3f}")
    # --8<-- [end:three_losses]

    # --8<-- [start:moved]
    y_moved = torch.tensor([2.0, 4.0, 4.0, 8.0, 32.0])  # the last one was 12
    crowd, steep = 2 + 2 * x, -2.8 + 6.4 * x
    print("squared    crowd", nn.functional.mse_loss(crowd, y_moved))
    print("           steep", nn.functional.mse_loss(steep, y_moved))
    print("absolute   crowd", nn.functional.l1_loss(crowd, y_moved))
    print("           steep", nn.functional.l1_loss(steep, y_moved))
    # --8<-- [end:moved]

    # --8<-- [start:which]
    zero = torch.tensor(0.0)
    for residual in torch.tensor([0.5, 2.0, 22.0]):
        squared = nn.functional.mse_loss(residual, zero)
        absolute = nn.functional.l1_loss(residual, zero)
        huber = nn.functional.huber_loss(residual, zero)
        print(f"r = {residual:4.1f}   squared {squared:6.2f}", end="")
        print(f"   absolute {absolute:5.2f}   Huber {huber:6.3f}")
    # --8<-- [end:which]

    # --8<-- [start:huber_fit]
    for loss_function in (nn.MSELoss(), nn.HuberLoss()):
        line = nn.Linear(1, 1)
        optimizer = torch.optim.SGD(line.parameters(), lr=0.05)
        for _ in range(1000):
            optimizer.zero_grad()
            loss_function(line(x[:, None]), y_moved[:, None]).backward()
            optimizer.step()
        theta_0, theta_1 = line.bias[0], line.weight[0, 0]
        print(loss_function, f"θ = ({theta_0:.1f}, {theta_1:.1f})")
    # --8<-- [end:huber_fit]

    # --8<-- [start:classes]
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 3))
    scores = network(x_100)  # (100, 3): one for each class
    classes = torch.randint(3, (100,))  # (100,): 0, 1 or 2, in int64
    one_hot = nn.functional.one_hot(classes)  # (100, 3), in int64
    loss_function = nn.CrossEntropyLoss()
    for target in (classes, one_hot.float(), classes.float(), one_hot):
        try:
            print(f"{loss_function(scores, target):.3f}")
        except RuntimeError as error:
            print(error)
    print(f"log 3 = {torch.tensor(3).log():.3f}")
    # --8<-- [end:classes]

    # --8<-- [start:yes_or_no]
    score = scores[:, :1]  # (100, 1)
    yes = (classes[:, None] == 0).float()  # (100, 1): 1.0 for yes, 0.0 for no
    loss_function = nn.BCEWithLogitsLoss()
    for target in (yes, yes.long(), yes[:, 0]):
        try:
            print(f"{loss_function(score, target):.3f}")
        except (RuntimeError, ValueError) as error:
            print(error)
    # --8<-- [end:yes_or_no]

    # --8<-- [start:slopes]
    for slope in (0, 1, 2, 3, 4):
        loss = ((y - 1 - slope * x) ** 2).mean()
        print(f"θ₁ = {slope}   L = {loss:.1f}")
    # --8<-- [end:slopes]

    # --8<-- [start:grid]
    tried = {}
    for i in range(-50, 51):
        for j in range(81):
            theta_0, theta_1 = i / 10, j / 10
            loss = ((y - theta_0 - theta_1 * x) ** 2).mean()
            tried[theta_0, theta_1] = loss.item()
    best = min(tried, key=tried.get)
    print(len(tried), "lines, best θ =", best)
    print(f"L = {tried[best]:.2f}")
    # --8<-- [end:grid]

    # --8<-- [start:one_derivative]
    residual = y - 1 - 2 * x
    print(-2 * (residual * x).mean())
    # --8<-- [end:one_derivative]

    # --8<-- [start:downhill]
    derivative_0, derivative_1 = -2 * residual.mean(), -2 * (residual * x).mean()
    print(f"derivatives {derivative_0:.1f} and {derivative_1:.1f}")
    for step in (0.01, 0, -0.01):
        theta_0, theta_1 = 1 + step * derivative_0, 2 + step * derivative_1
        loss = ((y - theta_0 - theta_1 * x) ** 2).mean()
        print(f"{step:5.2f}   θ = ({theta_0:.3f}, {theta_1:.3f})   L = {loss:.2f}")
    # --8<-- [end:downhill]

    # --8<-- [start:two_sums]
    x_centered, y_centered = x - x.mean(), y - y.mean()
    products, squares = x_centered * y_centered, x_centered**2
    print(x_centered)
    print(y_centered)
    print(products, products.sum())
    print(squares, squares.sum())
    # --8<-- [end:two_sums]

    # --8<-- [start:bottom]
    print([round(t, 3) for t in solve_by_means(x, y).tolist()])
    print([round(t, 3) for t in solve_by_means(x, y_moved).tolist()])
    print([round(t, 3) for t in solve_by_means(x_100, y_100).tolist()])
    # --8<-- [end:bottom]

    # --8<-- [start:normal_equations]
    X = design_matrix(x[:, None])  # (5, 2)
    print(X[3:])  # the rows of x = 3 and x = 4
    print(X.T @ X)
    print(X.T @ y)
    print(torch.linalg.solve(X.T @ X, X.T @ y))
    # --8<-- [end:normal_equations]

    # --8<-- [start:lstsq]
    X_100 = design_matrix(x_100)  # (100, 2)
    theta_hat = torch.linalg.lstsq(X_100, y_100).solution[:, 0]
    print(theta_hat.numpy().round(3))
    # --8<-- [end:lstsq]

    # --8<-- [start:likelihood]
    thetas = torch.tensor([[0.0, 0.0], [5.0, 6.0], [5.0, 7.0]])
    n, sigma = 100, 2.0
    constant = -n / 2 * math.log(2 * math.pi * sigma**2)
    for theta in thetas:
        line = theta[0] + theta[1] * x_100
        by_torch = torch.distributions.Normal(line, sigma).log_prob(y_100).sum()
        loss = mean_squared_error(theta, x_100, y_100)
        by_equation = constant - n / (2 * sigma**2) * loss
        print(f"θ = {theta.tolist()}   {by_torch:8.2f}   {by_equation:8.2f}")
    # --8<-- [end:likelihood]

    # --8<-- [start:two_hessians]
    H = hessian(x_100)
    print(H.numpy().round(3))
    by_autograd = torch.func.jacrev(torch.func.grad(mean_squared_error))
    for theta in thetas:
        print(torch.allclose(by_autograd(theta, x_100, y_100), H))
    print("eigenvalues", torch.linalg.eigvalsh(H).numpy().round(3))
    # --8<-- [end:two_hessians]

    # --8<-- [start:pythagoras]
    truth = torch.tensor([5.0, 7.0])
    bottom = mean_squared_error(theta_hat, x_100, y_100)
    above = ((X_100 @ (truth - theta_hat)) ** 2).mean()
    print(f"{bottom:.3f} + {above:.3f} = {bottom + above:.3f}")
    print(f"L(5, 7) = {mean_squared_error(truth, x_100, y_100):.3f}")
    # --8<-- [end:pythagoras]

    try:
        # --8<-- [start:not_called]
        nn.MSELoss(1 + 2 * x, y)
        # --8<-- [end:not_called]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:all_equal]
    x_equal = torch.full((100, 1), 2.0)
    print(solve_by_means(x_equal, y_100))
    # --8<-- [end:all_equal]

    # --8<-- [start:solution_three_points]
    three = torch.tensor([[0.0, 1.0], [1.0, 3.0], [2.0, 4.0]])
    theta_three = solve_by_means(three[:, 0], three[:, 1])
    print([round(t, 3) for t in theta_three.tolist()])
    # --8<-- [end:solution_three_points]

    # --8<-- [start:solution_absolute_bottom]
    for last in (12.0, 32.0):
        y_five = torch.tensor([2.0, 4.0, 4.0, 8.0, last])
        tried = {}
        for i in range(-50, 51):
            for j in range(81):
                absolute = (y_five - i / 10 - j / 10 * x).abs().mean()
                tried[i / 10, j / 10] = absolute.item()
        print("last y", last, "  best θ =", min(tried, key=tried.get))
    # --8<-- [end:solution_absolute_bottom]

    # --8<-- [start:solution_constant]
    values = torch.tensor([1.0, 2.0, 3.0, 4.0, 90.0])
    constants = torch.linspace(0, 100, 10_001)[:, None]  # every 0.01
    squared = ((values - constants) ** 2).mean(1)
    absolute = (values - constants).abs().mean(1)
    for errors, summary in ((squared, values.mean()), (absolute, values.median())):
        print(f"{constants[errors.argmin()].item():.2f}   {summary:.2f}")
    # --8<-- [end:solution_constant]

    # --8<-- [start:solution_reduction]
    total = nn.MSELoss(reduction="sum")

    def loss_at(theta_0: float, theta_1: float) -> Tensor:
        return total(theta_0 + theta_1 * x_100, y_100)

    of_sum = torch.stack(
        ((loss_at(6, 6) - loss_at(4, 6)) / 2, (loss_at(5, 7) - loss_at(5, 5)) / 2)
    )
    residual = y_100 - 5 - 6 * x_100
    of_mean = torch.stack((-2 * residual.mean(), -2 * (residual * x_100).mean()))
    print("gradient times", (of_sum / of_mean).numpy().round(1))
    # --8<-- [end:solution_reduction]

    # --8<-- [start:solution_outlier]
    last = x_100.argmax()
    for wrong in (0, 100, 1000):
        y_wrong = y_100.clone()
        y_wrong[last] += wrong
        intercept, slope = solve_by_means(x_100, y_wrong)
        print(f"+{wrong:<4}   {intercept:6.3f} {slope:7.3f}")
    # --8<-- [end:solution_outlier]
