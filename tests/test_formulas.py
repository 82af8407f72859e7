"""Formulas without a number hold: each is evaluated as the pages write it.

Equations with a label have tests of their own. tests/checks/formulas.py tells which
formula of a page is missing here.
"""

import re

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from snippets.data import SIGMA, THETA
from tests import latex

# as a page writes it, and what its symbols mean where that is not what `world` says
FORMULAS = {
    r"y = \theta_0 + \theta_1x": "noiseless",
    r"y = 5 + 7x": "noiseless",
    r"y = 5 + 9x": "doubled",
    r"\Cov(x, y) = \theta_1": "standard",
    r"\hat y = x\,\theta_1 + \theta_0": "",
    r"r_i = y_i - \theta_0 - \theta_1 x_i": "",
    r"\begin{pmatrix} 1 & 3 \\ 1 & 4 \end{pmatrix} \begin{pmatrix} \theta_0 \\ "
    r"\theta_1 \end{pmatrix} = \begin{pmatrix} \theta_0 + 3\theta_1 \\ \theta_0 + "
    r"4\theta_1 \end{pmatrix}": "",
    r"\varepsilon_i = y_i - (5 + 7x_i)": "",
    r"y = \theta_0 + \theta_1 x + \varepsilon, \qquad \theta = (5, 7), \qquad "
    r"\varepsilon \sim N(0, 2^2)": "",
    r"\theta_k - \theta \;=\; \underbrace{(\theta_k - \hat\theta)}_{\text{optimization "
    r"error}} \;+\; \underbrace{(\hat\theta - \theta)}_{\text{statistical error}}": "",
    r"\theta_k - \theta \;=\; \underbrace{(\theta_k - \hat\theta)}_{\text{최적화 "
    r"오차}} \;+\; \underbrace{(\hat\theta - \theta)}_{\text{통계적 오차}}": "",
    r"\hat\theta_1 = \frac{1}{S} \sum_i (x_i - \bar x)(y_i - \bar y), \qquad "
    r"S = \sum_i (x_i - \bar x)^2": "slope",
    r"\bar y = \theta_0 + \theta_1 \bar x + \bar\varepsilon": "middle",
    r"y_i - \bar y = \theta_1 (x_i - \bar x) + (\varepsilon_i - \bar\varepsilon)": (
        "middle"
    ),
    r"\hat\theta_1 = \frac{\theta_1}{S} \sum_i (x_i - \bar x)^2 + "
    r"\frac{1}{S} \sum_i (x_i - \bar x)(\varepsilon_i - \bar\varepsilon)": "slope",
    r"X = [\mathbf 1, x]": "rows",
    r"y = X\theta + \varepsilon": "",
    r"A = (X^\top X)^{-1} X^\top": "",
    r"\nu = n - 2": "",
    r"\Gamma(4) = 3 \cdot 2 \cdot 1": "",
    r"\Gamma(1/2) = \sqrt\pi": "",
    r"p = \theta_1 x, \qquad \hat y = \theta_0 + p, \qquad r = y - \hat y, \qquad "
    r"\ell = r^2": "",
    r"f = f^{(3)}": "exponential",
    r"h^* = (3u)^{1/3}": "exponential",
    r"\mathrm{relu}(t) = \max(t, 0)": "",
    r"f(t + ih) = f(t) + ih f'(t) - \frac{h^2}{2} f^{(2)}(t) - "
    r"\frac{ih^3}{6} f^{(3)}(t) + \cdots": "cubic",
    r"(t + ih)^2 = t^2 - h^2 + 2ith": "cubic",
    r"p(y_i) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\!\left(-\frac{r_i^2}{2\sigma^2}"
    r"\right)": "density",
    r"v_0 + v_1 x_i = 0": "flat",
    r"X^\top X \hat\theta = X^\top y": "",
    r"Q^\top Q = I": "",
    r"R\hat\theta = Q^\top y": "",
    r"\lVert Xv \rVert^2 = v^\top X^\top X v": "",
    r"\bar y = 8/3": "three points",
    r"\sum (x_i - \bar x)(y_i - \bar y) = 3": "three points",
    r"\sum (x_i - \bar x)^2 = 2": "three points",
    r"5\,\theta_0 + 10\,\theta_1 = 30, \qquad 10\,\theta_0 + 30\,\theta_1 = 84": (
        "five points"
    ),
    r"r_i = (y_i - \bar y) - \theta_1 (x_i - \bar x)": "middle",
    r"\sum_{i=1}^5 (x_i - \bar x)\, r_i = 24 - 10\,\theta_1 = 0": "five points",
    r"\hat\sigma^2 = L(\hat\theta)": "likelihood",
    r"2 - 0.01 \cdot (-5.6) = 2.056": "",
    r"\hat\theta_1 = 3/2": "three points",
    r"\hat\theta_0 = 8/3 - 3/2 = 7/6": "three points",
    r"w = 1 + 2^{-12}": "",
    r"b = -(1 + 2^{-11})": "",
    r"w^2 = 1 + 2^{-11} + 2^{-24}": "",
    r"\nabla L(\theta) = H(\theta - \hat\theta)": "",
    r"0 < \eta < 2/\lambda_{\max}": "",
    r"v_{k+1} = 0.9 \, v_k + \nabla L(\theta_k)": "momentum",
    r"I - H^{-1}H = 0": "identity",
    r"\frac{d}{2} \cdot \frac{1}{3d} = \frac{1}{6}": "inputs",
}


