"""What axe finds on cards whose readers have asked why they stand there: nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser.accessibility import findings
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_readers_have_asked_why(browser_page, scheme):
    now = timezone.now()
    related = [{"title": "Told by another", "provider": {"domain": "other.example"}}]
    for number in range(30):
        make_article(f"s{number}", published_at=now - timedelta(hours=number), related=related, heat=90 - number)
    browser_page.emulate_media(color_scheme=scheme)
    browser_page.set_viewport_size({"width": 360, "height": 900})
    for path in ("/", "/articles/s0/", "/latest/", "/search/?q=story", "/about/"):
        browser_page.goto(path)
        browser_page.locator("summary").evaluate_all("all => all.forEach(e => e.click())")
        assert findings(browser_page) == [], path
