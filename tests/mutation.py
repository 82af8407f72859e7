"""`make mutate`: breaks the functions of snippets/, one place at a time, by cosmic-ray,
and asks the tests of the chapters, then the pages, whether they notice.

Asked is all that runs the broken module: its chapter, the exercises, and the chapters
that import it. Not broken: examples, that is, what runs under `__main__`: their values
are free choices which the page shows, and their output is compared to the letter. Nor
the numbers in what draws: lines and points are read back, sizes are a matter of taste.
Breaks that change nothing stand in equivalent_mutants.tsv with the reason.
"""

import ast
import contextlib
import csv
import functools
import gc
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import cosmic_ray.mutating
import hypothesis
import pytest
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult
from hypothesis import Phase

ROOT = Path(__file__).parents[1]
SECONDS = 45  # a broken module may run; then it has been noticed
CHAPTERS = sorted(
    file.stem for file in ROOT.glob("snippets/*.py") if file.stem != "__init__"
)
FOLDERS = [ROOT / f".cache/mutation/{name}" for name in CHAPTERS]
EXERCISES = "test_each_answer_gets_the_hint_that_fits"
LIBRARIES = ("matplotlib.figure", "scipy.stats", "sympy", "torch")
# one replacement for each operator; bit operations mostly raise TypeError
OPERATORS = r"""
exclude-operators = [
  "core/ReplaceBinaryOperator_.*_(RShift|LShift|BitXor|BitOr|BitAnd|Mod|FloorDiv)",
  "core/ReplaceBinaryOperator_Add_(?!Sub)", "core/ReplaceBinaryOperator_Sub_(?!Add)",
  "core/ReplaceBinaryOperator_Mul_(?!Div)", "core/ReplaceBinaryOperator_Div_(?!Mul)",
  "core/ReplaceBinaryOperator_Pow_(?!Mul)",
  "core/ReplaceBinaryOperator_MatMult_(?!Mul)",
  "core/ReplaceComparisonOperator_.*_Is(Not)?$",
  "core/ReplaceUnaryOperator_(?!USub_UAdd|Delete_Not)",
]
"""


def main() -> int:
    for library in LIBRARIES:  # once, and not for each broken place
        import_module(library)
    gc.freeze()  # nor swept
    # one counterexample is enough, however long
    hypothesis.settings.register_profile("brief", phases=[Phase.generate])
    hypothesis.settings.load_profile("brief")
    fork = multiprocessing.get_context("fork")
    with fork.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        pool.map(work, FOLDERS, chunksize=1)
    return report()


def report() -> int:
    """Tells what survived and is not explained; writes the score for the page."""
    killed, survivors = 0, []
    for folder in FOLDERS:
        with use_db(folder / "session.sqlite", WorkDB.Mode.open) as work:
            for _, result in work.results:
                if result.test_outcome == TestOutcome.SURVIVED:
                    survivors.append(broken_line(result.diff))
                elif result.worker_outcome == WorkerOutcome.NORMAL:
                    killed += 1
    with (ROOT / "tests/equivalent_mutants.tsv").open(encoding="utf-8") as file:
        equivalent = {row["mutant"] for row in csv.DictReader(file, delimiter="\t")}
    unknown = [line for line in survivors if line not in equivalent]
    score = (
        f"{'mutants noticed':<20} {killed} of {killed + len(survivors)}\n"
        f"{'changing nothing':<20} {len(survivors) - len(unknown)}\n"
    )
    print(score, end="")
    for line in unknown:
        print(f"snippets: nobody notices {line}; test it, or list it with the reason")
    for line in equivalent.difference(survivors):
        print(f"tests/equivalent_mutants.tsv: nothing is broken like this now: {line}")
    recorded = ROOT / "snippets/outputs/about/mutants.txt"
    recorded.write_text(score, encoding="utf-8")
    return bool(unknown)


