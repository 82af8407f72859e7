import math

import pytest
import torch
from scipy import stats
from torch.utils.data import TensorDataset

from snippets.data import (
    POST_ROWS,
    SAMPLE_SIZE,
    SIGMA,
    THETA,
    RowsDataset,
    make_data,
    sample_means,
)

MANY = 1_000_000


def assert_distribution(sample, cdf, alarm):
    """Massart's inequality: P(sup |F̂ − F| > d) ≤ 2 exp(−2 n d²), for every n."""
    limit = math.sqrt(math.log(2 / alarm()) / (2 * len(sample)))
    assert stats.kstest(sample, cdf).statistic < limit


def test_the_function_draws_what_the_post_draws():
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    assert SAMPLE_SIZE == 100
    assert all(map(torch.equal, make_data(seed=0), (x, y)))


def test_the_function_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    first = make_data(seed=3)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.rand(5)
    assert all(map(torch.equal, first, make_data(seed=3)))
    assert not torch.equal(first[0], make_data(seed=4)[0])


def test_a_negative_size_is_an_error():
    with pytest.raises(RuntimeError):
        make_data(seed=0, size=-1)


@pytest.mark.equation("3.1")
def test_taking_the_line_away_leaves_independent_normal_noise(seed, alarm):
    x, y = make_data(seed, size=MANY)
    noise = y - (5 + 7 * x)
    assert_distribution(x[:, 0].numpy(), stats.norm(0, 1).cdf, alarm)
    assert_distribution(noise[:, 0].numpy(), stats.norm(0, 2).cdf, alarm)
    # Fisher: atanh of the correlation of independent normals is nearly N(0, 1/(n − 3))
    correlation = torch.corrcoef(torch.cat((x, noise), 1).T)[0, 1]
    limit = stats.norm.isf(alarm() / 2) / math.sqrt(MANY - 3)
    assert abs(math.atanh(correlation)) < limit


@pytest.mark.equation("3.2")
def test_mean_and_variance_of_y(seed, alarm):
    y = make_data(seed, size=MANY)[1].double()
    variance = 7**2 * 1 + 2**2
    assert (y.mean() - 5).abs() < stats.norm.isf(alarm() / 2) * math.sqrt(
        variance / MANY
    )
    # Σ (y − 5)² / 53 is chi-squared with n degrees of freedom
    low, high = stats.chi2.interval(1 - alarm(), MANY)
    assert low < ((y - 5) ** 2).sum() / variance < high


@pytest.mark.equation("3.3")
@pytest.mark.parametrize("size", [25, 100, 400])
def test_spread_of_the_sample_mean(size, seed, alarm):
    datasets = 5000
    means = sample_means(seed, datasets, size).double()
    assert means.shape == (datasets,)
    low, high = stats.chi2.interval(1 - alarm(), datasets)
    assert low < ((means - 5) ** 2).sum() / (53 / size) < high


@pytest.mark.equation("3.4")
def test_correlation_of_x_and_y(seed, alarm):
    correlation = torch.corrcoef(torch.cat(make_data(seed, size=MANY), 1).T)[0, 1]
    limit = stats.norm.isf(alarm() / 2) / math.sqrt(MANY - 3)
    assert abs(math.atanh(correlation) - math.atanh(7 / math.sqrt(53))) < limit


def test_constants_are_the_post_s():
    assert THETA.tolist() == [5, 7]
    assert SIGMA == 2
    assert POST_ROWS.shape == (10, 2)
    # first and last row as the post prints them
    assert POST_ROWS[[0, 9]].tolist() == torch.tensor(
        [[1.5048, 13.6858], [-1.1555, -6.8106]]
    ).tolist()  # fmt: skip


def test_rows_dataset_gives_what_tensor_dataset_gives():
    x, y = make_data(seed=0, size=20)
    ours, torchs = RowsDataset(torch.cat((x, y), 1)), TensorDataset(x, y)
    assert len(ours) == len(torchs) == 20
    for i in range(20):
        for mine, theirs in zip(ours[i], torchs[i], strict=True):
            assert torch.equal(mine, theirs)
