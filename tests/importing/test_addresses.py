"""Slugs, providers, topics and rank, as an import gives them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from articles.curation import set_value
from articles.models import Article, Image, Provider, Topic
from articles.ranking import rank
from tests.factories import assert_columns_are_what_the_logs_say, import_folder, import_seed, write_seed

pytestmark = pytest.mark.django_db


def hex6(identity: str) -> str:
    return sha256(identity.encode()).hexdigest()[:6]


def slugs() -> dict[str, str]:
    return dict(Article.objects.values_list("stem", "slug"))


# -- slugs


def test_slugs_are_given_in_the_order_of_the_files(tmp_path):
    write_seed(tmp_path / "b", "2020-06-22-story")
    write_seed(tmp_path / "a", "2020-06-23-story")
    write_seed(tmp_path / "c", "undated", title="Story")
    import_folder(tmp_path)
    assert slugs() == {
        "2020-06-23-story": "story",
        "2020-06-22-story": "story-" + hex6("default/2020-06-22-story"),
        "undated": "story-" + hex6("default/undated"),
    }


def test_a_slug_never_changes_on_import_whatever_the_title_becomes(tmp_path):
    import_seed(tmp_path, "undated", title="First title")
    write_seed(tmp_path, "undated", title="Second title")
    import_folder(tmp_path)
    assert slugs() == {"undated": "first-title"}


def test_a_slug_of_another_source_is_taken_too(tmp_path):
    import_seed(tmp_path, "2020-06-22-story")
    import_folder(tmp_path, source="other")
    assert Article.objects.get(source="other").slug == "story-" + hex6("other/2020-06-22-story")


def test_an_old_slug_is_taken_too(tmp_path, editor):
    set_value(import_seed(tmp_path, "2020-06-22-story"), "slug", "elsewhere", by=editor)
    assert import_seed(tmp_path, "2020-06-23-story").slug == "story-" + hex6("default/2020-06-23-story")


def test_a_slug_is_cut_at_200_characters_and_two_such_stay_apart(tmp_path):
    long = "a" * 220
    write_seed(tmp_path, f"2020-06-22-{long}")
    write_seed(tmp_path, f"2020-06-23-{long}")
    import_folder(tmp_path)
    assert sorted(slugs().values()) == ["a" * 200, "a" * 200 + "-" + hex6(f"default/2020-06-23-{long}")]


# -- topics


def topic_slugs() -> dict[str, str]:
    return dict(Topic.objects.values_list("name", "slug"))


def test_a_topic_is_its_exact_name_and_has_a_slug_of_its_own(tmp_path):
    article = import_seed(tmp_path, topics=["C", "C++", "C#", "c", "Page", " C "])
    assert [topic.name for topic in article.topic_list] == ["C", "C++", "C#", "c", "Page"]
    assert topic_slugs() == {
        "C": "c",
        "C++": "c-" + hex6("C++"),
        "C#": "c-" + hex6("C#"),
        "c": "c-" + hex6("c"),
        "Page": "page-" + hex6("Page"),
    }


def test_topics_keep_the_articles_order_and_are_shared(tmp_path):
    one = import_seed(tmp_path, "one", topics=["B", "A"])
    two = import_seed(tmp_path, "two", topics=["A", "C", "B"])
    assert [topic.name for topic in one.topic_list] == ["B", "A"]
    assert [topic.name for topic in two.topic_list] == ["A", "C", "B"]
    assert Topic.objects.count() == 3


def test_a_topic_named_as_the_slug_of_another_does_not_stop_the_import(tmp_path):
    digits = hex6("C++")
    report = import_folder_with(tmp_path, topics=[f"c-{digits}", "C", "C++"])
    assert report.as_counts()["created"] == 1
    assert len(set(topic_slugs().values())) == 3
    import_folder_with(tmp_path, topics=[f"d-{hex6('D++')}", "D"])
    import_folder_with(tmp_path, topics=["D++"])
    assert len(set(topic_slugs().values())) == Topic.objects.count() == 6


def import_folder_with(folder, **overrides):
    write_seed(folder, **overrides)
    return import_folder(folder)


# -- providers


def test_a_provider_is_one_row_for_each_domain_however_it_is_written(tmp_path):
    for number, domain in enumerate(["Outlet.Example", "outlet.example", "bücher.example", "xn--bcher-kva.example"]):
        related = [{"title": "Other", "provider": {"domain": domain.upper()}}]
        write_seed(tmp_path, f"story-{number}", provider={"domain": domain}, related=related)
    import_folder(tmp_path)
    assert sorted(Provider.objects.values_list("domain", flat=True)) == ["outlet.example", "xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ([None], "outlet.example"),
        ([None, "The Outlet"], "The Outlet"),
        (["The Outlet", None], "The Outlet"),
        (["The Outlet", "New Name"], "New Name"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_provider_is_called_as_the_newest_file_that_names_it_says(tmp_path, named, name, at_once):
    for number, each in enumerate(named):
        provider = {"domain": "outlet.example"} | ({"name": each} if each else {})
        write_seed(tmp_path, f"story-{number}", provider=provider)
        if not at_once:
            import_folder(tmp_path)
    import_folder(tmp_path)
    assert Provider.objects.get().name == name


def test_the_logos_of_a_provider_are_replaced_not_added_to(tmp_path):
    for size in (16, 16, 32):
        logo = {"url": "https://outlet.example/logo.png", "width": size}
        write_seed(tmp_path, heat=size, provider={"domain": "outlet.example", "images": [logo]})
        import_folder(tmp_path)
    assert list(Image.objects.values_list("provider__domain", "width")) == [("outlet.example", 32)]


def test_a_story_without_a_provider_is_fine_and_takes_away_the_one_it_had(tmp_path):
    assert import_seed(tmp_path).provider.domain == "outlet.example"
    assert import_seed(tmp_path, provider=None).provider is None
    assert_columns_are_what_the_logs_say()


# -- links, images, rank, dates


def test_related_links_and_images_are_those_of_the_newest_file(tmp_path):
    images = [{"url": "/assets/a.png", "width": 3, "height": 2}, {"url": "https://a.example/b.png"}]
    related = [{"title": f"R{number}", "quality": number, "images": images} for number in range(3)]
    import_seed(tmp_path, images=images, related=related)
    article = import_seed(tmp_path, images=images[::-1], related=related[:1])
    assert [image.url for image in article.images.all()] == ["https://a.example/b.png", "/assets/a.png"]
    (link,) = article.related.all()
    assert (link.title, link.quality, link.provider, link.images.count()) == ("R0", 0, None, 2)
    assert Image.objects.count() == 4
    assert_columns_are_what_the_logs_say()


@pytest.mark.parametrize("half_life", [24, 12])
def test_rank_is_stored_by_the_half_life_of_the_settings(tmp_path, settings, half_life):
    settings.HALF_LIFE_HOURS = half_life
    article = import_seed(tmp_path, heat=80)
    assert article.rank == rank(80, datetime(2020, 6, 22, 16, 21, tzinfo=UTC), half_life)


def test_rank_follows_the_editors_heat(tmp_path, editor):
    article = import_seed(tmp_path, heat=0)
    set_value(article, "heat", 120, by=editor)
    assert article.rank == rank(120, article.published_at, 24)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_story_of_the_future_is_public_only_from_then(tmp_path, days):
    article = import_seed(tmp_path, published_at=None, publishedDateTime=timezone.now() + timedelta(days=days))
    assert Article.objects.public(timezone.now()).filter(pk=article.pk).exists() is (days < 0)
    assert article.state(timezone.now()) == ("public" if days < 0 else "scheduled")


@pytest.mark.parametrize("when", ["0001-01-01", "9998-12-31T23:59:59Z", "2020-06-22T16:21:00.123456+02:00"])
def test_any_time_that_the_format_allows_is_stored_as_it_is(tmp_path, when):
    import_seed(tmp_path, publishedDateTime=when, updatedDateTime=when)
    assert_columns_are_what_the_logs_say()


@pytest.mark.parametrize("published", [None, False])
def test_nothing_becomes_public_by_omission(tmp_path, published):
    article = import_seed(tmp_path, published=published)
    assert article.state(timezone.now()) == "unpublished"
