"""Embargo, expiry and the end of a pin hold to the minute, on every page, and no job has to run."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_article
from tests.site.pages import get, ranked_slugs, text_of

pytestmark = pytest.mark.django_db
SIX = datetime(2030, 12, 1, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LISTS = ["/", "/latest/", "/topics/ai/", "/providers/outlet.example/"]


@pytest.fixture
def clock(monkeypatch):
    """`clock(moment)`: it is that time from now on."""
    return lambda moment: monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


@pytest.mark.parametrize("path", LISTS)
def test_an_embargo_is_over_at_its_minute(clock, path):
    make_article("other")
    make_article("tale", title="Under embargo", publish_at=SIX.isoformat())
    clock(SIX - MINUTE)
    assert "Under embargo" not in text_of(path)
    assert get("/articles/tale/").status_code == 404
    clock(SIX)
    assert "Under embargo" in text_of(path)
    assert get("/articles/tale/").status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_a_story_expires_at_its_minute(clock, path):
    make_article("other")
    make_article("tale", title="For a while", publish_until=SIX.isoformat())
    clock(SIX - MINUTE)
    assert "For a while" in text_of(path)
    assert get("/articles/tale/").status_code == 200
    clock(SIX)
    assert "For a while" not in text_of(path)
    assert get("/articles/tale/").status_code == 404


def test_a_pin_ends_at_its_minute(clock):
    make_article("hot", heat=200, published_at=SIX - 60 * MINUTE)
    make_article("pin", heat=0, published_at=SIX - 9000 * MINUTE, pinned=f"1,{SIX.isoformat()}")
    clock(SIX - MINUTE)
    assert ranked_slugs(text_of("/"))[:2] == ["pin", "hot"]
    clock(SIX)
    assert ranked_slugs(text_of("/"))[:2] == ["hot", "pin"]
