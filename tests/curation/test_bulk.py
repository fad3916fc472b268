"""One action on many articles decides what the same decisions one by one would, and is taken back as one."""

from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from articles.bulk import MOVE, apply, plan, undo_batch
from articles.curation import Change, CurationRefused, boost, curate, set_value, undo
from articles.models import Article, ArticleTopic, Correction, Decision, FormerSlug, StandingDecision
from tests.factories import (
    assert_columns_are_what_the_logs_say,
    import_folder,
    import_seed,
    make_article,
    withdraw,
    write_seed,
)
from tests.importing.test_interleavings import EVENTS, clear, happen
from tests.importing.test_rows import table

pytestmark = pytest.mark.django_db
PUBLISH, BURY = Change("set", "published", True), Change("set", "heat", -1)


def done(changes, by, articles=None, note=""):
    keys = [article.pk for article in (articles or Article.objects.order_by("pk"))]
    planned = plan(keys, changes, by=by)
    return apply(changes, {row.article.pk: row.seen for row in planned.rows}, by=by, note=note)


def moves(planned) -> list[list[tuple]]:
    return [[(move.field, move.old, move.new) for move in row.moves] for row in planned.rows]


# -- the same as one by one

FIELDS = ["published", "quality", "heat", "title", "excerpt", "topics", "publish_at", "publish_until", "pinned"]
ASKED = st.lists(
    st.one_of(
        st.builds(Change, st.just("set"), st.just("published"), st.booleans()),
        st.builds(Change, st.just("set"), st.just("heat"), st.sampled_from([-1, 0, 25, 60])),
        st.builds(Change, st.just("boost"), st.sampled_from(["heat", "quality"]), st.sampled_from([-20, 20])),
        st.builds(Change, st.just("release"), st.sampled_from(FIELDS)),
        st.builds(Change, st.just("release"), st.sampled_from(FIELDS)),
        st.builds(Change, st.just("set"), st.just("publish_at"), st.sampled_from(["2020-06-01", "2999-06-01"])),
        st.builds(Change, st.just("set"), st.just("publish_until"), st.sampled_from(["2020-07-01", "2999-07-01"])),
        st.builds(Change, st.just(MOVE), st.just("topics"), st.sampled_from([("AI", "C"), ("C", "New"), ("AI", "X")])),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda change: change.field,
)


def everything() -> dict:
    """All that follows from decisions, without the keys and times that each writing has of its own."""
    topics = ArticleTopic.objects.order_by("article", "position")
    decisions = Decision.objects.order_by("article", "field", "pk")
    standings = StandingDecision.objects.order_by("article", "field")
    decision = "article version__at field kind value base base_link old new username note undoes__field".split()
    standing = "article field kind value base base_link links upstream link moved_since link_since".split()
    columns = list(Article.objects.order_by("pk").values())
    for row in columns:  # one by one, a story may also be seen for a moment, and leave again
        del row["changed_at"], row["left_at"]
    return {
        "columns": columns,
        "topics": list(topics.values_list("article", "position", "topic__name")),
        "slugs": sorted(FormerSlug.objects.values_list("slug", "article")),
        "decisions": list(decisions.values_list(*decision)),
        "corrections": sorted(Correction.objects.values_list("article", "field", "before", "after")),
        "in force": list(standings.values_list(*standing, "decision__old", "decision__kind")),
    }


def tried(act) -> dict:
    """What `act` makes of everything, and then it is as if it had never been called."""
    with transaction.atomic():
        act()
        assert_columns_are_what_the_logs_say()
        found = everything()
        transaction.set_rollback(True)
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=3, max_size=9), ASKED, st.lists(EVENTS, max_size=2))
def test_a_bulk_action_its_undo_and_the_undo_of_that_are_what_they_are_one_by_one(editor, events, asked, later):
    clear()
    with TemporaryDirectory() as folder:
        for kind, stem, details in events:
            happen(Path(folder), editor, kind, stem, details)
        planned = plan(Article.objects.values_list("pk", flat=True), asked, by=editor)

        def one_by_one():
            for row in planned.rows:
                fields = {move.field: move for move in row.moves}
                curate(Article.objects.get(pk=row.article.pk), _singly(planned.changes, fields), by=editor, note="why")

        seen = {row.article.pk: row.seen for row in planned.rows}
        assert tried(lambda: apply(asked, seen, by=editor, note="why")) == tried(one_by_one)

        batch = apply(asked, seen, by=editor, note="why")
        assert (batch.changed, batch.left_out) == (len(planned.rows), [])
        for kind, stem, details in later:
            happen(Path(folder), editor, kind, stem, details)
        for _ in range(2):  # the second is the undo of the undo
            if batch.changed:
                key = batch.key
                at_once, singly = tried(lambda: undo_batch(key, by=editor)), tried(lambda: undo_singly(key, editor))  # noqa: B023
                # One by one, readers may see a story's old title for a moment before it is unpublished again.
                assert at_once | {"corrections": ()} == singly | {"corrections": ()}
                batch = undo_batch(key, by=editor)


