"""Teaches pytest-codeblocks what a page is: a session that runs from top to bottom.

`pytest docs` compares what each block prints with its recorded output;
`pytest docs --record` writes the outputs again.
"""

import contextlib
import difflib
import io
import linecache
import os
import re
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import ModuleType

import pytest
import pytest_codeblocks
from pytest_codeblocks.plugin import MarkdownFile, TestBlock

from publishing import extension
from publishing.blocks import Block, Include, blocks
from publishing.page import Page as Source
from publishing.page import PageError, relative

CHARACTERS = 20_000  # more than this is no output for a page
# of a fence that has a title or highlighted lines, which pytest-codeblocks passes over
_ATTRIBUTES = re.compile(r'^(\s*`{3,}python)(\s+\w+="[^"]*")+\s*$', re.M)

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before a page imports torch
os.environ["MPLBACKEND"] = "template"  # plt.show() opens no window

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROJECT = Path(os.path.realpath(Path(__file__).parent.parent))

_guarded = False


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="write the outputs again")
    parser.addoption("--block-seconds", type=int, default=60, help="time for a block")


def pytest_configure(config):
    sys.addaudithook(_refuse)
    # pages are collected below, with or without pytest-codeblocks's own flag
    config.option.codeblocks = False


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".md":
        return Page.from_parent(parent, path=file_path)


