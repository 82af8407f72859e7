"""How exact numbers are, where digits get lost, and which way keeps them."""

# --8<-- [start:import_torch]
import torch
# --8<-- [end:import_torch]

# --8<-- [start:import_math]
import math
# --8<-- [end:import_math]

# --8<-- [start:import_tensor]
from torch import Tensor
# --8<-- [end:import_tensor]

# --8<-- [start:import_data]
from collections.abc import Callable
from snippets.data import POST_ROWS, make_data
from snippets.loss import design_matrix, least_squares, solve_by_means
# --8<-- [end:import_data]

# --8<-- [start:import_nn]
from torch import nn
# --8<-- [end:import_nn]

# --8<-- [start:import_warnings]
import warnings
# --8<-- [end:import_warnings]


# --8<-- [start:round_to]
def round_to(number: float, digits: int) -> float:
    """The nearest number of so many binary digits; of two, the one that ends in 0.

    Takes up to 53 digits. Raises OverflowError or ValueError if the number is not
    finite. Knows no largest and no smallest number.
    """
    fraction, exponent = math.frexp(number)  # number = fraction · 2**exponent
    return math.ldexp(round(fraction * 2**digits), exponent - digits)


# --8<-- [end:round_to]


# --8<-- [start:running_sum]
def running_sum(term: float, count: int, dtype: torch.dtype) -> Tensor:
    """The totals while a term is added one time after another, shape (count,)."""
    step, total = torch.tensor(term, dtype=dtype), torch.tensor(0, dtype=dtype)
    totals = torch.empty(count, dtype=dtype)
    for k in range(count):
        total = total + step
        totals[k] = total
    return totals


# --8<-- [end:running_sum]


