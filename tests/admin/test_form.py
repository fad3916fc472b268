"""The article's page in the desk."""

import re

import pytest
from django.contrib.admin.models import LogEntry

from articles.curation import CurationRefused, boost, set_value
from articles.importing.undoing import undo_run
from articles.models import Decision, Topic
from tests.admin.forms import inputs
from tests.factories import assert_columns_are_what_the_logs_say, import_seed, make_article

pytestmark = pytest.mark.django_db


def page_of(article):
    return f"/admin/articles/article/{article.pk}/change/"


def opened(desk, article):
    return inputs(desk.get(page_of(article)), "article_form") | {"_save": "Save"}


def test_an_untouched_form_decides_nothing(desk):
    article = make_article(
        excerpt="  Two\nlines, kept as they stand. ", topics=["AI", "Computer Vision"], title="  A  “title” "
    )
    assert desk.post(page_of(article), opened(desk, article)).status_code == 302
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "decided"),
    [
        ("title", "Another", "Another"),
        ("excerpt", "One\r\ntwo", "One\ntwo"),
        ("excerpt", "", ""),
        ("quality", "99", 99),
        ("heat", "-1", -1),
    ],
)
def test_each_field_is_decided_alone(desk, field, typed, decided):
    article = make_article()
    posted = opened(desk, article) | {field: typed}
    assert desk.post(page_of(article), posted).status_code == 302
    article.refresh_from_db()
    assert getattr(article, field) == decided
    assert list(Decision.objects.values_list("field", flat=True)) == [field]
    assert_columns_are_what_the_logs_say()


def test_topics_are_decided_in_their_order_and_a_new_name_makes_a_topic(desk):
    article = make_article(topics=["AI", "Chips"])
    posted = opened(desk, article)
    assert posted["topics"] == "AI\r\nChips"
    assert desk.post(page_of(article), posted | {"topics": "Chips\r\nPrivacy\r\n\r\nAI"}).status_code == 302
    article.refresh_from_db()
    assert [topic.name for topic in article.topic_list] == ["Chips", "Privacy", "AI"]
    assert Topic.objects.get(name="Privacy").slug == "privacy"
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Changed topics."]


def test_a_form_opened_before_an_import_writes_back_nothing_that_it_merely_displayed(desk, tmp_path):
    article = import_seed(tmp_path, heat=5, excerpt="Old")
    posted = opened(desk, article)
    import_seed(tmp_path, heat=99, excerpt="New", topics=["AI", "Law"])
    assert desk.post(page_of(article), posted | {"quality": "70"}).status_code == 302
    article.refresh_from_db()
    assert (article.heat, article.excerpt, article.quality) == (99, "New", 70)
    assert [topic.name for topic in article.topic_list] == ["AI", "Law"]


def test_a_collision_keeps_the_input_and_tells_both_values_and_the_name(desk, colleague):
    article = make_article(title="First")
    posted = opened(desk, article)
    set_value(article, "title", "Carl's", by=colleague)
    response = desk.post(page_of(article), posted | {"title": "Mine"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "carl changed it to “Carl&#x27;s” just now" in page
    assert "this page showed “First”" in page
    assert "Nothing is saved yet" in page
    again = inputs(response, "article_form")
    assert again["title"] == "Mine"
    assert desk.post(page_of(article), again | {"_save": "Save"}).status_code == 302
    article.refresh_from_db()
    assert article.title == "Mine"


def test_topics_that_a_colleague_changed_meanwhile_are_a_collision(desk, colleague):
    article = make_article(topics=["AI"])
    posted = opened(desk, article)
    set_value(article, "topics", ["Law"], by=colleague)
    page = desk.post(page_of(article), posted | {"topics": "Chips"}).content.decode()
    assert "carl changed it to Law" in page


@pytest.mark.parametrize(
    ("field", "typed"), [("title", "   "), ("title", "x" * 501), ("topics", "y" * 201), ("heat", "-2")]
)
def test_a_bad_value_comes_back_in_words(desk, field, typed):
    article = make_article()
    response = desk.post(page_of(article), opened(desk, article) | {field: typed})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not Decision.objects.exists()


def test_a_decision_is_shown_with_its_author_and_upstreams_value_and_can_be_released(desk, editor):
    article = make_article(heat=57)
    set_value(article, "heat", 80, by=editor)
    assert "Decided by erin" in (page := desk.get(page_of(article)).content.decode())
    assert "upstream says <bdi>57</bdi>" in page
    assert desk.post(page_of(article), opened(desk, article) | {"release": ["heat"]}).status_code == 302
    article.refresh_from_db()
    assert article.heat == 57


def test_a_conflict_can_be_settled_by_keeping(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=57)
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, heat=10)
    assert "In conflict" in desk.get(page_of(article)).content.decode()
    assert desk.post(page_of(article), opened(desk, article) | {"keep": ["heat"]}).status_code == 302
    article.refresh_from_db()
    assert article.heat == 80
    assert not article.standing_decisions.in_conflict().exists()


@pytest.mark.parametrize("way", ["keep", "release"])
def test_what_upstream_said_after_the_page_was_made_is_not_settled_unseen(desk, editor, tmp_path, way):
    article = import_seed(tmp_path, heat=57)
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, heat=10)
    posted = opened(desk, article) | {way: ["heat"]}
    import_seed(tmp_path, heat=-1)
    response = desk.post(page_of(article), posted)
    assert response.status_code == 200
    assert "upstream says -1 now" in response.content.decode()
    assert article.standing_decisions.in_conflict().exists()
    again = inputs(response, "article_form") | {way: ["heat"], "_save": "Save"}
    assert desk.post(page_of(article), again).status_code == 302
    assert not article.standing_decisions.in_conflict().exists()


