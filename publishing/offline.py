"""An MkDocs hook: offline.js, the service worker that keeps an edition."""

import hashlib
import json
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

# what reading needs; the languages that lunr brings are many, and one is used
_KEPT = (
    "*.html",
    "notebooks/*.html",
    "fonts/*",
    "scripts/*",
    "icon.svg",
    "search/search_index.json",
    "assets/javascripts/*.js",
    "assets/javascripts/workers/*.js",
    "assets/javascripts/lunr/min/lunr.*support.min.js",
    "assets/javascripts/lunr/min/lunr.ko.min.js",
    "assets/stylesheets/*.css",
    "styles/*.css",
    "sitemap.xml",
)

_serving = False


def on_startup(command: str, dirty: bool) -> None:
    global _serving
    _serving = command == "serve"


def on_config(config: MkDocsConfig) -> None:
    config.extra["offline"] = not _serving


def on_post_build(config: MkDocsConfig) -> None:
    site = Path(config.site_dir)
    worker = site / "offline.js"
    if _serving:
        worker.unlink()
        return
    files = sorted({file for pattern in _KEPT for file in site.glob(pattern)})
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    names = ["./", *(str(file.relative_to(site)) for file in files)]
    worker.write_text(
        f'const version = "{digest.hexdigest()[:16]}"\n'
        f"const files = {json.dumps(names)}\n\n{worker.read_text(encoding='utf-8')}",
        encoding="utf-8",
    )
