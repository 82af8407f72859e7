import ast
import itertools
import math
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import torch.distributed as dist
from scipy import stats
from torch import nn
from torch.utils.data import DistributedSampler

from snippets import scaling
from snippets.data import make_data
from snippets.figures.scaling import (
    AVERAGES,
    TIMELINE,
    UNEQUAL,
    figure_parts,
    figure_ranks,
    figure_timeline,
    path_of_parts,
)
from snippets.loss import hessian, least_squares, mean_squared_error
from snippets.scaling import (
    average_gradients,
    effective_rows,
    fit_parts,
    jitter,
    load,
    post_data,
    save,
    train_parts,
)
from tests.drawn import labels
from tests.printed import ROOT, numbers, section

PARTS = [4, 9, 2]
UNEVEN = [70, 10, 10, 10]  # of the page


def recorded(label):
    path = ROOT / f"snippets/outputs/scaling/{label}.txt"
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def parts(seed):
    """What the symbols are, for 15 rows in three parts."""
    x, y = (column.double() for column in make_data(seed, sum(PARTS)))
    owned = list(zip(x.split(PARTS), y.split(PARTS), strict=True))

    def loss(what):  # L_r, which is called with a rank, or L(θ)
        if isinstance(what, int):
            return lambda theta: mean_squared_error(theta, *owned[what])
        return mean_squared_error(what, x, y)

    class Rows(int):  # n, and n_r
        def __call__(self, rank):
            return PARTS[rank]

    return {
        "L": loss,
        "nabla": lambda L: lambda theta: torch.autograd.functional.jacobian(L, theta),
        "n": Rows(sum(PARTS)),
        "p": len(PARTS),
        "theta": torch.tensor([1.5, -0.7], dtype=torch.float64),
    }


@pytest.mark.equation(
    "gradient-of-parts",
    r"\nabla L(\theta) = \sum_{r=0}^{p-1} \frac{n_r}{n} \, \nabla L_r(\theta)",
)
def test_the_gradient_is_the_mean_of_the_parts_by_their_rows(parts, equation):
    equation(**parts)


@pytest.mark.equation(
    "weighted-loss",
    r"\frac1p \sum_{r=0}^{p-1} w_r \nabla L_r(\theta) = \nabla L(\theta), \qquad w_r = "
    r"\frac{p \, n_r}{n}",
)
def test_weights_repair_the_average(parts, equation):
    weights = {rank: 3 * rows / 15 for rank, rows in enumerate(PARTS)}
    for rank in range(3):
        equation(w=weights, r=rank, **parts)
    plain = sum(parts["nabla"](parts["L"](rank))(parts["theta"]) for rank in range(3))
    whole = parts["nabla"](parts["L"])(parts["theta"])
    assert not torch.allclose(plain / 3, whole, rtol=1e-3)


@pytest.mark.equation("minimum-of-parts", r"\bar\theta = (X^\top W X)^{-1} X^\top W y")
def test_training_with_unequal_parts_ends_in_weighted_least_squares(seed, equation):
    x, y = (column.double() for column in make_data(seed, sum(PARTS)))
    theta = fit_parts(x, y, PARTS)

    def mean_of_losses(theta):
        pairs = zip(x.split(PARTS), y.split(PARTS), strict=True)
        return sum(mean_squared_error(theta, *part) for part in pairs) / 3

    slope_there = torch.autograd.functional.jacobian(mean_of_losses, theta)
    assert slope_there.abs().max() < 1e-9
    weights = np.repeat([1 / 3 / rows for rows in PARTS], PARTS)
    X = np.stack((np.ones(15), x[:, 0]), axis=1)
    equation(theta_bar=theta, X=X, W=np.diag(weights), y=y[:, 0].numpy())


def test_equal_parts_are_least_squares(seed):
    x, y = make_data(seed)
    for parts in ([100], [50, 50], [20] * 5):
        assert fit_parts(x, y, parts).tolist() == pytest.approx(
            least_squares(x, y).tolist()
        )
        assert effective_rows(parts) == pytest.approx(100)
    with pytest.raises(ValueError, match="are not 100 rows"):
        fit_parts(x, y, [50, 49])


