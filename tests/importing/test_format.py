"""The format of seed files (§4), sentence by sentence: as `import_seeds` takes it, and others give it back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Provider, Version
from articles.seeds import SEED_EXTENSIONS, SIZE_LIMIT, frontmatter
from tests.importing.tables import every_row
from tests.operations.commands import manage
from tests.seeds.seedfiles import DEFAULTS, seed_text
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
STEM = "2020-06-22-story"


def text(*lines: str, body: str = "") -> str:
    """A seed file of the required keys and a link, with `lines` more, or instead of those that have the same key."""
    of_key = {line.partition(":")[0]: line for line in lines}
    known = {key: of_key.pop(key) for key in DEFAULTS if key in of_key}
    return seed_text(*of_key.values(), body=body, **known)


def report_of(folder, content: str | bytes | None = None, name: str = f"{STEM}.md", code: int = 0) -> dict:
    """Write the file, import its folder with the command, and what that reports."""
    folder.mkdir(exist_ok=True)
    if content is not None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    ran = manage("import_seeds", folder, "--report", folder.parent / "report.json")
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err
    return json.loads((folder.parent / "report.json").read_text())


def imported(folder, *lines: str, body: str = "", content: str | bytes | None = None) -> Article:
    report_of(folder, text(*lines, body=body) if content is None else content)
    return Article.objects.get(stem=STEM)


def refused(folder, *lines: str, content: str | bytes | None = None) -> list[dict]:
    """The errors of a file that is rejected: nothing of it is stored."""
    report = report_of(folder, text(*lines) if content is None else content, code=1)
    assert (report["rejected"], report["created"], Article.objects.exists()) == (1, 0, False)
    return report["errors"]


def exported(folder) -> bytes:
    assert manage("export_seeds", folder).code == 0
    return (folder / f"{STEM}.md").read_bytes()


def shown(*arguments) -> dict:
    ran = manage("curate", f"default/{STEM}", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.fixture
def seeds(tmp_path):
    return tmp_path / "seeds"


# -- the file


@pytest.mark.parametrize("opening", ["---\n", "--- \t\n", "---\r\n", "\ufeff---\n"])
def test_a_file_has_front_matter_when_its_first_line_is_three_dashes(seeds, opening):
    assert imported(seeds, content=text().replace("---\n", opening, 1)).title == "A story"


@pytest.mark.parametrize("opening", ["", "----\n", "\n---\n", " ---\n"])
def test_one_that_does_not_open_so_is_without_front_matter_and_skipped(seeds, opening):
    report_of(seeds, text(), "good.md")
    report = report_of(seeds, text().replace("---\n", opening, 1))
    assert (report["files"], report["skipped"]) == (1, 1)


def test_one_that_is_never_closed_is_a_bad_file(seeds):
    (error,) = refused(seeds, content="---\ntitle: T\npublishedDateTime: 2020-06-22\n")
    assert "never closed" in error["message"]


def test_crlf_is_read_as_lf(seeds):
    article = imported(seeds, content=text("excerpt: |", "  a", "  b", body="c\nd\n").replace("\n", "\r\n"))
    assert (article.excerpt, article.body) == ("a\nb\n", "c\nd\n")


@pytest.mark.parametrize("extension", [*sorted(SEED_EXTENSIONS), ".MD"])
def test_a_file_of_each_extension_is_taken(seeds, extension):
    assert report_of(seeds, text(), STEM + extension)["created"] == 1


def test_the_extensions_are_those_of_the_contract():
    assert set(SEED_EXTENSIONS) == {".md", ".markdown", ".yml", ".yaml", ".txt"}


def test_yaml_is_read_with_the_c_parser(seeds, monkeypatch):
    from yaml._yaml import CParser

    parsed = []
    monkeypatch.setattr(frontmatter, "CParser", lambda yaml: parsed.append(yaml) or CParser(yaml))
    imported(seeds)
    assert len(parsed) == 1


# -- identity


@pytest.mark.parametrize(
    ("name", "stem"), [("a.b.md", "a.b"), ("cafe\u0301.md", "caf\u00e9"), ("Caf\u00e9.md", "Caf\u00e9")]
)
def test_the_stem_is_the_name_without_its_last_extension_in_nfc_its_case_kept(seeds, name, stem):
    report_of(seeds, text(), name)
    assert Article.objects.get().stem == stem


def test_the_same_stem_in_another_folder_is_the_same_article_and_unchanged(seeds):
    imported(seeds)
    (seeds / "_archive").mkdir()
    (seeds / f"{STEM}.md").rename(seeds / "_archive" / f"{STEM}.md")
    report = report_of(seeds)
    assert (report["unchanged"], report["created"], Article.objects.count()) == (1, 0, 1)
    assert Article.objects.get().path == Version.objects.get().path == f"_archive/{STEM}.md"


@pytest.mark.parametrize("first", ["good", "bad"])
def test_of_one_stem_twice_the_first_by_path_is_taken_be_it_good_or_bad_and_the_other_names_it(seeds, first):
    for folder in ("B", "a"):
        (seeds / folder).mkdir(parents=True)
    (seeds / "B" / f"{STEM}.md").write_text(text("heat: 1" if first == "good" else "heat: hot"))
    report = report_of(seeds, text("heat: 2"), f"a/{STEM}.txt", code=1)
    assert list(Article.objects.values_list("heat", flat=True)) == ([1] if first == "good" else [])
    assert report["errors"][-1]["file"] == f"{seeds}/a/{STEM}.txt"
    assert f"{seeds}/B/{STEM}.md" in report["errors"][-1]["message"]


def test_two_stories_may_share_a_url_and_upstream_may_swap_it(seeds):
    seeds.mkdir()
    (seeds / "other.md").write_text(text("webUrl: https://a.example/"))
    assert report_of(seeds, text("webUrl: https://a.example/"))["created"] == 2
    assert report_of(seeds, text("webUrl: https://b.example/"))["updated"] == 1
    assert sorted(Article.objects.values_list("link", flat=True)) == ["https://a.example/", "https://b.example/"]


# -- the keys, and what a value becomes


def utc(*numbers) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


STORED = {
    "a title is trimmed": (["title: '  A  '"], "title", "A"),
    "a tab or newline in a title counts as a space": ([r'title: "a\tb\nc"'], "title", "a b c"),
    "a title may have 500 characters": ([f"title: {'ü' * 500}"], "title", "ü" * 500),
    "a title is text whatever YAML takes it for": (["title: 1984"], "title", "1984"),
    "a locale is text whatever YAML takes it for": (["locale: no"], "locale", "no"),
    "a time is stored in UTC": (
        ["publishedDateTime: 2020-06-22T16:21:00+05:30"], "published_at", utc(2020, 6, 22, 10, 51)
    ),
    "without an offset it is UTC": (["publishedDateTime: 2020-06-22 16:21"], "published_at", utc(2020, 6, 22, 16, 21)),
    "a date alone is its midnight": (["publishedDateTime: 2020-06-22"], "published_at", utc(2020, 6, 22)),
    "the first year": (["publishedDateTime: 0001-01-01"], "published_at", utc(1, 1, 1)),
    "the last year is 9998 in UTC": (
        ["publishedDateTime: 9999-01-01T00:00:00+01:00"], "published_at", utc(9998, 12, 31, 23)
    ),
    "an updated time": (["updatedDateTime: 2020-06-23"], "updated_at", utc(2020, 6, 23)),
    "a category": (["category: tech"], "category", "tech"),
    "an absent category is news": ([], "category", "news"),
    "a type": (["type: video"], "type", "video"),
    "a locale": (["locale: de-ch"], "locale", "de-ch"),
    "an excerpt is kept as it stands": (["excerpt: '  A  '"], "excerpt", "  A  "),
    "a blank excerpt is absent": (["excerpt: '  '"], "excerpt", ""),
    "a highlight": (["highlight: H"], "highlight", "H"),
    "the links": (
        [f"{key}: ' https://a.example/{key} '" for key in ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")],
        ("web_url", "original_url", "amp_web_url", "cdn_amp_web_url"),
        tuple(f"https://a.example/{key}" for key in ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")),
    ),
    "a URL may have 4000 characters": (
        ["webUrl: https://a.example/" + "p" * 3982], "web_url", "https://a.example/" + "p" * 3982
    ),
    "the reader's link is the webUrl": (["originalUrl: https://b.example/"], "link", "https://news.example.com/story"),
    "and else the originalUrl": (["webUrl: ", "originalUrl: https://b.example/"], "link", "https://b.example/"),
    "an absent quality is 0": ([], "quality", 0),
    "a quality up to a million": (["quality: 1000000"], "quality", 1_000_000),
    "an absent heat is 0": ([], "heat", 0),
    "a heat of -1 buries": (["heat: -1"], "heat", -1),
    "an integer in quotes": (['quality: "57"'], "quality", 57),
    "an integer is decimal": (["quality: 010"], "quality", 10),
    "published in any case": (["published: TrUe"], "published", True),
    "published is false by omission": ([], "published", False),
    "a file without a provider": ([], "provider", None),
    "tags keep their order without doubles": (["tags: [b, a, b, B]"], "tags", ["b", "a", "B"]),
    "a text in a list may have 200 characters": ([f"tags: [{'x' * 200}]"], "tags", ["x" * 200]),
    "featured content": (["featuredContent: <b>x</b>"], "featured_content", "<b>x</b>"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "column", "value"), STORED.values(), ids=STORED)
def test_a_value_is_stored(seeds, lines, column, value):
    article = imported(seeds, *lines)
    names = column if isinstance(column, tuple) else (column,)
    found = tuple(getattr(article, name) for name in names)
    assert (found if isinstance(column, tuple) else found[0]) == value


@pytest.mark.parametrize("null", ["", " null", " Null", " NULL", " ~", ' ""', " []", " {}"])
@pytest.mark.parametrize("key", ["heat", "excerpt", "updatedDateTime", "published", "provider", "topics", "category"])
def test_null_or_empty_is_an_absent_key(seeds, key, null):
    imported(seeds)
    assert report_of(seeds, text(f"{key}:{null}"))["unchanged"] == 1


def test_null_or_blank_items_of_a_list_are_dropped_with_a_warning(seeds):
    report = report_of(seeds, text("topics: [~, A, '', ' ']", "images: [~, {url: /a.png}]"))
    fields = ["topics[0]", "topics[2]", "topics[3]", "images[0]"]
    assert [warning["field"] for warning in report["warnings"]] == fields
    assert shown()["fields"]["topics"]["upstream"] == ["A"]
    assert Article.objects.get().images.count() == 1


def test_a_story_dated_in_the_future_is_public_only_from_then(seeds, time_machine):
    then = timezone.now() + timedelta(days=1)
    imported(seeds, f"publishedDateTime: {then.isoformat()}", "published: true")
    assert (get("/articles/story/").status_code, shown()["state"]) == (404, "scheduled")
    time_machine.move_to(then + timedelta(seconds=1))
    assert (get("/articles/story/").status_code, shown()["state"]) == (200, "public")


def test_without_a_link_the_file_is_taken_with_a_warning_and_the_page_has_no_link_out(seeds):
    report = report_of(seeds, text("webUrl: ", "ampWebUrl: https://amp.example/", "published: true"))
    assert (report["created"], [warning["field"] for warning in report["warnings"]]) == (1, ["webUrl"])
    assert 'href="http' not in text_of("/articles/story/").partition("<main")[2]


def test_a_topic_is_its_exact_name_trimmed_in_nfc_in_order_without_doubles(seeds):
    imported(seeds, "topics: ['C#', ' cafe\u0301 ', C, 'caf\u00e9', c]")
    assert shown()["fields"]["topics"]["upstream"] == ["C#", "caf\u00e9", "C", "c"]


def test_providers_are_one_row_per_domain_in_lower_case_and_idna(seeds):
    for number, domain in enumerate(["B\u00dcCHER.Example", "b\u00fccher.example", "xn--bcher-kva.example"]):
        report_of(seeds, text(f"provider: {{domain: {domain}}}"), f"{number}.md")
    assert [(each.domain, each.name) for each in Provider.objects.all()] == [("xn--bcher-kva.example",) * 2]


def test_a_provider_has_a_name_and_logos(seeds):
    imported(seeds, "provider: {name: ' Mint ', domain: livemint.com, images: [{url: /logo.png, width: 5}]}")
    provider = Provider.objects.get()
    assert (provider.name, [(image.url, image.width) for image in provider.images.all()]) == (
        "Mint",
        [("/logo.png", 5)],
    )


def test_an_image_has_all_that_the_file_says(seeds):
    said = "{url: /a.png, width: 0, height: 1000000, isCached: true, title: T, attribution: A}"
    (image,) = imported(seeds, f"images: [{said}]").images.all()
    found = (image.url, image.width, image.height, image.is_cached, image.title, image.attribution)
    assert found == ("/a.png", 0, 1_000_000, True, "T", "A")


def test_a_related_item_has_all_that_the_file_says(seeds):
    (link,) = imported(
        seeds,
        "related: [{title: ' R ', excerpt: E, publishedDateTime: 2020-06-19, webUrl: 'https://a.example/w', "
        "originalUrl: 'https://a.example/o', ampWebUrl: 'https://a.example/a', cdnAmpWebUrl: 'https://a.example/c', "
        "type: video, provider: {domain: a.example}, quality: 5, images: [{url: /r.png}]}]",
    ).related.all()  # fmt: skip
    assert (link.title, link.excerpt, link.published_at, link.type, link.quality) == (
        "R", "E", utc(2020, 6, 19), "video", 5,
    )  # fmt: skip
    links = [link.web_url, link.original_url, link.amp_web_url, link.cdn_amp_web_url, link.link]
    assert links == [f"https://a.example/{end}" for end in "woacw"]
    assert (link.provider.domain, [image.url for image in link.images.all()]) == ("a.example", ["/r.png"])


def test_a_related_item_without_a_link_is_taken_with_a_warning_and_shown_as_plain_text(seeds):
    report = report_of(seeds, text("published: true", "related: [{title: Told elsewhere}]"))
    assert (report["created"], [warning["field"] for warning in report["warnings"]]) == (1, ["related[0]"])
    html = text_of("/articles/story/")
    assert "Told elsewhere" in html
    assert ">Told elsewhere</a>" not in html


@pytest.mark.parametrize(
    ("src", "frame"),
    [
        ("https://www.youtube.com/embed/AbC", "https://www.youtube-nocookie.com/embed/AbC"),
        ("https://www.youtube-nocookie.com/embed/AbC", "https://www.youtube-nocookie.com/embed/AbC"),
        ("https://youtube-nocookie.com/embed/AbC", "https://www.youtube-nocookie.com/embed/AbC"),
        ("https://player.vimeo.com/video/123", "https://player.vimeo.com/video/123"),
        ("https://play.example/v/1", "https://play.example/v/1"),
    ],
)
def test_of_featured_content_only_a_known_players_host_and_id_are_read(seeds, settings, src, frame):
    settings.EMBED_HOSTS = ["play.example"]
    imported(seeds, "published: true", f'featuredContent: \'<b>Odd</b><iframe src="{src}" onload="x()"></iframe>\'')
    page, player = text_of("/articles/story/"), text_of("/articles/story/player/")
    assert f'src="{frame}"' in player
    assert "Odd" not in page + player
    assert "onload" not in page + player


def test_an_unknown_players_host_is_not_framed(seeds):
    imported(seeds, "published: true", "featuredContent: '<iframe src=\"https://evil.example/embed/A\"></iframe>'")
    assert get("/articles/story/player/").status_code == 404
    assert "evil.example" not in text_of("/articles/story/")


def test_secured_is_kept_for_the_export_and_never_shown_logged_or_searched(seeds, tmp_path, admin_client):
    imported(seeds, "published: true", "secured: C1PHER")
    content = text("published: true", "heat: 5", "secured: C1PHER TOO")
    ran = manage("import_seeds", write_at(seeds, content), "--verbosity=3")
    bad = manage("import_seeds", write_at(tmp_path / "bad", text("secured: [C1PHER]")), "--verbosity=3")
    assert ("heat: null → 5" in ran.out, "secured must be" in bad.err) == (True, True)
    told = ran.out + ran.err + bad.out + bad.err + json.dumps(shown()) + manage("curate", "story").out
    listed = admin_client.get("/admin/articles/article/?q=C1PHER")
    change = admin_client.get(f"/admin/articles/article/{Article.objects.get().pk}/change/")
    assert "C1PHER" not in told + text_of("/articles/story/") + change.content.decode()
    assert not listed.context["cl"].result_list
    assert exported(tmp_path / "out") == content.encode()


def write_at(folder, content: str):
    folder.mkdir(exist_ok=True)
    (folder / f"{STEM}.md").write_text(content)
    return folder


def test_the_body_is_kept_for_the_export_and_no_page_renders_it(seeds, tmp_path):
    article = imported(seeds, "published: true", body="B0DY\n---\nheat: 5\n")
    assert (article.body, article.heat) == ("B0DY\n---\nheat: 5\n", 0)
    assert "B0DY" not in text_of("/articles/story/") + text_of("/")
    assert exported(tmp_path / "out") == (seeds / f"{STEM}.md").read_bytes()


def test_any_other_key_is_kept_for_the_export_with_a_warning(seeds, tmp_path):
    report = report_of(seeds, text("layout: {a: [b, ~]} # why"))
    assert [(warning["field"], warning["line"]) for warning in report["warnings"]] == [("layout", 5)]
    assert exported(tmp_path / "out") == (seeds / f"{STEM}.md").read_bytes()


# -- what does not fit is an error, never a guess

DEEP = "[" * 50 + "]" * 50
REFUSED = {
    "a missing title": (["title: "], "title", "required"),
    "a blank title": (["title: ' '"], "title", "required"),
    "a title of 501 characters": ([f"title: {'x' * 501}"], "title", "longer than 500"),
    "a list for a text": (["title: [a]"], "title", "single value"),
    "a missing date": (["publishedDateTime: "], "publishedDateTime", "required"),
    "the 31st of February": (["publishedDateTime: 2020-02-31"], "publishedDateTime", "timestamp"),
    "a week date": (["publishedDateTime: 2020-W26-1"], "publishedDateTime", "timestamp"),
    "the hour 24": (["publishedDateTime: '2020-01-01T24:00:00'"], "publishedDateTime", "timestamp"),
    "the year 9999": (["publishedDateTime: 9999-01-01"], "publishedDateTime", "9998"),
    "before the first year in UTC": (["publishedDateTime: 0001-01-01T00:00:00+05:00"], "publishedDateTime", "9998"),
    "a scheme of scripts": (["webUrl: 'javascript:alert(1)'"], "webUrl", "absolute http or https"),
    "a scheme of files": (["webUrl: 'ftp://a.example/'"], "webUrl", "absolute http or https URL, not"),
    "a URL without a host": (["originalUrl: 'https:///x'"], "originalUrl", "valid host"),
    "credentials in a URL": (["ampWebUrl: 'https://u:p@a.example/'"], "ampWebUrl", "user name or a password"),
    "a URL of 4001 characters": (["webUrl: https://a.example/" + "p" * 3983], "webUrl", "longer than 4,000"),
    "a fraction for an integer": (["quality: 5.7"], "quality", "whole number from 0"),
    "a negative quality": (["quality: -1"], "quality", "whole number from 0"),
    "a quality above a million": (["quality: 1000001"], "quality", "whole number from 0"),
    "a plus sign": (["quality: +5"], "quality", "whole number"),
    "an underscore": (["quality: 1_000"], "quality", "whole number"),
    "a sexagesimal": (["quality: 1:30"], "quality", "whole number"),
    "a heat of -2": (["heat: -2"], "heat", "whole number from -1"),
    "a heat above a million": (["heat: 1000001"], "heat", "whole number from -1"),
    "published: maybe": (["published: maybe"], "published", "true or false"),
    "published: yes": (["published: yes"], "published", "true or false"),
    "a provider without a domain": (["provider: {name: N}"], "provider.domain", "required"),
    "a domain that is no bare host name": (["provider: {domain: 'https://a.example'}"], "provider.domain", "bare host"),
    "a text for a list": (["topics: 'AI, ML'"], "topics", "must be a list"),
    "a topic of 201 characters": ([f"topics: [{'x' * 201}]"], "topics[0]", "longer than 200"),
    "an image without a url": (["images: [{width: 5}]"], "images[0].url", "required"),
    "an image's url that is neither absolute nor from the root": (["images: [{url: a.png}]"], "images[0].url", "URL"),
    "an image's url of another host without a scheme": (["images: [{url: //b.example/a}]"], "images[0].url", "one /"),
    "an image's size above a million": (["images: [{url: /a, height: 1000001}]"], "images[0].height", "whole number"),
    "a related item without a title": (["related: [{excerpt: a}]"], "related[0].title", "required"),
    "a related item's bad link": (["related: [{title: a, webUrl: x}]"], "related[0].webUrl", "absolute http"),
    "a key that is no scalar": (["? [a, b]\n: c"], "", "A key must be text"),
    "a duplicate key": (["heat: 1\nheat: 2"], "heat", "duplicate"),
    "a tag": (["odd: !!str a"], "odd", "tag"),
    "an anchor": (["odd: &a b"], "odd", "anchor"),
    "an alias": (["odd: [*a]"], "odd[0]", "alias"),
    "a merge key": (["provider: {<<: {}, domain: a.example}"], "provider", "Merge keys"),
    "nesting past 50 levels": ([f"odd: {DEEP}"], "odd" + "[0]" * 49, "nested more than 50 levels"),
    "a control character": (["excerpt: 'a\x07b'"], "excerpt", "control character"),
    "a control character as an escape": ([r'excerpt: "a\x85b"'], "excerpt", "control character"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "field", "words"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_rejects_the_file(seeds, lines, field, words):
    (error,) = refused(seeds, *lines)
    assert error["field"] == field[:100] or error["field"].startswith(field[:90])
    assert words in error["message"]


def test_nesting_of_50_levels_is_taken(seeds):
    assert report_of(seeds, text(f"odd: {DEEP[1:-1]}"))["created"] == 1


def test_events_are_pulled_no_further_than_the_deepest_nesting(seeds, monkeypatch):
    pulled = []

    class Counting:
        def __init__(self, yaml):
            self.parser = frontmatter_parser(yaml)

        def get_event(self):
            pulled.append(1)
            return self.parser.get_event()

    frontmatter_parser = frontmatter.CParser
    monkeypatch.setattr(frontmatter, "CParser", Counting)
    refused(seeds, "odd: " + "[" * 1000 + "]" * 1000)
    assert len(pulled) < 100


def test_nested_merge_keys_end_at_once(seeds):
    bomb = ["m0: &m0 {k: 1}", *(f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}]}}" for i in range(1, 9))]
    assert sum("Merge keys" in error["message"] for error in refused(seeds, *bomb)) == 8


def test_bytes_that_are_no_utf8_reject_the_file(seeds):
    (error,) = refused(seeds, content=text("excerpt: \u00e9").encode("latin-1"))
    assert (error["field"], "not valid UTF-8" in error["message"]) == ("excerpt", True)


@pytest.mark.parametrize(("size", "code"), [(SIZE_LIMIT, 0), (SIZE_LIMIT + 1, 1)])
def test_a_file_past_4_mib_rejects_itself(seeds, size, code):
    assert SIZE_LIMIT == 4 * 1024 * 1024
    report = report_of(seeds, text().encode().ljust(size, b"x"), code=code)
    assert report["rejected"] == code


def test_a_bad_file_is_rejected_whole_with_all_its_problems_and_the_others_are_imported(seeds):
    seeds.mkdir()
    (seeds / "good.md").write_text(text())
    content = text("heat: hot", "related:\n  - title: R\n    webUrl: x", "title: [a]")
    errors = report_of(seeds, content, code=1)["errors"]
    assert [(error["file"], error["line"], error["column"], error["field"]) for error in errors] == [
        (f"{seeds}/{STEM}.md", 2, 1, "title"),
        (f"{seeds}/{STEM}.md", 5, 1, "heat"),
        (f"{seeds}/{STEM}.md", 8, 5, "related[0].webUrl"),
    ]
    assert errors[1]["message"] == 'heat must be a whole number from -1 to 1,000,000, not "hot".'
    assert list(Article.objects.values_list("stem", flat=True)) == ["good"]


def test_what_is_stored_of_a_rejected_files_article_stays_as_it_was(seeds):
    imported(seeds, "heat: 5")
    before = every_row("ImportRun")
    assert report_of(seeds, text("heat: hot", "title: New"), code=1)["rejected"] == 1
    assert every_row("ImportRun") == before


# -- content

SAME = {
    "secured": text("heat: 5", "secured: ANEW"),
    "line ends": text("heat: 5", "secured: C1PHER", body="B\n").replace("\n", "\r\n"),
    "quotes": text("heat: '5'", "secured: C1PHER", body="B\n"),
    "a comment": text("heat: 5 # hot", "secured: C1PHER", body="B\n"),
    "the order of the keys": text("secured: C1PHER", "heat: 5", body="B\n"),
}
OTHER = {
    "a parsed key": text("heat: 6", "secured: C1PHER", body="B\n"),
    "an unknown key": text("heat: 5", "odd: x", "secured: C1PHER", body="B\n"),
    "the body": text("heat: 5", "secured: C1PHER", body="C\n"),
    "a default written out": text("heat: 5", "quality: 0", "secured: C1PHER", body="B\n"),
}


@pytest.mark.parametrize("content", SAME.values(), ids=SAME)
def test_the_same_content_with_other_bytes_is_unchanged_and_replaces_those_of_the_newest_version(
    seeds, tmp_path, content
):
    content = content if "B" in content.rpartition("---")[2] else content + "B\n"
    imported(seeds, "heat: 5", "secured: C1PHER", body="B\n")
    assert report_of(seeds, content)["unchanged"] == 1
    assert Version.objects.count() == 1
    assert exported(tmp_path / "out") == content.encode()


@pytest.mark.parametrize("content", OTHER.values(), ids=OTHER)
def test_changed_content_is_updated_and_a_new_version(seeds, content):
    imported(seeds, "heat: 5", "secured: C1PHER", body="B\n")
    assert report_of(seeds, content)["updated"] == 1
    assert Version.objects.count() == 2
