"""Forms that decide only what the editor changed.

A page shows values as they were when it was made. Between that and its Save an import or a colleague may have changed
them, so a form carries what it displayed in hidden inputs (Django's `show_hidden_initial`), and three values are
compared for each field: what was displayed, what was typed, and what holds now. Only a field that was typed over is
decided; where it also changed meanwhile, the form comes back with both values and who changed it. What the browser says
it displayed is used to compare with, never to write.
"""

import json
from collections.abc import Iterable

from django import forms
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.template.loader import render_to_string
from django.utils import timezone

from articles.admin.blame import last_change
from articles.admin.clocks import Address, Moment, Pin
from articles.admin.display import Shown, cell, decided_in_row, quoted, shown
from articles.admin.picture_form import PictureForm
from articles.curation import Change, deciding, taken_by_another, why_not_yours
from articles.decidable import Refused, clean_value
from articles.merge import DESK_FIELDS, same
from articles.models import Article, KeptImage, StandingDecision
from articles.site.words import age

OF_UPSTREAM = ("title", "excerpt", "published", "quality", "heat", "topics")
DECIDED_HERE = OF_UPSTREAM + DESK_FIELDS


class WholeNumber(forms.IntegerField):
    """A number as a seed file may have it: digits, where Django would take `+5`, `1_000` or `5.0`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators = []  # the reader has said all there is to say

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return clean_value(self.decides, value.strip() if isinstance(value, str) else value)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None


class Quality(WholeNumber):
    decides = "quality"


class Heat(WholeNumber):
    decides = "heat"


NUMBERS = {"quality": Quality, "heat": Heat}


class SeenForm(forms.ModelForm):
    """A form for some of the fields in `DECIDED_HERE`. `changes` are what its editor decides, once it is valid."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.decided = [name for name in self.fields if name in DECIDED_HERE]
        for name in self.decided:
            self.fields[name].show_hidden_initial = True
            # Else the browser's Back puts what stood here before beside what the page displays now.
            self.fields[name].widget.attrs["autocomplete"] = "off"
            if name not in self._meta.fields:  # no column that Django reads by itself
                self.initial[name] = self._holding(self.instance, name)

    @property
    def changes(self) -> list[Change]:
        typed = [(name, self._decidable(name)) for name in self.decided if name in self.changed_data]
        return [
            Change("set", name, value) if value is not None or name in OF_UPSTREAM else Change("release", name)
            for name, value in typed
        ]

    def clean(self):
        cleaned = super().clean()
        touched = [name for name in self.decided if name in self.changed_data and name not in self.errors]
        if touched:
            # The row as it is at this moment, and stays until the decision is written: the caller is the one writer.
            now = Article.objects.get(pk=self.instance.pk)
            collisions = [name for name in touched if self._collides(name, now)]
            for name in set(touched) - set(collisions):
                self._check(name)
            self._come_back(now, collisions)
        else:
            self._come_back(self.instance, [])
        return cleaned

    def _post_clean(self):
        """What was typed is decided by the verb, never put into the instance: it is checked above, and Django would ask
        the database about each constraint of each row, while all other writers wait."""

    def _save_m2m(self):
        """Topics are decided with the rest, by the verb."""

    def _decidable(self, name: str):
        """None for one of the desk's own that was cleared: that ends the decision."""
        value = self.cleaned_data[name]
        return self.fields[name].decidable(value) if name in DESK_FIELDS else value

    def _check(self, name: str) -> None:
        value = self._decidable(name)
        if value is None and name in DESK_FIELDS:
            return
        try:
            value = clean_value(name, value)
        except Refused as refusal:
            self.add_error(name, str(refusal))
        else:
            if name == "slug" and taken_by_another(value, self.instance):
                self.add_error(name, f"“{value}” is the address of another story, or was: choose another.")
            elif name == "picture" and not KeptImage.objects.filter(digest=value).exists():
                self.add_error(name, "The picture that you gave is not kept any more: give another.")

    def _holding(self, article: Article, name: str):
        if name == "topics":
            return [topic.name for topic in article.topic_list] if article.pk else []
        if name == "pinned":
            return (article.pinned_place, article.pinned_until) if article.pinned_place else None
        return getattr(article, name)

    def _seen(self, name: str):
        """What the page displayed, by its own word; None where it does not say."""
        bound = self[name]
        posted = self._widget_data_value(self.fields[name].hidden_widget(), bound.html_initial_name)
        return None if posted is None else self.fields[name].to_python(posted)

    def _collides(self, name: str, now: Article) -> bool:
        holding, wanted = self._comparable(name, self._holding(now, name)), self.cleaned_data[name]
        return not same(self._seen(name), holding) and not same(wanted, holding)

    def _comparable(self, name: str, value):
        # As it would come back through the page: trimmed, its line ends those of a browser.
        return self.fields[name].to_python(self.fields[name].prepare_value(value))

    def _come_back(self, now: Article, collisions: list[str]) -> None:
        """Say what happened, keep what was typed, and show the rest as it is now, should the page come back: the next
        Save is then a decision."""
        self.data = self.data.copy()
        for name in self.decided:
            holding = self._holding(now, name)
            if name in collisions:
                self.add_error(name, self._told(name, now, holding))
            elif name in self.changed_data:
                continue  # it is compared with what was displayed when it is saved
            else:
                self._show(name, holding, self.add_prefix(name))
            self._show(name, holding, self[name].html_initial_name)

    def _show(self, name: str, value, key: str) -> None:
        prepared = self.fields[name].prepare_value(value)
        if prepared is False and key == self.add_prefix(name):
            self.data.pop(key, None)  # an unticked box is posted as nothing
        else:
            self.data[key] = str(prepared)
            for part in getattr(self.fields[name].widget, "parts", ()):  # as a pin's second input
                self.data.pop(f"{key}_{part}", None)  # the first one has all of it now

    def _told(self, name: str, now: Article, holding) -> str:
        who, when = last_change(now, name)
        ago = age(when, timezone.now()) or f"on {when:%Y-%m-%d}"
        told = getattr(self.fields[name], "told", quoted)
        now, seen, wanted = map(told, (holding, self._seen(name), self.cleaned_data[name]))
        return (
            f"{who} changed it to {now} {ago}; this page showed {seen}, and you want {wanted}. Save again to decide so."
        )


