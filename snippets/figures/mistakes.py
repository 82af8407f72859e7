"""The figures of the chapter `mistakes`."""

import torch
from matplotlib.figure import Figure

from snippets.data import make_data
from snippets.figures import PANEL
from snippets.model import Model


def _losses(learning_rate: float = 0.1, zero_grad: str = "before", flat: bool = False):
    """The loss of 61 steps from seed 0; zero_grad is "before", "late" or "never"."""
    x, y = make_data(seed=0)
    torch.manual_seed(0)
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(61):
        loss = ((model(x) - (y[:, 0] if flat else y)) ** 2).mean()
        if zero_grad == "before":
            optimizer.zero_grad()
        loss.backward()
        if zero_grad == "late":
            optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _panel(first: list[float], second: list[float], letters: str, at: tuple) -> Figure:
    """Two curves of losses beside that of a training that works."""
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    axes.semilogy(_losses(), color="tab:gray", linewidth=1.2)
    curves = ((first, "tab:red", "-"), (second, "tab:orange", "--"))
    for letter, (losses, color, style), k in zip(letters, curves, at, strict=True):
        axes.semilogy(losses, color=color, linestyle=style)
        axes.text(k, losses[k] * 1.15, letter, color=color, ha="center", va="bottom")
    axes.set(xlabel="$k$", ylabel="$L$", xlim=(0, 60), ylim=(1, 1000))
    axes.set(xticks=(0, 20, 40, 60))
    return figure


def figure_flat() -> Figure:
    """A loss that does not move, and one that levels out at the variance of y."""
    figure = _panel(_losses(zero_grad="late"), _losses(flat=True), "ab", (20, 50))
    below = figure.axes[0].texts[1]
    below.set(y=below.get_position()[1] / 1.3, va="top")
    return figure


def figure_wild() -> Figure:
    """A loss that swings, and one that grows."""
    never, too_high = _losses(0.01, "never"), _losses(0.96)
    return _panel(never, too_high, "cd", (44, 9))
