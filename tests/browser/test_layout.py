"""What a style sheet promises and only a browser can measure."""

from datetime import timedelta

import pytest
from django.utils import timezone

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
