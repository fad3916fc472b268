"""A seed file's bytes to a Story or to every problem: decode, frame, parse, validate, each one module's
verb."""

from codecs import utf_8_decode
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from .files import SeedFile
from .frontmatter import CONTROL, Fields, Mapping, find_frame, parse
from .problems import LISTED_LIMIT, Broken, Places, Problem, Report, named_character
from .schema import read_article
from .story import Story

_BOM = b"\xef\xbb\xbf"
_CONTROL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


class Reading(NamedTuple):
    """What came of a file: a story, or None and every problem. Warnings come with either."""

    story: Story | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def read_story(seed: SeedFile) -> Reading:
    """Read a seed file. Whatever its bytes, nothing is raised: `story` is None exactly where there are
    problems."""
    text, no_text = decoded(seed.data)
    report = Report()
    root = Mapping({}, 0, 0)
    fields = {}
    body = ""
    try:
        frame = find_frame(text, report)
        body = text[frame.body_start :].replace("\r\n", "\n")
        root = parse(text[: frame.yaml_end], report)
        fields = read_article(root, report)
    except Broken as broken:
        if broken.root is not None:  # what stands before the place where it broke can be wrong as well
            root = broken.root
            read_article(root, report)
    fields_of = Fields(root)
    for offset, message in no_text:
        report.problem(offset, fields_of.at(offset), message)
    places = Places(text, seed.found.path)
    problems = places.listed(report.problems)
    story = None if problems else Story(body=body, **fields)
    return Reading(story, problems, places.listed(report.warnings))


def decoded(data: bytes) -> tuple[str, list[tuple[int, str]]]:
    """The text without its byte order mark, and what in it may not stand in a text, by offset. That is
    replaced character by character, so that the rest of the file can be judged and every place stays
    right."""
    data = data.removeprefix(_BOM)
    no_text = []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        for offset, byte in _not_utf8(data):
            message = f"The byte 0x{byte:02x} is not valid UTF-8; the whole file must be encoded in UTF-8."
            no_text.append((offset, message))
    if _may_have_controls(data):
        for match in islice(CONTROL.finditer(text), LISTED_LIMIT):
            message = f"The control character {named_character(match[0])} is not allowed, only newline and tab."
            no_text.append((match.start(), message))
        text = CONTROL.sub("\ufffd", text)
    return text, no_text


def _not_utf8(data: bytes) -> Iterator[tuple[int, int]]:
    """Where runs of bytes that are no UTF-8 begin, by offset in the text with each replaced, and their first byte."""
    rest, offset, run = memoryview(data), 0, False
    for _ in range(LISTED_LIMIT):
        try:
            utf_8_decode(rest, "strict", True)
        except UnicodeDecodeError as error:
            offset += len(utf_8_decode(rest[: error.start], "strict", True)[0])
            run = run and error.start == 0
            if not run:
                yield offset, rest[error.start]
            offset, run, rest = offset + 1, True, rest[error.end :]
        else:
            break


def _may_have_controls(data: bytes) -> bool:
    """A quick look at the bytes, a tenth of the cost of a regular expression over the text of a usual file.
    In UTF-8 the byte C2 begins the control characters from U+0080 to U+009F, and some harmless ones."""
    return (
        b"\xc2" in data
        or data.count(b"\r") != data.count(b"\r\n")
        or len(data.translate(None, _CONTROL_BYTES)) != len(data)
    )
