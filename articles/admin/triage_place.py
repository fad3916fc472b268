"""Where a story would stand on the front page, with the heat it has or with another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.conf import settings

from articles.models import Article
from articles.ranking import BURIED, EPOCH, PLACES, rank
from articles.site.front import at_their_places

LOOKED_AT = 100  # places: what stands behind is "beyond place 100"
HIGHEST = 1_000_000
STEEPEST = 20  # 2 ** 20 is more than the highest heat

Standing = tuple[float, datetime, str, int]  # rank, date, slug and key: what the front page sorts by


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The best of the ranked list, and what is pinned: enough to say where any other story would stand."""

    ranked: Sequence[Standing]
    pinned: Sequence[tuple[int, int]]  # (place, key)

    @classmethod
    def of(cls, now: datetime) -> "FrontPage":
        """As it is at `now`: two queries, however many stories are asked about."""
        pinned = list(Article.objects.pinned(now).values_list("pinned_place", "pk")[:PLACES])
        ranked = Article.objects.listed(now).exclude(pk__in=[key for _, key in pinned]).ranked()
        columns = ("rank", "published_at", "slug", "pk")
        return cls(list(ranked.values_list(*columns)[: LOOKED_AT + 1]), pinned)

    def place(self, article: Article, heat: int) -> int | None:
        """From 1; None on no place that was looked at. A buried story has none."""
        if heat == BURIED:
            return None
        for place, key in self.pinned:
            if key == article.pk:
                return place
        return self._place_at(self._index(article, heat, self._others(article)), article)

    def heats_for_places(self, article: Article) -> list[tuple[int, int]]:
        """(place, least heat) for each place of the front page that it can come to, the best place first."""
        if any(key == article.pk for _, key in self.pinned):
            return []
        others = self._others(article)
        found = []
        for index in range(min(PLACES, len(others) + 1)):
            place = self._place_at(index, article)
            heat = self._least_heat(article, index, others)
            if heat is not None and place is not None and place <= PLACES:
                found.append((place, heat))
        return found

    def _others(self, article: Article) -> list[Standing]:
        return [each for each in self.ranked if each[-1] != article.pk][:LOOKED_AT]

    def _index(self, article: Article, heat: int, others: Sequence[Standing]) -> int:
        own = _order((rank(heat, article.published_at, settings.HALF_LIFE_HOURS), article.published_at, article.slug))
        return sum(_order(each) < own for each in others)

    def _least_heat(self, article: Article, index: int, others: Sequence[Standing]) -> int | None:
        if index == len(others):
            return 0
        hours = (article.published_at - EPOCH).total_seconds() / 3600
        doublings = others[index][0] - hours / settings.HALF_LIFE_HOURS
        if doublings > STEEPEST:
            return None
        heat = ceil(2**doublings) if doublings > 0 else 0
        if self._index(article, heat, others) > index:  # a tie that it loses by its date
            heat = max(heat, 1) + 1
        return heat if heat <= HIGHEST else None

    def _place_at(self, index: int, article: Article) -> int | None:
        if index >= LOOKED_AT:
            return None
        before = [each[-1] for each in self.ranked if each[-1] != article.pk]
        merged = at_their_places([*before[:index], article.pk, *before[index:]], list(self.pinned))
        return merged.index(article.pk) + 1


def _order(standing: Sequence) -> tuple:
    return -standing[0], -standing[1].timestamp(), standing[2]
