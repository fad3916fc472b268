"""All that the desk decided, newest first: by whom, on what, and each with its way back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.timezone import make_aware

from articles.admin.changes import Changed, decision_change
from articles.admin.history import history_address, is_key, undo_and_tell
from articles.admin.picture_words import pictures_named
from articles.admin.readonly import ReadOnlyAdmin
from articles.curation import PERMISSION, undoable
from articles.models import Article, Decision
from articles.models.decision import Field
from articles.projection import taken_back

LINES = 50
NAMES = 50  # of editors that are offered; any other can be typed
LAST_KEY = 10**18


def in_an_ordinary_year(day: date) -> None:
    """Not so near to either end of the calendar that no time zone knows it."""
    if not 1 < day.year < 9999:
        raise forms.ValidationError("The year must be between 2 and 9998.")


class Filters(forms.Form):
    """What the feed is narrowed to. Editors are typed, as there may be any number of them."""

    by = forms.CharField(required=False, max_length=150, label="Editor")
    field = forms.ChoiceField(required=False, choices=[("", "any field"), *Field.choices])
    kind = forms.ChoiceField(required=False, choices=[("", "anything done"), *Decision.Kind.choices], label="Done")
    since = forms.DateField(required=False, label="From", validators=[in_an_ordinary_year])
    until = forms.DateField(required=False, label="To", validators=[in_an_ordinary_year])
    article = forms.IntegerField(required=False, min_value=1, max_value=LAST_KEY, widget=forms.HiddenInput)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, max_value=LAST_KEY, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["by"].widget.attrs |= {"list": "editors", "autocomplete": "off", "size": 14}
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean_by(self):
        if "\0" in (name := self.cleaned_data["by"]):
            raise forms.ValidationError("No editor has such a name.")
        return name

    def found(self) -> QuerySet[Decision]:
        """The decisions that it lets through; none where a value is wrong."""
        if not self.is_valid():
            return Decision.objects.none()
        asked = {name: value for name, value in self.cleaned_data.items() if value and name != "before"}
        found = Decision.objects.all()
        for name, value in asked.items():
            found = _NARROWED[name](found, value)
        return found

    def kept(self) -> dict[str, str]:
        """The filters as an address has them, but for the place in the list."""
        return {name: self.data[name] for name in self.fields if self.data.get(name) and name != "before"}


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


_NARROWED = {
    "by": lambda found, name: found.made_by(name),
    "field": lambda found, field: found.filter(field=field),
    "kind": lambda found, kind: found.filter(kind=kind),
    "since": lambda found, day: found.filter(at__gte=_midnight(day)),
    "until": lambda found, day: found.filter(at__lte=make_aware(datetime.combine(day, time.max))),
    "article": lambda found, key: found.filter(article=key),
    "batch": lambda found, batch: found.filter(batch=batch),
}


@dataclass(slots=True)
class Line:
    """A line of the feed: one decision, or, with a `size`, all that a bulk action decided, of which it is the last."""

    decision: Decision
    changed: Changed
    address: str
    undone_by: Decision | None
    can_undo: bool
    size: int = 0

    @property
    def batch_page(self) -> str:
        return _page_of(self.decision.batch)


def lines_of(keys: Collection[int], sizes: Mapping[UUID, int], by: AbstractBaseUser) -> list[Line]:
    """The lines of these decisions as `by` may undo them, in two queries however many they are; one or two more where
    they are about pictures."""
    decisions = Decision.objects.filter(pk__in=keys).order_by("-pk").select_related("article", "undoes")
    decisions = list(decisions.only(*SHOWN))
    back, can_undo, pictures = {}, set(), pictures_named(decisions)
    for of_article in _made_since(decisions).values():
        back |= taken_back(of_article)
        can_undo |= undoable(of_article, by)
    return [
        Line(
            each,
            decision_change(each.field, each.old, each.new, pictures),
            history_address(each),
            back.get(each.pk),
            each.pk in can_undo and not each.article.undone,
            sizes.get(each.batch, 0),
        )
        for each in decisions
    ]


SHOWN = (
    "field kind value old new at username note batch undoes article__title article__undone "
    "undoes__kind undoes__username undoes__field"
).split()


def _made_since(decisions: Collection[Decision]) -> Mapping[int, list[Decision]]:
    """By article these decisions and all later ones: what says whether each is undone, or can be."""
    found = defaultdict(list)
    first = min((decision.pk for decision in decisions), default=0)
    since = Decision.objects.filter(article__in={decision.article_id for decision in decisions}, pk__gte=first)
    for decision in since.only("article", "field", "undoes", "user", "username", "at"):
        found[decision.article_id].append(decision)
    return found


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._undo(request)
        filters = Filters(request.GET)
        found = filters.found()
        asked = filters.cleaned_data
        keys, after = found.newest(asked.get("before"), LINES, fold=not asked.get("batch"))
        may = request.user.has_perm(PERMISSION)
        lines = lines_of(keys, {} if asked.get("batch") else _sizes(found, keys), request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": "Decisions",
            "opts": self.opts,
            "filters": filters,
            "editors": _editors(),
            "article": asked.get("article") and Article.objects.filter(pk=asked["article"]).only("title").first(),
            "lines": lines,
            "may": may,
            "older": _query(filters.kept() | {"before": after}) if after else "",
            "newest": _query(filters.kept()) if asked.get("before") else "",
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/articles/decisions.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A decision is read where it stands: in its article's history."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(history_address(get_object_or_404(Decision, pk=object_id if is_key(object_id) else None)))

    def history_view(self, request, object_id, extra_context=None):
        return self.change_view(request, object_id)

    def _undo(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        key = request.POST.get("_undo", "")
        undo_and_tell(self, request, get_object_or_404(Decision, pk=key if is_key(key) else None))
        return redirect(request.get_full_path())


def _query(values: Mapping) -> str:
    return f"?{urlencode(values)}"


def _sizes(found: QuerySet[Decision], keys: Collection[int]) -> dict[UUID, int]:
    """How much each bulk action, of those in the list, decided of what was asked for."""
    batches = Decision.objects.filter(pk__in=keys, batch__isnull=False).values("batch")
    counted = found.filter(batch__in=batches).order_by().values("batch").annotate(size=Count("pk"))
    return dict(counted.values_list("batch", "size"))


def _editors() -> list[str]:
    staff = get_user_model().objects.filter(is_staff=True, is_active=True)
    return list(staff.order_by("username").values_list("username", flat=True)[:NAMES])


def _page_of(batch: UUID) -> str:
    """The page of a bulk action, which undoes it when it is posted to; "" where the desk has none."""
    try:
        return reverse("admin:articles_article_bulk_done", args=[batch])
    except NoReverseMatch:
        return ""
