import copy
import io
import os
import pickle
import random
import subprocess
import sys
import warnings
from argparse import Namespace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from snippets import saving
from snippets.data import make_data
from snippets.figures.saving import figure_pieces, figure_resumed, next_number, trace
from snippets.model import Model
from snippets.saving import (
    FullDisk,
    Training,
    Trap,
    best_interval,
    label_as_gpu,
    numbers_in,
    overhead,
    restore,
    resume,
    same_bits,
    save_checkpoint,
    state_of,
    train_or_resume,
)
from snippets.training import theta_of, train
from tests.drawn import labels
from tests.printed import numbers

ROOT = Path(__file__).parents[1]
PIECES = ("model", "optimizer", "scheduler", "epoch", "shuffle", "random")
DTYPES = {torch.float64: 53, torch.float32: 24, torch.float16: 11, torch.bfloat16: 8}


def loaded(what, **options):
    """What comes back from a file."""
    file = io.BytesIO()
    torch.save(what, file)
    file.seek(0)
    return torch.load(file, **options)


@pytest.fixture(scope="module")
def halfway():
    """A checkpoint after 15 epochs, and the weights after 30 without a stop."""
    training = Training()
    training.run(15)
    checkpoint = copy.deepcopy(state_of(training))
    training.run(30)
    return checkpoint, training.model.state_dict()


# Files and bits


