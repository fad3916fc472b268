"""Text to nodes with places: where the front matter begins and ends, and one pass over the events of PyYAML's
C parser that refuses what no seed file needs.

Nothing here calls itself as deep as the file nests, and PyYAML's constructors load nothing: aliases are never
followed, tags never looked up, and no event is pulled past the deepest nesting allowed. So a small file can
cost neither a long time (nested merge keys do) nor the process (libyaml's own composer overflows the stack).

Offsets count characters of the decoded text from 0; libyaml counts its marks the same way, a CRLF as two.
"""

import re
from bisect import bisect_right
from operator import itemgetter
from typing import NamedTuple

from yaml import YAMLError
from yaml.cyaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from .problems import Broken, Report, joined, named_character, shortened, shown
from .syntax import explained, key_of_line

NESTING_LIMIT = 50

# Unicode's control characters (Cc) but tab, newline and the carriage return before a newline: real files have
# that pair at the end of their lines, and as an escape in their values (excerpt: "…\r\n…").
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")

_OPENING = re.compile(r"---[ \t]*\r?(?:\n|\Z)")
_OPENING_BYTES = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?(?:\n|\Z)")
_CLOSING = re.compile(r"\n---[ \t]*\r?(?:\n|\Z)")
_NO_MAPPING = "The front matter must be a mapping of keys, such as title: …, not {}."


class Scalar(NamedTuple):
    """A value: what YAML read, whether it stood without quotes, and where it stands."""

    value: str
    plain: bool
    start: int
    end: int


class Sequence(NamedTuple):
    """A list and where it stands; a block list ends where its last item ends."""

    items: list
    start: int
    end: int


class Mapping(NamedTuple):
    """A mapping and where it stands; a block mapping ends where its last value ends.

    `pairs` has for each key's text the key and the value. Under None it has one whose key was refused.
    """

    pairs: dict
    start: int
    end: int


class Refused(NamedTuple):
    """Where a value or a key stood that is in the report already."""

    start: int
    end: int


Node = Scalar | Sequence | Mapping | Refused


class Frame(NamedTuple):
    """`text[:yaml_end]` is the front matter, its opening line included and its closing one not;
    `text[body_start:]` is the body."""

    yaml_end: int
    body_start: int


def has_front_matter(data: bytes) -> bool:
    """Whether the first line is `---`; blanks after it and a byte order mark before it do not count."""
    return _OPENING_BYTES.match(data) is not None


def find_frame(text: str, report: Report) -> Frame:
    """Find the two `---` lines of a text without its byte order mark. Raises Broken where one is missing."""
    opening = _OPENING.match(text)
    if opening is None:
        report.problem(0, "", "The file has no front matter: its first line must be ---.")
        raise Broken
    closing = _CLOSING.search(text, opening.end() - 1)
    if closing is None:
        report.problem(0, "", "The front matter is never closed: a line --- must follow its last key.")
        raise Broken
    return Frame(closing.start() + 1, closing.end())


def parse(yaml: str, report: Report) -> Mapping:
    """The root mapping of a front matter, the opening `---` line included. What is refused goes to the
    report.

    Raises Broken, with what was read until then, where the structure itself is at fault.
    """
    reader = _Reader(report)
    try:
        return reader.read(CParser(yaml).get_event)
    except (YAMLError, ValueError) as error:
        offset, message = explained(yaml, error)
        report.problem(offset, reader.field() or key_of_line(yaml, offset), message)
        raise Broken(reader.begun()) from None
    except Broken:
        raise Broken(reader.begun()) from None


