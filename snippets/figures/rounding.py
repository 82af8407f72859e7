"""The figures of the chapter `rounding`."""

import math

import numpy as np
import torch
from matplotlib.figure import Figure

from snippets.rounding import (
    difference_errors,
    round_to,
    running_sum,
    slope_error,
    solve_by_means,
    solve_by_qr,
    solve_normal_equations,
)


def figure_grid() -> Figure:
    """All numbers of three binary digits from ½ to 8, and where 5.3 is rounded to."""
    places = sorted({round_to(k / 64, 3) for k in range(32, 513)})
    figure = Figure(figsize=(5, 1.1))
    axes = figure.subplots()
    axes.axhline(0, color="tab:gray", linewidth=0.8)
    gray = {"color": "tab:gray", "marker": "|", "markersize": 16, "linestyle": "none"}
    axes.plot(places, [0] * len(places), **gray)
    axes.plot(5.3, 0, color="tab:red", marker="x", markersize=7, markeredgewidth=2)
    axes.plot(round_to(5.3, 3), 0, color="tab:orange", marker="o", markersize=8)
    axes.text(5.45, 0.6, "5.3", color="tab:red", ha="center")
    axes.text(5, 0.6, "5", color="tab:orange", ha="center")
    axes.set(xlim=(0.3, 8.2), ylim=(-0.5, 1.2), xticks=[0.5, 1, 2, 4, 8], yticks=[])
    axes.set_xticklabels(["½", "1", "2", "4", "8"])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def figure_sums() -> Figure:
    """A sum of 0.1s in two formats, against how many have been added."""
    counts = np.arange(1, 601)
    figure = Figure(figsize=(5, 2.6))
    axes = figure.subplots()
    ways = (
        (torch.float32, "float32", "tab:blue", ":", 3),
        (torch.bfloat16, "bfloat16", "tab:red", "-", 1.5),
    )
    for dtype, label, color, style, width in ways:
        totals = running_sum(0.1, len(counts), dtype).float()
        axes.plot(counts, totals, color=color, linestyle=style, linewidth=width)
        axes.text(610, totals[-1], label, color=color, va="center")
    axes.set(xlabel="$k$", ylabel=r"$0.1 + \dots + 0.1$", xlim=(0, 760), ylim=(0, 65))
    axes.set_xticks([0, 200, 400, 600])
    return figure


def figure_digits() -> Figure:
    """Median error of the slope in float32, against how far x is from 0."""
    shifts = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0]
    ways = (
        (solve_normal_equations, r"$X^\top X$", "tab:red", "x", "--"),
        (solve_by_qr, "$QR$", "tab:orange", "o", "-"),
        (solve_by_means, r"$x - \bar x$", "tab:blue", "s", ":"),
    )
    figure = Figure()
    axes = figure.subplots()
    for solve, label, color, marker, style in ways:
        errors = [slope_error(solve, shift) for shift in shifts]
        axes.loglog(shifts, errors, color=color, marker=marker, linestyle=style)
        axes.text(400, errors[-1], label, color=color, va="center")
    axes.set(xlabel="$c$", ylabel=r"$|\hat\theta_1 - \hat\theta_1^{64}|$")
    return figure


def figure_differences() -> Figure:
    """Error of both differences for h from 1e-12 to 0.1, the law h², and the best h."""
    h = np.logspace(-12, -1, 89)
    one_sided, central = zip(*map(difference_errors, h.tolist()), strict=True)
    figure = Figure()
    axes = figure.subplots()
    axes.loglog(h, one_sided, color="tab:gray", linestyle="--")
    label = r"$\dfrac{f(t+h)-f(t)}{h}$"
    axes.text(3e-6, 3e-4, label, color="tab:gray", ha="right")
    axes.loglog(h, central, color="tab:orange")
    label = r"$\dfrac{f(t+h)-f(t-h)}{2h}$"
    axes.text(2e-12, 1e-9, label, color="tab:orange", va="center")
    large = h[h > 1e-4]
    law = {"color": "tab:blue", "linestyle": ":", "linewidth": 3}
    axes.loglog(large, large**2 / 6 * (math.e - 1), **law)
    axes.text(5e-3, 1e-8, "$h^2 f^{(3)} / 6$", color="tab:blue")
    best = (3 * np.finfo(float).eps / 2) ** (1 / 3)
    axes.axvline(best, color="black", linewidth=0.8)
    axes.text(best, 1.5, "$h^*$", ha="center", va="bottom")
    axes.set(xlabel="$h$", ylabel="$e(h)$", xlim=(1e-12, 1e-1), ylim=(1e-12, 1))
    return figure
