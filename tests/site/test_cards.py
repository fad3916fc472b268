"""A story in a list: as much of its texts as there is room for, whole words only; rendered once for all lists."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from django.utils import timezone

from articles.models import Article
from articles.site.cards import Card, cards
from articles.site.words import age
from tests.factories import make_article
from tests.site.pages import text_of

pytestmark = pytest.mark.django_db


def test_long_texts_are_cut_at_a_word():
    make_article(title="accelerated " * 41, excerpt="deliberation " * 200)
    for path in ("/", "/latest/"):
        html = text_of(path)
        headline = re.search(r'<a href="/articles/[^>]*>([^<]*)</a>', html.partition("<main")[2])[1]
        excerpt = re.search(r'<p class="excerpt"[^>]*>([^<]*)</p>', html)[1]
        assert re.fullmatch(r"(accelerated )+accelerated…", headline)
        assert re.fullmatch(r"(deliberation )+deliberation…", excerpt)
        assert len(headline) <= 181
        assert len(excerpt) <= 221


def test_the_browser_cuts_no_text_for_it_cuts_accents_and_half_words_too():
    with open(finders.find("newsdesk/site.css"), encoding="utf-8") as sheet:
        assert "line-clamp" not in sheet.read()


# -- rendered once for all that say the same of it


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RENDITIONS = {
    "colour": "#123456",
    "fallback": ["a.jpeg", 1200, 675, 9],
    "whole": [["a.webp", 320, 180, 9]],
    "wide": {"50,50": [["m.webp", 480, 270, 9], ["l.webp", 960, 540, 9]], "0,0": [["c.webp", 480, 270, 9]]},
}
CARD = Card(
    pk=1,
    slug="a-story",
    title="A story",
    excerpt="What it says.",
    type="article",
    locale="en",
    published_at=NOON - timedelta(hours=3),
    heat=40,
    rank=1.0,
    outlets=2,
    outlet="The Post",
    topic="Weather",
    picture_url="https://pictures.example/a.jpg",
    picture_width=900,
    picture_height=600,
    picture_kept=RENDITIONS,
    picture_chosen=None,
    focal_point=None,
    images_policy="cached",
    pinned_place=None,
    pinned_until=None,
    upstreams_heat=None,
    heat_decided=None,
)
OTHERWISE = [
    {"slug": "another"},
    {"title": "Another story"},
    {"excerpt": ""},
    {"type": "video"},
    {"locale": "ar"},
    {"published_at": NOON - timedelta(hours=4)},
    {"heat": 41},
    {"outlets": 0},
    {"outlet": "The Herald"},
    {"topic": "Climate"},
    {"images_policy": "hotlink"},
    {"images_policy": "hotlink", "picture_url": "https://pictures.example/b.jpg"},
    {"images_policy": "hotlink", "picture_width": 300},
    {"picture_kept": None},
    {"picture_chosen": RENDITIONS | {"colour": "#654321"}},
    {"focal_point": "0,0"},
    {"pinned_place": 3},
    {"heat_decided": "set", "upstreams_heat": 1},
]


def rendered(card: Card, now=NOON, size="lead", level=2, **where) -> str:
    return engines["site"].env.globals["card"](card, now, size, level, **where)


def rendered_anew(card: Card, now=NOON, size="lead", level=2, eager=False, order="rank", place="") -> str:
    macro = engines["site"].env.get_template("_card.html").module.card
    return macro(card, age(card.published_at, now), card.is_pinned(now), size, level, eager, order, place)


@pytest.fixture(autouse=True)
def _hotlinks_allowed(settings):
    settings.IMAGES = "hotlink"  # or no outlet's own policy may be that


@pytest.mark.parametrize("change", OTHERWISE, ids=str)
def test_whatever_changes_of_a_story_its_card_shows_it_at_once(change):
    before, after = rendered(CARD), rendered(CARD._replace(**change))
    assert after == rendered_anew(CARD._replace(**change)) != before
    assert rendered(CARD) == before


@pytest.mark.parametrize(
    "place", [{"size": "small"}, {"level": 3}, {"eager": True}, {"order": "date"}, {"place": "small"}]
)
def test_a_card_is_that_of_its_place(place):
    assert rendered(CARD, **place) == rendered_anew(CARD, **place) != rendered(CARD)


def test_a_card_grows_older_and_its_pin_ends():
    card = CARD._replace(pinned_place=2, pinned_until=NOON + timedelta(hours=1))
    moments = [NOON + timedelta(minutes=minutes) for minutes in (0, 20, 40, 59, 60, 80, 60 * 24 * 40)]
    assert [rendered(card, now) for now in moments] == [rendered_anew(card, now) for now in moments]
    assert len({rendered(card, now) for now in moments}) == 4  # 3 hours, 4 hours, without the pin, a date


def test_a_card_is_rendered_once_for_all_moments_that_say_the_same_of_it():
    once = rendered(CARD, NOON)
    assert rendered(Card(*CARD), NOON + timedelta(minutes=20)) is once
    assert rendered(CARD, NOON + timedelta(minutes=40)) is not once


def test_a_site_that_is_set_up_otherwise_renders_its_cards_anew(settings):
    before = rendered(CARD)
    settings.HALF_LIFE_HOURS = 6
    assert "32 hours" in rendered(CARD) != before


def test_lists_that_show_no_pictures_ask_for_none():
    make_article(images=[{"url": "https://pictures.example/a.jpg", "width": 9, "height": 6}])
    listed = Article.objects.listed(timezone.now())
    plain = cards(listed, pictured=False)
    assert "articles_image" not in str(plain.query)
    assert "articles_keptimage" not in str(plain.query)
    with_it, without = Card._make(cards(listed).get()), Card._make(plain.get())
    assert with_it._replace(picture_url=None, picture_width=None, picture_height=None) == without