@pytest.mark.equation(
    "effective-rows",
    r"\Var\Bigl(\frac1p \sum_{r=0}^{p-1} \bar y_r\Bigr) = \frac{\Var(y)}{n^*}, \qquad "
    r"n^* = \frac{p^2}{\sum_{r=0}^{p-1} 1 / n_r}",
)
def test_unequal_parts_vary_as_fewer_rows(equation):
    """Over all datasets of seven rows that are 0 or 3, all equally likely."""
    rows = [4, 1, 2]
    datasets = np.array(list(itertools.product((0.0, 3.0), repeat=7)))
    means = [part.mean(axis=1) for part in np.split(datasets, np.cumsum(rows)[:2], 1)]
    equation(
        y_bar=dict(enumerate(means)),
        y=np.array([0.0, 3.0]),
        n=dict(enumerate(rows)),
        n_star=effective_rows(rows),
        p=3,
        Var=np.var,
    )


def test_unequal_parts_are_not_biased_and_worth_fewer_rows():
    assert effective_rows([70, 10, 10, 10]) < 51 < 100
    for rows in ([1, 99], [97, 1, 1, 1], [30, 40, 30]):
        assert effective_rows(rows) < sum(rows)
    # linear in y: what it makes of the line without noise is the line
    x, _ = make_data(seed=0)
    assert fit_parts(x, 5 + 7 * x, [97, 1, 1, 1]).tolist() == pytest.approx(
        [5, 7], 1e-4
    )


@pytest.mark.equation("speedup", r"S = \frac{1}{\frac1p + c}")
@pytest.mark.parametrize(("processes", "share"), [(3, 0.2), (2, 4.4), (8, 0.05)])
def test_the_speed_up_is_that_of_a_timed_step(processes, share, equation):
    clock = 0.0
    work = [80.0 / processes] * processes  # of 80 s, side by side
    clock += max(work)
    clock += share * 80.0
    equation(S=80.0 / clock, p=processes, c=share)


def test_parts_are_averaged_as_the_page_says():
    """As recorded; the page's blocks compare the records with what they print."""
    equal, unequal, weighted = (numbers(line)[1:] for line in recorded("compare"))
    whole = numbers(recorded("whole")[0])
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat = least_squares(x, y).tolist()
    assert whole[2:] == pytest.approx(theta_hat, abs=1e-6)
    for good in (equal, weighted):
        assert good == pytest.approx(whole, abs=1e-6)
    assert unequal[2:] == pytest.approx(fit_parts(x, y, UNEVEN).tolist(), abs=1e-6)
    for bad, good in zip(unequal, whole, strict=True):
        assert abs(bad - good) > 0.01
    assert {line.partition(":")[0] for line in recorded("two")} == {"rank 0", "rank 1"}
    for line in recorded("two"):
        assert numbers(line)[1:] == [50, *np.round(theta_hat, 3)]


def test_the_second_attempt_went_on_from_the_checkpoint_to_the_same_end():
    began = [numbers(line) for line in recorded("restart") if "begins" in line]
    ends = [numbers(line)[2:] for line in recorded("restart") if "begins" not in line]
    assert sorted(began) == [[0, 0, 0], [0, 1, 0], [1, 0, 20], [1, 1, 20]]
    assert ends == [numbers(recorded("never_died")[0])] * 2
    # it would show if the second attempt had begun elsewhere
    x, y = (column.double() for column in make_data(seed=0))
    factor = np.eye(2) - 0.05 * hessian(x).numpy()
    theta_hat = least_squares(x, y).numpy()
    for steps in (40, 35, 30, 60):
        theta = theta_hat - np.linalg.matrix_power(factor, steps) @ theta_hat
        assert (np.abs(theta - ends[0]).max() < 1e-6) == (steps == 40)


def train_rank(
    parts: list[int], weighted: bool = False, by_hand: bool = False, add: bool = False
) -> list[float]:
    """First gradient and last θ, 2 + 2 numbers, if process r has parts[r] rows.

    The parts add up to 100. With `add`, the loss is a sum, not a mean.
    """
    rank, (x, y) = dist.get_rank(), post_data()
    x, y = x.split(parts)[rank], y.split(parts)[rank]
    factor = len(parts) * parts[rank] / sum(parts) if weighted else 1.0
    line = nn.Linear(1, 1, dtype=torch.float64)
    nn.init.zeros_(line.weight), nn.init.zeros_(line.bias)
    model = line if by_hand else nn.parallel.DistributedDataParallel(line)
    compute_loss = nn.MSELoss(reduction="sum" if add else "mean")
    step = 0.1 * len(parts) / sum(parts) if add else 0.1
    optimizer = torch.optim.SGD(model.parameters(), lr=step)
    gradients = []
    for _ in range(200):
        optimizer.zero_grad()
        (factor * compute_loss(model(x), y)).backward()
        if by_hand:
            average_gradients(line)
        gradients.append([line.bias.grad.item(), line.weight.grad.item()])
        optimizer.step()
    return [*gradients[0], line.bias.item(), line.weight.item()]


