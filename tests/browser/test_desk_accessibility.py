"""What axe finds on the article list and on an article's page: nothing, light and dark, on a phone and a desk."""

import pytest
from django.utils import timezone

from articles.curation import boost, set_value
from articles.models import OpenPage
from tests.browser.accessibility import findings
from tests.factories import import_seed, make_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
LIST = "/admin/articles/article/"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_the_list_and_the_article(
    browser_page, signed_in, editor, colleague, tmp_path, scheme, width
):
    import_seed(tmp_path, heat=57, title="First")
    article = import_seed(tmp_path, heat=57, title="First")
    set_value(article, "heat", 80, by=editor), set_value(article, "title", "Ours", by=colleague)
    boost(article, "quality", 20, by=editor)
    import_seed(tmp_path, heat=5, title="Second")
    make_article(title="Buried", heat=-1, images=[{"url": "/static/newsdesk/favicon.svg"}])
    make_article(publish_at="2030-12-01T06:00Z", pinned="3,2030-12-02")
    OpenPage.objects.create(article=article, user=colleague, seen_at=timezone.now())
    page = signed_in(browser_page, editor)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for address in (LIST, f"{LIST}?heat_min=hot&q=x", f"{LIST}?q=nothing", f"{LIST}{article.pk}/change/"):
        page.goto(address)
        found[address] = findings(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    told = [f"{address}: {line}" for address, lines in found.items() for line in lines]
    assert not told, "\n".join(told)