@pytest.mark.equation(
    "round-trip", r"\operatorname{load}(\operatorname{save}(\theta)) = \theta"
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_saved_comes_back_bit_for_bit(dtype, seed, equation, tmp_path):
    generator = torch.Generator().manual_seed(seed)
    theta = torch.randn(50, generator=generator, dtype=torch.float64).to(dtype)
    theta[:4] = torch.tensor([0.0, -0.0, torch.inf, torch.finfo(dtype).tiny])
    back = loaded({"theta": theta})
    assert same_bits(back, {"theta": theta})

    def save(values):
        torch.save(values, tmp_path / "theta.pt")
        return tmp_path / "theta.pt"

    equation(save=save, load=torch.load, theta=theta[4:])


def test_same_bits_sees_what_equality_does_not():
    zero, nan = torch.zeros(2), torch.full((2,), torch.nan)
    assert same_bits({"a": nan}, {"a": nan.clone()})
    assert same_bits({"a": torch.tensor(1.0)}, {"a": torch.tensor(1.0)})
    for other in (-zero, zero.double(), zero.int(), zero[:1], zero[None], zero + 1e-45):
        assert not same_bits({"a": zero}, {"a": other})
    assert not same_bits({"a": zero}, {"b": zero})
    assert not same_bits({"a": zero}, {"a": zero, "b": zero})
    assert not same_bits({"a": zero, "b": zero}, {"a": zero, "b": zero + 1})


def test_a_file_holds_names_and_numbers_and_neither_class_nor_code():
    model = Model(1, 1)
    back = loaded(model.state_dict())
    assert {name: type(value) for name, value in back.items()} == {
        "linear.weight": torch.Tensor,
        "linear.bias": torch.Tensor,
    }
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    assert b"Model" not in file.getvalue()


def test_the_state_moves_with_the_model_and_copies_stay():
    x, y = make_data(seed=0)
    model = Model(1, 1)
    kept, start = model.state_dict(), theta_of(model)
    copied, filed = copy.deepcopy(kept), loaded(kept)
    train(model, x, y)
    assert same_bits(kept, model.state_dict())
    for state in (copied, filed):
        assert torch.equal(state["linear.bias"], start[:1])
        assert torch.equal(state["linear.weight"][0], start[1:])


# Checkpoints


@pytest.mark.equation("next-state", r"q_{t+1} = f(q_t)")
@pytest.mark.parametrize("stop", [1, 9, 10, 11])
def test_an_epoch_depends_on_the_checkpoint_alone(seed, stop, equation):
    """Also where the scheduler acts; the program is another one, and has drawn."""
    never_stopped = Training()
    never_stopped.run(stop)
    before = loaded(state_of(never_stopped))
    never_stopped.run(stop + 1)
    after = loaded(state_of(never_stopped))

    def flat(state):
        parts = [*state["model"].values(), state["shuffle"], state["random"]]
        moments = state["optimizer"]["state"].values()
        parts += [each[key] for each in moments for key in sorted(each)]
        parts += [torch.tensor(state["epoch"])]
        parts += [torch.tensor(state["optimizer"]["param_groups"][0]["lr"])]
        return torch.cat([part.reshape(-1).double() for part in parts]).numpy()

    def epoch(_):
        torch.rand(7)
        resumed = Training(seed + 5)
        restore(resumed, copy.deepcopy(before))
        resumed.run(stop + 1)
        assert same_bits(resumed.model.state_dict(), never_stopped.model.state_dict())
        return flat(state_of(resumed))

    states = {stop: flat(before), stop + 1: flat(after)}
    equation(q=states, t=stop, f=epoch)


def test_resumed_from_a_file_is_never_stopped_bit_for_bit(halfway):
    checkpoint, end = halfway
    resumed = Training(seed=3)
    restore(resumed, loaded(checkpoint))
    assert resumed.epoch == 15
    assert len(resumed.run(30)) == 15
    assert same_bits(resumed.model.state_dict(), end)


@pytest.mark.parametrize("stop", [1, 10, -1])
def test_a_loop_that_stops_early_goes_on_from_its_file(stop, tmp_path):
    """Also from a stop after the best epoch, while it waits."""
    x, y = make_data(seed=0)
    rows = (x[:80], y[:80]), (x[80:], y[80:])
    whole, first = tmp_path / "whole", tmp_path / "parts"
    model = Training().model
    train_or_resume(model, *rows, whole)
    end = torch.load(whole)["progress"]
    assert end["waited"] == 30 and 40 < end["epoch"] < 2000

    last = stop % end["epoch"]
    train_or_resume(Training().model, *rows, first, last=last)
    assert torch.load(first)["progress"]["epoch"] == last
    second = Training(seed=3).model  # other weights, other random numbers
    train_or_resume(second, *rows, first)
    assert same_bits(second.state_dict(), model.state_dict())
    assert torch.load(first)["progress"]["epoch"] == end["epoch"]

    third = Training(seed=4).model  # nothing is left to do
    written = first.stat().st_mtime_ns
    train_or_resume(third, *rows, first)
    assert same_bits(third.state_dict(), model.state_dict())
    assert first.stat().st_mtime_ns == written


def test_an_own_loop_trains_as_many_epochs_as_it_is_told(tmp_path, monkeypatch):
    epochs, train_epoch = [], saving.train_epoch

    def counted(*given):
        epochs.append(1)
        train_epoch(*given)

    monkeypatch.setattr(saving, "train_epoch", counted)
    rows = make_data(seed=0)
    train_or_resume(Training().model, rows, rows, tmp_path / "file", last=3)
    assert len(epochs) == 3


def test_an_own_loop_shuffles_and_waits_thirty_epochs(tmp_path, monkeypatch):
    loaders = []

    def learn_nothing(model, loader, optimizer):
        loaders.append(loader)

    monkeypatch.setattr(saving, "train_epoch", learn_nothing)
    rows = make_data(seed=0)
    train_or_resume(Training().model, rows, rows, tmp_path / "file")
    assert len(loaders) == 1 + 30  # the first is the best
    assert isinstance(loaders[0].sampler, torch.utils.data.RandomSampler)


@pytest.mark.parametrize("piece", ["model", "optimizer", "random", "progress"])
def test_an_own_loop_needs_each_piece(piece, tmp_path):
    x, y = make_data(seed=0)
    rows = (x[:80], y[:80]), (x[80:], y[80:])
    whole, resumed = Training().model, Training().model
    train_or_resume(whole, *rows, tmp_path / "whole")
    end = torch.load(tmp_path / "whole")["progress"]["epoch"]

    # without its progress, a loop forgets the best weights that lie behind it
    path, other = tmp_path / "parts", tmp_path / "other"
    last = end - 1 if piece == "progress" else 10
    train_or_resume(Training().model, *rows, path, last=last)
    train_or_resume(Training(seed=3).model, *rows, other, last=1)
    torch.save(torch.load(path) | {piece: torch.load(other)[piece]}, path)
    train_or_resume(resumed, *rows, path)
    assert not same_bits(resumed.state_dict(), whole.state_dict())


def test_without_the_optimizer_the_loss_rises_at_once_and_peaks_by_chance(halfway):
    checkpoint, _ = halfway
    peaks = set()
    for number in range(6):
        state = dict(checkpoint)
        if number:  # the first is that of the page
            state["random"] = torch.Generator().manual_seed(number).get_state()
        losses = resume(state, without="optimizer").run(25)
        if not number:
            assert losses[0] > resume(state).run(16)[0] + 0.1
            assert losses.index(max(losses)) == 18 - 16
        peaks.add(losses.index(max(losses)))
    assert len(peaks) > 1


@pytest.mark.parametrize("piece", PIECES)
def test_without_a_piece_the_end_is_another(piece, halfway):
    checkpoint, end = halfway
    assert set(checkpoint) == set(PIECES)
    before = loaded(checkpoint)
    resumed = resume(checkpoint, without=piece)
    resumed.run(30)
    assert not same_bits(resumed.model.state_dict(), end)
    # and the checkpoint is as it was, so that it can be used again
    again = resume(checkpoint)
    again.run(30)
    assert same_bits(again.model.state_dict(), end)
    assert same_bits(checkpoint["model"], before["model"])
    with pytest.raises(KeyError):
        resume(checkpoint, without="nothing")


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_that_is_left_out_is_that_of_a_fresh_program(piece, halfway):
    checkpoint, _ = halfway
    fresh = loaded(state_of(Training()))
    resumed = loaded(state_of(resume(checkpoint, without=piece)))
    for name in PIECES:
        expected = fresh if name == piece else checkpoint
        one, other = io.BytesIO(), io.BytesIO()
        torch.save(loaded(expected[name]), one)
        torch.save(loaded(resumed[name]), other)
        assert one.getvalue() == other.getvalue(), name


def test_the_state_of_the_optimizer_is_taken_over_without_a_copy(halfway):
    checkpoint = copy.deepcopy(halfway[0])
    first, second = Training(), Training()
    restore(first, checkpoint)
    first.run(16)
    restore(second, checkpoint)
    assert checkpoint["epoch"] == 15
    (step,) = {float(each["step"]) for each in second.optimizer.state.values()}
    assert step == 16 * 5  # and not 15 · 5, as the checkpoint had it


def test_without_the_optimizer_the_old_learning_rate_is_back(halfway):
    checkpoint, _ = halfway
    rates = {
        without: resume(checkpoint, without=without).optimizer.param_groups[0]["lr"]
        for without in (None, "optimizer")
    }
    assert rates == {None: 0.05, "optimizer": 0.1}


def test_each_piece_that_is_missing_shows_in_its_way(halfway):
    checkpoint, _ = halfway
    start = Training().run(1)[0]
    assert resume(checkpoint).run(16)[0] < start / 10
    assert resume(checkpoint, without="model").run(16)[0] > start / 2
    assert len(resume(checkpoint, without="epoch").run(30)) == 30
    rates = []
    for without in (None, "scheduler"):
        resumed = resume(checkpoint, without=without)
        resumed.run(20)
        rates.append(resumed.optimizer.param_groups[0]["lr"])
    assert rates == [0.025, 0.05]


def test_without_the_generator_the_first_orders_come_again(halfway):
    resumed, fresh = resume(halfway[0], without="shuffle"), Training()
    orders = [torch.randperm(100, generator=t.shuffle) for t in (resumed, fresh)]
    assert torch.equal(*orders)


@pytest.mark.equation("checkpoint-size", "N = 3P + m")
@pytest.mark.parametrize("sizes", [(1, 2), (3, 2, 5), (2, 7, 4, 1)])
def test_adam_triples_the_numbers_of_a_checkpoint(equation, sizes):
    model = nn.Sequential(*(nn.Linear(*pair) for pair in pairwise(sizes)))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, sizes[0])).sum().backward()
    optimizer.step()
    saved = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    parameters = sum(each.numel() for each in model.parameters())
    tensors = len(list(model.parameters()))
    equation(N=numbers_in(loaded(saved)), P=parameters, m=tensors)


