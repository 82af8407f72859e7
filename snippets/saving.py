"""Saving and loading: files that give back the same bits, and what they leave out."""

# --8<-- [start:imports]
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from snippets.data import make_data
from snippets.model import Model
from snippets.training import theta_of, train
# --8<-- [end:imports]

# isort: split
# --8<-- [start:more_imports]
import copy
import io
import math
import os
import pickle
import zipfile
from argparse import Namespace

from torch.utils.data import DataLoader, TensorDataset
# --8<-- [end:more_imports]


# --8<-- [start:three_lines]
def through_a_file(model: nn.Module, path: str | Path) -> nn.Module:
    """Save the weights of a line; return a new one that has loaded them."""
    torch.save(model.state_dict(), path)

    again = Model(1, 1)  # from here on in another program, on another day
    again.load_state_dict(torch.load(path))
    return again


# --8<-- [end:three_lines]


# --8<-- [start:same_bits]
def same_bits(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two state_dicts have the same names, dtypes, shapes and bits."""
    if one.keys() != other.keys():
        return False
    pairs = [(one[name], other[name]) for name in one]
    return all(
        (a.dtype, a.shape) == (b.dtype, b.shape)
        and torch.equal(
            a.reshape(-1).view(torch.uint8), b.reshape(-1).view(torch.uint8)
        )
        for a, b in pairs
    )


# --8<-- [end:same_bits]


# --8<-- [start:training]
class Training:
    """A small network, and all that changes while it is trained."""

    def __init__(self, seed: int = 0, dropout: float = 0.1):
        torch.manual_seed(seed)
        self.model = nn.Sequential(
            nn.Linear(1, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 1)
        )
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.1)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 10, gamma=0.5)
        self.shuffle = torch.Generator().manual_seed(seed)
        self.x, self.y = make_data(seed=0)  # (100, 1) each
        self.epoch = 0

    def run(self, last: int) -> list[float]:
        """Train until epoch `last`; return the loss on all data after each epoch."""
        data = TensorDataset(self.x, self.y)
        loader = DataLoader(data, 20, shuffle=True, generator=self.shuffle)
        losses = []
        while self.epoch < last:
            self.model.train()
            for x, y in loader:
                loss = nn.functional.mse_loss(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            self.scheduler.step()
            self.epoch += 1
            losses.append(nn.functional.mse_loss(self.predict(), self.y).item())
        return losses

    @torch.no_grad()
    def predict(self) -> Tensor:
        """Predictions for all x, without dropout, shape (100, 1)."""
        return self.model.eval()(self.x)


# --8<-- [end:training]


# --8<-- [start:checkpoint]
def state_of(training: Training) -> dict:
    """What one epoch needs and changes: references, not copies."""
    return {
        "model": training.model.state_dict(),
        "optimizer": training.optimizer.state_dict(),
        "scheduler": training.scheduler.state_dict(),
        "epoch": training.epoch,
        "shuffle": training.shuffle.get_state(),  # the order of the data
        "random": torch.get_rng_state(),  # here, which units are dropped
    }


def restore(training: Training, checkpoint: dict) -> None:
    """Put everything back. Raises KeyError if a piece is missing."""
    training.model.load_state_dict(checkpoint["model"])
    training.optimizer.load_state_dict(checkpoint["optimizer"])
    training.scheduler.load_state_dict(checkpoint["scheduler"])
    training.epoch = checkpoint["epoch"]
    training.shuffle.set_state(checkpoint["shuffle"])
    torch.set_rng_state(checkpoint["random"])


# --8<-- [end:checkpoint]


# --8<-- [start:numbers_in]
def numbers_in(state: object) -> int:
    """How many numbers the tensors of a state_dict hold, however deep they lie."""
    if isinstance(state, Tensor):
        return state.numel()
    if isinstance(state, dict):
        state = list(state.values())
    return sum(map(numbers_in, state)) if isinstance(state, list) else 0


# --8<-- [end:numbers_in]


# --8<-- [start:resume]
def resume(checkpoint: dict, without: str | None = None, **options) -> Training:
    """A new program that goes on from a checkpoint, all of it but one piece.

    The piece that is left out keeps the value of the new program. Options are those of
    `Training`. Raises KeyError if there is no such piece.
    """
    training = Training(**options)
    if without is not None:
        checkpoint = checkpoint | {without: state_of(training)[without]}
    restore(training, copy.deepcopy(checkpoint))  # (1)!
    return training


# --8<-- [end:resume]


# --8<-- [start:save_checkpoint]
def save_checkpoint(state: dict, path: Path, open_file=open) -> None:
    """Save so that path holds the old file or the new one, whole, whatever happens.

    Raises what opening or writing raises; the old file is then still there.
    """
    beside = path.with_name(path.name + ".tmp")  # same folder, so the same disk
    try:
        with open_file(beside, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())  # (1)!
        os.replace(beside, path)  # (2)!
    finally:
        beside.unlink(missing_ok=True)


# --8<-- [end:save_checkpoint]


# --8<-- [start:own_checkpoint]
def save_progress(path: Path, model: nn.Module, optimizer, progress: dict) -> None:
    """Save all that the loop changes; call it at the end of each epoch."""
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    state |= {"progress": progress, "random": torch.get_rng_state()}
    save_checkpoint(state, path)


def load_progress(path: Path, model: nn.Module, optimizer) -> dict:
    """Put everything back and return the progress; call it before the loop."""
    state = torch.load(path, map_location="cpu")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    return state["progress"]


# --8<-- [end:own_checkpoint]


# --8<-- [start:own_loop]
def train_epoch(model: nn.Module, loader: DataLoader, optimizer) -> None:
    """Take one step for each batch."""
    model.train()
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_or_resume(model, training, validation, path: Path, last: int = 2000) -> None:
    """Stop after 30 epochs without a better one, or at epoch `last`; keep the best θ.

    Training and validation are pairs (x, y). Goes on from the file if there is one.
    """
    loader = DataLoader(TensorDataset(*training), batch_size=32, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    best_state = copy.deepcopy(model.state_dict())
    now = {"epoch": 0, "waited": 0, "best": math.inf, "best_state": best_state}
    if path.exists():
        now = load_progress(path, model, optimizer)
    while now["epoch"] < last and now["waited"] < 30:
        train_epoch(model, loader, optimizer)
        with torch.no_grad():
            loss = nn.functional.mse_loss(model.eval()(validation[0]), validation[1])
        now |= {"epoch": now["epoch"] + 1, "waited": now["waited"] + 1}
        if loss < now["best"]:
            best_state = copy.deepcopy(model.state_dict())
            now |= {"waited": 0, "best": loss.item(), "best_state": best_state}
        save_progress(path, model, optimizer, now)
    model.load_state_dict(now["best_state"])


# --8<-- [end:own_loop]


# --8<-- [start:full_disk]
class FullDisk(io.FileIO):
    """A file on a disk that has room for 1000 bytes."""

    def write(self, data) -> int:
        if self.tell() + len(data) > 1000:
            raise OSError("No space left on device")
        return super().write(data)


# --8<-- [end:full_disk]


# --8<-- [start:trap]
class Trap:
    """What unpickles it calls a function; here, a harmless one."""

    def __reduce__(self):
        return print, ("This line was printed by the file.",)


# --8<-- [end:trap]


# --8<-- [start:overhead]
def overhead(interval: float, cost: float, between_crashes: float) -> float:
    """Share of the time that saving takes and crashes undo; times in one unit.

    Source: equation saving#eq-overhead.
    """
    return cost / interval + interval / (2 * between_crashes)


def best_interval(cost: float, between_crashes: float) -> float:
    """The time between two checkpoints for which `overhead` is smallest.

    Raises ValueError unless both times are positive.
    Source: equation saving#eq-best-interval.
    """
    if cost <= 0 or between_crashes <= 0:
        raise ValueError(f"{cost} and {between_crashes} are not both positive")
    return (2 * cost * between_crashes) ** 0.5


# --8<-- [end:overhead]


# --8<-- [start:label_as_gpu]
def label_as_gpu(path: Path, target: Path) -> None:
    """Copy a file of torch.save; its tensors then claim to come from the GPU cuda:0."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as result:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("/data.pkl"):
                # a text is stored as its length, in four bytes, and its letters
                data = data.replace(b"\3\0\0\0cpu", b"\6\0\0\0cuda:0")
            result.writestr(name, data)


# --8<-- [end:label_as_gpu]


if __name__ == "__main__":
    # --8<-- [start:try_it]
    temporary = tempfile.TemporaryDirectory()  # removed at the end of the page
    folder = Path(temporary.name)
    x, y = make_data(seed=0)
    torch.manual_seed(0)
    model = Model(1, 1)

    train(model, x, y)
    again = through_a_file(model, folder / "model.pt")
    print(torch.equal(again(x), model(x)))
    # --8<-- [end:try_it]

    # --8<-- [start:inside]
    for name, tensor in torch.load(folder / "model.pt").items():
        print(f"{name:<14} {tuple(tensor.shape)!s:<7} {tensor.dtype}")
    # --8<-- [end:inside]

    # --8<-- [start:references]
    kept = again.state_dict()
    copied = copy.deepcopy(again.state_dict())
    train(again, x, y + 1)  # every y one higher, so θ₀ rises by 1
    for name, state in (("kept", kept), ("copied", copied)):
        print(f"{name:<6}  θ₀ = {state['linear.bias'].item():.3f}")
    # --8<-- [end:references]

    # --8<-- [start:never_stopped]
    never_stopped = Training()
    never_stopped.run(30)

    stopped = Training()
    stopped.run(15)
    torch.save(state_of(stopped), folder / "checkpoint.pt")
    del stopped  # the program ends here

    resumed = Training()  # and another one begins
    restore(resumed, torch.load(folder / "checkpoint.pt"))
    resumed.run(30)
    print(same_bits(resumed.model.state_dict(), never_stopped.model.state_dict()))
    # --8<-- [end:never_stopped]

    # --8<-- [start:size]
    checkpoint = torch.load(folder / "checkpoint.pt")
    for piece in ("model", "optimizer"):
        print(f"{piece:<9} {numbers_in(checkpoint[piece]):>3} numbers")
    # --8<-- [end:size]

    # --8<-- [start:left_out]
    print("left out    same bits   ŷ differs by")
    for piece in (None, *checkpoint):
        resumed = resume(checkpoint, without=piece)
        resumed.run(30)
        same = same_bits(resumed.model.state_dict(), never_stopped.model.state_dict())
        apart = (resumed.predict() - never_stopped.predict()).abs().max().item()
        print(f"{piece or 'nothing':<11} {'yes' if same else 'no':<11} {apart:.2f}")
    # --8<-- [end:left_out]

    # --8<-- [start:overwritten]
    path = folder / "overwritten.pt"
    torch.save(checkpoint, path)  # yesterday
    try:
        with FullDisk(path, "wb") as file:
            torch.save(checkpoint, file)  # today
    except RuntimeError:
        print("saving failed")
    try:
        torch.load(path)
    except RuntimeError:
        print("and the old checkpoint is gone")
    # --8<-- [end:overwritten]

    # --8<-- [start:atomic]
    path = folder / "safe.pt"
    save_checkpoint(checkpoint, path)  # yesterday
    try:
        save_checkpoint(checkpoint, path, open_file=FullDisk)  # today
    except RuntimeError:
        print("saving failed")
    print("the old checkpoint is of epoch", torch.load(path)["epoch"])
    print("left beside it:", list(folder.glob("*.tmp")))
    # --8<-- [end:atomic]

    # --8<-- [start:cut_short]
    rows = (x[:80], y[:80]), (x[80:], y[80:])  # training and validation
    whole_run = Training().model
    train_or_resume(whole_run, *rows, folder / "whole_run.pt")

    path = folder / "mine.pt"
    train_or_resume(Training().model, *rows, path, last=10)  # the power goes

    restarted = Training().model  # the same program, started again
    train_or_resume(restarted, *rows, path)
    print(same_bits(restarted.state_dict(), whole_run.state_dict()))
    # --8<-- [end:cut_short]

    # --8<-- [start:hostile]
    torch.save({"weight": torch.ones(1), "note": Trap()}, folder / "hostile.pt")
    loaded = torch.load(folder / "hostile.pt", weights_only=False)
    # --8<-- [end:hostile]

    # --8<-- [start:refused]
    def reason(error: Exception) -> str:
        """What torch.load has refused, without its advice."""
        return str(error).partition("Unsupported ")[2].partition(". Please")[0]

    try:
        torch.load(folder / "hostile.pt")
    except pickle.UnpicklingError as error:
        print(reason(error))
    # --8<-- [end:refused]

    # --8<-- [start:safe_globals]
    path = folder / "options.pt"
    torch.save({"epoch": 15, "options": Namespace(learning_rate=0.1)}, path)
    print(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    with torch.serialization.safe_globals([Namespace]):
        print(torch.load(path)["options"])
    # --8<-- [end:safe_globals]

    # --8<-- [start:whole_module]
    class Line(Model):
        """The class as it is called on the day of saving."""

    torch.save(Line(1, 1), folder / "whole.pt")
    del Line  # renamed since
    try:
        torch.load(folder / "whole.pt", weights_only=False)
    except AttributeError as error:
        print(str(error).partition(" on ")[0])
    # --8<-- [end:whole_module]

    try:
        # --8<-- [start:keys]
        other = nn.Sequential(nn.Linear(1, 1))  # the same line, with other names
        other.load_state_dict(model.state_dict())
        # --8<-- [end:keys]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:not_strict]
    before = copy.deepcopy(other.state_dict())
    found = other.load_state_dict(model.state_dict(), strict=False)
    print("missing   ", found.missing_keys)
    print("unexpected", found.unexpected_keys)
    print("nothing was loaded:", same_bits(before, other.state_dict()))
    # --8<-- [end:not_strict]

    # --8<-- [start:renamed]
    state = {
        "0." + name.removeprefix("linear."): tensor
        for name, tensor in model.state_dict().items()
    }
    print(other.load_state_dict(state))
    print(torch.equal(other(x), model(x)))
    # --8<-- [end:renamed]

    # --8<-- [start:device]
    found = torch.accelerator.current_accelerator(check_available=True)
    device = found or torch.device("cpu")

    model.to(device)
    prediction = model(x.to(device))
    print(type(prediction.detach().cpu().numpy()).__name__)
    # --8<-- [end:device]

    # --8<-- [start:in_place]
    traveler = Model(1, 1)
    print("module:", traveler.to("meta") is traveler, traveler.linear.weight.device)
    print("tensor:", x.to("meta") is x, x.device)
    # --8<-- [end:in_place]

    try:
        # --8<-- [start:mismatch]
        traveler(x)
        # --8<-- [end:mismatch]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:dtypes]
    theta = theta_of(model.cpu())
    print(f"{'in memory':<15} θ₀ = {theta[0]:.4f}   θ₁ = {theta[1]:.4f}")
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        buffer = io.BytesIO()  # a file in memory
        torch.save(theta.to(dtype), buffer)
        buffer.seek(0)
        read = torch.load(buffer).to(torch.float64)
        print(f"{dtype!s:<15} θ₀ = {read[0]:.4f}   θ₁ = {read[1]:.4f}")
    # --8<-- [end:dtypes]

    # --8<-- [start:reproducible]
    runs = []
    for extra in (0, 0, 1):
        training = Training(seed=0)
        torch.rand(extra)  # whoever draws random numbers in between
        training.run(5)
        runs.append(training.model.state_dict())
    print("same seed, run again: ", same_bits(runs[0], runs[1]))
    print("one number drawn more:", same_bits(runs[0], runs[2]))
    # --8<-- [end:reproducible]

    # --8<-- [start:autocast]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        prediction = model(x)
        loss = nn.functional.mse_loss(prediction, y)
    print("prediction", prediction.dtype)
    print("loss      ", loss.dtype)
    print("weight    ", model.linear.weight.dtype)
    # --8<-- [end:autocast]

    # --8<-- [start:interval]
    cost, between_crashes = 30, 24 * 60 * 60  # seconds
    best = best_interval(cost, between_crashes)
    for interval in (best / 4, best, 4 * best):
        share = overhead(interval, cost, between_crashes)
        print(f"every {interval / 60:>5.1f} min: {share:.1%} of the time is lost")
    # --8<-- [end:interval]

    # --8<-- [start:export]
    network = never_stopped.model.eval()
    any_length = ({0: torch.export.Dim("n")},)
    exported = torch.export.export(network, (x,), dynamic_shapes=any_length)
    torch.export.save(exported, folder / "network.pt2")

    without_class = torch.export.load(folder / "network.pt2").module()
    print(torch.equal(without_class(x[:7]), network(x[:7])))
    # --8<-- [end:export]

    # --8<-- [start:cut_off]
    whole = (folder / "model.pt").read_bytes()
    (folder / "cut.pt").write_bytes(whole[:-100])
    try:
        torch.load(folder / "cut.pt")
    except RuntimeError as error:
        print(str(error).partition(". ")[0])
    # --8<-- [end:cut_off]

    try:
        # --8<-- [start:other_model]
        Model(2, 1).load_state_dict(torch.load(folder / "model.pt"))
        # --8<-- [end:other_model]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:not_a_dict]
        Model(1, 1).load_state_dict(model)
        # --8<-- [end:not_a_dict]
    except TypeError as error:
        print(f"TypeError: {error}")

    try:
        # --8<-- [start:from_gpu]
        label_as_gpu(folder / "model.pt", folder / "gpu.pt")
        torch.load(folder / "gpu.pt")
        # --8<-- [end:from_gpu]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:cleanup]
    temporary.cleanup()
    print(folder.exists())
    # --8<-- [end:cleanup]

    # --8<-- [start:solution_adam]
    large = nn.Linear(1000, 1000)
    numbers = 3 * numbers_in(large.state_dict()) + len(large.state_dict())
    print(f"{4 * numbers / 1e6:.2f} MB")
    # --8<-- [end:solution_adam]

    # --8<-- [start:solution_rows]
    whole_run, first_part = Training(dropout=0.0), Training(dropout=0.0)
    whole_run.run(30)
    first_part.run(15)
    saved = copy.deepcopy(state_of(first_part))
    same_rows = []
    for piece in (None, *saved):
        resumed = resume(saved, without=piece, dropout=0.0)
        resumed.run(30)
        if torch.equal(resumed.predict(), whole_run.predict()):
            same_rows.append(piece or "nothing")
    print(len(same_rows), same_rows)
    # --8<-- [end:solution_rows]

    # --8<-- [start:solution_rate]
    optimizer = torch.optim.Adam(Training().model.parameters(), lr=0.001)
    optimizer.load_state_dict(checkpoint["optimizer"])
    print(optimizer.param_groups[0]["lr"])
    # --8<-- [end:solution_rate]

    # --8<-- [start:solution_between]
    between = torch.arange(4, 8, 2**-10, dtype=torch.float64).to(torch.bfloat16)
    print(len(between[between < 8].unique()))
    # --8<-- [end:solution_between]

    # --8<-- [start:solution_interval]
    print(f"{best_interval(cost=2, between_crashes=8 * 60):.1f} minutes")
    # --8<-- [end:solution_interval]
