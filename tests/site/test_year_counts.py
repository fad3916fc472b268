"""The archive's years: the counts that the database keeps are the numbers of stories, in any time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from django.conf import settings as site_settings
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings

from articles import year_counts
from articles.models import Article
from articles.site.archive import years
from tests.factories import make_article
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
NOW = datetime(2021, 1, 1, 3, tzinfo=UTC)
NEW_YEAR = datetime(2020, 1, 1, tzinfo=UTC)
# Near the turn of a year, where zones disagree about it, or up to two years from it, on either side of NOW.
DATES = st.one_of(
    st.integers(-20, 20).map(lambda hours: NEW_YEAR + timedelta(hours=hours)),
    st.integers(-700, 700).map(lambda days: NEW_YEAR + timedelta(days=days)),
)
TIMES = st.one_of(st.none(), st.integers(-30, 30).map(lambda hours: NOW + timedelta(hours=hours)))
STORIES = st.lists(st.tuples(DATES, TIMES, TIMES, st.booleans()), max_size=8)
ZONES = st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu"])


@quick
@given(STORIES, ZONES)
def test_years_are_counted_as_if_story_by_story(stories, zone):
    with transaction.atomic(), override_settings(TIME_ZONE=zone):
        for number, (date, start, end, published) in enumerate(stories):
            desk = {"publish_at": start, "publish_until": end}
            desk = {name: value for name, value in desk.items() if value}
            make_article(f"s{number}", published_at=date, published=published, **desk)
        public = Article.objects.public(NOW).values_list("published_at", flat=True)
        local = [at.astimezone(ZoneInfo(site_settings.TIME_ZONE)).year for at in public]
        assert [(span.date.year, span.stories) for span in years(NOW)] == [
            (year, local.count(year)) for year in sorted(set(local), reverse=True)
        ]
        transaction.set_rollback(True)


def test_counts_follow_whatever_writes_a_story():
    for number in range(3):
        make_article(f"s{number}", published_at=NEW_YEAR)
    first, second, third = Article.objects.order_by("pk")
    assert year_counts.by_year() == {2020: 3}
    Article.objects.filter(pk=first.pk).update(published=False)
    earlier = NEW_YEAR - timedelta(days=1)
    Article.objects.filter(pk=second.pk).update(published_at=earlier, visible_from=earlier)
    assert year_counts.by_year() == {2020: 1, 2019: 1}
    Article.objects.filter(pk=first.pk).update(published=True, withdrawn=True)
    Article.objects.filter(pk=first.pk).update(withdrawn=False)
    assert year_counts.by_year() == {2020: 2, 2019: 1}
    third.versions.all().delete()
    third.delete()
    assert year_counts.by_year() == {2020: 1, 2019: 1}


def test_counts_that_say_otherwise_are_found_with_check_and_made_anew_without():
    make_article("rain", published_at=NEW_YEAR)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_year SET stories = 7")
    ran = manage("rebuild_articles", "--check")
    assert (ran.code, "The archive's counts are others than the numbers of stories." in ran.out) == (1, True)
    ran = manage("rebuild_articles")
    assert (ran.code, "were others than, and are now, the numbers" in ran.out) == (0, True)
    assert year_counts.by_year() == {2020: 1}
    assert manage("rebuild_articles", "--check").code == 0
