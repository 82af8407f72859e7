"""`make lighthouse`: the heaviest page, as on a phone; stock Material beside it.

The two take turns; each number is the median of five runs. Nothing fails here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests import browser
from tests.server import serve
from tools import projects

LIGHTHOUSE = projects.ROOT / ".cache/node/node_modules/.bin/lighthouse"
ROUNDS = 5
SCORES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {
    "CLS": "cumulative-layout-shift",
    "LCP, ms": "largest-contentful-paint",
    "TBT, ms": "total-blocking-time",
}


def main() -> None:
    if not LIGHTHOUSE.exists():
        sys.exit("tools.lighthouse: Lighthouse is missing; run `make lighthouse`")
    with TemporaryDirectory() as folder:
        ours, stock = projects.pair(Path(folder))
        ours.build()
        stock.build()
        page = projects.heaviest(ours)
        with serve(ours.site) as our_url, serve(stock.site) as stock_url:
            urls = [base + projects.address(page) for base in (our_url, stock_url)]
            rounds = [[audit(url) for url in urls] for _ in range(ROUNDS)]
    print(f"{page:<20}{'ours':>8}{'stock':>8}")
    sides = list(zip(*rounds, strict=True))
    for name in (*SCORES, *TIMES):
        values = [median(value(each, name) for each in reports) for reports in sides]
        print(f"{name:<20}{values[0]:>8.4g}{values[1]:>8.4g}")
    for complaint in sorted(set().union(*map(complaints, sides[0]))):
        print(f"ours: {complaint}")


def audit(url: str) -> dict:
    """Lighthouse's report."""
    command = (
        str(LIGHTHOUSE),
        url,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(SCORES)}",
        f"--chrome-flags={' '.join(['--headless=new', *browser.FLAGS])}",
    )
    chromium = browser.executable() or str(browser.its_own("chromium"))
    run = subprocess.run(
        command,
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(f"{url}: Lighthouse stops: {run.stderr.strip()}")
    return json.loads(run.stdout)


def value(report: dict, name: str) -> float:
    if name in TIMES:
        return report["audits"][TIMES[name]]["numericValue"]
    return 100 * report["categories"][name]["score"]


def complaints(report: dict) -> set[str]:
    """What is not as it should be, apart from matters of degree."""
    return {
        f"{each['title']} ({each['id']})"
        for each in report["audits"].values()
        if each["scoreDisplayMode"] == "binary" and each["score"] == 0
    }


if __name__ == "__main__":
    main()
