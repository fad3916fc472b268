"""What each address answers: the page, or that there is none, none any more, or another."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from articles.curation import Change, curate
from articles.models import ImportRun
from tests.factories import a_superuser, make_article, withdraw
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
PLAYER = '<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>'


def decide(article, field, value):
    curate(article, [Change("set", field, value)], by=a_superuser())


PAGES = [
    "/",
    "/latest/",
    "/articles/tale/",
    "/articles/tale/player/",
    "/topics/",
    "/topics/ai/",
    "/providers/",
    "/providers/outlet.example/",
    "/about/",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there(path):
    make_article("tale", featured_content=PLAYER)
    assert get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/nothing/", "/articles/gone/", "/latest/?heat_min=x"])
def test_every_page_has_its_dateline(path):
    make_article("tale", featured_content=PLAYER, published_at=timezone.now() - timedelta(hours=1))
    make_article("gone", withdrawn=True)
    ImportRun.objects.update(finished_at=timezone.now())
    assert "<span>1 story in 24 hours</span>" in get(path).content.decode()


@pytest.mark.parametrize("path", ["/topics/ai/", "/providers/outlet.example/"])
def test_a_long_list_begins_with_the_best_now(path):
    for number in range(9):
        make_article(f"n{number}", heat=number + 1)
    best = get(path).content.decode().partition(">Best now<")[2].partition("</section>")[0]
    assert [f"n{number}" in best for number in range(9)] == [False] * 5 + [True] * 4


@pytest.mark.parametrize("path", ["/", "/latest/", "/topics/", "/providers/", "/about/"])
def test_pages_of_lists_are_there_when_nothing_is_published(path):
    assert get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_head_and_refuse_post(path):
    make_article("tale", featured_content=PLAYER)
    assert Client().head(path).status_code == 200
    assert Client(enforce_csrf_checks=True).post(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/",
        "/articles/",
        "/articles/no-such-story/",
        "/articles/no-such-story/player/",
        "/articles/a%00b/",
        "/articles/%ff/",
        "/articles/a%2fb/",
        "/articles/%20/",
        "/articles/<script>/",
        f"/articles/{'a' * 3000}/",
        "/articles/%F0%9F%98%80/",
        "/topics/no-such-topic/",
        "/topics/a%00b/",
        "/providers/no-such-outlet.example/",
        "/providers/a%00b/",
        "/providers/a b/",
        "/%00",
        "/..%2f..%2fetc/passwd",
    ],
)
def test_an_address_of_nothing_is_404(path):
    assert get(path).status_code == 404


def test_an_address_without_its_last_slash_leads_to_the_page():
    make_article("tale")
    answer = get("/articles/tale")
    assert (answer.status_code, answer["Location"]) == (301, "/articles/tale/")


def test_a_slug_may_be_of_any_script():
    make_article("新闻-हिन्दी".replace("्", "").replace("ि", "").replace("ी", ""))
    slug = "新闻-हनद"
    assert get(f"/articles/{slug}/").status_code == 200


def test_a_provider_is_found_in_any_case_and_has_one_address():
    make_article("tale")
    answer = get("/providers/Outlet.Example/")
    assert (answer.status_code, answer["Location"]) == (301, "/providers/outlet.example/")
    assert get("/providers/Nobody.Example/").status_code == 404


def test_how_to_complain_names_the_editors_address_or_says_that_there_is_none(settings):
    assert "given no address" in text_of("/about/")
    settings.CONTACT_EMAIL = "desk@news.example"
    assert '<a href="mailto:desk@news.example">desk@news.example</a>' in text_of("/about/")
    assert "given no address" not in text_of("/about/")


def test_a_withdrawn_story_is_gone_and_the_page_says_so():
    make_article("other")
    make_article("tale", withdrawn=True, featured_content=PLAYER)
    answer = get("/articles/tale/")
    assert answer.status_code == 410
    assert "withdrawn" in answer.content.decode()
    assert "/articles/other/" in answer.content.decode()
    assert get("/articles/tale/player/").status_code == 410


def test_unpublished_scheduled_and_expired_stories_are_404():
    now = timezone.now()
    make_article("unpublished", published=False)
    make_article("future", published_at=now + timedelta(hours=1))
    make_article("scheduled", publish_at=now + timedelta(hours=1))
    make_article("expired", publish_until=now - timedelta(seconds=1))
    for slug in ("unpublished", "future", "scheduled", "expired"):
        assert get(f"/articles/{slug}/").status_code == 404, slug


def test_a_page_not_found_shows_three_stories_to_go_on_with():
    for number in range(5):
        make_article(f"story-{number}-of-five")
    assert get("/nothing/").content.decode().count('<article class="card') == 3


def test_what_may_not_be_done_or_read_is_said_with_three_stories_to_go_on_with(client):
    for number in range(5):
        make_article(f"story-{number}-of-five")
    stale = Client(enforce_csrf_checks=True).post("/admin/login/")
    unreadable = client.post("/admin/login/", {str(number): "" for number in range(1_001)})
    for answer, status in ((stale, 403), (unreadable, 400)):
        assert answer.status_code == status
        assert answer.content.decode().count('<article class="card') == 3
        assert answer["Cache-Control"] == "no-store"


class TestOldSlug:
    @pytest.fixture(autouse=True)
    def _moved(self, db):
        self.article = make_article("old", featured_content=PLAYER)
        decide(self.article, "slug", "new")

    def test_it_leads_to_the_page_for_ever(self):
        answer = get("/articles/old/")
        assert (answer.status_code, answer["Location"]) == (301, "/articles/new/")

    def test_it_leads_to_the_player_too(self):
        answer = get("/articles/old/player/")
        assert (answer.status_code, answer["Location"]) == (301, "/articles/new/player/")

    def test_it_does_not_tell_of_an_unpublished_story(self):
        decide(self.article, "published", "false")
        assert get("/articles/old/").status_code == 404

    def test_it_says_that_a_withdrawn_story_is_gone(self):
        withdraw(self.article)
        assert get("/articles/old/").status_code == 410


def test_a_topic_or_outlet_with_nothing_but_buried_or_unpublished_stories_is_404():
    make_article("buried", heat=-1, topics=["Hidden"], provider="hidden.example")
    make_article("draft", published=False, topics=["Hidden"], provider="hidden.example")
    assert get("/topics/hidden/").status_code == 404
    assert get("/providers/hidden.example/").status_code == 404
    assert "Hidden" not in text_of("/topics/") + text_of("/")
    assert "hidden.example" not in text_of("/providers/")


def test_a_story_without_a_known_player_has_no_player_page():
    make_article("tale", featured_content='<iframe src="https://evil.example/x"></iframe>')
    assert get("/articles/tale/player/").status_code == 404
    assert "player/" not in text_of("/articles/tale/")


def test_a_request_from_an_unknown_host_is_400_and_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "Newsdesk" in answer.content.decode()


def test_a_fault_is_answered_500_without_a_query(monkeypatch, settings, django_assert_num_queries):
    def broken(now):
        raise RuntimeError("broken")

    make_article("tale")
    monkeypatch.setattr("articles.site.views.front_page", lambda now, cursor: broken(now))
    with django_assert_num_queries(1):  # of the edition, asked before anything broke
        answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "Something broke" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("odd", ["a\0b", "a b", "a/b", "<b>", "a%b", "🙂", "a" * 256])
def test_no_page_is_asked_for_a_slug_that_can_be_none(odd):
    """Some databases refuse such text with an error of their own, so it must not reach them."""
    with pytest.raises(Resolver404):
        resolve(f"/articles/{odd}/")
