"""Which pictures are needed: what readers see first, the hottest and newest first, then what waits for the desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.images.keeping import FIRST_PAUSE, REFRESH, fetch_again
from articles.images.needing import needs
from articles.models import ImageFetch, Provider
from tests.factories import import_seed

from .kept import DAY, came_to, keep

pytestmark = pytest.mark.django_db
State = ImageFetch.State


def story(folder, stem: str, *urls: str, **overrides):
    return import_seed(folder, stem, images=[{"url": url} for url in urls], **overrides)


def needed(after: timedelta = timedelta()) -> list[str]:
    return [need.url for need in needs(timezone.now() + after)]


def test_public_stories_come_by_rank_then_those_that_wait_for_an_editor(tmp_path):
    story(tmp_path, "cool", "http://a.example/cool.jpg", heat=1)
    story(tmp_path, "waiting", "http://a.example/waiting.jpg", heat=99, published=False)
    story(tmp_path, "hot", "http://a.example/hot.jpg", heat=90)
    assert needed() == [f"http://a.example/{name}.jpg" for name in ("hot", "cool", "waiting")]


def test_of_a_story_only_the_picture_that_is_shown_and_nothing_from_the_sites_own_root(tmp_path):
    story(tmp_path, "two", "http://a.example/1.jpg", "http://a.example/2.jpg")
    story(tmp_path, "own", "/assets/own.jpg")
    assert needed() == ["http://a.example/1.jpg"]


def test_an_outlets_logo_is_needed_too(tmp_path):
    story(tmp_path, "s", provider={"domain": "outlet.example", "images": [{"url": "https://outlet.example/logo.png"}]})
    assert needed() == ["https://outlet.example/logo.png"]


def test_nothing_of_an_outlet_whose_pictures_are_off_and_all_of_one_that_is_cached_where_the_site_is_off(
    tmp_path, settings
):
    story(tmp_path, "off", "http://a.example/off.jpg", provider={"domain": "off.example"})
    story(tmp_path, "on", "http://a.example/on.jpg", provider={"domain": "on.example"})
    Provider.objects.filter(domain="off.example").update(images_policy="off")
    assert needed() == ["http://a.example/on.jpg"]
    settings.IMAGES = "off"
    Provider.objects.filter(domain="on.example").update(images_policy="cached")
    assert needed() == ["http://a.example/on.jpg"]


def test_what_is_kept_is_asked_for_again_only_after_a_month_with_what_the_server_said(tmp_path):
    story(tmp_path, "s", "http://a.example/1.jpg")
    kept = keep("http://a.example/1.jpg")
    assert needed(REFRESH - DAY) == []
    (need,) = needs(timezone.now() + REFRESH + DAY)
    assert (need.kept, need.etag) == (kept.pk, '"1"')


def test_what_failed_waits_longer_each_time_and_is_gone_in_the_end(tmp_path):
    url = "http://a.example/1.jpg"
    story(tmp_path, "s", url)
    pauses = []
    for _ in range(7):
        fetch = came_to(url, State.WANTED, failures=len(pauses) + 1)
        pauses.append(fetch.next_try_at - fetch.tried_at)
        assert needed() == []
        ImageFetch.objects.update(next_try_at=timezone.now())
        (need,) = needs(timezone.now())
        assert need.failures == len(pauses)
    assert pauses[0] == FIRST_PAUSE


def test_what_was_refused_is_asked_for_no_more_unless_an_editor_wants_it(tmp_path, editor):
    url = "http://a.example/1.jpg"
    story(tmp_path, "s", url)
    fetch = came_to(url, State.REFUSED)
    assert needed(1000 * DAY) == []
    fetch_again(fetch, by=editor)
    assert needed() == [url]


def test_two_queries_for_each_few_hundred_stories(tmp_path, django_assert_max_num_queries):
    for number in range(5):
        story(tmp_path, f"s{number}", f"http://a.example/{number}.jpg")
    with django_assert_max_num_queries(5):  # logos, the keys of both lists, their pictures, what is known of them
        assert len(needed()) == 5
