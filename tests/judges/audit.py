"""The slow judges: `python -m tests.judges.audit [--runs N] [--only PATTERN] [--out FILE.md]` (make audit).

Serves the sample stories as in production, on a database that is thrown away, and has every kind of public page judged:
by Lighthouse (phone; performance is the median of the runs), by axe (light and dark), by the Nu HTML checker, by its
bytes as they come over the wire, and by how often it asks the database while no cache helps. Then the JSON API by
Schemathesis. Prints a table; exits 1 where anything is short of what it shall be, and says what.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from tests.judges import api, axe, lighthouse, nu
from tests.judges.budgets import asks, compressed_bytes, compressed_css_bytes
from tests.judges.kinds import MOST_CSS_BYTES, Kind, kinds_like
from tests.judges.serving import fetch, served

LEAST = {"accessibility": 100, "best-practices": 100, "seo": 100, "performance": 99}
SCREENS = list(product(axe.SCHEMES, axe.WIDTHS))
EXAMPLES = "200"  # Schemathesis makes of each operation
TOPIC = "courts"
# Settings of this process, which counts the queries of pages that no cache has.
COUNTING = {"DJANGO_SETTINGS_MODULE": "newsdesk.settings", "CACHE_URL": "dummycache://", "LOG_LEVEL": "ERROR"}
HEAD = ["page", "a11y", "best", "SEO", "speed", "axe light", "axe dark", "Nu", "HTML bytes", "CSS bytes", "queries"]


@dataclass(slots=True)
class Row:
    """What the judges say of one kind of page: the cells of its line in the table, and what is wrong, in words."""

    cells: list[str]
    wrong: list[str] = field(default_factory=list)

    def add(self, told: object, is_wrong: bool, why: str = "") -> None:
        """A cell; where it is wrong it is marked, and told."""
        self.cells.append(f"{told} ✗" if is_wrong else str(told))
        if is_wrong:
            self.wrong.append(f"{self.cells[0]}: {why}")


def main(arguments: list[str]) -> int:
    asked = read(arguments)
    kinds = kinds_like(asked.only)
    for what in filter(None, (nu.missing(), lighthouse.missing())):
        sys.exit(f"audit: needs {what}")
    with tempfile.TemporaryDirectory(prefix="newsdesk-audit-") as name:
        folder = Path(name)
        with served(folder, ARTICLE_INDEXING="self") as (address, site):
            os.environ |= COUNTING | {"DATABASE_URL": site.url}
            print(f"Lighthouse judges {len(kinds)} pages, {asked.runs} times each …", file=sys.stderr, flush=True)
            rows = judge(address, kinds, asked.runs)
            verdicts = [api.judge(address, folder, "--max-examples", EXAMPLES, topic=topic) for topic in ("", TOPIC)]
    table = as_markdown(rows)
    print(table)
    if asked.out:
        asked.out.write_text(table + "\n", encoding="utf-8")
    wrong = [line for row in rows for line in row.wrong]
    wrong += [told for is_clean, told in verdicts if not is_clean]
    print("\n".join(["", *wrong]) if wrong else "\nEvery page is as it shall be, and Schemathesis found nothing.")
    return 1 if wrong else 0


def read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="audit", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="how often Lighthouse judges each page (5)")
    parser.add_argument("--only", default="", help="kinds of pages whose name has this in it (article)")
    parser.add_argument("--out", type=Path, help="a file for the table, as Markdown")
    asked = parser.parse_args(arguments)
    if asked.runs < 1:
        parser.error(f"--runs is {asked.runs}; expected 1 or more")
    if not kinds_like(asked.only):
        parser.error(f"--only is {asked.only!r}; no kind of page has that in its name")
    return asked


def judge(address: str, kinds: list[Kind], runs: int) -> list[Row]:
    """A row for each kind, in their order."""
    queries = asks(kinds)
    pages = {kind.name: fetch(address + kind.path).body.decode() for kind in kinds}
    checked = nu.complaints(pages)
    found = accessibility(address, kinds)
    verdicts = lighthouse.judge(address, kinds, runs)
    css = compressed_css_bytes(address, pages.values())
    rows = []
    for kind in kinds:
        row, verdict = Row([kind.name]), verdicts[kind.name]
        for category, least in LEAST.items():
            score = verdict.scores.get(category)
            is_wrong = score is not None and score < least
            row.add("–" if score is None else score, is_wrong, f"{category} {score}: {'; '.join(verdict.failed)}")
        for scheme in found:
            wrong = found[scheme][kind.name]
            row.add(len(wrong), bool(wrong), f"{scheme}: " + "; ".join(wrong))
        wrong = checked.get(kind.name, [])
        row.add(len(wrong), bool(wrong), "; ".join(wrong))
        size = compressed_bytes(address + kind.path)
        row.add(f"{size:,}", size > kind.html_bytes, f"{size:,} bytes of HTML, not {kind.html_bytes:,}")
        row.add(f"{css:,}", css > MOST_CSS_BYTES, f"{css:,} bytes of CSS, not {MOST_CSS_BYTES:,}")
        count = queries[kind.name]
        row.add(count, count > kind.queries, f"{count} queries, not {kind.queries}")
        rows.append(row)
    return rows


def accessibility(address: str, kinds: list[Kind]) -> dict[str, dict[str, list[str]]]:
    """What is wrong, on a phone or a desk, by scheme and kind."""
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        screens = [(scheme, axe.judge(browser, address, kinds, scheme, width)) for scheme, width in SCREENS]
        browser.close()
    found = {scheme: {kind.name: [] for kind in kinds} for scheme in axe.SCHEMES}
    for scheme, wrong in screens:
        for name, lines in wrong.items():
            found[scheme][name] += [line for line in lines if line not in found[scheme][name]]
    return found


def as_markdown(rows: list[Row]) -> str:
    """A table whose columns also line up on a terminal."""
    lines = [HEAD, *[row.cells for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    lines.insert(1, ["-" * width for width in widths[:1]] + ["-" * (width - 1) + ":" for width in widths[1:]])
    ruled = []
    for line in lines:
        cells = [
            line[0].ljust(widths[0]),
            *[cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)],
        ]
        ruled.append("| " + " | ".join(cells) + " |")
    return "\n".join(ruled)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
