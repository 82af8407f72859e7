"""The MkDocs plugin `book`: two editions, their notebooks, and files beside the pages.

Korean is built at the root of the site; meanwhile another process builds English into
en/. Each edition has a plugin object of its own.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from publishing import (
    extension,
    feed,
    fonts,
    languages,
    notebook_pages,
    numbering,
    plain,
    search,
    security_policy,
)
from publishing.blocks import blocks
from publishing.notebooks import WORDS, Notebook, colab
from publishing.page import Page as Source
from publishing.page import PageError, appendices, chapters

# behind a section's name in the contents, if the chapter's core does not need it
_DEEPER = {"ko": "심화", "en": "deeper"}


class BookPlugin(BasePlugin):
    def on_startup(self, *, command: str, dirty: bool) -> None:
        self.preview = command == "serve" or languages.PREVIEW in os.environ
        default = "0" if self.preview else "1"
        self.executes = os.environ.get("NOTEBOOKS", default) != "0"
        self.folder = TemporaryDirectory()  # of notebooks and Jupyter's settings
        self.notebooks: dict[str, Notebook] = {}
        self.english: BaseProcess | None = None

    def on_shutdown(self) -> None:
        self.folder.cleanup()

    def on_config(self, config: MkDocsConfig) -> None:
        self.root = Path(config.config_file_path).parent
        self.language = config.theme["language"]
        self.site = Path(config.site_dir)
        if not config.repo_url:
            config.edit_uri = None  # MkDocs would complain of half an address
        if self.executes:
            notebook_pages.configure_jupyter(Path(self.folder.name))

    @event_priority(50)  # before mkdocs-jupyter looks for notebooks
    def on_files(self, files: Files, *, config: MkDocsConfig) -> None:
        if languages.is_korean(config):  # and the site's folder has been emptied
            self.english = languages.build_english(config, self.preview)
        for name in chapters(self.root):
            chapter = files.get_file_from_path(f"{name}.md")
            if chapter:
                self.add_notebooks(Path(chapter.abs_src_path), files, config)
        for figure in sorted((self.root / "snippets/outputs").glob("*/*.svg")):
            uri = f"figures/{figure.parent.name}/{figure.name}"
            files.append(File.generated(config, uri, abs_src_path=str(figure)))

    def add_notebooks(self, path: Path, files: Files, config: MkDocsConfig) -> None:
        source = path.read_text(encoding="utf-8")
        page = Source(path, numbering.fill(path, source))
        for needed in ("title", "description"):
            if needed not in page.front:
                message = f"a notebook needs a {needed}; write `{needed}:` above"
                raise PageError(path, 1, f"{message} the page")
        notebook = Notebook(
            page,
            f"{numbering.number_of(path)}. {page.front['title']}",
            _caption(config),
            config.site_url or "",
            config.repo_url or "",
        )
        uri = f"downloads/{path.stem}.ipynb"
        files.append(File.generated(config, uri, content=notebook.readers()))
        if self.executes:
            uri, folder = f"notebooks/{path.stem}.ipynb", Path(self.folder.name)
            self.notebooks[uri] = notebook
            (folder / "notebooks").mkdir(exist_ok=True)
            executed = notebook_pages.executed(notebook, config)
            (folder / uri).write_text(executed, encoding="utf-8")
            files.append(File(uri, str(folder), config.site_dir, False))

    @event_priority(-50)  # after mkdocs-jupyter has replaced the page's `render`
    def on_pre_page(self, page: Page, *, files: Files, **_) -> Page:
        notebook = self.notebooks.get(page.file.src_uri)
        if not notebook:
            return page
        execute = page.render

        def render(config: MkDocsConfig, files: Files) -> None:
            try:
                execute(config, files)
            except Exception as error:
                raise notebook_pages.failure(notebook, error) from error

        page.render = render
        return page

    def on_page_markdown(
        self, markdown: str, *, page: Page, config, files, **_
    ) -> None:
        uri = page.file.src_uri
        if uri.startswith("notebooks/"):
            chapter = files.get_file_from_path(f"{page.file.name}.md")
            path = Path(chapter.abs_src_path)
            self.describe_notebook(page, chapter.page)
        else:
            path = _path(page)
            number = numbering.number_of(path)
            if not number:  # a chapter's blocks are those of its notebook
                blocks(Source(path))
            else:
                page.meta["title"] = f"{number}. {page.meta.get('title', '')}"
                page.meta["number"] = number
                page.meta["minutes"] = numbering.minutes(path)
                if number.isdigit():
                    counted = len(chapters(self.root)) - len(appendices(self.root))
                    page.meta["chapters"] = counted
                page.meta["colab"] = colab(config.repo_url or "", path)
            page.meta["moved_links"] = [
                {"id": old, "href": new.replace(".md", ".html"), "title": title}
                for old, (new, title) in numbering.moved(path).items()
            ]
        extension.name_page(config, path)

    def describe_notebook(self, page: Page, chapter: Page) -> None:
        word = WORDS[self.language]["notebook"]
        description = f"{word}. {chapter.meta.get('description', '')}"
        page.meta = {"title": f"{chapter.title} · {word}", "description": description}
        page.meta["search"] = {"exclude": True}  # a search finds the chapter once
        page.edit_url = chapter.edit_url
        page.is_notebook, chapter.notebook = True, page

    def on_page_content(
        self, html: str, *, page: Page, files: Files, **_
    ) -> str | None:
        if page.file.src_uri not in self.notebooks:
            deeper = {heading.id for heading in Source(_path(page)).deeper}
            for entry in _entries(page.toc):
                if entry.id in deeper:
                    entry.title += f" <small>{_DEEPER[self.language]}</small>"
            return None
        page.toc = files.get_file_from_path(f"{page.file.name}.md").page.toc
        return notebook_pages.light(html)

    def on_nav(self, nav: Navigation, **_) -> None:
        self.pages = nav.pages

    @event_priority(50)
    def _before_search(self, context: dict, *, page: Page, config: MkDocsConfig, **_):
        languages.link_translations(config, context["base_url"], page.url)
        # Material's search reads the HTML tag by tag; most of it is drawings
        self.content, page.content = page.content, search.words(page.content)

    @event_priority(-50)
    def _after_search(self, context: dict, *, page: Page, **_) -> None:
        page.content = self.content

    on_page_context = CombinedEvent(_before_search, _after_search)

    def on_template_context(self, context: dict, *, config: MkDocsConfig, **_) -> None:
        languages.link_translations(config, context["base_url"], "")

    def on_post_page(self, output: str, **_) -> str:
        guard = security_policy.leave_out if self.preview else security_policy.add
        return guard(output).replace(' tabindex=""', "")  # Material leaves it empty

    def on_post_template(self, output_content: str, *, template_name: str, **_) -> str:
        is_page = template_name.endswith(".html")
        return self.on_post_page(output_content) if is_page else output_content

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        site = Path(config.site_dir)
        plain.write(self.pages, config, _caption(config))
        search.prepare(site)
        for page in self.pages:
            if page.meta.get("feed") and config.site_url:  # entries need an address
                feed_file = site / "feed.xml"
                feed_file.write_bytes(feed.atom(page, config.site_name))
        if self.english:
            self.english.join()
            if self.english.exitcode:
                raise PluginError("English is not built, for the reason told above")
            fonts.cut(site, [site, site / "en"])

    def on_build_error(self, *, error: Exception) -> None:
        if self.english:
            self.english.kill()
            self.english.join()
        shutil.rmtree(self.site, ignore_errors=True)


def _entries(contents: Iterable[AnchorLink]) -> Iterator[AnchorLink]:
    for entry in contents:
        yield entry
        yield from _entries(entry.children)


def _path(page: Page) -> Path:
    return Path(page.file.abs_src_path)


def _caption(config: MkDocsConfig) -> str:
    """How captions begin in the language: "Figure {}."."""
    return config.mdx_configs["pymdownx.blocks.caption"]["types"][0]["prefix"]
