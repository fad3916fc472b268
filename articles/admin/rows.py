"""The article list as a form: which rows a Save is about, and what it says where it could not be done whole."""

import re
from dataclasses import dataclass

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.forms import BaseModelFormSet
from django.http import QueryDict

from articles.admin.paging import BoundedChangeList, with_curves
from articles.models import Article
from articles.site.words import counted

PREFIX = "form"
MOST_ROWS = 1000
UNSAVED = "_unsaved"  # posted with an action that came before what was typed had been saved
# An input of a row, or the hidden one beside it that says what the page displayed.
_OF_A_ROW = re.compile(rf"((?:initial-)?{PREFIX}-)([0-9]{{1,4}})(-.+)")


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted list without the rows whose story is gone, numbered anew; `gone` says which those were, or is ""."""

    data: QueryDict
    gone: str

    @classmethod
    def of(cls, data: QueryDict) -> "Posted":
        keys = posted_keys(data)
        stored = dict(Article.objects.filter(pk__in=keys.values()).values_list("pk", "undone"))
        here = [row for row, key in keys.items() if stored.get(key) is False]
        gone = [key for key in keys.values() if stored.get(key) is not False]
        return cls(_only(data, here), _told(gone) if gone else "")


def posted_keys(data: QueryDict) -> dict[int, int]:
    """The article of each row of a posted list, in the order of the rows."""
    keys = {row: data.get(f"{PREFIX}-{row}-id", "") for row in range(min(_total(data) or 0, MOST_ROWS))}
    return {row: int(key) for row, key in keys.items() if re.fullmatch("[0-9]{1,18}", key)}


def _total(data: QueryDict) -> int | None:
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    return int(total[:9]) if re.fullmatch("[0-9]+", total) else None


def _only(data: QueryDict, rows: list[int]) -> QueryDict:
    places = {str(row): place for place, row in enumerate(rows)}
    kept = QueryDict(mutable=True)
    for name, values in data.lists():
        of_a_row = _OF_A_ROW.fullmatch(name)
        if of_a_row is None:
            kept.setlist(name, values)
        elif of_a_row[2] in places:
            kept.setlist(f"{of_a_row[1]}{places[of_a_row[2]]}{of_a_row[3]}", values)
    if _total(data) is not None:
        kept[f"{PREFIX}-TOTAL_FORMS"] = kept[f"{PREFIX}-INITIAL_FORMS"] = str(len(rows))
    return kept


def _told(gone: list[int]) -> str:
    titles = Article.objects.filter(pk__in=gone).values_list("title", flat=True)
    named = f": {', '.join(f'“{title}”' for title in titles[:5])}" if titles else ""
    are, them = ("is", "it") if len(gone) == 1 else ("are", "them")
    return f"{counted(len(gone), 'story')} {are} no longer here, the import that brought {them} was undone{named}."


class PostedRows(BoundedChangeList):
    """When a list is saved, its rows are those that were posted: an import may have moved others in between."""

    def get_results(self, request):
        if request.method != "POST" or "_save" not in request.POST:
            super().get_results(request)
            with_curves(self.result_list)
            return
        self.page_num = 1  # the page that was opened may be gone: what was typed there is not
        super().get_results(request)
        keys = posted_keys(request.POST).values()
        rows = self.root_queryset.in_bulk(keys)
        self.result_list = [rows[key] for key in keys if key in rows]
        with_curves(self.result_list)
        ticked = set(request.POST.getlist(ACTION_CHECKBOX_NAME))
        for article in self.result_list:
            article.is_ticked = str(article.pk) in ticked


class Rows(BaseModelFormSet):
    """The rows of the list, all of them saved or none."""

    def clean(self):
        """What is wrong with any row is told at the top too: on a telephone the row's own place is out of sight."""
        super().clean()
        wrong = [
            f"{form.instance.title}, {name}: {sentence}"
            for form in self.forms
            for name, sentences in form.errors.items()
            for sentence in sentences
        ]
        if UNSAVED in self.data:
            wrong.insert(0, "Save what you changed, or take it back, and then act on many stories.")
        if wrong:
            raise ValidationError(["Nothing is saved yet; all that you changed is still in the list.", *wrong])