def _singly(changes, fields) -> list[Change]:
    return [
        Change("set", "topics", fields["topics"].new) if change.kind == MOVE else change
        for change in changes
        if change.field in fields
    ]


def undo_singly(batch, by) -> None:
    for decision in Decision.objects.filter(batch=batch).order_by("pk"):
        try:
            undo(decision, by=by)
        except CurationRefused:
            continue


# -- the plan


def test_a_plan_says_what_changes_and_why_all_else_stays_and_writes_nothing(editor):
    shown, hidden = make_article(published=True), make_article(published=False)
    before = everything()
    planned = plan([shown.pk, hidden.pk, 10**9], [PUBLISH], by=editor)
    assert moves(planned) == [[("published", False, True)]]
    assert planned.staying == {"published already": 1}
    assert planned.refused == {"no longer here: the import that brought it was undone": 1}
    assert everything() == before


def test_a_boost_a_move_and_a_release_are_planned_article_by_article(editor):
    one, other = make_article(heat=40, topics=["AI", "Law"]), make_article(heat=-1, topics=["Law"])
    keys = [one.pk, other.pk]
    planned = plan(keys, [Change("boost", "heat", "+20")], by=editor)
    assert (moves(planned), planned.staying) == (
        [[("heat", 40, 60)]],
        {"upstream buries it, and a boost digs nothing out": 1},
    )
    planned = plan(keys, [Change(MOVE, "topics", ("AI", "Law"))], by=editor)
    assert (moves(planned), planned.staying) == (
        [[("topics", ["AI", "Law"], ["Law"])]],
        {"“AI” is not among its topics": 1},
    )
    set_value(one, "heat", 60, by=editor)
    planned = plan(keys, [Change("release", "heat")], by=editor)
    assert (moves(planned), planned.staying) == ([[("heat", 60, 40)]], {"nothing is decided on heat": 1})