@pytest.mark.parametrize(("momentum", "kept"), [(0.0, 0), (0.9, 1)])
def test_sgd_keeps_nothing_or_one_number_for_each_parameter(momentum, kept):
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    assert numbers_in(optimizer.state_dict()) == 8 * kept


def test_with_plain_sgd_the_weights_are_enough():
    x, y = make_data(seed=0)
    whole, resumed = Model(1, 1), Model(1, 1)
    train(whole, x, y, steps=7)
    resumed.load_state_dict(loaded(whole.state_dict()))
    train(whole, x, y, steps=5)
    train(resumed, x, y, steps=5)
    assert same_bits(whole.state_dict(), resumed.state_dict())


@pytest.mark.parametrize(
    ("piece", "seen"),
    [("model", True), ("optimizer", True), ("scheduler", False), ("random", True)],
)
def test_one_epoch_more_does_not_show_all_that_is_missing(piece, seen, halfway):
    """The scheduler's state matters only when the learning rate drops next."""
    checkpoint, _ = halfway
    for epoch, different in ((16, seen), (21, True)):
        states = []
        for without in (None, piece):
            resumed = resume(checkpoint, without=without)
            resumed.run(epoch)
            states.append(resumed.model.state_dict())
        assert same_bits(*states) is not different


def test_within_an_epoch_the_order_is_drawn_again_from_its_beginning():
    data = TensorDataset(torch.arange(20))
    shuffle = torch.Generator().manual_seed(1)
    at_the_beginning, batches, states = shuffle.get_state(), [], []
    for (batch,) in DataLoader(data, 4, shuffle=True, generator=shuffle):
        batches.append(batch.tolist())
        states.append(shuffle.get_state())

    def remaining(state, done):
        again = torch.Generator()
        again.set_state(state)
        loader = DataLoader(data, 4, shuffle=True, generator=again)
        return [batch.tolist() for (batch,) in loader][done:]

    assert remaining(at_the_beginning, 2) == batches[2:]
    assert remaining(states[1], 2) != batches[2:]  # the state when saving does not do


