"""The post's data, and what is known of it before any model is trained."""

# --8<-- [start:imports]
import torch

# --8<-- [end:imports]
# --8<-- [start:import_tensor]
from torch import Tensor

# --8<-- [end:import_tensor]
# --8<-- [start:import_dataset]
from torch.utils.data import Dataset, TensorDataset

# --8<-- [end:import_dataset]

# --8<-- [start:make_data]
THETA = torch.tensor([5.0, 7.0])  # θ₀ (intercept), θ₁ (slope)
SIGMA = 2.0
SAMPLE_SIZE = 100


def make_data(seed: int, size: int = SAMPLE_SIZE) -> tuple[Tensor, Tensor]:
    """Draw data around the line that THETA says: y = θ₀ + θ₁ x + ε.

    Returns x and y, both of shape (size, 1): x ~ N(0, 1), ε ~ N(0, σ²).
    Source: equation data#eq-data-model.
    """
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((size, 1), generator=generator)
    noise = torch.normal(0, SIGMA, (size, 1), generator=generator)
    return x, THETA[0] + THETA[1] * x + noise


# --8<-- [end:make_data]

# --8<-- [start:post_rows]
POST_ROWS = torch.tensor(
    [
        [1.5048, 13.6858],
        [-0.1398, 5.4163],
        [2.3057, 22.8123],
        [0.5640, 7.9670],
        [-0.8410, -2.1296],
        [-0.1577, 1.7757],
        [2.9104, 24.8814],
        [-0.4915, -1.7805],
        [1.6042, 17.8675],
        [-1.1555, -6.8106],
    ]
)  # x, y
# --8<-- [end:post_rows]


# --8<-- [start:sample_means]
def sample_means(seed: int, datasets: int, size: int) -> Tensor:
    """Means of y over datasets of one size, shape (datasets,).

    Source: equation data#eq-sample-mean.
    """
    if size < 1:
        raise ValueError(f"there is no mean of {size} observations")
    _, y = make_data(seed, datasets * size)
    return y.reshape(datasets, size).mean(dim=1)


# --8<-- [end:sample_means]


# --8<-- [start:rows_dataset]
class RowsDataset(Dataset):
    """A table of x and y, shape (n, 2); item i is (x_i, y_i), each of shape (1,)."""

    def __init__(self, rows: Tensor):
        if rows.ndim != 2 or rows.shape[1] != 2:
            raise ValueError(f"rows have shape {tuple(rows.shape)}, not (n, 2)")
        self.rows = rows  # (n, 2)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        return self.rows[i, :1], self.rows[i, 1:]


# --8<-- [end:rows_dataset]


def check_columns(*columns: Tensor) -> None:
    """Raise ValueError unless all have the shape (n, 1), with the same n."""
    shapes = [tuple(column.shape) for column in columns]
    if any(shape != (columns[0].numel(), 1) for shape in shapes):
        raise ValueError(f"need columns of shape (n, 1), got {shapes}")


def check_line(x: Tensor, y: Tensor) -> None:
    """Raise ValueError unless x and y, both (n, 1), are finite and x is not constant.

    An x that varies by no more than 4 eps of its largest value counts as constant.
    """
    check_columns(x, y)
    if not (x.isfinite().all() and y.isfinite().all()):
        raise ValueError("x or y has values that are infinite or nan")
    eps = torch.finfo(x.dtype if x.is_floating_point() else torch.float64).eps
    x = x.double()
    if not len(x) or x.max() - x.min() <= 4 * eps * x.abs().max():
        raise ValueError(
            "x is constant, or varies by 4 eps of its size at most: there is no slope"
        )


