"""`make bench`: what the book costs, beside stock Material with the same pages.

The two take turns, so that what else the machine does slows both. Nothing fails here;
a line past its limit says so. `make bench PART=weight` measures one part; the parts are
weight, build, rebuild and growth.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests import browser
from tests.server import PATH, fetch, mkdocs_serve, serve
from tools import projects
from tools.projects import Project

ROUNDS = 5  # the median of this many counts
REBUILT = 20  # pages a language, when a page is saved
GROWTH = (1, 10, 30)
PATIENCE = 300  # seconds


def main(parts: list[str]) -> None:
    unknown = ", ".join(set(parts) - set(PARTS))
    if unknown:
        sys.exit(f"tools.bench: there is no part {unknown}; write {', '.join(PARTS)}")
    print(f"{'':<44}{'ours':>8}{'stock':>8}{'ratio':>7}  limit")
    for part in parts or PARTS:
        with TemporaryDirectory() as folder:
            PARTS[part](Path(folder))


def weight(folder: Path) -> None:
    """Kilobytes, compressed, of the heaviest page and of all that it loads."""
    pair = projects.pair(folder)
    for project in pair:
        project.build()
    page = projects.heaviest(pair[0])
    html = (projects.weight(project, page) for project in pair)
    row(f"{page}: HTML, kB", *html, limit=60)
    visits = (visit(project, page) for project in pair)
    row("  first visit, kB", *visits, limit_ratio=1.5)


def build(folder: Path) -> None:
    """Seconds of a build of both languages."""
    ours, stock = projects.pair(folder)
    row("build, notebooks executed, s", ours.build(notebooks=True).seconds, limit=60)
    seconds = take_turns(lambda: ours.build().seconds, lambda: stock.build().seconds)
    row("  not executed, s", *seconds, limit_ratio=3)


def rebuild(folder: Path) -> None:
    """Seconds from saving a page until `mkdocs serve` shows the new text.

    Ours builds both languages; stock needs two servers, whose times are added.
    """
    ours, stock = projects.pair(folder, REBUILT)
    korean, english = "index.md", "en/index.md"
    with (
        serving(ours, "mkdocs.yml", english) as in_ours,  # English is built last
        serving(stock, "mkdocs.yml", korean) as in_korean,
        serving(stock, "mkdocs.en.yml", english) as in_english,
    ):
        seconds = take_turns(in_ours, lambda: in_korean() + in_english())
    row(f"rebuild at {REBUILT} pages a language, s", *seconds, limit_ratio=1)


@contextmanager
def serving(
    project: Project, configuration: str, page: str
) -> Iterator[Callable[[], float]]:
    """Runs `mkdocs serve`; gives what saves the page and waits for the new text."""
    language, name = page.split("/") if "/" in page else ("ko", page)
    source = project.root / "docs" / language / name
    root = project.root
    with mkdocs_serve(root, configuration, SITE_URL=projects.SITE_URL) as base:
        url = base.removesuffix("/") + PATH + projects.address(page)
        fetch(url, "</html>", PATIENCE)

        def save() -> float:
            time.sleep(1)  # the last change has been dealt with by then
            text = f"Saved at {time.time_ns()}."
            began = time.perf_counter()
            with source.open("a", encoding="utf-8") as file:
                file.write(f"\n{text}\n")
            fetch(url, text, PATIENCE)
            return time.perf_counter() - began

        yield save


def growth(folder: Path) -> None:
    """Seconds and memory of a build, by page, in a book this many times as long.

    These builds are minutes apart. Processor time depends less than the clock on what
    else the machine did in between.
    """
    costs, kinds = {}, {"processor": "seconds of processor", "megabytes": "megabytes"}
    for times in GROWTH:
        count = times * len(projects.pages(projects.ROOT)) // 2
        pair = projects.pair(folder / str(times), count)
        # the short one divides the others, and is the most affected by noise
        rounds = ROUNDS if times == 1 else 1
        built = [[project.build() for project in pair] for _ in range(rounds)]
        number = len(projects.pages(pair[0].root))
        for kind in kinds:
            costs[kind, times] = [
                median(getattr(cost, kind) for cost in each) / number
                for each in zip(*built, strict=True)
            ]
    for kind, name in kinds.items():
        row(f"growth: {name} a page", *costs[kind, 1])
        for times in GROWTH[1:]:
            both = zip(costs[kind, times], costs[kind, 1], strict=True)
            grown = (now / then for now, then in both)
            row(f"  {times} times the pages, relative to that", *grown, limit=1.1)


PARTS = {"weight": weight, "build": build, "rebuild": rebuild, "growth": growth}


def take_turns(*runs: Callable[[], float]) -> list[float]:
    """The median of what each returns."""
    rounds = [[run() for run in runs] for _ in range(ROUNDS)]
    return [median(each) for each in zip(*rounds, strict=True)]


def visit(project: Project, page: str) -> float:
    """Kilobytes that a browser which has nothing yet receives for a page."""
    received = []
    with serve(project.site) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.executable(), args=browser.FLAGS
        )
        context = chromium.new_context()
        context.on("requestfinished", lambda request: received.append(request))
        context.new_page().goto(url + projects.address(page), wait_until="networkidle")
        # request.sizes() leaves out the scripts of workers
        responses = [request.response() for request in received]
        size = sum(int(each.header_value("content-length")) for each in responses)
        chromium.close()
    return size / 1000


def row(
    what: str,
    ours: float,
    stock: float | None = None,
    *,
    limit: float = math.inf,
    limit_ratio: float = math.inf,
) -> None:
    """Prints one line; `limit` is for ours, `limit_ratio` for ours divided by stock."""
    print(f"{what:<44}{ours:>8.3g}", end="")
    ratio = 0.0
    if stock is not None:
        ratio = ours / stock
        print(f"{stock:>8.3g}{ratio:>7.2f}", end="")
    if limit < math.inf:
        print(f"  {limit:g}", end="")
    if limit_ratio < math.inf:
        print(f"  {limit_ratio:g} times stock", end="")
    print("  exceeded" if ours > limit or ratio > limit_ratio else "", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
