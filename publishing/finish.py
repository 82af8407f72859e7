"""An MkDocs hook: the last touch to a page's HTML.

A Content-Security-Policy that knows the page's own inline scripts, links that give
nothing away to other sites, and an attribute that Material leaves empty.
"""

import base64
import hashlib
import re
from html.parser import HTMLParser

_PLACE = '<meta http-equiv="Content-Security-Policy" content="">'
_POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'"
)
_EXTERNAL = re.compile(r'<a (?=[^>]*href="https?:)(?![^>]*\brel=)')

_serving = False


def on_startup(command: str, dirty: bool) -> None:
    global _serving
    _serving = command == "serve"


def on_post_page(output: str, **_) -> str:
    # `mkdocs serve` reloads pages by an inline script that it adds later
    policy = "" if _serving else _PLACE.replace('""', f'"{_policy(output)}"')
    output = output.replace(_PLACE, policy).replace(' tabindex=""', "")
    return _EXTERNAL.sub('<a rel="noopener" ', output)


def on_post_template(output_content: str, template_name: str, **_) -> str:
    is_page = template_name.endswith(".html")
    return on_post_page(output_content) if is_page else output_content


def _policy(page: str) -> str:
    scripts = _Scripts()
    scripts.feed(page)
    hashes = (hashlib.sha256(text.encode()).digest() for text in scripts.inline)
    written = {f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes}
    return _POLICY.format(scripts=" ".join(sorted(written)))


class _Scripts(HTMLParser):
    """The inline scripts of a page, as a browser will run them."""

    def __init__(self):
        super().__init__()
        self.inline: list[str] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.inside = tag == "script" and not {"src", "type"} & names.keys()

    def handle_data(self, data):
        if self.inside:
            self.inline.append(data)

    def handle_endtag(self, tag):
        self.inside = False
