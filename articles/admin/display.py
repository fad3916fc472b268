"""What the desk shows of stories, in HTML that Django escapes."""

import json
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from articles.merge import Value, same


def admin_link(text: str, name: str, *args, query: dict | None = None) -> str:
    address = reverse(f"admin:{name}", args=args)
    return format_html('<a href="{}">{}</a>', f"{address}?{urlencode(query)}" if query else address, text)


def thumbnail(images) -> str:
    return render_to_string("admin/articles/images.html", {"images": images})


def quoted(value: Value) -> str:
    """As `shown`, with a text in quotes, for a sentence."""
    return f"“{value}”" if isinstance(value, str) and value else shown(value)


def shown(value: Value) -> str:
    """A decidable value in words: as an editor would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if same(value, None):
        return "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value)
