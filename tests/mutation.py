"""`make mutate`: breaks the functions of snippets/, one place at a time, by cosmic-ray,
and asks the tests of the chapters, then the pages, whether they notice.

Not broken: examples, that is, what runs under `__main__`: their values are free choices
which the page shows, and their output is compared to the letter. Nor the numbers of
figures: lines and points are read back, sizes are a matter of taste.
Breaks that change nothing stand in equivalent_mutants.tsv with the reason.
"""

import ast
import csv
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(
    file.stem for file in ROOT.glob("snippets/*.py") if file.stem != "__init__"
)
FOLDERS = [ROOT / f".cache/mutation/{name}" for name in CHAPTERS]
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
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(work, FOLDERS))
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


def work(folder: Path) -> None:
    """Breaks a chapter's snippets in a copy of the project; its own tests go first."""
    subprocess.run(("rm", "-rf", folder), check=True)
    subprocess.run(("git", "clone", "--quiet", ROOT, folder), check=True)
    names = (folder.name, *(name for name in CHAPTERS if name != folder.name))
    tests = " ".join(f"tests/test_{name}.py" for name in names)
    pytest = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:playwright"
    (folder / "cosmic-ray.toml").write_text(
        f"""[cosmic-ray]
module-path = ["snippets/{folder.name}.py"]
timeout = 300.0
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
    skip_examples(folder)
    environment = os.environ | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = (run / "cosmic-ray", "exec", *files)
    subprocess.run(command, cwd=folder, env=environment, check=True)


def skip_examples(folder: Path) -> None:
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
