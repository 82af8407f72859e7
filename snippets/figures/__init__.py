"""The figures that the pages show: one module a chapter."""

PANEL = (2.6, 2.55)  # inches: two stand side by side where others are 5 wide

# what stands for the answers, through the whole book: nothing covers them
THETA_HAT = {
    "color": "tab:orange",
    "marker": "*",
    "markersize": 13,
    "markeredgecolor": "white",
    "markeredgewidth": 0.8,
    "linestyle": "none",
    "zorder": 6,
}
TRUTH = {
    "color": "tab:blue",
    "marker": "x",
    "markersize": 7,
    "markeredgewidth": 2,
    "linestyle": "none",
    "zorder": 5,
}
