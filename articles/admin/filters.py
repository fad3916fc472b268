"""The filters of the article list. None of them renders a choice for each provider or topic: those are looked up."""

import re
from datetime import date, datetime, time, timedelta

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Exists, OuterRef
from django.utils import timezone

from articles.merge import HIGHEST
from articles.models import Article, StandingDecision
from articles.models.article import PUBLISHED
from articles.overview import pictured
from articles.ranking import BURIED


class ChoiceFilter(admin.SimpleListFilter):
    """A filter by a word from a list. One that is not on it finds nothing, and `problems` say so: a list that was not
    narrowed would pass for one that was, and a bulk action would take all of it."""

    template = "admin/articles/choice_filter.html"

    @property
    def problems(self) -> list[str]:
        words = [word for word, _ in self.lookup_choices]
        if not self.value() or self.value() in words:
            return []
        return [f"{self.title.capitalize()}: “{self.value()[:40]}” was asked for; expected is {', '.join(words)}."]

    def queryset(self, request, queryset):
        if self.problems:
            return queryset.none()
        return self.found(request, queryset) if self.value() else queryset


class StateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(word, word) for word in _STATES]

    def found(self, request, queryset):
        return _STATES[self.value()](queryset, timezone.now())


_STATES = {
    "public": lambda articles, now: articles.public(now),
    "unpublished": lambda articles, now: articles.filter(published=False, withdrawn=False),
    "scheduled": lambda articles, now: articles.filter(PUBLISHED, visible_from__gt=now).exclude(publish_until__lte=now),
    "expired": lambda articles, now: articles.filter(PUBLISHED, publish_until__lte=now),
    "buried": lambda articles, now: articles.filter(heat=BURIED),
    "pinned": lambda articles, now: articles.pinned_by_desk(now),
    "withdrawn": lambda articles, now: articles.filter(withdrawn=True),
}


class DecidedFilter(ChoiceFilter):
    title = "decisions"
    parameter_name = "decided"

    def lookups(self, request, model_admin):
        return [
            ("no", "undecided"),
            ("yes", "decided"),
            ("me", "decided by me"),
            ("conflict", "in conflict with upstream"),
            ("my-conflict", "in conflict, decided by me"),
        ]

    def found(self, request, queryset):
        decided = StandingDecision.objects.all()
        mine = decided.filter(decision__user=request.user)
        found = {
            "yes": lambda: queryset.with_any(decided),
            "no": lambda: queryset.filter(~Exists(decided.filter(article=OuterRef("pk")))),
            "me": lambda: queryset.with_any(mine),
            "conflict": lambda: queryset.with_any(decided.in_conflict()),
            "my-conflict": lambda: queryset.with_any(mine.in_conflict()),
        }
        return found[self.value()]()


class ImageFilter(ChoiceFilter):
    """By whether readers see a picture, whoever's."""

    title = "picture"
    parameter_name = "image"

    def lookups(self, request, model_admin):
        return [("yes", "with a picture"), ("no", "without one")]

    def found(self, request, queryset):
        return queryset.filter(pictured()) if self.value() == "yes" else queryset.filter(~pictured())


class FormFilter(admin.ListFilter):
    """A filter that is typed into a plain form. `problems` are sentences about what cannot be read: then nothing is
    found, for a list that was not narrowed would pass for one that was."""

    template = "admin/articles/form_filter.html"
    parameters: tuple[str, ...] = ()

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        self.request = request
        self.used_parameters = {name: (params.pop(name, None) or [""])[-1].strip() for name in self.parameters}
        self.problems: list[str] = []

    def has_output(self):
        return True

    def expected_parameters(self):
        return list(self.parameters)

    def choices(self, changelist):
        """What the template shows: the inputs, the other filters to send along, and the way back."""
        yield {
            "inputs": self.inputs(),
            "problems": self.problems,
            "others": [
                (name, value)
                for name, values in self.request.GET.lists()
                for value in values
                if name not in (*self.parameters, "p", "e")
            ],
            "clear": changelist.get_query_string(remove=self.parameters) if any(self.used_parameters.values()) else "",
            "links": [(text, changelist.get_query_string(new)) for text, new in self.links()],
        }

    def links(self):
        """Choices that take one click: a text and the parameters of each."""
        return ()

    def queryset(self, request, queryset):
        bounds = [self.read(name, text) if text else None for name, text in self.used_parameters.items()]
        return queryset.none() if self.problems else self.found(queryset, *bounds)


