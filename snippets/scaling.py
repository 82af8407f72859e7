"""The same training in several processes, and what their averages are."""

# --8<-- [start:imports]
import torch
import torch.distributed as dist
from torch import nn


# --8<-- [end:imports]

# --8<-- [start:more_imports]
import inspect
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from torch import Tensor


# --8<-- [end:more_imports]

# --8<-- [start:page_imports]
import math
import re
import socket
from datetime import timedelta

from torch.utils.data import DistributedSampler

from snippets.data import make_data
from snippets.loss import design_matrix, gradient, hessian, least_squares
from snippets.training import train

# --8<-- [end:page_imports]


# --8<-- [start:main]
def main() -> None:
    """Fit the line to the post's data, each process with its own rows."""
    dist.init_process_group("gloo")  # (1)!
    rank, processes = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(0)  # (2)!
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    x, y = x[rank::processes], y[rank::processes]  # (3)!
    model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))  # (4)!
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(100):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()  # (5)!
        optimizer.step()
    theta_1, theta_0 = (parameter.item() for parameter in model.parameters())
    print(f"rank {rank}: {len(x)} rows   θ₀ = {theta_0:.3f}   θ₁ = {theta_1:.3f}")
    dist.destroy_process_group()  # (6)!


# --8<-- [end:main]


# --8<-- [start:torchrun]
HEADER = """\
import os
import sys

import torch
import torch.distributed as dist
from torch import Tensor, nn
"""
END = """\
    sys.stdout.flush()
    os._exit(0)  # without Python's shutdown, in which threads of gloo may abort
"""


def program(*functions: Callable) -> str:
    """The text of a `train.py` with these functions, which calls the last one."""
    sources = [inspect.getsource(function) for function in functions]
    call = f'if __name__ == "__main__":\n    {functions[-1].__name__}()\n'
    return "\n\n".join((HEADER, *sources, call)) + END


def torchrun(processes: int, *functions: Callable, max_restarts: int = 0) -> str:
    """What so many processes print that run `program(*functions)`, in sorted lines.

    Raises RuntimeError, with the end of their messages, if one of them fails.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--local-addr=127.0.0.1", f"--nproc-per-node={processes}"]
    command += [f"--max-restarts={max_restarts}", "--no-python"]
    command += [sys.executable, "train.py"]
    settings = {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": ""}
    if sys.platform == "linux":
        settings["GLOO_SOCKET_IFNAME"] = "lo"  # this machine alone
    if max_restarts:
        settings["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # see below
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "train.py").write_text(program(*functions), encoding="utf-8")
        return run(command, folder, settings | {"TMPDIR": folder})


def run(command: list[str], folder: str, settings: dict[str, str]) -> str:
    """What a command prints, in sorted lines. Raises RuntimeError if it fails."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    environment = os.environ | settings
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process:
        try:
            printed, messages = process.communicate()
        except BaseException:
            process.terminate()  # torchrun then ends the processes that it started
            raise
    if process.returncode != 0:
        raise RuntimeError(messages[-2000:])
    return "".join(sorted(printed.splitlines(keepends=True)))


# --8<-- [end:torchrun]


# --8<-- [start:average_gradients]
def average_gradients(model: nn.Module) -> None:
    """Put the mean over all processes in place of each `.grad`, in place."""
    for parameter in model.parameters():
        dist.all_reduce(parameter.grad)  # the sum, in each process
        parameter.grad /= dist.get_world_size()


# --8<-- [end:average_gradients]


# --8<-- [start:train_parts]
def post_data() -> tuple[Tensor, Tensor]:
    """The post's 100 rows in float64, x and y of shape (100, 1), in each process."""
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    return x.double(), (7 * x + 5 + torch.normal(0, 2, (100, 1))).double()


def train_parts(parts: list[int], factors: list[float]) -> tuple[Tensor, Tensor]:
    """First average of the gradients and last θ, both of shape (2,).

    The parts add up to 100; each factor multiplies the loss of its part. Starts at
    θ = (0, 0). Source: equation scaling#eq-weighted-loss.
    """
    x, y = post_data()
    shares = list(zip(factors, x.split(parts), y.split(parts), strict=True))
    theta, averages = torch.zeros(2, dtype=torch.float64), []
    for _ in range(200):
        gradients = [w * gradient(theta, *part) for w, *part in shares]  # one a rank
        averages.append(sum(gradients) / len(parts))  # as DDP does
        theta = theta - 0.1 * averages[-1]
    return averages[0], theta