if __name__ == "__main__":
    # --8<-- [start:post]
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    print(x.shape, y.shape)
    print(torch.cat((x, y), 1)[:3])
    # --8<-- [end:post]

    # --8<-- [start:noise]
    noise = y - (5 + 7 * x)
    print(noise[:3])
    print(f"mean {noise.mean():.2f}   standard deviation {noise.std():.2f}")
    # --8<-- [end:noise]

    # --8<-- [start:same_data]
    x_again, y_again = make_data(seed=0)
    print(torch.equal(x, x_again), torch.equal(y, y_again))
    # --8<-- [end:same_data]

    # --8<-- [start:five_means]
    for seed in range(5):
        _, y_seed = make_data(seed=seed)
        print(f"seed {seed}   mean of y {y_seed.mean():.2f}")
    # --8<-- [end:five_means]

    # --8<-- [start:measured]
    for size in (25, 100, 400):
        means = sample_means(seed=0, datasets=10_000, size=size)
        print(f"n = {size:>3}   standard deviation of the means {means.std():.2f}")
    # --8<-- [end:measured]

    # --8<-- [start:moments]
    for size in (100, 1_000_000):
        _, many = make_data(seed=0, size=size)
        print(f"n = {size:>7}   mean {many.mean():.2f}   variance {many.var():.1f}")
    # --8<-- [end:moments]

    # --8<-- [start:spread]
    for size in (25, 100, 400):
        print(f"n = {size:>3}   predicted {(53 / size) ** 0.5:.2f}")
    # --8<-- [end:spread]

    # --8<-- [start:own_mean]
    error_of_mean = y.std() / len(y) ** 0.5
    print(f"mean of y {y.mean():.2f}, give or take {error_of_mean:.2f}")
    # --8<-- [end:own_mean]

    # --8<-- [start:seed_order]
    generator = torch.Generator().manual_seed(0)
    noise_first = torch.normal(0, 2, (100, 1), generator=generator)
    x_second = torch.randn((100, 1), generator=generator)
    print(torch.equal(x, x_second))
    print(torch.equal(2 * x, noise_first))
    # --8<-- [end:seed_order]

    # --8<-- [start:post_noise]
    x_post, y_post = POST_ROWS[:, 0], POST_ROWS[:, 1]
    noise = y_post - (5 + 7 * x_post)
    print([round(e, 2) for e in noise.tolist()])
    print(f"mean {noise.mean():.2f}   standard deviation {noise.std():.2f}")
    print(f"standard deviation of such a mean {2 / 10**0.5:.2f}")
    # --8<-- [end:post_noise]

    # --8<-- [start:plot]
    import matplotlib.pyplot as plt
    import numpy as np

    x_own, y_own = POST_ROWS[:, 0], POST_ROWS[:, 1]  # put your own numbers here
    slope, intercept = np.polyfit(x_own, y_own, 1)  # the line that fits them best

    figure, axes = plt.subplots()
    axes.scatter(x_own, y_own, color="tab:gray", label="$(x_i, y_i)$")
    ends = np.array([min(x_own), max(x_own)])
    fitted = f"$y = {intercept:.2f} + {slope:.2f}x$"
    axes.plot(ends, intercept + slope * ends, color="tab:orange", label=fitted)
    axes.plot(ends, 5 + 7 * ends, "--", color="tab:blue", label="$y = 5 + 7x$")
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    plt.show()
    # --8<-- [end:plot]

    # --8<-- [start:dataset]
    by_hand = RowsDataset(POST_ROWS)
    ready_made = TensorDataset(POST_ROWS[:, :1], POST_ROWS[:, 1:])
    print(len(by_hand), by_hand[0])
    same = [
        torch.equal(by_hand[i][j], ready_made[i][j]) for i in range(10) for j in (0, 1)
    ]
    print(all(same))
    # --8<-- [end:dataset]

    # --8<-- [start:wrong_shape]
    noise_flat = torch.normal(0, 2, (100,))
    print((7 * x + 5 + noise_flat).shape)
    print((7 * x + 5 + noise_flat[:, None]).shape)
    # --8<-- [end:wrong_shape]

    # --8<-- [start:reseeded]
    torch.manual_seed(0)
    x_copy = torch.randn((100, 1))
    torch.manual_seed(0)
    y_copy = 7 * x_copy + 5 + torch.normal(0, 2, (100, 1))
    print(torch.allclose(y_copy, 5 + 9 * x_copy))
    # --8<-- [end:reseeded]

    try:
        # --8<-- [start:wrong_length]
        TensorDataset(x, y[:99])
        # --8<-- [end:wrong_length]
    except AssertionError as error:
        print(f"AssertionError: {error}")

    # --8<-- [start:solution_variance]
    generator = torch.Generator().manual_seed(0)
    x_many = torch.randn((1_000_000, 1), generator=generator)
    y_many = 5 + 7 * x_many + torch.normal(0, 4, (1_000_000, 1), generator=generator)
    print(f"{y_many.var():.1f}")
    # --8<-- [end:solution_variance]

    # --8<-- [start:solution_coefficient]
    def correlation(theta_1: float, sigma: float) -> float:
        return theta_1 / (theta_1**2 + sigma**2) ** 0.5

    x_many, y_many = make_data(seed=0, size=1_000_000)
    measured = torch.corrcoef(torch.cat((x_many, y_many), 1).T)[0, 1]
    print(f"{measured:.3f}   predicted {correlation(7, 2):.3f}")
    # --8<-- [end:solution_coefficient]

    # --8<-- [start:solution_prefix]
    x_ten, _ = make_data(seed=0, size=10)
    x_sixteen, _ = make_data(seed=0, size=16)
    for shorter in (x_ten, x_sixteen):
        equal = (shorter == x[: len(shorter)]).sum().item()
        print(f"{equal:>2} of {len(shorter)} equal")
    # --8<-- [end:solution_prefix]

    # --8<-- [start:solution_shuffle]
    shuffled = y[torch.randperm(100, generator=torch.Generator().manual_seed(0))]
    for label, column in (("pairs", y), ("shuffled", shuffled)):
        with_x = torch.corrcoef(torch.cat((x, column), 1).T)[0, 1]
        moments = f"mean {column.mean():.2f}   variance {column.var():.1f}"
        print(f"{label:<8}   {moments}   correlation {with_x:.3f}")
    # --8<-- [end:solution_shuffle]
