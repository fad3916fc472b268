"""Which stories wait for an editor's eye, and in which order: the best rank first."""

from copy import copy
from dataclasses import dataclass

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict

from articles.admin.readonly import OF_LOOKUPS, OF_VALUES
from articles.models import Article
from articles.querysets import RANKED
from articles.site.paging import Page, cursor_after, page_of

AHEAD = 6  # stories to a page: the one on the screen, and those that are loaded already
COUNTED = 100  # nobody needs to know of more than so many waiting
NAMES = {"undecided": "undecided stories", "conflicts": "stories in conflict", "list": "stories of the list"}
_OF_THE_LIST_ITSELF = (ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR)  # which page it shows, and how it is sorted


class UnknownFilter(Exception):
    """The query string is none of the article list."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The undecided stories, those in conflict, or what a query string of the article list finds (`filter`)."""

    name: str
    filter: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> "Queue":
        """The queue that an address asks for, or the first one where it asks for none that there is."""
        asked = QueryDict(data.get("filter", ""), mutable=True)
        for name in _OF_THE_LIST_ITSELF:
            asked.pop(name, None)
        if asked or data.get("queue") == "list":
            return cls("list", asked.urlencode())
        return cls("conflicts" if data.get("queue") == "conflicts" else "undecided")

    @property
    def title(self) -> str:
        return NAMES[self.name]

    @property
    def asks(self) -> dict[str, str]:
        """What an address says to come here again."""
        return {"queue": self.name} | ({"filter": self.filter} if self.filter else {})

    def stories(self, model_admin, request: HttpRequest) -> QuerySet:
        """All of them, ranked. Raises `UnknownFilter`."""
        articles = Article.objects.existing()
        if self.name == "undecided":
            articles = articles.undecided()
        elif self.name == "conflicts":
            articles = articles.in_conflict()
        else:
            articles = _found(model_admin, request, self.filter)
        articles = articles.select_related(None).prefetch_related(None).order_by(*RANKED)
        return articles.only("pk", *(name.lstrip("-") for name in RANKED))


def walk(stories: QuerySet, cursor: str, size: int = AHEAD) -> Page:
    """The next stories after `cursor`, in one query. A cursor that is none starts at the top."""
    try:
        return page_of(stories, cursor, size)
    except Http404:
        return page_of(stories, "", size)
    except (*OF_VALUES, *OF_LOOKUPS) as error:  # what only the asking tells: a year 99999
        raise UnknownFilter from error


def place_in_queue(article: Article) -> str:
    """The cursor of what follows this story, as it stands now."""
    return cursor_after(article, RANKED)


def count_waiting(stories: QuerySet) -> str:
    """How many wait, in words: a COUNT would read them all."""
    found = len(stories.values_list("pk", flat=True)[: COUNTED + 1])
    return f"more than {COUNTED}" if found > COUNTED else str(found)


def _found(model_admin, request: HttpRequest, query: str) -> QuerySet:
    """What the article list finds for a query string, by the list's own filters and search."""
    asked, desk = copy(request), copy(model_admin)
    asked.GET, asked.method = QueryDict(query), "GET"
    listing = type("Found", (_WithoutResults, model_admin.get_changelist(request)), {})
    desk.get_changelist = lambda request, **options: listing
    try:
        return desk.get_changelist_instance(asked).queryset
    except (IncorrectLookupParameters, *OF_VALUES, *OF_LOOKUPS) as error:
        raise UnknownFilter from error


class _WithoutResults:
    """A list that is asked for its query only, not for a page of it and how many there are."""

    def get_results(self, request):
        self.result_count = self.full_result_count = 0
        self.result_list, self.can_show_all, self.multi_page = [], False, False
        self.show_full_result_count = self.show_admin_actions = False
        self.paginator = None