def test_a_conflict_is_told_with_upstreams_value_of_then_and_of_now(desk, editor, tmp_path):
    article = import_seed(tmp_path, title="<i>First")
    set_value(article, "title", "Ours", by=editor)
    import_seed(tmp_path, title="Second")
    page = desk.get(page_of(article)).text
    assert "upstream's value was <bdi>“&lt;i&gt;First”</bdi>, is now <bdi>“Second”</bdi>" in page


def test_a_conflict_of_links_is_told_with_both_links(desk, editor, tmp_path):
    article = import_seed(tmp_path, webUrl="https://outlet.example/a?b=1&c=2")
    boost(article, "heat", 20, by=editor)
    import_seed(tmp_path, webUrl="https://outlet.example/another")
    page = desk.get(page_of(article)).text
    assert "now leads to <bdi>https://outlet.example/another</bdi>" in page
    assert "decided for <bdi>https://outlet.example/a?b=1&amp;c=2</bdi>" in page


def test_an_undo_says_beforehand_that_it_saves_nothing_else(desk, editor):
    article = make_article()
    assert "not saved yet is lost" not in desk.get(page_of(article)).text
    set_value(article, "heat", 60, by=editor)
    assert "not saved yet is lost" in desk.get(page_of(article)).text


def test_values_of_any_direction_keep_to_their_place(desk, editor):
    article = make_article(title="عنوان")
    set_value(article, "title", "كلمة 5", by=editor)
    assert "<s><bdi>عنوان</bdi></s> → <b><bdi>كلمة 5</bdi></b>" in desk.get(page_of(article)).text
    assert "<bdi>كلمة 5</bdi>" in desk.get("/admin/articles/article/").text


def test_a_boosted_field_is_told_with_its_amount(desk, editor):
    article = make_article(heat=57)
    boost(article, "heat", 20, by=editor)
    assert "+20 to upstream's by erin" in desk.get(page_of(article)).content.decode()


def test_related_links_images_and_facts_are_readable(desk):
    related = [{"title": "Elsewhere", "webUrl": "https://other.example/1", "provider": {"domain": "other.example"}}]
    article = make_article(related=related, images=[{"url": "/static/a.jpg", "title": "A picture"}])
    page = desk.get(page_of(article)).content.decode()
    for text in ("Elsewhere", "https://other.example/1", "A picture", "outlet.example", article.stem):
        assert text in page
    assert "SECRETCIPHERTEXT" not in page


def test_upstreams_text_is_escaped(desk, editor):
    article = make_article(title="<script>xss</script>", highlight="<img src=x onerror=xss>", topics=["<b>bold</b>"])
    set_value(article, "title", "<script>xss, decided</script>", by=editor)
    for url in (page_of(article), "/admin/articles/article/"):
        page = desk.get(url).content.decode()
        assert "<script>xss" not in page
        assert "<img src=x" not in page
        assert "<b>bold" not in page


def test_providers_topics_and_runs_can_be_looked_at(desk, tmp_path):
    article = import_seed(tmp_path)
    run = article.versions.get().run
    for path in (
        "provider/",
        f"provider/{article.provider_id}/change/",
        "topic/",
        f"topic/{article.topic_list[0].pk}/change/",
        "importrun/",
        f"importrun/{run.pk}/change/",
    ):
        response = desk.get(f"/admin/articles/{path}")
        assert response.status_code == 200, path
        assert desk.post(f"/admin/articles/{path}", {"name": "x"}).status_code in (200, 403), path
    article.provider.refresh_from_db()
    assert article.provider.name == "The Outlet"


