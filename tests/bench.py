"""`make bench`: what the book costs, beside stock Material with the same pages.

The two take turns, so that whatever else the machine does falls on both. Nothing fails
here; a line past its limit says so. `python -m tests.bench weight` does one part; the
parts are weight, build, rebuild and growth.
"""

import math
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from tests import browser, projects
from tests.projects import Cost, Project
from tests.server import PATH, serve

ROUNDS = 5  # the median of so many counts
PAGES = 30  # a language, when a page is saved
GROWTH = (1, 10, 30)
PATIENCE = 300  # seconds


def main(parts: list[str]) -> None:
    unknown = ", ".join(set(parts) - set(PARTS))
    if unknown:
        sys.exit(f"tests.bench: no part is called {unknown}; write {', '.join(PARTS)}")
    print(f"{'':<44}{'ours':>8}{'stock':>8}{'ratio':>7}  limit")
    for part in parts or PARTS:
        with TemporaryDirectory() as folder:
            PARTS[part](Path(folder))


def weight(folder: Path) -> None:
    """Kilobytes, compressed, of the heaviest page and of all that it loads."""
    pair = projects.pair(folder)
    page = projects.heaviest(pair[0])
    html = (projects.weight(each.built(page)) for each in pair)
    row(f"{page}: HTML, kB", *html, limit=60)
    row("  first visit, kB", *(visit(each, page) for each in pair), limit_ratio=1.5)


def build(folder: Path) -> None:
    """Seconds of a build of both languages."""
    ours, stock = projects.pair(folder)
    cache = ours.root / ".cache"

    def cold() -> float:
        for made in cache.rglob("*.*"):
            if made.is_file() and not set(projects.DRAWN).intersection(made.parts):
                made.unlink()
        return ours.build().seconds

    def warm() -> float:
        return ours.build().seconds

    def beside() -> float:
        return stock.build().seconds

    again, warmed, plain = take_turns(cold, warm, beside)
    shutil.rmtree(cache)  # minutes, so once
    first = ours.build().seconds
    row("build, cold, s", again, plain, limit_ratio=3)
    row("  warm, s", warmed, plain, limit_ratio=1.3)
    row("  figures and notebooks, when not cached, s", first - again)


def rebuild(folder: Path) -> None:
    """Seconds from saving a page until `mkdocs serve` shows the new text."""
    ours, stock = projects.pair(folder, PAGES)
    page = projects.pages(ours.root)[-1]  # English is built last; stock builds it alone
    with (
        serving(ours, "mkdocs.yml", page) as save_ours,
        serving(stock, "mkdocs.en.yml", page) as save_stock,
    ):
        seconds = take_turns(save_ours, save_stock)
    row(f"rebuild at {PAGES} pages a language, s", *seconds, limit=1.5)


def growth(folder: Path) -> None:
    """Seconds and memory of a build, by page, in a book so many times as long.

    These builds lie minutes apart: processor time, unlike the clock, tells little of
    what else the machine did meanwhile.
    """
    costs, kinds = {}, {"processor": "seconds of processor", "megabytes": "megabytes"}
    for times in GROWTH:
        count = times * len(projects.pages(projects.ROOT)) // 2
        pair = projects.pair(folder / str(times), count)
        # the short one is what the others are divided by, and noise is its larger part
        built = [
            [rendered(project) for project in pair]
            for _ in range(ROUNDS if times == 1 else 1)
        ]
        pages = [len(list(project.site.rglob("*.html"))) for project in pair]
        for kind in kinds:
            costs[kind, times] = [
                median(getattr(cost, kind) for cost in each) / number
                for each, number in zip(zip(*built, strict=True), pages, strict=True)
            ]
    for kind, name in kinds.items():
        row(f"growth: {name} a page", *costs[kind, 1])
        for times in GROWTH[1:]:
            pairs = zip(costs[kind, times], costs[kind, 1], strict=True)
            grown = (now / then for now, then in pairs)
            row(f"  {times} times the pages, relative to that", *grown, limit=1.1)


def rendered(project: Project) -> Cost:
    """A build that renders all pages, whatever an earlier one has kept."""
    shutil.rmtree(project.root / ".cache/renders", ignore_errors=True)
    return project.build()


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
        context.new_page().goto(url + project.address(page), wait_until="networkidle")
        # sizes() would leave out the scripts of workers
        responses = [request.response() for request in received]
        size = sum(int(each.header_value("content-length")) for each in responses)
        chromium.close()
    return size / 1000


@contextmanager
def serving(
    project: Project, configuration: str, page: str
) -> Iterator[Callable[[], float]]:
    """Runs `mkdocs serve`; gives what saves the page and waits for the new text."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    options = ("--config-file", configuration, "--dev-addr", host)
    url = f"http://{host}{PATH}{project.address(page)}"
    source = project.root / "docs" / page
    server = subprocess.Popen(
        (*projects.MKDOCS, "serve", *options),
        cwd=project.root,
        env=projects.ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def save() -> float:
        time.sleep(1)  # what else the last change made it do is over
        text = f"Saved at {time.time_ns()}."
        with source.open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")
        return wait_for(text, url)

    try:
        wait_for("</html>", url)
        yield save
    finally:
        server.terminate()
        server.wait()


def wait_for(text: str, url: str) -> float:
    """Seconds until the text stands at the address."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        try:
            with urlopen(url, timeout=PATIENCE) as answer:
                if text in answer.read().decode():
                    return time.perf_counter() - began
        except OSError:
            pass  # nothing is served yet, or while the page is written again
        time.sleep(0.01)
    sys.exit(f"{url} does not show {text!r}; try `mkdocs serve`")


def row(
    what: str,
    ours: float,
    stock: float | None = None,
    *,
    limit: float = math.inf,
    limit_ratio: float = math.inf,
) -> None:
    """Prints one line; `limit` is that of ours, `limit_ratio` that of ours to stock."""
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