# --8<-- [end:train_parts]


# --8<-- [start:survive]
def survive() -> None:
    """Train for 40 steps, from the last checkpoint on; rank 1 dies once, at step 25."""
    dist.init_process_group("gloo")
    rank, attempt = dist.get_rank(), int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    x, y = (column[rank::2] for column in post_data())
    line = nn.Linear(1, 1, dtype=torch.float64)
    nn.init.zeros_(line.weight), nn.init.zeros_(line.bias)
    model = nn.parallel.DistributedDataParallel(line)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    first = load("checkpoint.pt", line, optimizer)
    print(f"attempt {attempt}, rank {rank}: begins at step {first}", flush=True)
    for step in range(first, 40):
        if (step, rank, attempt) == (25, 1, 0):
            os._exit(1)  # as if something had killed it
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        if rank == 0 and (step + 1) % 10 == 0:
            save("checkpoint.pt", line, optimizer, step + 1)
    theta = line.bias.item(), line.weight.item()
    print(f"attempt {attempt}, rank {rank}: θ ({theta[0]:.6f}, {theta[1]:.6f})")
    dist.destroy_process_group()


# --8<-- [end:survive]


# --8<-- [start:checkpoint]
def save(path: str, model: nn.Module, optimizer: torch.optim.Optimizer, step: int):
    """Write under another name first, so that a crash leaves the old file whole."""
    states = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(states | {"step": step}, f"{path}.new")
    os.replace(f"{path}.new", path)


