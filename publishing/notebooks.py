"""An MkDocs hook: chapters as notebooks, to be seen on the site and to be taken home.

For `notebooks/NAME.ipynb` in `nav` two are made from the page NAME.md. One is of code
alone: mkdocs-jupyter executes it, and what it prints and draws is shown on a page that
is otherwise the chapter. The other is for the reader: downloads/NAME.ipynb has the
prose, cells to solve exercises in, and all that it needs from `snippets`.
"""

import base64
import copy
import hashlib
import html
import json
import os
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from filelock import FileLock
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import meta
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from publishing import cells, figures, kept, pages, renders
from publishing.ipynb import WORDS, Notebook, place
from publishing.pages import PageError, version

SECONDS = 120  # that a cell may run
_LIBRARIES = ("python", "torch", "numpy", "matplotlib", "mkdocs-jupyter")

_SETTINGS = {
    "jupyter_nbconvert_config.json": {"NotebookClient": {"timeout": SECONDS}},
    # a kernel listens to this machine alone, and need not warn of that, nor complain
    # when it is stopped
    "profile_default/ipython_kernel_config.json": {"IPKernelApp": {"log_level": 50}},
}

_idle = False
_notebooks: dict[str, dict] = {}  # what _made returns, by the address of the page


def on_startup(command: str, dirty: bool) -> None:
    global _idle
    _idle = command == "serve" and not os.environ.get("NOTEBOOKS")


def on_config(config: MkDocsConfig) -> None:
    # mkdocs-jupyter asks Jupyter's settings how long a cell may run, and IPython has
    # some, too; those of whoever builds the site have no say
    folder = _cache(config).parent / "settings"
    for file, settings in _SETTINGS.items():
        pages.write(folder / file, json.dumps(settings).encode())
    os.environ["JUPYTER_CONFIG_DIR"] = os.environ["IPYTHONDIR"] = str(folder)


@event_priority(50)  # before mkdocs-jupyter looks for notebooks
def on_files(files: Files, config: MkDocsConfig) -> None:
    _notebooks.clear()
    for address in re.findall(r"notebooks/[\w-]+\.ipynb", repr(config.nav)):
        name = Path(address).stem
        chapter = files.get_file_from_path(f"{name}.md")
        if not chapter:
            nav = Path(config.config_file_path)
            raise PageError(nav, 1, f"nav has {address}; there is no {name}.md for it")
        made = _notebooks[address] = _made(Path(chapter.abs_src_path), config)
        pages.write(_cache(config) / address, made["executed"].encode())
        files.append(File(address, str(_cache(config)), config.site_dir, False))
        if not _idle:
            home = f"downloads/{name}.ipynb"
            files.append(File.generated(config, home, content=made["home"]))


def on_nav(nav: Navigation, files: Files, **_) -> None:
    """Who turns the pages of the book does not meet each chapter twice."""
    books = ([], [])
    for page in nav.pages:
        books[page.file.src_uri in _notebooks].append(page)
    for book in books:
        for page, other in pairwise([None, *book, None]):
            if page:
                page.next_page = other
            if other:
                other.previous_page = page
    for page in books[1]:
        chapter = files.get_file_from_path(f"{page.file.name}.md").page
        page.is_notebook, chapter.notebook = True, page


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    made = _notebooks.get(page.file.src_uri)
    if made:
        page.render = partial(_render, page, made, page.render)


def _made(page: Path, config: MkDocsConfig) -> dict:
    """The notebooks of a page, and the Markdown of their own page."""
    text = page.read_text(encoding="utf-8")
    language = config.theme["language"]
    _, front = meta.get_data(text)
    for needed in ("title", "description"):
        if needed not in front:
            message = f"a notebook needs a {needed}; write `{needed}:` above the page"
            raise PageError(page, 1, message)
    title = f"{front['title']} · {WORDS[language]['notebook']}"
    description = f"{WORDS[language]['notebook']}. {front['description']}"
    head = {"title": title, "description": description, "status": "notebook"}
    head["search"] = {"exclude": True}  # a search shall find the chapter once
    if _idle:
        shown = f"# {title} {{ #idle }}\n\n{WORDS[language]['idle']}\n"
        return {"page": page, "meta": head, "shown": shown, "executed": ""}

    def make() -> dict:
        captions = config.mdx_configs["pymdownx.blocks.caption"]["types"]
        notebook = Notebook(
            page,
            cells.parts(page),
            language,
            front["title"],
            config.site_url or "",
            config.repo_url or "",
            captions[0]["prefix"],
        )
        return {
            "page": page,
            "meta": head,
            "shown": notebook.shown(),
            "executed": notebook.executed(),
            "home": notebook.home(),
            "lines": {code.id: code.line for code in notebook.codes},
        }

    made_of = (text, str(page), config.site_url, config.repo_url)
    return kept.made(config, f"notebooks/{page.stem}.ipynb", made_of, make)


