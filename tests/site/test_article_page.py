"""A story's own page: whose it is, where to read it, who else told it, and why it stands where it does."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from articles.curation import Change, curate
from articles.models import Article
from articles.site.words import duration
from tests.factories import a_superuser, import_seed, make_article
from tests.site.pages import json_ld, story_slugs, text_of

pytestmark = pytest.mark.django_db
PLAYER = '<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>'


def page(**overrides) -> str:
    make_article("tale", **overrides)
    return text_of("/articles/tale/")


def test_the_main_action_leads_to_the_original_and_names_the_outlet():
    html = page(web_url="https://www.livemint.com/story?a=1&b=2", provider={"name": "Mint", "domain": "livemint.com"})
    assert 'href="https://www.livemint.com/story?a=1&amp;b=2" rel="noopener">Read it at <bdi>Mint</bdi>' in html
    assert "<bdi>Mint</bdi> (livemint.com)" in html
    assert "The story is <bdi>Mint</bdi>’s" in html


def test_the_web_url_is_the_readers_link_and_else_the_original_one():
    assert 'href="https://outlet.example/original"' in page(
        web_url=None, original_url="https://outlet.example/original"
    )


def test_a_story_without_a_link_says_so_and_links_nowhere():
    html = page(web_url=None)
    assert "Read it at" not in html
    assert "gave no address" in html


def test_an_odd_address_is_encoded_so_that_the_page_stays_valid():
    html = page(web_url='https://outlet.example/"><b>ä b%zz|c')
    assert 'href="https://outlet.example/%22%3E%3Cb%3E%C3%A4%20b%25zz%7Cc"' in html


def test_nothing_links_to_an_amp_page():
    html = page(amp_web_url="https://outlet.example/amp", cdn_amp_web_url="https://amp.example/x")
    assert "amphtml" not in html
    assert "amp.example" not in html


def test_both_dates_stand_in_the_byline():
    html = page(published_at="2026-03-01T10:00:00Z", updated_at="2026-03-02T11:30:00Z")
    assert '<time datetime="2026-03-01T10:00:00+00:00"' in html
    assert "updated <time" in html
    assert "2 March 2026, 11:30 UTC" in html


def test_times_are_in_the_sites_time_zone(settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    assert "1 March 2026, 15:30 IST" in page(published_at="2026-03-01T10:00:00Z")


def test_the_picture_is_credited_and_tells_its_host_nothing():
    image = {"url": "http://pictures.example/a b.jpg", "width": 640, "height": 360, "attribution": "A. Photographer"}
    html = page(images=[image])
    assert 'src="https://pictures.example/a%20b.jpg" alt="" width="640" height="360" fetchpriority="high"' in html
    assert 'referrerpolicy="no-referrer"' in html
    assert "Picture: <bdi>A. Photographer</bdi>" in html


def test_only_the_first_picture_of_a_page_is_loaded_at_once():
    for _ in range(5):
        make_article(images=[{"url": "/static/stories/a.jpg"}])
    pictures = re.findall(r"<img[^>]*>", text_of("/"))
    assert len(pictures) == 5
    assert "loading" not in pictures[0]
    assert all('loading="lazy"' in picture for picture in pictures[1:])


def test_a_picture_that_fails_leaves_the_outlets_monogram():
    html = page(images=[{"url": "https://pictures.example/a.jpg"}], provider={"name": "Mint", "domain": "livemint.com"})
    assert '<bdi class="monogram" aria-hidden="true">M</bdi>' in html


def test_a_video_is_a_link_to_a_page_of_its_own():
    html = page(featured_content=PLAYER)
    assert 'href="/articles/tale/player/">Watch the video here, from YouTube' in html
    assert "iframe" not in html
    player = text_of("/articles/tale/player/")
    assert '<iframe src="https://www.youtube-nocookie.com/embed/WJk-Y8LQlfE"' in player
    assert 'href="/articles/tale/">Back to the story' in player


def test_embedded_html_is_never_printed():
    make_article("tale", featured_content=PLAYER + "<b onclick=x>surprise</b>")
    assert "surprise" not in text_of("/articles/tale/") + text_of("/articles/tale/player/")


def test_other_outlets_stand_in_the_order_they_told_it():
    related = [
        {"title": "Second", "publishedDateTime": "2026-03-02T00:00:00Z", "webUrl": "https://b.example/2"},
        {"title": "Undated", "originalUrl": "https://c.example/3"},
        {"title": "First", "publishedDateTime": "2026-03-01T00:00:00Z", "provider": {"domain": "a.example"}},
    ]
    html = page(related=related)
    coverage = html.partition("Also covered by")[2]
    assert coverage.index("First") < coverage.index("Second") < coverage.index("Undated")
    assert '<a href="https://b.example/2" rel="noopener">Second</a>' in coverage
    assert '<a href="https://c.example/3" rel="noopener">Undated</a>' in coverage
    assert not re.search(r"<a[^>]*>First", coverage)


def test_a_card_counts_the_other_outlets_once_each():
    outlets = ["outlet.example", "b.example", "b.example", "c.example"]
    told = [{"title": "Told", "provider": {"domain": domain}} for domain in outlets]
    make_article(related=[*told, {"title": "Told by nobody known"}])
    assert "and 2 more outlets" in text_of("/")


def test_why_it_is_here_is_told_in_numbers():
    html = page(heat=64, quality=120)
    reasons = html.partition("Why is this here?")[2]
    assert "64, hot" in reasons
    assert "120." in reasons
    assert "a head start of 6 days" in reasons
    assert "The editors of this site decided" not in reasons


def test_what_editors_decided_is_told():
    article = make_article("tale", heat=64, pinned="2")
    curate(article, [Change("boost", "heat", "+16"), Change("set", "title", "Better")], by=a_superuser())
    html = text_of("/articles/tale/")
    assert "decided its place on the front page, heat, title;" in html
    assert "pinned it to place 2" in html


def test_what_editors_decided_about_its_publishing_is_told_too():
    article = make_article("tale", published=False, publish_at="2020-01-01T00:00:00Z")
    curate(article, [Change("set", "published", "true"), Change("set", "slug", "new")], by=a_superuser())
    assert "decided its publication, time of publication, address;" in text_of("/articles/new/")


def test_a_pin_that_is_over_is_no_reason_any_more():
    assert "Editors" not in page(pinned="2,2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.51, "31 minutes"),
        (0.995, "1 hour"),
        (1.6, "2 hours"),
        (47.4, "47 hours"),
        (47.6, "2 days"),
        (165.8, "7 days"),
    ],
)
def test_a_length_of_time_is_rounded(hours, words):
    assert duration(hours) == words


def test_topics_of_a_buried_story_lead_only_where_something_is():
    make_article("other", topics=["AI"])
    make_article("tale", heat=-1, topics=["Hidden", "AI"])
    html = text_of("/articles/tale/").partition("<main")[2]
    assert "/topics/hidden/" not in html
    assert html.count("<bdi>Hidden</bdi>") == 2
    assert html.count('<a href="/topics/ai/"') == 1


def test_entities_of_upstream_are_read_once_and_escaped_again():
    entity, meant = "Nov&#8217;19 &amp;lt;b&amp;gt; &lt;i&gt;", "Nov’19 &amp;lt;b&amp;gt; &lt;i&gt;"
    related = [{"title": entity, "webUrl": "https://b.example/2"}]
    make_article("tale", title=entity, excerpt=entity, related=related, featured_content=PLAYER)
    html = text_of("/articles/tale/")
    assert "#8217;" not in html + text_of("/") + text_of("/articles/tale/player/")
    assert html.count(meant) == 8  # title, description, Open Graph’s three, headline, standfirst, coverage
    assert text_of("/").count(meant) == 2
    assert json_ld(html)["mainEntity"]["headline"] == "Nov’19 &lt;b&gt; <i>"


def test_what_to_read_next_shares_its_first_topic_then_is_the_best_of_all():
    make_article("tale", topics=["AI", "Chips"])
    make_article("best", heat=200, topics=["Other"])
    make_article("second", heat=190, topics=["Chips"])
    make_article("near", heat=1, topics=["AI"])
    make_article("buried", heat=-1, topics=["AI"])
    assert story_slugs(text_of("/articles/tale/")) == ["near", "best", "second"]


class TestIndexing:
    """ARTICLE_INDEXING: whether search engines index a page that holds nothing but an excerpt."""

    def test_by_default_they_do_not(self):
        html = page()
        assert '<meta name="robots" content="noindex, follow">' in html
        assert "canonical" not in html

    def test_they_may_index_it_as_itself(self, settings):
        settings.ARTICLE_INDEXING, settings.SITE_URL = "self", "https://news.example"
        html = page()
        assert '<link rel="canonical" href="https://news.example/articles/tale/">' in html
        assert "noindex" not in html

    def test_they_may_be_led_to_the_original(self, settings):
        settings.ARTICLE_INDEXING = "original"
        html = page(web_url="https://outlet.example/story?a=1&b=2")
        assert '<link rel="canonical" href="https://outlet.example/story?a=1&amp;b=2">' in html
        assert "noindex" not in html

    def test_a_list_is_indexed_at_its_plain_address_only(self):
        make_article("tale")
        html = text_of("/topics/ai/")
        assert '<link rel="canonical" href="http://127.0.0.1:8000/topics/ai/">' in html
        assert "noindex" not in html


class TestStructuredData:
    def test_it_says_that_the_story_is_the_outlets_and_this_site_an_aggregator(self, settings):
        settings.SITE_NAME, settings.SITE_URL = "The Desk", "https://news.example"
        data = json_ld(
            page(
                title="A tale",
                web_url="https://livemint.com/tale",
                provider={"name": "Mint", "domain": "livemint.com"},
                published_at="2026-03-01T10:00:00Z",
                updated_at="2026-03-02T10:00:00Z",
                images=[{"url": "/assets/a.jpg", "width": 4, "height": 3, "attribution": "A. Photographer"}],
                related=[{"title": "Told by another", "webUrl": "https://b.example/2"}, {"title": "Without a link"}],
            )
        )
        story = data["mainEntity"]
        assert (data["@type"], story["@type"]) == ("WebPage", "NewsArticle")
        assert data["url"] == "https://news.example/articles/tale/"
        assert story["headline"] == "A tale"
        assert story["url"] == story["isBasedOn"] == "https://livemint.com/tale"
        assert story["publisher"] == {"@type": "Organization", "name": "Mint", "url": "https://livemint.com/"}
        assert story["datePublished"] == "2026-03-01T10:00:00Z"
        assert story["dateModified"] == "2026-03-02T10:00:00Z"
        assert story["sdPublisher"]["name"] == "The Desk"
        assert story["image"][0]["url"] == "https://news.example/assets/a.jpg"
        assert story["image"][0]["creditText"] == "A. Photographer"
        assert [item["url"] for item in story["citation"]] == ["https://b.example/2"]
        assert "author" not in story

    def test_a_list_names_its_stories_by_address_in_order(self):
        make_article("b", heat=1)
        make_article("a", heat=9)
        data = json_ld(text_of("/"))
        items = data["mainEntity"]["itemListElement"]
        assert data["@type"] == "CollectionPage"
        assert [item["url"] for item in items] == [f"http://127.0.0.1:8000/articles/{slug}/" for slug in "ab"]
        assert [item["position"] for item in items] == [1, 2]


class TestHostileText:
    EVIL = '</script><script>alert("x")</script><!-- &amp; \u2028 {{ 7|add:7 }}'

    def test_it_is_text_everywhere(self):
        html = page(
            title=self.EVIL,
            excerpt=self.EVIL,
            provider={"name": self.EVIL, "domain": "evil.example"},
            topics=[self.EVIL],
            images=[{"url": "https://pictures.example/a.jpg", "title": self.EVIL, "attribution": self.EVIL}],
            related=[{"title": self.EVIL, "provider": {"name": self.EVIL, "domain": "evil2.example"}}],
            featured_content=PLAYER,
        )
        topic = re.search(r'href="(/topics/[^"]+/)"', html.partition("<main")[2])[1]
        lists = ["/", "/latest/", "/topics/", topic, "/providers/", "/providers/evil.example/"]
        for html in map(text_of, ["/articles/tale/", "/articles/tale/player/", *lists]):
            assert "<script>" not in html
            assert "<!-- &" not in html
            assert html.count("<script") == html.count('<script type="application/ld+json">')
        assert json_ld(text_of("/articles/tale/"))["mainEntity"]["headline"] == unescape(Article.objects.get().title)

    def test_an_endless_excerpt_is_cut_quickly(self):
        start = datetime.now(UTC)
        html = page(excerpt="<" * 1_000_000 + " end")
        assert len(html) < 50_000
        assert datetime.now(UTC) - start < timedelta(seconds=5)


def test_the_secret_text_and_the_body_are_shown_nowhere():
    make_article("tale", secured="SECRETCIPHERTEXT", featured_content=PLAYER)
    pages = ["/", "/latest/", "/topics/ai/", "/providers/outlet.example/", "/articles/tale/", "/articles/tale/player/"]
    assert all("SECRETCIPHERTEXT" not in text_of(path) for path in pages)


def test_a_headline_carries_its_language_where_it_is_not_english():
    assert re.search('<h1 [^>]*lang="de-DE">Wärmepumpen', page(locale="de-DE", title="Wärmepumpen"))
    make_article("english", locale="en-in", title="Heat pumps")
    assert "lang=" not in text_of("/articles/english/").partition("<main")[2].partition("Heat pumps")[0]


@pytest.mark.parametrize(
    ("locale", "direction"), [("ar-EG", "rtl"), ("he_IL", "rtl"), ("FA", "rtl"), ("de-DE", "auto"), (None, "auto")]
)
def test_all_that_is_said_of_a_story_runs_as_its_language_does(locale, direction):
    html = page(locale=locale, featured_content=PLAYER)
    assert f'<header dir="{direction}">' in html
    assert f'<header dir="{direction}">' in text_of("/articles/tale/player/")
    assert f'<article class="card card-lead" dir="{direction}">' in text_of("/")


def test_ages_are_told_in_words_with_the_exact_time_beside(time_machine):
    time_machine.move_to(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False)
    make_article(published_at=timezone.now() - timedelta(hours=3))
    expected = '<time datetime="2026-03-01T09:00:00+00:00" title="1 March 2026, 09:00 UTC">3 hours ago</time>'
    assert expected in text_of("/")


def test_a_related_story_that_is_told_here_too_leads_to_its_page():
    here, link = "https://other.example/story", {"title": "Told elsewhere"}
    make_article("other", web_url=here)
    make_article("long", web_url=here + "/" + "x" * 3000)
    make_article("hidden", web_url=here + "/hidden", published=False)
    related = [link | {"webUrl": url} for url in (here, here + "/hidden", here + "/unknown", here + "/" + "x" * 3000)]
    html = page(web_url="https://outlet.example/tale", related=[*related, link])
    assert html.count("on this site") == 2
    assert 'href="/articles/other/"' in html
    assert 'href="/articles/long/"' in html


def test_a_related_story_leads_nowhere_here_once_upstream_swaps_that_link(tmp_path):
    for name in ("story", "another"):
        import_seed(tmp_path, "2020-06-22-other", webUrl=f"https://other.example/{name}")
    html = page(related=[{"title": "Told elsewhere", "webUrl": "https://other.example/story"}])
    assert "on this site" not in html
