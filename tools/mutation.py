"""`make mutate`: breaks the snippets, one place at a time; the tests must notice.

There are thousands of places, so a run draws some from each chapter; the seed is said.
`make mutate PAGE=training` breaks a whole chapter. cosmic-ray knows how a place can be
broken. The tests of the chapter, its exercises and its figures are run first, then the
pages and the tests of every chapter that imports it.

Two things are not broken: examples, that is, what runs under `__main__`, because their
values are free choices and their output is compared to the letter; and the numbers in
what draws, because sizes are a matter of taste. Breaks that change nothing are listed
in equivalent_mutants.tsv, with the reason.
"""

import ast
import contextlib
import csv
import functools
import gc
import math
import multiprocessing
import os
import random
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import hypothesis
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.checks.project import seal

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.tsv")
SCORE = ROOT / "snippets/outputs/about/mutants.txt"
SEAL = ROOT / "tools/mutants.sha256"  # tells a count from what somebody typed
ROOMS = ("snippets", "snippets/figures", "snippets/exercises")
CHAPTERS = sorted(file.stem for file in ROOT.glob("snippets/[!_]*.py"))
DRAWN = 20  # places of each chapter
PATIENCE = 3  # tests that take so many times as long as unbroken have noticed
LIBRARIES = ("matplotlib.figure", "scipy.stats", "sympy", "torch")
# One replacement for each operator is enough; bit operations mostly raise TypeError.
NOT_USED = re.compile(
    r"core/(Variable"
    r"|ReplaceBinaryOperator_.*_(RShift|LShift|BitXor|BitOr|BitAnd|Mod|FloorDiv)"
    r"|ReplaceBinaryOperator_(Add_(?!Sub)|Sub_(?!Add)|Mul_(?!Div)|Div_(?!Mul))"
    r"|ReplaceBinaryOperator_(Pow|MatMult)_(?!Mul)"
    r"|ReplaceComparisonOperator_.*_Is(Not)?$"
    r"|ReplaceUnaryOperator_(?!USub_UAdd|Delete_Not))"
)
LEFT_OUT = ("cacheprovider", "playwright", "unraisableexception")  # to save time
PYTEST = ["-x", "--assert=plain", *(f"-pno:{plugin}" for plugin in LEFT_OUT)]


class Mutant(NamedTuple):
    chapter: str
    path: str
    operator: str
    occurrence: int
    seconds: int  # after which the tests have noticed


def main(page: str | None = None, seed: str | None = None) -> int:
    if page and page not in CHAPTERS:
        sys.exit(f"tools.mutation: no page {page}; there are {', '.join(CHAPTERS)}")
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    for library in LIBRARIES:  # imported once, and not again for each mutant
        import_module(library)
    gc.freeze()  # each process would go through them
    # one counterexample is enough, however long
    hypothesis.settings.register_profile("brief", phases=[hypothesis.Phase.generate])
    hypothesis.settings.load_profile("brief")
    chapters = [page] if page else [name for name in CHAPTERS if any(places(name))]
    seed = seed or str(time.time_ns() % 1000)
    print(f"seed {seed}", flush=True)
    draw = random.Random(seed)
    fork = multiprocessing.get_context("fork")
    with (
        TemporaryDirectory() as folder,
        fork.Pool(os.cpu_count(), copy_project, (folder,)) as pool,
    ):
        mutants = []
        for chapter, seconds in zip(
            chapters, pool.imap(unbroken, chapters), strict=True
        ):
            if not seconds:
                sys.exit(f"{chapter}: a test fails although nothing is broken")
            ways = list(places(chapter))
            drawn = ways if page else draw.sample(ways, min(DRAWN, len(ways)))
            mutants += [Mutant(chapter, *each, seconds) for each in drawn]
        survivors = list(filter(None, pool.imap(survivor, mutants)))
        count = sum(len(list(places(chapter))) for chapter in chapters)
    return report(count, len(mutants), survivors, all_chapters=not page)


def report(count: int, drawn: int, survivors: list[str], all_chapters: bool) -> int:
    """Prints what survived and is not explained; a run of all chapters is recorded."""
    with EQUIVALENT.open(encoding="utf-8") as file:
        equivalent = {row["mutant"] for row in csv.DictReader(file, delimiter="\t")}
    unknown = [line for line in survivors if line not in equivalent]
    score = (
        f"{'mutants':<17} {count}\n"
        f"{'drawn':<17} {drawn}\n"
        f"{'noticed':<17} {drawn - len(survivors)}\n"
        f"{'changing nothing':<17} {len(survivors) - len(unknown)}\n"
        f"{'not noticed':<17} {len(unknown)}\n"
    )
    print(score, end="")
    for line in unknown:
        print(f"snippets: nobody notices {line}; test it, or list it with the reason")
    if all_chapters:
        SCORE.write_text(score, encoding="utf-8")
        SEAL.write_text(seal(score), encoding="utf-8")
    return bool(unknown)