def test_a_value_that_is_shown_already_is_decided_where_that_settles_a_conflict(tmp_path, editor):
    set_value(import_seed(tmp_path, heat=30), "heat", 60, by=editor)
    import_seed(tmp_path, heat=90)
    assert done([Change("set", "heat", 60)], editor).changed == 1
    assert not Article.objects.in_conflict().exists()
    assert_columns_are_what_the_logs_say()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([], "nothing to do"),
        ([Change("set", "heat", "hot")], "heat: It"),
        ([Change("set", "color", "red")], "no such field"),
        ([Change("set", "slug", "one")], "one story at a time"),
        ([Change("boost", "title", 5)], "Only quality and heat can be boosted"),
        ([Change("boost", "heat", "much")], "whole number"),
        ([BURY, Change("release", "heat")], "changed twice"),
        ([Change(MOVE, "topics", ("AI", "AI"))], "to itself"),
        ([Change(MOVE, "topics", ("AI", " "))], "blank"),
        ([Change(MOVE, "title", ("AI", "C"))], "Only topics"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_looked_at(editor, changes, told):
    with pytest.raises(CurationRefused, match=told):
        plan([make_article().pk], changes, by=editor)
    with pytest.raises(CurationRefused, match=told):
        apply(changes, {}, by=editor)


# -- who may


def test_viewers_may_neither_plan_nor_do_nor_undo(editor, viewer):
    article = make_article()
    batch = done([BURY], editor)
    for act in (
        lambda: plan([article.pk], [PUBLISH], by=viewer),
        lambda: apply([PUBLISH], {article.pk: ""}, by=viewer),
        lambda: undo_batch(batch.key, by=viewer),
    ):
        with pytest.raises(CurationRefused, match="vera may not curate"):
            act()


def test_what_others_decided_is_released_and_undone_by_chief_editors_alone(editor, colleague, django_user_model):
    set_value(make_article(heat=40), "heat", 60, by=colleague)
    own = make_article(heat=40)
    set_value(own, "heat", 70, by=editor)
    planned = plan(Article.objects.values_list("pk", flat=True), [Change("release", "heat")], by=editor)
    assert [row.article.pk for row in planned.rows] == [own.pk]
    assert sum(planned.refused.values()) == 1

    batch = done([BURY], colleague)
    with pytest.raises(CurationRefused, match="carl did it"):
        undo_batch(batch.key, by=editor)
    chief = django_user_model.objects.create_user("chiara", is_staff=True)
    chief.groups.add(Group.objects.get(name="Chief editors"))
    assert undo_batch(batch.key, by=chief).changed == 2
    assert done([Change("release", "heat")], chief).changed == 2


# -- no lost update


def test_an_article_that_a_colleague_or_an_import_changed_since_the_plan_is_left_out_and_named(
    tmp_path, editor, colleague
):
    imported, decided, gone, untouched = (import_seed(tmp_path, f"2020-06-22-{name}", heat=40) for name in "abcd")
    planned = plan([imported.pk, decided.pk, gone.pk, untouched.pk], [Change("boost", "heat", 20)], by=editor)
    import_seed(tmp_path, "2020-06-22-a", heat=50)
    set_value(decided, "heat", 40, by=colleague)  # upstream's own value: a decision all the same
    Article.objects.filter(pk=gone.pk).update(withdrawn=True, undone=True)
    set_value(untouched, "published", False, by=colleague)  # another field
    batch = apply(planned.changes, {row.article.pk: row.seen for row in planned.rows}, by=editor)
    assert batch.changed == 1
    assert {(left.key, left.why) for left in batch.left_out} == {
        (imported.pk, "it changed meanwhile"),
        (decided.pk, "it changed meanwhile"),
        (gone.pk, "no longer here: the import that brought it was undone"),
    }
    assert [Article.objects.get(pk=each.pk).heat for each in (imported, decided, untouched)] == [50, 40, 60]


# -- what it writes


def test_all_decisions_of_one_action_share_its_mark_its_time_and_its_note(editor):
    make_article(published=False), make_article(published=False)
    batch = done([PUBLISH, Change("boost", "quality", 5)], editor, note="for the weekend")
    decisions = Decision.objects.all()
    assert {(each.batch, each.at, each.note, each.username) for each in decisions} == {
        (batch.key, decisions[0].at, "for the weekend", "erin")
    }
    assert sorted(each.field for each in decisions) == ["published", "published", "quality", "quality"]


def test_djangos_log_tells_of_each_article_once(editor):
    articles = [make_article(published=False), make_article(published=False)]
    batch = done([PUBLISH, Change("boost", "quality", 5)], editor)
    undo_batch(batch.key, by=editor)
    told = [(entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.order_by("pk")]
    assert told == [
        *((str(each.pk), "Changed published and quality (boosted).") for each in articles),
        *((str(each.pk), "Changed published (undone) and quality (undone).") for each in articles),
    ]


@pytest.mark.parametrize("model", [Article, Decision, StandingDecision])
def test_a_row_is_what_the_orm_would_write(editor, model):
    make_article(heat=40, publishedDateTime="0001-01-01T00:00:00Z")
    done([Change("set", "publish_at", "2999-01-01"), Change("boost", "heat", 20), PUBLISH], editor, note="“why”")
    before = table(model)
    for row in model.objects.all():
        row.save(force_update=True)
    assert table(model) == before


def test_an_embargo_that_stood_before_upstreams_date_is_replaced_and_released(editor):
    article = make_article(published_at="9000-01-01")
    for at in ("2020-06-01", "2020-05-01", "9500-01-01"):
        assert done([Change("set", "publish_at", at)], editor).changed == 1
        assert_columns_are_what_the_logs_say()
    done([Change("release", "publish_at")], editor)
    article.refresh_from_db()
    assert article.published_at.year == 9000
    assert_columns_are_what_the_logs_say()


# -- undo


def test_an_undo_brings_back_what_stood_before_and_is_undone_likewise(editor, colleague):
    decided, boosted, plain = (make_article(heat=30) for _ in range(3))
    set_value(decided, "heat", 60, by=colleague)
    boost(boosted, "heat", 5, by=colleague)
    batch = done([BURY], editor)
    heats = Article.objects.order_by("pk").values_list("heat", flat=True)
    assert list(heats.all()) == [-1, -1, -1]
    for expected in ([60, 35, 30], [-1, -1, -1], [60, 35, 30]):
        batch = undo_batch(batch.key, by=editor)
        assert (batch.changed, batch.left_out, list(heats.all())) == (3, [], expected)
        assert_columns_are_what_the_logs_say()
    assert plain.standing_decisions.count() == 0


def test_an_undo_leaves_out_and_names_where_somebody_decided_since_or_undid_it_already(editor, colleague):
    since, undone, other = (make_article(title=title, heat=30) for title in ("Since", "Undone", "Other"))
    batch = done([BURY], editor)
    set_value(since, "heat", 90, by=colleague)
    undo(undone.decisions.get(), by=editor)
    taken = undo_batch(batch.key, by=editor)
    assert taken.changed == 1
    assert [(left.title, left.why) for left in taken.left_out] == [
        ("Since", "carl has decided on it since: undo that first, or decide anew."),
        ("Undone", "It is undone already, by erin."),
    ]
    assert [Article.objects.get(pk=each.pk).heat for each in (since, undone, other)] == [90, 30, 30]
    again = undo_batch(batch.key, by=editor)
    assert (again.changed, len(again.left_out)) == (0, 3)


def test_an_undo_after_upstream_moved_gives_upstreams_value_of_now_and_its_conflict(tmp_path, editor, colleague):
    article = import_seed(tmp_path, heat=30)
    set_value(article, "heat", 60, by=colleague)
    batch = done([BURY], editor)
    import_seed(tmp_path, heat=95)
    undo_batch(batch.key, by=editor)
    article.refresh_from_db()
    assert article.heat == 60
    assert Article.objects.in_conflict().get() == article
    assert_columns_are_what_the_logs_say()


def test_a_released_title_is_a_correction_where_readers_saw_the_other_one(editor):
    seen, hidden = make_article(title="Theirs"), make_article(title="Theirs", published=False)
    for article in (seen, hidden):
        set_value(article, "title", "Ours", by=editor)
    Correction.objects.all().delete()
    batch = done([Change("release", "title")], editor)
    undo_batch(batch.key, by=editor)
    told = Correction.objects.order_by("pk").values_list("article", "before", "after")
    assert list(told) == [(seen.pk, "Ours", "Theirs"), (seen.pk, "Theirs", "Ours")]


def test_a_withdrawn_article_is_decided_on_like_any_other(tmp_path, editor):
    article = import_seed(tmp_path, heat=30)
    withdraw(article)
    batch = done([BURY], editor)
    assert_columns_are_what_the_logs_say()
    undo_batch(batch.key, by=editor)
    assert_columns_are_what_the_logs_say()


# -- its cost


@pytest.mark.parametrize(
    "changes",
    [[PUBLISH], [Change(MOVE, "topics", ("AI", "New")), Change("set", "publish_at", "2999-01-01")]],
    ids=["publish", "move and embargo"],
)
def test_a_thousand_articles_more_cost_a_constant_number_of_queries_more(tmp_path, editor, changes):
    for number in range(2000):
        write_seed(tmp_path, f"2020-06-22-{number}", published=False)
    import_folder(tmp_path)
    keys = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    few, many = queries_of(keys[:500], changes, editor), queries_of(keys[500:2000], changes, editor)
    for for_500, for_1500 in zip(few, many, strict=True):
        assert for_1500 <= 3 * for_500
        assert for_1500 <= 150
    assert_columns_are_what_the_logs_say()


def queries_of(keys, changes, editor) -> tuple[int, int, int]:
    with CaptureQueriesContext(connection) as planning:
        planned = plan(keys, changes, by=editor)
    with CaptureQueriesContext(connection) as applying:
        batch = apply(changes, {row.article.pk: row.seen for row in planned.rows}, by=editor)
    assert batch.changed == len(keys)
    with CaptureQueriesContext(connection) as undoing:
        assert undo_batch(batch.key, by=editor).changed == len(keys)
    return len(planning), len(applying), len(undoing)


def test_releasing_many_takes_no_more_queries_for_two_articles_than_for_twenty(editor):
    def queries(count: int) -> int:
        articles = [make_article(heat=40) for _ in range(count)]
        for article in articles:
            set_value(article, "heat", 60, by=editor)
        with CaptureQueriesContext(connection) as captured:
            done([Change("release", "heat")], editor, articles)
        return len(captured)

    assert queries(2) == queries(20)
