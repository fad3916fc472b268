"""What chief editors decide of providers and topics. An editor's word stands over upstream's, which is kept beside it
(`models.overridden`), as it does for articles; here there is no log of decisions, only Django's own of the admin.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from articles.changes import note_muting
from articles.curation import CurationRefused
from articles.decidable import UNSTORABLE, Refused
from articles.models import FormerTopicSlug, ImagesPolicy, Provider, Topic
from articles.models.overridden import Overridden
from articles.seeds import values
from articles.seeds.problems import Wrong, shown
from articles.slugs import LONGEST, is_topic_slug
from articles.writing import TakenSlugs, one_writer

CHANGE_PROVIDER = "articles.change_provider"
CHANGE_TOPIC = "articles.change_topic"
FOLLOW = object()  # instead of a value: the field is upstream's again


def change_provider(provider: Provider, changes: Mapping[str, Any], *, by: AbstractBaseUser) -> None:
    """Decide a provider's `name` (text, or `FOLLOW`), whether it is `muted`, and its `images_policy` (`ImagesPolicy`,
    or "" for the site's); `provider` is brought up to date.

    Raises `CurationRefused`, and changes nothing, where a value is wrong or `by` may not.
    """
    _change(provider, changes, CHANGE_PROVIDER, by)


def change_topic(topic: Topic, changes: Mapping[str, Any], *, by: AbstractBaseUser) -> None:
    """Decide a topic's `slug`, `shortname` and `parent` (a topic, its name, or None), each of them or `FOLLOW`. An old
    slug leads to the topic for ever; its name is what it is known by, and stays.

    Raises `CurationRefused`, and changes nothing, where a value is wrong or `by` may not.
    """
    _change(topic, changes, CHANGE_TOPIC, by)


def problems_of(row: Provider | Topic, changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(field, sentence) for each of `changes` that would be refused now; nothing is written."""
    return _apply(type(row).objects.get(pk=row.pk), changes)


Setter = Callable[[Any, Any], None]


def _change(row: Provider | Topic, changes: Mapping[str, Any], permission: str, by: AbstractBaseUser) -> None:
    if not by.is_active or not by.has_perm(permission):
        raise CurationRefused([("", f"{by.get_username()} may not change it (the permission is {permission}).")])
    with one_writer():
        now = type(row).objects.select_for_update().get(pk=row.pk)
        slug, muted = getattr(now, "slug", None), getattr(now, "muted", None)
        if problems := _apply(now, changes):
            raise CurationRefused(problems)
        now.save()
        if slug != getattr(now, "slug", None):
            _lead_there(now, slug)
        if muted != getattr(now, "muted", None):
            note_muting(now)
    row.refresh_from_db()


def _apply(row: Provider | Topic, changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    setters, problems = _SETTERS[type(row)], []
    for field, value in changes.items():
        try:
            if field not in setters:
                raise Refused(f"There is no such field. The fields are {', '.join(setters)}.")
            setters[field](row, value)
        except Wrong as wrong:
            problems.append((field, f"It {wrong}."))
        except Refused as refusal:
            problems.append((field, str(refusal)))
    return problems


def _decide(row: Overridden, field: str, value: Any) -> None:
    if value is not FOLLOW:
        row.decide(field, value)
    elif field in row.overridden:
        row.release(field)
    else:
        raise Refused("There is no decision on it: it follows upstream already.")


# -- providers


def _name(provider: Provider, value: Any) -> None:
    _decide(provider, "name", value if value is FOLLOW else _text(value, required=True))


def _muted(provider: Provider, value: Any) -> None:
    if not isinstance(value, bool):
        raise Wrong(f"must be yes or no, not {shown(str(value))}")
    provider.muted = value  # upstream says nothing of that


def _images_policy(provider: Provider, value: Any) -> None:
    if value not in ("", *ImagesPolicy):
        raise Wrong(f"must be {', '.join(ImagesPolicy)} or nothing, not {shown(str(value))}")
    provider.images_policy = value


# -- topics


def _slug(topic: Topic, value: Any) -> None:
    if value is not FOLLOW and not is_topic_slug(str(value)):
        kind = f"lower-case letters, digits and hyphens, at most {LONGEST}, and not page"
        raise Wrong(f"must be {kind}; not {shown(str(value))}")
    before = topic.slug
    _decide(topic, "slug", value)
    own = topic.former_slugs.filter(slug=topic.slug).exists() or topic.slug == before
    if not own and topic.slug in TakenSlugs([topic.slug], [Topic, FormerTopicSlug]):
        raise Refused(f"{topic.slug!r} is the address of another topic, or was; choose another.")


def _lead_there(topic: Topic, old: str) -> None:
    topic.former_slugs.filter(slug=topic.slug).delete()
    FormerTopicSlug.objects.create(slug=old, topic=topic)


def _shortname(topic: Topic, value: Any) -> None:
    _decide(topic, "shortname", value if value is FOLLOW else _text(value, required=False))


def _parent(topic: Topic, value: Any) -> None:
    _decide(topic, "parent", value if value is FOLLOW else value and _known(value))
    parents = dict(Topic.objects.exclude(parent=None).values_list("pk", "parent"))
    above, seen = topic.parent_id, set()
    while above is not None and above not in seen:  # a circle elsewhere is not this topic's
        if above == topic.pk:
            raise Refused(
                f"{topic.parent.name} is filed under {topic.name} itself, so {topic.name} cannot be under it."
            )
        seen.add(above)
        above = parents.get(above)


def _known(parent: Topic | str) -> str:
    """The name of a topic that is there, from itself or its name."""
    name = values.topic(str(parent))
    if not Topic.objects.filter(name=name).exists():
        raise Refused(f"There is no topic {shown(name)}. Its name was expected, exactly as it is written; or nothing.")
    return name


def _text(value: Any, *, required: bool) -> str:
    text = values.topic(values.headline(str(value)))  # no longer than a name in a seed file
    if UNSTORABLE.search(text):
        raise Wrong("must not have control characters")
    if required and values.is_blank(text):
        raise Wrong("must not be blank")
    return text


_SETTERS: dict[type, dict[str, Setter]] = {
    Provider: {"name": _name, "muted": _muted, "images_policy": _images_policy},
    Topic: {"slug": _slug, "shortname": _shortname, "parent": _parent},
}
