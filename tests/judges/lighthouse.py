"""What Lighthouse says of pages, as on a phone of the middle class on a slow network (its own mobile settings)."""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser import chromium
from tests.judges.kinds import Kind

SCRIPT = Path(__file__).with_suffix(".mjs")
CATEGORIES = ("accessibility", "best-practices", "performance")
MEASURED = "performance"  # the others come out the same at each run


@dataclass(slots=True)
class Verdict:
    """Scores of 0 to 100: of performance the median of all runs, of the rest the worst. And what cost points."""

    scores: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def missing() -> str:
    """What Lighthouse needs and this machine has not; "" where it can run."""
    if not shutil.which("node"):
        return "Node (node on PATH)"
    if not chromium.program():
        return "Chromium (on PATH, or named by CHROMIUM)"
    return (
        ""
        if SCRIPT.with_name("node_modules").joinpath("lighthouse").is_dir()
        else "Lighthouse (npm ci --prefix tests/judges)"
    )


def judge(address: str, kinds: Iterable[Kind], runs: int) -> dict[str, Verdict]:
    """The verdict on each kind of page of the site at `address`, after so many runs."""
    asked = {
        "chromium": chromium.program(),
        "flags": ["--headless=new", *chromium.QUIET, *([] if chromium.HAS_SANDBOX else ["--no-sandbox"])],
        "runs": runs,
        "pages": [_page(address, kind) for kind in kinds],
    }
    command = ["node", SCRIPT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        node.stdin.write(json.dumps(asked))
        node.stdin.close()
        told = [json.loads(line) for line in _watched(node.stdout)]
    if node.returncode:
        sys.exit("Lighthouse failed; what it said is above.")
    return {page["name"]: _verdict([each for each in told if each["name"] == page["name"]]) for page in asked["pages"]}


def _page(address: str, kind: Kind) -> dict:
    """SEO is not asked of what must not be indexed: that alone would cost it.

    That the browser's console tells of a status of 400 or more, or of a player's host that this machine does not reach,
    is no fault of the page.
    """
    seo = ["seo"] if kind.is_indexed else []
    is_told = kind.status >= 400 or kind.name == "player"
    return {
        "name": kind.name,
        "url": address + kind.path,
        "categories": [*CATEGORIES, *seo],
        "skipped": ["errors-in-console"] if is_told else [],
    }


def _watched(lines: Iterable[str]) -> Iterable[str]:
    """The same lines; on a terminal a dot for each run."""
    for line in lines:
        if sys.stderr.isatty():
            print(".", end="", file=sys.stderr, flush=True)
        yield line


def _verdict(runs: list[dict]) -> Verdict:
    scores = {
        name: (statistics.median_low if name == MEASURED else min)([run["scores"][name] for run in runs])
        for name in runs[0]["scores"]
    }
    return Verdict(scores, sorted({line for run in runs for line in run["failed"]}))