class Page(MarkdownFile):
    """A page is a session; its items are its Python blocks."""

    def collect(self):
        recording = self.config.getoption("--record")
        page = Source(self.path)
        self.blocks = blocks(page, recording)
        if not recording:
            extension.render(page)
        self.check_found(page)
        self.restart()
        for index, block in enumerate(self.blocks):
            item = BlockItem.from_parent(self, name=f"line {block.line}")
            item.obj, item.index = block, index
            yield item

    def check_found(self, page):
        """What pytest-codeblocks finds on the page are these blocks."""
        text = _ATTRIBUTES.sub(r"\1", page.source)
        found = pytest_codeblocks.extract_from_buffer(io.StringIO(text), CHARACTERS)
        lines = {fence.lineno for fence in found if fence.syntax == "python"}
        for line in lines ^ {block.line for block in self.blocks}:
            message = "pytest-codeblocks and this project disagree whether this runs"
            raise PageError(
                self.path, line, f"{message}; write a plain ```python fence"
            )

    def restart(self):
        # a real module, so that what a page defines can be pickled
        name = "_".join(("page", *self.path.with_suffix("").parts[-2:]))
        self.namespace = sys.modules[name] = ModuleType(name)
        self.position = 0
        self.stopped = None  # the block whose error ended the session

    def run_next(self) -> str:
        """Runs the block at the session's position; returns what a reader would see."""
        block = self.blocks[self.position]
        self.position += 1
        printed = io.StringIO()
        try:
            with _guard(self.config), contextlib.redirect_stdout(printed):
                for include in block.includes:
                    # a traceback shall name the snippet's own file and line
                    source = "\n" * (include.line - 1) + include.text
                    code = compile(source, str(include.path), "exec")
                    exec(code, vars(self.namespace))
        except Exception as error:
            if type(error).__name__ == block.raises:
                return f"{printed.getvalue()}{block.raises}: {error}\n"
            self.stopped = block
            message = _explain(error, include)
            raise PageError(block.page, block.line, message) from error
        size = len(printed.getvalue())
        if size > CHARACTERS:
            message = f"this block prints {size} characters, more than {CHARACTERS}"
            raise PageError(block.page, block.line, message)
        if block.raises:
            message = f"this block must raise {block.raises}, and raises nothing"
            raise PageError(block.page, block.line, message)
        return printed.getvalue()

    def repr_failure(self, excinfo):
        if excinfo.errisinstance(PageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class BlockItem(TestBlock):
    """A block, compared with its recorded output."""

    def runtest(self):
        page, block = self.parent, self.obj
        if page.position > self.index:
            page.restart()
        while page.position < self.index and not page.stopped:
            page.run_next()
        if page.stopped:
            line = page.stopped.line
            pytest.skip(f"not reached: the block at line {line} stops the session")
        output = page.run_next()
        if not block.output:
            if output:
                raise PageError(block.page, block.line, _unshown(output))
        elif self.config.getoption("--record"):
            block.output.parent.mkdir(parents=True, exist_ok=True)
            block.output.write_text(output, encoding="utf-8")
        elif output != block.output.read_text(encoding="utf-8"):
            raise PageError(block.page, block.line, _difference(block, output))

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        name = f"{self.path.parent.name}/{self.path.name} {self.name}"
        return self.path, self.obj.line - 1, name


@contextlib.contextmanager
def _guard(config):
    """A block ends in time, writes temporary files only, and asks no other machine."""
    global _guarded
    seconds = config.getoption("--block-seconds")
    alarm = getattr(signal, "SIGALRM", None)  # Windows has none, and no time limit

    def too_late(*_):
        raise TimeoutError(f"still running after {seconds} s; make it end, or smaller")

    if alarm:
        before = signal.signal(alarm, too_late)
        signal.alarm(seconds)
    _guarded = True
    try:
        yield
    finally:
        _guarded = False
        if alarm:
            signal.alarm(0)
            signal.signal(alarm, before)


def _refuse(event: str, arguments: tuple) -> None:
    if not _guarded:
        return
    if event == "socket.getaddrinfo":
        _check_host(arguments[0])
    if event == "socket.connect" and isinstance(arguments[1], tuple):  # no Unix socket
        _check_host(arguments[1][0])
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _check_writable(arguments[0])


def _check_host(host: str | bytes | None) -> None:
    if host not in (*_LOOPBACK, *(name.encode() for name in _LOOPBACK), None):
        raise PermissionError("a page may not use the network, but for 127.0.0.1")


def _check_writable(path: str | bytes | int) -> None:
    """Lets a page write below the temporary folder, and nowhere in the project."""
    if isinstance(path, int) or path == os.devnull:  # a number is of an open file
        return
    real = Path(os.path.realpath(os.fsdecode(path)))
    temporary = os.path.realpath(tempfile.gettempdir())
    allowed = os.path.isabs(path) and real.is_relative_to(temporary)
    if not allowed or real.is_relative_to(_PROJECT):
        raise PermissionError(f"a page may not write {os.fsdecode(path)}")


def _explain(error: Exception, include: Include) -> str:
    """The exception, and the snippet's line that it came from."""
    file, line = str(include.path), include.line
    if isinstance(error, SyntaxError) and error.filename == file:
        line = error.lineno
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file:
            line = frame.lineno
    kind, where = type(error).__name__, f"{relative(include.path)}:{line}"
    return (
        f"{kind} in {where}: {error}\n"
        f"    {linecache.getline(file, line).strip()}\n"
        f"fix {where}, or put <!--pytest.mark.raises({kind})--> before a block that "
        "must fail"
    )


def _unshown(output: str) -> str:
    return (
        "this block prints, and the page shows no output; put this behind it and run "
        "`make record`:\n\n"
        "<!--pytest-codeblocks:expected-output-->\n\n"
        '```text\n--8<-- "snippets/outputs/NAME/SECTION.txt"\n```\n\n'
        f"it printed:\n{output}"
    )


def _difference(block: Block, output: str) -> str:
    code = block.includes[-1]
    command = f"make record PAGE={block.page.stem}"
    diff = difflib.unified_diff(
        block.output.read_text(encoding="utf-8").splitlines(),
        output.splitlines(),
        f"{relative(block.output)} (recorded)",
        f"{relative(code.path)}:{code.line} (prints now)",
        lineterm="",
    )
    return "\n".join(
        (f"the output has changed; fix the snippet, or run `{command}`", *diff)
    )