def test_a_decision_is_undone_at_its_entry_and_nothing_else_of_the_form_is_decided(desk, editor):
    article = make_article(heat=5)
    set_value(article, "heat", 60, by=editor)
    decision = Decision.objects.get()
    assert re.search(rf'name="_undo"\s+value="{decision.pk}"', desk.get(page_of(article)).text)
    posted = inputs(desk.get(page_of(article)), "article_form") | {"title": "Typed", "_undo": str(decision.pk)}
    answer = desk.post(page_of(article), posted, follow=True)
    assert "Undone: set heat by erin." in answer.text
    article.refresh_from_db()
    assert (article.heat, article.title == "Typed") == (5, False)
    again = desk.post(page_of(article), posted, follow=True)
    assert "undone already, by erin" in again.text
    assert desk.post(page_of(article), posted | {"_undo": "nonsense"}).status_code == 404


def test_an_undo_on_a_story_whose_import_was_undone_meanwhile_is_refused_in_words(desk, editor, tmp_path):
    article = import_seed(tmp_path)
    set_value(article, "heat", 60, by=editor)
    undo_run(article.versions.get().run_id)
    answer = desk.post(page_of(article), {"_undo": str(Decision.objects.get().pk)}, follow=True)
    assert "Nothing was undone. It is gone: the import that brought it was undone." in answer.text
    with pytest.raises(CurationRefused, match="It is gone"):
        set_value(article, "heat", 70, by=editor)
    assert Decision.objects.count() == 1
    assert_columns_are_what_the_logs_say()


def test_a_viewer_is_offered_no_undo_and_may_not_post_one(client, viewer, editor):
    article = make_article(heat=5)
    set_value(article, "heat", 60, by=editor)
    client.force_login(viewer)
    assert 'name="_undo"' not in client.get(page_of(article)).text
    assert client.post(page_of(article), {"_undo": str(Decision.objects.get().pk)}).status_code == 403
    article.refresh_from_db()
    assert article.heat == 60


def test_a_save_after_a_colleague_decided_blames_nobody_who_changed_nothing(desk, editor, colleague):
    article = make_article(heat=5)
    set_value(article, "heat", 60, by=editor)
    posted = opened(desk, article)
    set_value(article, "heat", 70, by=colleague)
    answer = desk.post(page_of(article), posted, follow=True)
    assert "Nothing was changed." in answer.text
    assert "changed successfully" not in answer.text
    assert sorted(entry.user_id for entry in LogEntry.objects.all()) == [editor.pk, colleague.pk]  # who decided


def test_an_untouched_form_says_so_and_stays_open_where_that_was_asked(desk):
    article = make_article()
    posted = opened(desk, article) | {"_continue": "Save and continue editing"}
    answer = desk.post(page_of(article), posted, follow=True)
    assert answer.redirect_chain[-1][0] == page_of(article)
    assert "Nothing was changed." in answer.text
    assert not LogEntry.objects.exists()


def test_the_log_names_what_was_decided_and_how(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=57)
    set_value(article, "heat", 80, by=editor)
    set_value(article, "title", "Ours", by=editor)
    import_seed(tmp_path, heat=10, title="Theirs")
    posted = opened(desk, article) | {"keep": ["heat"], "release": ["title"], "quality": "3"}
    assert desk.post(page_of(article), posted).status_code == 302
    assert LogEntry.objects.first().get_change_message() == "Changed quality, heat (kept) and title (released)."


def test_what_was_offered_may_be_any_text(desk, editor):
    article = make_article(heat=57)
    set_value(article, "heat", 80, by=editor)
    for text in ("[" * 100_000, "[]", "{", "null", "9" * 5000):
        response = desk.post(page_of(article), opened(desk, article) | {"release": ["heat"], "offered": text})
        assert response.status_code == 200
        assert "Save again" in response.text


def test_a_run_tells_its_paths_as_typed_and_its_seconds(desk, tmp_path):
    run = import_seed(tmp_path).versions.get().run
    page = desk.get(f"/admin/articles/importrun/{run.pk}/change/").text
    assert f"<code>{run.paths[0]}</code>" in page
    seconds = f"{(run.finished_at - run.started_at).total_seconds():.1f}"
    assert f"{seconds} seconds" in page


def test_what_is_not_there_is_a_dash_and_never_none(desk):
    article = make_article(provider=None, webUrl=None, updated_at=None)
    assert not re.search(r">\s*None\s*<", desk.get(page_of(article)).text)


def test_to_follow_and_to_keep_at_once_is_refused(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=30)
    set_value(article, "heat", 60, by=editor)
    import_seed(tmp_path, heat=5)
    posted = opened(desk, article) | {"release": "heat", "keep": "heat"}
    response = desk.post(page_of(article), posted)
    assert "Follow upstream on heat, or keep what is decided: not both." in response.text
    assert Decision.objects.count() == 1


def test_a_viewer_sees_what_is_decided_and_upstreams_value_beside_it(client, viewer, editor):
    article = make_article(heat=5)
    set_value(article, "heat", 60, by=editor)
    client.force_login(viewer)
    page = client.get(page_of(article)).text
    assert re.search(r"<bdi>5</bdi>.*<bdi>60</bdi>", page, re.DOTALL)
