"""`changed_since`: what a program that keeps a copy has to be told, by content, and what it has to forget."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles.bulk import apply, plan
from articles.catalogue import change_provider
from articles.curation import Change, boost, release, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Article, Decision, ImportRun
from tests.factories import import_folder, import_seed, make_article, withdraw, write_seed
from tests.site.pages import get
from tests.site.test_api import slugs

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(time_machine):
    """Moves on by hours: `clock()` is an hour later than before, and returns that moment."""
    moments = iter(START + number * HOUR for number in range(1_000))

    def move_on() -> datetime:
        moment = next(moments)
        time_machine.move_to(moment, tick=False)
        return moment

    move_on()
    return move_on


def since(moment: datetime, rest: str = ""):
    answer = get(f"/api/news/?changed_since={moment:%Y-%m-%dT%H:%M:%SZ}{rest}")
    assert answer.status_code == 200, answer.content
    return answer


def told(moment: datetime, rest: str = "") -> tuple[list[str], list[tuple[str, str]]]:
    """The stories that changed, and those that are gone, with why."""
    answer = since(moment, rest)
    return slugs(answer), [(each["slug"], each["reason"]) for each in answer.json()["removed"]]


def as_file(stem: str, folder, **values):
    return import_seed(folder, f"2020-06-22-{stem}", **values)


def test_new_and_changed_stories_are_told_the_newest_change_first(clock, tmp_path):
    for stem in ("a", "b", "c"):
        as_file(stem, tmp_path)
    moment = clock()
    as_file("b", tmp_path, title="Better")
    clock()
    as_file("d", tmp_path)
    assert told(moment) == (["d", "b"], [])
    assert [story["title"] for story in since(moment).json()["value"]] == ["A story", "Better"]
    assert told(moment - HOUR)[0] == ["d", "b", "a", "c"] or sorted(told(moment - HOUR)[0]) == ["a", "b", "c", "d"]


CHANGES = {
    "title": {"title": "Another"},
    "excerpt": {"excerpt": "Another"},
    "link": {"webUrl": "https://elsewhere.example/"},
    "topics": {"topics": ["AI", "Law"]},
    "images": {"images": [{"url": "/a.png"}]},
    "size of an image": {"images": [{"url": "/b.png", "width": 2}]},
    "tags": {"tags": ["x"]},
    "provider": {"provider": {"domain": "other.example"}},
    "date": {"publishedDateTime": "2020-06-21"},
    "updated": {"updatedDateTime": "2020-06-23"},
    "type": {"type": "video"},
    "body": {"body": "More.\n"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_upstream_says_anew_of_it_is_a_change(what, clock, tmp_path):
    as_file("a", tmp_path, images=[{"url": "/b.png", "width": 1}])
    moment = clock()
    as_file("a", tmp_path, **({"images": [{"url": "/b.png", "width": 1}]} | CHANGES[what]))
    assert told(moment) == (["a"], [])


@pytest.mark.parametrize("numbers", [{"heat": 90}, {"quality": 90}, {"secured": "ANEW"}, {"heat": 0, "quality": 0}])
def test_heat_and_quality_are_no_change_whoever_says_so(numbers, clock, tmp_path, editor):
    article = as_file("a", tmp_path)
    moment = clock()
    as_file("a", tmp_path, **numbers)
    boost(article, "heat", 20, by=editor)
    set_value(article, "quality", 3, by=editor)
    set_value(article, "pinned", "1", by=editor)
    release(article, "heat", by=editor)
    assert Article.objects.get().quality == 3
    assert told(moment) == ([], [])


def test_related_coverage_is_not_in_the_api_and_no_change(clock, tmp_path):
    as_file("a", tmp_path)
    moment = clock()
    as_file("a", tmp_path, related=[{"title": "Told elsewhere"}])
    assert told(moment) == ([], [])


@pytest.mark.parametrize(
    ("field", "value"), [("title", "Ours"), ("excerpt", "Ours"), ("topics", ["Privacy"]), ("topics", [])]
)
def test_what_editors_decide_take_back_and_undo_is_a_change(field, value, clock, editor):
    make_article("a")
    for act in (
        lambda article: set_value(article, field, value, by=editor),
        lambda article: undo(Decision.objects.first(), by=editor),
        lambda article: undo(Decision.objects.first(), by=editor),
        lambda article: release(article, field, by=editor),
    ):
        moment = clock()
        act(Article.objects.get())
        assert told(moment) == (["a"], [])


def test_a_decision_that_shows_what_stood_there_is_none(clock, editor):
    article = make_article("a")
    moment = clock()
    set_value(article, "title", article.title, by=editor)
    set_value(article, "topics", ["AI"], by=editor)
    assert told(moment) == ([], [])


def test_bulk_actions_tell_it_too(clock, editor):
    keys = [make_article(name).pk for name in ("a", "b")]
    make_article("c")

    def do(*changes):
        planned = plan(keys, changes, by=editor)
        apply(changes, {row.article.pk: row.seen for row in planned.rows}, by=editor)

    moment = clock()
    do(Change("boost", "heat", "+5"))
    assert told(moment) == ([], [])
    moment = clock()
    do(Change("move", "topics", ("AI", "Law")))
    assert (sorted(told(moment)[0]), told(moment)[1]) == (["a", "b"], [])
    moment = clock()
    do(Change("set", "published", False))
    assert (told(moment)[0], sorted(told(moment)[1])) == ([], [("a", "unpublished"), ("b", "unpublished")])
    moment = clock()
    do(Change("set", "published", True))
    assert (sorted(told(moment)[0]), told(moment)[1]) == (["a", "b"], [])


LEAVING = {
    "withdrawn": lambda article, editor: withdraw(article),
    "unpublished": lambda article, editor: set_value(article, "published", False, by=editor),
    "scheduled": lambda article, editor: set_value(article, "publish_at", "2999-01-01", by=editor),
    "expired": lambda article, editor: set_value(article, "publish_until", "2021-01-01", by=editor),
    "buried": lambda article, editor: set_value(article, "heat", -1, by=editor),
}


@pytest.mark.parametrize("reason", LEAVING)
def test_a_story_that_left_is_a_tombstone_that_says_nothing_of_it(reason, clock, editor):
    article = make_article("a", title="Nobody may read this any more")
    make_article("b")
    moment = clock()
    LEAVING[reason](article, editor)
    assert told(moment) == ([], [("a", reason)])
    (gone,) = since(moment).json()["removed"]
    assert gone == {
        "path": "_news/2020-06-22-a.md",
        "slug": "a",
        "removedDateTime": moment.isoformat().replace("+00:00", "Z"),
        "reason": reason,
    }
    assert told(clock()) == ([], [])
    assert "Nobody may read" not in since(moment).content.decode()


@pytest.mark.parametrize("reason", LEAVING)
def test_a_story_that_never_was_public_is_no_tombstone(reason, clock, editor):
    article = make_article("a", published=False)
    other = make_article("b", heat=-1)
    moment = clock()
    for each in (article, other):
        LEAVING[reason](each, editor)
    set_value(article, "title", "Changed", by=editor)
    assert told(START - HOUR) == told(moment) == ([], [])


def test_a_story_that_comes_back_is_told_and_its_tombstone_is_gone(clock, editor):
    article = make_article("a")
    for field, off, on in (("published", False, True), ("heat", -1, 5), ("publish_until", "2021-01-01", "2999-01-01")):
        moment = clock()
        set_value(article, field, off, by=editor)
        clock()
        set_value(article, field, on, by=editor)
        assert told(moment) == (["a"], []), field


def test_pruning_undoing_and_taking_back_the_undo_are_told(clock, tmp_path):
    as_file("a", tmp_path)
    as_file("b", tmp_path)
    moment = clock()
    (tmp_path / "2020-06-22-a.md").unlink()
    import_folder(tmp_path, prune=True)
    assert told(moment) == ([], [("a", "withdrawn")])
    moment = clock()
    undone = undo_run(ImportRun.objects.first().pk)
    assert told(moment) == (["a"], [])
    moment = clock()
    undo_run(undone.run)
    assert told(moment) == ([], [("a", "withdrawn")])


def test_an_embargo_and_an_end_are_told_at_their_minute(clock, time_machine):
    make_article("a", publish_at=START + 3 * HOUR, publish_until=START + 6 * HOUR)
    make_article("b", published_at=START + 4 * HOUR)
    seen = []
    for hours in (2, 3, 4, 5, 6, 7):
        time_machine.move_to(START + hours * HOUR, tick=False)
        seen.append(told(START + hours * HOUR - HOUR / 2))
    assert seen == [([], []), (["a"], []), (["b"], []), ([], []), ([], [("a", "expired")]), ([], [])]


def test_a_muted_outlet_takes_its_stories_away_and_brings_them_back(clock, chief):
    article = make_article("a")
    make_article("b", provider="other.example")
    moment = clock()
    change_provider(article.provider, {"muted": True}, by=chief)
    assert told(moment) == ([], [("a", "muted")])
    moment = clock()
    change_provider(article.provider, {"muted": False}, by=chief)
    assert told(moment) == (["a"], [])


def test_filters_tell_also_what_no_longer_fits_them(clock, editor):
    article = make_article("a", topics=["AI"])
    make_article("b", topics=["AI"])
    moment = clock()
    set_value(article, "topics", ["Law"], by=editor)
    assert told(moment, "&topic=ai") == ([], [("a", "filtered")])
    assert told(moment, "&topic=law") == (["a"], [])
    assert sorted(told(START - HOUR, "&topic=ai")[0]) == ["b"]


def test_pages_are_of_25_changes_and_lose_nothing_when_more_change_meanwhile(clock, editor):
    articles = [make_article(f"s{number:02}") for number in range(60)]
    moment = clock()
    for article in articles:
        clock()
        set_value(article, "published", False, by=editor) if article.slug.endswith("7") else set_value(
            article, "title", "Ours", by=editor
        )
    first = since(moment).json()
    assert (first["page"], first["nextPage"], len(first["value"]) + len(first["removed"])) == (1, 2, 25)
    walk_began = clock()
    set_value(articles[0], "title", "Again", by=editor)
    met = [first]
    while number := met[-1]["nextPage"]:
        met.append(since(moment, f"&page={number}").json())
    paths = {story["path"] for page in met for story in page["value"]}
    gone = {story["path"] for page in met for story in page["removed"]}
    assert (len(paths), len(gone), len(met)) == (53, 6, 3)
    assert told(walk_began) == (["s00"], []), "what changed during a walk is told by the next"
    assert get(f"/api/news/?changed_since={moment:%Y-%m-%d}&page=9").status_code == 404


@pytest.mark.parametrize("value", ["x", "2026-02-31", "9999-01-01", "%00", "1" * 5000, "2026-W01-1"])
def test_what_is_no_instant_is_a_problem_that_names_it(value):
    answer = get(f"/api/news/?changed_since={value}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert list(answer.json()["errors"]) == ["changed_since"]


def test_who_does_not_ask_for_it_gets_what_he_always_got(clock, editor):
    set_value(make_article("a"), "published", False, by=editor)
    for query in ("", "?changed_since=", "?changed_since=&page=1"):
        assert get(f"/api/news/{query}").json() == {"page": 1, "value": [], "nextPage": None}


def test_changes_are_asked_for_as_often_for_60_as_for_two(clock, django_assert_num_queries, editor):
    moment = clock()
    for batch in (2, 58):
        for number in range(batch):
            article = make_article(f"s{batch}-{number}", topics=["AI", f"T{number}"])
            if number % 3 == 1:
                set_value(article, "published", False, by=editor)
        # the edition · what changed, with providers · pictures · logos · topics
        with django_assert_num_queries(1 + 4):
            since(moment)


def test_an_answer_is_the_same_until_something_changes(clock):
    make_article("a")
    moment = clock()
    etag = since(START)["ETag"]
    clock()
    assert get(f"/api/news/?changed_since={START:%Y-%m-%dT%H:%M:%SZ}", HTTP_IF_NONE_MATCH=etag).status_code == 304
    assert timezone.now() > moment


def test_a_second_import_of_the_same_tells_nothing(clock, tmp_path):
    write_seed(tmp_path, "2020-06-22-a")
    import_folder(tmp_path)
    moment = clock()
    import_folder(tmp_path)
    write_seed(tmp_path, "2020-06-22-a", secured="OTHER")
    import_folder(tmp_path)
    assert told(moment) == ([], [])