def test_a_loader_without_a_generator_draws_from_the_global_one():
    data = TensorDataset(torch.arange(20))
    for generator, draws in ((None, True), (torch.Generator(), False)):
        before = torch.get_rng_state()
        list(DataLoader(data, 4, shuffle=True, generator=generator))
        assert torch.equal(before, torch.get_rng_state()) is not draws


def test_states_of_other_generators_that_a_checkpoint_can_hold():
    numpy_random = np.random.default_rng(3)
    saved = loaded({"py": random.getstate(), "np": numpy_random.bit_generator.state})
    expected = random.random(), numpy_random.random()
    random.setstate(saved["py"])
    numpy_random.bit_generator.state = saved["np"]
    assert (random.random(), numpy_random.random()) == expected
    with pytest.raises(pickle.UnpicklingError):
        loaded(np.random.get_state())


def test_the_state_of_a_generator_must_stay_on_the_cpu(halfway):
    moved = loaded(halfway[0], map_location="meta")
    with pytest.raises(TypeError, match="RNG state must be"):
        torch.set_rng_state(moved["random"])


def test_a_scheduler_from_the_initial_rate_writes_over_what_was_set():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    constant = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    optimizer.param_groups[0]["lr"] = 0.001
    optimizer.step()
    constant.step()
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_new_model_is_in_training_mode_whatever_was_saved():
    model = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)).eval()
    new = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))
    new.load_state_dict(loaded(model.state_dict()))
    assert new.training


def test_a_loop_from_a_saved_epoch_has_the_same_total():
    training = Training()
    assert [len(training.run(last)) for last in (3, 3, 5)] == [3, 0, 2]
    assert training.epoch == 5


# Full disks and crashes


def test_a_new_checkpoint_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "checkpoint.pt"
    for epoch in (1, 2):
        save_checkpoint({"epoch": epoch}, path)
        assert torch.load(path) == {"epoch": epoch}
        assert list(tmp_path.iterdir()) == [path]


class Crash:
    def __reduce__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("way", ["full disk", "crash", "cannot open", "cannot rename"])
