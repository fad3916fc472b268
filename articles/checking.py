"""A quick look over many articles: those that may not be what their logs say. Nothing is locked, nothing written.

Of nearly all articles nobody has decided anything and no file was ever gone: their columns are simply what their newest
file says, and can be compared without an object for each row. All others are left to `articles.rebuilding`.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from articles.merge import project
from articles.models import Article, ArticleTopic, Decision, FormerSlug, Image, RelatedLink, StandingDecision, Version
from articles.projection import columns
from articles.seeds import Story
from articles.seeds.workers import stories_of, work_through
from articles.writing import IMAGE_VALUES, LINK_VALUES, image_values, link_values

BATCH = 400
WORTH_A_PROCESS = 1000  # articles
ARTICLE_NAMES = [field.attname for field in Article._meta.concrete_fields]


def suspects(jobs: int) -> Iterator[list[int]]:
    """For each batch of articles, in the order of their keys, those (by key) that want a thorough look."""
    looks: list[_Look] = []  # those whose stories are being read
    tasks = (look.packed for look in _noted(looks))
    for stories in work_through(stories_of, tasks, jobs if Article.objects.count() > WORTH_A_PROCESS else 1):
        yield looks.pop(0).suspects(stories)


def _noted(looks: list) -> Iterator["_Look"]:
    last = 0
    while keys := list(Article.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        looks.append(_Look(keys))
        yield looks[-1]
        last = keys[-1]


class _Look:
    """A batch of articles, as the database has them."""

    def __init__(self, keys: list[int]):
        self.keys = keys
        names = ("article_id", "pk", "kind", "undone_by_id", "path", "file_digest", "content_digest")
        newest: dict[int, tuple] = {}
        odd: set[int] = set()
        for row in Version.objects.filter(article__in=keys).order_by("article_id", "at", "pk").values_list(*names):
            newest[row[0]] = row
            if row[2] != Version.Kind.FILE or row[3] is not None:
                odd.add(row[0])
        for model in (Decision, StandingDecision, FormerSlug):
            odd |= set(model.objects.filter(article__in=keys).values_list("article", flat=True))
        self.newest = {key: newest[key] for key in keys if key in newest and key not in odd}
        # Of the newest alone: all versions of some hundred articles are more than memory is for.
        data = dict(Version.objects.filter(pk__in=[row[1] for row in self.newest.values()]).values_list("pk", "data"))
        self.packed = [bytes(data[row[1]]) for row in self.newest.values()]

    def suspects(self, stories: list[Story | None]) -> list[int]:
        plain = dict(zip(self.newest, stories, strict=True))
        stored = {row[0]: row for row in Article.objects.filter(pk__in=plain).values_list(*ARTICLE_NAMES)}
        domains = dict(Article.objects.filter(pk__in=plain).values_list("pk", "provider__domain"))
        topics, images, links = _topics(plain), _images(plain, "article_id"), _links(plain)
        return [
            key
            for key in self.keys
            if (story := plain.get(key)) is None
            or not self._is_said(key, story, dict(zip(ARTICLE_NAMES, stored[key], strict=True)))
            or (story.provider and story.provider.domain) != domains[key]
            or list(story.topics) != topics.get(key, [])
            or _pictures(story.images) != images.get(key, [])
            or [_said(related, place) for place, related in enumerate(story.related)] != links.get(key, [])
        ]

    def _is_said(self, key: int, story: Story, stored: dict) -> bool:
        *_, path, file_digest, content_digest = self.newest[key]
        expected = columns(story, project(story, {})) | {
            "path": path,
            "slug": stored["given_slug"],
            "withdrawn": False,
            "undone": False,
        }
        digests = bytes(stored["file_digest"]) == bytes(file_digest) and story.content_digest() == bytes(content_digest)
        digests = digests and bytes(stored["content_digest"]) == bytes(content_digest)
        return digests and all(stored[name] == value for name, value in expected.items())


def _topics(keys: Iterable[int]) -> dict[int, list[str]]:
    rows = ArticleTopic.objects.filter(article__in=keys).order_by("article_id", "position")
    return _grouped(rows.values_list("article_id", "topic__name"), lambda row: row[1])


def _images(keys: Iterable[int], owner: str) -> dict[int, list[tuple]]:
    rows = Image.objects.filter(**{f"{owner}__in": keys}).order_by(owner, "position", "pk")
    return _grouped(rows.values_list(owner, *IMAGE_VALUES), lambda row: row[1:])


def _links(keys: Iterable[int]) -> dict[int, list[tuple]]:
    rows = RelatedLink.objects.filter(article__in=keys).order_by("article_id", "position")
    rows = list(rows.values_list("article_id", "pk", "provider__domain", *LINK_VALUES))
    owners = RelatedLink.objects.filter(article__in=keys)
    images = _images(owners.values("pk"), "related_id")
    return _grouped(rows, lambda row: (row[2], row[3:], images.get(row[1], [])))


def _grouped(rows: Iterable[tuple], value) -> dict[int, list]:
    return {key: [value(row) for row in group] for key, group in groupby(rows, key=itemgetter(0))}


def _said(related, place: int) -> tuple:
    domain = related.provider.domain if related.provider else None
    return domain, link_values(related, place), _pictures(related.images)


def _pictures(images) -> list[tuple]:
    return [image_values(image, place) for place, image in enumerate(images)]
