"""When what is told of a story last became another, and when it left the lists: for programs that keep a copy.

Neither log says when a column was written: an import of upstream's past, a repair and an undo all write today what was
said long ago. So it is noted here, by whoever writes articles, of what stands in the database at that moment. Heat,
quality and rank count for nothing, but for heat −1, which takes a story off the lists. Callers are the one writer:
moments are given in the order in which they can be read.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.utils import timezone

from articles.models import Article, Provider
from articles.ranking import BURIED

TOLD = ("title", "excerpt", "published_at", "facts_digest", "picture")
NOTED = ("changed_at", "left_at")


class Seen(NamedTuple):
    """What makes an article one that is on lists."""

    published: bool
    withdrawn: bool
    visible_from: datetime
    publish_until: datetime | None
    heat: int
    provider_id: int | None

    def is_listed(self, now: datetime, muted: Collection[int]) -> bool:
        return self.was_listed(muted) and self.visible_from <= now and not self.has_ended(now)

    def was_listed(self, muted: Collection[int]) -> bool:
        """Whether it is, its times apart."""
        return self.published and not self.withdrawn and self.heat != BURIED and self.provider_id not in muted

    def has_ended(self, now: datetime) -> bool:
        return self.publish_until is not None and self.publish_until <= now


_seen = attrgetter(*Seen._fields)


def note_changes(articles: Collection[Article]) -> None:
    """Set the columns `NOTED` of these articles, which are about to be written over what is stored. Two queries."""
    now = timezone.now()
    muted = set(Provider.objects.filter(muted=True).values_list("pk", flat=True))
    rows = Article.objects.filter(pk__in=[article.pk for article in articles])
    stored = {key: values for key, *values in rows.values_list("pk", *NOTED, *TOLD, *Seen._fields)}
    for article in articles:
        changed_at, left_at, *values = stored[article.pk]
        told, before = values[: len(TOLD)], Seen._make(values[len(TOLD) :])
        was_there, is_there = before.is_listed(now, muted), Seen._make(_seen(article)).is_listed(now, muted)
        article.changed_at = now if is_there > was_there or _tells_another(article, told) else changed_at
        article.left_at = None if is_there else now if was_there else _left_at(before, left_at, now, muted)


def note_other_topics(keys: Collection[int]) -> None:
    """These articles, by their keys, have other topics than before."""
    Article.objects.filter(pk__in=keys).update(changed_at=timezone.now())


def note_leaving(articles: QuerySet) -> None:
    """These articles are about to be taken off all lists, by a statement that reads none of them. Two queries."""
    now = timezone.now()
    articles.ended(now).filter(left_at=None).update(left_at=F("publish_until"))
    articles.listed(now).update(left_at=now)


def note_muting(provider: Provider) -> None:
    """The provider has just been muted, or is no longer: its stories leave the lists, or come back. One query."""
    now = timezone.now()
    # `listed` would ask whether it is muted, which it is by now.
    shown = Article.objects.public(now).by_provider(provider).exclude(heat=BURIED)
    shown.update(left_at=now) if provider.muted else shown.update(left_at=None, changed_at=now)


def _tells_another(article: Article, stored: Sequence) -> bool:
    """Whether a column of `TOLD` differs from what is stored; one that was not read is not written either."""
    held = vars(article)
    return any(name in held and held[name] != value for name, value in zip(TOLD, stored, strict=True))


def _left_at(before: Seen, left_at: datetime | None, now: datetime, muted: Collection[int]) -> datetime | None:
    """When one left that is on no list: by its end, where that took it off and nothing did before."""
    if not (before.was_listed(muted) and before.has_ended(now) and before.visible_from < before.publish_until):
        return left_at
    return max(before.publish_until, left_at or before.publish_until)
