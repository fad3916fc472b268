"""When what is told of a story last became another, and when it left the lists: for programs that keep a copy.

Neither log says when a column was written: an import of upstream's past, a repair and an undo all write today what was
said long ago. So it is noted here, by whoever writes articles, of what stands in the database at that moment. Heat,
quality and rank count for nothing, but for heat −1, which takes a story off the lists. Callers are the one writer:
moments are given in the order in which they can be read.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils import timezone

from articles.models import Article, Provider
from articles.ranking import BURIED

SEEN = "published withdrawn visible_from publish_until heat provider_id".split()
TOLD = "title excerpt published_at facts_digest".split()
NOTED = ("changed_at", "left_at")


def note_changes(articles: Collection[Article]) -> None:
    """Set the columns `NOTED` of these articles, which are about to be written over what is stored. Two queries."""
    now = timezone.now()
    muted = set(Provider.objects.filter(muted=True).values_list("pk", flat=True))
    stored = Article.objects.only(*SEEN, *TOLD, *NOTED).in_bulk([article.pk for article in articles])
    for article in articles:
        before = stored[article.pk]
        was_there, is_there = (_is_listed(each, now, muted) for each in (before, article))
        article.changed_at = now if is_there > was_there or _tells_another(before, article) else before.changed_at
        article.left_at = None if is_there else now if was_there else _left_at(before, now, muted)


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


def _tells_another(before: Article, after: Article) -> bool:
    """Whether a column of `TOLD` differs; one that was not read is not written either."""
    unread = after.get_deferred_fields()
    return any(name not in unread and _plain(getattr(before, name)) != _plain(getattr(after, name)) for name in TOLD)


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def _is_listed(article: Article, now: datetime, muted: set[int]) -> bool:
    return article.state(now) == Article.State.PUBLIC and not article.is_buried and article.provider_id not in muted


def _left_at(before: Article, now: datetime, muted: set[int]) -> datetime | None:
    """When one left that is on no list: by its end, where that took it off and nothing did before."""
    ended = before.state(now) == Article.State.EXPIRED and before.visible_from < before.publish_until
    if not ended or before.is_buried or before.provider_id in muted:
        return before.left_at
    return max(before.publish_until, before.left_at or before.publish_until)
