"""The figures of the chapter `distributions`."""

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats

from snippets.data import POST_ROWS, THETA
from snippets.estimates import fit, simulate
from snippets.loss import design_matrix


def figure_t() -> Figure:
    """The ratio in 20 000 datasets of five points, t with 3 degrees, the normal."""
    theta_hat, errors, _ = simulate(datasets=20_000, size=5, seed=0)
    ratio = (theta_hat[:, 1] - THETA[1]) / errors[:, 1]
    bins = np.arange(-6, 6.01, 0.25)
    counts, _ = np.histogram(ratio.numpy(), bins)
    figure = Figure()
    axes = figure.subplots()
    bars = {"color": "tab:gray", "alpha": 0.5, "align": "edge"}
    axes.bar(bins[:-1], counts / (len(ratio) * 0.25), width=0.25, **bars)
    at = np.linspace(-6, 6, 301)
    axes.plot(at, stats.t.pdf(at, 3), color="tab:orange", label=r"$t,\ \nu = 3$")
    normal = {"color": "tab:blue", "linestyle": "--", "label": "$N(0, 1)$"}
    axes.plot(at, stats.norm.pdf(at), **normal)
    label = r"$(\hat\theta_1 - \theta_1)\,/\,\mathrm{se}(\hat\theta_1)$"
    axes.set(xlabel=label, xlim=(-6, 6))
    axes.legend()
    return figure


def figure_region() -> Figure:
    """The post's ten rows: both 95 % intervals, and the region for both at once."""
    ten = fit(POST_ROWS[:, :1], POST_ROWS[:, 1:])
    X = design_matrix(POST_ROWS[:, :1]).double()
    radius = math.sqrt(2 * ten.s**2 * stats.f.ppf(0.95, 2, 8))
    angle = torch.linspace(0, 2 * math.pi, 201, dtype=torch.float64)
    circle = radius * torch.stack((angle.cos(), angle.sin()))  # (2, 201)
    upper = torch.linalg.cholesky(X.T @ X).T
    ellipse = ten.theta_hat[:, None] + torch.linalg.solve(upper, circle)
    figure = Figure(figsize=(5, 4.2))
    axes = figure.subplots()
    axes.plot(*ellipse, color="tab:orange")
    (left, right), (low, high) = ten.interval().tolist()
    box = [left, right, right, left, left], [low, low, high, high, low]
    axes.plot(*box, color="tab:gray", linestyle="--")
    axes.plot(*ten.theta_hat, color="tab:orange", marker="o", linestyle="")
    axes.plot(*THETA, color="tab:blue", marker="P", markersize=8, linestyle="")
    axes.plot(4.9, 8.7, color="tab:red", marker="X", markersize=8, linestyle="")
    place = {"textcoords": "offset points"}
    theta = ten.theta_hat.tolist()
    axes.annotate(r"$\hat\theta$", theta, (-16, -6), color="tab:orange", **place)
    axes.annotate(r"$(5, 7)$", (5, 7), (-50, -4), color="tab:blue", **place)
    axes.annotate("$(4.9, 8.7)$", (4.9, 8.7), (10, -4), color="tab:red", **place)
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", xlim=(1.5, 6.2))
    return figure
