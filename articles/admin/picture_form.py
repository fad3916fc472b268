"""What a story's form asks of its picture: another one with what is said of it, and its focal point.

The words belong to the picture, not to the story: they are no decision, and whoever shows the picture says them. Only
what was typed over is written: with a new file, the words of the picture before it do not become the new one's.
"""

import re

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.validators import RegexValidator

from articles.admin.picture_fields import KINDS, WIDEST, FocalPoint, GivenPicture, why_not_taken
from articles.admin.pictures import kept_picture
from articles.decidable import UNSTORABLE
from articles.images.keeping import WORDS as LONGEST
from articles.images.keeping import describe
from articles.models import Article, KeptImage

WORDS = ("picture_title", "picture_attribution")
OF_UPLOADS = "It is said of a picture that an editor gave: choose a file above, or leave this as it was."


class OneLine(forms.CharField):
    """A text on one line, however it was typed."""

    default_validators = [RegexValidator(UNSTORABLE, "It must not have control characters.", inverse_match=True)]

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class PictureForm(forms.Form):
    """A part of the form of a story (`instance`), which reads and decides its `picture` and `focal_point`."""

    picture = GivenPicture(
        required=False,
        label="Another picture",
        help_text=f"Stands for upstream’s with this story. {KINDS}, up to 30 MB.",
    )
    picture_title = OneLine(
        required=False,
        max_length=LONGEST["title"],
        label="What it shows",
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "autocomplete": "off"}),
        help_text="Of a picture that you give: stands below it, and is read to who cannot see it.",
        show_hidden_initial=True,
    )
    picture_attribution = OneLine(
        required=False,
        max_length=LONGEST["attribution"],
        label="Credit",
        widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto", "autocomplete": "off"}),
        help_text="The photographer or agency.",
        show_hidden_initial=True,
    )
    focal_point = FocalPoint(
        required=False, help_text="Crops keep it in view. Two numbers from 0 to 100; empty: the centre."
    )

    def show_pictures(self) -> None:
        """Give the inputs what they show: the picture as it is, or what was given in its place, and what is said of
        it."""
        article, (picture, point) = self.instance, (self.fields[name].widget for name in ("picture", "focal_point"))
        picture.decided = bool(article.picture)
        posted = self.data.get("picture", "")
        if re.fullmatch("[0-9a-f]{64}", posted) and posted != article.picture:
            picture.given = KeptImage.objects.filter(digest=posted).first()
        if picture.given:
            point.shown = kept_picture(picture.given.renditions, article.focal_point, widest=WIDEST)
        elif found := getattr(article, "story_picture", None):
            point.shown = found.picture
        said = said_of(given_to(article))
        self.initial |= {name: said[name] for name in WORDS}

    def clean_picture(self):
        if why := why_not_taken(self.files):
            raise forms.ValidationError(why)
        return self.cleaned_data["picture"]

    def clean(self):
        cleaned = super().clean()
        typed = [name for name in WORDS if name in self.changed_data and name in cleaned]
        if typed and "picture" in cleaned:
            self.described = self._to_describe(cleaned["picture"])
            for name in typed:
                self._check_words(name, cleaned[name])
        return cleaned

    described: KeptImage | None = None  # whose words were typed over

    def _to_describe(self, digest: str | None) -> KeptImage | None:
        if digest and digest != self.instance.picture:
            return KeptImage.objects.filter(digest=digest).exclude(uploaded_by="").first()
        return given_to(self.instance) if digest else None

    def _check_words(self, name: str, wanted: str) -> None:
        if self.described is None:
            self.add_error(name, OF_UPLOADS)
            return
        now, key = said_of(self.described)[name], self[name].html_initial_name
        if self.described.digest == self.instance.picture and now not in (self.data.get(key, ""), wanted):
            self.add_error(name, f"It was changed to “{now}” meanwhile. Save again to have yours.")
            self.data = self.data.copy()
            self.data[key] = now

    def describe(self, *, by: AbstractBaseUser) -> bool:
        """Write the words that were typed over, once the form is valid; whether there were any."""
        if self.described is None:
            return False
        words = {name.removeprefix("picture_"): self.cleaned_data[name] for name in WORDS if name in self.changed_data}
        describe(self.described, by=by, **words)
        return True


def given_to(article: Article) -> KeptImage | None:
    """The picture that an editor uploaded and that the article shows, which came with its `story_picture`."""
    kept = getattr(getattr(article, "story_picture", None), "kept", None)
    return kept if kept and kept.uploaded_by and kept.digest == article.picture else None


def said_of(image: KeptImage | None) -> dict[str, str]:
    """The words of a picture, by the names of the form's fields."""
    return {name: image.renditions.get(name.removeprefix("picture_"), "") if image else "" for name in WORDS}
