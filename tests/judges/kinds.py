"""Every kind of public page, as an address on the site that `make_site` makes from the sample stories.

Whoever judges pages (axe, the Nu HTML checker, Lighthouse, the budgets of bytes and queries) judges these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "seeds"
PRESS = "press"  # the source of two stories more: one is withdrawn, the headline of the other is corrected
SEED = """---
title: {title}
publishedDateTime: 2020-06-21T09:00:00Z
webUrl: https://meridianpost.example/{stem}
type: article
heat: 8
published: true
provider:
  domain: meridianpost.example
topics:
  - Courts
---
"""


MOST_CSS_BYTES = 10_000  # compressed, as all bytes here


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: its address, the status it is answered with, whether a search engine may index it (articles:
    with ARTICLE_INDEXING=self), how often it may ask the database and how many bytes of HTML it may have, at most."""

    name: str
    path: str
    status: int = 200
    is_indexed: bool = True
    queries: int = 9
    html_bytes: int = 20_000


def article(name: str, slug: str) -> Kind:
    return Kind(name, f"/articles/{slug}/", queries=7, html_bytes=8_000)


KINDS = [
    Kind("front", "/", queries=6),
    Kind("latest", "/latest/"),
    Kind("latest, filtered", "/latest/?topic=courts&heat_min=20&after=2020-06-01", is_indexed=False),
    Kind("latest, nothing found", "/latest/?heat_min=100000", is_indexed=False),
    Kind("latest, wrong filter", "/latest/?heat_min=x", status=400, is_indexed=False),
    article("article", "the-wrong-man-in-the-right-jacket"),
    article("article, image", "a-census-of-bees"),
    article("article, image, coverage", "every-face-at-the-central-station"),
    article("article, coverage", "a-shelved-antibiotic"),
    article("article, embed", "watch-a-robot-pick-a-tomato"),
    article("article, right to left", "manuscripts-and-the-missing-page"),
    article("article, buried", "the-tenant-who-asked-why"),
    Kind("player", "/articles/watch-a-robot-pick-a-tomato/player/", is_indexed=False),
    Kind("topics", "/topics/"),
    Kind("topic", "/topics/courts/"),
    Kind("providers", "/providers/"),
    Kind("provider", "/providers/docketreview.example/"),
    Kind("archive", "/archive/"),
    Kind("archive, year", "/archive/2020/"),
    Kind("archive, month", "/archive/2020/06/"),
    Kind("archive, day", "/archive/2020/06/22/"),
    Kind("search", "/search/", is_indexed=False),
    Kind("search, hits", "/search/?q=robot", is_indexed=False),
    Kind("search, no hit", "/search/?q=zeppelin", is_indexed=False),
    Kind("corrections", "/corrections/"),
    Kind("about", "/about/"),
    Kind("not found", "/nothing/", status=404, is_indexed=False),
    Kind("withdrawn", "/articles/taken-back/", status=410, is_indexed=False),
]


def kinds_like(name: str) -> list[Kind]:
    """Those with `name` in their name; all where it is blank."""
    return [kind for kind in KINDS if name in kind.name]


def make_site(manage: Callable, folder: Path) -> None:
    """Fill an empty, migrated database through the commands of an operator.

    `manage(name, *arguments)` runs a command of Newsdesk's; what it needs of files is written to `folder`.
    """
    manage("import_seeds", FIXTURES)
    for title in ("Court hears of a machne", "Court hears of a machine"):
        (folder / "2020-06-21-corrected.md").write_text(SEED.format(title=title, stem="corrected"))
        manage("import_seeds", folder, "--source", PRESS)
    taken_back = folder / "2020-06-21-taken-back.md"
    taken_back.write_text(SEED.format(title="Taken back", stem=taken_back.stem))
    manage("import_seeds", folder, "--source", PRESS)
    taken_back.unlink()
    manage("import_seeds", folder, "--source", PRESS, "--prune", "--max-change", 100)
