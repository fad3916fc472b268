"""A story that is not public, as readers would see it: for those who may look at it on the desk, and nobody else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles.importing.undoing import undo_run
from tests.factories import make_article

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HIDDEN = {
    "It is unpublished": lambda now: {"published": False},
    "Readers see it from": lambda now: {"publish_at": now + HOUR},
    "Readers saw it until": lambda now: {"publish_until": now - HOUR},
    "the story is withdrawn": lambda now: {"withdrawn": True},
}


def preview_of(article) -> str:
    return f"/admin/articles/article/{article.pk}/preview/"


@pytest.mark.parametrize("why", HIDDEN)
def test_it_looks_as_it_would_and_says_why_it_is_not_public(client, viewer, why):
    article = make_article("hidden", title="Not yet", topics=["AI"], **HIDDEN[why](timezone.now()))
    client.force_login(viewer)
    answer = client.get(preview_of(article))
    page = " ".join(answer.text.split())
    assert "Preview: not public." in page
    assert why in page
    assert '<h1 lang="en">Not yet</h1>' in page or "Not yet</h1>" in page
    assert "What happened, and why it matters." in page
    assert client.get("/articles/hidden/").status_code in (404, 410)


def test_it_is_kept_and_indexed_by_nobody(client, viewer):
    article = make_article(published=False)
    client.force_login(viewer)
    answer = client.get(preview_of(article))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert 'content="noindex, nofollow"' in answer.text
    assert "application/ld+json" not in answer.text
    assert 'rel="canonical"' not in answer.text
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_nobody_else_sees_it(django_user_model):
    article = make_article(published=False, title="A secret")
    nobody, staff = Client(), Client()
    staff.force_login(django_user_model.objects.create_user("staff", is_staff=True))
    for client in (nobody, staff):
        answer = client.get(preview_of(article))
        assert answer.status_code in (302, 403)
        assert "A secret" not in answer.text


def test_a_public_story_is_shown_at_its_own_address(client, viewer):
    client.force_login(viewer)
    assert client.get(preview_of(make_article("story"))).headers["Location"] == "/articles/story/"


def test_a_story_that_is_gone_has_none(client, viewer):
    article = make_article()
    undo_run(article.versions.get().run_id)
    client.force_login(viewer)
    assert client.get(preview_of(article)).status_code == 404
    assert client.get("/admin/articles/article/99999999999999999999/preview/").status_code == 404


def test_it_leads_to_no_video_that_readers_cannot_have(client, viewer):
    embed = '<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>'
    article = make_article("film", published=False, featured_content=embed)
    client.force_login(viewer)
    assert "/articles/film/player/" not in client.get(preview_of(article)).text


def test_the_storys_page_on_the_desk_leads_to_it(client, viewer):
    article = make_article(published=False)
    client.force_login(viewer)
    assert preview_of(article) in client.get(f"/admin/articles/article/{article.pk}/change/").text


def test_it_asks_as_often_for_much_coverage_as_for_little(client, viewer, django_assert_max_num_queries):
    many = [{"title": f"Told by {n}", "provider": {"domain": f"other-{n}.example"}} for n in range(40)]
    article = make_article(published=False, topics=[f"Topic {n}" for n in range(20)], related=many)
    client.force_login(viewer)
    with django_assert_max_num_queries(13):
        client.get(preview_of(article))
