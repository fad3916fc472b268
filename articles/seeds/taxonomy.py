"""Upstream's own taxonomy: its files of organizations and of topics, read by the rules of seed files.

An organization is a Markdown file with front matter, a topic a YAML file that is nothing but its mapping. Keys that are
not in the tables are upstream's own (hashtags, services, descriptions) and not wrong.
"""

from dataclasses import dataclass, replace

from . import values
from .files import FoundFile, Unreadable, read_whole
from .frontmatter import Fields, Mapping, find_frame, has_front_matter, parse
from .problems import Broken, Places, Problem, Report
from .reading import decoded
from .schema import PROVIDER, Key, Table, read_mapping, texts
from .story import Image

ORGANIZATION_EXTENSIONS = (".md", ".markdown")
TOPIC_EXTENSIONS = (".yml", ".yaml")
Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Organization:
    domain: str
    name: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic; its `_id` is its address, whatever that is worth."""

    id: str
    name: str
    shortname: str | None = None
    parent: str | None = None
    keywords: tuple[str, ...] = ()


ORGANIZATION = Table(PROVIDER)
SUBJECT = Table(
    {
        "_id": Key("id", values.trimmed, required=True),
        "name": Key("name", values.topic, required=True),
        "shortname": Key("shortname", values.topic),
        "parent": Key("parent", values.topic),
        "keywords": Key("keywords", texts(values.topic), nested=True),
    }
)


def read_taxonomy(found: FoundFile) -> Organization | Subject | Problems | None:
    """What a file says, or every problem; None for one that is neither kind and lay in a folder."""
    data = read_whole(found)
    if isinstance(data, Unreadable):
        return (data.problem,)
    name = found.name.lower()
    if name.endswith(TOPIC_EXTENSIONS):
        return _read(found, data, SUBJECT, Subject)
    if name.endswith(ORGANIZATION_EXTENSIONS) and (found.named or has_front_matter(data)):
        return _read(found, data, ORGANIZATION, Organization)
    if found.named:
        sentence = "Expected an organization (.md, with front matter) or a topic (.yaml)."
        return (Problem(found.path, 1, 1, "", sentence),)
    return None


def _read(found: FoundFile, data: bytes, table: Table, make: type) -> Organization | Subject | Problems:
    text, no_text = decoded(data)
    added = 0
    if make is Subject and not has_front_matter(data):
        text, added = f"---\n{text}", 1  # the parser counts the line that opens a front matter
    report = Report()
    root, fields = Mapping({}, 0, 0), {}
    try:
        is_bare = make is Subject and "\n---" not in text.rstrip()[4:]
        end = len(text) if is_bare else find_frame(text, report).yaml_end
        root = parse(text[:end], report)
        fields = read_mapping(root, table, "", 0, report)
    except Broken:
        pass
    fields_of = Fields(root)
    for offset, message in no_text:
        offset += 4 * added
        report.problem(offset, fields_of.at(offset), message)
    problems = Places(text, found.path).listed(report.problems)
    if problems:
        return tuple(replace(problem, line=max(1, problem.line - added)) for problem in problems)
    fields.pop("extra", None)
    return make(**fields)
