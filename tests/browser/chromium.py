"""The machine's Chromium: where it is, and how it is started to be quiet."""

import os
import shutil

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# A browser of its own accord asks its maker for updates and lists: a test must not depend on the network.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)
HAS_SANDBOX = os.geteuid() != 0  # Chromium's sandbox does not start for root
# What moved of itself, each as a share of the window, from an instant of the page's loading on.
MOVES = """since => new Promise(resolve => {
  const [loading] = performance.getEntriesByType("navigation"), moves = [];
  new PerformanceObserver(list => moves.push(...list.getEntries().filter(entry => entry.startTime >= loading[since])))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(moves.map(entry => entry.value)), 1000);
})"""


def program() -> str:
    """The path of the system's Chromium, or of the one that CHROMIUM names; "" where there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), "")
    return shutil.which(found) or "" if found else ""


def launch(playwright):
    """That browser, without a window."""
    return playwright.chromium.launch(executable_path=program(), args=QUIET, chromium_sandbox=HAS_SANDBOX)


def moves(page, *, since: str = "startTime") -> list[float]:
    """What moves on the page up to a second from now, `since` an instant of a PerformanceNavigationTiming."""
    return page.evaluate(MOVES, since)
