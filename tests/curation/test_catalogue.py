"""What chief editors decide of providers and topics stands over upstream's word, which is kept beside it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.catalogue import FOLLOW, change_provider, change_topic
from articles.curation import CurationRefused
from articles.models import Article, FormerTopicSlug, Provider, Topic
from tests.factories import import_seed, make_article
from tests.importing.test_taxonomy import organization, take, topic_file
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
LISTS = ["/", "/latest/", "/topics/ai/", "/articles/public/", "/nothing/", "/feeds/latest.rss", "/feeds/latest.atom"]
LISTS += ["/feeds/latest.json", "/topics/ai/latest.rss", "/api/news/index.json", "/api/news/ai/index.json"]


def mint(folder, **provider) -> Provider:
    import_seed(folder, provider={"name": "Mint", "domain": "mint.example"} | provider)
    return Provider.objects.get(domain="mint.example")


def topic(name: str) -> Topic:
    return Topic.objects.get(name=name)


def test_an_editors_name_stands_over_upstreams_and_nothing_is_lost(tmp_path, chief):
    provider = mint(tmp_path)
    change_provider(provider, {"name": " The Mint "}, by=chief)
    assert (provider.name, provider.overridden) == ("The Mint", {"name": "Mint"})
    provider = mint(tmp_path, name="Livemint")
    assert (provider.name, provider.overridden) == ("The Mint", {"name": "Livemint"})
    take(organization(tmp_path, "mint.example", "name: Mint of Record\n"))
    provider.refresh_from_db()
    assert (provider.name, provider.overridden) == ("The Mint", {"name": "Mint of Record"})
    assert "0 created, 0 updated, 1 unchanged" in take(tmp_path / "mint.example.md")
    change_provider(provider, {"name": FOLLOW}, by=chief)
    assert (provider.name, provider.overridden) == ("Mint of Record", {})


def test_a_name_that_was_decided_twice_gives_upstreams_back_and_not_the_first(tmp_path, chief):
    provider = mint(tmp_path)
    for name in ("First", "Second"):
        change_provider(provider, {"name": name}, by=chief)
    change_provider(provider, {"name": FOLLOW}, by=chief)
    assert provider.name == "Mint"


@pytest.mark.parametrize("path", LISTS)
def test_a_muted_providers_stories_are_on_no_list(tmp_path, chief, path):
    make_article("public", title="For all to see")
    make_article("muted", title="Nobody lists this", provider="mint.example", pinned="1", heat=900)
    change_provider(Provider.objects.get(domain="mint.example"), {"muted": True}, by=chief)
    page = text_of(path) if path != "/nothing/" else get(path).text
    assert "For all to see" in page
    assert "Nobody lists this" not in page


def test_a_muted_provider_is_in_no_index_its_stories_keep_their_pages_and_come_back(chief):
    article = make_article("muted", title="Kept", provider="mint.example", topics=["Hidden"])
    provider = article.provider
    change_provider(provider, {"muted": True}, by=chief)
    assert "mint.example" not in text_of("/providers/")
    assert get("/providers/mint.example/").status_code == 404
    assert "Kept" in text_of("/search/?q=Kept")
    page = text_of("/articles/muted/")
    assert "keep this outlet’s stories off" in page
    assert 'href="/topics/hidden/"' not in page
    change_provider(provider, {"muted": False}, by=chief)
    assert "Kept" in text_of("/latest/")
    assert get("/providers/mint.example/").status_code == 200


def test_no_page_asks_more_where_a_provider_is_muted(chief):
    article = make_article("muted", provider="mint.example", topics=["AI"])
    pages = {}
    for muted in (False, True):
        change_provider(article.provider, {"muted": muted}, by=chief)
        for path in ("/", "/latest/", "/articles/muted/"):
            with CaptureQueriesContext(connection) as asked:
                get(path)
            pages[path, muted] = len(asked)
    assert pages["/articles/muted/", True] <= pages["/articles/muted/", False]
    assert pages["/latest/", True] <= pages["/latest/", False]
    assert pages["/", True] <= pages["/", False]


@pytest.mark.parametrize("order", ["ranked", "latest"])
def test_lists_are_walked_along_their_index_whoever_is_muted(chief, order):
    for number in range(40):
        make_article(provider=f"outlet-{number}.example")
    Provider.objects.filter(pk__lte=Provider.objects.first().pk).update(muted=True)
    plan = getattr(Article.objects.listed(timezone.now()), order)()[:26]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # of so few rows it would rather sort them
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    told = plan.explain()
    assert {"ranked": "article_by_rank", "latest": "article_by_date"}[order] in told
    assert "provider_muted" in told
    assert "TEMP B-TREE" not in told
    assert "Sort" not in told


def test_a_topic_moves_and_its_old_address_leads_to_it(chief):
    make_article("a", topics=["AI"])
    change_topic(topic("AI"), {"slug": "machines"}, by=chief)
    assert get("/topics/machines/").status_code == 200
    assert get("/topics/ai/").headers["Location"] == "/topics/machines/"
    change_topic(topic("AI"), {"slug": FOLLOW}, by=chief)
    assert get("/topics/machines/").headers["Location"] == "/topics/ai/"
    assert list(FormerTopicSlug.objects.values_list("slug", flat=True)) == ["machines"]


def test_the_taxonomy_moves_no_topic_that_the_desk_moved(tmp_path, chief):
    make_article(topics=["AI", "Law"])
    change_topic(topic("AI"), {"slug": "machines", "shortname": "M.", "parent": topic("Law")}, by=chief)
    topic_file(tmp_path, "ai", _id="artificial", name="AI", shortname="A.I.", parent="Science")
    take(tmp_path)
    ai = topic("AI")
    assert (ai.slug, ai.shortname, ai.parent.name) == ("machines", "M.", "Law")
    assert ai.overridden == {"slug": "artificial", "shortname": "A.I.", "parent": "Science"}
    assert "0 created, 0 updated, 1 unchanged" in take(tmp_path)
    change_topic(ai, dict.fromkeys(("slug", "shortname", "parent"), FOLLOW), by=chief)
    assert (ai.slug, ai.shortname, ai.parent.name, ai.overridden) == ("artificial", "A.I.", "Science", {})
    assert set(ai.former_slugs.values_list("slug", flat=True)) == {"ai", "machines"}


def test_the_taxonomy_gives_no_topic_an_address_that_the_desk_gave_another(tmp_path, chief):
    make_article(topics=["AI", "Law"])
    change_topic(topic("AI"), {"slug": "machines"}, by=chief)
    topic_file(tmp_path, "law", _id="machines", name="Law")
    assert 'The desk gave the address "machines" to "AI"' in take(tmp_path)
    assert (topic("AI").slug, topic("Law").slug) == ("machines", "law")


def test_a_topic_is_never_above_itself_whoever_says_so(tmp_path, chief):
    make_article(topics=["AI", "Law", "Rights"])
    change_topic(topic("Law"), {"parent": "AI"}, by=chief)
    change_topic(topic("Rights"), {"parent": "Law"}, by=chief)
    for parent in ("AI", "Law", "Rights"):
        with pytest.raises(CurationRefused, match="is filed under AI itself"):
            change_topic(topic("AI"), {"parent": parent}, by=chief)
    topic_file(tmp_path, "ai", _id="ai", name="AI", parent="Rights")
    assert "parent must not lead back" in take(tmp_path, code=1)


def test_releasing_a_parent_makes_no_circle_either(tmp_path, chief):
    make_article(topics=["AI", "Law"])
    change_topic(topic("AI"), {"parent": None}, by=chief)
    topic_file(tmp_path, "ai", _id="ai", name="AI", parent="Law")
    topic_file(tmp_path, "law", _id="law", name="Law", parent="AI")
    take(tmp_path)
    assert (topic("AI").parent, topic("Law").parent.name) == (None, "AI")
    with pytest.raises(CurationRefused, match="is filed under AI itself"):
        change_topic(topic("AI"), {"parent": FOLLOW}, by=chief)


@pytest.mark.parametrize(
    ("verb", "model", "changes", "said"),
    [
        (change_provider, Provider, {"name": " "}, "name: It must not be blank."),
        (change_provider, Provider, {"name": "a\0b"}, "control characters"),
        (change_provider, Provider, {"name": "x" * 201}, "201"),
        (change_provider, Provider, {"name": FOLLOW}, "follows upstream already"),
        (change_provider, Provider, {"muted": "yes"}, "must be yes or no"),
        (change_provider, Provider, {"domain": "x.example"}, "no such field. The fields are name, muted"),
        (change_topic, Topic, {"name": "X"}, "no such field"),
        (change_topic, Topic, {"slug": "Two Words"}, "must be lower-case"),
        (change_topic, Topic, {"slug": "page"}, "not page"),
        (change_topic, Topic, {"slug": "law"}, "is the address of another topic"),
        (change_topic, Topic, {"parent": "Nowhere"}, 'There is no topic "Nowhere"'),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_changed(chief, verb, model, changes, said):
    make_article(topics=["AI", "Law"])
    row = model.objects.first()
    before = model.objects.filter(pk=row.pk).values().get()
    with pytest.raises(CurationRefused) as refused:
        verb(row, {"shortname" if model is Topic else "muted": "x" if model is Topic else True} | changes, by=chief)
    assert said in str(refused.value)
    assert model.objects.filter(pk=row.pk).values().get() == before
