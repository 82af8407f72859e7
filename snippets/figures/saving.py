"""The figures of the chapter `saving`."""

import copy

import numpy as np
import torch
from matplotlib.figure import Figure

from snippets.saving import Training, resume, state_of

STOP, END = 15, 30  # epochs
PIECES = {  # and how what one looks at is called
    "model": "$L$",
    "optimizer": "$L$",
    "scheduler": r"$\eta$",
    "epoch": "$t$",
    "shuffle": "rand",
    "random": "rand",
}
SHOWN = {  # by the state before an epoch, where it is not the loss after it
    "scheduler": lambda state: state["optimizer"]["param_groups"][0]["lr"],
    "epoch": lambda state: state["epoch"] + 1,
    "shuffle": lambda state: next_number(state["shuffle"]),
    "random": lambda state: next_number(state["random"]),
}


def figure_resumed() -> Figure:
    """The loss of training that never stopped, and of two that were resumed."""
    training = Training()
    before = training.run(STOP)
    checkpoint = copy.deepcopy(state_of(training))
    after = training.run(END)
    figure = Figure()
    axes = figure.subplots()
    epochs = np.arange(1, END + 1)
    axes.plot(epochs, before + after, color="tab:gray", linewidth=5, alpha=0.35)
    for piece, colour, style in (
        (None, "tab:orange", "-"),
        ("optimizer", "tab:red", "--"),
    ):
        losses = before[-1:] + resume(checkpoint, without=piece).run(END)
        look = {"color": colour, "linestyle": style, "marker": "o", "markersize": 3}
        axes.plot(epochs[STOP - 1 :], losses, **look)
    axes.axvline(STOP, color="tab:gray", linewidth=0.8, linestyle=":")
    axes.text(14.5, 5.6, "run(15)  ", color="black", ha="right")
    axes.text(17.2, 2.96, "resume(checkpoint)", color="tab:orange")
    axes.text(18.5, 5.0, 'without="optimizer"', color="tab:red")
    axes.set(xlabel="epoch", ylabel="$L$", xlim=(3, 30.5), ylim=(2.9, 6.7))
    return figure


def next_number(state: torch.Tensor) -> float:
    """What a generator in this state draws next; the generator itself stays."""
    generator = torch.Generator()
    return torch.rand(1, generator=generator.set_state(state)).item()


def trace(training: Training, piece: str) -> list[float]:
    """What shows whether a piece is there, epoch by epoch, until epoch 30."""
    seen = []
    while training.epoch < END:
        before = SHOWN[piece](state_of(training)) if piece in SHOWN else None
        loss = training.run(training.epoch + 1)[0]
        seen.append(loss if before is None else before)
    return seen


def figure_pieces() -> Figure:
    """The six pieces of a checkpoint, and what one sees without each of them."""
    training = Training()
    training.run(STOP)
    checkpoint = copy.deepcopy(state_of(training))
    figure = Figure(figsize=(5, 3.9))
    back = figure.subplots()
    back.set(xlim=(0, 10), ylim=(0.25, 6.25))
    back.set_axis_off()
    for row, (piece, sign) in enumerate(PIECES.items()):
        height = 5.75 - row
        frame = {"boxstyle": "round,pad=0.4", "facecolor": "white"}
        look = {"family": "monospace", "size": 10, "ha": "center", "va": "center"}
        back.text(1.25, height, piece, bbox=frame | {"edgecolor": "tab:blue"}, **look)
        arrow = {"arrowstyle": "->", "color": "tab:gray", "linewidth": 1.2}
        ends = {"xy": (3.7, height), "xytext": (2.55, height)}
        back.annotate("", **ends, arrowprops=arrow)
        back.text(4.3, height, sign, size=12, ha="center", va="center")
        place = (4.9, height - 0.42, 5.05, 0.84)
        axes = back.inset_axes(place, transform=back.transData, xlim=(0, 46))
        axes.set_axis_off()
        axes.axvline(STOP, color="tab:gray", linewidth=0.8, linestyle=":")
        whole = trace(Training(), piece)
        axes.plot(range(1, END + 1), whole, color="tab:gray", linewidth=4, alpha=0.35)
        without = trace(resume(checkpoint, without=piece), piece)
        epochs = range(STOP + 1, STOP + 1 + len(without))
        axes.plot(epochs, without, color="tab:red", linestyle="--")
        axes.margins(y=0.12)
        if piece == "optimizer":
            axes.set_ylim(2.8, 6.5)  # as in `figure_resumed`
    return figure
