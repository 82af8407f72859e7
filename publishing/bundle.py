"""What a notebook carries, so that it runs where only torch, SciPy and Matplotlib are.

That is the modules of `snippets` that its cells import, the style of the figures, and
the function that checks answers to the exercises.
"""

import ast
import functools
import inspect
import re
from pathlib import Path
from pprint import pformat

from publishing.blocks import parsed
from publishing.drawing import STYLE
from publishing.page import PageError

# of sections, and of what a list below the code explains
_MARKER = re.compile(r"^\s*# --8<--.*\n|  # \(\d+\)!$", re.M)
_MAIN = re.compile(r"^if __name__ == .*", re.M | re.S)


def modules(root: Path, code: str, asking: tuple[Path, int]) -> dict[str, str]:
    """Sources of the modules of snippets that code imports, directly or not.

    Each stands behind those that it imports. Raises PageError, at `asking`, where
    there is no such module.
    """
    found: dict[str, str] = {}

    def add(code: str, asking: tuple[Path, int]) -> None:
        for name in _imported(code):
            if name in found:
                continue
            path = root.joinpath(*name.split("."))
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            if not path.is_file():
                message = f"its notebook imports {name}, which is not there"
                raise PageError(*asking, message)
            parsed(path)
            text = _MARKER.sub("", path.read_text(encoding="utf-8"))
            source = _MAIN.sub("", text).strip()
            add(source, (path, 1))
            found[name] = source

    add(code, asking)
    return found


def first_cell(title: str, modules: dict[str, str]) -> str:
    """The cell that makes the carried modules importable."""
    listed = "".join(
        f"    {name!r}: {_quoted(code)},\n" for name, code in modules.items()
    )
    style = pformat(STYLE, sort_dicts=False)
    return (
        f"# @title {title}\n"
        f"_modules = {{\n{listed}}}\n\n"
        f"_style = {style}\n\n\n"
        f"{inspect.getsource(_make_importable)}\n\n"
        "_make_importable(_modules, _style)\n"
    )


def check_cell(exercises: dict[str, tuple], empty: str) -> str:
    """The code that a notebook for readers has besides: `check`, and what it says.

    `exercises` has for each number its module, its function, what to say of a right
    answer, the hints, and what to say of any other answer.
    """
    rows = "".join(f"    {number!r}: {row!r},\n" for number, row in exercises.items())
    data = f"_exercises = {{\n{rows}}}\n_empty = {empty!r}\n"
    return f"\n\n{inspect.getsource(check)}\n\n{data}"


# The two functions below run in notebooks, which hold a copy of their source.


def _make_importable(modules, style):
    import sys
    import types

    import matplotlib
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg")
    matplotlib.rcParams.update(style)
    for name, source in modules.items():
        parent = name.rpartition(".")[0]  # without it, pickle finds no module
        sys.modules.setdefault(parent, types.ModuleType(parent))
        module = sys.modules[name] = types.ModuleType(name)
        exec(compile(source, name, "exec"), vars(module))


def check(exercise, *answers):
    import sys

    from IPython.display import Markdown

    if any(answer is ... for answer in answers):
        return Markdown(_empty)  # noqa: F821
    chapter, function, *said = _exercises[exercise]  # noqa: F821
    checking = sys.modules[f"snippets.exercises.{chapter}"]
    # an answer is made of the classes that cells have defined, not of carried ones
    for module in (checking, sys.modules.get(f"snippets.{chapter}")):
        for name, value in globals().items():
            if isinstance(value, type) and isinstance(
                getattr(module, name, None), type
            ):
                setattr(module, name, value)
    return Markdown(said[getattr(checking, function)(*answers)])


@functools.lru_cache(256)
def _imported(code: str) -> list[str]:
    """The modules of snippets that code imports, in order."""
    return [
        node.module
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] == "snippets"
    ]


def _quoted(source: str) -> str:
    """Source code as a string literal, readable wherever that is possible."""
    return repr(source) if "'''" in source else f"r'''\n{source}\n'''"
