"""What a style sheet promises and only a browser can measure."""

from datetime import timedelta

import pytest
from django.template import engines
from django.utils import timezone

from tests.browser.chromium import moves
from tests.factories import make_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
WORD, LABELS = "x" * 125, ".".join(["a" * 60] * 3) + ".example"
PICTURE = [{"url": "/static/newsdesk/favicon.svg", "width": 1600, "height": 900}]


@pytest.mark.parametrize("width", [320, 1280])
def test_no_word_is_so_long_that_a_page_scrolls_sideways(browser_page, width):
    story = {"title": WORD, "excerpt": WORD, "topics": [WORD, "topic " * 33], "provider": {"domain": LABELS}}
    article = make_article("tale", **story, related=[{"title": WORD, "provider": {"domain": "b" + LABELS}}])
    topic, outlet = article.topic_list[0].get_absolute_url(), article.provider.get_absolute_url()
    browser_page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", "/latest/", "/articles/tale/", "/topics/", topic, "/providers/", outlet):
        browser_page.goto(path)
        assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_pictures_and_headlines_of_the_front_page_fall_with_rank(browser_page):
    for number in range(13):
        make_article(published_at=timezone.now() - timedelta(hours=number), images=PICTURE)
    browser_page.set_viewport_size({"width": 1440, "height": 900})
    browser_page.goto("/")
    for what, measure in ((".picture", "e.clientWidth"), (".headline", "parseFloat(getComputedStyle(e).fontSize)")):
        sizes = browser_page.locator(f"#ranked {what}").evaluate_all(f"found => found.map(e => {measure})")
        assert len(sizes) == 13
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] > sizes[1] > sizes[2] > sizes[4]


IS_SKIPPED = "e => !e.checkVisibility({ contentVisibilityAuto: true })"


@pytest.mark.parametrize("path", ["/", "/latest/"])
def test_a_phone_lays_out_what_is_far_below_when_the_reader_comes_near_and_nothing_moves(browser_page, path):
    for number in range(25):
        make_article(published_at=timezone.now() - timedelta(hours=9 * number), excerpt="Long. " * 40)
    last = browser_page.locator("main .headline").last
    browser_page.set_viewport_size({"width": 360, "height": 640})
    browser_page.goto(path)
    assert last.evaluate(IS_SKIPPED)
    assert moves(browser_page) == []
    assert browser_page.get_by_role("article").count() == browser_page.locator("article").count()
    browser_page.keyboard.press("End")
    browser_page.wait_for_function("e => e.checkVisibility({ contentVisibilityAuto: true })", arg=last.element_handle())
    browser_page.goto(path)
    browser_page.emulate_media(media="print")
    assert not last.evaluate(IS_SKIPPED)


RING = """e => {
  const { outlineColor, outlineWidth, outlineOffset } = getComputedStyle(e), box = e.getBoundingClientRect();
  const room = parseFloat(outlineWidth) + parseFloat(outlineOffset);
  return { colour: outlineColor, isWhole: box.top >= room && box.bottom + room <= innerHeight && box.left >= room };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ring_of_the_focus_is_seen_on_the_paper_and_whole_around_filled_buttons_too(browser_page, scheme):
    make_article("tale", excerpt="Long. " * 400)
    browser_page.emulate_media(color_scheme=scheme)
    browser_page.set_viewport_size({"width": 360, "height": 640})
    for path, buttons in (("/articles/tale/", [".skip", ".action-main"]), ("/search/?q=a", [".skip", "main button"])):
        browser_page.goto(path)
        ink = browser_page.locator("body").evaluate("e => getComputedStyle(e).color")
        for button in buttons:
            focused = browser_page.locator(f"{button}:focus-visible")
            for _ in range(60):
                browser_page.keyboard.press("Tab")
                if focused.count():
                    break
            assert focused.evaluate(RING) == {"colour": ink, "isWhole": True}


def open_details(page):
    return page.locator("details.why[open] p")


def test_why_a_card_stands_there_is_told_below_its_line_and_by_keyboard(browser_page):
    for number in range(4):
        make_article(published_at=timezone.now() - timedelta(hours=number), locale="ar-EG" if number == 2 else None)
    for width in (320, 1440):
        browser_page.set_viewport_size({"width": width, "height": 900})
        browser_page.goto("/")
        summaries = browser_page.locator("#ranked summary")
        assert summaries.count() == 4
        for place in range(4):
            before = summaries.nth(place).bounding_box()
            assert before["height"] >= 24
            assert before["width"] >= 24
            summaries.nth(place).focus()
            browser_page.keyboard.press("Enter")
            assert open_details(browser_page).count() == 1  # opening one closes the other
            answer, after = open_details(browser_page).bounding_box(), summaries.nth(place).bounding_box()
            assert answer["y"] >= after["y"] + 18
            assert (after["x"], after["width"]) == (before["x"], before["width"])
        assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("height", "shape"), [(720, 16 / 9), (1600, 4 / 3)])
def test_the_leads_picture_fills_the_room_beside_longer_seconds_where_the_screen_is_high(browser_page, height, shape):
    for number in range(4):
        texts = {"title": "Long " * (20 * number + 1), "excerpt": "Long. " * 40}
        make_article(published_at=timezone.now() - timedelta(hours=number), images=PICTURE, **texts)
    browser_page.set_viewport_size({"width": 1440, "height": height})
    browser_page.goto("/")
    box = browser_page.locator(".card-lead .picture").bounding_box()
    assert abs(box["width"] / box["height"] - shape) < 0.01


def test_text_around_a_picture_does_not_cover_it_where_colours_are_forced(browser_page):
    for number in range(6):
        make_article(published_at=timezone.now() - timedelta(hours=number), images=PICTURE, excerpt="Long. " * 40)
    browser_page.emulate_media(forced_colors="active")
    browser_page.goto("/")
    for picture in browser_page.locator(".card-small .picture").all():
        layers = picture.evaluate(
            "e => [e, e.parentElement.querySelector('.excerpt')].map(x => getComputedStyle(x).zIndex)"
        )
        assert int(layers[0]) > int(layers[1])


def test_paper_has_one_column_without_what_is_only_for_screens(browser_page):
    for number in range(8):
        make_article(f"n{number}", published_at=timezone.now() - timedelta(hours=number), images=PICTURE)
    browser_page.set_viewport_size({"width": 1440, "height": 900})
    browser_page.emulate_media(media="print")
    browser_page.goto("/")
    lefts = browser_page.locator("#ranked .headline").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == 1
    assert not browser_page.locator(".sections, .ask >> visible=true").count()
    browser_page.goto("/articles/n0/")
    after = browser_page.locator(".action-main").evaluate("e => getComputedStyle(e, '::after').content")
    assert "attr(href)" in after or "https://" in after
    assert not browser_page.locator(".telling details").is_visible()


@pytest.mark.parametrize("width", [320, 768])
def test_a_site_of_a_long_name_fits_a_phone(browser_page, monkeypatch, width):
    name = "The Neighbourhood Gazette and Evening Advertiser"
    monkeypatch.setitem(engines["site"].env.globals, "site_name", name)
    browser_page.set_viewport_size({"width": width, "height": 900})
    browser_page.goto("/")
    assert browser_page.locator(".nameplate").inner_text() == name
    assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_headline_of_500_characters_is_set_smaller_than_one_of_a_line(browser_page):
    make_article("short", title="Bees")
    make_article("long", title="Bees and " * 55 + "bees")
    sizes = []
    for slug in ("short", "long"):
        browser_page.goto(f"/articles/{slug}/")
        sizes.append(browser_page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
    assert sizes[0] > sizes[1] * 1.4