def world(seed: int) -> dict:
    """The symbols of the book on data of its own, and of a few rows in exercises."""
    draw = np.random.default_rng(seed)
    n, theta = 12, THETA.double().numpy()
    x, noise = draw.normal(size=n), SIGMA * draw.normal(size=n)
    y = theta[0] + theta[1] * x + noise
    design = np.stack((np.ones(n), x), 1)
    theta_hat, _, rank, _ = np.linalg.lstsq(design, y)
    hessian = 2 / n * design.T @ design
    q, r = np.linalg.qr(design)
    start, rate = draw.normal(size=2), 1.999 / np.linalg.eigvalsh(hessian)[-1]
    # a step that short still shrinks every distance
    assert np.abs(1 - rate * np.linalg.eigvalsh(hessian)).max() < 1

    def gradient(_):
        return lambda at: -2 / n * design.T @ (y - design @ at)

    return {
        "n": n, "i": 3, "j": 7, "x": x, "y": y, "epsilon": noise, "X": design,
        "theta": theta, "theta_0": theta[0], "theta_1": theta[1],
        "theta_hat": theta_hat, "theta_k": start, "sigma": SIGMA,
        "theta_k+1": start + rate * gradient(None)(start),
        "r": y - design @ theta, "y_hat": design @ theta, "y_bar": y.mean(),
        "p": theta[1] * x, "ell": (y - design @ theta) ** 2,
        "A": np.linalg.pinv(design), "nu": n - rank, "H": hessian, "Q": q, "R": r,
        "I": np.eye(2), "v": draw.normal(size=2), "L": None, "nabla": gradient,
        "eta": rate, "lambda_max": np.linalg.eigvalsh(hessian)[-1],
        "rho": 0.5, "k": 10, "d_0": 1.0, "w": 4097 / 4096, "b": -2049 / 2048,
        "t": draw.normal(),
        "relu": lambda t: torch.relu(torch.tensor(t, dtype=torch.float64)),
        "N": lambda mean, variance: (mean, variance),
        "sim": lambda _, law: law == (0, SIGMA**2),
    }  # fmt: skip


