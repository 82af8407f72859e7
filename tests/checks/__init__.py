"""What no page may say: one module a kind of mistake, over one model of a page.

Each module has `problems(book)`, which yields a PageError for each mistake.
"""

import functools

from publishing.numbering import fill
from publishing.page import Page


@functools.lru_cache(256)
def filled(page: Page) -> Page:
    """The page as it is read: with numbers, and with what it takes over from others."""
    return Page(page.path, fill(page.path, page.source))