class RangeFilter(FormFilter):
    """From one number to another, both included."""

    lowest = 0

    def __init__(self, request, params, model, model_admin):
        self.parameters = (f"{self.title}_min", f"{self.title}_max")
        super().__init__(request, params, model, model_admin)

    def inputs(self):
        for name, word in zip(self.parameters, ("from", "to"), strict=True):
            attributes = {"id": f"filter-{name}", "inputmode": "numeric", "min": self.lowest, "max": HIGHEST}
            typed = self.used_parameters[name]
            # A browser leaves an input for numbers empty where its value is none: what was typed is to be mended.
            widget = forms.NumberInput if re.fullmatch("(-?[0-9]+)?", typed) else forms.TextInput
            yield {"id": f"filter-{name}", "word": word, "input": widget(attributes).render(name, typed)}

    def read(self, name: str, text: str) -> int | None:
        if re.fullmatch("-?[0-9]{1,9}", text) and self.lowest <= int(text) <= HIGHEST:
            return int(text)
        word = "from" if name == self.parameters[0] else "to"
        expected = f"a whole number from {self.lowest} to {HIGHEST:,}, in digits"
        self.problems.append(f"{self.title.capitalize()} {word}: “{text[:40]}” was typed; expected is {expected}.")
        return None

    def found(self, queryset, least, most):
        if least is not None and most is not None and least > most:
            self.problems.append(f"{self.title.capitalize()} from {least} to {most} finds nothing: turn the two about.")
        return queryset.in_range(self.title, least, most)


class HeatFilter(RangeFilter):
    title = "heat"
    lowest = BURIED


class QualityFilter(RangeFilter):
    title = "quality"


class DateFilter(FormFilter):
    """From one day to another, both included, as days are in TIME_ZONE."""

    title = "date"
    parameters = ("date_from", "date_to")

    def inputs(self):
        for name, word in zip(self.parameters, ("from", "to"), strict=True):
            typed = self.used_parameters[name]
            kind = "text" if self.problems else "date"  # which leaves out what is none
            widget = forms.DateInput({"id": f"filter-{name}", "type": kind})
            yield {"id": f"filter-{name}", "word": word, "input": widget.render(name, typed)}

    def links(self):
        today = timezone.localdate()
        for text, first, last in (("today", 0, 0), ("yesterday", 1, 1), ("past 7 days", 6, 0)):
            days = [today - timedelta(days=first), today - timedelta(days=last)]
            yield text, dict(zip(self.parameters, map(str, days), strict=True))

    def read(self, name: str, text: str) -> date | None:
        try:
            day = date.fromisoformat(text) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        except ValueError:
            day = None
        if day and 1 < day.year < 9999:  # at the ends of time there is no midnight in another zone
            return day
        word = "from" if name == self.parameters[0] else "to"
        self.problems.append(f"Date {word}: “{text[:40]}” was typed; expected is a day like {timezone.localdate()}.")
        return None

    def found(self, queryset, first, last):
        if first and last and first > last:
            self.problems.append(f"Date from {first} to {last} finds nothing: turn the two about.")
        queryset = queryset.filter(published_at__gte=_midnight(first)) if first else queryset
        return queryset.filter(published_at__lt=_midnight(last + timedelta(days=1))) if last else queryset


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


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


class LookupFilter(FormFilter):
    """One row of another table, found by typing a part of its name; works on any number of rows."""

    parameter_name = ""
    relation = None

    def __init__(self, request, params, model, model_admin):
        self.parameters = (self.parameter_name,)
        super().__init__(request, params, model, model_admin)
        if self.value() and not (self.value().isascii() and self.value().isdigit() and len(self.value()) <= 18):
            raise IncorrectLookupParameters(f"{self.parameter_name} is not a key")
        widget = Lookup(self.relation, model_admin.admin_site, f"any {self.title}")
        self.field = forms.ModelChoiceField(self.relation.related_model.objects.all(), widget=widget, required=False)

    def value(self):
        return self.used_parameters[self.parameter_name]

    def inputs(self):
        attributes = {"id": f"filter-{self.parameter_name}", "aria-label": self.title}
        yield {"input": self.field.widget.render(self.parameter_name, self.value(), attributes)}

    def read(self, name: str, text: str) -> int:
        return int(text)


class ProviderFilter(LookupFilter):
    title = "provider"
    parameter_name = "provider"
    relation = Article._meta.get_field("provider")

    def found(self, queryset, key):
        return queryset if key is None else queryset.filter(provider=key)


class TopicFilter(LookupFilter):
    title = "topic"
    parameter_name = "topic"
    relation = Article._meta.get_field("topics")

    def found(self, queryset, key):
        return queryset if key is None else queryset.about(key)