LABELS = {"published": "Published: {}", "quality": "Quality of {}", "heat": "Heat of {}"}


class Cell:
    """An input of the list, with what upstream says below it where an editor decided otherwise."""

    decision: Shown | None = None

    def render(self, name, value, attrs=None, renderer=None):
        rendered = super().render(name, value, attrs, renderer)
        return rendered if self.decision is None else rendered + cell(self.decision)


class NumberCell(Cell, AdminIntegerFieldWidget):
    pass


class TickCell(Cell, forms.CheckboxInput):
    pass


class RowForm(SeenForm):
    """A row of the list. The heads of its columns label nothing for who cannot see them."""

    class Meta:
        model = Article
        fields = ("published", "quality", "heat")
        field_classes = NUMBERS
        widgets = {"published": TickCell, "quality": NumberCell, "heat": NumberCell}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        decisions = decided_in_row(self.instance) if self.instance.pk else {}  # none of the empty row
        for name, label in LABELS.items():
            self.fields[name].widget.decision = decisions.get(name)
            self.fields[name].widget.attrs["aria-label"] = label.format(self.instance.title)
            self.fields[name].help_text = ""  # the list shows none, and an input must not refer to it


class Lines(forms.CharField):
    """Text of several lines. A browser sends them ended as it likes, in hidden inputs too."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class TopicNames(forms.CharField):
    """Topics, one a line, in their order."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 40, "dir": "auto"})

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else "\r\n".join(value)

    def to_python(self, value):
        text = super().to_python(value)
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial, data):
        return self.to_python(self.prepare_value(initial)) != self.to_python(data)


class Offered(forms.CharField):
    """What the ways back were offered for. It is no value of the article's: that it differs changes nothing."""

    widget = forms.HiddenInput

    def has_changed(self, initial, data):
        return False


