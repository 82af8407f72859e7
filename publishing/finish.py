"""An MkDocs hook: the last touch to a page's HTML.

A Content-Security-Policy that knows the page's own inline scripts, links that give
nothing away to other sites, and an attribute that Material leaves empty.
"""

import base64
import hashlib
import re

_PLACE = '<meta http-equiv="Content-Security-Policy" content="">'
_POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'"
)
_INLINE = re.compile(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.*?)</script>", re.S)
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
    hashes = (hashlib.sha256(text.encode()).digest() for text in _INLINE.findall(page))
    written = {f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes}
    return _POLICY.format(scripts=" ".join(sorted(written)))