def _render(
    page: Page, made: dict, execute: Callable, config: MkDocsConfig, files: Files
) -> None:
    """The chapter as any page, but what it prints and draws is what the cells did."""
    page.markdown, page.meta = made["shown"], dict(made["meta"])
    if _idle:
        page.search_entries = []
        Page.render(page, config, files)
        return
    told = _told(page, made, execute, config, files)
    own, chapter = page.file, files.get_file_from_path(f"{page.file.name}.md")
    page.file = copy.copy(chapter)  # links are read where the chapter stands …
    page.file.dest_uri, page.file.url = own.dest_uri, own.url  # … and lead from here
    try:
        renders.render(page, config, files)
    finally:
        page.file = own
    page.edit_url = chapter.page.edit_url
    page.search_entries = []
    for id, output in told.items():
        page.content = _filled(page.content, id, output)


def _filled(content: str, id: str, output: str) -> str:
    if not output.startswith("<svg"):
        text = html.escape(output.rstrip("\n").expandtabs(4))  # as Markdown has it
        return content.replace(place(id), text, 1)
    image = re.search(rf'<img alt="([^"]*)" src="{place(id)}"\s*/?>', content)
    figure = f'<span class="figure" role="img" aria-label="{image[1]}">{output}</span>'
    return content.replace(image[0], figure, 1)


def _told(
    page: Page, made: dict, execute: Callable, config: MkDocsConfig, files: Files
) -> dict[str, str]:
    """What each cell prints or draws: from a file, if nothing that it runs has changed.

    A build that meets another at this waits for it.
    """
    source = Path(page.file.abs_src_path)
    recipe = hashlib.sha256(source.read_bytes())
    recipe.update(" ".join(map(version, _LIBRARIES)).encode())
    known = source.with_suffix(".json")
    with FileLock(source.with_suffix(".lock")):
        told = json.loads(known.read_bytes()) if known.exists() else {}
        if told.get("recipe") != recipe.hexdigest():
            try:
                execute(config, files)
            except Exception as error:
                raise _mistake(made, error) from error
            outputs = _outputs(page.content, page.file.name)
            told = {"recipe": recipe.hexdigest(), "outputs": outputs}
            pages.write(known, json.dumps(told, ensure_ascii=False).encode())
    return told["outputs"]


def _outputs(content: str, name: str) -> dict[str, str]:
    """What mkdocs-jupyter shows below the cells, but for what is merely their value."""
    from bs4 import BeautifulSoup  # slow, and needed only after an execution

    found = {}
    for cell in BeautifulSoup(content, "html.parser").select("[id^='cell-id=']"):
        printed = cell.select(
            ".jp-OutputArea-child:not(.jp-OutputArea-executeResult) "
            "[data-mime-type='text/plain'] pre"
        )
        drawn = cell.select_one("[data-mime-type='image/svg+xml'] img")
        id = cell["id"].removeprefix("cell-id=")
        found[id] = "".join(each.get_text() for each in printed)
        if drawn:
            svg = base64.b64decode(drawn["src"].partition(",")[2]).decode()
            found[id] = figures.inline(svg, f"{name}-{id}-")
    return found


def _mistake(made: dict, error: Exception) -> PageError:
    """The chapter, the cell and the cause, in one line."""
    found = re.search(r"^# cell (\S+)$", str(error), re.M)
    cell, line = "the notebook", 1
    if found:
        cell, line = f"the cell {found[1]}", made["lines"][found[1]]
    if isinstance(error, CellTimeoutError):
        cause = f"still runs after {SECONDS} s; make it end, or smaller"
    elif isinstance(error, CellExecutionError):
        cause = f"raises {error.ename}: {error.evalue}; mend it, or what it imports"
    else:
        reason = str(error).strip().partition("\n")[0]
        cause = f"is not executed: {type(error).__name__}: {reason}"
    return PageError(made["page"], line, f"{cell} {cause}")


def _cache(config: MkDocsConfig) -> Path:
    root = Path(config.config_file_path).parent.absolute()  # kernels run elsewhere
    return root / ".cache/notebooks" / config.theme["language"]
