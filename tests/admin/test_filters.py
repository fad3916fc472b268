"""The filters of the article list: each alone, together, and what they say to what they cannot read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.curation import set_value
from articles.images.keeping import take_down
from articles.models import Article, Provider
from tests.admin.pictures import came_to, kept, png, text_of
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"


@pytest.fixture
def found(desk):
    """`found(query)`: the slugs that the list shows."""
    return lambda query: {article.slug for article in desk.get(LIST + query).context["cl"].result_list}


def test_ranges_of_heat_and_quality_have_both_ends_in_them_and_either_may_be_open(found):
    for heat, quality in ((-1, 10), (5, 50), (60, 20)):
        make_article(f"h{heat}", heat=heat, quality=quality)
    assert found("?heat_min=5") == {"h5", "h60"}
    assert found("?heat_max=5") == {"h-1", "h5"} or found("?heat_max=5") == {"h1", "h5"}
    assert found("?heat_min=5&heat_max=5") == {"h5"}
    assert found("?quality_min=20&quality_max=50") == {"h5", "h60"}
    assert found("?heat_min=5&quality_min=30") == {"h5"}
    assert len(found("?heat_min=&heat_max=")) == 3


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("heat_min=hot", "Heat from: “hot” was typed; expected is a whole number from -1 to 1,000,000, in digits."),
        ("heat_min=-2", "Heat from: “-2” was typed"),
        ("quality_max=1000001", "Quality to: “1000001” was typed"),
        ("quality_min=" + "9" * 5000, "Quality from: “9999"),
        ("quality_min=٧", "Quality from: “٧” was typed"),
        ("heat_min=80&heat_max=20", "Heat from 80 to 20 finds nothing: turn the two about."),
        ("date_from=2026-02-30", "Date from: “2026-02-30” was typed; expected is a day like"),
        ("date_to=0001-01-01", "Date to: “0001-01-01” was typed"),
        ("date_from=2020-06-23&date_to=2020-06-01", "Date from 2020-06-23 to 2020-06-01 finds nothing"),
    ],
)
def test_what_cannot_be_read_is_told_in_words_and_finds_nothing(desk, query, sentence):
    make_article()
    answer = desk.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert sentence in answer.text
    assert not answer.context["cl"].result_list, "a list that was not narrowed would pass for one that was"


def test_days_are_those_of_the_sites_zone_and_both_are_included(found, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    make_article("before", publishedDateTime="2020-06-22T21:59:00Z")
    make_article("after", publishedDateTime="2020-06-22T22:01:00Z")
    assert found("?date_from=2020-06-23&date_to=2020-06-23") == {"after"}
    assert found("?date_to=2020-06-22") == {"before"}


def test_the_days_of_one_click_are_those_of_now(desk, found):
    make_article("now", published_at=timezone.now())
    make_article("old", published_at=timezone.now() - timedelta(days=8))
    today = timezone.localdate()
    assert f"date_from={today}&amp;date_to={today}" in desk.get(LIST).text
    assert found(f"?date_from={today - timedelta(days=6)}&date_to={today}") == {"now"}


def test_decided_by_me_and_conflicts_of_mine(found, editor, colleague, tmp_path):
    mine = import_seed(tmp_path, "2020-06-22-mine", heat=57)
    set_value(mine, "heat", 80, by=editor)
    theirs = import_seed(tmp_path, "2020-06-22-theirs", heat=57)
    set_value(theirs, "heat", 80, by=colleague)
    make_article("nobodys")
    assert found("?decided=me") == {"mine"}
    assert found("?decided=yes") == {"mine", "theirs"}
    assert found("?decided=no") == {"nobodys"}
    assert found("?decided=my-conflict") == set()
    import_seed(tmp_path, "2020-06-22-mine", heat=5), import_seed(tmp_path, "2020-06-22-theirs", heat=5)
    assert found("?decided=my-conflict") == {"mine"}
    assert found("?decided=conflict") == {"mine", "theirs"}


def test_pictures_and_pins_are_filtered(found):
    make_article("with", images=[{"url": "/static/a.jpg"}])
    make_article("without", pinned="3", published=False)
    assert (found("?image=yes"), found("?image=no"), found("?state=pinned")) == ({"with"}, {"without"}, {"without"})


STORIES = {
    "none": None,
    "new": "https://img.example/new.png",
    "kept": "https://img.example/kept.png",
    "gone": "https://img.example/gone.png",
    "refused": "https://img.example/refused.png",
    "down": "https://img.example/down.png",
    "own": "/static/a.jpg",
    "own-down": "/static/down.jpg",
}


@pytest.mark.usefixtures("own_media")
@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        ("hotlink", {"new", "kept", "gone", "refused", "own"}),
        ("cached", {"kept", "own"}),
        ("off", set()),
    ],
)
def test_with_a_picture_are_those_whose_readers_see_one(desk, found, settings, chief, policy, shown):
    settings.IMAGES = policy
    with_pictures_of_all_kinds(chief)
    make_article("given", provider=None), make_article("given-kept-no-more", images=[{"url": STORIES["gone"]}])
    given = kept("https://img.example/given.png", png(70, 50))
    set_value(Article.objects.get(slug="given"), "picture", given.digest, by=chief)
    Article.objects.filter(slug="given-kept-no-more").update(picture="f" * 64)
    also = {"given", "given-kept-no-more"} if policy == "hotlink" else {"given"}
    assert found("?image=yes") == shown | also
    assert found("?image=no") == set(STORIES) - shown | {"given-kept-no-more"} - also
    assert f"{100 * len(set(STORIES) - shown | {'given-kept-no-more'} - also) // 10} %" in text_of(desk.get("/admin/"))


@pytest.mark.usefixtures("own_media")
@pytest.mark.parametrize(
    ("policy", "own", "shown"),
    [
        ("hotlink", "cached", {"kept", "own"}),
        ("hotlink", "off", set()),
        ("off", "cached", {"kept", "own"}),
        ("off", "hotlink", set()),
        ("cached", "off", set()),
        ("cached", "hotlink", {"kept", "own"}),
    ],
)
def test_an_outlets_own_policy_counts_for_its_stories(found, settings, chief, policy, own, shown):
    settings.IMAGES = policy
    with_pictures_of_all_kinds(chief)
    Provider.objects.update(images_policy=own)
    unnamed = make_article("unnamed", provider=None, images=[{"url": STORIES["new"]}])
    also = {unnamed.slug} if policy == "hotlink" else set()
    assert found("?image=yes") == shown | also
    assert found("?image=no") == (set(STORIES) | {unnamed.slug}) - shown - also


def with_pictures_of_all_kinds(chief) -> None:
    for slug, url in STORIES.items():
        make_article(slug, images=[{"url": url}, {"url": STORIES["kept"]}] if url else None)
    kept(STORIES["kept"])
    came_to("gone", "It answered 404.", STORIES["gone"]), came_to("refused", "It is a tracker.", STORIES["refused"])
    take_down(STORIES["down"], by=chief), take_down(STORIES["own-down"], by=chief)


def test_the_search_looks_in_title_excerpt_and_provider_for_each_word(found):
    make_article("a", title="Bees and chips", excerpt="About wax", provider="mint.example")
    make_article("b", title="Chips", excerpt="About sand", provider="post.example")
    assert found("?q=chips") == {"a", "b"}
    assert found("?q=chips+mint.example") == {"a"}
    assert found("?q=SAND+chips") == {"b"}
    assert found('?q="and+chips"') == {"a"}
    assert found("?q='") == {"a", "b"}


def test_a_filter_sends_the_others_along(desk):
    make_article()
    page = desk.get(LIST + "?heat_min=5&state=public&q=story").text
    quality = page[page.index('name="quality_min"') :]
    form = quality[: quality.index("</form>")]
    for name, value in (("heat_min", "5"), ("state", "public"), ("q", "story")):
        assert f'name="{name}" value="{value}"' in " ".join(form.replace("\n", " ").split())


@pytest.mark.parametrize(
    "query", ["state=bogus", "decided=bogus", "image=maybe", "provider=nope", "topic=-1", "q=%00", "foo=bar"]
)
def test_a_choice_that_is_none_finds_nothing_so_that_no_action_takes_everything(desk, query):
    make_article(title="Bees")
    page = desk.get(f"/admin/articles/article/?{query}", follow=True)
    assert page.status_code == 200
    assert "Bees" not in page.text
    assert "Nothing is shown" in page.text
    assert page.context["cl"].problems
