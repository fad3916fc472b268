"""What is shown where others show a link to a page: Open Graph, the drawn card, the web app manifest and icons."""

import re
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from django.core.cache import cache
from PIL import Image

from articles.curation import set_value
from articles.site.card_image import HEIGHT, LETTERS, LONGEST, WIDTH, card, draw
from articles.site.urls import urlpatterns
from tests.factories import make_article
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
ROOT = "http://127.0.0.1:8000"
STATIC = Path(__file__).resolve().parents[2] / "articles" / "static" / "newsdesk"


def open_graph(path: str) -> dict[str, str]:
    """What the page's meta elements say; of several of one name the first."""
    found = re.findall(r'<meta (?:property|name)="((?:og|article|twitter):[^"]+)" content="([^"]*)"', text_of(path))
    return {name: unescape(content) for name, content in reversed(found)}


def pixels(answer) -> Image.Image:
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    image = Image.open(BytesIO(answer.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    return image


def test_a_story_with_a_picture_is_shown_with_it():
    image = {"url": "/assets/a.jpg", "width": 800, "height": 450, "title": "A bee"}
    make_article("tale", title='A "quoted" tale', excerpt="Why.", images=[image], locale="de-AT", topics=["AI", "Law"])
    assert open_graph("/articles/tale/") == {
        "og:title": 'A "quoted" tale',
        "og:description": "Why.",
        "og:type": "article",
        "og:url": f"{ROOT}/articles/tale/",
        "og:site_name": "Newsdesk",
        "og:image": f"{ROOT}/assets/a.jpg",
        "og:image:width": "800",
        "og:image:height": "450",
        "og:image:alt": "A bee",
        "og:locale": "de_AT",
        "article:published_time": "2020-06-22T16:21:00+00:00",
        "article:section": "AI",
        "article:tag": "AI",
        "twitter:card": "summary_large_image",
    }


def test_a_story_without_one_is_shown_with_its_card():
    make_article("tale", title="A tale")
    told = open_graph("/articles/tale/")
    assert told["og:image"] == f"{ROOT}/articles/tale/card.png"
    assert (told["og:image:width"], told["og:image:height"], told["og:image:alt"]) == ("1200", "630", "A tale")
    pixels(get(told["og:image"].removeprefix(ROOT)))


@pytest.mark.parametrize("path", ["/", "/latest/", "/topics/ai/", "/providers/outlet.example/", "/about/"])
def test_all_other_pages_that_have_an_address_are_shown_with_the_sites_card(path):
    make_article("tale")
    told = open_graph(path)
    assert (told["og:type"], told["og:url"], told["og:image"]) == ("website", ROOT + path, f"{ROOT}/card.png")
    assert told["og:title"]
    pixels(get("/card.png"))


@pytest.mark.parametrize("path", ["/search/?q=tale", "/latest/?heat_min=x", "/nothing/"])
def test_what_is_no_page_of_its_own_has_no_card(path):
    make_article("tale")
    assert 'property="og:' not in get(path).content.decode()


def test_the_card_is_there_for_whom_the_story_is_there(editor):
    make_article("gone", withdrawn=True)
    make_article("hidden", published=False)
    set_value(make_article("moved"), "slug", "there", by=editor)
    for slug, status in (("gone", 410), ("hidden", 404), ("nothing", 404), ("there", 200)):
        assert get(f"/articles/{slug}/card.png").status_code == status, slug
    moved = get("/articles/moved/card.png")
    assert (moved.status_code, moved["Location"]) == (301, "/articles/there/card.png")


@pytest.mark.usefixtures("_pages_are_kept")
def test_a_card_is_the_same_until_its_words_change(editor, monkeypatch):
    article = make_article("tale", title="A tale")
    first = get("/articles/tale/card.png")
    cache.clear()
    drawn = []
    monkeypatch.setattr("articles.site.share.draw", lambda written: drawn.append(written) or draw(written))
    set_value(article, "heat", 90, by=editor)
    again = get("/articles/tale/card.png", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again["ETag"], again["Cache-Control"], drawn) == (
        304,
        first["ETag"],
        first["Cache-Control"],
        [],
    )
    set_value(article, "title", "Another tale", by=editor)
    other = get("/articles/tale/card.png", HTTP_IF_NONE_MATCH=first["ETag"])
    assert other.status_code == 200
    assert other.content != first.content
    assert len(drawn) == 1
    assert (get("/articles/tale/card.png").content, len(drawn)) == (other.content, 1), "from the cache"


def test_a_card_of_a_story_that_must_not_be_indexed_must_not_be_either(settings):
    make_article("tale")
    assert get("/articles/tale/card.png")["X-Robots-Tag"] == "noindex"
    settings.ARTICLE_INDEXING = "self"
    assert not get("/articles/tale/card.png").has_header("X-Robots-Tag")


@pytest.mark.parametrize(
    "headline", ["خبر عاجل", "突发新闻", "Срочные новости", "Žluťoučký kůň", "A 🐝 story", "a\u0338b"]
)
def test_letters_that_the_typeface_has_not_are_never_drawn_as_boxes(headline):
    assert card(headline, "Ausgabe Süd", "sued.example", "Newsdesk", "news.example") == (
        "Ausgabe Süd",
        "",
        "Newsdesk",
        "news.example",
    )
    assert card(headline, "Издание", "xn--80ahcnnc3a.example", "Новости", "news.example")[:3] == (
        "xn--80ahcnnc3a.example",
        "",
        "news.example",
    )
    assert card(headline, "", "", "Newsdesk", "news.example").headline == "Newsdesk"


@pytest.mark.parametrize(
    "headline",
    ["A", "Naïve “quotes” – and a dash", "word " * 100, "W" * 500, "i" * 500, "Rindfleisch" * 9 + " " + "X" * 400],
    ids=len,
)
def test_every_headline_fits_in_its_place(headline):
    written = card(headline, "The Outlet " * 9, "outlet.example", "A site of a very long name " * 5, "news.example" * 9)
    image = Image.open(BytesIO(draw(written))).convert("L")
    ink = image.point(lambda level: 255 if level < 200 else 0).getbbox()
    left, top, right, bottom = ink
    assert (left >= 60, right <= WIDTH - 60) == (True, True), "nothing runs over the margins"
    assert (top >= 40, bottom <= HEIGHT - 30) == (True, True)
    assert image.crop((0, 505, WIDTH, 525)).getextrema()[0] > 200, "nor into the line of names"
    assert draw(written) == draw(written)
    assert len(written.headline) <= LONGEST + 1


def test_what_the_typeface_has_is_what_the_site_says_of_it():
    css = (STATIC / "site.css").read_text(encoding="utf-8")
    ranges = re.search(r"unicode-range: ([^;]+);", css)[1].replace("U+", "").split(", ")
    for text in ranges:
        first, _, last = text.partition("-")
        for code in range(int(first, 16), int(last or first, 16) + 1):
            assert LETTERS.fullmatch(chr(code)), text
    assert not LETTERS.fullmatch("Ā")


def test_the_site_can_be_put_on_a_phones_first_screen(settings):
    settings.SITE_NAME = "The Morning Ledger of Everything"
    assert '<link rel="manifest" href="/manifest.webmanifest">' in text_of("/")
    answer = get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json; charset=utf-8"
    told = answer.json()
    assert (told["name"], told["short_name"], told["start_url"]) == (settings.SITE_NAME, "The Morning", "/")
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in told["icons"]}
    assert sizes >= {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}


@pytest.mark.parametrize(
    ("name", "side"),
    [("icon-192.png", 192), ("icon-512.png", 512), ("icon-maskable-512.png", 512), ("apple-touch-icon.png", 180)],
)
def test_icons_are_there_in_their_sizes_and_small(name, side):
    image = Image.open(STATIC / "icons" / name)
    assert (image.size, image.format) == ((side, side), "PNG")
    assert (STATIC / "icons" / name).stat().st_size < 5_000
    answer = get(f"/static/newsdesk/icons/{name}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


def test_browsers_that_ask_unasked_get_an_icon_in_three_sizes():
    assert get("/favicon.ico")["Location"] == "/static/newsdesk/icons/favicon.ico"
    image = Image.open(STATIC / "icons" / "favicon.ico")
    assert image.info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_a_card_asks_the_database_no_more_than_for_the_story(django_assert_max_num_queries):
    make_article("tale", topics=[f"Topic {number}" for number in range(30)])
    with django_assert_max_num_queries(1 + 3):  # the edition · the story
        get("/articles/tale/card.png")


def test_all_of_it_has_an_address():
    assert {"story-card", "site-card", "manifest"} <= {pattern.name for pattern in urlpatterns}
