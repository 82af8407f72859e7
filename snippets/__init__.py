"""The code that the pages show: one module a chapter.

`python -m snippets.data` prints what the page `data` prints. The figures of a chapter
are in `snippets.figures`, the checks of its exercises in `snippets.exercises`.
"""
