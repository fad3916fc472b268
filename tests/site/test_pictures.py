"""The pictures that readers see: from where, by policy, decision and take-down; in which files."""

import json
import re
from xml.etree import ElementTree

import feedparser
import pytest
from django.test import Client
from django.utils import timezone

from articles.curation import Change, curate
from articles.models import Article, Image, ImageFetch, KeptImage, Provider
from articles.querysets import REMOVED, Chosen, Kept, url_digest
from articles.site.feed_formats import MEDIA
from tests.conftest import need
from tests.factories import a_superuser, make_article
from tests.judges import nu
from tests.site.pages import get, json_ld, text_of
from tests.site.test_queries import FRAME, QUERIES, queries, story

pytestmark = pytest.mark.django_db
UPSTREAMS = "https://pictures.example/a.jpg"
IMAGE = {"url": UPSTREAMS, "width": 1230, "height": 450, "title": "A bee", "attribution": "A. Photographer"}
ROOT = "http://127.0.0.1:8000"
PAGES = ["/", "/latest/", "/articles/tale/"]
FEEDS = ["/feeds/latest.rss", "/feeds/latest.atom", "/feeds/latest.json", "/feeds/front.rss"]
API = "/api/news/index.json"


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def name(mark: str, number: int, ending: str = "webp") -> str:
    return f"images/{mark * 2}/{mark * 30}{number:02}.{ending}"