def test_whatever_fails_the_old_checkpoint_is_whole(way, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint({"epoch": 1, "weight": torch.ones(500)}, path)
    old = path.read_bytes()
    new, open_file = {"epoch": 2, "weight": torch.ones(500)}, open
    if way == "full disk":
        open_file = FullDisk
    if way == "crash":
        new["crash"] = Crash()
    if way == "cannot open":
        open_file = None
    if way == "cannot rename":
        monkeypatch.setattr(os, "replace", lambda *_: 1 / 0)
    errors = (RuntimeError, KeyboardInterrupt, TypeError, ZeroDivisionError)
    with pytest.raises(errors):
        save_checkpoint(new, path, open_file)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_the_bytes_are_on_the_disk_before_the_name_is_given(tmp_path, monkeypatch):
    done, sync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (done.append("sync"), sync(file)))
    monkeypatch.setattr(
        os, "replace", lambda *paths: (done.append("replace"), replace(*paths))
    )
    save_checkpoint({"epoch": 1}, tmp_path / "checkpoint.pt")
    assert done == ["sync", "replace"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_real_limit_leaves_the_old_checkpoint_too(tmp_path):
    """The operating system refuses to write more than 4096 bytes to a file."""
    path = tmp_path / "checkpoint.pt"
    save_checkpoint({"epoch": 1}, path)
    program = f"""
import resource, torch
from pathlib import Path
from snippets.saving import save_checkpoint
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for save in (save_checkpoint, torch.save):
    try:
        save({{"epoch": 2, "weight": torch.ones(9999)}}, Path({str(path)!r}))
    except (RuntimeError, OSError):
        print("failed")
    try:
        print(torch.load({str(path)!r})["epoch"])
    except RuntimeError:
        print("lost")
"""
    command = (sys.executable, "-c", program)
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout.split() == ["failed", "1", "failed", "lost"], ran.stderr


def test_a_full_disk_has_room_for_1000_bytes(tmp_path):
    with FullDisk(tmp_path / "file", "wb") as full:
        full.write(bytes(1000))
        with pytest.raises(OSError, match="No space left"):
            full.write(bytes(1))


def test_a_full_disk_is_called_unexpected_pos(tmp_path):
    full, message = FullDisk(tmp_path / "file", "wb"), r"unexpected pos \d+ vs \d+"
    with full, pytest.raises(RuntimeError, match=message):
        torch.save(torch.ones(500), full)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_not_loaded(share, tmp_path):
    path = tmp_path / "model.pt"
    torch.save(Model(1, 1).state_dict(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises((RuntimeError, EOFError, pickle.UnpicklingError)):
        torch.load(path)


# What may be loaded


class Loud:
    """Says when it is loaded."""

    called = False

    def __setstate__(self, state):
        Loud.called = True


def test_a_pickle_calls_what_it_names_and_weights_only_refuses(capsys):
    with pytest.raises(pickle.UnpicklingError, match="GLOBAL print was not an allowed"):
        loaded({"weight": torch.ones(1), "note": Trap()})
    assert capsys.readouterr().out == ""
    loaded(Trap(), weights_only=False)
    assert capsys.readouterr().out == "This line was printed by the file.\n"


@pytest.mark.parametrize(
    "harmless",
    [
        Model(1, 1),
        np.float64(3.0),
        Path("data"),
        Namespace(rate=0.1),
        np.datetime64("2026-11-28"),
    ],
)
def test_harmless_things_are_refused_too(harmless):
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        loaded({"it": harmless})


def test_plain_things_are_loaded():
    plain = {"loss": np.float64(3.0).item(), "path": str(Path("data"))}
    plain |= {"options": vars(Namespace(rate=0.1)), "list": [1, (None, True)]}
    assert loaded(plain) == plain


def test_a_class_that_is_allowed_is_loaded_and_no_other():
    with torch.serialization.safe_globals([Namespace]):
        assert loaded(Namespace(rate=0.1)) == Namespace(rate=0.1)
        with pytest.raises(pickle.UnpicklingError):
            loaded(Trap())
    with pytest.raises(pickle.UnpicklingError):
        loaded(Namespace(rate=0.1))


def test_what_a_file_asks_for_is_told_without_running_it(tmp_path):
    torch.save(Loud(), tmp_path / "loud.pt")
    asked = torch.serialization.get_unsafe_globals_in_checkpoint(tmp_path / "loud.pt")
    assert asked == [f"{__name__}.Loud"]
    assert not Loud.called
    torch.load(tmp_path / "loud.pt", weights_only=False)


def test_a_whole_module_misses_what_the_class_has_got_since(monkeypatch):
    file = io.BytesIO()
    torch.save(Model(1, 1), file)

    def forward(self, x):
        return self.scale * self.linear(x)

    monkeypatch.setattr(Model, "forward", forward)
    file.seek(0)
    model = torch.load(file, weights_only=False)
    with pytest.raises(AttributeError, match="scale"):
        model(torch.ones(1, 1))


# Names


def test_not_strict_loads_what_matches_and_says_what_does_not():
    source, target = Model(1, 1), Model(1, 1)
    state = source.state_dict()
    state["extra"] = state.pop("linear.bias")
    bias = target.linear.bias.clone()
    found = target.load_state_dict(state, strict=False)
    assert (found.missing_keys, found.unexpected_keys) == (["linear.bias"], ["extra"])
    assert torch.equal(target.linear.weight, source.linear.weight)
    assert torch.equal(target.linear.bias, bias)


def test_other_shapes_are_an_error_even_if_not_strict():
    for strict in (True, False):
        with pytest.raises(RuntimeError, match="size mismatch"):
            Model(2, 1).load_state_dict(Model(1, 1).state_dict(), strict=strict)


def test_wrapped_models_have_a_prefix():
    model = Model(1, 1)
    names = list(model.state_dict())
    parallel = nn.DataParallel(model)
    assert [name.removeprefix("module.") for name in parallel.state_dict()] == names
    assert list(parallel.state_dict()) == [f"module.{name}" for name in names]
    compiled = torch.compile(
        model, backend="eager"
    )  # translates nothing before it is called
    assert list(compiled.state_dict()) == [f"_orig_mod.{name}" for name in names]


@pytest.mark.parametrize("wrong", [Model(1, 1), "model.pt"])
def test_only_a_dictionary_is_loaded(wrong):
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
        Model(1, 1).load_state_dict(wrong)


# Devices and dtypes


def test_a_module_moves_in_place_and_a_tensor_does_not():
    model, x = Model(1, 1), torch.ones(3, 1)
    assert model.to("meta") is model
    assert {each.device.type for each in model.parameters()} == {"meta"}
    assert x.to("meta") is not x
    assert x.device.type == "cpu"
    assert x.to("cpu") is x  # where it is already
    with pytest.raises(RuntimeError, match="is not on the expected device"):
        model(x)


@pytest.mark.skipif(torch.backends.cuda.is_built(), reason="built for GPUs")
def test_what_is_said_where_pytorch_knows_no_gpu():
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        torch.ones(1).to("cuda")


def test_a_file_from_a_gpu_loads_where_map_location_says(tmp_path):
    model = Model(1, 1)
    torch.save(model.state_dict(), tmp_path / "cpu.pt")
    label_as_gpu(tmp_path / "cpu.pt", tmp_path / "gpu.pt")
    assert b"cuda:0" in (tmp_path / "gpu.pt").read_bytes()
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="deserialize object on a CUDA device"):
            torch.load(tmp_path / "gpu.pt")
    state = torch.load(tmp_path / "gpu.pt", map_location="cpu")
    assert same_bits(state, model.state_dict())
    state = torch.load(tmp_path / "gpu.pt", map_location="meta")
    assert {each.device.type for each in state.values()} == {"meta"}


def test_a_prediction_becomes_an_array_without_its_graph():
    prediction = Model(1, 1)(torch.ones(2, 1))
    message = r"Can't call numpy\(\) on Tensor that requires grad"
    with pytest.raises(RuntimeError, match=message):
        prediction.cpu().numpy()
    array = prediction.detach().cpu().numpy()
    assert type(array) is np.ndarray
    assert array.tolist() == prediction.tolist()


def test_the_moments_follow_their_parameters():
    """Loading puts the optimizer's state where the model is, in the model's dtype."""
    source, target = Model(1, 1), Model(1, 1).double()
    optimizers = [torch.optim.Adam(each.parameters()) for each in (source, target)]
    source(torch.ones(1, 1)).sum().backward()
    optimizers[0].step()
    optimizers[1].load_state_dict(optimizers[0].state_dict())
    moments = [each["exp_avg"] for each in optimizers[1].state.values()]
    assert {each.dtype for each in moments} == {torch.float64}


@pytest.mark.equation(
    "stored-rounding",
    r"\lvert \operatorname{fl}(\theta_j) - \theta_j \rvert \le u \, "
    r"\lvert \theta_j \rvert, \qquad u = 2^{-p}",
)
@pytest.mark.parametrize(("dtype", "digits"), list(DTYPES.items())[1:])
def test_a_dtype_keeps_so_many_digits(dtype, digits, seed, equation):
    assert torch.finfo(dtype).eps == 2.0 ** (1 - digits)
    generator = torch.Generator().manual_seed(seed)
    theta = torch.randn(200, generator=generator, dtype=torch.float64)
    # the worst case: nearly halfway between two numbers, just above a power of 2
    theta[0] = 1 + 2.0**-digits * (1 - 2.0**-20)
    stored = loaded({"theta": theta.to(dtype)})["theta"].double()
    largest = ((stored - theta).abs() / theta.abs()).max()
    assert largest > 0.99 * 2.0**-digits
    for j in range(len(theta)):
        equation(
            theta=theta.tolist(),
            fl=lambda value: torch.tensor(value, dtype=dtype).double().item(),
            j=j + 1,
            u=2.0**-digits,
            p=digits,
        )
    equation.also_true(r"\le p", r"\le 1 +")  # weaker bounds hold, too


def test_loading_keeps_the_model_s_dtype():
    source = Model(1, 1).double()
    target = Model(1, 1)
    target.load_state_dict(source.state_dict())
    assert target.linear.weight.dtype == torch.float32
    assert torch.equal(target.linear.weight, source.linear.weight.float())
    wider = Model(1, 1).double()
    wider.load_state_dict(target.state_dict())
    assert same_bits(wider.float().state_dict(), target.state_dict())


def test_autocast_computes_in_16_bits_and_keeps_the_weights():
    x, y = make_data(seed=0)
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(100):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            prediction = model(x)
            loss = nn.functional.mse_loss(prediction, y)
        assert (prediction.dtype, loss.dtype) == (torch.bfloat16, torch.float32)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert {each.dtype for each in model.parameters()} == {torch.float32}
    exact = Model(1, 1)
    train(exact, x, y)
    # the layer rounds θ and the output: by 2⁻⁸ of at most |θ₀| + |θ₁| |x| or so each
    assert (theta_of(model) - theta_of(exact)).abs().max() < 3 * 2**-8 * 12


# The same numbers again


def test_the_same_seed_gives_the_same_bits_and_one_number_more_does_not():
    runs = []
    for extra, order in ((0, 0), (0, 0), (1, 0), (0, 1)):
        training = Training(seed=4)
        torch.rand(extra)
        torch.rand(order, generator=training.shuffle)
        training.run(3)
        runs.append(training.model.state_dict())
    same = [same_bits(runs[0], other) for other in runs[1:]]
    assert same == [True, False, False]


def test_random_numbers_do_not_depend_on_the_number_of_threads(seed):
    threads, drawn = torch.get_num_threads(), []
    for count in (1, 2, 4):
        torch.set_num_threads(count)
        torch.manual_seed(seed)
        drawn.append(torch.rand(100_000))
    torch.set_num_threads(threads)
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], drawn[2])


