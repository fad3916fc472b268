"""What the desk decided, all of it: newest first, by whom, and each with its way back."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.admin import decisions as feed
from articles.curation import boost, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Decision
from articles.querysets import decisions
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
FEED = "/admin/articles/decision/"


def lines(desk, query: str = "") -> list[str]:
    """Each line, newest first, as it is read."""
    response = desk.get(FEED + query)
    assert response.status_code == 200
    found = re.findall(r'<li id="decision.*?</li>', response.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", each).split()) for each in found]


def in_one_action(editor, count: int, heat: int = -1):
    """A bulk action on `count` stories; its key."""
    first = Decision.objects.count()
    for _ in range(count):
        set_value(make_article(), "heat", heat, by=editor)
    batch = uuid4()
    Decision.objects.filter(pk__in=Decision.objects.order_by("pk").values_list("pk", flat=True)[first:]).update(
        batch=batch
    )
    return batch


def test_all_that_was_decided_stands_there_newest_first_with_the_story_and_its_history(desk, editor, colleague):
    one, other = make_article(title="Bees", heat=40), make_article(title="Bridge", quality=50)
    set_value(one, "heat", 80, by=editor, note="for the city")
    boost(other, "quality", -5, by=colleague)
    newest, oldest = lines(desk)
    assert newest.startswith("carl boosted quality by -5: 50 → 45")
    assert "Bridge" in newest
    assert oldest.startswith("erin set heat: 40 → 80")
    assert "for the city" in oldest
    html = desk.get(FEED).text
    assert f'href="/admin/articles/article/{one.pk}/change/"' in html
    decision = Decision.objects.get(article=one)
    assert f"/admin/articles/article/{one.pk}/history/?decision={decision.pk}#decision-{decision.pk}" in html


def test_where_nobody_decided_anything_it_says_so(desk):
    assert "Nobody has decided anything yet" in desk.get(FEED).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?by=erin", ["heat", "title"]),
        ("?by=carl", ["quality"]),
        ("?by=nobody", []),
        ("?field=heat", ["heat"]),
        ("?kind=boost", ["quality"]),
        ("?kind=set&by=erin&field=title", ["title"]),
        ("?article={one}", ["heat", "title"]),
        ("?article={other}", ["quality"]),
        ("?since={yesterday}", ["heat", "quality", "title"]),
        ("?since={tomorrow}", []),
        ("?until={today}", ["heat", "quality", "title"]),
        ("?until={yesterday}", []),
    ],
)
def test_it_is_narrowed_by_editor_field_kind_article_and_date(desk, editor, colleague, query, found):
    one, other = make_article(), make_article()
    set_value(one, "heat", 80, by=editor)
    set_value(one, "title", "New", by=editor)
    boost(other, "quality", 5, by=colleague)
    today = timezone.now().date()
    days = {"today": today, "yesterday": today - timedelta(days=1), "tomorrow": today + timedelta(days=1)}
    told = lines(desk, query.format(one=one.pk, other=other.pk, **days))
    assert sorted(re.search(r"(?:set|boosted) (\w+)", line)[1] for line in told) == found
    if not found:
        assert "No decision fits." in desk.get(FEED + query.format(one=one.pk, other=other.pk, **days)).text


def test_an_editor_whose_account_is_gone_is_still_found(desk, colleague):
    set_value(make_article(), "heat", 80, by=colleague)
    colleague.delete()
    assert len(lines(desk, "?by=carl")) == 1


@pytest.mark.parametrize(
    "query",
    "?field=mood ?kind=x ?since=yesterday ?until=2026-02-31 ?since=0001-01-01 ?until=9999-12-31 ?article=x ?article=-1 "
    "?article=99999999999999999999 ?batch=x ?before=x ?before=0 ?before=99999999999999999999 ?by=%00 ?page=x".split(),
)
def test_nothing_that_an_address_says_breaks_it(desk, editor, query):
    set_value(make_article(), "heat", 80, by=editor)
    response = desk.get(FEED + query)
    assert response.status_code == 200
    if not query.startswith("?page"):
        assert "Nothing is shown: correct what is marked above." in response.text


def test_what_one_bulk_action_decided_is_one_line_with_its_size_and_can_be_unfolded(desk, editor):
    set_value(make_article(), "quality", 1, by=editor)
    batch = in_one_action(editor, 5)
    set_value(make_article(), "quality", 2, by=editor)
    _, folded, _ = lines(desk)
    assert folded.startswith("erin decided 5 values in one action, such as set heat: 40 → -1")
    assert "Undo all 5" in folded
    assert "Undo set" not in folded, "one of them alone is undone where it stands"
    assert len(lines(desk, f"?batch={batch}")) == 5
    assert len(lines(desk, "?field=heat")) == 1
    one = Decision.objects.filter(batch=batch).first()
    assert lines(desk, f"?article={one.article_id}")[0].startswith("erin set heat: 40 → -1")


def test_every_decision_is_on_one_page_once_whatever_actions_fill_them(desk, editor, monkeypatch):
    monkeypatch.setattr(decisions, "LOOKED_THROUGH", 4)
    monkeypatch.setattr(feed, "LINES", 3)
    for size in (1, 3, 9, 1, 1, 4, 2):
        if size == 1:
            set_value(make_article(), "heat", 1, by=editor)
        else:
            in_one_action(editor, size)
    told, query = [], ""
    for _ in range(9):
        told += lines(desk, query)
        older = re.search(r'href="(\?[^"]*before=\d+)" rel="next"', desk.get(FEED + query).text)
        if not older:
            break
        query = older[1]
    sizes = [int(found[1]) if (found := re.search(r"decided (\d+) values", line)) else 1 for line in told]
    assert sizes == [2, 4, 1, 1, 9, 3, 1]


def test_the_filters_stay_when_the_page_is_turned(desk, editor, monkeypatch):
    monkeypatch.setattr(feed, "LINES", 2)
    article = make_article()
    for heat in range(3):
        set_value(article, "heat", heat, by=editor)
    html = desk.get(FEED + "?by=erin&field=heat").text
    assert re.search(r'href="\?by=erin&amp;field=heat&amp;before=\d+"', html)


def test_it_takes_as_many_queries_for_20_lines_as_for_2_and_counts_no_table(desk, editor):
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            lines(desk)
        return [each["sql"] for each in captured]

    for _ in range(2):
        set_value(make_article(), "heat", 1, by=editor)
    in_one_action(editor, 2)
    few = len(queries())
    for _ in range(9):
        set_value(make_article(), "heat", 1, by=editor)
        in_one_action(editor, 2)
    many = queries()
    assert len(many) == few <= 12
    assert not [sql for sql in many if "COUNT(*)" in sql]


def test_an_action_that_fills_all_that_is_looked_through_takes_few_queries_more(desk, editor, monkeypatch):
    monkeypatch.setattr(decisions, "LOOKED_THROUGH", 3)
    in_one_action(editor, 9)
    in_one_action(editor, 9)
    with CaptureQueriesContext(connection) as captured:
        assert len(lines(desk)) == 2
    assert len(captured) <= 12


def test_a_decision_is_undone_at_its_line(chief_desk, colleague):
    article = make_article(heat=40)
    set_value(article, "heat", 80, by=colleague)
    decision = Decision.objects.get()
    answer = chief_desk.post(FEED + "?by=carl", {"_undo": decision.pk}, follow=True)
    assert answer.redirect_chain[-1][0] == FEED + "?by=carl"
    assert "Undone: set heat by carl." in answer.text
    article.refresh_from_db()
    assert article.heat == 40
    undoing, undone = lines(chief_desk)
    assert undoing.startswith("chloe undid set heat by carl: 80 → 40")
    assert "Undone by chloe" in undone
    assert "Undo set" not in undone


def test_only_what_can_be_undone_has_the_button(desk, editor):
    article = make_article()
    set_value(article, "heat", 1, by=editor)
    set_value(article, "heat", 2, by=editor)
    newest, older = lines(desk)
    assert ("Undo set heat" in newest, "Undo set heat" in older) == (True, False)


def test_a_viewer_reads_it_and_undoes_nothing(client, viewer, editor):
    set_value(make_article(), "heat", 80, by=editor)
    client.force_login(viewer)
    html = client.get(FEED).text
    assert "erin" in html
    assert 'name="_undo"' not in html
    assert client.post(FEED, {"_undo": Decision.objects.get().pk}).status_code == 403


def test_who_may_not_look_at_decisions_is_refused(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nora", is_staff=True))
    for path in ("", "1/change/", "1/history/"):
        assert client.get(FEED + path).status_code == 403


def test_a_decision_of_a_story_whose_import_was_undone_is_told_without_a_link_to_nowhere(desk, editor, tmp_path):
    article = import_seed(tmp_path, title="Bees")
    set_value(article, "heat", 80, by=editor)
    undo_run(article.versions.get().run_id)
    (line,) = lines(desk)
    assert "Bees, gone with the import that brought it" in line
    assert "Undo" not in line
    assert "/change/" not in re.search(r'<li id="decision.*?</li>', desk.get(FEED).text, re.DOTALL)[0]


def test_a_decisions_own_address_leads_to_where_it_stands(desk, editor):
    article = make_article()
    set_value(article, "heat", 80, by=editor)
    key = Decision.objects.get().pk
    where = f"/admin/articles/article/{article.pk}/history/?decision={key}#decision-{key}"
    assert desk.get(f"{FEED}{key}/change/")["Location"] == where
    assert desk.get(f"{FEED}{key}/history/")["Location"] == where
    for nothing in ("0", "x", "9" * 30):
        assert desk.get(f"{FEED}{nothing}/change/").status_code == 404


def test_nothing_is_added_changed_or_deleted_there(desk, editor):
    set_value(make_article(), "heat", 80, by=editor)
    key = Decision.objects.get().pk
    for path in ("add/", f"{key}/delete/"):
        assert desk.post(FEED + path, {"post": "yes"}).status_code == 403
    undo(Decision.objects.get(), by=editor)
    assert Decision.objects.count() == 2
