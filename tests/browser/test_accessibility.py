"""What axe finds on the public pages: nothing, light and dark, on a phone and a desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.curation import set_value
from tests.browser.accessibility import findings
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_on_the_public_pages(browser_page, editor, scheme, width):
    now = timezone.now()
    for number in range(9):
        related = [{"title": "Told by another", "provider": {"domain": "other.example"}}]
        make_article(f"s{number}", published_at=now - timedelta(hours=number), related=related, heat=90 - 10 * number)
    set_value(make_article("corrected", published_at=now), "title", "Corrected", by=editor)
    month = f"{now:%Y/%m}"
    pages = f"/ /latest/ /latest/?heat_min=x /articles/s0/ /topics/ /topics/ai/ /providers/ /providers/outlet.example/ \
        /search/ /search/?q=story /search/?q=nothing /archive/ /archive/{now:%Y}/ /archive/{month}/ \
        /archive/{month}/{now:%d}/ /corrections/ /about/ /nothing/"
    browser_page.emulate_media(color_scheme=scheme)
    browser_page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for page in pages.split():
        browser_page.goto(page)
        found[page] = findings(browser_page)
        assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
    assert {page: told for page, told in found.items() if told} == {}
