"""What `/latest/` can be asked for. Nothing asked filters nothing; a value that cannot be meant is said to be wrong."""

import re
from datetime import UTC, date, datetime, time

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Case, Q, Subquery, When
from django.utils.timezone import is_naive, make_aware

from articles.merge import HIGHEST
from articles.models import Article, Provider, Topic
from articles.ranking import BURIED
from articles.searching import Question, read_question

LONGEST = 200
SAID = {  # after "Stories"
    "topic": "about",
    "provider": "from",
    "type": "of type",
    "q": "with",
    "heat_min": "of heat at least",
    "quality_min": "of quality at least",
    "after": "published from",
    "before": "published before",
}
_WEEK_DATE = re.compile(r"^\d{4}-?W", re.IGNORECASE)
_PLUS_READ_AS_BLANK = re.compile(r"(?<=\dT)(\S+) (\d\d:?\d\d)$")


class WholeNumberField(forms.Field):
    """A whole number in decimal digits, nothing cleverer: not "1_000", "1e3", "5.0" or "٥"."""

    widget = forms.TextInput  # a browser's number field would hide the very text that is wrong

    def __init__(self, *, least: int, most: int, **kwargs):
        self.least, self.most = least, most
        super().__init__(**kwargs)
        message = f"A whole number from {least} to {most:,} was expected, such as 40."
        self.error_messages["invalid"] = message
        self.validators += [MinValueValidator(least, message), MaxValueValidator(most, message)]

    def to_python(self, value) -> int | None:
        text = (value or "").strip()
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise forms.ValidationError(self.error_messages["invalid"], "invalid")
        return int(text)

    def widget_attrs(self, widget) -> dict:
        return {"inputmode": "numeric", "autocomplete": "off"}


class MomentInput(forms.TextInput):
    """A calendar where the browser has one; a text field for a timestamp, which a calendar would lose."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["type"] = "date" if not value or _is_date(value) else "text"
        return context


def _is_date(text: str) -> bool:
    """Whether a browser's calendar takes it: the 31st of February it would not show again."""
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text) and date.fromisoformat(text))
    except ValueError:
        return False


class MomentField(forms.Field):
    """A date (its midnight) or an ISO 8601 timestamp; without an offset in TIME_ZONE. Gives an aware datetime in UTC.

    Takes what `datetime.fromisoformat` of Python 3.11 does as calendar dates, and a `+` that a URL turned into a blank.
    """

    widget = MomentInput
    default_error_messages = {
        "invalid": "A date such as 2026-03-01 or a time such as 2026-03-01T18:30:00Z was expected."
    }

    def to_python(self, value) -> datetime | None:
        text = (value or "").strip()
        if not text:
            return None
        try:
            return _moment(_PLUS_READ_AS_BLANK.sub(r"\1+\2", text))
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from None


def _moment(text: str) -> datetime:
    if len(text) > 40 or _WEEK_DATE.match(text):
        raise ValueError("not a calendar date")
    try:
        moment = datetime.combine(date.fromisoformat(text), time.min)
    except ValueError:
        moment = datetime.fromisoformat(text)
    moment = (make_aware(moment) if is_naive(moment) else moment).astimezone(UTC)
    if moment.year == 9999:
        raise ValueError("past the last year that every database can turn into local time")
    return moment


class PlainTextField(forms.CharField):
    """A text without NULs, stripped, of bounded length; said in words."""

    default_error_messages = {"null_characters_not_allowed": "This holds a character that no text can hold (NUL)."}

    def __init__(self, **kwargs):
        super().__init__(max_length=LONGEST, **kwargs)
        self.error_messages["max_length"] = f"At most {LONGEST} characters were expected."
        for validator in self.validators:
            if hasattr(validator, "limit_value"):
                validator.message = self.error_messages["max_length"]
            else:
                validator.message = self.error_messages["null_characters_not_allowed"]


class TextFilter(django_filters.Filter):
    field_class = PlainTextField


class NumberFilter(django_filters.Filter):
    field_class = WholeNumberField


class MomentFilter(django_filters.Filter):
    field_class = MomentField


def _the_one(model, key: str, value: str, name: str) -> Subquery:
    """The topic or outlet whose `key` is `value`, else the first of that name. Within the query of the list."""
    found = model.objects.filter(Q(**{key: value}) | Q(name__iexact=name))
    by_key = Case(When(**{key: value}, then=0), default=1)
    return Subquery(found.order_by(by_key, "pk").values("pk")[:1])


class LatestFilters(django_filters.FilterSet):
    """The filters of `/latest/`: each narrows the list, all are optional, what is not named here is ignored."""

    q = TextFilter(method="matching", label="Words in the title or excerpt")
    topic = TextFilter(method="about_topic", label="Topic", widget=forms.TextInput({"list": "sections"}))
    provider = TextFilter(method="from_outlet", label="Outlet’s name or domain")
    type = TextFilter(field_name="type", label="Type, such as article or video")
    quality_min = NumberFilter("quality", "gte", label="Quality at least", least=0, most=HIGHEST)
    heat_min = NumberFilter("heat", "gte", label="Heat at least", least=BURIED, most=HIGHEST)
    after = MomentFilter("published_at", "gte", label="From")
    before = MomentFilter("published_at", "lt", label="Until, not including")

    class Meta:
        model = Article
        fields: list[str] = []

    def matching(self, articles, name, text):
        return articles.matching(read_question(text))

    def about_topic(self, articles, name, text):
        """By its slug, or, where none has that, by its name in any case."""
        return articles.filter(article_topics__topic=_the_one(Topic, "slug", text, text))

    def from_outlet(self, articles, name, text):
        """By its domain, or, where none has that, by its name in any case."""
        return articles.filter(provider=_the_one(Provider, "domain", text.lower(), text))

    def said(self, names: dict[str, str]) -> list[tuple[str, str]]:
        """What the list holds, as words and what was typed: "about", "AI", …; `names` has those of known values."""
        return [(SAID[name], names.get(name, value)) for name, value in self.asked.items() if name in SAID]

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, as it was typed: the filters of the address that are known and not blank."""
        typed = {name: self.data.get(name, "").strip() for name in self.filters}
        return {name: value for name, value in typed.items() if value}


class SearchFilters(LatestFilters):
    """The same for `/search/`, where what is found is ranked: `qs` is what the other filters leave, `question` what is
    asked for among that."""

    def matching(self, articles, name, text):
        return articles

    @property
    def question(self) -> Question:
        """Nothing where there is no `q`, or a bad one."""
        return read_question(self.form.cleaned_data.get("q", "") if self.is_valid() else "")

    @property
    def narrowed(self) -> dict[str, str]:
        """What was asked for beside the words."""
        return {name: value for name, value in self.asked.items() if name != "q"}
