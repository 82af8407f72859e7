"""`make mutate`: breaks the functions of snippets/, one place at a time, by cosmic-ray,
and asks the tests of the chapters, then the pages, whether they notice.

Not broken: what runs under `__main__`, whose output is compared to the letter, and the
numbers of figures: lines and points are read back, sizes are a matter of taste.
Breaks that change nothing stand in equivalent_mutants.tsv with the reason.
"""

import ast
import csv
import os
import subprocess
import sys
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
CHAPTERS = ("data", "model", "training", "estimates", "index")
# two workers with about as much to do each
SHARES = (("estimates", "index"), ("data", "model", "training"))
FOLDERS = [ROOT / f".cache/mutation/{number}" for number in range(len(SHARES))]
# one replacement for each operator; bit operations mostly raise TypeError
OPERATORS = r"""
exclude-operators = [
  "core/ReplaceBinaryOperator_.*_(RShift|LShift|BitXor|BitOr|BitAnd|Mod|FloorDiv)",
  "core/ReplaceBinaryOperator_Add_(?!Sub)", "core/ReplaceBinaryOperator_Sub_(?!Add)",
  "core/ReplaceBinaryOperator_Mul_(?!Div)", "core/ReplaceBinaryOperator_Div_(?!Mul)",
  "core/ReplaceBinaryOperator_Pow_(?!Mul)",
  "core/ReplaceBinaryOperator_MatMult_(?!Mul)",
  "core/ReplaceComparisonOperator_.*_Is(Not)?$", "core/ReplaceUnaryOperator_(?!USub_UAdd|Delete_Not)",
]
"""


def main() -> int:
    workers = [
        start(folder, share) for folder, share in zip(FOLDERS, SHARES, strict=True)
    ]
    for worker in workers:
        worker.wait()
    return report()


def report() -> int:
    """Tells what survived and is not explained; writes the score for the page."""
    killed, survivors = 0, []
    for folder in FOLDERS:
        with use_db(folder / "session.sqlite", WorkDB.Mode.open) as work:
            for _, result in work.results:
                if result.test_outcome == TestOutcome.SURVIVED:
                    survivors.append(broken_line(result.diff))
                elif result.worker_outcome != WorkerOutcome.SKIPPED:
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
    recorded = ROOT / "snippets/outputs/about/mutants.txt"
    recorded.write_text(score, encoding="utf-8")
    return bool(unknown)


def start(folder: Path, chapters: tuple[str, ...]) -> subprocess.Popen:
    """A worker that breaks its share of the chapters in a copy of the project."""
    subprocess.run(("rm", "-rf", folder), check=True)
    subprocess.run(("git", "clone", "--quiet", ROOT, folder), check=True)
    tests = " ".join(f"tests/test_{name}.py" for name in (*chapters, *CHAPTERS))
    pytest = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:playwright"
    (folder / "cosmic-ray.toml").write_text(
        f"""[cosmic-ray]
module-path = {[f"snippets/{name}.py" for name in chapters]}
timeout = 120.0
excluded-modules = []
test-command = "sh -c '{pytest} {tests} && {pytest} docs/ko'"
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
    skip_lines(folder)
    environment = os.environ | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = (run / "cosmic-ray", "exec", *files)
    return subprocess.Popen(command, cwd=folder, env=environment)


def skip_lines(folder: Path) -> None:
    """Leaves out the numbers of figures, and what runs under `__main__`."""
    with use_db(folder / "session.sqlite", WorkDB.Mode.open) as work:
        for item in list(work.pending_work_items):
            (mutation,) = item.mutations
            tree = ast.parse(
                (folder / mutation.module_path).read_text(encoding="utf-8")
            )
            for node in tree.body:
                figure = getattr(node, "name", "").startswith("figure_")
                number = figure and "NumberReplacer" in mutation.operator_name
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
