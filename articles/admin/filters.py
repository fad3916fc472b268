"""The filters of the article list. None of them renders a choice for each provider or topic: those are looked up."""

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Exists, OuterRef
from django.utils import timezone

from articles.models import Article, StandingDecision
from articles.models.article import PUBLISHED
from articles.ranking import BURIED


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(word, word) for word in _STATES]

    def queryset(self, request, queryset):
        return _STATES[self.value()](queryset, timezone.now()) if self.value() in _STATES else queryset


_STATES = {
    "public": lambda articles, now: articles.public(now),
    "unpublished": lambda articles, now: articles.filter(published=False, withdrawn=False),
    "scheduled": lambda articles, now: articles.filter(PUBLISHED, visible_from__gt=now).exclude(publish_until__lte=now),
    "expired": lambda articles, now: articles.filter(PUBLISHED, publish_until__lte=now),
    "buried": lambda articles, now: articles.filter(heat=BURIED),
    "withdrawn": lambda articles, now: articles.filter(withdrawn=True),
}


class DecidedFilter(admin.SimpleListFilter):
    title = "decisions"
    parameter_name = "decided"

    def lookups(self, request, model_admin):
        return [("yes", "decided"), ("no", "undecided"), ("conflict", "in conflict with upstream")]

    def queryset(self, request, queryset):
        decided = Exists(StandingDecision.objects.filter(article=OuterRef("pk")))
        if self.value() == "conflict":
            return queryset.in_conflict()
        return {"yes": queryset.filter(decided), "no": queryset.filter(~decided)}.get(self.value(), queryset)


class Lookup(AutocompleteSelect):
    """Its empty choice has a text, as a placeholder gives the box that is shown in its stead no name."""

    def __init__(self, field, site, nothing: str):
        super().__init__(field, site)
        self.nothing = nothing

    def build_attrs(self, base_attrs, extra_attrs=None):
        attributes = super().build_attrs(base_attrs, extra_attrs)
        return {name: value for name, value in attributes.items() if name not in PLACEHOLDER}

    def create_option(self, name, value, label, *args, **kwargs):
        return super().create_option(name, value, label or self.nothing, *args, **kwargs)


PLACEHOLDER = ("data-placeholder", "data-allow-clear")


class LookupFilter(admin.ListFilter):
    """One row of another table, found by typing a part of its name; works on any number of rows."""

    template = "admin/articles/lookup_filter.html"
    parameter_name = ""
    relation = None

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        self.request = request
        value = (params.pop(self.parameter_name, None) or [""])[-1]
        if value and not (value.isascii() and value.isdigit() and len(value) <= 18):
            raise IncorrectLookupParameters(f"{self.parameter_name} is not a key")
        self.used_parameters = {self.parameter_name: value}
        widget = Lookup(self.relation, model_admin.admin_site, f"any {self.title}")
        self.field = forms.ModelChoiceField(self.relation.related_model.objects.all(), widget=widget, required=False)

    def has_output(self):
        return True

    def expected_parameters(self):
        return [self.parameter_name]

    def value(self):
        return self.used_parameters[self.parameter_name]

    def choices(self, changelist):
        """What the template shows: the field, and the other filters to send along."""
        attributes = {"id": f"filter-{self.parameter_name}", "aria-label": self.title}
        yield {
            "field": self.field.widget.render(self.parameter_name, self.value(), attributes),
            "others": [
                (name, value)
                for name, values in self.request.GET.lists()
                for value in values
                if name not in (self.parameter_name, "p", "e")
            ],
            "clear": changelist.get_query_string(remove=[self.parameter_name]) if self.value() else "",
        }

    def queryset(self, request, queryset):
        return self.found(queryset, int(self.value())) if self.value() else queryset


class ProviderFilter(LookupFilter):
    title = "provider"
    parameter_name = "provider"
    relation = Article._meta.get_field("provider")

    def found(self, queryset, key):
        return queryset.filter(provider=key)


class TopicFilter(LookupFilter):
    title = "topic"
    parameter_name = "topic"
    relation = Article._meta.get_field("topics")

    def found(self, queryset, key):
        return queryset.about(key)
