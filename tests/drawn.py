"""What the tests of figures ask of a drawing."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D, Bbox


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


def labels(axes: Axes) -> dict[str, str]:
    """What is written beside what is drawn, and its colors."""
    return {text.get_text(): text.get_color() for text in axes.texts}


def spoiled(figure: Figure, width: float) -> list[str]:
    """What cannot be read where the figure is so many px wide, and what to do.

    Letters below 9 px, texts on each other, what goes through a text, what is cut off.
    """
    figure.set_dpi(72)  # a point is a unit, as in SVG
    paper = _Paper(*figure.bbox.size)
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_visible(False)  # as in what is recorded
    figure.draw(paper)
    wrong = []
    for text in paper.words:
        if (height := text.size * width / paper.width) < 9:
            wrong.append(f"{text.name} is {height:.2f} px high; write it larger")
        for stroke in paper.over(text):
            wrong.append(f"{text.name}: {stroke.name} goes through it; move it")
    for a, b in combinations(paper.words, 2):
        if a.of is not b.of and a.box.overlaps(b.box):
            wrong.append(f"{a.name} and {b.name} are on each other; move one")
    inside = Bbox.from_extents(0, 0, paper.width, paper.height).padded(0.01)
    for each in (*paper.words, *paper.strokes):
        corners = each.box.get_points() if each.box else ()
        if not all(inside.contains(*corner) for corner in corners):
            wrong.append(f"{each.name} is cut off; move it inside")
    return wrong


@dataclass
class _Words:
    """A line of text, with the box around its ink."""

    at: int  # in the order of drawing
    name: str
    box: Bbox
    size: float
    of: Text


@dataclass
class _Stroke:
    """A line, a mark or an area."""

    at: int
    name: str
    parts: list[Path]  # straight pieces only, without codes
    clip: Bbox | None
    width: float  # of its outline
    alpha: float
    filled: bool
    white: bool

    def __post_init__(self):
        whole = Path(np.concatenate([part.vertices for part in self.parts]))
        box = whole.get_extents().padded(self.width / 2)
        self.box = self.seen(box)

    def seen(self, box: Bbox) -> Bbox | None:
        return Bbox.intersection(box, self.clip) if self.clip else box

    def crosses(self, box: Bbox) -> bool:
        """Whether its outline does, where it is seen."""
        seen = self.box and self.seen(box)
        if not seen or not self.box.overlaps(box):
            return False
        reach = seen.padded(self.width / 2)
        return any(part.intersects_bbox(reach, filled=False) for part in self.parts)

    def covers(self, box: Bbox) -> bool:
        """Whether all of the box is inside."""
        if not self.filled or not self.box or not self.box.overlaps(box):
            return False
        crossed = any(part.intersects_bbox(box, filled=False) for part in self.parts)
        middle = (box.min + box.max) / 2
        inside = any(part.contains_point(middle) for part in self.parts)
        return inside and not crossed


@dataclass(eq=False)
class _Paper(RendererBase):
    """Keeps what Matplotlib draws instead of drawing it."""

    width: float
    height: float
    words: list[_Words] = field(default_factory=list)
    strokes: list[_Stroke] = field(default_factory=list)
    artists: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def flipy(self) -> bool:
        return False

    def open_group(self, s: str, gid: str | None = None) -> None:
        self.artists.append(s)

    def close_group(self, s: str) -> None:
        self.artists.pop()

    def draw_path(self, gc: GraphicsContextBase, path, transform, rgbFace=None) -> None:
        face = tuple(rgbFace) if rgbFace is not None else ()
        width, clip = gc.get_linewidth(), gc.get_clip_rectangle()
        inks = [gc.get_rgb()] * (width > 0) + [face] * bool(face)
        alpha = max((to_rgba(ink)[3] for ink in inks), default=0)
        at = len(self.words) + len(self.strokes)
        name = f"{self.artists[-1]} {to_hex(face or gc.get_rgb())}"
        pieces = transform.transform_path(path).to_polygons(closed_only=False)
        parts = [Path(piece) for piece in pieces if len(piece)]
        look = (width, alpha, bool(face), face[:3] == (1, 1, 1) and alpha == 1)
        if parts and alpha:
            self.strokes.append(_Stroke(at, name, parts, clip, *look))

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None) -> None:
        if not s.strip():
            return
        turned = Affine2D().rotate_deg(angle).translate(x, y)
        box = TextPath((0, 0), s, prop=prop).transformed(turned).get_extents()
        at = len(self.words) + len(self.strokes)
        self.words.append(_Words(at, repr(s), box, prop.get_size_in_points(), mtext))

    def over(self, text: _Words) -> list[_Stroke]:
        """What goes through the text, or lies upon it.

        Not: what is behind the text and pale, or behind the text's own white frame.
        """
        frames = [s.at for s in self.strokes if s.at < text.at and s.covers(text.box)]
        white = [s.at for s in self.strokes if s.at in frames and s.white]
        behind = max(white, default=0)
        return [
            stroke
            for stroke in self.strokes
            if stroke.at >= behind
            and stroke.at not in frames
            and not (stroke.at < text.at and stroke.alpha <= 0.35)
            and (stroke.crosses(text.box) or stroke.covers(text.box))
        ]
