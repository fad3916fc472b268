"""Pages of the article list, which is never counted to its end: it opens as quickly over 100,000 stories as over 100.

One query takes the keys of a page and of some that follow it, which tells how many there are as far as anybody asks;
a second one takes the rows of the page.
"""

from datetime import timedelta

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.core.paginator import Paginator
from django.utils import timezone

from articles.admin.curves import DAYS
from articles.admin.readonly import OF_LOOKUPS, OF_VALUES, CarefulChangeList
from articles.curves import curves

COUNTED = 1_000  # stories that a number is said for; past them it is "1,000+"
DEEPEST = 10_000  # stories that can be paged through: a database walks over all that come before a page


UNREAD = {
    ERROR_FLAG: "A filter in the address could not be read.",  # Django has led here without it
    SEARCH_VAR: "What was searched holds a character that no text can hold (NUL).",
}


class BoundedChangeList(CarefulChangeList):
    """Django's change list but for `result_count`, which is exact only where `more` is false."""

    more = False
    unread: frozenset[str] = frozenset()

    def get_results(self, request):
        try:
            self._look()
        except (*OF_VALUES, *OF_LOOKUPS) as error:
            raise IncorrectLookupParameters(error) from error

    @property
    def found(self) -> str:
        """How many stories there are, in words that are true: "37", or "1,000+"."""
        return f"{self.result_count - 1:,}+" if self.more else f"{self.result_count:,}"

    @property
    def at_the_end(self) -> bool:
        """Whether more stories follow than can be paged through."""
        return self.more and self.page_num * self.list_per_page >= DEEPEST

    @property
    def problems(self) -> list[str]:
        """What is wrong with what was typed into the filters or stands in the address, in words."""
        told = [sentence for spec in self.filter_specs for sentence in getattr(spec, "problems", ())]
        return [*told, *(sentence for name, sentence in UNREAD.items() if name in self.unread)]

    def get_queryset(self, request, exclude_parameters=None):
        """Nothing, where what was asked cannot be read: not everything, of which a bulk action would then take all."""
        found = super().get_queryset(request, exclude_parameters)
        unread = {ERROR_FLAG: ERROR_FLAG in request.GET, SEARCH_VAR: "\0" in request.GET.get(SEARCH_VAR, "")}
        self.unread = frozenset(name for name, is_unread in unread.items() if is_unread)
        return found.none() if self.unread else found

    def _look(self) -> None:
        size = self.list_max_show_all if self.show_all else self.list_per_page
        self.page_num = 1 if self.show_all else min(max(self.page_num, 1), DEEPEST // size)
        keys = self._keys(size)
        if not keys and self.page_num > 1:  # the page was there before a Save, or a filter, made the list shorter
            self.page_num = 1
            keys = self._keys(size)
        self.can_show_all = not self.more and self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        self.paginator = Paginator(range(min(self.result_count, DEEPEST)), self.list_per_page)
        self.show_full_result_count, self.full_result_count, self.show_admin_actions = False, None, True
        shown = keys if self.show_all and self.can_show_all else keys[: self.list_per_page]
        self.result_list = self.root_queryset.filter(pk__in=shown).order_by(*self.queryset.query.order_by)

    def _keys(self, size: int) -> list[int]:
        """Of the page's stories; how many there are in all is known then too."""
        start = (self.page_num - 1) * size
        end = max(COUNTED, start + size)
        keys = list(self.queryset.values_list("pk", flat=True)[start : end + 1])
        self.result_count = start + len(keys)
        self.more = self.result_count > end
        return keys[:size]


def with_curves(articles) -> None:
    """Give each of these articles the points of its heat's curve, in one query for all of them."""
    now = timezone.now()
    points = curves([article.pk for article in articles], since=now - timedelta(days=DAYS))
    for article in articles:
        article.points = points[article.pk]