def picture(mark: str, width: int = 1600, height: int = 1200) -> KeptImage:
    """A kept picture, whose files have `mark`, a hex digit, in their names; 4 : 3 unless told otherwise."""
    widths = [each for each in (320, 640, 960, 1600) if each <= width] or [width]
    renditions = {
        "colour": "#a1b2c3",
        "whole": [[name(mark, n), w, round(w * height / width), 1_000 + w] for n, w in enumerate(widths)],
        "fallback": [name(mark, 10, "jpg"), min(width, 640), round(min(width, 640) * height / width), 4_321],
        "wide": {"50,50": [[name(mark, 20 + n), w, w * 9 // 16, 2_000] for n, w in enumerate((480, 960))]},
    }
    sizes = {"width": width, "height": height, "original_bytes": 1, "kept_bytes": 1}
    return KeptImage.objects.create(
        digest=mark * 64, kind="JPEG", renditions=renditions, kept_at=timezone.now(), **sizes
    )


def fetched(url: str = UPSTREAMS, kept: KeptImage | None = None, **fields) -> ImageFetch:
    state = "kept" if kept else "refused" if fields.get("removed") else "wanted"
    told = {"url_digest": url_digest(url), "host": "pictures.example", "state": state}
    return ImageFetch.objects.create(url=url, kept=kept, **(told | fields))


def decide(article: Article, field: str, value: str) -> None:
    curate(article, [Change("set", field, value)], by=a_superuser())


def shown_at(path: str) -> set[str]:
    """Whose pictures an answer names: upstream's, those that are kept of them ("a"), or the editors' ("e")."""
    text = get(path).content.decode().replace("\\/", "/")
    found = {"upstream's"} if "pictures.example" in text else set()
    return found | set(re.findall(r"/media/images/([ae])\1/", text))


# -- whose pictures are shown

HOTLINKED, KEPT, NONE = {"upstream's"}, {"a"}, set()
BY_POLICY = [
    # IMAGES, the outlet's own, whether it is kept → what is shown
    ("off", "", True, NONE),
    ("off", "hotlink", True, NONE),
    ("off", "cached", True, KEPT),
    ("hotlink", "", False, HOTLINKED),
    ("hotlink", "", True, HOTLINKED),
    ("hotlink", "off", True, NONE),
    ("hotlink", "cached", True, KEPT),
    ("hotlink", "cached", False, NONE),
    ("cached", "", True, KEPT),
    ("cached", "", False, NONE),
    ("cached", "hotlink", True, KEPT),
    ("cached", "hotlink", False, NONE),
    ("cached", "off", True, NONE),
]


@pytest.mark.parametrize(("images", "own", "is_kept", "expected"), BY_POLICY)
def test_policy_says_whose_pictures_pages_and_feeds_show(images, own, is_kept, expected, settings):
    settings.IMAGES = images
    make_article("tale", images=[IMAGE])
    Provider.objects.update(images_policy=own)
    fetched(kept=picture("a") if is_kept else None)
    assert {path: shown_at(path) for path in PAGES} == dict.fromkeys(PAGES, expected)
    told = {path: shown_at(path) for path in FEEDS}
    if expected == HOTLINKED:  # nobody told us how long it is, which Atom wants to know
        assert told.pop("/feeds/latest.atom") == NONE
    assert told == dict.fromkeys(told, expected)
    assert shown_at(API) == HOTLINKED, "the API tells what upstream said"


@pytest.mark.parametrize("images", ["off", "hotlink", "cached"])
def test_a_picture_that_was_taken_down_is_nowhere(images, settings):
    settings.IMAGES = images
    make_article("tale", images=[IMAGE, {"url": "https://pictures.example/b.jpg"}])
    for url in (UPSTREAMS, "https://pictures.example/b.jpg"):
        fetched(url, removed=True)
    for path in (*PAGES, *FEEDS, API):
        assert shown_at(path) == NONE, path
    assert get(API).json()["value"][0]["images"] is None


def test_what_was_taken_down_of_an_outlets_logo_is_nowhere():
    logo = {"url": "https://pictures.example/logo.png"}
    make_article("tale", provider={"domain": "outlet.example", "images": [logo]})
    places = ("/providers/", "/providers/outlet.example/", API)
    assert [shown_at(path) for path in places] == [HOTLINKED] * 3
    fetched(logo["url"], removed=True)
    assert [shown_at(path) for path in places] == [NONE] * 3


@pytest.mark.parametrize("images", ["off", "hotlink", "cached"])
@pytest.mark.parametrize("own", [[IMAGE], []])
def test_a_picture_that_an_editor_chose_stands_for_upstreams_whatever_the_policy_is(images, own, settings):
    settings.IMAGES = images
    article = make_article("tale", images=own)
    fetched(removed=True)
    decide(article, "picture", picture("e").digest)
    for path in (*PAGES, *FEEDS):
        assert shown_at(path) == {"e"}, path
    html = text_of("/articles/tale/")
    assert "Picture: <bdi>chosen by the editors</bdi>" in html
    assert "A. Photographer" not in html
    assert "A bee" not in html


def test_a_chosen_picture_that_is_kept_no_more_leaves_upstreams():
    decide(make_article("tale", images=[IMAGE]), "picture", picture("e").digest)
    KeptImage.objects.all().delete()
    assert {path: shown_at(path) for path in PAGES} == dict.fromkeys(PAGES, HOTLINKED)


@pytest.mark.parametrize(("images", "is_there"), [("off", False), ("hotlink", True), ("cached", True)])
def test_a_picture_that_lies_on_this_site_is_no_other_servers(images, is_there, settings):
    settings.IMAGES = images
    make_article("tale", images=[{"url": "/static/stories/bees.jpg"}])
    for path in PAGES:
        assert ('src="/static/stories/bees.jpg"' in text_of(path)) == is_there


def test_the_policy_of_one_outlet_is_not_that_of_the_next(settings):
    settings.IMAGES = "cached"
    for mark, own in (("a", ""), ("b", "off"), ("c", "")):
        make_article(f"by-{mark}", images=[{"url": f"https://p.example/{mark}.jpg"}], provider=f"{mark}.example")
        Provider.objects.filter(domain=f"{mark}.example").update(images_policy=own)
        fetched(f"https://p.example/{mark}.jpg", kept=picture(mark))
    shown = re.findall(r"/media/images/(.)\1/", text_of("/"))
    assert set(shown) == {"a", "c"}


def test_what_lists_ask_for_is_what_is_kept_taken_down_or_chosen():
    for mark in "abc":
        fetched(f"https://p.example/{mark}.jpg", kept=picture(mark))
    fetched("https://p.example/gone.jpg", state="gone")
    fetched("https://p.example/down.jpg", removed=True)
    urls = [f"https://p.example/{each}.jpg" for each in ("a", "gone", "down", "unheard-of", "c")]
    make_article("tale", images=[{"url": url} for url in urls])
    a, b, c = (KeptImage.objects.get(digest=mark * 64).renditions for mark in "abc")
    assert list(Image.objects.annotate(kept=Kept("url")).values_list("kept", flat=True)) == [a, None, REMOVED, None, c]
    decide(Article.objects.get(), "picture", "b" * 64)
    assert Article.objects.annotate(chosen=Chosen("picture")).values_list("chosen", flat=True).get() == b


# -- how they are shown


@pytest.fixture
def kept(settings):
    """The sample story's picture, kept here, and shown so."""
    settings.IMAGES = "cached"
    article = make_article("tale", images=[IMAGE])
    fetched(kept=picture("a"))
    return article


def pictures(html: str) -> list[str]:
    return re.findall(r'<div class="picture.*?</div>', html)


def attribute(html: str, element: str, name: str) -> str | None:
    found = re.search(rf'<{element} [^>]*?\b{name}="([^"]*)"', html)
    return found and found[1]


def test_the_leads_picture_is_a_crop_in_two_widths_of_which_the_browser_chooses(kept):
    (lead,) = pictures(text_of("/"))
    assert attribute(lead, "source", "type") == "image/webp"
    assert attribute(lead, "source", "srcset") == f"/media/{name('a', 20)} 480w, /media/{name('a', 21)} 960w"
    assert attribute(lead, "source", "sizes").endswith(", (min-width: 64rem) 61vw, 93vw")
    assert (attribute(lead, "source", "width"), attribute(lead, "source", "height")) == ("960", "540")
    assert attribute(lead, "img", "src") == f"/media/{name('a', 10, 'jpg')}"
    assert (attribute(lead, "img", "width"), attribute(lead, "img", "height")) == ("640", "480"), "not upstream's"


def test_a_small_picture_has_one_file_and_no_sizes_to_choose_by(kept):
    (small,) = pictures(text_of("/latest/"))
    assert attribute(small, "source", "srcset") == f"/media/{name('a', 20)}"
    assert attribute(small, "source", "sizes") is None


def test_the_second_story_alone_is_told_its_columns_width(settings):
    settings.IMAGES = "cached"
    for mark in "abcde":
        make_article(images=[{"url": f"https://p.example/{mark}.jpg"}])
        fetched(f"https://p.example/{mark}.jpg", kept=picture(mark))
    sizes = [attribute(each, "source", "sizes") for each in pictures(text_of("/"))]
    assert sizes[0].endswith("61vw, 93vw")
    assert sizes[1].endswith("28vw, 93vw")
    assert sizes[2:] == [None] * 3


def test_the_first_picture_is_loaded_at_once_and_all_others_when_they_are_near(settings):
    settings.IMAGES = "cached"
    for mark in "abcde":
        make_article(f"tale-{mark}", images=[{"url": f"https://p.example/{mark}.jpg"}])
        fetched(f"https://p.example/{mark}.jpg", kept=picture(mark))
    first, *others = pictures(text_of("/"))
    assert attribute(first, "img", "fetchpriority") == "high"
    assert attribute(first, "img", "loading") is None
    for each in others:
        assert (attribute(each, "img", "fetchpriority"), attribute(each, "img", "loading")) == ("low", "lazy")
    (whole,) = pictures(text_of("/articles/tale-a/"))
    assert attribute(whole, "img", "fetchpriority") == "high"


def test_a_storys_own_page_has_the_whole_picture_in_its_own_proportions(kept):
    (whole,) = pictures(text_of("/articles/tale/"))
    widths = [candidate.split()[1] for candidate in attribute(whole, "source", "srcset").split(", ")]
    assert widths == ["320w", "640w", "960w", "1600w"]
    assert attribute(whole, "source", "sizes").endswith("93vw")
    assert (attribute(whole, "source", "width"), attribute(whole, "source", "height")) == ("1600", "1200")
    assert attribute(whole, "svg", "viewBox") == "0 0 1600 1200", "which gives the box its proportions"


@pytest.mark.parametrize("images", ["hotlink", "cached"])
def test_the_markup_around_a_picture_has_no_blanks_and_no_attributes_that_say_nothing(images, kept, settings):
    settings.IMAGES = images
    for path in PAGES:
        html = get(path).content.decode()
        tags = re.findall(r"<(?:img|source|figure|div class=.picture)[^>]*>", html)
        assert len(tags) >= 2
        assert [tag for tag in tags if re.search(r"\s{2,}|\n|\s>|class=\"\"", tag)] == []


def test_an_uploaded_picture_has_the_words_of_who_uploaded_it(settings):
    article = make_article("tale", images=[IMAGE])
    uploaded = picture("e")
    uploaded.renditions |= {"title": "The old bridge", "attribution": "E. Editor"}
    uploaded.save()
    decide(article, "picture", uploaded.digest)
    html = text_of("/articles/tale/")
    assert '<span dir="auto">The old bridge</span> · Picture: <bdi>E. Editor</bdi>' in html
    assert attribute(html.partition("<figure")[2], "img", "alt") == "The old bridge"
    (found, *_) = json_ld(html)["mainEntity"]["image"]
    assert (found["caption"], found["creditText"]) == ("The old bridge", "E. Editor")
    (content,) = ElementTree.fromstring(get("/feeds/latest.rss").content).iter(f"{{{MEDIA}}}content")
    assert [(told.tag, told.text) for told in content] == [
        (f"{{{MEDIA}}}title", "The old bridge"),
        (f"{{{MEDIA}}}credit", "E. Editor"),
    ]
    (entry,) = feedparser.parse(get("/feeds/latest.atom").content).entries
    assert entry.enclosures[0].title == "The old bridge"
    uploaded.renditions |= {"attribution": ""}
    uploaded.save()
    assert "Picture: <bdi>chosen by the editors</bdi>" in text_of("/articles/tale/")


def test_its_main_colour_stands_there_until_it_comes_without_a_style_of_its_own(kept):
    for path in PAGES:
        html = text_of(path)
        assert 'color="#a1b2c3"' in pictures(html)[0]
        assert "style=" not in html


def test_a_crop_is_made_around_what_an_editor_says_counts(kept):
    found = KeptImage.objects.get()
    found.renditions["wide"]["30,70"] = [[name("a", 30), 480, 270, 2_000]]
    found.save()
    decide(kept, "focal_point", "30,70")
    assert attribute(text_of("/"), "source", "srcset") == f"/media/{name('a', 30)}"
    decide(kept, "focal_point", "10,10")  # of which there is no crop yet
    assert f"/media/{name('a', 20)} 480w" in text_of("/")


@pytest.mark.parametrize("images", ["hotlink", "cached"])
def test_beside_its_headline_a_picture_has_no_words_and_on_its_page_its_title(images, kept, settings):
    settings.IMAGES = images
    assert attribute(text_of("/"), "img", "alt") == ""
    assert attribute(text_of("/articles/tale/"), "img", "alt") == "A bee"


def test_credit_and_monogram_stand_with_a_kept_picture_too(kept):
    html = text_of("/articles/tale/")
    assert '<span dir="auto">A bee</span> · Picture: <bdi>A. Photographer</bdi>' in html
    assert '<bdi class="monogram" aria-hidden="true">T</bdi>' in pictures(html)[0]


def test_a_story_whose_picture_is_not_kept_is_as_one_without(settings):
    settings.IMAGES = "cached"
    make_article("tale", images=[IMAGE])
    assert "<img" not in text_of("/")
    assert "picture-none" in text_of("/"), "the lead has the outlet's monogram"
    assert "<figure" not in text_of("/articles/tale/")


@pytest.mark.parametrize(("images", "expected"), [("off", None), ("hotlink", "upstream's"), ("cached", "kept")])
def test_an_outlets_logo_is_shown_by_policy_or_else_its_monogram(images, expected, settings):
    settings.IMAGES = images
    logo = {"url": "https://pictures.example/logo.png"}
    make_article("tale", provider={"name": "Mint", "domain": "outlet.example", "images": [logo]})
    fetched(logo["url"], kept=picture("a", 200, 200))
    told = {"upstream's": logo["url"], "kept": f"/media/{name('a', 10, 'jpg')}", None: None}
    for path in ("/providers/", "/providers/outlet.example/"):
        html = text_of(path)
        assert attribute(html, "img", "src") == told[expected]
        assert attribute(html, "source", "srcset") == (f"/media/{name('a', 0)}" if expected == "kept" else None)
        assert '<bdi class="monogram" aria-hidden="true">M</bdi>' in html


def test_a_preview_shows_what_readers_will_see(kept, editor):
    decide(kept, "published", "false")
    client = Client()
    client.force_login(editor)
    html = client.get(f"/admin/articles/article/{kept.pk}/preview/").content.decode()
    assert f"/media/{name('a', 10, 'jpg')}" in html
    assert "pictures.example" not in html


def test_pages_with_kept_pictures_ask_no_more_often(settings):
    settings.IMAGES = "cached"
    provider = {"domain": "outlet.example", "images": [{"url": "https://pictures.example/logo.png"}]}
    for number in range(8):
        story(number, **({"provider": provider} if number == 0 else {}))
    make_article("buried", heat=-1, topics=["AI", "Hidden"])
    make_article("gone", withdrawn=True)
    one = picture("a")
    for url in set(Image.objects.values_list("url", flat=True)):
        fetched(url, kept=one)
    decide(Article.objects.get(slug="s0"), "picture", picture("e").digest)
    assert {path: queries(path) for path in QUERIES} == QUERIES
    for path in FEEDS:
        few = queries(path)
        assert few <= FRAME + 3, path


# -- feeds, JSON-LD, Open Graph


def test_feeds_tell_the_jpeg_with_its_type_size_and_length(kept):
    address = f"{ROOT}/media/{name('a', 10, 'jpg')}"
    (entry,) = feedparser.parse(get("/feeds/latest.rss").content).entries
    sized = {"width": "640", "height": "480", "filesize": "4321"}
    assert entry.media_content == [{"url": address, "medium": "image", "type": "image/jpeg"} | sized]
    (entry,) = feedparser.parse(get("/feeds/latest.atom").content).entries
    (enclosure,) = entry.enclosures
    assert (enclosure.href, enclosure.type, enclosure.length) == (address, "image/jpeg", "4321")
    (item,) = get("/feeds/latest.json").json()["items"]
    assert item["image"] == address


def test_structured_data_names_the_widest_file_by_its_real_size(kept):
    (found,) = json_ld(text_of("/articles/tale/"))["mainEntity"]["image"]
    assert found == {
        "@type": "ImageObject",
        "url": f"{ROOT}/media/{name('a', 3)}",
        "encodingFormat": "image/webp",
        "width": 1600,
        "height": 1200,
        "caption": "A bee",
        "creditText": "A. Photographer",
    }


def test_who_shows_a_link_to_a_story_is_given_the_jpeg_and_without_a_picture_the_drawn_card(kept):
    told = dict(re.findall(r'property="(og:image[^"]*)" content="([^"]*)"', text_of("/articles/tale/")))
    assert told["og:image"] == f"{ROOT}/media/{name('a', 10, 'jpg')}"
    assert (told["og:image:type"], told["og:image:width"], told["og:image:height"]) == ("image/jpeg", "640", "480")
    fetched_once = ImageFetch.objects.get()
    fetched_once.kept, fetched_once.state, fetched_once.removed = None, "refused", True
    fetched_once.save()
    assert f'content="{ROOT}/articles/tale/card.png"' in text_of("/articles/tale/")


def test_pictures_of_a_bucket_or_cdn_are_addressed_there(kept, settings):
    settings.MEDIA_URL = "https://cdn.example/newsdesk/"
    address = f"https://cdn.example/newsdesk/{name('a', 10, 'jpg')}"
    assert attribute(text_of("/"), "img", "src") == address
    assert get("/feeds/latest.json").json()["items"][0]["image"] == address
    assert address in text_of("/articles/tale/")


# -- and what is said of it


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        ("off", "Pictures of the outlets are not shown"),
        ("hotlink", "Pictures come from the outlets’ servers, which are not told what page you are on."),
        ("cached", "Pictures come from this site, so that no outlet learns what you look at."),
    ],
)
def test_readers_are_told_where_pictures_come_from(images, sentence, settings):
    settings.IMAGES = images
    assert sentence in text_of("/about/")


def test_a_pictures_words_cannot_end_the_markup_around_them(kept):
    evil = '"><script>alert(1)</script>'
    Image.objects.update(title=evil, attribution=evil)
    for path in ("/", "/articles/tale/"):
        html = text_of(path)
        assert "<script>alert" not in html
    assert json.dumps(json_ld(text_of("/articles/tale/"))).count("alert(1)") == 2


@pytest.mark.once
def test_the_nu_html_checker_finds_nothing_on_pages_with_kept_pictures(kept):
    need(not nu.missing(), nu.missing())
    logo = {"url": "https://pictures.example/logo.png"}
    make_article("by-mint", provider={"domain": "mint.example", "images": [logo]})
    fetched(logo["url"], kept=picture("b", 200, 200))
    pages = [*PAGES, "/providers/", "/providers/mint.example/", "/about/"]
    assert nu.complaints({path: get(path).content.decode() for path in pages}) == {}


@pytest.mark.parametrize(
    ("url", "is_shown"),
    [
        ("/admin/login/", False),
        ("/admin", False),
        ("/../admin/logout/x", False),
        ("/a/./../%61dmin/?next=/", False),
        ("/assets/%2e%2e/admin/#a", False),
        ("/assets/../a.jpg", True),
        ("/administration.jpg", True),
        ("/assets/a.jpg?of=/admin/", True),
        ("https://other.example/admin/a.jpg", True),
    ],
)
def test_no_picture_leads_a_readers_browser_into_the_desk_which_gives_it_a_cookie(settings, url, is_shown):
    settings.IMAGES = "hotlink"
    make_article("tale", images=[{"url": url, "width": 600, "height": 400}])
    for page in PAGES:
        assert ("<img" in text_of(page)) is is_shown, page