def load(path: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Restore both in place; return the step to go on with, 0 if there is no file."""
    if not os.path.exists(path):
        return 0
    checkpoint = torch.load(path, map_location="cpu")  # not all on one GPU
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return checkpoint["step"]


# --8<-- [end:checkpoint]


# --8<-- [start:with_batches]
def with_batches() -> None:
    """Train in batches of 10 rows a process, dealt out anew in each epoch."""
    from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

    dist.init_process_group("gloo")
    torch.manual_seed(0)
    line = nn.Linear(1, 1, dtype=torch.float64)
    model = nn.parallel.DistributedDataParallel(line)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    dataset = TensorDataset(*post_data())
    sampler = DistributedSampler(dataset)
    loader = DataLoader(dataset, batch_size=10, sampler=sampler)
    for epoch in range(20):
        sampler.set_epoch(epoch)  # another order in each epoch
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    print(f"{dist.get_rank()} {line.bias.item()!r} {line.weight.item()!r}\n", end="")
    dist.destroy_process_group()


# --8<-- [end:with_batches]


# --8<-- [start:fit_parts]
def fit_parts(x: Tensor, y: Tensor, parts: list[int]) -> Tensor:
    """Where training ends that averages the gradients of such parts, shape (2,).

    Takes x and y of shape (n, 1), n the sum of the parts, which follow each other.
    Raises ValueError if the parts do not add up to n.
    Source: equation scaling#eq-minimum-of-parts.
    """
    if sum(parts) != len(x):
        raise ValueError(f"{parts} are not {len(x)} rows")
    equal = torch.tensor(parts, dtype=torch.float64)
    weights = (1 / len(parts) / equal).repeat_interleave(torch.tensor(parts))
    X, y = design_matrix(x.double()), y.double()[:, 0]
    return torch.linalg.solve(X.T @ (weights[:, None] * X), X.T @ (weights * y))


def effective_rows(parts: list[int]) -> float:
    """How many rows in equal parts would say as much. Source: equation
    scaling#eq-effective-rows.
    """
    return len(parts) ** 2 / sum(1 / n for n in parts)


# --8<-- [end:fit_parts]


# --8<-- [start:jitter]
def jitter(batch_size: int, learning_rate: float, steps: int = 200) -> float:
    """Standard deviation of the slope after so many steps; inf if it diverges.

    Measured on 500 runs at once, from θ = (0, 0), on batches of the post's data, drawn
    with replacement.
    """
    x, y = (column[:, 0].double() for column in make_data(seed=0))
    generator = torch.Generator().manual_seed(0)
    intercept, slope = torch.zeros(2, 500, dtype=torch.float64)
    for _ in range(steps):
        rows = torch.randint(len(x), (500, batch_size), generator=generator)
        residual = y[rows] - intercept[:, None] - slope[:, None] * x[rows]
        intercept = intercept + learning_rate * 2 * residual.mean(1)
        slope = slope + learning_rate * 2 * (residual * x[rows]).mean(1)
    return slope.std().item() if slope.abs().max() < 1e3 else math.inf


# --8<-- [end:jitter]


# --8<-- [start:work]
UNGUARDED = """\
from multiprocessing import get_context

def greet(rank):
    print("rank", rank)

process = get_context("spawn").Process(target=greet, args=(0,))
process.start()
process.join()
"""


def complaint(*arguments: str, folder: str) -> str:
    """What Python complains of first when it runs with these arguments."""
    done = subprocess.run(
        (sys.executable, *arguments), cwd=folder, capture_output=True, text=True
    )
    return re.search(r"\w+Error: .*?(?= on |\.)", " ".join(done.stderr.split()))[0]


# --8<-- [end:work]


if __name__ == "__main__":
    # --8<-- [start:two]
    print(torchrun(2, main), end="")
    # --8<-- [end:two]

    # --8<-- [start:one]
    x, y = make_data(seed=0)
    print([round(t, 3) for t in least_squares(x, y).tolist()])
    # --8<-- [end:one]

    # --8<-- [start:compare]
    equal, unequal = [25, 25, 25, 25], [70, 10, 10, 10]
    for name, parts, factors in (
        ("1. equal", equal, [1, 1, 1, 1]),
        ("2. unequal", unequal, [1, 1, 1, 1]),
        ("3. weighted", unequal, [4 * rows / 100 for rows in unequal]),
    ):
        first, theta = train_parts(parts, factors)
        print(f"{name:<11}   gradient ({first[0]:.6f}, {first[1]:.6f})", end="")
        print(f"   θ ({theta[0]:.6f}, {theta[1]:.6f})")
    # --8<-- [end:compare]

    # --8<-- [start:whole]
    x, y = (column.double() for column in make_data(seed=0))
    start = gradient(torch.zeros(2, dtype=torch.float64), x, y)
    theta_hat = least_squares(x, y)
    print(f"all rows      gradient ({start[0]:.6f}, {start[1]:.6f})", end="")
    print(f"   θ ({theta_hat[0]:.6f}, {theta_hat[1]:.6f})")
    # --8<-- [end:whole]

    # --8<-- [start:sampler]
    rows = torch.arange(10)
    for drop_last in (False, True):
        for rank in range(4):
            options = {"shuffle": False, "drop_last": drop_last}
            sampler = DistributedSampler(rows, num_replicas=4, rank=rank, **options)
            print(f"drop_last {drop_last!s:<5}   rank {rank}   rows {list(sampler)}")
    # --8<-- [end:sampler]

    # --8<-- [start:set_epoch]
    sampler = DistributedSampler(rows, num_replicas=2, rank=0)
    print("without set_epoch", *(list(sampler) for epoch in range(3)))
    for epoch in range(3):
        sampler.set_epoch(epoch)
        print(f"set_epoch({epoch})", list(sampler))
    # --8<-- [end:set_epoch]

    # --8<-- [start:scaled]
    limit = 2 / torch.linalg.eigvalsh(hessian(x)).max().item()
    print(f"limit of the learning rate {limit:.3f}")
    for processes in (1, 2, 4, 8, 16):
        batch, scaled = 10 * processes, 0.1 * processes
        print(f"{processes:>2} processes   η = 0.1: {jitter(batch, 0.1):.2f}", end="")
        print(f"   η = {scaled:.1f}: {jitter(batch, scaled):.2f}")
    # --8<-- [end:scaled]

    # --8<-- [start:restart]
    print(torchrun(2, post_data, save, load, survive, max_restarts=1), end="")
    # --8<-- [end:restart]

    # --8<-- [start:never_died]
    line = nn.Linear(1, 1, dtype=torch.float64)
    nn.init.zeros_(line.weight), nn.init.zeros_(line.bias)
    train(line, x, y, learning_rate=0.05, steps=40)
    print(f"one process: θ ({line.bias.item():.6f}, {line.weight.item():.6f})")
    # --8<-- [end:never_died]

    # --8<-- [start:minimum]
    for parts in ([25, 25, 25, 25], [70, 10, 10, 10], [97, 1, 1, 1]):
        theta_0, theta_1 = fit_parts(x, y, parts).tolist()
        rows = effective_rows(parts)
        print(
            f"{parts!s:<16} θ ({theta_0:.6f}, {theta_1:.6f})   worth {rows:5.1f} rows"
        )
    # --8<-- [end:minimum]

    # --8<-- [start:guard]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "work.py").write_text(UNGUARDED)
        print("a file      ", complaint("work.py", folder=folder))
        print("a notebook  ", complaint("-c", UNGUARDED, folder=folder))
    # --8<-- [end:guard]

    try:
        # --8<-- [start:alone]
        main()
        # --8<-- [end:alone]
    except ValueError as error:
        print(f"ValueError: {error}")

    try:
        # --8<-- [start:missing]
        here = {"init_method": "tcp://127.0.0.1:0", "rank": 0, "world_size": 2}
        dist.init_process_group("gloo", **here, timeout=timedelta(seconds=0.5))
        # --8<-- [end:missing]
    except dist.DistStoreError as error:
        print(f"DistStoreError: {error}")

    # --8<-- [start:port]
    with socket.create_server(("127.0.0.1", 0)) as taken:  # 0: any port that is free
        port = taken.getsockname()[1]
        try:
            dist.TCPStore("127.0.0.1", port, is_master=True)
        except dist.DistNetworkError as error:
            print(str(error).replace(str(port), "PORT").partition(", useIpv6")[0])
            print(str(error).rpartition("message: ")[2])
    # --8<-- [end:port]

    # --8<-- [start:solution_effective]
    effective_batch = 8 * 25
    print(f"batch {effective_batch}   steps per epoch {1000 // effective_batch}")
    # --8<-- [end:solution_effective]

    # --8<-- [start:solution_weights]
    parts = [60, 30, 10]
    print(*(round(len(parts) * rows / sum(parts), 3) for rows in parts))
    # --8<-- [end:solution_weights]

    # --8<-- [start:solution_padding]
    counts = {}
    for drop_last in (False, True):
        options = {"num_replicas": 8, "shuffle": False, "drop_last": drop_last}
        samplers = [DistributedSampler(range(50), rank=r, **options) for r in range(8)]
        counts[drop_last] = sum(len(list(sampler)) for sampler in samplers)
    print(f"repeated {counts[False] - 50}   left out {50 - counts[True]}")
    # --8<-- [end:solution_padding]

    # --8<-- [start:solution_own_seed]
    own = [[column[rank::2] for column in make_data(seed=rank)] for rank in range(2)]
    x_both, y_both = (torch.cat(columns) for columns in zip(*own, strict=True))
    theta_0, theta_1 = least_squares(x_both, y_both).tolist()
    print(f"θ₀ = {theta_0:.3f}   θ₁ = {theta_1:.3f}")
    # --8<-- [end:solution_own_seed]

    # --8<-- [start:solution_sum_limit]
    sum_limit = limit * 4 / 100
    print(f"limit {sum_limit:.4f}")
    slices = slice(0, 70), slice(70, 80), slice(80, 90), slice(90, 100)
    for learning_rate in (0.99 * sum_limit, 1.01 * sum_limit):
        theta = torch.zeros(2, dtype=torch.float64)
        for _ in range(2000):
            sums = [gradient(theta, x[own], y[own]) * len(x[own]) for own in slices]
            theta = theta - learning_rate * sum(sums) / 4
        arrived = (theta - theta_hat).abs().max() < 1e-6
        print("reaches θ̂" if arrived else "diverges")
    # --8<-- [end:solution_sum_limit]