def places(chapter: str) -> Iterator[tuple[str, str, int]]:
    """Each place in a chapter's modules, by each operator: path, operator, number."""
    operators = [name for name in operator_names() if not NOT_USED.match(name)]
    for path in (f"{room}/{chapter}.py" for room in ROOMS):
        if not (ROOT / path).exists():
            continue
        code = (ROOT / path).read_text(encoding="utf-8")
        nodes = list(ast_nodes(get_ast(code)))
        examples, drawing = spared_lines(code)
        for name in operators:
            operator = get_operator(name)()
            number = "Number" in name or "USub" in name  # or its sign
            spared = examples | drawing if number else examples
            found = [at for node in nodes for at in operator.mutation_positions(node)]
            for occurrence, ((line, _), _) in enumerate(found):
                if line not in spared:
                    yield path, name, occurrence


def spared_lines(code: str) -> tuple[set[int], set[int]]:
    """The lines of what runs under `__main__`, and of what draws."""
    examples, drawing = set(), set()
    for node in ast.parse(code).body:
        lines = range(node.lineno, node.end_lineno + 1)
        if isinstance(node, ast.If):
            examples.update(lines)
        elif isinstance(node, ast.FunctionDef):
            signature = ast.unparse(node).partition(":\n")[0]
            if re.search(r"\b(Axes|Figure)\b", signature):
                drawing.update(lines)
    return examples, drawing


def copy_project(folder: str) -> None:
    """Gives a process of the pool its own copy, as the current directory."""
    copy = Path(folder, str(os.getpid()))
    ignored = shutil.ignore_patterns(".*", "site", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=ignored)
    os.chdir(copy)


def survivor(mutant: Mutant) -> str | None:
    """The line that is broken, if no test fails."""
    path = Path(mutant.path)
    code = path.read_text(encoding="utf-8")
    operator = get_operator(mutant.operator)()
    changed = mutate_code(code, operator, mutant.occurrence)
    path.write_text(changed, encoding="utf-8")
    passed = passes(mutant.chapter, mutant.seconds)
    path.write_text(code, encoding="utf-8")
    lines = zip(code.splitlines(), changed.splitlines(), strict=False)
    line = next(new for old, new in lines if old != new)
    return " ".join(line.split()) if passed else None


def unbroken(chapter: str) -> int:
    """How many seconds broken tests of a chapter get; 0 if they fail now."""
    begun = time.monotonic()
    passed = passes(chapter, seconds=600)
    return passed and math.ceil(PATIENCE * (time.monotonic() - begun))


def passes(chapter: str, seconds: int) -> bool:
    """Whether all tests of a chapter pass in the current directory."""
    return all(run(arguments, seconds) for arguments in questions(chapter))


@functools.cache
def questions(chapter: str) -> list[list[str]]:
    """What pytest is asked to run, in this order."""
    running = {chapter}
    files = [file for room in ROOMS for file in ROOT.glob(f"{room}/[!_]*.py")]
    for _ in CHAPTERS:  # imports of imports, and so on
        for file in files:
            imported = re.findall(
                r"^from snippets\.(?:\w+\.)?(\w+) import",
                file.read_text(encoding="utf-8"),
                re.M,
            )
            if running.intersection(imported):
                running.add(file.stem)
    others = sorted(running - {chapter})
    files = ("exercises", chapter, "figures")
    own = [*(f"tests/test_{name}.py" for name in files), "-k", chapter]
    return [
        own,
        [
            *(f"docs/ko/{name}.md" for name in (chapter, *others)),
            *(f"tests/test_{name}.py" for name in others),
        ],
    ]


def run(arguments: list[str], seconds: int) -> bool:
    """Whether pytest passes, in a new process that has the libraries already."""
    child = os.fork()
    if not child:
        signal.alarm(seconds)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        sys.dont_write_bytecode = True  # it would be taken for that of the next mutant
        sys.path[:] = [os.getcwd(), *(path for path in sys.path if path != str(ROOT))]
        failed = 1
        with contextlib.suppress(BaseException):
            failed = pytest.main([*PYTEST, *arguments])
        os._exit(failed)
    _, status = os.waitpid(child, 0)
    return status == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
