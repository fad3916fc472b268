"""The queue of conflicts: three values side by side, the answers to them, and no answer to what has changed."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.curation import boost, keep, release, set_value
from articles.importing.undoing import undo_run
from articles.models import Article, Decision, StandingDecision
from tests.admin.forms import inputs
from tests.factories import assert_columns_are_what_the_logs_say, import_seed, make_article

pytestmark = pytest.mark.django_db
PAGE = "/admin/articles/article/conflicts/"
STEM = "2020-06-22-story"


@pytest.fixture
def conflicting(tmp_path, editor):
    """`conflicting(stem, by=…, heat=(40, 80, 10), …)`: a story, decided, after which upstream moved."""

    def make(stem=STEM, by=None, **fields) -> Article:
        before = {name: was for name, (was, _, _) in fields.items() if was is not None}
        article = import_seed(tmp_path, stem, **before)
        for name, (_, ours, _) in fields.items():
            set_value(article, name, ours, by=by or editor)
        return import_seed(tmp_path, stem, **{name: now for name, (_, _, now) in fields.items()})

    return make


def opened(desk, query=""):
    return inputs(desk.get(PAGE + query), "conflicts-form")


def answered(desk, posted, do, query="", follow=True):
    return desk.post(PAGE + query, posted | {"do": do}, follow=follow)


def heat(article):
    article.refresh_from_db()
    return article.heat


def row_text(response, key):
    row = re.search(rf'<tr[^>]*id="row-{key}".*?</tr>', response.text, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", row[0]).split())


def test_a_conflict_shows_upstream_when_it_was_decided_upstream_now_and_the_desks(desk, conflicting):
    article = conflicting(heat=(40, 80, 10))
    row = row_text(desk.get(PAGE), f"{article.pk}-heat")
    assert re.search(r"decided 40 .*now 10 .*desk’s 80 .*erin set it just now", row), row


def test_a_number_has_its_curve_with_the_desks_value(desk, conflicting):
    conflicting(heat=(40, 80, 10))
    assert "Upstream’s heat: 40, then 10; the desk’s: 80" in desk.get(PAGE).text


def test_texts_have_the_differing_words_marked_and_are_escaped(desk, conflicting):
    conflicting(title=("A <b>bridge</b> listens", "Ours", "A <i>dam</i> listens"))
    page = desk.get(PAGE).text
    assert "A <del>&lt;b&gt;bridge&lt;/b&gt;</del> listens" in page
    assert "A <ins>&lt;i&gt;dam&lt;/i&gt;</ins> listens" in page
    assert "<i>dam" not in page


def test_another_link_shows_both_links_where_they_differ_and_says_what_that_means(desk, conflicting, tmp_path):
    article = conflicting(heat=(40, 50, 40))
    import_seed(tmp_path, heat=40, webUrl="https://outlet.example/another")
    page = desk.get(PAGE).text
    assert "https://outlet.example/<del>story</del>" in page
    assert "https://outlet.example/<ins>another</ins>" in page
    assert "The file tells of another article now." in row_text(desk.get(PAGE), f"{article.pk}-heat")


def test_keep_lets_the_desks_value_stand_and_closes_the_conflict(desk, conflicting):
    article = conflicting(heat=(40, 80, 10))
    page = answered(desk, opened(desk), f"keep:{article.pk}-heat")
    assert heat(article) == 80
    assert "Kept: heat of “A story” stays 80." in page.text
    assert "Nothing waits" in page.text
    assert Decision.objects.first().kind == "keep"
    assert LogEntry.objects.first().get_change_message() == "Changed heat (kept)."
    assert_columns_are_what_the_logs_say()


def test_take_gives_upstreams_value_of_now_and_ends_the_decision(desk, conflicting):
    article = conflicting(heat=(40, 80, 10))
    page = answered(desk, opened(desk), f"take:{article.pk}-heat")
    assert heat(article) == 10
    assert "Upstream’s again: heat of “A story” is 10." in page.text
    assert not StandingDecision.objects.exists()
    assert_columns_are_what_the_logs_say()


@pytest.mark.parametrize(
    ("field", "values", "typed", "holds"),
    [
        ("heat", (40, 80, 10), "90", 90),
        ("quality", (57, 100, 20), "0", 0),
        ("title", ("A", "B", "C"), "D <3", "D <3"),
        ("excerpt", ("A", "B", "C"), "Two\r\nlines", "Two\nlines"),
        ("excerpt", ("A", "B", "C"), "", ""),
        ("published", (True, False, None), "yes", True),
        ("topics", (["AI"], ["Law"], ["Bees"]), "Bees\r\nLaw\r\n", ["Bees", "Law"]),
    ],
)
def test_another_value_is_decided_by_an_input_of_its_kind(desk, conflicting, field, values, typed, holds):
    article = conflicting(**{field: values})
    if field == "published":  # upstream says what is shown no longer, nor what it said
        StandingDecision.objects.update(moved_since=article.created_at)
    posted = opened(desk)
    assert f"value-{article.pk}-{field}" in posted
    answered(desk, posted | {f"value-{article.pk}-{field}": typed}, f"set:{article.pk}-{field}")
    article = Article.objects.get()
    assert ([t.name for t in article.topic_list] if field == "topics" else getattr(article, field)) == holds
    assert not StandingDecision.objects.in_conflict().exists()


def test_enter_in_an_input_decides_all_that_was_typed_and_nothing_else(desk, conflicting):
    """The first button of the form is the one that Enter presses."""
    one, two = conflicting("one", heat=(40, 80, 10)), conflicting("two", heat=(40, 70, 11))
    first = re.search(r"<button[^>]*>", desk.get(PAGE).text.partition('id="conflicts-form"')[2])[0]
    assert 'value="typed"' in first
    answered(desk, opened(desk) | {f"value-{two.pk}-heat": "99"}, "typed")
    assert (heat(one), heat(two)) == (80, 99)
    assert StandingDecision.objects.in_conflict().count() == 1


@pytest.mark.parametrize(("do", "holds"), [("keep", [80, 70, 60]), ("take", [10, 11, 60])])
def test_those_that_are_ticked_are_done_at_once_in_one_batch_and_the_others_not(desk, conflicting, do, holds):
    articles = [
        conflicting(f"s{n}", heat=(40, value, now)) for n, value, now in ((1, 80, 10), (2, 70, 11), (3, 60, 12))
    ]
    posted = opened(desk) | {"row": [f"{each.pk}-heat" for each in articles[:2]]}
    page = answered(desk, posted, do)
    assert [heat(each) for each in articles] == holds
    assert "2 decisions made on 2 stories." in page.text
    assert list(StandingDecision.objects.in_conflict().values_list("article", flat=True)) == [articles[2].pk]
    assert len(set(Decision.objects.filter(kind__in=["keep", "release"]).values_list("batch", flat=True))) == 1


def test_what_was_done_is_undone_from_its_message(desk, conflicting):
    articles = [conflicting(f"s{n}", heat=(40, 80, 10)) for n in (1, 2)]
    page = answered(desk, opened(desk) | {"row": [f"{each.pk}-heat" for each in articles]}, "take")
    undo = re.search(r'form="undo-form" name="undo" value="([0-9,]+)"', page.text)[1]
    page = desk.post(PAGE, {"undo": undo}, follow=True)
    assert "Undone: 2 decisions on 2 stories." in page.text
    assert [heat(each) for each in articles] == [80, 80]
    assert StandingDecision.objects.in_conflict().count() == 2, "they wait again"
    assert "Not undone" in desk.post(PAGE, {"undo": undo}, follow=True).text
    assert_columns_are_what_the_logs_say()


# -- when somebody else was quicker


def test_where_a_colleague_was_quicker_the_row_comes_back_with_the_input_and_the_others_are_done(
    desk, conflicting, colleague
):
    one, two = conflicting("one", heat=(40, 80, 10)), conflicting("two", heat=(40, 70, 11))
    posted = opened(desk) | {f"value-{one.pk}-heat": "120", f"value-{two.pk}-heat": "99"}
    set_value(one, "heat", 90, by=colleague)
    response = answered(desk, posted, "typed")
    assert (heat(one), heat(two)) == (90, 99)
    row = row_text(response, f"{one.pk}-heat")
    assert "carl set it just now, 90 holds now. You wanted to decide 120." in row
    again = inputs(response, "conflicts-form")
    assert again[f"value-{one.pk}-heat"] == "120"
    answered(desk, again, f"set:{one.pk}-heat")
    assert heat(one) == 120, "having seen it, the editor decides"


@pytest.mark.parametrize("do", ["keep", "take"])
def test_where_an_import_was_quicker_the_row_comes_back_with_both_values_and_the_run(desk, conflicting, tmp_path, do):
    article = conflicting(heat=(40, 80, 10))
    posted = opened(desk)
    import_seed(tmp_path, heat=-1)
    run = article.versions.latest("pk").run_id
    response = answered(desk, posted, f"{do}:{article.pk}-heat")
    assert heat(article) == 80
    told = f"The import (run {run}) changed upstream’s to -1 just now, this page showed 10."
    assert told in row_text(response, f"{article.pk}-heat")
    answered(desk, inputs(response, "conflicts-form"), f"{do}:{article.pk}-heat")
    assert heat(article) == (80 if do == "keep" else -1)


def test_where_the_link_changed_meanwhile_the_row_comes_back(desk, conflicting, tmp_path):
    article = conflicting(heat=(40, 80, 10))
    posted = opened(desk)
    import_seed(tmp_path, heat=10, webUrl="https://b.example/")
    response = answered(desk, posted, f"keep:{article.pk}-heat")
    assert "changed upstream’s link just now" in row_text(response, f"{article.pk}-heat")
    assert StandingDecision.objects.get().link_since


@pytest.mark.parametrize(
    ("verb", "told"), [(keep, "carl kept it just now."), (release, "carl released it just now, 10 holds now.")]
)
def test_a_row_that_a_colleague_settled_meanwhile_is_still_told_of(
    desk, conflicting, django_user_model, colleague, verb, told
):
    colleague.is_superuser = True
    colleague.save()
    article = conflicting(heat=(40, 80, 10))
    posted = opened(desk) | {f"value-{article.pk}-heat": "99"}
    verb(article, "heat", by=colleague)
    response = answered(desk, posted, "typed")
    assert told in row_text(response, f"{article.pk}-heat")
    assert inputs(response, "conflicts-form")[f"value-{article.pk}-heat"] == "99"
    answered(desk, inputs(response, "conflicts-form"), "typed")
    assert heat(article) == 99


def test_a_story_whose_import_was_undone_meanwhile_is_told_of(desk, conflicting):
    article = conflicting(heat=(40, 80, 10))
    posted = opened(desk)
    for run in article.versions.order_by("-pk").values_list("run", flat=True):
        undo_run(run)
    response = answered(desk, posted, f"keep:{article.pk}-heat")
    assert response.status_code == 200
    assert "no longer here" in response.text


def test_what_is_typed_and_ticked_in_other_rows_survives_an_answer_to_one(desk, conflicting):
    one, two = conflicting("one", heat=(40, 80, 10)), conflicting("two", heat=(40, 70, 11))
    posted = opened(desk) | {f"value-{two.pk}-heat": "99", "row": f"{two.pk}-heat"}
    response = answered(desk, posted, f"keep:{one.pk}-heat")
    again = inputs(response, "conflicts-form")
    assert (again[f"value-{two.pk}-heat"], again["row"]) == ("99", f"{two.pk}-heat")
    assert "Kept: heat" in response.text


def test_after_an_answer_the_page_goes_on_at_the_next_row(desk, conflicting):
    one, two = conflicting("one", heat=(40, 80, 10)), conflicting("two", heat=(40, 70, 11))
    assert answered(desk, opened(desk), f"keep:{one.pk}-heat", follow=False).url == f"{PAGE}#row-{two.pk}-heat"


@pytest.mark.parametrize("typed", ["", "hot", "-2", "5.5", "9" * 30])
def test_a_value_that_cannot_be_decided_comes_back_with_what_is_wrong(desk, conflicting, typed):
    article = conflicting(heat=(40, 80, 10))
    response = answered(desk, opened(desk) | {f"value-{article.pk}-heat": typed}, f"set:{article.pk}-heat")
    assert "It must be" in row_text(response, f"{article.pk}-heat")
    assert inputs(response, "conflicts-form")[f"value-{article.pk}-heat"] == typed
    assert heat(article) == 80


def test_an_answer_without_a_tick_changes_nothing_and_says_so(desk, conflicting):
    conflicting(heat=(40, 80, 10))
    assert "Nothing was changed" in answered(desk, opened(desk), "take").text
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    "posted",
    [
        {"do": "keep:1-heat"},
        {"do": "burn:1-heat", "seen-1-heat": '[1, "", "", "", ""]'},
        {"do": "keep:1-heat", "seen-1-heat": "[" * 9999},
        {"do": "keep:1-heat", "seen-1-heat": '[1, "", "", "\\ud800", ""]'},
        {"do": "set:999999999999999999-heat", "seen-999999999999999999-heat": '[1, "", "", "", ""]'},
        {"do": "set:1-slug", "seen-1-slug": '[1, "", "", "", ""]'},
        {"undo": "1,x,,99999999999999999999"},
        {"undo": "²"},
    ],
)
def test_whatever_is_posted_is_answered(desk, posted):
    assert desk.post(PAGE, posted, follow=True).status_code == 200


# -- whose decision it is


def test_an_editor_cannot_release_what_a_colleague_decided_but_can_decide_upstreams_value(desk, conflicting, colleague):
    article = conflicting(by=colleague, heat=(40, 80, 10))
    page = desk.get(PAGE)
    assert f'value="take:{article.pk}-heat"' not in page.text
    assert "carl decided it: only they or a chief editor can end that" in row_text(page, f"{article.pk}-heat")
    response = answered(desk, opened(desk), f"take:{article.pk}-heat")
    assert (heat(article), Decision.objects.count()) == (80, 1)
    assert "carl decided it" in row_text(response, f"{article.pk}-heat")
    answered(desk, opened(desk), f"own:{article.pk}-heat")
    assert heat(article) == 10
    assert Decision.objects.values_list("kind", "username", "value").first() == ("set", "erin", 10)


def test_a_chief_editor_releases_what_others_decided(client, conflicting, django_user_model):
    from django.contrib.auth.models import Group

    article = conflicting(heat=(40, 80, 10))
    chief = django_user_model.objects.create_user("chris", is_staff=True)
    chief.groups.add(Group.objects.get(name="Chief editors"))
    client.force_login(chief)
    answered(client, opened(client), f"take:{article.pk}-heat")
    assert heat(article) == 10


def test_a_viewer_looks_and_cannot_answer(client, viewer, conflicting):
    article = conflicting(heat=(40, 80, 10))
    client.force_login(viewer)
    page = client.get(PAGE)
    assert row_text(page, f"{article.pk}-heat")
    assert "<button name" not in page.text
    assert client.post(PAGE, {"do": f"keep:{article.pk}-heat"}).status_code == 403


def test_nobody_is_sent_to_sign_in(client):
    assert client.get(PAGE).status_code == 302


# -- which are shown


def test_the_longest_open_stand_first_or_the_highest_rank_and_fields_of_a_story_together(desk, conflicting):
    cool = conflicting("cool", heat=(40, 80, 10), title=("A", "B", "C"))
    hot = conflicting("hot", heat=(400, 800, 100))
    keys = re.findall(r'id="row-([0-9]+-\w+)"', desk.get(PAGE).text)
    assert keys == [f"{cool.pk}-heat", f"{cool.pk}-title", f"{hot.pk}-heat"]
    assert re.findall(r'id="row-([0-9]+-\w+)"', desk.get(PAGE + "?order=rank").text)[0] == f"{hot.pk}-heat"


def test_the_queue_is_narrowed_by_field_reason_editor_provider_topic_and_story(desk, conflicting, colleague, tmp_path):
    mine = conflicting("mine", heat=(40, 80, 10), title=("A", "B", "C"))
    theirs = conflicting("theirs", by=colleague, topics=(["AI"], ["Law"], ["Bees"]))
    import_seed(tmp_path, "theirs", topics=["Bees"], webUrl="https://b.example/")
    law = theirs.article_topics.get().topic_id

    def shown(query):
        return set(re.findall(r'id="row-([0-9]+-\w+)"', desk.get(PAGE + query).text))

    by_link = {f"{theirs.pk}-topics"}
    assert shown("?field=heat") == {f"{mine.pk}-heat"}
    assert shown("?reason=link") == shown(f"?topic={law}") == shown(f"?article={theirs.pk}") == by_link
    assert shown("?reason=moved") == shown("?whose=mine") == {f"{mine.pk}-heat", f"{mine.pk}-title"}
    assert len(shown(f"?provider={mine.provider_id}")) == 3
    assert "Nothing waits here" in desk.get(PAGE + "?field=quality").text


@pytest.mark.parametrize(
    "query",
    ["field=x", "reason=x", "article=x", "article=" + "9" * 30, "page=0", "page=99999", "provider=x", "topic=%00"],
)
def test_a_filter_that_is_none_is_told_and_narrows_nothing(desk, conflicting, query):
    article = conflicting(heat=(40, 80, 10))
    response = desk.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    assert row_text(response, f"{article.pk}-heat")
    if query != "page=99999":
        assert "errorlist" in response.text


def test_a_boost_is_shown_with_its_amount_and_kept_as_a_boost(desk, tmp_path, editor):
    article = import_seed(tmp_path, heat=40)
    boost(article, "heat", 20, by=editor)
    import_seed(tmp_path, heat=45, webUrl="https://b.example/")
    assert "65 (+20 to upstream’s)" in row_text(desk.get(PAGE), f"{article.pk}-heat")
    answered(desk, opened(desk), f"set:{article.pk}-heat")
    assert StandingDecision.objects.get().kind == "boost", "what was not typed over is kept"


def test_when_nothing_waits_the_page_says_where_to_go_on(desk):
    page = desk.get(PAGE).text
    assert "Nothing waits" in page
    assert "/admin/articles/article/?decided=no" in page


def test_the_marks_of_a_conflict_in_the_list_and_on_the_storys_page_lead_to_it(desk, conflicting):
    article = conflicting(heat=(40, 80, 10))
    for address in ("/admin/articles/article/", f"/admin/articles/article/{article.pk}/change/"):
        assert f'href="{PAGE}?article={article.pk}"' in desk.get(address).text


def test_the_page_takes_as_many_queries_for_twenty_rows_as_for_two_and_shows_twenty_stories_at_most(desk, conflicting):
    def queries(query=""):
        with CaptureQueriesContext(connection) as captured:
            desk.get(PAGE + query)
        return len(captured)

    for number in range(2):
        conflicting(f"s{number}", heat=(40, 80, 10))
    few = queries()
    for number in range(2, 21):
        conflicting(f"s{number}", heat=(40, 80, 10))
    # session, user, two of permissions; which stories, their conflicts, the stories, images, topics, curves, the count
    assert queries() == few <= 12
    first, second = desk.get(PAGE).text, desk.get(PAGE + "?page=2").text
    assert (first.count('id="row-'), second.count('id="row-')) == (20, 1)
    assert f'href="{PAGE}?page=2"' in first


def test_a_story_without_a_conflict_is_in_no_queue(desk):
    make_article()
    assert "Nothing waits" in desk.get(PAGE).text


def test_a_page_posts_what_it_displayed_in_few_words_however_long_a_text_is(desk, conflicting):
    article = conflicting(excerpt=("A " * 9000, "B " * 9000, "C " * 9000))
    posted = opened(desk)
    assert f"value-{article.pk}-excerpt" not in posted, "a text that long is edited on the story's page"
    assert len(json.dumps(posted)) < 1000
    answered(desk, posted, f"keep:{article.pk}-excerpt")
    assert not StandingDecision.objects.in_conflict().exists()
