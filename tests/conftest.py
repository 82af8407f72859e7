"""Seeds, and what testing with random numbers costs: chances of a false alarm."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import serve

ROOT = Path(__file__).parent.parent
ALARM = 1e-9  # how often one statistical check may fail although nothing is wrong
BUDGET = 1e-6  # and all of them together


def pytest_addoption(parser):
    parser.addoption(
        "--seed", type=int, default=0, help="seed of the tests whose law holds for any"
    )


def pytest_configure(config):
    config.pluginmanager.register(Alarms())


class Alarms:
    """Adds up what the tests have booked, in however many processes they ran."""

    spent = 0.0

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.spent += sum(
                rate for name, rate in report.user_properties if name == "alarm"
            )

    def pytest_sessionfinish(self, session):
        if self.spent > BUDGET:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        told = f"statistical false-alarm rate of this run: {self.spent:.1e}"
        if self.spent > BUDGET:
            told += f"; more than {BUDGET:g}: take out statistical checks"
        terminalreporter.write_line(told)


@pytest.fixture
def seed(request) -> int:
    """Seed of a test whose law holds for any; `pytest --seed 7` tries another."""
    return request.config.getoption("--seed")


@pytest.fixture
def alarm(request):
    """Call it once a statistical check: it books and returns the false-alarm rate."""

    def book() -> float:
        request.node.user_properties.append(("alarm", ALARM))
        return ALARM

    return book


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
        *arguments: str, root: Path = ROOT, site_url: str = ""
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            (sys.executable, "-m", "mkdocs", *arguments),
            cwd=root,
            env=os.environ | {"SITE_URL": site_url, "NO_MKDOCS_2_WARNING": "1"},
            text=True,
            capture_output=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def _served(tmp_path_factory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("site") / "theta"
    with serve(folder) as url:
        yield folder, url


@pytest.fixture(scope="session")
def site_url(_served) -> str:
    """Where the site is served: on this machine, under /theta/."""
    return _served[1]


@pytest.fixture(scope="session")
def site(mkdocs, _served) -> Path:
    """The site, built for `site_url`."""
    folder, url = _served
    built = mkdocs("build", "--site-dir", str(folder), site_url=url)
    if built.returncode:
        pytest.fail(built.stderr, pytrace=False)
    return folder