def others(names: dict) -> dict:
    """What symbols mean in one place."""
    n, x, y, noise = (names[each] for each in ("n", "x", "y", "epsilon"))
    points = np.array([0.0, 1, 2]), np.array([1.0, 3, 4])
    slope, intercept = np.polyfit(*points, 1)
    u, at = 2.0**-53, names["t"]
    best = minimize_scalar(lambda log: u / np.exp(log) + np.exp(log) ** 2 / 6)
    third = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    value = third.exp()
    for _ in range(3):
        (value,) = torch.autograd.grad(value, third, create_graph=True)
    residuals = y - names["X"] @ names["theta_hat"]
    signs = np.tile([-1.0, 1], n // 2)
    five = np.polyfit(range(5), [2, 4, 4, 8, 12], 1)[::-1]
    likely = minimize_scalar(
        lambda log: -norm.logpdf(residuals, 0, np.exp(log)).sum(), tol=1e-12
    )
    exact = {"y": y - noise}
    stepped = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    sgd, sums = torch.optim.SGD([stepped], lr=0.1, momentum=0.9), []
    for gradient in (at * names["v"], names["nabla"](None)(names["theta_k"])):
        stepped.grad = torch.tensor(gradient)
        sgd.step()
        sums.append(sgd.state[stepped]["momentum_buffer"].numpy().copy())
    return {
        "": {},
        "noiseless": exact,
        "inputs": {"d": 7},
        "doubled": {"y": y - noise + 2 * x},
        "standard": {
            "x": signs, "y": names["theta_0"] + names["theta_1"] * signs,
            "Cov": lambda a, b: np.cov(a, b, ddof=0)[0, 1], "Var": np.var,
        },
        "rows": {"X": names["X"].T, "mathbf": lambda one: one * np.ones(n)},
        "exponential": {
            "f": np.exp(at), "f_prime3": value.item(), "u": u, "h_star": np.exp(best.x),
        },
        "cubic": {
            "i": 1j, "h": 0.5, "cdots": 0, "f": lambda t: t**3 - 2 * t,
            "f_prime": lambda t: 3 * t**2 - 2, "f_prime2": lambda t: 6 * t,
            "f_prime3": lambda t: 6,
        },
        "density": {
            "exp": np.exp, "p": lambda value: norm.pdf(value, names["y_hat"][2], SIGMA),
        },
        "flat": {"v_0": -3, "v_1": 1, "x": np.full(n, 3)},
        "least squares": {"r": residuals, "i": range(1, n + 1)},
        "three points": {
            "x": points[0], "y": points[1], "x_bar": points[0].mean(), "i": [1, 2, 3],
            "y_bar": points[1].mean(), "theta_hat_0": intercept, "theta_hat_1": slope,
        },
        "slope": {
            "i": range(1, n + 1), "x_bar": x.mean(), "S": n * x.var(),
            "epsilon_bar": noise.mean(), "theta_hat_1": names["theta_hat"][1],
        },
        "five points": {
            "x": np.arange(5), "x_bar": 2, "theta_0": five[0], "theta_1": five[1],
            "r": np.array([2, 4, 4, 8, 12]) - five[0] - five[1] * np.arange(5),
        },
        "middle": {
            "x_bar": x.mean(), "epsilon_bar": noise.mean(),
            "r": y - (y.mean() - names["theta_1"] * x.mean()) - names["theta_1"] * x,
        },
        "likelihood": {
            "L": lambda _: np.mean((y - names["X"] @ names["theta_hat"]) ** 2),
            "sigma_hat": np.exp(likely.x),
        },
        "all rows": {"j": range(1, n + 1)},
        "identity": {"I": np.eye(2)},
        "momentum": {"v_k": sums[0], "v_k+1": sums[1]},
    }  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_without_a_number_holds(formula, seed):
    names = world(seed)
    names |= others(names)[FORMULAS[formula]]
    read = re.sub(r"\\underbrace\{(.*?)\}_\{\\text\{.*?\}\}", r"\1", formula)
    read = read.replace(r"\sum ", r"\sum_i ").replace(r"\mathrm", r"\operatorname")
    searched = FORMULAS[formula] in ("exponential", "likelihood")
    rel = 1e-6 if searched else 1e-10
    wrong = latex.problem("of a page", read, names, rel=rel)
    assert wrong is None, wrong
    for beyond in ({"eta": 2.001 / names["lambda_max"]}, {"k": 9}):
        if "<" in formula and beyond.keys() <= set(re.findall("[a-z]+", formula)):
            assert latex.problem("of a page", read, names | beyond), "too wide a limit"
