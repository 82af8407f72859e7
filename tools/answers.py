"""Checks of exercises as data, by which a page tells whether an answer is right.

A check only branches on what `which` and its siblings return. So it is run with a
stand-in for each argument, once for each thing that each call may return. What comes
out is a tree of questions:

    {"of": "slope_hat", "relative": 0.01, "absolute": 1e-12,
     "cases": [[[1.5], 0], [[2.2], 2]], "else": -1}

`of` is an argument, a list of arguments, or a part of one. Behind each candidate and
`else` stands the next question, or what the check returns. For `which`, a candidate is
the list of its numbers; a question for something equal has no tolerance. With `sorted`,
the order of an answer does not count.
"""

import importlib
import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from snippets.exercises import OTHER, as_numbers, plain

ROOT = Path(__file__).parents[1]


class Opaque(BaseException):
    """A check does something with an argument that no tree can tell."""


class _Asked(BaseException):
    """What the check asks next; no check catches it."""


class _StandIn:
    """An argument, or a part of one, of which nothing can be known."""


def _refuse(*_):
    raise Opaque


_MADE_WITH = {"__class__", "__doc__", "__init__", "__init_subclass__", "__new__"}
for _name in {*dir(float), *dir(list), "__call__"} - _MADE_WITH:
    setattr(_StandIn, _name, _refuse)


def of_chapter(name: str) -> dict:
    """By label: the arguments of a chapter's checks with their kinds, and trees."""
    module = importlib.import_module(f"snippets.exercises.{name}")
    found = {}
    for label, check in inspect.getmembers(module, inspect.isfunction):
        if check.__module__ == module.__name__ and label[0] != "_":
            try:
                found[label] = compiled(check)
            except Opaque:
                continue  # a function is asked for, or a tensor
    return found


def compiled(check: Callable) -> dict:
    """A check's arguments and its tree. Raises Opaque if it has none."""
    stand_ins = {name: _StandIn() for name in inspect.signature(check).parameters}
    names = {id(each): name for name, each in stand_ins.items()}
    kinds: dict[str, str] = {}

    def of(answer):
        if type(answer) is tuple:
            return [of(each) for each in answer]
        if id(answer) not in names:
            raise Opaque
        return names[id(answer)]

    def grown(returned: tuple[int, ...]):
        """The tree below the calls that have returned this."""
        left = iter(returned)

        def ask(question: dict, candidates: tuple, answer) -> int:
            given = next(left, None)
            if given is None:
                raise _Asked({"of": of(answer)} | question, candidates)
            return given

        def which(answer, *candidates, relative=0.01, absolute=1e-12):
            tolerance = {"relative": relative, "absolute": absolute}
            numbers = tuple(OTHER if c is OTHER else as_numbers(c) for c in candidates)
            return ask(tolerance, numbers, answer)

        def which_exactly(answer, *candidates):
            return ask({}, candidates, answer)

        def which_names(answer, *candidates):
            return ask({"sorted": True}, tuple(map(sorted, candidates)), answer)

        def parts(answer, count):
            made = tuple(_StandIn() for _ in range(count))
            for at, each in enumerate(made):
                names[id(each)] = {"name": of(answer), "at": at, "count": count}
            kept.extend(made)  # so that no other gets its id
            return made

        instead = (which, which_exactly, which_names, parts)
        try:
            with patch.dict(check.__globals__, {f.__name__: f for f in instead}):
                return check(*stand_ins.values())
        except _Asked as asked:
            question, candidates = asked.args
        kinds.update(_kinds(question, candidates))
        cases = [
            [_rounded(plain(candidate)), grown((*returned, number))]
            for number, candidate in enumerate(candidates)
            if candidate is not OTHER
        ]
        otherwise = grown((*returned, -1))
        if all(then == otherwise for _, then in cases):
            return otherwise
        return question | {"cases": cases, "else": otherwise}

    kept: list[_StandIn] = []
    tree = grown(())
    if kinds.keys() != stand_ins.keys():
        raise Opaque
    return {"kinds": {name: kinds[name] for name in stand_ins}, "tree": tree}


def _kinds(question: dict, candidates: tuple) -> dict[str, str]:
    """What a reader gives for each argument that a question is about."""
    of, right = question["of"], candidates[0]
    if isinstance(of, dict):
        return {of["name"]: "list"}
    if isinstance(of, list):
        return {name: _kind(part) for name, part in zip(of, right, strict=True)}
    if "sorted" in question:
        return {of: "names"}
    alone = "relative" in question and len(right) == 1
    return {of: _kind(right[0] if alone else right)}


def _kind(right) -> str:
    if isinstance(right, bool):
        return "truth"
    return {str: "name", tuple: "list"}.get(type(right), "number")


def _rounded(candidate):
    """Without digits in which computers differ."""
    if isinstance(candidate, tuple):
        return list(map(_rounded, candidate))
    if not isinstance(candidate, float):
        return candidate
    if math.isinf(candidate):
        return "Infinity"  # JSON has no such number, JavaScript reads it as one
    return int(candidate) if candidate.is_integer() else float(f"{candidate:.9g}")


def alike(one, other) -> bool:
    """Whether two trees differ in rounding alone."""
    if {type(one), type(other)} <= {int, float}:
        return math.isclose(one, other, rel_tol=1e-5)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        same = list(one) == list(other)
        return same and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


def record(name: str) -> None:
    """Writes the trees of a chapter, unless those recorded differ in rounding alone."""
    file = ROOT / f"snippets/outputs/{name}/answers.json"
    found = of_chapter(name)
    if file.is_file() and alike(found, json.loads(file.read_text(encoding="utf-8"))):
        return
    rows = (f'"{label}": {json.dumps(each)}' for label, each in found.items())
    file.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    print(file.relative_to(ROOT))
