"""The digest of a story's content: the same exactly when the content is."""

import subprocess
import sys

import pytest

from .seedfiles import read, seed_text, story

FULL = """\
---
category: news
title: A title
excerpt: An excerpt
publishedDateTime: 2020-06-22T16:21:00Z
updatedDateTime: 2020-06-23T16:21:00Z
webUrl: https://a.com/w
published: true
heat: 5
provider:
  name: N
  domain: a.com
  images:
    - url: /logo.png
      width: 5
topics: [A, B]
related:
  - title: R
    webUrl: https://b.com
    quality: 3
    provider: {domain: b.com}
    extra: {deep: [1, two]}
layout: {a: b, c: [d, ~]}
secured: "c2VjcmV0"
---
The body.
"""


def digest(text: str) -> bytes:
    reading = read(text)
    assert reading.problems == ()
    return reading.story.content_digest()


def test_a_digest_is_32_bytes():
    assert len(digest(FULL)) == 32


def test_a_digest_does_not_depend_on_the_process():
    code = (
        "import sys; from articles.seeds import *; "
        "seed = SeedFile(FoundFile('a.md', 'a.md', 'a', False), sys.stdin.buffer.read(), b''); "
        "print(read_story(seed).story.content_digest().hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], input=FULL.encode(), capture_output=True, check=True)
    assert done.stdout.decode().strip() == digest(FULL).hex()


def test_stored_digests_stay_valid():
    """A digest is compared with the ones in the database: where this test fails, every article looks changed."""
    assert digest(FULL).hex() == "2f44007d7b922f4026c9cd4c815a0171ce6d0cb483596be3537fd3ec5ed7434c"


SAME = {
    "line_ends": lambda text: text.replace("\n", "\r\n"),
    "quotes": lambda text: text.replace("title: A title", "title: 'A title'").replace("heat: 5", 'heat: "5"'),
    "comments": lambda text: text.replace("heat: 5", "# warm\nheat: 5 # indeed"),
    "key_order": lambda text: text.replace("heat: 5\n", "").replace("category: news", "heat: 5\ncategory: news"),
    "unknown_key_order": lambda text: text.replace("{a: b, c: [d, ~]}", "{c: [d, null], a: b}"),
    "nested_key_order": lambda text: text.replace("  name: N\n  domain: a.com\n", "  domain: a.com\n  name: N\n"),
    "list_style": lambda text: text.replace("topics: [A, B]", "topics:\n- A\n- B"),
    "text_style": lambda text: text.replace("excerpt: An excerpt", "excerpt: >-\n  An\n  excerpt"),
    "offset_of_the_same_instant": lambda text: text.replace("22T16:21:00Z", "22T18:21:00+02:00"),
    "no_offset": lambda text: text.replace("22T16:21:00Z", "22 16:21"),
    "case_of_a_boolean": lambda text: text.replace("published: true", "published: 'TRUE'"),
    "leading_zeros": lambda text: text.replace("heat: 5", "heat: 005"),
    "blanks_around_a_title": lambda text: text.replace("title: A title", "title: ' A title '"),
    "case_of_a_domain": lambda text: text.replace("  domain: a.com", "  domain: A.com"),
    "a_null_key": lambda text: text.replace("heat: 5", "heat: 5\nquality:\nhighlight: ''\ntags: []"),
    "a_null_item": lambda text: text.replace("[A, B]", "[A, ~, B]"),
    "a_topic_twice": lambda text: text.replace("[A, B]", "[A, B, A]"),
    "byte_order_mark": lambda text: "\ufeff" + text,
    "blanks_after_the_dashes": lambda text: text.replace("---\n", "--- \n"),
    "secured": lambda text: text.replace("c2VjcmV0", "b3RoZXI="),
    "secured_gone": lambda text: text.replace('secured: "c2VjcmV0"\n', ""),
}


@pytest.mark.parametrize("change", SAME)
def test_how_a_file_is_written_is_no_content(change):
    changed = SAME[change](FULL)
    assert changed != FULL
    assert digest(changed) == digest(FULL)


OTHER = {
    "title": lambda text: text.replace("A title", "B title"),
    "excerpt": lambda text: text.replace("An excerpt", "An excerpt."),
    "excerpt_blanks": lambda text: text.replace("excerpt: An excerpt", "excerpt: ' An excerpt'"),
    "instant": lambda text: text.replace("22T16:21:00Z", "22T16:21:00.000001Z"),
    "updated": lambda text: text.replace("2020-06-23", "2020-06-24"),
    "updated_gone": lambda text: text.replace("updatedDateTime: 2020-06-23T16:21:00Z\n", ""),
    "link_moved_to_another_key": lambda text: text.replace("\nwebUrl:", "\noriginalUrl:"),
    "published": lambda text: text.replace("published: true", "published: false"),
    "published_gone": lambda text: text.replace("published: true\n", ""),
    "heat": lambda text: text.replace("heat: 5", "heat: 6"),
    "heat_gone": lambda text: text.replace("heat: 5\n", ""),
    "a_default_written_out": lambda text: text.replace("heat: 5", "heat: 5\nquality: 0"),
    "category_gone": lambda text: text.replace("category: news\n", ""),
    "provider_name": lambda text: text.replace("name: N", "name: M"),
    "logo": lambda text: text.replace("/logo.png", "/logo2.png"),
    "logo_width": lambda text: text.replace("width: 5", "width: 6"),
    "topics": lambda text: text.replace("[A, B]", "[A, C]"),
    "topic_order": lambda text: text.replace("[A, B]", "[B, A]"),
    "topics_as_tags": lambda text: text.replace("topics: [A", "tags: [A"),
    "related_title": lambda text: text.replace("title: R", "title: S"),
    "related_quality": lambda text: text.replace("quality: 3", "quality: 4"),
    "related_provider": lambda text: text.replace("{domain: b.com}", "{domain: c.com}"),
    "related_unknown": lambda text: text.replace("[1, two]", "[1, three]"),
    "related_gone": lambda text: text.replace("  - title: R\n", "  - title: R\n  - title: R\n"),
    "unknown_value": lambda text: text.replace("{a: b,", "{a: c,"),
    "unknown_null": lambda text: text.replace("[d, ~]", "[d, '~']"),
    "unknown_order_of_a_list": lambda text: text.replace("[d, ~]", "[~, d]"),
    "unknown_gone": lambda text: text.replace("layout: {a: b, c: [d, ~]}\n", ""),
    "unknown_key": lambda text: text.replace("layout:", "layout2:"),
    "body": lambda text: text.replace("The body.", "The body!"),
    "last_line_end_of_the_body": lambda text: text.removesuffix("\n"),
    "featured": lambda text: text.replace("heat: 5", "heat: 5\nfeaturedContent: a"),
}


@pytest.mark.parametrize("change", OTHER)
def test_any_value_is_content(change):
    changed = OTHER[change](FULL)
    assert changed != FULL
    assert digest(changed) != digest(FULL)


def test_all_contents_differ():
    assert len({digest(change(FULL)) for change in OTHER.values()}) == len(OTHER)


def test_two_readings_of_one_file_are_equal_and_hashable():
    assert read(FULL).story == read(FULL).story
    assert len({read(FULL).story, read(FULL).story}) == 1


def test_an_unknown_key_named_secured_in_an_item_is_content():
    one = story("images: [{url: /a, secured: b}]").content_digest()
    assert one != story("images: [{url: /a, secured: c}]").content_digest()


def test_a_text_cannot_pass_for_another_key():
    assert len({read(seed_text(line)).story.content_digest() for line in ("type: a", "locale: a", "highlight: a")}) == 3
