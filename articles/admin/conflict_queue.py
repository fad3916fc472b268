"""Which conflicts a page of the queue shows: what an editor asked for, and in what order."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from articles.admin.filters import Lookup
from articles.merge import UPSTREAM_FIELDS
from articles.models import Article, StandingDecision
from articles.models.decision import Field

ARTICLES = 20  # on a page, each with all its conflicts
COUNTED = 1000  # conflicts; past that it says "more than"
LARGEST_KEY = 2**63 - 1
LOOKUPS = {"provider": "provider", "topic": "topics"}
NAME = "articles_article_conflicts"


class Filters(forms.Form):
    """What narrows the queue. What is not filled in narrows nothing."""

    field = forms.ChoiceField(
        required=False, choices=[("", "any field"), *((n, Field(n).label) for n in UPSTREAM_FIELDS)]
    )
    reason = forms.ChoiceField(
        required=False,
        choices=[("", "any reason"), ("moved", "value changed"), ("link", "link changed")],
    )
    whose = forms.ChoiceField(required=False, label="Decided by", choices=[("", "everybody"), ("mine", "me")])
    order = forms.ChoiceField(required=False, choices=[("", "longest open first"), ("rank", "highest rank first")])
    article = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_KEY, label="story", widget=forms.HiddenInput
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, data, site):
        # What is no key is left out here: a lookup's widget asks the database for whatever was sent.
        self.unknown = [name for name in LOOKUPS if not re.fullmatch("([0-9]{1,18})?", data.get(name, ""), re.ASCII)]
        super().__init__(data.dict() | dict.fromkeys(self.unknown, ""), auto_id="filter-%s", label_suffix="")
        for name, column in LOOKUPS.items():
            relation = Article._meta.get_field(column)
            widget = Lookup(relation, site, f"any {name}")
            self.fields[name] = forms.ModelChoiceField(
                relation.related_model.objects.all(), widget=widget, required=False
            )

    def clean(self):
        for name in self.unknown:
            self.add_error(name, f"There is no such {name}: choose one by typing a part of its name.")
        return super().clean()


@dataclass(slots=True)
class Queue:
    """The conflicts that a request asks for, and the page of them."""

    filters: Filters
    wanted: dict
    user: object

    @classmethod
    def of(cls, request: HttpRequest, site) -> "Queue":
        filters = Filters(request.GET, site)
        filters.is_valid()  # a wrong value is told, and narrows nothing
        return cls(filters, {name: value for name, value in filters.cleaned_data.items() if value}, request.user)

    @property
    def number(self) -> int:
        return self.wanted.get("page", 1)

    @property
    def narrowed(self) -> bool:
        return bool(self.wanted.keys() - {"page", "order"})

    def standings(self) -> QuerySet[StandingDecision]:
        found = StandingDecision.objects.in_conflict().filter(article__undone=False)
        if reason := self.wanted.get("reason"):
            found = found.because(reason)
        if "whose" in self.wanted:
            found = found.filter(decision__user=self.user)
        columns = {"field": "field", "article": "article", "provider": "article__provider"}
        found = found.filter(**{column: self.wanted[name] for name, column in columns.items() if name in self.wanted})
        return found.filter(article__article_topics__topic=self.wanted["topic"]) if "topic" in self.wanted else found

    def page(self) -> tuple[int, list[int], bool]:
        """The number of the page, the keys of its stories in their order, and whether there are more."""
        found = self._articles(number := self.number)
        if not found and number > 1:  # all of what was the last page is settled
            found = self._articles(number := 1)
        return number, found[:ARTICLES], len(found) > ARTICLES

    def _articles(self, number: int) -> list[int]:
        start = (number - 1) * ARTICLES
        keys = self.standings().queue(by_rank=self.wanted.get("order") == "rank").values_list("article", flat=True)
        return list(keys[start : start + ARTICLES + 1])

    def address(self, **changes) -> str:
        asked = {name: getattr(value, "pk", value) for name, value in self.wanted.items() if name != "page"} | changes
        query = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
        return reverse(f"admin:{NAME}") + (f"?{query}" if query else "")

    def count(self) -> int:
        """How many conflicts there are, up to one more than are counted."""
        return self.standings().values("pk")[: COUNTED + 1].count()
