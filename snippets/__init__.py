"""The code that the pages show: one module a chapter.

`python -m snippets.data` prints what the page `data` prints.
"""