# --8<-- [start:three_ways]
def solve_normal_equations(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ of shape (2,) from x and y of shape (n, 1), by solving XᵀXθ = Xᵀy.

    Raises torch.linalg.LinAlgError if all x are equal, unless rounding hides it.
    Source: equation loss#eq-least-squares.
    """
    X = design_matrix(x)  # (n, 2)
    return torch.linalg.solve(X.T @ X, X.T @ y)[:, 0]


def solve_by_qr(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ of shape (2,) from x and y of shape (n, 1), without XᵀX.

    If all x are equal, rounding decides what it is.
    Source: Golub, Van Loan, Matrix Computations, section 5.3.
    """
    Q, R = torch.linalg.qr(design_matrix(x))  # (n, 2), (2, 2)
    return torch.linalg.solve_triangular(R, Q.T @ y, upper=True)[:, 0]


# --8<-- [end:three_ways]


# --8<-- [start:slope_error]
def slope_error(
    solve: Callable[[Tensor, Tensor], Tensor], shift: float, datasets: int = 100
) -> float:
    """How far off the slope is that `solve` finds in float32 on x + shift: the median.

    Takes seeds 0, 1, …; the exact slope of the same numbers is computed in float64.
    """
    errors = []
    for seed in range(datasets):
        x, y = make_data(seed)
        x = x + shift
        exact = solve_by_means(x.double(), y.double())
        errors.append(abs(solve(x, y)[1] - exact[1]).item())
    return torch.tensor(errors).quantile(0.5).item()


# --8<-- [end:slope_error]


# --8<-- [start:condition_number]
def condition_number(x: Tensor) -> float:
    """κ of the design matrix of x of shape (n, 1), its columns scaled to length 1."""
    X = design_matrix(x.double())
    return torch.linalg.cond(X / X.norm(dim=0)).item()


# --8<-- [end:condition_number]


# --8<-- [start:central_difference]
def central_difference(function: Callable, t: float, h: float) -> float:
    """Derivative of the function at t, nearly: h to either side.

    An h that t + h rounds away gives 0; an h of 0 raises ZeroDivisionError.
    Source: equation rounding#eq-central-difference.
    """
    return (function(t + h) - function(t - h)) / (2 * h)


# --8<-- [end:central_difference]


# --8<-- [start:difference_errors]
def difference_errors(h: float) -> tuple[float, float]:
    """Mean error on [0, 1] of two differences for exp: one-sided, and central."""
    one_sided, central = 0.0, 0.0
    for k in range(1001):
        t = k / 1000
        exact = math.exp(t)  # exp is its own derivative
        one_sided += abs((math.exp(t + h) - math.exp(t)) / h - exact) / 1001
        central += abs(central_difference(math.exp, t, h) - exact) / 1001
    return one_sided, central


# --8<-- [end:difference_errors]


# --8<-- [start:rounding_bound]
def rounding_bound(layer: nn.Linear, x: Tensor) -> Tensor:
    """How far rounding may move the layer's outputs, in float64.

    Takes x of shape (n, d), returns (n, outputs). Raises ValueError if the layer has
    too many inputs for its dtype. Source: equation rounding#eq-rounding-bound.
    """
    weight = layer.weight.detach().double().abs()
    bias = 0 if layer.bias is None else layer.bias.detach().double().abs()
    u = torch.finfo(layer.weight.dtype).eps / 2
    roundings = (layer.in_features + 1) * u
    if roundings >= 1:
        raise ValueError(f"no bound for {layer.in_features} inputs, u = {u:.1e}")
    sizes = x.double().abs() @ weight.T + bias  # (n, outputs)
    return roundings / (1 - roundings) * sizes


# --8<-- [end:rounding_bound]


# --8<-- [start:loss_of_intercept]
def loss_of_intercept(theta_0: float) -> float:
    """Mean squared error of the post's ten rows at θ = (θ₀, 2)."""
    rows = POST_ROWS.tolist()
    return sum((y - theta_0 - 2 * x) ** 2 for x, y in rows) / len(rows)


# --8<-- [end:loss_of_intercept]


if __name__ == "__main__":
    # --8<-- [start:opening]
    print(0.1 + 0.2, 0.1 + 0.2 == 0.3)
    big = torch.tensor(2.0**24)
    print(big.item(), (big + 1).item())
    # --8<-- [end:opening]

    # --8<-- [start:few_digits]
    print(round_to(5.3, 3), round_to(0.1, 3), round_to(0.1, 24))
    print(torch.tensor(0.1).item())
    print(round_to(2**24 + 1, 24), round_to(2**24 + 1, 25))
    # --8<-- [end:few_digits]

    # --8<-- [start:precision]
    one = torch.tensor(1.0)
    print((one + 1e-8 == 1).item(), (one.double() + 1e-8 == 1).item())
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        info = torch.finfo(dtype)
        print(f"{dtype!s:<14}   eps {info.eps:.1e}   largest {info.max:.0e}")
    # --8<-- [end:precision]

    # --8<-- [start:sums]
    for dtype in (torch.bfloat16, torch.float32, torch.float64):
        total = running_sum(0.1, 10_000, dtype)[-1].item()
        print(f"{dtype!s:<14}   one after another {total:.2f}")
    print(f"{torch.float32!s:<14}   torch.sum {torch.full((10_000,), 0.1).sum():.2f}")
    # --8<-- [end:sums]

    # --8<-- [start:order]
    print((0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3))
    # --8<-- [end:order]

    # --8<-- [start:compare]
    left, right = torch.tensor([0.1 + 0.2, 0.3], dtype=torch.float64)
    print((left == right).item(), torch.allclose(left, right))
    small = torch.tensor([1e-9, 2e-9])
    print(torch.allclose(small, 2 * small), torch.allclose(small, 2 * small, atol=0))
    # --8<-- [end:compare]

    try:
        # --8<-- [start:not_close]
        torch.testing.assert_close(torch.tensor(1.0001), torch.tensor(1.0))
        # --8<-- [end:not_close]
    except AssertionError as error:
        print(f"AssertionError: {error}")

    # --8<-- [start:identifiers]
    identifiers = torch.tensor([16_777_216, 16_777_217])
    print(identifiers.float().tolist())
    weight = torch.tensor(1.0, dtype=torch.bfloat16)
    print((weight - 0.001).item())
    # --8<-- [end:identifiers]

    # --8<-- [start:cancellation]
    print((torch.tensor(1 + 1e-7) - 1).item())
    # --8<-- [end:cancellation]

    # --8<-- [start:digits]
    for solve in (solve_normal_equations, solve_by_qr, solve_by_means):
        error = slope_error(solve, shift=200)
        within = [error < limit for limit in (0.1, 0.001, 0.000001)]
        print(f"{solve.__name__:<22}", within)
    # --8<-- [end:digits]

    # --8<-- [start:kappa]
    x, y = make_data(seed=0)
    u = torch.finfo(torch.float32).eps / 2
    for shift in (0, 2, 20, 200):
        kappa = condition_number(x + shift)
        print(f"x + {shift:<3}   κ {kappa:5.1f}   κu {kappa * u:.0e}", end="")
        print(f"   κ²u {kappa**2 * u:.0e}")
    # --8<-- [end:kappa]

    # --8<-- [start:smaller_h]
    print(f"exact       {math.exp(1):.5f}")
    for h in (1e-1, 1e-5, 1e-16):
        print(f"h = {h:.0e}   {(math.exp(1 + h) - math.exp(1)) / h:.5f}")
    # --8<-- [end:smaller_h]

    # --8<-- [start:step_sizes]
    for k in (1, 2, 3, 4, 5, 6, 8, 10, 12):
        one_sided, central = difference_errors(10.0**-k)
        print(f"h = {10.0**-k:.0e}   one-sided {one_sided:.0e}   central {central:.0e}")
    print(f"predicted best h {(3 * 2.0**-53) ** (1 / 3):.1e}")
    # --8<-- [end:step_sizes]

    # --8<-- [start:linear]
    torch.manual_seed(0)
    for inputs, outputs in ((1, 1), (3, 2), (784, 128)):
        layer, batch = nn.Linear(inputs, outputs), torch.randn(100, inputs)
        out = layer(batch)  # (100, outputs)
        addmm = torch.addmm(layer.bias, batch, layer.weight.T)
        by_hand = batch @ layer.weight.T + layer.bias
        near = (out - by_hand).abs() <= 2 * rounding_bound(layer, batch)
        print(tuple(layer.weight.shape), torch.equal(out, addmm), near.all().item())
    # --8<-- [end:linear]

    # --8<-- [start:imaginary]
    t, h = 1.5, 1e-100
    for power in (2, 3):
        exact = power * t ** (power - 1)
        print(f"t^{power}   {((t + h * 1j) ** power).imag / h:.6f}   {exact:.6f}")
    # --8<-- [end:imaginary]

    # --8<-- [start:gradcheck]
    for dtype in (torch.float32, torch.float64):
        t = torch.tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            right = torch.autograd.gradcheck(torch.exp, t, raise_exception=False)
        print(dtype, right, len(caught), "warnings")
    # --8<-- [end:gradcheck]

    try:
        # --8<-- [start:mixed]
        torch.allclose(torch.tensor(0.1), torch.tensor(0.1, dtype=torch.float64))
        # --8<-- [end:mixed]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:rank]
    x_million, y_million = make_data(seed=0, size=1_000_000)
    for x_far, y_far in ((x + 1000, y), (x_million + 3, y_million)):
        answer = torch.linalg.lstsq(design_matrix(x_far), y_far)
        slope = least_squares(x_far, y_far)[1]
        print(f"{len(x_far)} points   rank {answer.rank}   slope {slope:.1f}", end="")
        print("   lstsq off by more than 4:", (answer.solution[1] - slope).item() < -4)
    print(f"1 / eps = {1 / torch.finfo(torch.float32).eps:.0f}")
    # --8<-- [end:rank]

    # --8<-- [start:solution_counter]
    for dtype in (torch.bfloat16, torch.float16):
        print(dtype, running_sum(1.0, 3000, dtype)[-1].item())
    # --8<-- [end:solution_counter]

    # --8<-- [start:solution_years]
    years = torch.arange(2000.0, 2021.0)[:, None]  # (21, 1)
    for since in (0, 2000, 2010):
        print(f"years since {since:<4}   κ {condition_number(years - since):.1f}")
    # --8<-- [end:solution_years]

    # --8<-- [start:solution_two_answers]
    w = torch.tensor(1 + 2**-12)
    bias = torch.tensor(-(1 + 2**-11))
    print("rounded twice", (w * w + bias).item())
    print("rounded once ", (w.double() * w.double() + bias.double()).float().item())
    # --8<-- [end:solution_two_answers]

    # --8<-- [start:solution_wide]
    rows = POST_ROWS.tolist()
    exact = sum(-2 * (y - 1 - 2 * x) for x, y in rows) / len(rows)
    for h in (1.0, 1e-5, 1e-10, 1e10):
        error = abs(central_difference(loss_of_intercept, 1.0, h) - exact)
        limits = [limit for limit in (1e-3, 1e-5, 1e-9, 1e-12) if error < limit]
        print(f"h = {h:.0e}   error below {min(limits):.0e}")
    # --8<-- [end:solution_wide]

    # --8<-- [start:solution_complex_step]
    def imaginary_step(function: Callable, t: float, h: float) -> float:
        return function(t + h * 1j).imag / h

    def bump(t):
        return 1 / (1 + t**2)

    exact = -2 * 1.5 / (1 + 1.5**2) ** 2
    print(f"exact {exact:.6f}")
    for h in (1e-2, 1e-5, 1e-100):
        central = central_difference(bump, 1.5, h)
        imaginary = imaginary_step(bump, 1.5, h)
        print(f"h = {h:.0e}   central {central:.6f}   imaginary {imaginary:.6f}")
    print("within 1e-14:", abs(imaginary - exact) < 1e-14)
    # --8<-- [end:solution_complex_step]
