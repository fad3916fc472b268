"""No page is a dead end: where a reader goes on from it."""

from datetime import UTC, datetime

import pytest

from articles.curation import set_value
from articles.models import Provider
from tests.factories import a_superuser, make_article
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
MINT = {"name": "Mint", "domain": "mint.example"}


def test_a_story_leads_on_to_its_outlet_and_its_day(settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    make_article("tale", provider=MINT, published_at=datetime(2026, 3, 1, 20, tzinfo=UTC))
    html = text_of("/articles/tale/")
    assert '<a href="/providers/mint.example/">More from <bdi>Mint</bdi></a>' in html
    assert '<a href="/archive/2026/03/02/">All of 2 March 2026</a>' in html
    assert get("/archive/2026/03/02/").status_code == get("/providers/mint.example/").status_code == 200


def test_a_story_on_no_list_leads_to_no_page_that_may_not_be_there():
    make_article("buried", heat=-1, provider=MINT)
    make_article("muted", provider={"name": "Loud", "domain": "loud.example"})
    Provider.objects.filter(domain="loud.example").update(muted=True)
    assert "More from" not in text_of("/articles/buried/") + text_of("/articles/muted/")


def test_a_story_of_a_year_without_a_calendar_leads_to_none():
    make_article("ancient", published_at="0001-01-01T00:00:00Z")
    assert "/archive/00" not in text_of("/articles/ancient/")


def test_a_preview_leads_to_no_page_that_is_not_there_yet(admin_client):
    article = make_article("tale", published=False, provider=MINT)
    html = admin_client.get(f"/admin/articles/article/{article.pk}/preview/").content.decode()
    assert "More from" not in html
    assert "/archive/2" not in html


def test_an_empty_front_page_leads_to_what_there_is():
    html = text_of("/").partition("<main")[2].partition("</main>")[0]
    assert 'href="/about/"' in html
    assert 'href="/about/#sources"' in html


def test_outlets_stand_with_their_logos_or_their_first_letter():
    make_article(provider=MINT | {"images": [{"url": "https://pictures.example/mint.png"}]})
    make_article(provider={"name": "Öko", "domain": "oeko.example"})
    html = text_of("/providers/")
    assert html.count("<img ") == 1
    assert 'src="https://pictures.example/mint.png"' in html
    assert '<bdi class="monogram" aria-hidden="true">Ö</bdi>' in html


def test_a_decision_about_its_heat_is_told_on_the_storys_page_beside_the_number():
    set_value(make_article("tale", heat=57), "heat", 80, by=a_superuser())
    assert "80, hot. The editors raised it from 57." in text_of("/articles/tale/")
