"""What the tests of figures ask of a drawing without axes."""

from matplotlib.axes import Axes


def is_whole(axes: Axes) -> bool:
    """Whether all lines, texts and outlines lie within the limits."""
    places = [text.get_position() for text in axes.texts]
    for line in axes.lines:
        if line.get_transform().contains_branch(axes.transData):
            places += line.get_xydata().tolist()
    for patch in axes.patches:
        places += patch.get_bbox().get_points().tolist()
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return all(left < x < right and bottom < y < top for x, y in places)