def test_where_no_order_is_fixed_the_error_names_the_operation():
    def put():
        torch.zeros(3).put_(torch.tensor([0]), torch.tensor([1.0]))

    put()
    torch.use_deterministic_algorithms(True)
    try:
        with pytest.raises(RuntimeError, match="put_ does not have a deterministic"):
            put()
        Training().run(1)  # has no such operation
    finally:
        torch.use_deterministic_algorithms(False)


def test_export_needs_no_class_and_keeps_the_outputs(tmp_path):
    network, x = Training().model.eval(), make_data(seed=0)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fixed = torch.export.export(network, (x,)).module()
        any_length = ({0: torch.export.Dim("n")},)
        exported = torch.export.export(network, (x,), dynamic_shapes=any_length)
        torch.export.save(exported, tmp_path / "network.pt2")
        free = torch.export.load(tmp_path / "network.pt2").module()
    for rows in (x, x[:7], x[:2]):
        assert torch.equal(free(rows), network(rows))
    assert torch.equal(fixed(x), network(x))
    with pytest.raises((AssertionError, RuntimeError)):
        fixed(x[:7])


# How often


@pytest.mark.equation("overhead", r"w(T) = \frac{c}{T} + \frac{T}{2\mu}")
@pytest.mark.parametrize(
    ("cost", "T", "between"), [(0.7, 11.0, 350.0), (2.0, 5.0, 90.0)]
)
def test_the_overhead_is_saving_and_repeating(cost, T, between, equation):
    equation(
        w=lambda interval: overhead(interval, cost, between), c=cost, T=T, mu=between
    )


