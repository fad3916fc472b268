"""Who else has a story open is said on its page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles.importing.undoing import undo_run
from articles.models import OpenPage
from articles.presence import others_there
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def page_of(article):
    return f"/admin/articles/article/{article.pk}/change/"


def beat(client, article, **said):
    return client.post(f"/admin/articles/article/{article.pk}/open/", said)


@pytest.fixture
def carl(colleague):
    client = Client()
    client.force_login(colleague)
    return client


def test_a_colleague_who_has_it_open_is_named_on_the_page_and_in_the_answer(desk, carl):
    article, other = make_article(), make_article()
    assert beat(carl, article).json() == {"line": ""}
    assert beat(desk, article).json() == {"line": "carl has this story open too."}
    assert "carl has this story open too." in desk.get(page_of(article)).text
    assert "story open too" not in desk.get(page_of(other)).text


def test_several_are_named_in_one_sentence(desk, carl, admin_client):
    article = make_article()
    beat(carl, article), beat(admin_client, article)
    assert beat(desk, article).json() == {"line": "admin and carl have this story open too."}


def test_to_look_at_a_page_writes_nothing(desk):
    article = make_article()
    desk.get(page_of(article))
    assert desk.get(f"/admin/articles/article/{article.pk}/open/").status_code == 405
    assert not OpenPage.objects.exists()


def test_who_left_or_has_been_silent_for_a_minute_is_there_no_more(desk, carl, colleague):
    article = make_article()
    beat(carl, article)
    assert beat(carl, article, leave="1").status_code == 204
    assert beat(desk, article).json() == {"line": ""}
    beat(carl, article)
    OpenPage.objects.filter(user=colleague).update(seen_at=timezone.now() - timedelta(seconds=61))
    assert "open too" not in desk.get(page_of(article)).text
    beat(desk, article)
    assert OpenPage.objects.count() == 1, "what was left behind is cleared away"


def test_a_page_that_stays_open_is_one_entry_whose_time_moves(carl, colleague):
    article = make_article()
    for _ in range(3):
        beat(carl, article)
    assert OpenPage.objects.count() == 1
    late = timezone.now() + timedelta(seconds=59)
    assert others_there(article, make_user("x"), late) == ["carl"]


def make_user(name):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_user(name)


def test_only_who_may_curate_says_so_or_is_told(client, viewer, carl):
    article = make_article()
    beat(carl, article)
    client.force_login(viewer)
    assert beat(client, article).status_code == 403
    page = client.get(page_of(article)).text
    assert "presence" not in page
    assert beat(Client(), article).status_code == 302
    assert OpenPage.objects.count() == 1


def test_a_story_that_is_not_there_is_answered_so(desk):
    article = make_article()
    undo_run(article.versions.get().run_id)
    assert beat(desk, article).status_code == 404
    assert desk.post("/admin/articles/article/99999999999999999999999/open/").status_code == 404


def test_a_request_from_another_site_is_refused(colleague):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(colleague)
    assert beat(strict, make_article()).status_code == 403


def test_the_page_asks_as_often_in_company_as_alone(desk, carl, django_assert_num_queries):
    article = make_article()
    beat(desk, article)
    # session, user, permissions (user's and groups'), article, savepoint and its release, clear, say, others
    with django_assert_num_queries(10):
        beat(desk, article)
    for name in "abcdef":
        OpenPage.objects.create(article=article, user=make_user(name), seen_at=timezone.now())
    with django_assert_num_queries(10):
        beat(desk, article)