class _Reader:
    """Builds nodes from events, and refuses as it goes.

    `container` is the open collection and `key` the key whose value comes next, None where a key or an item
    does; `stack` keeps both for the collections around it, as the interpreter's stack would for a function
    that calls itself.
    """

    def __init__(self, report: Report):
        self.report = report
        self.stack: list[tuple] = []
        self.container: dict | list | None = None
        self.key: Scalar | Refused | None = None

    def read(self, pull) -> Mapping:
        """The root mapping. One turn for each event, a hundred for a usual file: the time of an import goes
        here and into libyaml, so the usual events come first, and a Scalar is made without calling its
        class."""
        make = tuple.__new__
        root = None
        end = 0
        while True:
            event = pull()
            kind = type(event)
            if kind is ScalarEvent:
                value = event.value
                end = event.end_mark.index
                node = make(Scalar, (value, not event.style, event.start_mark.index, end))
                if event.tag is not None or event.anchor is not None:
                    self.refuse_properties(event)
                # Raw control characters are out of the text by now: these come from an escape such as "\e".
                if not value.isprintable() and CONTROL.search(value):
                    node = self.refuse_control(node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.open(event, {} if kind is MappingStartEvent else [])
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node = self.close(event, kind, end)
                end = node.end
            elif kind is AliasEvent:
                end = event.end_mark.index
                node = self.refuse_alias(event)
            elif kind is StreamEndEvent:
                return root
            elif kind is DocumentStartEvent and root is not None:
                self.stop(event.start_mark.index, "The front matter holds more than one YAML document.")
            else:
                continue

            key = self.key
            container = self.container
            if key is not None:
                container[key.value if type(key) is Scalar else None] = (key, node)
                self.key = None
            elif type(container) is dict:
                if type(node) is Scalar and value not in container and value != "<<":
                    self.key = node
                else:
                    self.key = self.checked_key(node)
            elif container is not None:
                container.append(node)
            else:
                root = self.checked_root(node)

    def begun(self) -> Mapping | None:
        """The root mapping as far as it was read, with a key that was refused, for the rest is not known. Of a list
        or a mapping right before the place where it broke nobody knows whether that was all."""
        pairs = self.stack[1][0] if len(self.stack) > 1 else self.container
        if type(pairs) is not dict or not self.stack:
            return None
        start = self.stack[0][2]
        last = next(reversed(pairs.items()), None)
        if last and type(last[1][1]) is not Scalar:
            del pairs[last[0]]
        refused = Refused(start, start)
        return Mapping(pairs | {None: (refused, refused)}, start, last[1][1].end if last else start)

    def open(self, event, container: dict | list):
        start = event.start_mark.index
        if event.tag is not None or event.anchor is not None:
            self.refuse_properties(event)
        if not self.stack and type(container) is list:
            self.stop(start, _NO_MAPPING.format("a list"))
        if len(self.stack) == NESTING_LIMIT:
            self.stop(start, f"Lists and mappings are nested more than {NESTING_LIMIT} levels deep.")
        self.stack.append((self.container, self.key, start, event.flow_style))
        self.container = container
        self.key = None

    def close(self, event, kind: type, end: int) -> Sequence | Mapping:
        """The collection that ends here. libyaml sees the end of a block collection only at the next token,
        blank lines and comments later, so such a one ends with its last node: `end`."""
        made = Mapping if kind is MappingEndEvent else Sequence
        container = self.container
        self.container, self.key, start, is_flow = self.stack.pop()
        return made(container, start, event.end_mark.index if is_flow else end)

    def checked_key(self, node: Node) -> Scalar | Refused:
        """The key, or a Refused one, so that its value is read and dropped."""
        if type(node) is Scalar:
            if node.value in self.container:
                message = f"The key {shown(node.value)} is a duplicate: it stands in this mapping already."
                self.refuse(node.start, message, joined(self.field(), node.value))
            elif node.plain and node.value == "<<":
                self.refuse(node.start, "Merge keys (<<) are not allowed; write out the keys that are needed.")
            else:
                return node
        elif type(node) is not Refused:
            kind = "list" if type(node) is Sequence else "mapping"
            message = f"A key must be text, not a {kind}; a text that begins with {{, [ or ? must be put in quotes."
            self.refuse(node.start, message)
        return Refused(node.start, node.end)

    def checked_root(self, node: Node) -> Mapping:
        if type(node) is Mapping:
            return node
        if type(node) is Scalar and node.plain and not node.value:
            return Mapping({}, node.start, node.end)
        self.stop(node.start, _NO_MAPPING.format("a single value"))

    def refuse_properties(self, event):
        start = event.start_mark.index
        if event.tag is not None:
            tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self.refuse(start, f"The YAML tag {tag} is not allowed; leave it out, or put the value in quotes.")
        if event.anchor is not None:
            anchor = shown("&" + event.anchor)
            self.refuse(start, f"The YAML anchor {anchor} is not allowed; write the value out where it is needed.")

    def refuse_alias(self, event) -> Refused:
        start = event.start_mark.index
        alias = shown("*" + event.anchor)
        self.refuse(start, f"The YAML alias {alias} is not allowed; write the value out, or put it in quotes.")
        return Refused(start, event.end_mark.index)

    def refuse_control(self, node: Scalar) -> Refused:
        character = named_character(CONTROL.search(node.value)[0])
        message = f"An escape gives the control character {character}; only newline and tab are allowed."
        self.refuse(node.start, message)
        return Refused(node.start, node.end)

    def refuse(self, offset: int, message: str, field: str | None = None):
        self.report.problem(offset, self.field() if field is None else field, message)

    def stop(self, offset: int, message: str):
        self.refuse(offset, message)
        raise Broken

    def field(self) -> str:
        """Where the reader stands: `related[2].webUrl`."""
        field = ""
        for container, key, *_ in (*self.stack, (self.container, self.key)):
            if type(container) is list:
                field += f"[{len(container)}]"
            elif type(key) is Scalar:
                field = joined(field, key.value)
        return shortened(field, 100)


class Fields:
    """Which field of a root mapping stands where: of thousands of places, without looking through all for each."""

    def __init__(self, root: Mapping):
        self.root = root
        self.known: dict[int, list[tuple[int, str | int, Node]]] = {}  # of a collection: its items, in their order

    def at(self, offset: int) -> str:
        """The field whose key or value covers an offset, "" where none does."""
        field, node = "", self.root
        while type(node) in (Mapping, Sequence):
            items = self.known.get(id(node)) or self.known.setdefault(id(node), _items(node))
            place = bisect_right(items, offset, key=itemgetter(0)) - 1
            if place < 0 or offset >= items[place][2].end:
                break
            _, name, node = items[place]
            field = f"{field}[{name}]" if type(name) is int else joined(field, name)
        return field


def _items(node: Mapping | Sequence) -> list[tuple[int, str | int, Node]]:
    if type(node) is Sequence:
        return [(child.start, index, child) for index, child in enumerate(node.items)]
    return [(key.start, text, child) for text, (key, child) in node.pairs.items() if text is not None]
