"""A decision taken back is one that was never made; the log keeps both."""

import pytest

from articles.curation import Change, CurationRefused, boost, curate, fields_of, keep, release, set_value, undo
from articles.models import Article, Decision, FormerSlug
from tests.factories import assert_columns_are_what_the_logs_say, import_seed, make_article

pytestmark = pytest.mark.django_db


def newest() -> Decision:
    return Decision.objects.first()


def heat() -> dict:
    article = Article.objects.get()
    field = fields_of(article)["heat"]
    assert article.heat == field["effective"]
    assert_columns_are_what_the_logs_say()
    return field


def test_what_was_decided_before_is_in_force_again(tmp_path, editor, colleague):
    article = import_seed(tmp_path, heat=30)
    set_value(article, "heat", 60, by=editor)
    boost(article, "heat", 5, by=colleague)
    undo(newest(), by=colleague, note="the wrong one")
    found = heat()
    assert (found["decision"], found["effective"], found["by"]) == (
        {"kind": "set", "value": 60, "base": 30},
        60,
        editor.username,
    )
    entry = newest()
    assert (entry.kind, entry.old, entry.new, entry.note) == ("undo", 35, 60, "the wrong one")


def test_the_first_decision_leaves_upstreams_value_of_now(tmp_path, editor):
    set_value(import_seed(tmp_path, heat=30), "heat", 60, by=editor)
    decision = newest()
    import_seed(tmp_path, heat=33)
    undo(decision, by=editor)
    assert (heat()["decision"], heat()["effective"]) == (None, 33)


def test_an_undo_can_be_undone_and_that_again(tmp_path, editor):
    set_value(import_seed(tmp_path, heat=30), "heat", 60, by=editor)
    undo(newest(), by=editor)
    for effective in (60, 30, 60):
        undo(newest(), by=editor)
        assert heat()["effective"] == effective
    assert [row.kind for row in Decision.objects.all()] == ["undo"] * 4 + ["set"]


def test_a_decision_that_was_brought_back_can_be_undone_itself(tmp_path, editor):
    set_value(import_seed(tmp_path, heat=30), "heat", 60, by=editor)
    decision = newest()
    undo(decision, by=editor)
    with pytest.raises(CurationRefused, match="undone already, by erin"):
        undo(decision, by=editor)
    undo(newest(), by=editor)
    undo(decision, by=editor)
    assert heat()["effective"] == 30


def test_a_keep_that_is_undone_opens_the_conflict_again(tmp_path, editor):
    set_value(import_seed(tmp_path, heat=30), "heat", 60, by=editor)
    import_seed(tmp_path, heat=5)
    was = heat()["conflict"]
    keep(Article.objects.get(), "heat", by=editor)
    assert heat()["conflict"] is None
    undo(newest(), by=editor)
    assert heat()["conflict"] == was


def test_a_release_that_is_undone_brings_the_decision_back_with_what_upstream_said_meanwhile(tmp_path, editor):
    set_value(import_seed(tmp_path, heat=30), "heat", 60, by=editor)
    release(Article.objects.get(), "heat", by=editor)
    released = newest()
    import_seed(tmp_path, heat=5)
    undo(released, by=editor)
    found = heat()
    assert (found["effective"], found["conflict"]["was"], found["conflict"]["now"]) == (60, 30, 5)


def test_where_somebody_has_decided_since_nothing_is_undone(tmp_path, editor, colleague):
    article = import_seed(tmp_path, heat=30)
    set_value(article, "heat", 60, by=editor)
    decision = newest()
    set_value(article, "quality", 9, by=colleague)
    set_value(article, "heat", 70, by=colleague)
    with pytest.raises(CurationRefused, match="carl has decided on it since"):
        undo(decision, by=editor)
    assert Decision.objects.count() == 3
    undo(newest(), by=colleague)
    undo(decision, by=editor)
    assert heat()["effective"] == 30
    assert Article.objects.get().quality == 9


def test_an_address_that_is_undone_still_leads_there(editor):
    article = make_article("story")
    set_value(article, "slug", "better", by=editor)
    undo(newest(), by=editor)
    assert Article.objects.get().slug == "story"
    assert set(FormerSlug.objects.values_list("slug", flat=True)) == {"better"}
    assert (newest().old, newest().new) == ("better", "story")
    assert_columns_are_what_the_logs_say()


def test_topics_texts_and_times_go_back_too(editor):
    article = make_article(title="T", topics=["AI", "Chips"])
    said = fields_of(article)
    decided = [("title", "Ours"), ("topics", ["Chips"]), ("published", False), ("publish_at", "2999-01-01")]
    decisions = curate(article, [Change("set", field, value) for field, value in decided], by=editor)
    for decision in decisions:
        undo(decision, by=editor)
    article = Article.objects.get()
    assert (fields_of(article), article.publish_at) == (said, None)
    assert_columns_are_what_the_logs_say()


def test_who_may_not_curate_may_not_undo(editor, viewer):
    set_value(make_article(), "heat", 60, by=editor)
    with pytest.raises(CurationRefused, match="vera may not curate"):
        undo(newest(), by=viewer)
    assert Decision.objects.count() == 1
