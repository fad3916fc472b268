"""The fields that upstream has no value for: slug, publish_at, publish_until and the pin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.curation import CurationRefused, release, set_value
from articles.models import Article, FormerSlug
from tests.factories import assert_columns_are_what_the_logs_say, import_folder, import_seed, make_article, write_seed

pytestmark = pytest.mark.django_db


def old_slugs() -> set[str]:
    return set(FormerSlug.objects.values_list("slug", flat=True))


def test_an_editors_slug_is_the_address_and_the_old_one_leads_there(editor):
    article = make_article("story")
    set_value(article, "slug", "better", by=editor)
    assert (article.slug, article.given_slug, old_slugs()) == ("better", "story", {"story"})
    set_value(article, "slug", "best", by=editor)
    assert (article.slug, old_slugs()) == ("best", {"story", "better"})
    set_value(article, "slug", "better", by=editor)
    assert (article.slug, old_slugs()) == ("better", {"story", "best"})
    release(article, "slug", by=editor)
    assert (article.slug, old_slugs()) == ("story", {"better", "best"})
    assert_columns_are_what_the_logs_say()


def test_an_editors_slug_survives_imports(tmp_path, editor):
    set_value(import_seed(tmp_path), "slug", "better", by=editor)
    write_seed(tmp_path, title="New")
    import_folder(tmp_path)
    assert Article.objects.get().slug == "better"
    assert_columns_are_what_the_logs_say()


@pytest.mark.parametrize("slug", ["taken", "formerly"])
def test_a_slug_that_another_article_has_or_had_is_refused(editor, slug):
    set_value(make_article("formerly"), "slug", "taken", by=editor)
    article = make_article("story")
    with pytest.raises(CurationRefused, match="another article"):
        set_value(article, "slug", slug, by=editor)
    assert Article.objects.get(pk=article.pk).slug == "story"


@pytest.mark.parametrize("slug", ["", "Upper", "a b", "-a", "a/b", "a.b", "x" * 201, "a\n"])
def test_what_is_no_slug_is_refused(editor, slug):
    with pytest.raises(CurationRefused, match="slug"):
        set_value(make_article("story"), "slug", slug, by=editor)


@pytest.mark.parametrize("slug", ["a", "ä-ö_1", "新闻", "x" * 200])
def test_a_slug_in_any_script_is_taken(editor, slug):
    article = make_article("story")
    set_value(article, "slug", slug, by=editor)
    assert article.slug == slug


def test_publish_at_brings_a_future_story_forward(editor):
    article = make_article("story", published_at="9000-01-01")
    assert article.state(timezone.now()) == "scheduled"
    set_value(article, "publish_at", "2020-06-01T12:00:00+02:00", by=editor)
    assert article.state(timezone.now()) == "public"
    assert article.published_at.isoformat() == "2020-06-01T10:00:00+00:00"
    release(article, "publish_at", by=editor)
    assert article.state(timezone.now()) == "scheduled"
    assert_columns_are_what_the_logs_say()


def test_publish_at_holds_a_story_back_without_making_it_newer(editor):
    article = make_article("story")
    dated, rank = article.published_at, article.rank
    set_value(article, "publish_at", "9000-01-01", by=editor)
    assert article.state(timezone.now()) == "scheduled"
    assert (article.published_at, article.rank) == (dated, rank)


def test_publish_until_ends_it(editor):
    article = make_article("story")
    set_value(article, "publish_until", "2020-07-01", by=editor)
    assert article.state(timezone.now()) == "expired"
    assert not Article.objects.public(timezone.now()).exists()
    set_value(article, "publish_until", "9000-01-01", by=editor)
    assert article.state(timezone.now()) == "public"


@pytest.mark.parametrize(
    ("pin", "place", "until", "kept"),
    [("3", 3, None, "3"), (3, 3, None, "3"), (" 25 , 9000-01-01 ", 25, 9000, "25,9000-01-01T00:00:00Z")],
)
def test_a_pin_is_a_place_of_the_front_page_and_perhaps_an_end(editor, pin, place, until, kept):
    article = make_article("story")
    set_value(article, "pinned", pin, by=editor)
    assert (article.pinned_place, article.pinned_until and article.pinned_until.year) == (place, until)
    assert article.decisions.get().value == kept
    assert list(Article.objects.pinned(timezone.now())) == [article]
    release(article, "pinned", by=editor)
    assert not Article.objects.pinned(timezone.now()).exists()


def test_an_ended_pin_pins_nothing(editor):
    set_value(make_article("story"), "pinned", "1,2020-07-01", by=editor)
    assert not Article.objects.pinned(timezone.now()).exists()


def test_a_set_to_upstreams_value_is_a_decision_too_and_pins_it(tmp_path, editor):
    set_value(import_seed(tmp_path), "heat", 40, by=editor)
    write_seed(tmp_path, heat=90)
    import_folder(tmp_path)
    assert Article.objects.get().heat == 40


def test_a_decision_takes_as_many_queries_for_an_article_of_many_versions(tmp_path, editor):
    article = import_seed(tmp_path)

    def queries_of_deciding(heat: int) -> int:
        set_value(article, "heat", 1, by=editor)
        with CaptureQueriesContext(connection) as queries:
            set_value(article, "heat", heat, by=editor)
        return len(queries)

    few = queries_of_deciding(2)
    for number in range(10):
        write_seed(tmp_path, title=f"Title {number}")
        import_folder(tmp_path)
    assert queries_of_deciding(3) == few
