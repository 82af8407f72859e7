"""What is tested, counted; `python -m tests.checks.about` writes it for the page."""

from pathlib import Path

from publishing import pages
from tests.checks import equations, numbers
from tests.checks.book import Book
from tests.conftest import BUDGET
from tests.faults.test_faults import FAULTS
from tests.test_pages import FAULTS as PAGE_FAULTS


def summary(book: Book) -> str:
    """Counts over both languages; those of equations and mistakes, over all tests."""
    blocks = [block for page in book for block in pages.blocks(page.path)]
    marks = {number for _, _, number, _ in equations.marks(book.root)}
    decimals = sum(len(numbers.decimals(page, t)) for page in book for t in page.texts)
    rows = {
        "blocks run": len(blocks),
        "outputs compared": sum(block.output is not None for block in blocks),
        "equations proved": len(marks),
        "numbers checked": decimals,
        "mistakes made": len(FAULTS) + len(PAGE_FAULTS),
        "false alarms, limit": f"{BUDGET:g} a run",
    }
    return "".join(f"{name:<20} {count}\n" for name, count in rows.items())


if __name__ == "__main__":
    root = Path.cwd()
    recorded = root / "snippets/outputs/about/tested.txt"
    recorded.write_text(summary(Book(root)), encoding="utf-8")
