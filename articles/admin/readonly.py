from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import FieldError
from django.db import DataError, NotSupportedError, ProgrammingError
from django.utils.text import smart_split, unescape_string_literal

LONGEST_SEARCH = 200
MOST_WORDS = 10
OF_VALUES = (ArithmeticError, LookupError, TypeError, ValueError)
OF_LOOKUPS = (FieldError, DataError, NotSupportedError, ProgrammingError)


class CarefulChangeList(ChangeList):
    """Django checks the parameters of an address before it asks the database; what only the asking tells (a year 99999)
    is answered in the same way."""

    @property
    def without_search(self) -> str:
        return self.get_query_string(remove=[SEARCH_VAR, PAGE_VAR])

    def get_results(self, request):
        try:
            super().get_results(request)
        except (*OF_VALUES, *OF_LOOKUPS) as error:
            raise IncorrectLookupParameters(error) from error


def searched(term: str) -> list[str]:
    """The words of a search, those in quotes together; as many as a database lets itself be asked for."""
    words = smart_split(term[:LONGEST_SEARCH].replace("\0", " "))
    words = [unescape_string_literal(word) if word[0] in "\"'" and word[0] == word[-1] else word for word in words]
    return [word for word in words if word][:MOST_WORDS]


class CarefulAdmin(admin.ModelAdmin):
    """Whatever an address says, its list answers in words, and soon."""

    show_full_result_count = False
    list_per_page = 50

    def get_changelist(self, request, **kwargs):
        return CarefulChangeList

    def lookup_allowed(self, lookup, value, request):
        # A pattern is checked, or runs for hours, only in the database.
        return "regex" not in lookup and super().lookup_allowed(lookup, value, request)

    def get_search_results(self, request, queryset, search_term):
        # Databases refuse NUL, and a condition for each of a thousand words.
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH].replace("\0", " "))


class ReadOnlyAdmin(CarefulAdmin):
    """To be looked at: what an import wrote is not typed over, it would only come back."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
