"""The picture of a story that has none, for programs that show a link with a picture (https://ogp.me/): its headline,
set as the site sets it, its outlet and the site's name, 1200 by 630 pixels. Pure: the same words give the same bytes.

The site's typeface has the letters of western European languages alone. A headline with any other is not drawn, for it
would be boxes: its card has the names only, and where a name has such a letter, the host's name in ASCII instead.
"""

import re
import unicodedata
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MARGIN = 72
FONT = Path(__file__).resolve().parent.parent / "static" / "newsdesk" / "fonts" / "newsreader.woff2"
# What that file has: the same ranges as `unicode-range` in site.css, where a test looks.
LETTERS = re.compile(
    "[\u0020-\u007e\u00a0-\u00ff\u0131\u0152-\u0153\u02bb-\u02bc\u02c6\u02da\u02dc\u2010-\u2015\u2018-\u2022\u2026"
    "\u2032-\u2033\u2039-\u203a\u2044\u20ac\u2122\u2212]*"
)
INK, PAPER = (0x21, 0x1D, 0x1A), (0xFB, 0xF9, 0xF4)  # --ink and --paper of site.css
BLACK, SOFT, RULE, WHITE = 0, 50, 190, 255  # on the way from ink to paper
HEADLINE = {"top": 186, "bottom": 486}
SIZES = (104, 92, 80, 70, 62, 54, 47)  # of the headline: the largest in which it fits; cut where none does
LINE = 1.12
LONGEST = 320  # characters of a headline that are looked at: more never fit


class Card(NamedTuple):
    """What is written on a card. All of it can be drawn: see `card`."""

    headline: str
    outlet: str
    site: str
    host: str


def card(headline: str, outlet: str, domain: str, site: str, host: str) -> Card:
    """What can be drawn of these: `domain` is the outlet's, in ASCII, `host` the site's. All but `host` may be ""."""
    site, host = _drawable(site) or host, _drawable(host)
    headline, outlet = _drawable(headline[: LONGEST + 1]), _drawable(outlet) or domain
    return Card(headline or outlet or site, outlet if headline else "", site, host)


def draw(written: Card) -> bytes:
    """The card as a PNG of some ten kilobytes."""
    image = Image.new("L", (WIDTH, HEIGHT), WHITE)
    pen = ImageDraw.Draw(image)
    right = WIDTH - MARGIN
    pen.text((MARGIN, 96), _cut(written.site, _font(46, 700), right - MARGIN), BLACK, _font(46, 700), anchor="ls")
    for top in (124, 130):
        pen.rectangle((MARGIN, top, right, top + 2), BLACK)
    size, lines = _fitted(written.headline)
    for number, line in enumerate(lines):
        baseline = HEADLINE["top"] + size * 0.82 + number * size * LINE
        pen.text((MARGIN, round(baseline)), line, BLACK, _font(size, 650), anchor="ls")
    pen.rectangle((MARGIN, 530, right, 530), RULE)
    small = _font(34, 500)
    host = _cut(written.host, small, (right - MARGIN) // 2)
    pen.text((right, 582), host, SOFT, small, anchor="rs")
    room = right - MARGIN - 40 - small.getlength(host)
    pen.text((MARGIN, 582), _cut(written.outlet, small, room), BLACK, small, anchor="ls")
    image.putpalette([_between(level, place) for level in range(256) for place in range(3)])
    file = BytesIO()
    image.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _between(level: int, place: int) -> int:
    return INK[place] + (PAPER[place] - INK[place]) * level // 255


def _drawable(text: str) -> str:
    """The text in one line; "" where the typeface has not all of it."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if LETTERS.fullmatch(text) else ""


@lru_cache(maxsize=16)
def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)  # the same with or without libraqm
    font.set_variation_by_axes([weight])
    return font


def _fitted(headline: str) -> tuple[int, list[str]]:
    """The size of a headline, and its lines."""
    for size in SIZES:
        most = int((HEADLINE["bottom"] - HEADLINE["top"]) / (size * LINE))
        lines = _lines(headline, _font(size, 650), most + 1)
        if len(lines) <= most and len(headline) <= LONGEST:
            break
    if len(lines) > most or len(headline) > LONGEST:
        last = " ".join(lines[most - 1 : most + 1])
        lines = [*lines[: most - 1], _cut(last + "…", _font(size, 650), WIDTH - 2 * MARGIN)]
    return size, lines


def _lines(text: str, font: ImageFont.FreeTypeFont, most: int) -> list[str]:
    """The first `most` lines, broken at blanks, and within a word that is longer than a line."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= WIDTH - 2 * MARGIN:
            line = longer
            continue
        if line:
            lines.append(line)
        while font.getlength(word) > WIDTH - 2 * MARGIN and len(lines) < most:
            end = _room(word, font, WIDTH - 2 * MARGIN)
            lines.append(word[:end])
            word = word[end:]
        line = word
        if len(lines) >= most:
            return lines[:most]
    return [*lines, line] if line else lines


def _room(text: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    """How many of its letters fit: one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= width else (low, middle - 1)
    return low


def _cut(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, or as much of its start as there is room for, and "…"."""
    if font.getlength(text) <= width:
        return text
    room = width - font.getlength("…")
    return text[: _room(text, font, room)].rstrip(" ,;:.–—-…") + "…"
