"""What the site shows: upstream's value of each field, or the decision in force over it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.merge import DESK_FIELDS, UPSTREAM_FIELDS, Said, decide, project, said
from articles.seeds import Story

JUNE, JULY, AUGUST = (datetime(2020, month, 1, tzinfo=UTC) for month in (6, 7, 8))
STORY = Story("Theirs", JULY, web_url="https://a.example/", quality=57, heat=40, topics=("AI",), excerpt="Theirs too")
OURS = {"published": True, "quality": 1, "heat": -1, "title": "Ours", "excerpt": "", "topics": ["Ours", "AI"]}


def shown(story: Story = STORY, **decisions):
    return project(story, {name: decide(name, "set", value, said(story)) for name, value in decisions.items()})


def test_untouched_the_file_wins():
    effective = shown()
    assert (effective.title, effective.heat, effective.quality) == ("Theirs", 40, 57)
    assert (effective.published, effective.topics, effective.excerpt) == (False, ("AI",), "Theirs too")
    assert effective.published_at == effective.visible_from == JULY


def test_absent_keys_are_their_defaults():
    assert said(Story("T", JULY)) == Said(
        {"published": False, "quality": 0, "heat": 0, "title": "T", "excerpt": None, "topics": None}, ""
    )


@pytest.mark.parametrize("web_url", ["https://a.example/web", None])
def test_the_link_is_the_web_url_else_the_original(web_url):
    story = Story("T", JULY, web_url=web_url, original_url="https://a.example/original")
    assert said(story).link == (web_url or "https://a.example/original")


@pytest.mark.parametrize("field", UPSTREAM_FIELDS)
def test_a_decision_on_one_field_changes_that_field_alone(field):
    before, after = shown(), shown(**{field: OURS[field]})
    differing = {name for name in after.__slots__ if getattr(after, name) != getattr(before, name)}
    assert differing == {field}
    assert (list(after.topics) if field == "topics" else getattr(after, field)) == OURS[field]


def test_publish_at_replaces_the_date_of_a_future_story():
    effective = shown(publish_at="2020-06-01T00:00:00Z")
    assert effective.published_at == effective.visible_from == JUNE


def test_a_later_publish_at_hides_a_story_until_then_but_does_not_make_it_newer():
    effective = shown(publish_at="2020-08-01T00:00:00Z")
    assert (effective.visible_from, effective.published_at) == (AUGUST, JULY)


@pytest.mark.parametrize(
    ("pinned", "place", "until"), [("3", 3, None), ("25,2020-08-01T00:00:00Z", 25, AUGUST), (None, None, None)]
)
def test_a_pin_is_a_place_and_perhaps_an_end(pinned, place, until):
    effective = shown(pinned=pinned) if pinned else shown()
    assert (effective.pinned_place, effective.pinned_until) == (place, until)


@given(st.dictionaries(st.sampled_from(UPSTREAM_FIELDS), st.none()))
def test_what_is_not_decided_is_upstreams(names):
    effective = shown(**{name: OURS[name] for name in names})
    for name in set(UPSTREAM_FIELDS) - set(names):
        assert getattr(effective, name) == getattr(shown(), name)
    for name in DESK_FIELDS:
        assert getattr(effective, {"pinned": "pinned_place"}.get(name, name)) is None
