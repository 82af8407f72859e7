import re
from pathlib import Path

import torch

from snippets.data import THETA, make_data
from snippets.loss import least_squares

ROOT = Path(__file__).parents[1]


def test_the_home_page_trains_to_the_closed_form_on_the_book_s_data(run_chapter):
    page, printed = run_chapter("index")
    x, y = make_data(seed=0)
    assert torch.equal(page["x"], x)
    assert torch.equal(page["y"], y)
    theta = torch.cat((page["model"].bias, page["model"].weight[0])).detach()
    assert (theta - least_squares(x, y)).abs().max() < 1e-4
    assert f"θ₀ = {theta[0]:.3f}   θ₁ = {theta[1]:.3f}" in printed


def test_both_intervals_of_the_home_page_hold_the_truth(run_chapter):
    _, printed = run_chapter("index")
    intervals = re.findall(r"\[(\S+), (\S+)\]", printed)
    for (low, high), theta in zip(intervals, THETA, strict=True):
        assert float(low) <= theta <= float(high)


def test_readers_install_the_version_that_is_pinned():
    pinned = re.findall("^torch==(.+?) ", (ROOT / "requirements.txt").read_text(), re.M)
    for language in ("ko", "en"):
        setup = (ROOT / f"docs/{language}/setup.md").read_text(encoding="utf-8")
        assert set(re.findall("==([0-9.]+[0-9])", setup)) == set(pinned)
