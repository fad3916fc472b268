import json
import unicodedata
from argparse import ArgumentTypeError
from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.utils import timezone

from articles.curation import Change, CurationRefused, curate, fields_of
from articles.management.base import DatabaseCommand
from articles.merge import DESK_FIELDS
from articles.models import Article


class Command(DatabaseCommand):
    help = "Show an article, or decide on it: one call is one transaction."

    def add_arguments(self, parser):
        parser.add_argument("article", type=_text, metavar="SLUG", help="the article's slug, or SOURCE/STEM")
        parser.add_argument("--set", type=_assignment("set"), metavar="FIELD=VALUE", **MANY)
        parser.add_argument("--boost", type=_assignment("boost"), metavar="FIELD=±N", **MANY)
        parser.add_argument("--release", type=lambda field: Change("release", field), metavar="FIELD", **MANY)
        parser.add_argument("--keep", type=lambda field: Change("keep", field), metavar="FIELD", **MANY)
        parser.add_argument("--by", type=_text, metavar="USERNAME", help="who decides; required with any of the above")
        parser.add_argument("--note", type=_text, default="", metavar="TEXT", help="why, for the history")
        parser.add_argument("--json", action="store_true", help="show it as JSON")

    def run(self, *, article, changes, by, note, **options) -> None:
        if changes and not by:
            raise CommandError("--by USERNAME is required: every decision says whose it is.", returncode=2)
        found = _article(article)
        if changes:
            user = get_user_model().objects.filter(username=by).first()
            if user is None:
                raise CommandError(f"There is no user {by!r}.")
            try:
                curate(found, changes, by=user, note=note)
            except CurationRefused as refusal:
                raise CommandError(f"Refused, nothing was changed: {refusal}") from None
        shown = describe(found)
        self.stdout.write(
            json.dumps(shown, ensure_ascii=False, indent=1) if options["json"] else _as_text(shown, _desk_lines(found))
        )


MANY = {"action": "append", "dest": "changes", "default": []}


def _text(argument: str) -> str:
    if argument.encode("utf-8", "replace").decode() != argument:
        raise ArgumentTypeError("it is not valid UTF-8")
    return argument


def _assignment(kind: str):
    def read(text: str) -> Change:
        field, equals, value = text.partition("=")
        if not equals:
            raise ArgumentTypeError(f"{text!r} is not of the form field=value")
        if field == "topics":
            try:
                return Change(kind, field, json.loads(value))
            except (ValueError, RecursionError):  # refused with the other values, in words
                return Change(kind, field, value)
        return Change(kind, field, value)

    return read


def _article(name: str) -> Article:
    articles = Article.objects.existing().filter(slug=name)
    if "/" in name:
        source, _, stem = name.partition("/")
        articles = Article.objects.existing().filter(source=source, stem=unicodedata.normalize("NFC", stem))
    article = articles.first()
    if article is None:
        raise CommandError(f"There is no article {name}. Give its slug, or SOURCE/STEM.", returncode=2)
    return article


def describe(article: Article) -> dict:
    """The article as `curate --json` shows it: its state, its six fields with their provenance, and its decisions."""
    return {
        "slug": article.slug,
        "source": article.source,
        "stem": article.stem,
        "state": str(article.state(timezone.now())),
        "fields": {name: _plain(field) for name, field in fields_of(article).items()},
        "history": [
            {
                "at": _instant(decision.at),
                "who": decision.username,
                "field": decision.field,
                "kind": decision.kind,
                "old": decision.old,
                "new": decision.new,
                "note": decision.note,
            }
            for decision in article.decisions.all()
        ],
    }


def _plain(field: dict) -> dict:
    conflict = field["conflict"] and field["conflict"] | {"since": _instant(field["conflict"]["since"])}
    order = ("upstream", "decision", "effective", "conflict", "by", "at")
    field = field | {"conflict": conflict, "at": field["at"] and _instant(field["at"])}
    return {name: field[name] for name in order}


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _desk_lines(article: Article) -> list[str]:
    """The decisions in force on the desk's own fields: upstream has no value for them."""
    rows = article.standing_decisions.filter(field__in=DESK_FIELDS).select_related("decision").order_by("field")
    return [f"  {row.field:10} {_value(row.value)}   (set by {row.decision.username})" for row in rows]


def _as_text(shown: dict, desk_lines: list[str]) -> str:
    lines = [f"{shown['slug']}  ({shown['source']}/{shown['stem']}), {shown['state']}"]
    for name, field in shown["fields"].items():
        line = f"  {name:10} {_value(field['effective'])}"
        if field["decision"]:
            how = field["decision"]["kind"]
            how += f" {field['decision']['value']:+d}" if how == "boost" else ""
            line += f"   ({how} by {field['by']}; upstream says {_value(field['upstream'])})"
        if field["conflict"]:
            line += f"   CONFLICT: {_value(field['conflict']['was'])} → {_value(field['conflict']['now'])}"
        lines.append(line)
    return "\n".join(lines + desk_lines)


def _value(value) -> str:
    return json.dumps(value, ensure_ascii=False)
