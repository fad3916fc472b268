"""A story in a list: as much of its texts as there is room for, whole words only."""

import re

import pytest
from django.contrib.staticfiles import finders

from tests.factories import make_article
from tests.site.pages import text_of

pytestmark = pytest.mark.django_db


def test_long_texts_are_cut_at_a_word():
    make_article(title="accelerated " * 41, excerpt="deliberation " * 200)
    for path in ("/", "/latest/"):
        html = text_of(path)
        headline = re.search(r'<a href="/articles/[^>]*>([^<]*)</a>', html.partition("<main")[2])[1]
        excerpt = re.search(r'<p class="excerpt"[^>]*>([^<]*)</p>', html)[1]
        assert re.fullmatch(r"(accelerated )+accelerated…", headline)
        assert re.fullmatch(r"(deliberation )+deliberation…", excerpt)
        assert len(headline) <= 181
        assert len(excerpt) <= 221


def test_the_browser_cuts_no_text_for_it_cuts_accents_and_half_words_too():
    with open(finders.find("newsdesk/site.css"), encoding="utf-8") as sheet:
        assert "line-clamp" not in sheet.read()