@pytest.mark.equation(
    "best-interval", r"T^* = \sqrt{2 c \mu}, \qquad w(T^*) = \sqrt{\frac{2c}{\mu}}"
)
@pytest.mark.parametrize(("cost", "between"), [(0.7, 350.0), (3.0, 90.0)])
def test_the_best_interval_is_the_lowest_of_many(cost, between, equation):
    best = best_interval(cost, between)
    around = np.linspace(0.2, 5, 49) * best
    assert (overhead(around, cost, between) >= overhead(best, cost, between)).all()
    equation(
        T_star=best,
        c=cost,
        mu=between,
        w=lambda interval: overhead(interval, cost, between),
    )
    with pytest.raises(ValueError, match="not both positive"):
        best_interval(cost, 0)
    for wrong in (0, -cost):
        with pytest.raises(ValueError, match="not both positive"):
            best_interval(wrong, between)


def test_crashes_that_are_played_cost_what_the_formula_says(seed, alarm):
    """Work is done in stretches of 10; a crash comes at a random time of its own.

    The formula is of first order in (T + c) / μ, here 0.011. The exact expected time of
    a stretch is μ (exp((T + c) / μ) − 1), so that w differs by less than 0.0006.
    """
    random, cost, T, between = np.random.default_rng(seed), 0.5, 10.0, 1000.0
    stretches, share = 400_000, (T + cost) / between
    # how often a stretch is broken off before it ends, and how long it went on
    crashes = (random.geometric(np.exp(-share), stretches) - 1).sum()
    within = -between * np.log1p(random.uniform(0, 1, crashes) * np.expm1(-share))
    assert 0 < within.min() < within.max() < T + cost
    lost = (stretches * cost + within.sum()) / (stretches * T)
    # at most: of the times, and of how many there are
    deviation = (within.std() + within.mean()) * crashes**0.5 / (stretches * T)
    allowed = stats.norm.isf(alarm() / 2) * deviation
    assert abs(lost - overhead(T, cost, between)) < allowed + 0.0006


# Figures


def test_the_curves_are_those_of_the_three_programs(halfway):
    (axes,) = figure_resumed().axes
    whole, resumed, without, _ = axes.lines
    training = Training()
    losses = training.run(30)
    assert whole.get_xdata().tolist() == list(range(1, 31))
    assert whole.get_ydata() == pytest.approx(losses)
    assert resumed.get_xdata().tolist() == list(range(15, 31))
    assert resumed.get_ydata() == pytest.approx(losses[14:], abs=0)
    expected = [losses[14], *resume(halfway[0], without="optimizer").run(30)]
    assert without.get_ydata() == pytest.approx(expected)
    # it jumps above everything that the others do after the stop, at epoch 18
    assert max(expected) > max(losses[14:]) + 1
    assert without.get_xdata()[np.argmax(without.get_ydata())] == 18
    assert labels(axes) == {
        "run(15)  ": "black",
        "resume(checkpoint)": "tab:orange",
        'without="optimizer"': "tab:red",
    }
    assert (resumed.get_color(), without.get_color()) == ("tab:orange", "tab:red")
    assert resumed.get_linestyle() != without.get_linestyle()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "$L$")


