"""`undo_import`: everything is reversible, and nothing is deleted."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.curation import boost, keep, set_value
from articles.importing.undoing import LOOKED_AT, CannotUndo, undo_run
from articles.models import Article, ArticleTopic, Decision, Image, ImportRun, RelatedLink, Version
from tests.factories import a_superuser, assert_columns_are_what_the_logs_say, import_folder, import_seed, write_seed

pytestmark = pytest.mark.django_db


def rows(*models):
    """What is stored of articles, but for when and by which run."""
    kept = []
    for model in models or (Article, ArticleTopic, Image, RelatedLink):
        names = [
            f.attname
            for f in model._meta.concrete_fields
            if not f.primary_key and f.attname not in ("related_id", "changed_at")
        ]
        kept.append(sorted(map(str, model.objects.values_list(*names))))
    return kept


def standing():
    fields = ("article", "field", "kind", "value", "base", "base_link", "upstream", "link", "moved_since", "link_since")
    return sorted(map(str, Article.objects.get().standing_decisions.values_list(*fields)))


def ruin(folder, **values):
    write_seed(folder, "2020-06-22-a", **values)
    return import_folder(folder).run


def test_a_ruined_import_is_taken_back_and_brought_back(tmp_path):
    for name in "abc":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40, related=[{"title": "R", "webUrl": "https://r.example/1"}])
    import_folder(tmp_path)
    before = rows()
    for name in "ab":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=1, title="Ruined", topics=[], images=[{"url": "/x.jpg"}])
    ruined = import_folder(tmp_path).run
    after = rows()
    assert after != before
    undo = undo_run(ruined)
    assert rows() == before
    assert undo.articles == 2
    assert_columns_are_what_the_logs_say()
    again = undo_run(undo.run)
    assert rows() == after
    assert_columns_are_what_the_logs_say()
    undo_run(again.run)
    assert rows() == before
    assert_columns_are_what_the_logs_say()
    assert Version.objects.filter(kind="file").count() == 5, "nothing is deleted"


def test_decisions_made_before_are_as_they_were_their_conflicts_too(tmp_path):
    article = import_seed(tmp_path, "2020-06-22-a", heat=40)
    set_value(article, "heat", 80, by=a_superuser())
    set_value(article, "title", "Mine", by=a_superuser())
    before = standing()
    for heat in (1, 80):  # one that is a conflict, one that upstream seems to adopt
        run = ruin(tmp_path, heat=heat, title="Other", webUrl="https://other.example/1")
        assert standing() != before
        undo_run(run)
        article.refresh_from_db()
        assert (article.heat, article.title) == (80, "Mine")
        assert not article.standing_decisions.in_conflict().exists()
        assert_columns_are_what_the_logs_say()


def test_decisions_made_since_stand_and_are_listed(tmp_path):
    article = import_seed(tmp_path, "2020-06-22-a", heat=40)
    run = ruin(tmp_path, heat=1)
    article.refresh_from_db()
    set_value(article, "heat", 70, by=a_superuser())
    boost(article, "quality", 5, by=a_superuser())
    undone = undo_run(run)
    assert [(d.field, d.kind) for d in undone.decisions] == [("heat", "set"), ("quality", "boost")]
    article.refresh_from_db()
    assert (article.heat, article.quality) == (70, 62)
    conflict = article.standing_decisions.get(field="heat")
    assert (conflict.base, conflict.upstream, conflict.in_conflict) == (1, 40, True)
    assert_columns_are_what_the_logs_say()
    keep(article, "heat", by=a_superuser())
    import_seed(tmp_path, "2020-06-22-a", heat=41)
    assert_columns_are_what_the_logs_say()


def test_an_article_that_a_later_run_changed_keeps_that(tmp_path):
    import_seed(tmp_path, "2020-06-22-a", heat=40)
    run = ruin(tmp_path, heat=1)
    article = import_seed(tmp_path, "2020-06-22-a", heat=60)
    undo_run(run)
    article.refresh_from_db()
    assert article.heat == 60
    assert_columns_are_what_the_logs_say()


def test_an_article_that_only_the_run_brought_is_gone_everywhere_until_it_returns(tmp_path, client, admin_client):
    run = import_folder(write_seed(tmp_path, "2020-06-22-a").parent).run
    article = Article.objects.get()
    set_value(article, "heat", 99, by=a_superuser())
    undo_run(run)
    assert client.get("/articles/a/").status_code == 404
    assert admin_client.get(f"/admin/articles/article/{article.pk}/change/").status_code == 302
    assert "articles/article/1/change" not in admin_client.get("/admin/articles/article/").content.decode()
    assert_columns_are_what_the_logs_say()
    assert import_folder(tmp_path).counts["created"] == 1, "the same bytes count as created"
    article.refresh_from_db()
    assert (article.slug, article.heat) == ("a", 99)
    assert client.get("/articles/a/").status_code == 200
    assert_columns_are_what_the_logs_say()


def test_the_same_bytes_imported_after_an_undo_count_as_updated_where_the_article_was_there(tmp_path):
    import_seed(tmp_path, "2020-06-22-a", heat=40)
    undo_run(ruin(tmp_path, heat=1))
    assert import_folder(tmp_path).counts["updated"] == 1
    assert_columns_are_what_the_logs_say()


def test_an_undone_withdrawal_brings_the_article_back(tmp_path, client):
    import_seed(tmp_path, "2020-06-22-a")
    import_seed(tmp_path, "2020-06-22-b")
    (tmp_path / "2020-06-22-b.md").unlink()
    undo_run(import_folder(tmp_path, prune=True).run)
    assert client.get("/articles/b/").status_code == 200
    assert_columns_are_what_the_logs_say()


def test_what_cannot_be_undone_is_said(tmp_path):
    with pytest.raises(CannotUndo, match="no run 7"):
        undo_run(7)
    import_seed(tmp_path, "2020-06-22-a", heat=40)
    write_seed(tmp_path, "2020-06-22-a", heat=1)
    held = import_folder(tmp_path, max_change=0).run
    with pytest.raises(CannotUndo, match="held"):
        undo_run(held)
    run = import_folder(tmp_path).run
    undo_run(run)
    with pytest.raises(CannotUndo, match="already"):
        undo_run(run)
    assert Decision.objects.count() == 0
    assert ImportRun.objects.latest("pk").undoes_id == run


def test_what_was_heard_at_an_undo_stays_heard_when_another_run_is_undone(tmp_path):
    article = import_seed(tmp_path, "2020-06-22-a", heat=10)
    ruined = ruin(tmp_path, heat=50)
    set_value(article, "heat", 10, by=a_superuser())
    undo_run(ruined)
    assert article.standing_decisions.get().base == 10, "upstream has adopted it"
    ruin(tmp_path, heat=25)
    before = standing()
    undo_run(ruin(tmp_path, heat=26))
    assert standing() == before
    assert_columns_are_what_the_logs_say()


def test_a_conflict_that_an_undo_raised_is_as_old_after_another_undo(tmp_path):
    article = import_seed(tmp_path, "2020-06-22-a", heat=10)
    ruined = ruin(tmp_path, heat=50)
    set_value(article, "heat", 30, by=a_superuser())
    undo_run(ruined)
    before = standing()
    undo_run(ruin(tmp_path, heat=10, title="Ruined"))
    assert standing() == before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by how many rows there are")
def test_who_names_a_provider_is_found_by_indexes_and_not_in_all_articles(tmp_path):
    run = import_seed(tmp_path).versions.get().run_id
    with CaptureQueriesContext(connection) as queries:
        undo_run(run)
    (newest,) = {query["sql"] for query in queries if f"LIMIT {LOOKED_AT}" in query["sql"]}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {newest}")
        plan = [row[-1] for row in cursor.fetchall()]
    assert not [step for step in plan if re.fullmatch("SCAN (articles_|[UVTW][0-9]).*", step)], plan
