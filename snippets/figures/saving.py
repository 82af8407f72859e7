"""The figures of the chapter `saving`."""

import copy

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import THETA_HAT
from snippets.saving import Training, best_interval, overhead, resume, state_of

STOP, END = 15, 30  # epochs
COST, BETWEEN_CRASHES = 0.5, 24 * 60  # minutes


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


def figure_interval() -> Figure:
    """The share of the time that is lost, against the time between checkpoints."""
    figure = Figure()
    axes = figure.subplots()
    interval = np.geomspace(4, 400, 200)
    saving, repeated = COST / interval, interval / (2 * BETWEEN_CRASHES)
    axes.loglog(interval, saving, color="tab:gray", linestyle=":")
    axes.loglog(interval, repeated, color="tab:gray", linestyle="--")
    lost = overhead(interval, COST, BETWEEN_CRASHES)
    axes.loglog(interval, lost, color="tab:orange")
    best = best_interval(COST, BETWEEN_CRASHES)
    axes.plot(best, overhead(best, COST, BETWEEN_CRASHES), **THETA_HAT)
    axes.text(5, 0.045, "$c/T$", color="tab:gray")
    axes.text(150, 0.035, r"$T/(2\mu)$", color="tab:gray")
    axes.text(best, 0.034, r"$T^*$", color="tab:orange", ha="center")
    axes.set(xlabel="$T$", ylabel="$w(T)$", ylim=(0.001, 0.3))
    return figure
