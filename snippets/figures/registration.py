"""The figure of the appendix `registration`."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.anatomy import Parts


def figure_registers() -> Figure:
    """Where each attribute of `Parts` is kept: three registers, and the rest."""
    parts = Parts()
    kept = {
        "_parameters": list(parts._parameters),
        "_buffers": list(parts._buffers),
        "_modules": list(parts._modules),
        "": [name for name in ("tensor", "layers") if name in vars(parts)],
    }
    figure = Figure(figsize=(5, 3))
    axes = figure.subplots()
    look = {"va": "center", "family": "monospace", "size": 11}
    for row, (register, names) in enumerate(kept.items()):
        color = "tab:orange" if register else "tab:gray"
        axes.text(0, -row, f"parts.{register}" if register else "parts", **look)
        line = "-" if register else ":"
        box = Rectangle((3.1, -row - 0.36), 3.6, 0.72, fill=False)
        box.set(edgecolor=color, linestyle=line, linewidth=1.6)
        axes.add_patch(box)
        axes.text(4.9, -row, "  ".join(names), ha="center", **look)
    axes.set(xlim=(-0.1, 6.9), ylim=(-3.5, 0.5))
    axes.set_axis_off()
    return figure
