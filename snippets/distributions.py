"""Where the numbers of an interval come from: n − 2, t, F."""

# --8<-- [start:imports]
import torch

from snippets.data import SIGMA, THETA
from snippets.estimates import simulate
# --8<-- [end:imports]

# --8<-- [start:book_imports]
from scipy import stats
from torch import Tensor

from snippets.data import POST_ROWS, make_data
from snippets.estimates import fit
# --8<-- [end:book_imports]


# --8<-- [start:t_quantile]
def t_quantile(probability: float, degrees_of_freedom: int) -> float:
    """The t with P(T ≤ t) = probability for Student's t distribution, to 1e-3.

    Adds up the density on a grid from 0 to 60. Raises ValueError where 60 is not far
    enough: for a probability outside [0.5, 0.999] or fewer than 2 degrees of freedom;
    for more than 1e10 as well.
    Source: equation distributions#eq-t-density.
    """
    if not (0.5 <= probability <= 0.999 and 2 <= degrees_of_freedom <= 1e10):
        raise ValueError(
            "need 0.5 ≤ probability ≤ 0.999 and 2 to 1e10 degrees of freedom, "
            f"got {probability} and {degrees_of_freedom}"
        )
    t = torch.linspace(0, 60, 600_001, dtype=torch.float64)
    nu = torch.tensor(degrees_of_freedom, dtype=torch.float64)
    log_density = -(nu + 1) / 2 * torch.log1p(t**2 / nu) - torch.log(nu * torch.pi) / 2
    log_density += torch.lgamma((nu + 1) / 2) - torch.lgamma(nu / 2)
    below = 0.5 + torch.cumulative_trapezoid(log_density.exp(), t)
    return t[1:][torch.searchsorted(below, probability)].item()


# --8<-- [end:t_quantile]


# --8<-- [start:joint_p_value]
def joint_p_value(x: Tensor, y: Tensor, theta: Tensor) -> tuple[float, float]:
    """F statistic and p-value of "both parameters are theta", theta of shape (2,).

    Takes x and y of shape (n, 1). Raises what `fit` raises.
    Source: equations distributions#eq-f-statistic and distributions#eq-f-tail.
    """
    regression = fit(x, y)
    away = regression.theta_hat - theta
    rise = ((away[0] + away[1] * x.double()) ** 2).sum()
    f = rise / (2 * regression.s**2)
    nu = regression.degrees_of_freedom
    return f.item(), ((1 + 2 * f / nu) ** (-nu / 2)).item()


# --8<-- [end:joint_p_value]


if __name__ == "__main__":
    # --8<-- [start:opening]
    theta_hat, errors, _ = simulate(datasets=20_000, size=5, seed=0)
    ratio = (theta_hat[:, 1] - THETA[1]) / errors[:, 1]  # (20000,)
    for count in (1, 2, 3):
        normal = torch.distributions.Normal(0, 1).cdf(torch.tensor(float(count)))
        share = (ratio.abs() > count).double().mean()
        print(f"beyond {count}   counted {share:.2f}   normal {2 * (1 - normal):.3f}")
    # --8<-- [end:opening]

    # --8<-- [start:residual_sums]
    for n in (3, 5, 10, 100):
        _, _, smallest_loss = simulate(datasets=20_000, size=n, seed=0)
        residual_sum = n * smallest_loss  # Σ r², (20000,)
        print(f"n = {n:>3}   mean of Σ r² / σ² {residual_sum.mean() / SIGMA**2:5.1f}")
    # --8<-- [end:residual_sums]

    # --8<-- [start:split]
    x, y = make_data(seed=0)
    noise = y - (5 + 7 * x)
    line = fit(x, y)
    residual_sum = 98 * line.s**2
    height = 100 * noise.mean() ** 2
    tilt = (line.theta_hat[1] - 7) ** 2 * ((x - x.mean()) ** 2).sum()
    print(f"noise {(noise**2).sum():.1f}")
    print(f"residuals {residual_sum:.1f}   height {height:.1f}   slope {tilt:.1f}")
    # --8<-- [end:split]

    # --8<-- [start:smallest_loss]
    _, _, smallest_loss = simulate(datasets=20_000, size=100, seed=0)
    print(f"mean {smallest_loss.mean():.2f}   predicted {SIGMA**2 * 98 / 100:.2f}")
    # --8<-- [end:smallest_loss]

    # --8<-- [start:compare]
    for nu in (3, 8, 98):
        by_hand, library = t_quantile(0.975, nu), stats.t.ppf(0.975, nu)
        print(f"ν = {nu:>2}   by hand {by_hand:.2f}   SciPy {library:.2f}")
    print(f"normal   {stats.norm.ppf(0.975):.2f}")
    # --8<-- [end:compare]

    # --8<-- [start:coverage]
    for n in (4, 5, 10, 30, 100):
        theta_hat, errors, _ = simulate(datasets=20_000, size=n, seed=0)
        ratio = (theta_hat[:, 1] - THETA[1]).abs() / errors[:, 1]
        with_normal = (ratio < 1.96).double().mean()
        with_t = (ratio < t_quantile(0.975, n - 2)).double().mean()
        print(f"n = {n:>3}   with 1.96 {with_normal:.3f}   with t {with_t:.3f}")
    # --8<-- [end:coverage]

    # --8<-- [start:joint]
    x_post, y_post = POST_ROWS[:, :1], POST_ROWS[:, 1:]
    f, p = joint_p_value(x_post, y_post, THETA)
    print(f"F = {f:.2f}   p = {p:.3f}")
    # --8<-- [end:joint]

    try:
        # --8<-- [start:one_degree]
        t_quantile(0.975, 1)
        # --8<-- [end:one_degree]
    except ValueError as error:
        print(f"ValueError: {error}")

    # --8<-- [start:solution_degrees]
    print(3**2 * (20 - 2))
    # --8<-- [end:solution_degrees]

    # --8<-- [start:solution_parabola]
    generator = torch.Generator().manual_seed(0)
    t = torch.linspace(-1, 1, 10, dtype=torch.float64)
    columns = torch.stack((torch.ones(10, dtype=t.dtype), t, t**2), 1)  # (10, 3)
    noise = torch.randn(10, 100_000, generator=generator, dtype=t.dtype)
    solution = torch.linalg.lstsq(columns, noise).solution  # (3, 100000)
    residual_sums = ((noise - columns @ solution) ** 2).sum(0)
    print(f"{residual_sums.mean():.1f}")
    # --8<-- [end:solution_parabola]

    # --8<-- [start:solution_coin]
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(20_000, 30, generator=generator)
    noise = 2 * (torch.rand(20_000, 30, generator=generator) < 0.5) - 1.0  # −1 or 1
    x_centered = x - x.mean(1, keepdim=True)
    noise_centered = noise - noise.mean(1, keepdim=True)
    spread = (x_centered**2).sum(1, keepdim=True)  # (20000, 1)
    error = (x_centered * noise).sum(1, keepdim=True) / spread
    residual = noise_centered - error * x_centered
    standard_error = ((residual**2).sum(1, keepdim=True) / 28 / spread).sqrt()
    inside = error.abs() < stats.t.ppf(0.975, 28) * standard_error
    print(f"{inside.double().mean():.2f}")
    # --8<-- [end:solution_coin]

    # --8<-- [start:solution_corner]
    ten = fit(x_post, y_post)
    corner = torch.tensor([4.9, 8.7])
    low, high = ten.interval().T
    print(((low < corner) & (corner < high)).tolist())
    print(f"p = {joint_p_value(x_post, y_post, corner)[1]:.3f}")
    # --8<-- [end:solution_corner]
