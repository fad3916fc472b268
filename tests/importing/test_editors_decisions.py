"""Upstream proposes, the editor disposes, nothing is lost: decisions through imports, in the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.curation import boost, fields_of, keep, release, set_value
from articles.models import Article, StandingDecision
from tests.factories import assert_columns_are_what_the_logs_say, import_folder, import_seed, write_seed

pytestmark = pytest.mark.django_db
THEIRS = {
    "published": (True, False),
    "quality": (57, 77),
    "heat": (40, 60),
    "title": ("A story", "Their new title"),
    "excerpt": ("What happened, and why it matters.", "Their new words"),
    "topics": (["AI"], ["AI", "Law"]),
}
OURS = {"published": True, "quality": 7, "heat": 120, "title": "Ours", "excerpt": "Our words", "topics": ["Ours"]}


def shown(article: Article, field: str):
    article = Article.objects.get(pk=article.pk)
    return [topic.name for topic in article.topic_list] if field == "topics" else getattr(article, field)


def conflict(article: Article, field: str) -> dict | None:
    return fields_of(Article.objects.get(pk=article.pk))[field]["conflict"]


def test_heat_set_by_an_editor_survives_reimport(tmp_path, editor):
    article = import_seed(tmp_path)
    set_value(article, "heat", 120, by=editor)
    write_seed(tmp_path, title="New", heat=41)
    import_folder(tmp_path)
    article = Article.objects.get()
    assert (article.heat, article.title) == (120, "New")


HAPPENED = ["nothing", "file_changed", "editor_decided", "both", "key_removed", "story_swapped"]


@pytest.mark.parametrize("what_happened", HAPPENED)
@pytest.mark.parametrize("field", THEIRS)
def test_a_field_shows(tmp_path, editor, field, what_happened):
    """Untouched: the file. Unchanged file: the editor. Both: the editor, and a conflict where upstream moved far."""
    before, after = THEIRS[field]
    article = import_seed(tmp_path)
    decides = what_happened in ("editor_decided", "both", "key_removed", "story_swapped")
    if decides:
        set_value(article, field, OURS[field], by=editor)
    rewritten = {
        "file_changed": {field: after},
        "both": {field: after},
        "key_removed": {field: None} if field != "title" else {"highlight": "x"},
        "story_swapped": {"webUrl": "https://other.example/", field: after},
    }
    write_seed(tmp_path, **rewritten.get(what_happened, {}))
    report = import_folder(tmp_path)
    upstream_shown = after if what_happened == "file_changed" else before
    assert shown(article, field) == (OURS[field] if decides else upstream_shown)
    reason = {"both": "moved", "key_removed": "moved", "story_swapped": "link"}.get(what_happened)
    if (field, what_happened) == ("title", "key_removed"):
        reason = None
    found = conflict(article, field)
    assert (found and found["reason"]) == reason
    assert report.as_counts()["conflicts"] == (reason is not None)
    assert_columns_are_what_the_logs_say()
    release_all(article, editor)
    assert_columns_are_what_the_logs_say()


def release_all(article, editor):
    for standing in StandingDecision.objects.filter(article=article):
        release(article, standing.field, by=editor)
    assert conflict(article, "heat") is None


def test_the_first_import_after_a_decision_tells_of_a_conflict_and_the_next_no_more(tmp_path, editor):
    set_value(import_seed(tmp_path), "title", "Ours", by=editor)
    for title, raised in (("Second", 1), ("Third", 0), ("A story", 0), ("Fourth", 1)):
        write_seed(tmp_path, title=title)
        assert import_folder(tmp_path).as_counts()["conflicts"] == raised


def test_a_conflict_tells_what_was_what_is_and_since_when(tmp_path, editor):
    article = import_seed(tmp_path)
    set_value(article, "title", "Ours", by=editor)
    write_seed(tmp_path, title="Second")
    import_folder(tmp_path)
    since = article.versions.last().at
    write_seed(tmp_path, title="Third")
    import_folder(tmp_path)
    assert conflict(article, "title") == {"was": "A story", "now": "Third", "since": since, "reason": "moved"}


def test_another_link_wins_over_a_moved_value_and_shows_the_two_links(tmp_path, editor):
    article = import_seed(tmp_path)
    set_value(article, "title", "Ours", by=editor)
    write_seed(tmp_path, title="Second", webUrl=None)
    import_folder(tmp_path)
    found = conflict(article, "title")
    assert (found["was"], found["now"], found["reason"]) == ("https://outlet.example/story", None, "link")
    keep(article, "title", by=editor)
    assert conflict(article, "title") is None


def test_releasing_gives_upstreams_value_of_now(tmp_path, editor):
    article = import_seed(tmp_path)
    set_value(article, "title", "Ours", by=editor)
    write_seed(tmp_path, title="Second")
    import_folder(tmp_path)
    release(article, "title", by=editor)
    assert shown(article, "title") == "Second"
    assert conflict(article, "title") is None


@pytest.mark.parametrize("verb", ["keep", "set", "boost"])
def test_keep_set_and_boost_settle_a_conflict_and_move_the_base_to_now(tmp_path, editor, verb):
    article = import_seed(tmp_path, heat=40)
    set_value(article, "heat", 120, by=editor)
    write_seed(tmp_path, heat=80)
    import_folder(tmp_path)
    if verb == "keep":
        keep(article, "heat", by=editor)
    else:
        (set_value if verb == "set" else boost)(article, "heat", 130, by=editor)
    field = fields_of(article)["heat"]
    assert (field["conflict"], field["decision"]["base"], field["upstream"]) == (None, 80, 80)
    assert field["effective"] == {"keep": 120, "set": 130, "boost": 210}[verb]
    assert_columns_are_what_the_logs_say()
    write_seed(tmp_path, heat=100)
    import_folder(tmp_path)
    assert (conflict(article, "heat") is None) is (verb == "boost")
    assert_columns_are_what_the_logs_say()


def test_a_boost_moves_with_upstream_and_stays_buried_with_it(tmp_path, editor):
    article = import_seed(tmp_path, heat=40)
    boost(article, "heat", 15, by=editor)
    effective = []
    for heat in (40, 50, -1, None, 3):
        write_seed(tmp_path, heat=heat)
        import_folder(tmp_path)
        effective.append(shown(article, "heat"))
    assert effective == [55, 65, -1, 15, 18]
    assert conflict(article, "heat") is None


def test_what_upstream_adopts_is_not_boosted_again(tmp_path, editor):
    article = import_seed(tmp_path, heat=40)
    boost(article, "heat", 20, by=editor)
    write_seed(tmp_path, heat=60, webUrl="https://other.example/")
    assert import_folder(tmp_path).as_counts()["conflicts"] == 0
    assert fields_of(Article.objects.get())["heat"]["decision"] == {"kind": "set", "value": 60, "base": 60}
    write_seed(tmp_path, heat=70, webUrl="https://other.example/")
    import_folder(tmp_path)
    assert shown(article, "heat") == 60


def test_a_decision_is_written_only_where_its_article_changed(tmp_path, editor):
    set_value(import_seed(tmp_path, "one"), "heat", 120, by=editor)
    before = list(StandingDecision.objects.values_list())
    write_seed(tmp_path, "two")
    import_folder(tmp_path)
    assert list(StandingDecision.objects.values_list()) == before


def test_the_queries_of_an_import_do_not_grow_with_the_decisions(tmp_path, editor):
    def queries_of_importing(count: int, heat: int) -> int:
        for number in range(count):
            write_seed(tmp_path, f"story-{number}", heat=heat)
        with CaptureQueriesContext(connection) as queries:
            import_folder(tmp_path)
        return len(queries)

    queries_of_importing(20, 1)
    for article in Article.objects.all():
        set_value(article, "title", "Ours", by=editor)
    assert queries_of_importing(2, 2) == queries_of_importing(20, 3)


def test_a_decision_survives_a_hundred_files(tmp_path, editor):
    article = import_seed(tmp_path)
    set_value(article, "topics", ["Ours", "AI"], by=editor)
    for number in range(100):
        write_seed(tmp_path, heat=number, topics=[f"Topic {number % 7}"])
        import_folder(tmp_path)
    assert shown(article, "topics") == ["Ours", "AI"]
    assert shown(article, "heat") == 99
    assert_columns_are_what_the_logs_say()