class ArticleForm(PictureForm, SeenForm):
    """An article's page: all that an editor decides there, and each decision's way back to upstream."""

    topics = TopicNames(
        required=False, help_text="One a line, the most important first. A name that is new makes a new topic."
    )
    publish_at = Moment(required=False, help_text="An embargo: readers see it from then on, and not before.")
    publish_until = Moment(required=False, help_text="Readers see it until then, and not after.")
    pinned = Pin(required=False, help_text="Holds it at this place of the front page, for good or until then.")
    slug = Address(
        required=False,
        label="Address",
        help_text="The last part of it; the old one leads to the new one. Empty: the one that it was given first.",
    )
    release = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Follow upstream again",
        help_text="Takes the decision on these back: the value is upstream's again.",
    )
    keep = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Keep, though upstream moved",
        help_text="Settles the conflict: the decision stands, and upstream's value of now has been seen.",
    )

    # What "follow" and "keep" were offered for: upstream's value and link, and the decision, as the page showed them.
    offered = Offered(required=False)

    class Meta:
        model = Article
        fields = ("title", "excerpt", "published", "quality", "heat")
        field_classes = NUMBERS | {"excerpt": Lines}
        widgets = {
            "title": forms.TextInput(attrs={"class": "vLargeTextField", "maxlength": 500, "dir": "auto"}),
            "excerpt": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4, "dir": "auto"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        standings = {row.field: row for row in self.instance.standing_decisions.select_related("decision")}
        withheld = why_withheld(standings.values(), getattr(self.instance, "looked_at_by", None))
        self._offer("release", [name for name in OF_UPSTREAM if name in standings and name not in withheld])
        self._offer("keep", [name for name in OF_UPSTREAM if name in standings and standings[name].in_conflict])
        self.initial["offered"] = json.dumps(_offered(standings))
        for name, row in standings.items():
            if name in self.fields:
                own = f"{self.fields[name].help_text} " if name in DESK_FIELDS else ""
                self.fields[name].help_text = own + _provenance(row, withheld.get(name, ""))
        self.decided_before, self.withheld = set(standings), withheld
        self.show_pictures()

    @property
    def changes(self) -> list[Change]:
        # An address that is cleared though nobody decided it, or a time that a colleague has just cleared too.
        nothing = [Change("release", name) for name in DESK_FIELDS if name not in self.decided_before]
        typed = [change for change in super().changes if change not in nothing]
        said = [Change("keep", name) for name in self.cleaned_data.get("keep", ())]
        return typed + said + [Change("release", name) for name in self.cleaned_data.get("release", ())]

    def clean(self):
        cleaned = super().clean()
        for name in DESK_FIELDS:  # what is cleared is released
            if name in self.withheld and name in self.changed_data and name in cleaned and not cleaned[name]:
                self.add_error(name, self.withheld[name])
        self._check_clocks(cleaned)
        for way in ("release", "keep"):
            if way not in self.fields and (names := self.data.getlist(way)):
                told = f"{', '.join(names)}: there is nothing to {way} any more. Look again, and save."
                self.add_error(None, told)
            for name in set(cleaned.get(way, ())) & set(self.changed_data):
                self.add_error(name, "Decide a value, or follow upstream, or keep what is decided: not two at once.")
            self._settle(way, cleaned)
        for name in set(cleaned.get("release", ())) & set(cleaned.get("keep", ())):
            self.add_error("keep", f"Follow upstream on {name}, or keep what is decided: not both.")
        if self.errors:
            self.add_error(None, "Nothing is saved yet; all that you typed is still here.")
        return cleaned

    def _check_clocks(self, cleaned: dict) -> None:
        """What ends before it begins nobody would ever see, and nobody means that."""
        begins, ends = cleaned.get("publish_at"), cleaned.get("publish_until")
        touched = {"publish_at", "publish_until"} & set(self.changed_data)
        if touched and begins and ends and ends <= begins:
            self.add_error("publish_until", "It would end before it begins: nobody would ever see the story.")
        _, until = cleaned.get("pinned") or (None, None)
        if "pinned" in self.changed_data and until and until <= timezone.now():
            self.add_error("pinned", "Its time is past already: leave the end out, or choose one that is to come.")

    def _settle(self, way: str, cleaned: dict) -> None:
        """Following and keeping are about what upstream says: where that is no longer what was shown, ask again."""
        now = _offered({row.field: row for row in self.instance.standing_decisions.select_related("decision")})
        for name in cleaned.get(way, ()):
            if now.get(name) != _loaded(cleaned.get("offered")).get(name):
                upstream = shown(now[name][0]) if name in now else "undecided"
                sentence = f"{name} has changed since this page was made: upstream says {upstream} now. Save again."
                self.add_error(way, sentence)
                self.data = self.data.copy()
                self.data["offered"] = json.dumps(now)

    def _offer(self, way: str, names: list[str]) -> None:
        if way in self.fields:
            self.fields[way].choices = [(name, name) for name in names]
            self.fields[way].widget.attrs["autocomplete"] = "off"
            if not names:
                del self.fields[way]


def why_withheld(standings: Iterable[StandingDecision], by) -> dict[str, str]:
    """For each field whose decision `by` may not release, why not; nothing without `by`."""
    why = {row.field: why_not_yours(deciding(row), by) for row in standings} if by else {}
    return {field: sentence for field, sentence in why.items() if sentence}


def _offered(standings: dict) -> dict[str, list]:
    return {name: [row.upstream, row.link, row.decision_id] for name, row in standings.items() if name in OF_UPSTREAM}


def _loaded(text: str) -> dict:
    try:
        loaded = json.loads(text or "{}")
    except (ValueError, RecursionError):
        loaded = {}
    return loaded if isinstance(loaded, dict) else {}


def _provenance(row, withheld: str) -> str:
    ago = age(row.decision.at, timezone.now()) or f"on {row.decision.at:%Y-%m-%d}"
    return render_to_string(
        "admin/articles/provenance.html", {"decision": Shown.of(row), "ago": ago, "withheld": withheld}
    )
