"""Days and times are cut by TIME_ZONE, for every date that a seed file may have."""

import pytest

from tests.factories import make_article

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "2020-06-22T16:21:00Z"])
def test_a_story_of_the_first_year_is_shown_in_every_zone(client, admin_client, settings, zone, date):
    settings.TIME_ZONE = zone
    article = make_article(publishedDateTime=date)
    for address in ("/", "/latest/", "/topics/ai/", "/providers/outlet.example/", article.get_absolute_url()):
        assert client.get(address).status_code == 200, address
    for address in ("/admin/articles/article/", f"/admin/articles/article/{article.pk}/change/"):
        assert admin_client.get(address).status_code == 200, address


def test_the_days_of_a_list_are_those_of_the_sites_zone(client, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    make_article(publishedDateTime="2020-06-22T16:21:00Z")
    assert "Tuesday 23 June 2020" in client.get("/latest/").content.decode()
