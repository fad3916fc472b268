"""The stories that a run changed, or would change, as the desk lists them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from articles.admin.changes import Changed, field_change, new_field
from articles.importing.changes import StoryChange
from articles.models import Article


@dataclass(frozen=True, slots=True)
class ChangedStory:
    """One row of a list of changes."""

    title: str
    stem: str
    what: str
    fields: list[Changed]
    key: int | None = None  # of the article, where it has a page
    conflicts: int = 0
    left_out: int = 0  # fields that were too many to keep
    since: bool = False  # it came to change otherwise while somebody looked at it

    @classmethod
    def of_run(cls, change: StoryChange) -> "ChangedStory":
        article = change.article
        key = None if article.undone else article.pk
        return cls(article.title, article.stem, str(change.what), changed_fields(change.fields), key)

    @classmethod
    def kept(cls, entry: Mapping, article: Article | None, since: Iterable[str] = ()) -> "ChangedStory":
        """From what a dry run or a held run keeps of a story, and its article where there is one."""
        return cls(
            title=entry.get("title") or (article.title if article else entry["stem"]),
            stem=entry["stem"],
            what=entry["verdict"],
            fields=changed_fields(entry.get("fields", {})),
            key=article.pk if article else None,
            conflicts=entry.get("conflicts", 0),
            left_out=entry.get("fields_left_out", 0),
            since=entry["stem"] in since,
        )


def changed_stories(entries: list[Mapping], source: str, since: Iterable[str] = ()) -> list[ChangedStory]:
    """Rows for what is kept of some stories of a source; one query."""
    stems = [entry["stem"] for entry in entries]
    articles = Article.objects.existing().filter(source=source, stem__in=stems).only("pk", "title", "stem")
    by_stem = {article.stem: article for article in articles} if stems else {}
    return [ChangedStory.kept(entry, by_stem.get(entry["stem"]), since) for entry in entries]


def changed_fields(fields: Mapping[str, Iterable]) -> list[Changed]:
    return [new_field(key, new) if old is None else field_change(key, old, new) for key, (old, new) in fields.items()]
