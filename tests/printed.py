"""What a chapter runs and prints, taken apart."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def numbers(text: str) -> list[float]:
    """The numbers of a text, in order; those in names, as in θ₀, are none."""
    return [float(number) for number in _NUMBER.findall(text)]


def section(name: str, label: str) -> str:
    """The code of a section of snippets/NAME.py."""
    code = (ROOT / f"snippets/{name}.py").read_text(encoding="utf-8")
    _, _, behind = code.partition(f"# --8<-- [start:{label}]\n")
    lines, end, _ = behind.partition(f"# --8<-- [end:{label}]")
    assert end, f"snippets/{name}.py has no section {label}"
    return textwrap.dedent(lines.rpartition("\n")[0])
