"""Teaches pytest-codeblocks what a page is: its blocks are includes that run in one session, from top to bottom.

`pytest docs` runs every block of every page; `pytest docs --record` writes the outputs again instead of comparing.
"""

import contextlib
import difflib
import io
import linecache
import sys
import traceback
from types import ModuleType

import pytest
from pytest_codeblocks.plugin import MarkdownFile, TestBlock

from publishing import pages
from publishing.pages import PageError


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="write snippets/outputs again instead of comparing")


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".md":
        return Page.from_parent(parent, path=file_path)


class Page(MarkdownFile):
    """One page: one session. Its items are its Python blocks."""

    def collect(self):
        recording = self.config.getoption("--record")
        self.blocks = pages.blocks(self.path, recording)
        if not recording:
            pages.render(self.path)
        self.restart()
        for index, block in enumerate(self.blocks):
            item = BlockItem.from_parent(self, name=f"line {block.line}")
            item.obj, item.index = block, index
            yield item

    def restart(self):
        # a real module, so that what a page defines can be pickled
        self.namespace = ModuleType("page_" + "_".join(self.path.with_suffix("").parts[-2:]))
        sys.modules[self.namespace.__name__] = self.namespace
        self.position = 0
        self.stopped = None  # the block whose error ended the session

    def run_next(self) -> str:
        """Runs the block at the session's position; returns what it printed, and its exception if it must raise."""
        block = self.blocks[self.position]
        self.position += 1
        printed = io.StringIO()
        include = None
        try:
            with contextlib.redirect_stdout(printed):
                for include in block.includes:
                    # compiled under the snippet's own name and lines, so that a traceback names them
                    code = compile("\n" * (include.line - 1) + include.text, str(include.path), "exec")
                    exec(code, vars(self.namespace))
        except Exception as error:
            if type(error).__name__ == block.raises:
                return f"{printed.getvalue()}{block.raises}: {error}\n"
            self.stopped = block
            raise PageError(block.page, block.line, _explain(error, include)) from error
        if block.raises:
            raise PageError(block.page, block.line, f"this block must raise {block.raises}, and raises nothing")
        return printed.getvalue()

    def repr_failure(self, excinfo):
        return str(excinfo.value) if excinfo.errisinstance(PageError) else super().repr_failure(excinfo)


class BlockItem(TestBlock):
    """One block, compared with its recorded output."""

    def runtest(self):
        page, block = self.parent, self.obj
        if page.position > self.index:
            page.restart()
        while page.position < self.index and not page.stopped:
            page.run_next()
        if page.stopped:
            pytest.skip(f"not reached: the block at line {page.stopped.line} stops the session")
        output = page.run_next()
        if self.config.getoption("--record") and block.output:
            block.output.parent.mkdir(parents=True, exist_ok=True)
            block.output.write_text(output, encoding="utf-8")
        elif not block.output and output:
            raise PageError(
                block.page,
                block.line,
                "this block prints, but the page shows no output; put this behind it and run `make record`:\n"
                "    <!--pytest-codeblocks:expected-output-->\n"
                '    ```text\n    --8<-- "snippets/outputs/NAME/SECTION.txt"\n    ```\n'
                f"It printed:\n{output}",
            )
        elif block.output and output != block.output.read_text(encoding="utf-8"):
            raise PageError(block.page, block.line, _difference(block, output))

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, self.obj.line - 1, f"{self.path.parent.name}/{self.path.name} {self.name}"


def _explain(error: Exception, include: pages.Include) -> str:
    """The exception, the snippet's line that it came from, and that line's text."""
    snippet, line = include.path, include.line
    if isinstance(error, SyntaxError) and error.filename == str(snippet):
        line = error.lineno
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == str(snippet):
            line = frame.lineno
    where = f"{snippet.relative_to(pages.project_root(snippet))}:{line}"
    return (
        f"{type(error).__name__} in {where}: {error}\n"
        f"    {linecache.getline(str(snippet), line).strip()}\n"
        f"Mend {where}, or put <!--pytest.mark.raises({type(error).__name__})--> before the block if it must fail."
    )


def _difference(block: pages.Block, output: str) -> str:
    recorded = block.output.relative_to(pages.project_root(block.output))
    code = block.includes[-1]
    diff = difflib.unified_diff(
        block.output.read_text(encoding="utf-8").splitlines(),
        output.splitlines(),
        f"{recorded} (expected)",
        f"{code.path.relative_to(pages.project_root(code.path))}:{code.line} (printed now)",
        lineterm="",
    )
    return "the output has changed; mend the snippet, or run `make record` if the new one is right\n" + "\n".join(diff)
