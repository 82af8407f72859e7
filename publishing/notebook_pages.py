"""A notebook's page on the site, which mkdocs-jupyter executes and renders."""

import json
import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from publishing import extension
from publishing.notebooks import Notebook
from publishing.page import PageError

SECONDS = 120  # that a cell may run
_SETTINGS = {
    "jupyter_nbconvert_config.json": {
        "NotebookClient": {"timeout": SECONDS},
        # what a cell prints arrives in pieces; they are joined behind executing
        "CoalesceStreamsPreprocessor": {"enabled": True},
        "Exporter": {
            "default_preprocessors": [
                f"nbconvert.preprocessors.{name}Preprocessor"
                for name in ("Execute", "CoalesceStreams")
            ]
        },
    },
    # kernels would warn that they listen to this machine without encryption, and
    # complain when they are stopped
    "profile_default/ipython_kernel_config.json": {"IPKernelApp": {"log_level": 50}},
}
_PAGE_LINK = re.compile(r'href="([\w-]+)\.md')
_INLINED = re.compile(r"<(style|script|theta-answer)\b.*?</\1>", re.S)


def configure_jupyter(folder: Path) -> None:
    """Gives Jupyter settings of its own: those of whoever builds do not count."""
    settings = _SETTINGS
    if os.name == "posix":
        # Ports are chosen before they are opened, and the other language's kernel may
        # have chosen the same: kernels are reached by files of this folder.
        files = {"transport": "ipc", "ip": str(folder / "kernel")}
        settings = {**_SETTINGS, "jupyter_config.json": {"KernelManager": files}}
    for name, content in settings.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")
    os.environ["JUPYTER_CONFIG_DIR"] = os.environ["IPYTHONDIR"] = str(folder)
    os.environ["OMP_NUM_THREADS"] = "1"  # more are slower when kernels run side by side


def executed(notebook: Notebook, config: MkDocsConfig) -> str:
    """The notebook that mkdocs-jupyter executes, whose page is below notebooks/."""
    page = extension.to_html(config, notebook.page.path, notebook.markdown())
    return notebook.executed(_PAGE_LINK.sub(r'href="../\1.html', page))


def light(content: str) -> str:
    """Without the 600 kB of styles and scripts that mkdocs-jupyter adds to a page.

    Nor with the fields for answers, for which it has cells. Outputs that are too wide
    scroll, by keyboard too.
    """
    return _INLINED.sub("", content).replace("<pre>", '<pre tabindex="0">')


def failure(notebook: Notebook, error: Exception) -> PageError:
    """The chapter, the cell and the cause, in one line."""
    found = re.search(r"^# cell (\S+)$", str(error), re.M)
    lines = {code.id: code.line for code in notebook.codes}
    cell, line = "the notebook", 1
    if found:
        cell, line = f"the cell {found[1]}", lines[found[1]]
    if isinstance(error, CellTimeoutError):
        cause = f"still runs after {SECONDS} s; make it end, or smaller"
    elif isinstance(error, CellExecutionError):
        cause = f"raises {error.ename}: {error.evalue}; fix it, or what it imports"
    else:
        reason = str(error).strip().partition("\n")[0]
        cause = f"is not executed: {type(error).__name__}: {reason}"
    return PageError(notebook.page.path, line, f"{cell} {cause}")
