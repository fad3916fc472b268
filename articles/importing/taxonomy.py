"""Upstream's taxonomy into the database: what providers and topics are called, and where topics have their pages.

An organization is known by its domain, a topic by its exact name. What the taxonomy says of them holds over what seed
files say. Everything is written in one transaction, and what is as it should be is not written at all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from articles.models import FormerTopicSlug, Image, Provider, Topic
from articles.rows import insert
from articles.seeds import FoundFile, Problem, find_seeds
from articles.seeds.problems import printable, shown
from articles.seeds.taxonomy import Organization, Subject, read_taxonomy
from articles.slugs import is_topic_slug, topic_slug
from articles.writing import IMAGE_VALUES, TakenSlugs, image_values, one_writer, stored_values, topic_ids

File = tuple[FoundFile, Organization | Subject]


@dataclass(slots=True)
class TaxonomyReport:
    """The counts of an import (each file once in created, updated, unchanged or rejected), and what it met."""

    counts: Counter = field(default_factory=Counter)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def files(self) -> int:
        return sum(self.counts[name] for name in ("created", "updated", "unchanged", "rejected"))

    def reject(self, problems: Iterable[Problem]) -> None:
        self.counts["rejected"] += 1
        self.errors += problems


def import_taxonomy(paths: Sequence[str]) -> TaxonomyReport:
    """Import the files under `paths`; a bad one is rejected, the others are in. Raises `seeds.MissingPath`."""
    findings = find_seeds(paths)
    report = TaxonomyReport(warnings=list(findings.unlistable))
    organizations: dict[str, tuple[FoundFile, Organization]] = {}
    subjects: dict[str, tuple[FoundFile, Subject]] = {}
    ids: dict[str, FoundFile] = {}
    for found in findings.files:
        said = read_taxonomy(found)
        if said is None:
            report.counts["skipped"] += 1
        elif isinstance(said, tuple):
            report.reject(said)
        elif isinstance(said, Organization):
            _take(report, organizations, found, said, "domain", said.domain)
        elif (problem := _wrong(found, said)) is not None:
            report.reject([problem])
        elif said.id in ids:
            report.reject([_double(found, "_id", said.id, ids[said.id])])
        elif _take(report, subjects, found, said, "name", said.name):
            ids[said.id] = found
    with one_writer():
        _store_organizations(report, [said for _, said in organizations.values()])
        _store_subjects(report, subjects)
    return report


def _take(report: TaxonomyReport, taken: dict, found: FoundFile, said, key: str, value: str) -> bool:
    """The first file by path that speaks of something is taken."""
    if value in taken:
        report.reject([_double(found, key, value, taken[value][0])])
        return False
    taken[value] = found, said
    return True


def _wrong(found: FoundFile, said: Subject) -> Problem | None:
    if not is_topic_slug(said.id):
        expected = "a topic's address: lower-case words with hyphens between, and not page"
        return _problem(found, "_id", f"_id must be {expected}, not {shown(said.id)}.")
    if said.parent == said.name:
        return _problem(found, "parent", "parent must be another topic, not the topic itself.")
    return None


def _double(found: FoundFile, key: str, value: str, first: FoundFile) -> Problem:
    return _problem(found, key, f"{key} {shown(value)} is that of {printable(first.path)} already, which was taken.")


def _problem(found: FoundFile, key: str, message: str) -> Problem:
    return Problem(found.path, 1, 1, key, message)


# -- providers


def _store_organizations(report: TaxonomyReport, said: Sequence[Organization]) -> None:
    known = Provider.objects.prefetch_related("images").in_bulk([each.domain for each in said], field_name="domain")
    for each in said:
        provider = known.get(each.domain)
        stored = None if provider is None else _as_stored(provider)
        provider = provider or Provider(domain=each.domain)
        provider.hear("name", each.name or each.domain)
        provider.in_taxonomy = True
        logos = [image_values(image, place) for place, image in enumerate(each.images)]
        if stored is not None and not logos:  # the taxonomy says nothing of them
            logos = stored[2]
        if stored == (provider.said("name"), True, logos):
            report.counts["unchanged"] += 1
            continue
        provider.save()
        if stored is None or stored[2] != logos:
            Image.objects.filter(provider=provider).delete()
            insert(Image, ("provider_id", *IMAGE_VALUES), [(provider.pk, *values) for values in logos])
        report.counts["created" if stored is None else "updated"] += 1


def _as_stored(provider: Provider) -> tuple[str, bool, list[tuple]]:
    logos = [stored_values(image, IMAGE_VALUES) for image in provider.images.all()]
    return provider.said("name"), provider.in_taxonomy, logos


# -- topics


def _store_subjects(report: TaxonomyReport, subjects: dict[str, tuple[FoundFile, Subject]]) -> None:
    _reject_circles(report, subjects)
    said = {name: each for name, (_, each) in subjects.items()}
    known = Topic.objects.select_related("parent").in_bulk(said, field_name="name")
    before = {name: _fields(topic) for name, topic in known.items()}
    # Parents that no file tells of are topics too.
    parents = topic_ids([each.parent for each in said.values() if each.parent and each.parent not in said])
    topics = known | {name: Topic(name=name) for name in said if name not in known}
    _give_slugs(report, {name: each.id for name, each in said.items()}, topics, subjects)
    parents |= {name: topic.pk for name, topic in topics.items()}
    for name, each in said.items():
        topic = topics[name]
        topic.hear("shortname", each.shortname or "")
        topic.keywords = list(each.keywords)
        if "parent" in topic.overridden:
            topic.hear("parent", each.parent)
        else:
            topic.parent_id = parents[each.parent] if each.parent else None
        verdict = "created" if name not in before else "unchanged" if before[name] == _fields(topic) else "updated"
        report.counts[verdict] += 1
        if verdict != "unchanged":
            topic.save()


def _fields(topic: Topic) -> tuple:
    return topic.slug, topic.shortname, list(topic.keywords), topic.parent_id, dict(topic.overridden)


def _reject_circles(report: TaxonomyReport, subjects: dict[str, tuple[FoundFile, Subject]]) -> None:
    """A file that makes a topic its own ancestor, with the files before it, is rejected."""
    parents = dict(Topic.objects.exclude(parent=None).values_list("name", "parent__name"))
    decided = set(Topic.objects.filter(overridden__has_key="parent").values_list("name", flat=True))
    parents = {name: parent for name, parent in parents.items() if name not in subjects or name in decided}
    for name, (found, said) in list(subjects.items()):
        if name in decided:  # what its file says of its parent is kept, and not followed
            continue
        above, seen = said.parent, {name}
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is None:
            parents[name] = said.parent
            continue
        del subjects[name]
        report.reject([_problem(found, "parent", "parent must not lead back to the topic itself by way of others.")])


def _give_slugs(report: TaxonomyReport, slugs: dict[str, str], topics: dict[str, Topic], subjects: dict) -> None:
    """Each topic the slug that the taxonomy says; what had it goes on under another, as it had it from its name only.

    A slug that a topic had before leads to it, unless the taxonomy says that it is another's.
    """
    slugs = _but_for_what_the_desk_decided(report, slugs, topics, subjects)
    changing = {name: topic for name, topic in topics.items() if topic.slug != slugs[name]}
    wanted = {slugs[name]: name for name in changing}
    holders = {topic.name: topic for topic in Topic.objects.filter(slug__in=wanted)}
    displaced = [topic for name, topic in holders.items() if name not in changing]
    FormerTopicSlug.objects.filter(slug__in=wanted).delete()
    former = [(topic, topic.slug) for topic in changing.values() if topic.slug and topic.slug not in wanted]
    for topic in (*(topic for topic in changing.values() if topic.pk), *displaced):
        Topic.objects.filter(pk=topic.pk).update(slug=f"~{topic.pk}")  # so that two can change places
    taken = TakenSlugs(wanted, [Topic, FormerTopicSlug])
    for slug in (*wanted, *(slug for _, slug in former)):
        taken.add(slug)
    for topic in displaced:
        lost, topic.slug = topic.slug, topic_slug(topic.name, taken)
        taken.add(topic.slug)
        topic.save(update_fields=["slug"])
        found = subjects[wanted[lost]][0]
        told = f"The topic {shown(topic.name)} had the address {shown(lost)}; it has {shown(topic.slug)} now."
        report.warnings.append(_problem(found, "_id", told))
    for name, topic in changing.items():
        topic.slug = slugs[name]
        topic.save()
    FormerTopicSlug.objects.bulk_create(FormerTopicSlug(topic=topic, slug=slug) for topic, slug in former)


def _but_for_what_the_desk_decided(report: TaxonomyReport, slugs: dict[str, str], topics: dict, subjects: dict) -> dict:
    """The slugs to give: a topic whose slug the desk decided keeps that, and no other topic can have it."""
    decided = {topic.slug: topic.name for topic in Topic.objects.filter(overridden__has_key="slug")}
    free = TakenSlugs([], [Topic, FormerTopicSlug])
    given = {}
    for name, slug in slugs.items():
        topic = topics[name]
        if "slug" in topic.overridden:
            topic.hear("slug", slug)
            given[name] = topic.slug
        elif slug in decided:
            given[name] = topic.slug or topic_slug(name, free)
            told = f"The desk gave the address {shown(slug)} to {shown(decided[slug])}: this topic has {given[name]}."
            report.warnings.append(_problem(subjects[name][0], "_id", told))
        else:
            given[name] = slug
    return given
