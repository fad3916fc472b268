"""Django's own log tells what was decided, by whom, whatever way it came; and blames no editor for an import."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command

from articles.curation import boost, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Article, Decision
from articles.rebuilding import differing
from tests.admin.forms import inputs
from tests.factories import import_folder, import_seed, make_article, write_seed

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def told() -> list[tuple[str, str, str]]:
    """Who, on what, and what, newest first."""
    entries = LogEntry.objects.select_related("user").order_by("-pk")
    return [(each.user.username, each.object_id, each.get_change_message()) for each in entries]


def save_in_the_list(desk, article):
    posted = inputs(desk.get(LIST), "changelist-form") | {"form-0-heat": "7", "_save": "Save"}
    assert desk.post(LIST, posted).status_code == 302


def save_its_page(desk, article):
    page = f"{LIST}{article.pk}/change/"
    assert desk.post(page, inputs(desk.get(page), "article_form") | {"heat": "7", "_save": "Save"}).status_code == 302


def decide_from_a_shell(desk, article):
    call_command("curate", article.slug, "--set", "heat=7", "--by", "erin", verbosity=0)


@pytest.mark.parametrize("way", [save_in_the_list, save_its_page, decide_from_a_shell])
def test_each_way_to_decide_is_told_once_and_alike(desk, way):
    article = make_article(heat=40)
    way(desk, article)
    assert told() == [("erin", str(article.pk), "Changed heat.")]
    assert LogEntry.objects.get().action_time == Decision.objects.get().at


@pytest.mark.parametrize("where", ["article/{}/history/", "decision/", "article/{}/change/"])
def test_each_undo_on_the_desk_is_told_in_the_name_of_who_undid(desk, editor, where):
    article = make_article()
    set_value(article, "heat", 7, by=editor)
    path = "/admin/articles/" + where.format(article.pk)
    assert desk.post(path, {"_undo": Decision.objects.get().pk}).status_code == 302
    assert told() == [
        ("erin", str(article.pk), "Changed heat (undone)."),
        ("erin", str(article.pk), "Changed heat."),
    ]


def test_a_refused_decision_is_not_told(desk, editor, colleague):
    article = make_article()
    set_value(article, "heat", 7, by=editor)
    set_value(article, "heat", 8, by=colleague)
    before = told()
    desk.post(f"/admin/articles/article/{article.pk}/history/", {"_undo": Decision.objects.last().pk})
    assert told() == before


def test_no_import_undo_of_one_or_rebuild_is_told_as_an_editors_doing(editor, tmp_path):
    article = import_seed(tmp_path, heat=40)
    boost(article, "heat", 20, by=editor)
    set_value(article, "title", "Ours", by=editor)
    before = told()
    write_seed(tmp_path, heat=60, title="Theirs", webUrl="https://outlet.example/new")
    run = import_folder(tmp_path).run
    undo_run(undo_run(run).run)
    write_seed(tmp_path, heat=70, title="Ours")
    import_folder(tmp_path, prune=True)
    (tmp_path / "2020-06-22-story.md").unlink()
    write_seed(tmp_path, "2020-06-22-other")
    import_folder(tmp_path, prune=True)
    Article.objects.filter(pk=article.pk).update(heat=1)
    assert [found.pk for found, _ in differing(mend=True)] == [article.pk]
    assert told() == before


def test_an_entry_of_the_log_leads_to_the_story(desk, editor):
    set_value(make_article(title="Bees & birds"), "heat", 7, by=editor)
    entry = LogEntry.objects.get()
    assert entry.object_repr == "Bees & birds"
    assert desk.get(entry.get_admin_url()).status_code == 200


def test_an_undo_is_told_like_its_decision(editor):
    article = make_article()
    set_value(article, "publish_until", "2030-01-01", by=editor)
    undo(Decision.objects.get(), by=editor)
    assert [what for _, _, what in told()] == ["Changed publish until (undone).", "Changed publish until."]
