"""No kind of page escapes its judges: each address that is answered with a page is among those they are given."""

from django.urls import resolve

from articles.site import urls, views
from tests.judges.kinds import KINDS


def test_every_address_of_a_page_is_judged():
    pages = {each.name for each in urls.urlpatterns if each.callback.__module__ == views.__name__}
    assert {"front", "article", "archive-day"} <= pages
    judged = {resolve(kind.path.partition("?")[0]).url_name for kind in KINDS if kind.status != 404}
    assert pages <= judged
