"""What an editor decides of a story's picture: another one, uploaded, and the point that crops are made around.

An upload is kept before anything is decided of it, and before the writers' turn: its rendering takes a second, in which
nobody else has to wait. From then on the form carries its digest, so that it is not lost where the form comes back.
"""

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string

from articles.admin.picture_words import ANOTHER, cropped_around, pictures_in_words
from articles.admin.pictures import Picture, kept_picture
from articles.curation import CurationRefused
from articles.decidable import clean_value
from articles.images.keeping import LARGEST_UPLOAD, keep_upload
from articles.images.storing import NotStored
from articles.models import KeptImage

FILE = "picture_file"
WIDEST = 640  # of the picture that a focal point is set on
KINDS = "JPEG, PNG, GIF, WebP, AVIF or BMP"
CHOOSE_AGAIN = "Choose a file again: a browser forgets it."
ROWS = (("17", "top"), ("50", "middle"), ("83", "bottom"))  # in % from the top, each the middle of a third
COLUMNS = (("17", "left"), ("50", "centre"), ("83", "right"))
GRID = [(f"{left},{top}", f"{row} {column}") for top, row in ROWS for left, column in COLUMNS]


def take_upload(request: HttpRequest) -> None:
    """Keep the picture that was uploaded with the form, if any: it is then what the form posts as `picture`. Why it is
    not kept is noted at the file, where the form finds it."""
    upload = request.FILES.get(FILE)
    if upload is None:
        return
    try:
        if upload.size > LARGEST_UPLOAD:  # not read for that
            most = filesizeformat(LARGEST_UPLOAD)
            raise CurationRefused([("", f"It has {filesizeformat(upload.size)}; at most {most} are taken.")])
        image = keep_upload(upload.read(), by=request.user)
    except CurationRefused as refusal:
        upload.refused = f"“{upload.name[:80]}” is not taken. {' '.join(why for _, why in refusal.problems)}"
    except NotStored as error:
        upload.refused = f"“{upload.name[:80]}” cannot be kept at the moment. {error}"
    else:
        request.POST = request.POST.copy()
        request.POST["picture"] = image.digest
        request.POST.pop("picture_clear", None)


def why_not_taken(files: Mapping) -> str:
    """Why the file that was chosen is not kept, for the person who chose it; "" where it is, or there is none."""
    why = getattr(files.get(FILE), "refused", "")
    return f"{why} {CHOOSE_AGAIN}" if why else ""


class PictureInput(forms.Widget):
    """The digest of what stands now, a file to give instead, and a tick that takes it back. What is `given` and not
    decided yet is shown with it."""

    needs_multipart_form = True
    parts = ("file", "clear")
    given: KeptImage | None = None
    decided = False

    def value_from_datadict(self, data, files, name):
        return "" if data.get(f"{name}_clear") else data.get(name, "")

    def render(self, name, value, attrs=None, renderer=None):
        context = {"name": name, "value": value or "", "decided": self.decided} | _ids(attrs)
        given = self.given if self.given and value == self.given.digest else None
        context |= {"given": given, "shown": given and kept_picture(given.renditions)}
        return render_to_string("admin/articles/picture_input.html", context)


class GivenPicture(forms.Field):
    """The picture that stands for upstream's: its digest, or None."""

    widget = PictureInput

    def prepare_value(self, value):
        return value or ""

    def to_python(self, value):
        return (value or "").strip() or None

    def decidable(self, value: str | None) -> str | None:
        return value

    def told(self, value: str | None) -> str:
        return pictures_in_words({value}).get(value, ANOTHER) if value else "upstream’s"


class FocalPointInput(forms.Widget):
    """A point as the log has it ("30,70"), laid over the picture as nine places to choose from, and as two numbers.

    What differs from what was displayed counts, the numbers before the places: so it works without a script, which
    would keep the two the same.
    """

    parts = ("at", "left", "top")
    shown: Picture | None = None

    def value_from_datadict(self, data, files, name):
        displayed = data.get(name, "")
        left, top = (data.get(f"{name}_{side}", "").strip() for side in ("left", "top"))
        typed = f"{left},{top}" if left or top else ""
        if f"{name}_left" in data and typed != displayed:
            return typed
        return data.get(f"{name}_at") or displayed

    def render(self, name, value, attrs=None, renderer=None):
        left, _, top = (value or "").partition(",")
        context = {"name": name, "value": value or "", "left": left, "top": top} | _ids(attrs)
        return render_to_string("admin/articles/focal_input.html", context | {"grid": GRID, "picture": self.shown})


def _ids(attrs: dict | None) -> dict[str, str]:
    """What a template of a widget says of where it stands: its id, and that of its help text."""
    attrs = attrs or {}
    return {"id": attrs.get("id", ""), "described_by": attrs.get("aria-describedby", "")}


class FocalPoint(forms.Field):
    """What crops of the picture are made around: "30,70" is from left and top in %; None for the centre."""

    widget = FocalPointInput

    def prepare_value(self, value):
        return value or ""

    def to_python(self, value):
        if not (value or "").strip(" ,"):
            return None
        left, _, top = value.partition(",")
        sides = (("From the left", left.strip()), ("From the top", top.strip()))
        wrong = [
            f"{side}: a number from 0 to 100 is expected, not {f'“{typed}”' if typed else 'nothing'}."
            for side, typed in sides
            if not (typed.isascii() and typed.isdigit() and len(typed) <= 3 and int(typed) <= 100)
        ]
        if wrong:
            raise forms.ValidationError(wrong)
        return clean_value("focal_point", value)

    def decidable(self, value: str | None) -> str | None:
        return value

    def told(self, value: str | None) -> str:
        return cropped_around(value)
