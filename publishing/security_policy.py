"""A page's Content-Security-Policy, which allows the page's own inline scripts."""

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


def add(page: str) -> str:
    """The page's HTML with its policy in the place that main.html has for it."""
    return page.replace(_PLACE, _PLACE.replace('""', f'"{_policy(page)}"'))


def leave_out(page: str) -> str:
    """The page's HTML without a policy: `mkdocs serve` adds an inline script later."""
    return page.replace(_PLACE, "")


def _policy(page: str) -> str:
    hashes = (hashlib.sha256(text.encode()).digest() for text in _INLINE.findall(page))
    written = {f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes}
    return _POLICY.format(scripts=" ".join(sorted(written)))
