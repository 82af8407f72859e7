"""What all tests share: seeds, chances of a false alarm, built sites."""

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from publishing import extension
from publishing.page import Page
from tests import tiny
from tests.server import SITE_URL, serve

# Tests run side by side, and their processes have this, too. Nothing above imports
# torch or NumPy, which read it when they are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).parent.parent
ALARM = 1e-9  # how often one statistical check may fail although nothing is wrong
BUDGET = 1e-6  # and all of them together


def pytest_addoption(parser):
    parser.addoption(
        "--seed", type=int, default=0, help="seed of the tests whose law holds for any"
    )
    help_ = "run these tests alone, each with the seeds 0, 1, … below this number"
    parser.addoption("--seeds", type=int, default=0, help=help_)
    help_ = "a built site to test, such as site; without it, one is built"
    parser.addoption("--site", type=lambda path: Path(path).resolve(), help=help_)


def pytest_configure(config):
    text = "alarms(count): how often the test calls `alarm`; without it, once"
    config.addinivalue_line("markers", text)
    config.pluginmanager.register(Alarms(config))
    # The same examples each time; no limit of time, which depends on what else runs.
    settings.register_profile("book", derandomize=True, database=None, deadline=None)
    settings.load_profile("book")


def pytest_generate_tests(metafunc):
    seeds = metafunc.config.getoption("--seeds")
    if seeds and "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(seeds))


class Alarms:
    """Adds up how likely false alarms are, before anything runs.

    Each process collects the same tests in the same order, so that all refuse the same.
    """

    def __init__(self, config):
        self.seeds = config.getoption("--seeds")
        # one run for each seed
        self.limit = round(BUDGET / ALARM) * (self.seeds or 1)
        self.ran = 0

    @pytest.hookimpl(trylast=True)  # when others have chosen what runs
    def pytest_collection_modifyitems(self, config, items):
        if self.seeds:
            fixed = [item for item in items if "seed" not in _fixtures(item)]
            config.hook.pytest_deselected(items=fixed)
            items[:] = [item for item in items if "seed" in _fixtures(item)]
        booked = 0
        for item in items:
            if "alarm" in _fixtures(item):
                mark = item.get_closest_marker("alarms")
                checks = mark.args[0] if mark else 1
                item.user_properties.append(("alarms", checks))
                fits = booked + checks <= self.limit
                booked += checks * fits
                item.user_properties.append(("refused", not fits))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if dict(item.user_properties).get("refused"):
            message = (
                f"{_where(item)}: with this test, false alarms are more likely than "
                f"{self.limit * ALARM:g}; take out statistical checks"
            )
            pytest.fail(message, pytrace=False)

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.ran += dict(report.user_properties).get("alarms", 0)

    def pytest_terminal_summary(self, terminalreporter):
        told = f"statistical false-alarm rate of this run: {self.ran * ALARM:.1e}"
        terminalreporter.write_line(told)


def _fixtures(item) -> list[str]:
    return getattr(item, "fixturenames", [])  # blocks of pages have none


def _where(item) -> str:
    path, line, _ = item.location
    return f"{path}:{line + 1}"


@pytest.fixture
def seed(request) -> int:
    """Seed of a test whose law holds for any.

    `pytest --seed 7` tries another, `pytest --seeds 200` tries 200.
    """
    return request.config.getoption("--seed")


@pytest.fixture
def alarm(request):
    """Call it once a statistical check: it returns the false-alarm rate of that check.

    A test that calls it three times has the mark `@pytest.mark.alarms(3)`.
    """
    declared = dict(request.node.user_properties)["alarms"]
    called = 0

    def book() -> float:
        nonlocal called
        called += 1
        if called > declared:
            message = "one statistical check more than declared; write @pytest.mark."
            told = f"{_where(request.node)}: {message}alarms(COUNT), with all of them"
            pytest.fail(told, pytrace=False)
        return ALARM

    return book


@pytest.fixture
def equation(request):
    """Evaluates the equation that the test quotes: call it as `Equation` says."""
    from tests.mistakes import Equation  # NumPy, not before what is set above

    equation = Equation(*request.node.get_closest_marker("equation").args)
    yield equation
    if not equation.calls:
        pytest.fail("the test has not evaluated its equation", pytrace=False)
    if equation.survivors:
        told = "these values do not show what is wrong with: "
        pytest.fail(told + "; ".join(equation.survivors), pytrace=False)


@pytest.fixture
def run_chapter(capsys):
    """Runs a chapter's module as `python -m` does; returns its names and its output."""

    def run(name: str) -> tuple[dict, str]:
        names = runpy.run_path(str(ROOT / f"snippets/{name}.py"), run_name="__main__")
        return names, capsys.readouterr().out

    return run


@pytest.fixture(scope="session")
def mkdocs():
    """Runs the mkdocs command as a reader's shell does."""

    def run(
        *arguments: str | Path, root: Path = ROOT, **environment: str
    ) -> subprocess.CompletedProcess:
        defaults = {"SITE_URL": "", "REPO_URL": "", "NO_MKDOCS_2_WARNING": "1"}
        return subprocess.run(
            (sys.executable, "-m", "mkdocs", *arguments),
            cwd=root,
            env=os.environ | defaults | environment,
            text=True,
            capture_output=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def build_once(mkdocs, tmp_path_factory):
    """Builds a site for SITE_URL, once for all processes of pytest-xdist."""

    def build(name: str, root: Path = ROOT, **environment: str) -> tuple[Path, str]:
        """The site, and what its build has said."""
        shared = tmp_path_factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            shared = shared.parent
        site, log = shared / name, shared / f"{name}.log"
        with FileLock(shared / f"{name}.lock"):
            if not log.exists():
                arguments = ("build", "--site-dir", site)
                environment = {"SITE_URL": SITE_URL} | environment
                built = mkdocs(*arguments, root=root, **environment)
                log.write_text(built.stderr, encoding="utf-8")
        said = log.read_text(encoding="utf-8")
        if not site.exists():
            pytest.fail(said, pytrace=False)
        return site, said

    return build


@pytest.fixture(scope="session")
def site(build_once) -> Path:
    """The site without notebooks' pages, built in seconds."""
    return build_once("site", NOTEBOOKS="0")[0]


@pytest.fixture(scope="session")
def site_with_notebooks(build_once, pytestconfig) -> Path:
    """The site with its notebooks executed, which takes minutes."""
    if built := pytestconfig.getoption("--site"):
        return built
    return build_once("site_with_notebooks", NOTEBOOKS="1")[0]


@pytest.fixture(scope="session")
def site_url(site_with_notebooks) -> Iterator[str]:
    """Where the site with its notebooks is served: on this machine, under /theta/."""
    with serve(site_with_notebooks) as url:
        yield url


@pytest.fixture(scope="session")
def tiny_book(tmp_path_factory) -> Path:
    """A book of one chapter, which no test changes."""
    root = tiny.make(tmp_path_factory.mktemp("tiny") / "book")
    # imports what each pytest inside a test would import anew
    extension.render(Page(root / "docs/ko/sums.md"))
    return root


@pytest.fixture
def book(tiny_book, tmp_path) -> Path:
    """A copy of the book of one chapter, to be changed."""
    return shutil.copytree(tiny_book, tmp_path / "book")