def work(folder: Path) -> None:
    """Breaks a chapter's snippets in a copy of the project."""
    subprocess.run(("rm", "-rf", folder), check=True)
    subprocess.run(("git", "clone", "--quiet", ROOT, folder), check=True)
    (folder / "cosmic-ray.toml").write_text(
        f"""[cosmic-ray]
module-path = ["snippets/{folder.name}.py"]
timeout = {SECONDS}.0
excluded-modules = []
test-command = "pytest"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
{OPERATORS}""",
        encoding="utf-8",
    )
    run = Path(sys.executable).parent
    files = ("cosmic-ray.toml", "session.sqlite")
    subprocess.run((run / "cosmic-ray", "init", *files), cwd=folder, check=True)
    subprocess.run((run / "cr-filter-operators", *files[::-1]), cwd=folder, check=True)
    skip_examples(folder)
    os.chdir(folder)
    asked = questions(folder.name)
    if outcome(asked)[0] is TestOutcome.KILLED:
        sys.exit(f"{folder.name}: its tests fail although nothing is broken")
    cosmic_ray.mutating.run_tests = functools.partial(outcome, asked)
    with use_db(folder / "session.sqlite", WorkDB.Mode.open) as work:
        for item in list(work.pending_work_items):
            result = cosmic_ray.mutating.mutate_and_test(item.mutations, "", SECONDS)
            work.set_result(item.job_id, result)


def questions(name: str) -> tuple[list[str], list[str]]:
    """What runs a chapter's module: its own tests; the pages and the other tests."""
    running = {name}
    for _ in CHAPTERS:  # imports of imports, and so on
        for other in CHAPTERS:
            code = Path(f"snippets/{other}.py").read_text(encoding="utf-8")
            imported = re.findall(r"^from snippets\.(\w+) import", code, re.M)
            if running.intersection(imported):
                running.add(other)
    exercises = [f"tests/test_exercises.py::{EXERCISES}[{name}]"]
    others = sorted(running - {name})
    return [*(exercises if name != "index" else []), f"tests/test_{name}.py"], [
        *(f"docs/ko/{each}.md" for each in (name, *others)),
        *(f"tests/test_{each}.py" for each in others),
    ]


def outcome(asked: tuple[list[str], ...], *_) -> tuple[TestOutcome, str]:
    """Whether all tests pass."""
    passed = all(passes(each) for each in asked)
    return (TestOutcome.SURVIVED if passed else TestOutcome.KILLED), ""


def passes(asked: list[str]) -> bool:
    """Whether the tests pass, in a process of its own that has the libraries by now."""
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        sys.dont_write_bytecode = True  # it would be taken for that of the next
        sys.path[:] = [os.getcwd(), *(path for path in sys.path if path != str(ROOT))]
        sys.modules.pop("tests", None)
        options = ["-x", "--assert=plain"]  # what fails is not looked at
        for plugin in ("cacheprovider", "playwright", "unraisableexception"):
            options += ["-p", f"no:{plugin}"]
        failed = 1
        with contextlib.suppress(BaseException):
            failed = pytest.main(options + asked)
        os._exit(failed)
    _, status = os.waitpid(child, 0)
    return status == 0


def skip_examples(folder: Path) -> None:
    """Leaves out what runs under `__main__`, and the numbers in what draws."""
    with use_db(folder / "session.sqlite", WorkDB.Mode.open) as work:
        for item in list(work.pending_work_items):
            (mutation,) = item.mutations
            tree = ast.parse(
                (folder / mutation.module_path).read_text(encoding="utf-8")
            )
            for node in tree.body:
                draws = re.match(r"figure_|_draw_", getattr(node, "name", ""))
                number = draws and "NumberReplacer" in mutation.operator_name
                inside = node.lineno <= mutation.start_pos[0] <= node.end_lineno
                if inside and (number or isinstance(node, ast.If)):
                    skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
                    work.set_result(item.job_id, skipped)


def broken_line(diff: str) -> str:
    """The line that the mutation wrote."""
    lines = [
        line for line in diff.splitlines() if line[:1] == "+" and line[:3] != "+++"
    ]
    return " ".join(lines[0][1:].split())


if __name__ == "__main__":
    sys.exit(main())
