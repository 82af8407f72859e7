"""The figures of the chapter `minibatches`."""

import math

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.data import POST_ROWS, make_data
from snippets.figures import PANEL, THETA_HAT, TRUTH
from snippets.loss import gradient, hessian, least_squares
from snippets.minibatches import (
    batch_gradients,
    optimizer_path,
    sgd_cloud,
    stationary_covariance,
)


def _arrow(axes: Axes, end: np.ndarray, **look) -> None:
    """A line from the origin, with a dot at its end."""
    axes.plot([0, end[0]], [0, end[1]], marker="o", markevery=[1], **look)


def _arrows(theta: torch.Tensor, low: tuple, width: int, tick: int) -> Figure:
    """Minus the gradient of each batch of 3 of the post's rows, and of all rows."""
    x, y = POST_ROWS[:, :1].double(), POST_ROWS[:, 1:].double()
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    for each in -batch_gradients(theta, x, y, batch_size=3).numpy():
        _arrow(axes, each, color="tab:gray", markersize=2, linewidth=0.5, alpha=0.35)
    whole = -gradient(theta, x, y).numpy()
    _arrow(axes, whole, color="tab:orange", markersize=6, linewidth=2.5)
    axes.set(xlim=(low[0], low[0] + width), ylim=(low[1], low[1] + width))
    axes.set(xlabel=r"$-\partial L / \partial \theta_0$", xticks=(0, tick))
    axes.set(ylabel=r"$-\partial L / \partial \theta_1$", yticks=(0, tick))
    axes.set_aspect("equal")
    return figure


def figure_far() -> Figure:
    """Batch gradients far from θ̂: nearly all point the same way."""
    theta = torch.zeros(2, dtype=torch.float64)
    return _arrows(theta, low=(-40, -8), width=118, tick=50)


def figure_near() -> Figure:
    """Batch gradients at θ̂: they point everywhere, and their mean is 0."""
    x, y = POST_ROWS[:, :1].double(), POST_ROWS[:, 1:].double()
    return _arrows(least_squares(x, y), low=(-6, -6), width=12, tick=5)


def _ellipse(center: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Two standard deviations around the center, shape (2, 100)."""
    angle = np.linspace(0, 2 * math.pi, 100)
    circle = np.array([np.cos(angle), np.sin(angle)])
    return center[:, None] + 2 * np.linalg.cholesky(covariance) @ circle


def figure_jitter() -> Figure:
    """Where SGD is in the long run, what is predicted, and the standard errors."""
    x, y = make_data(seed=0)
    theta_hat = least_squares(x, y)
    cloud = sgd_cloud(x, y, [0.1] * 6, batch_size=10, shuffle=False, runs=600)[-1]
    jitter = stationary_covariance(x, y, learning_rate=0.1, batch_size=10).numpy()
    residual = y.double()[:, 0] - theta_hat[0] - theta_hat[1] * x.double()[:, 0]
    s_squared = (residual**2).sum().item() / (len(x) - 2)
    estimate = s_squared * 2 / len(x) * np.linalg.inv(hessian(x.double()).numpy())
    theta_hat = theta_hat.numpy()
    figure = Figure(figsize=(5, 4.2))
    axes = figure.subplots()
    dots = {"marker": ".", "markersize": 3, "linestyle": "none", "alpha": 0.5}
    axes.plot(*cloud.numpy().T, color="tab:gray", **dots)
    axes.plot(*_ellipse(theta_hat, jitter), color="tab:orange", linewidth=2.2)
    look = {"linewidth": 2.2, "linestyle": "--"}
    axes.plot(*_ellipse(theta_hat, estimate), color="tab:blue", **look)
    axes.plot(*theta_hat, **THETA_HAT)
    axes.plot(5, 7, **TRUTH)
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", aspect="equal")
    axes.set(xlim=(4.5, 6.15), ylim=(6.05, 7.6))
    axes.set(xticks=(4.5, 5, 5.5, 6), yticks=(6.5, 7, 7.5))
    return figure


def figure_rest() -> Figure:
    """Root mean square distance to θ̂ after each epoch: constant, decaying, averaged."""
    x, y = make_data(seed=0)
    theta_hat, epochs = least_squares(x, y), range(1, 41)
    rates = [0.05 * (1 + math.cos(math.pi * epoch / 40)) for epoch in range(40)]
    jumping = sgd_cloud(x, y, [0.1] * 40, batch_size=10, shuffle=True, runs=500)
    slowing = sgd_cloud(x, y, rates, batch_size=10, shuffle=True, runs=500)
    ends = jumping[9::10]  # (40, 500, 2)
    means = ends.cumsum(dim=0) / torch.arange(1, 41)[:, None, None]
    figure = Figure()
    axes = figure.subplots()
    for places, label, colour, style in (
        (ends, r"$\eta$", "tab:gray", ":"),
        (means, r"$\bar\theta$", "tab:blue", "--"),
        (slowing[9::10], r"$\eta \to 0$", "tab:orange", "-"),
    ):
        distance = (places - theta_hat).square().sum(dim=2).mean(dim=1).sqrt()
        axes.semilogy(epochs, distance, color=colour, linestyle=style)
        axes.text(40.6, distance[-1], label, color=colour, va="center")
    axes.set(xlabel="epoch", xlim=(0, 46), xticks=(0, 10, 20, 30, 40))
    axes.set(ylabel=r"$\Vert \theta - \hat\theta \Vert$", ylim=(1e-3, 1))
    return figure


def figure_optimizers() -> Figure:
    """How far three optimizers are from θ̂ in a stretched bowl, step by step."""
    x, y = make_data(seed=0)
    x, y = x.double() + 2, y.double()
    theta_hat = least_squares(x, y)
    figure = Figure()
    axes = figure.subplots()
    SGD, Adam = torch.optim.SGD, torch.optim.Adam
    for optimizer, options, label, at, colour, style in (
        (SGD, {"lr": 0.1}, "SGD", (205, 0.03), "tab:gray", ":"),
        (SGD, {"lr": 0.1, "momentum": 0.9}, "momentum", (22, 3e-3), "tab:orange", "-"),
        (Adam, {"lr": 0.3}, "Adam", (105, 3), "tab:blue", "--"),
    ):
        path = optimizer_path(optimizer, x, y, steps=300, **options)
        distance = (path - theta_hat).norm(dim=1)
        axes.semilogy(distance, color=colour, linestyle=style)
        axes.text(*at, label, color=colour, va="center")
    axes.set(xlabel="$k$", ylabel=r"$\Vert \theta_k - \hat\theta \Vert$")
    axes.set(xlim=(0, 300), ylim=(1e-6, 30))
    return figure
