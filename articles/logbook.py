"""Django's own log of the admin tells of decisions what the decisions themselves tell, whoever made them and where."""

import json
from collections.abc import Collection
from itertools import groupby
from operator import attrgetter

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from articles.models import Article, Decision

LONGEST = 200  # characters of Django's column


def log_decisions(decisions: Collection[Decision]) -> None:
    """Add an entry for each article of these decisions, which are stored already, by the editor who made them."""
    if not decisions:
        return
    content_type = ContentType.objects.get_for_model(Article)
    by_article = groupby(sorted(decisions, key=attrgetter("article_id", "pk")), key=attrgetter("article_id"))
    LogEntry.objects.bulk_create(
        [_entry(content_type, key, list(of_article)) for key, of_article in by_article], batch_size=500
    )


def _entry(content_type: ContentType, key: int, decisions: list[Decision]) -> LogEntry:
    first = decisions[0]
    return LogEntry(
        user_id=first.user_id,
        content_type=content_type,
        object_id=str(key),
        object_repr=str(first.article)[:LONGEST],
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"fields": [_told(each) for each in decisions]}}]),
        action_time=first.at,
    )


def _told(decision: Decision) -> str:
    field = decision.get_field_display()
    return f"{field} ({_WAYS[decision.kind]})" if decision.kind in _WAYS else field


_WAYS = {"boost": "boosted", "release": "released", "keep": "kept", "undo": "undone"}
