"""What an editor says of a bulk action: a small form for each kind, which gives the changes to plan."""

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

from django import forms
from django.conf import settings
from django.contrib.admin.helpers import ActionForm

from articles.admin.filters import Lookup
from articles.bulk import MOVE, cleaned
from articles.curation import Change, CurationRefused
from articles.merge import FIELDS
from articles.models import Article, ArticleTopic, Topic
from articles.models.decision import Field
from articles.rows import select

MOST_TOPICS = 300
ACROSS = [("0", "the ticked stories"), ("1", "everything this list finds")]


class BulkBar(ActionForm):
    """The list's bar: what to do, and with which stories. It works without a script."""

    select_across = forms.BooleanField(label="with", required=False, initial=False, widget=forms.Select(choices=ACROSS))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["action"].label = "Do"
        for name, field in self.fields.items():
            field.widget.attrs |= {"id": f"bulk-{name}", "autocomplete": "off"}


class Asked(forms.Form):
    """The parameters of a bulk action. `changes` are what they come to, once the form is valid."""

    note = forms.CharField(
        required=False,
        max_length=500,
        label="Note",
        help_text="Why, for the history of each story. You may leave it out.",
        widget=forms.TextInput(attrs={"class": "vLargeTextField", "dir": "auto"}),
    )

    def __init__(self, keys: Sequence[int], site, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.keys, self.site = keys, site
        self.changes: tuple[Change, ...] = ()
        self.order_fields([name for name in self.fields if name != "note"])
        self.prepare()

    def prepare(self) -> None:
        """What the form offers, from the chosen stories."""

    def asked(self) -> list[Change]:
        """The changes as typed, from `cleaned_data`."""
        raise NotImplementedError

    @property
    def parameters(self) -> list:
        return [field for field in self if field.name != "note"]

    def clean(self):
        found = super().clean()
        if not self.errors and (asked := self.asked()):
            try:
                self.changes = cleaned(asked)
            except CurationRefused as refusal:
                for name, sentence in refusal.problems:
                    self.add_error(self.typed_in(name), sentence)
        return found

    def typed_in(self, name: str) -> str | None:
        """The input in which the value for this field was typed, by which its error stands."""
        return name if name in self.fields else None


class Fixed(Asked):
    """One that needs no parameters."""

    value: Change

    def asked(self) -> list[Change]:
        return [self.value]


class Publish(Fixed):
    value = Change("set", "published", True)


class Unpublish(Fixed):
    value = Change("set", "published", False)


class Bury(Fixed):
    value = Change("set", "heat", -1)


NUMBER = forms.ChoiceField(label="Field", choices=[("heat", "heat"), ("quality", "quality")])


def number(example: str) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "numeric", "size": 8, "placeholder": example, "autocomplete": "off"})


class SetNumber(Asked):
    field = NUMBER
    value = forms.CharField(
        max_length=10, label="Value", help_text="From 0 to about 200. A heat of −1 buries.", widget=number("60")
    )

    def asked(self) -> list[Change]:
        typed = self.cleaned_data["value"].replace("\N{MINUS SIGN}", "-")
        return [Change("set", self.cleaned_data["field"], typed)]

    def typed_in(self, name: str) -> str | None:
        return "value" if name else None


class Boost(Asked):
    field = NUMBER
    value = forms.CharField(
        max_length=10,
        label="By",
        help_text="+20 is twenty more than upstream says, whatever that will be; −20 twenty less.",
        widget=number("+20"),
    )

    def asked(self) -> list[Change]:
        typed = self.cleaned_data["value"].replace("\N{MINUS SIGN}", "-")
        return [Change("boost", self.cleaned_data["field"], typed)]

    def typed_in(self, name: str) -> str | None:
        return "value" if name else None


ALL = "all"
RELEASABLE = [name for name in FIELDS if name != "slug"]


class Release(Asked):
    field = forms.ChoiceField(
        label="What",
        choices=[(name, Field(name).label) for name in RELEASABLE] + [(ALL, "all that is decided, but for addresses")],
        help_text="These follow upstream again.",
    )

    def asked(self) -> list[Change]:
        chosen = self.cleaned_data["field"]
        return [Change("release", name) for name in (RELEASABLE if chosen == ALL else [chosen])]


def moment(label: str, help_text: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(required=False, label=label, help_text=help_text, widget=widget)


class Embargo(Asked):
    publish_at = moment("Publish at", f"Not before then ({settings.TIME_ZONE}). Empty: as it is.")
    publish_until = moment("Publish until", "Readers see it no longer from then on. Empty: as it is.")

    def asked(self) -> list[Change]:
        times = [(name, self.cleaned_data.get(name)) for name in ("publish_at", "publish_until")]
        if not any(when for _, when in times):
            self.add_error(None, "Say from when readers may see these stories, or until when, or both.")
        elif all(when for _, when in times) and times[0][1] >= times[1][1]:
            self.add_error("publish_until", "The end must come after the beginning.")
        else:
            return [Change("set", name, when) for name, when in times if when]
        return []


class MoveTopic(Asked):
    before = forms.ChoiceField(label="From", help_text="A topic of the chosen stories.")
    after = forms.ModelChoiceField(Topic.objects.all(), required=False, label="To")
    typed = forms.CharField(
        required=False,
        max_length=200,
        label="or to, typed",
        help_text="A name that is new makes a new topic. It takes the old topic's place in the order of each story.",
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )

    def prepare(self) -> None:
        self.fields["before"].choices = [(key, f"{name} ({count:,})") for key, name, count in topics_of(self.keys)]
        relation = Article._meta.get_field("topics")
        self.fields["after"].widget = Lookup(relation, self.site, "look a topic up")
        self.fields["after"].widget.choices = self.fields["after"].choices

    def asked(self) -> list[Change]:
        after, typed = self.cleaned_data.get("after"), self.cleaned_data.get("typed")
        if bool(after) == bool(typed):
            sentence = "Look the new topic up, or type its name: one of the two."
            self.add_error("typed", sentence)
            return []
        before = Topic.objects.get(pk=self.cleaned_data["before"])
        return [Change(MOVE, "topics", (before.name, after.name if after else typed))]

    def typed_in(self, name: str) -> str | None:
        return "typed" if name else None


def topics_of(keys: Sequence[int]) -> list[tuple[int, str, int]]:
    """Key, name and number of stories of the most frequent topics among these articles, in two queries."""
    counts = Counter(map(itemgetter(0), select(ArticleTopic, ["topic_id"], "article_id", keys)))
    frequent = dict(counts.most_common(MOST_TOPICS))
    names = dict(Topic.objects.filter(pk__in=frequent).values_list("pk", "name"))
    return [(key, names[key], count) for key, count in frequent.items() if key in names]
