"""What becomes of a decision when upstream speaks again: the pure rules, one sentence each."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from articles.merge import Said, Standing, boosted, decide, hear, keep

EARLIER, NOW, LATER = (datetime(2020, 6, day, tzinfo=UTC) for day in (1, 2, 3))
LINK, OTHER, THIRD = "https://a.example/1", "https://b.example/2", "https://c.example/3"
VALUES = {
    "published": False,
    "quality": 57,
    "heat": 40,
    "title": "Theirs",
    "excerpt": "Their words",
    "topics": ["AI", "Law"],
}
CHANGED = {"published": True, "title": "New", "excerpt": "New words", "topics": ["AI"]}
OURS = {"published": False, "title": "Ours", "excerpt": "Our words", "topics": ["Ours"], "quality": 90, "heat": 100}


def upstream(link: str = LINK, **values) -> Said:
    return Said(VALUES | values, link)


def decided(field: str, value, kind: str = "set", **values) -> Standing:
    return decide(field, kind, value, upstream(**values))


def heard(standing: Standing, *said: Said) -> Standing:
    for at, each in zip((NOW, LATER, LATER, LATER), said, strict=False):
        standing = hear(standing, each, at)
    return standing


@pytest.mark.parametrize("field", CHANGED)
def test_a_text_a_topic_or_publishing_conflicts_on_any_change(field):
    after = heard(decided(field, OURS[field]), upstream(**{field: CHANGED[field]}))
    assert (after.moved_since, after.link_since) == (NOW, None)
    assert after.effective == OURS[field]
    assert (after.base, after.upstream) == (VALUES[field], CHANGED[field])


@pytest.mark.parametrize("field", CHANGED)
def test_upstream_that_says_another_field_anew_raises_nothing(field):
    others = {name: value for name, value in CHANGED.items() if name != field}
    assert heard(decided(field, OURS[field]), upstream(**others)) == decided(field, OURS[field])


def test_topics_in_another_order_are_another_value():
    assert heard(decided("topics", ["Ours"]), upstream(topics=["Law", "AI"])).in_conflict


@pytest.mark.parametrize(
    ("was", "now", "conflict"),
    [
        (40, 59, False),
        (40, 60, True),
        (40, 21, False),
        (40, 20, True),
        (40, -1, True),
        (0, -1, True),
        (-1, 0, True),
        (-1, 5, True),
        (0, 19, False),
        (0, 20, True),
    ],
)
@pytest.mark.parametrize("field", ["heat", "quality"])
def test_a_set_number_conflicts_when_upstream_moves_by_20_or_to_or_from_buried(field, was, now, conflict):
    after = heard(decided(field, 500, **{field: was}), upstream(**{field: now}))
    assert after.in_conflict is conflict
    assert after.effective == 500


def test_small_moves_add_up_as_they_are_measured_from_the_base():
    after = heard(decided("heat", 500), upstream(heat=50), upstream(heat=59))
    assert not after.in_conflict
    assert heard(after, upstream(heat=60)).moved_since == NOW


def test_an_open_conflict_stays_until_upstream_is_back_at_the_base_itself():
    after = heard(decided("heat", 500), upstream(heat=100), upstream(heat=41))
    assert after.moved_since == NOW
    assert after.upstream == 41
    assert not heard(after, upstream(heat=40)).in_conflict


def test_a_conflict_shows_upstreams_value_of_now_and_since_when():
    after = heard(decided("title", "Ours"), upstream(title="Second"), upstream(title="Third"))
    assert (after.base, after.upstream, after.moved_since) == ("Theirs", "Third", NOW)


@pytest.mark.parametrize(("upstream_says", "shown"), [(0, 0), (4, 0), (60, 40), (-1, -1), (None, 0)])
def test_a_boost_moves_with_upstream_never_below_0_and_never_out_of_the_grave(upstream_says, shown):
    assert boosted(upstream_says, -20) == shown


def test_a_boost_never_leaves_what_the_site_can_store():
    assert boosted(1_000_000, 50) == 1_000_000


@pytest.mark.parametrize("now", [0, 41, 200, -1])
def test_a_boost_is_in_no_conflict_however_far_upstream_moves(now):
    after = heard(decided("heat", 7, "boost"), upstream(heat=now))
    assert not after.in_conflict
    assert after.effective == boosted(now, 7)


@pytest.mark.parametrize(("field", "value"), OURS.items())
def test_another_link_is_another_story_and_so_a_conflict_of_every_field(field, value):
    after = heard(decided(field, value, **({"published": True} if field == "published" else {})), _other(field))
    assert (after.link_since, after.moved_since) == (NOW, None)


def _other(field: str) -> Said:
    return upstream(OTHER, **({"published": True} if field == "published" else {}))


def test_another_link_is_a_conflict_of_a_boost_too():
    assert heard(decided("heat", 7, "boost"), upstream(OTHER, heat=90)).link_since == NOW


def test_a_link_conflict_closes_when_the_link_is_back():
    assert not heard(decided("title", "Ours"), upstream(OTHER), upstream(LINK)).in_conflict


def test_where_link_and_value_moved_each_closes_by_itself():
    both = heard(decided("title", "Ours"), upstream(OTHER, title="New"))
    assert (both.moved_since, both.link_since) == (NOW, NOW)
    value_alone, link_alone = hear(both, upstream(LINK, title="New"), LATER), hear(both, upstream(OTHER), LATER)
    assert (value_alone.moved_since, value_alone.link_since) == (NOW, None)
    assert (link_alone.moved_since, link_alone.link_since) == (None, NOW)


def test_a_kept_link_raises_none_when_the_file_flaps_between_two():
    kept = keep(heard(decided("title", "Ours"), upstream(OTHER)))
    assert kept.base_link == OTHER
    assert not heard(kept, upstream(LINK), upstream(OTHER), upstream(LINK)).in_conflict
    assert heard(kept, upstream(THIRD)).link_since == NOW


def test_a_new_decision_forgets_the_links_kept_for_the_old_one():
    kept = keep(heard(decided("title", "Ours"), upstream(OTHER)))
    anew = decide("title", "set", "Ours", Said(VALUES, kept.link))
    assert heard(anew, upstream(LINK)).link_since == NOW


def test_keep_moves_the_base_to_upstreams_now():
    kept = keep(heard(decided("heat", 500), upstream(heat=90)))
    assert (kept.base, kept.effective, kept.in_conflict) == (90, 500, False)
    assert not heard(kept, upstream(heat=109)).in_conflict
    assert heard(kept, upstream(heat=40)).in_conflict


def test_upstream_that_comes_to_say_what_the_editor_said_has_adopted_it():
    after = heard(decided("title", "Ours"), upstream(title="Third"), upstream(title="Ours"))
    assert (after.base, after.kind, after.in_conflict) == ("Ours", "set", False)


def test_what_upstream_adopted_is_in_no_conflict_even_under_another_link():
    after = heard(decided("heat", 100), upstream(OTHER, heat=100))
    assert (after.in_conflict, after.base, after.base_link) == (False, 100, OTHER)


def test_a_set_to_upstreams_own_value_is_a_pin_that_another_link_does_not_disturb():
    pinned = decided("title", "Theirs")
    assert not heard(pinned, upstream(OTHER)).in_conflict
    assert heard(pinned, upstream(title="New")).moved_since == NOW


def test_an_adopted_boost_becomes_a_set_so_that_it_is_not_added_twice():
    after = heard(decided("heat", 20, "boost"), upstream(heat=60))
    assert (after.kind, after.value, after.base) == ("set", 60, 60)
    assert heard(after, upstream(heat=70)).effective == 60


def test_an_emptied_excerpt_is_adopted_by_an_absent_one():
    after = heard(decided("excerpt", ""), upstream(excerpt=None))
    assert (after.in_conflict, after.base) == (False, None)


@pytest.mark.parametrize("field", ["slug", "publish_at", "publish_until", "pinned"])
def test_a_decision_of_the_desks_own_hears_nothing_of_upstream(field):
    standing = decide(field, "set", "1", upstream())
    assert heard(standing, upstream(OTHER, heat=999, title="New")) == standing


def test_a_decision_survives_a_thousand_rewrites():
    standing = decided("heat", 120)
    for number in range(1000):
        standing = hear(standing, upstream(heat=number % 90, link=(LINK, OTHER)[number % 2]), NOW)
    assert standing.effective == 120
    assert replace(standing, upstream=0, link="", moved_since=None, link_since=None) == replace(
        decided("heat", 120), upstream=0, link=""
    )