def test_the_next_number_of_a_generator_is_told_and_not_drawn():
    generator = torch.Generator().manual_seed(5)
    told = next_number(generator.get_state())
    assert torch.rand(1, generator=generator).item() == told


@pytest.fixture(scope="module")
def traces(halfway):
    """For each piece: never stopped, resumed with everything, resumed without it."""
    checkpoint, _ = halfway
    return {
        piece: [
            trace(Training(), piece),
            trace(resume(checkpoint), piece),
            trace(resume(checkpoint, without=piece), piece),
        ]
        for piece in PIECES
    }


@pytest.mark.parametrize("piece", PIECES)
def test_a_trace_goes_on_with_the_piece_and_not_without(piece, traces):
    whole, resumed, without = traces[piece]
    assert len(whole) == 30
    assert resumed == whole[15:]
    assert without != whole[15:]


def test_each_trace_shows_what_it_is_named_after(traces):
    losses = Training().run(30)
    global_first = (Training(), torch.rand(1).item())[1]  # after the weights are drawn
    own_first = torch.rand(1, generator=torch.Generator().manual_seed(0)).item()
    whole = {piece: traces[piece][0] for piece in PIECES}
    assert whole["model"] == whole["optimizer"] == losses
    assert whole["scheduler"] == [0.1] * 10 + [0.05] * 10 + [0.025] * 10
    assert whole["epoch"] == list(range(1, 31))
    assert (whole["shuffle"][0], whole["random"][0]) == (own_first, global_first)


def test_each_symptom_is_that_of_the_alternative_text(traces):
    whole, _, without = traces["model"]  # comes down again from high up
    assert without[0] > 0.5 * whole[0] > 5 * without[-1]
    _, _, without = traces["optimizer"]  # jumps up, in the third epoch
    assert np.argmax(without) == 2
    whole, _, without = traces["scheduler"]  # drops late
    assert without == [0.05] * 10 + [0.025] * 5 != whole[15:]
    whole, _, without = traces["epoch"]  # climbs again from the bottom
    assert without == whole
    for piece in ("shuffle", "random"):  # repeats the beginning
        whole, _, without = traces[piece]
        assert without == whole[:15]


def test_each_piece_has_a_box_and_its_symptom(traces):
    (back,) = figure_pieces().axes
    written = [text.get_text() for text in back.texts if text.get_text()]
    assert written[::2] == list(PIECES)
    assert written[1::2] == ["$L$", "$L$", r"$\eta$", "$t$", "rand", "rand"]
    for piece, axes in zip(PIECES, back.child_axes, strict=True):
        stop, whole, without = axes.lines
        expected, _, symptom = traces[piece]
        assert set(stop.get_xdata()) == {15}
        assert list(whole.get_xdata()) == list(range(1, 31))
        assert list(whole.get_ydata()) == expected
        assert list(without.get_xdata()) == list(range(16, 16 + len(symptom)))
        assert list(without.get_ydata()) == symptom
        assert (without.get_color(), without.get_linestyle()) == ("tab:red", "--")
        assert whole.get_color() == stop.get_color() == "tab:gray"
        assert stop.get_linestyle() == ":"
        # what is cut off at the top is gray; what is new is all to be seen
        low, high = axes.get_ylim()
        assert low < min(symptom) <= max(symptom) < high
        assert axes.get_xlim()[1] >= 15 + len(symptom)


# Exercises

ANSWERS = {
    "adam": [(12.012,), (4.004,), (8.008,), (3.003,), (12.0,), (96.1,)],
    "rows": [(2,), (1,), (3,), (7,), (0,)],
    "rate": [(0.05,), (0.001,), (0.1,), (0.00005,), (0.5,)],
    "between": [(128,), (256,), (65536,), (1024,), (4,)],
    "interval": [
        ((2 * 2 * 480) ** 0.5,),
        ((2 * 480) ** 0.5,),
        ((2 * 2 * 8) ** 0.5,),
        (2 * 2 * 480,),
        (240,),
    ],
}
SOLUTIONS = {
    "adam": lambda printed, run: [(numbers(printed)[0],)],
    "rows": lambda printed, run: [(int(numbers(printed)[0]),)],
    "rate": lambda printed, run: [(numbers(printed)[0],)],
    "between": lambda printed, run: [(int(numbers(printed)[0]),)],
    "interval": lambda printed, run: [(numbers(printed)[0],)],
}