def no_sync_around_both_and_around_backward() -> list[float]:
    """The gradient of this rank if both passes are in no_sync, and if one is."""
    model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
    x = torch.full((1, 1), 1.0 + 2 * dist.get_rank())
    with model.no_sync():
        model(x).sum().backward()
    alone = model.module.weight.grad.item()
    model.zero_grad()
    out = model(x)
    with model.no_sync():
        out.sum().backward()
    return [alone, model.module.weight.grad.item()]


def each_rank() -> None:
    """Runs in two processes, or in four."""
    dist.init_process_group("gloo")
    rank, processes = dist.get_rank(), dist.get_world_size()
    equal = [100 // processes] * processes
    unequal = {2: [63, 37], 4: [70, 10, 10, 10]}[processes]
    results = {
        "hand": train_rank(equal, by_hand=True),
        "equal": train_rank(equal),
        "unequal": train_rank(unequal),
        "weighted": train_rank(unequal, weighted=True),
        "add": train_rank(unequal, add=True),
        "no_sync": no_sync_around_both_and_around_backward(),
    }
    print(f"{rank} {results}\n", end="", flush=True)
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.parametrize(("processes", "unequal"), [(2, [63, 37]), (4, UNEVEN)])
def test_processes_average_as_one_that_goes_through_the_parts(processes, unequal):
    """The page's `train_parts`, beside DDP in as many processes as there are parts."""
    ours = average_gradients, post_data, train_rank
    ours += no_sync_around_both_and_around_backward, each_rank
    lines = scaling.torchrun(processes, *ours).splitlines()
    assert [line.partition(" ")[0] for line in lines] == [*"0123"[:processes]]
    equal, ones = [100 // processes] * processes, [1.0] * processes
    factors = [processes * rows / 100 for rows in unequal]
    gradient, theta = train_parts(equal, ones)
    expected = {
        "hand": (gradient, theta),
        "equal": (gradient, theta),
        "unequal": train_parts(unequal, ones),
        "weighted": train_parts(unequal, factors),
        "add": (gradient * 100 / processes, theta),  # of steps as much shorter
    }
    for line in lines:
        rank, _, printed = line.partition(" ")
        results = ast.literal_eval(printed)
        # the mean of 1, 3, …; with the forward pass inside, that of this rank alone
        assert results.pop("no_sync") == [1.0 + 2 * int(rank), float(processes)]
        assert results.keys() == expected.keys()
        for name, pair in expected.items():
            assert results[name] == pytest.approx(torch.cat(pair).tolist(), rel=1e-9)


def test_two_processes_with_batches_take_the_steps_of_one_with_both():
    printed = scaling.torchrun(2, scaling.post_data, scaling.with_batches)
    x, y = scaling.post_data()
    torch.manual_seed(0)
    line = nn.Linear(1, 1, dtype=torch.float64)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    parts = [DistributedSampler(x, num_replicas=2, rank=rank) for rank in range(2)]
    for epoch in range(20):
        for part in parts:
            part.set_epoch(epoch)
        both = torch.tensor([list(part) for part in parts])  # (2, 50)
        for start in range(0, 50, 10):
            rows = both[:, start : start + 10].flatten()
            optimizer.zero_grad()
            nn.functional.mse_loss(line(x[rows]), y[rows]).backward()
            optimizer.step()
    theta = [line.bias.item(), line.weight.item()]
    for rank, text in enumerate(printed.splitlines()):
        assert numbers(text) == pytest.approx([rank, *theta], rel=1e-9)


def test_the_parts_of_the_page_are_gradient_descent():
    x, y = (column.double() for column in make_data(seed=0))
    for each, column in zip(post_data(), (x, y), strict=True):
        assert torch.equal(each, column)
    gradient, theta = train_parts([100], [1.0])
    whole = scaling.gradient(torch.zeros(2).double(), x, y)
    assert gradient.tolist() == pytest.approx(whole.tolist())
    assert theta.tolist() == pytest.approx(least_squares(x, y).tolist())
    with pytest.raises(ValueError):
        train_parts([50, 50], [1.0])


def test_the_program_is_the_file_that_the_page_shows():
    text = scaling.program(scaling.main)
    for line in section("scaling", "imports").splitlines():
        module, _, names = line.partition(" import ")
        assert f"{module} import " in text if names else line in text
    assert section("scaling", "main").strip() in text
    *_, guard, call, _, _ = text.splitlines()
    assert (guard, call) == ('if __name__ == "__main__":', "    main()")
    names = {"__name__": "imported"}
    exec(compile(text, "train.py", "exec"), names)  # does not start anything
    assert callable(names["main"])


def test_a_command_that_fails_raises_what_it_said(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('no such rank')"]
    with pytest.raises(RuntimeError, match="no such rank"):
        scaling.run(command, str(tmp_path), {})
    lines = "import os; print('b', os.getcwd()[:0] + os.environ['A']); print('a')"
    printed = scaling.run([sys.executable, "-c", lines], str(tmp_path), {"A": "c"})
    assert printed == "a\nb c\n"


def test_nothing_is_left_running_after_an_interruption(tmp_path, monkeypatch):
    started = []

    def interrupted(process):
        started.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        scaling.run(command, str(tmp_path), {})
    assert started[0].poll() is not None
    assert time.monotonic() - begin < 30


def test_a_checkpoint_restores_both_and_is_not_there_at_first(tmp_path):
    path = str(tmp_path / "checkpoint.pt")
    line, other = nn.Linear(1, 1), nn.Linear(1, 1)
    optimizers = [torch.optim.SGD(m.parameters(), momentum=0.9) for m in (line, other)]
    assert load(path, line, optimizers[0]) == 0
    for _ in range(3):
        optimizers[0].zero_grad()
        line(torch.ones(1)).sum().backward()
        optimizers[0].step()
    save(path, line, optimizers[0], 30)
    assert load(path, other, optimizers[1]) == 30
    assert torch.equal(other.weight, line.weight) and torch.equal(other.bias, line.bias)
    states = [each.state_dict()["state"] for each in optimizers]
    for key, state in states[0].items():
        assert torch.equal(states[1][key]["momentum_buffer"], state["momentum_buffer"])


def test_a_checkpoint_that_could_not_be_written_leaves_the_old_one(
    tmp_path, monkeypatch
):
    path, line = str(tmp_path / "checkpoint.pt"), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters())
    save(path, line, optimizer, 10)

    def breaks_off(states, file):
        with open(file, "wb") as half:
            half.write(b"half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(torch, "save", breaks_off)
    with pytest.raises(OSError, match="No space left"):
        save(path, line, optimizer, 20)
    assert load(path, line, optimizer) == 10


@pytest.mark.parametrize(("rows", "processes"), [(10, 4), (50, 8), (12, 4), (7, 3)])
def test_a_sampler_deals_equal_parts(rows, processes):
    for shuffle, drop_last in itertools.product((False, True), repeat=2):
        for epoch in range(3):
            samplers = [
                DistributedSampler(
                    range(rows), processes, r, shuffle=shuffle, drop_last=drop_last
                )
                for r in range(processes)
            ]
            for sampler in samplers:
                sampler.set_epoch(epoch)
            dealt = [list(sampler) for sampler in samplers]
            assert len({len(part) for part in dealt}) == 1
            every = sorted(itertools.chain(*dealt))
            if drop_last:
                assert len(set(every)) == len(every) == rows - rows % processes
            else:
                assert set(every) == set(range(rows))
                assert len(every) == math.ceil(rows / processes) * processes


def test_the_order_changes_with_set_epoch_alone():
    sampler = DistributedSampler(range(100), 2, 0)
    orders = [list(sampler), list(sampler)]
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
    assert orders[0] == orders[1] == orders[2] != orders[3]


def test_four_times_the_batch_is_half_the_jitter(alarm):
    """The sample deviation of 500 runs has a relative error of about 1 / √1000."""
    ratio = jitter(10, 0.05) / jitter(40, 0.05)
    limit = stats.norm.isf(alarm() / 2) * math.sqrt(2 / 1000)
    assert abs(math.log(ratio / 2)) < limit


def test_the_jitter_is_that_of_the_linear_map_with_noise(alarm):
    """Σ = A Σ Aᵀ + η² C / B, where A = I − ηH and C is the covariance of a row's g."""
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat = least_squares(x, y)
    residual = y - theta_hat[0] - theta_hat[1] * x
    each = -2 * residual * torch.cat((torch.ones_like(x), x), dim=1)  # (n, 2)
    noise = 0.05**2 / 100 * (each.T @ each / len(x)).numpy()
    step = np.eye(2) - 0.05 * hessian(x).numpy()
    covariance = np.linalg.solve(np.eye(4) - np.kron(step, step), noise.ravel())
    limit = stats.norm.isf(alarm() / 2) * math.sqrt(1 / 1000)
    measured = jitter(100, 0.05) / math.sqrt(covariance[3])
    assert abs(math.log(measured)) < limit + 0.01  # the rows of a batch vary H, too


def test_the_limit_of_the_learning_rate_does_not_move():
    x, _ = make_data(seed=0)
    limit = 2 / torch.linalg.eigvalsh(hessian(x.double())).max().item()
    assert math.isfinite(jitter(200, 0.9 * limit, steps=100))
    assert jitter(200, 1.2 * limit, steps=100) == math.inf


def test_the_figure_of_the_parts_shows_two_ends():
    (axes,) = figure_parts().axes
    equal, unequal, star, square = axes.lines
    x, y = make_data(seed=0)
    assert equal.get_xydata()[-1] == pytest.approx(least_squares(x, y).numpy(), 1e-6)
    assert unequal.get_xydata()[-1] == pytest.approx(
        fit_parts(x, y, list(UNEQUAL)).numpy(), abs=1e-3
    )
    assert star.get_xydata()[0] == pytest.approx(equal.get_xydata()[-1])
    assert square.get_xydata()[0] == pytest.approx(
        fit_parts(x, y, list(UNEQUAL)).numpy()
    )
    for line in (equal, unequal):
        assert tuple(line.get_xydata()[0]) == (0, 0)
    assert equal.get_linestyle() != unequal.get_linestyle()
    assert labels(axes) == {r"$\hat\theta$": "tab:orange", r"$\bar\theta$": "tab:red"}
    assert (equal.get_color(), unequal.get_color()) == ("tab:orange", "tab:red")
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\theta_0$", r"$\theta_1$")
    (contours,) = axes.collections
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        for theta in path.vertices[::20]:
            loss = mean_squared_error(torch.tensor(theta), x.double(), y.double())
            assert loss.item() == pytest.approx(level, rel=0.03)


def test_a_path_takes_the_steps_of_the_average():
    path = path_of_parts((70, 10, 10, 10), steps=1)
    gradient = numbers(recorded("compare")[1])[1:3]
    assert path[1] == pytest.approx([-0.1 * each for each in gradient], abs=1e-6)


def test_the_figure_of_the_ranks_has_each_rank_once():
    (axes,) = figure_ranks().axes
    texts = [text.get_text() for text in axes.texts]
    for rank in range(4):
        assert texts.count(rf"$S_{rank}$") == texts.count(rf"$\nabla L_{rank}$") == 1
    assert texts.count(r"$\theta_{k+1}$") == 4
    assert texts.count(r"$\frac{1}{p}\sum$") == 1
    arrows = [text for text in axes.texts if hasattr(text, "arrow_patch")]
    assert len(arrows) == 12


def test_the_timeline_averages_what_both_have_and_steps_after_it():
    (axes,) = figure_timeline().axes
    texts = [text.get_text() for text in axes.texts if text.get_text()]
    for label in ("forward", "backward", "step"):
        assert texts.count(label) == 2
    bars = {(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches}
    (first, _), (second, end) = AVERAGES
    for rank, spans in TIMELINE.items():
        begin, done = spans["backward"]
        assert spans["forward"][1] == begin < (begin + done) / 2 <= first < done
        assert done <= second < end <= spans["step"][0]
        waiting = axes.lines[rank].get_xdata()
        assert tuple(waiting) == (done, spans["step"][0])
    assert len(bars) == 7  # both steps are at the same time
    assert np.ptp(axes.lines[0].get_xdata()) > np.ptp(axes.lines[1].get_xdata())


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "effective": [(200, 5), (25, 5), (200, 40), (200, 1), (100, 10)],
    "weights": [
        ((1.8, 0.9, 0.3),),
        ((0.6, 0.3, 0.1),),
        ((0.5556, 1.1111, 3.3333),),
        ((60, 30, 10),),
        ((1, 1, 1),),
    ],
    "padding": [(6, 2), (0, 0), (2, 6), (1, 1), (8, 8)],
    "own_seed": [(7.230,), (6.762,), (6.8705,), (7.2345,), (5.307,)],
    "sum_limit": [(0.0374,), (0.934,), (0.00934,), (0.0534,), (3.74,)],
}

# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "effective": lambda printed, run: [tuple(numbers(printed))],
    "weights": lambda printed, run: [(tuple(numbers(printed)),)],
    "padding": lambda printed, run: [tuple(numbers(printed))],
    "own_seed": lambda printed, run: [(numbers(printed)[1],)],
    "sum_limit": lambda printed, run: [(numbers(printed)[0],)],
}
