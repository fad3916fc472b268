"""How large pictures stand: none is blown up, and none has a box of other proportions than its own."""

import re

import pytest

from tests.factories import make_article
from tests.site.pages import text_of
from tests.site.test_pictures import IMAGE, UPSTREAMS, attribute, fetched, name, picture, pictures

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("images", ["hotlink", "cached"])
def test_a_picture_much_higher_than_wide_has_a_box_no_wider_than_its_height_allows(images, settings):
    settings.IMAGES = images
    make_article("tale", images=[IMAGE | {"width": 800, "height": 2_000}])
    fetched(kept=picture("a", 640, 1_600))
    (whole,) = pictures(text_of("/articles/tale/"))
    assert attribute(whole, "svg", "viewBox") == "0 0 239 597"
    assert attribute(whole, "source", "sizes") == ("239px" if images == "cached" else None)


def test_a_picture_whose_size_upstream_says_has_a_box_in_its_own_proportions():
    make_article("tale", images=[IMAGE | {"width": 800, "height": 500}])
    (whole,) = pictures(text_of("/articles/tale/"))
    assert (attribute(whole, "svg", "width"), attribute(whole, "svg", "viewBox")) == ("800", "0 0 800 500")


def small_and_large(width: int, height: int, images: str) -> str:
    """The front page where the picture of each story is so large."""
    for mark in "abcde":
        url = f"https://p.example/{mark}.jpg"
        make_article(f"tale-{mark}", images=[{"url": url, "width": width, "height": height}])
        kept = picture(mark, width, height)
        kept.renditions["wide"]["50,50"] = [[name(mark, 20), min(width, height * 16 // 9), 0, 2_000]]
        kept.save()
        fetched(url, kept=kept if images == "cached" else None)
    return text_of("/")


@pytest.mark.parametrize("images", ["hotlink", "cached"])
@pytest.mark.parametrize(
    ("width", "height", "lead", "seconds", "small", "story"),
    [
        (480, 300, True, "large", True, True),
        (479, 300, False, "modest", True, True),
        (3_000, 200, False, "modest", True, True),  # of which a card shows a part that is 356 wide
        (200, 200, False, "modest", True, True),
        (199, 300, False, None, False, True),
        (160, 40, False, None, False, True),
        (159, 300, False, None, False, False),
        (40, 30, False, None, False, False),
    ],
)
def test_no_place_shows_a_picture_too_small_for_it(images, width, height, lead, seconds, small, story, settings):
    settings.IMAGES = images
    cards = re.findall(r"<article class=.*?</article>", small_and_large(width, height, images))
    found = [re.search(r'<div class="picture([^"]*)"', card) for card in cards]
    assert ("<img" in cards[0], "picture-none" in cards[0]) == (lead, not lead)
    for each in found[1:4]:
        assert (each and ("modest" if "picture-modest" in each[1] else "large")) == seconds
    assert ("<img" in cards[4]) == small
    html = text_of("/articles/tale-a/")
    assert ("<figure" in html) == story
    told = re.search(r'property="og:image" content="([^"]*)"', html)[1]
    assert told.endswith("/tale-a/card.png") != story, "who shows a link to the page shows what the page does"


@pytest.mark.parametrize("size", [{}, {"width": 300}, {"height": 30}])
def test_a_picture_whose_size_nobody_says_is_given_the_benefit_of_the_doubt(size):
    make_article("tale", images=[{"url": UPSTREAMS} | size])
    make_article("tale-2", images=[{"url": UPSTREAMS} | size])
    assert text_of("/").count("<img") == (2 if "width" not in size else 1)
    assert "<img" in text_of("/articles/tale/")
