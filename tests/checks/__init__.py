"""What no page may say: one module a kind of claim, over one model of a page.

Each module has `problems(book)`, which yields a PageError for each mistake.
"""
