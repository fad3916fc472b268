"""An article's two logs as one story, and the curve of its numbers: what the site showed at each moment."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from articles.curation import boost, keep, not_undoable, release, set_value, undo, undoable
from articles.importing.undoing import undo_run
from articles.merge import project, said
from articles.models import Article, Decision, Version
from articles.projection import Entry, replay
from articles.seeds import Story
from articles.timeline import Logs, Numbers, walk
from tests.factories import import_folder, import_seed, withdraw, write_seed

STEM = "2020-06-22-story"
START = datetime(2020, 6, 22, 12, tzinfo=UTC)


def heats(article: Article) -> list[tuple[int | None, int | None]]:
    """Upstream's heat and the site's after each entry, oldest first."""
    moments = Logs.of(article).walk()
    return [(each.upstream and each.upstream.heat, each.effective and each.effective.heat) for each in moments]


@pytest.mark.django_db
class TestTheCurve:
    def test_a_set_holds_while_upstream_moves_under_it_and_a_release_ends_it(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        set_value(article, "heat", 60, by=editor)
        import_seed(tmp_path, heat=45)
        release(article, "heat", by=editor)
        assert heats(article) == [(30, 30), (30, 60), (45, 60), (45, 45)]

    def test_a_boost_moves_along_and_never_digs_out_what_upstream_buries(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        boost(article, "heat", 20, by=editor)
        import_seed(tmp_path, heat=40)
        import_seed(tmp_path, heat=-1)
        assert heats(article) == [(30, 30), (30, 50), (40, 60), (-1, -1)]

    def test_a_boost_that_upstream_adopts_is_a_set_from_then_on(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        boost(article, "heat", 20, by=editor)
        import_seed(tmp_path, heat=50)
        import_seed(tmp_path, heat=55)
        assert heats(article) == [(30, 30), (30, 50), (50, 50), (55, 50)]

    def test_a_keep_changes_nothing_of_the_numbers(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        set_value(article, "heat", 60, by=editor)
        import_seed(tmp_path, heat=5)
        keep(article, "heat", by=editor)
        assert heats(article)[-2:] == [(5, 60), (5, 60)]

    def test_what_was_undone_was_shown_until_then(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        set_value(article, "heat", 60, by=editor)
        undo(Decision.objects.get(), by=editor)
        undo(Decision.objects.first(), by=editor)
        assert heats(article) == [(30, 30), (30, 60), (30, 30), (30, 60)]

    def test_a_run_that_was_undone_counts_until_then_and_a_boost_follows(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        run = article.versions.get().run_id
        boost(article, "heat", 20, by=editor)
        write_seed(tmp_path, heat=90)
        ruined = import_folder(tmp_path).run
        again = undo_run(ruined).run
        undo_run(again)
        assert heats(article) == [(30, 30), (30, 50), (90, 110), (30, 50), (90, 110)]
        undo_run(run)
        assert heats(article)[-1] == (90, 110), "an older version is undone, and the newer one shows as before"

    def test_a_boost_made_against_what_is_undone_follows_what_counts_instead(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        write_seed(tmp_path, heat=90)
        ruined = import_folder(tmp_path).run
        boost(article, "heat", 20, by=editor)
        undo_run(ruined)
        assert heats(article) == [(30, 30), (90, 90), (90, 110), (30, 50)]

    def test_an_article_whose_only_run_was_undone_has_no_numbers(self, tmp_path):
        article = import_seed(tmp_path, heat=30)
        undo_run(article.versions.get().run_id)
        assert heats(article) == [(30, 30), (None, None)]

    def test_a_decision_on_another_field_moves_nothing(self, tmp_path, editor):
        article = import_seed(tmp_path, heat=30)
        set_value(article, "title", "Ours", by=editor)
        set_value(article, "quality", 3, by=editor)
        assert heats(article) == [(30, 30)] * 3
        assert Logs.of(article).walk()[-1].effective == Numbers(30, 3)


@pytest.mark.django_db
def test_a_withdrawal_and_a_return_are_moments(tmp_path):
    article = import_seed(tmp_path, heat=30)
    withdraw(article)
    import_seed(tmp_path, heat=31)
    told = [(each.was_withdrawn, each.withdrawn) for each in Logs.of(article).walk()]
    assert told == [(False, False), (False, True), (True, False)]


@pytest.mark.django_db
def test_the_logs_are_read_in_three_queries_and_no_file_is(tmp_path, editor):
    article = import_seed(tmp_path, heat=30)

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            Logs.of(article).walk()
        return [each["sql"] for each in captured]

    few = len(queries())
    for number in range(10):
        set_value(article, "heat", number, by=editor)
        import_seed(tmp_path, heat=50 + number)
    assert len(queries()) == few == 3
    assert not any('"data"' in sql for sql in queries())


@pytest.mark.django_db
def test_an_editor_who_decided_while_an_import_was_at_work_decided_before_it(tmp_path, editor):
    article = import_seed(tmp_path, heat=30)
    boost(article, "heat", 20, by=editor)
    import_seed(tmp_path, heat=40)
    newest = article.versions.latest("pk")
    Version.objects.filter(pk=newest.pk).update(at=Decision.objects.get().at - timedelta(microseconds=1))
    assert heats(article) == [(30, 30), (30, 50), (40, 60)]


# -- the law: the curve ends in what the replay of both logs says


class Log:
    """Both logs, grown by random events as the verbs and the imports grow them."""

    def __init__(self):
        self.entries, self.decisions, self.numbers = [], [], {}
        self.now = START
        self.say(30, 0)

    def say(self, heat, run):
        self._enter("file", run=len(self.entries) + 1)
        self.numbers[self.entries[-1].key] = Numbers(heat, 1)

    def withdraw(self, *_):
        self._enter("withdrawal", run=len(self.entries) + 1)

    def undo_run(self, _, which):
        target = self.entries[which % len(self.entries)]
        if target.kind != "undo":
            undone = replay(self.entries, [], self.read).undone
            self._enter("undo", run=len(self.entries) + 1, target=target.run, stops=target.run not in undone)

    def decide(self, amount, which):
        kind = ("set", "boost", "release", "keep")[which % 4]
        standing = replay(self.entries, self.decisions, self.read).standings.get("heat")
        if (kind == "release" and not standing) or (kind == "keep" and not (standing and standing[0].in_conflict)):
            return
        self._decide(kind, amount, None)

    def undo(self, _, which):
        if self.decisions:
            self._decide("undo", None, self.decisions[which % len(self.decisions)].pk)

    def read(self, entry):
        return Story("T", START, heat=self.numbers[entry.key].heat, web_url="https://a.example/")

    def _enter(self, kind, **facts):
        self.now += timedelta(minutes=1)
        self.entries.append(Entry(key=len(self.entries) + 1, at=self.now, kind=kind, **facts))

    def _decide(self, kind, value, undoes):
        shown = replay(self.entries, [], self.read).shown
        if shown is None:
            return
        heard = said(self.read(shown))
        self.now += timedelta(minutes=1)
        self.decisions.append(
            Decision(
                pk=len(self.decisions) + 1,
                version_id=len(self.entries),
                at=self.now,
                field="heat",
                kind=kind,
                value=value if kind in ("set", "boost") else None,
                base=heard.values["heat"],
                base_link=heard.link,
                undoes_id=undoes,
            )
        )


EVENTS = st.sampled_from(["say", "withdraw", "undo_run", "decide", "undo"])


@given(st.lists(st.tuples(EVENTS, st.integers(-1, 80), st.integers(0, 20)), max_size=12))
def test_the_curve_ends_in_what_the_replay_of_both_logs_says(events):
    log = Log()
    for event, *values in events:
        getattr(log, event)(*values)
    end = walk(log.entries, log.decisions, log.numbers)[-1]
    replayed = replay(log.entries, log.decisions, log.read)
    assert end.withdrawn == replayed.withdrawn
    assert (end.shown and end.shown.key) == (replayed.shown and replayed.shown.key)
    if replayed.shown:
        standings = {field: standing for field, (standing, _) in replayed.standings.items()}
        assert end.effective.heat == project(log.read(replayed.shown), standings).heat


@given(st.lists(st.tuples(st.sampled_from(["decide", "undo"]), st.integers(0, 80), st.integers(0, 20)), max_size=9))
def test_what_can_be_undone_is_what_an_undo_would_not_refuse(events):
    log = Log()
    for event, *values in events:
        getattr(log, event)(*values)
    for number, decision in enumerate(log.decisions):
        decision.field, decision.username = ("heat", "quality")[number % 5 == 3], "erin"
    allowed = {each.pk for each in log.decisions if not_undoable(each, log.decisions) is None}
    assert undoable(log.decisions) == allowed
