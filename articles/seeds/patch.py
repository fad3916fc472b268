"""The lossless writer: a seed file's bytes with some of its values changed, and nothing else.

Upstream's files are never written anew from what was read: a value is replaced where its node stands, in the quoting it
had, and every other byte stays. A key that was absent gets a line of its own where the format's order has it.

YAML has more ways to write a value than anybody thinks of. So there are several ways to write one here, the one most
like the file's own first, and each is read back before it is taken: the key must say the new value, and all else what
it said before.
"""

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Mapping as Changes
from itertools import pairwise

from .frontmatter import Mapping, Node, Scalar, Sequence, find_frame, parse
from .problems import Broken, Report
from .schema import plain_value
from .values import is_blank

Value = str | int | bool | list | None
Edit = tuple[int, int, str]  # start, end, and what stands there then

_BOM = b"\xef\xbb\xbf"
# The order in which upstream writes its keys; it is that of the format's table but for the links.
ORDER = (
    "category title excerpt highlight publishedDateTime updatedDateTime originalUrl webUrl ampWebUrl cdnAmpWebUrl type "
    "locale quality heat published featuredContent provider topics tags images related secured"
).split()
_UNSAFE = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BLOCK_HEADER = re.compile(r"([|>])([+-]?[1-9]?[+-]?)([ \t]+#[^\n]*|[ \t]*)\r?\n")
_COMMENT = re.compile("#[^\n\u2028\u2029]*")
_BREAKS = "\n\u2028\u2029"  # where a line ends for libyaml; a next line of \x85 is refused in any seed file


class Unpatchable(ValueError):
    """The file cannot be changed in place; the message says why."""


def patch(data: bytes, changes: Changes[str, Value]) -> bytes:
    """`data`, a file that reads without a problem, with the values of `changes` at its top-level keys.

    A text is a text, a list one of texts; None or an empty one is written as empty. Raises `Unpatchable`.
    """
    bom = _BOM if data.startswith(_BOM) else b""
    text = data[len(bom) :].decode("utf-8")
    for key in sorted(changes, key=ORDER.index):
        text = _with(text, key, changes[key])
    return bom + text.encode("utf-8")


def _with(text: str, key: str, value: Value) -> str:
    try:
        root, says = _read(text)
    except Broken:
        raise Unpatchable("it can no longer be read as a seed file") from None
    for start, end, written in _ways(text, root, key, value):
        patched = text[:start] + written + text[end:]
        if _reads_as(patched, key, value, says):
            return patched
    raise Unpatchable(f"there is no way to write {key} into it")


def _as_text(value: str | int | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


# -- reading back


def _read(text: str) -> tuple[Mapping, dict]:
    """The root mapping, and what each key says; under None the body. Raises Broken."""
    report = Report()
    frame = find_frame(text, report)
    root = parse(text[: frame.yaml_end], report)
    if report.problems.found:
        raise Broken
    says = {name: plain_value(node) for name, (_, node) in root.pairs.items()}
    return root, says | {None: text[frame.body_start :]}


def _reads_as(text: str, key: str, value: Value, said_before: dict) -> bool:
    try:
        _, says = _read(text)
    except Broken:
        return False
    found = says.get(key)
    if isinstance(value, bool) and isinstance(found, str):
        found = found.lower()
    wanted = value if isinstance(value, list) else _as_text(value)
    return _as_read(found) == _as_read(wanted) and says | {key: None} == said_before | {key: None}


def _as_read(value):
    """A text, or the names in a list as the import reads them; None for what counts as absent."""
    if isinstance(value, list):
        value = list(dict.fromkeys(_name(item) for item in value if item is not None))
    return None if not value or (isinstance(value, str) and is_blank(value)) else value


def _name(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


# -- the ways to write a value, the best first


def _ways(text: str, root: Mapping, key: str, value: Value) -> Iterator[Edit]:
    in_flow = text[root.start] == "{"
    if key not in root.pairs:
        yield from _inserted_in_flow(text, root, key, value) if in_flow else _inserted(text, root, key, value)
        return
    key_node, node = root.pairs[key]
    if isinstance(value, list):
        yield from _list(text, root, key_node, node, value)
    elif type(node) is Scalar and node.end > node.start:
        yield from _scalar(text, key_node, node, value, in_flow)
    else:
        yield _filled(text, root, key_node, node, plain_or_quoted(_as_text(value), in_flow))
    yield _filled(text, root, key_node, node, _on_one_line(value))


def _on_one_line(value: Value) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(plain_or_quoted(item, flow=True) for item in value) + "]"
    return _as_text(value) if isinstance(value, int) else quoted(value or "")


def _filled(text: str, root: Mapping, key: Scalar, node: Node, written: str) -> Edit:
    """All that stands between the key's colon and the end of its value makes way; a key without a colon gets one."""
    colon = _outside_comments(text, ":", key.end, node.start)
    if colon >= 0:
        return colon + 1, max(colon + 1, _end(text, node)), f" {written}"
    if text[root.start] == "{":
        return key.end, key.end, f": {written}"
    return key.end, key.end, f"{_end_of_line(text)}{' ' * _column(text, root.start)}: {written}"


# -- scalars


def _scalar(text: str, key: Scalar, node: Scalar, value: Value, in_flow: bool) -> Iterator[Edit]:
    """In the style that it has, where the value can stand so, else in double quotes."""
    style = "" if node.plain else text[node.start]
    end = _end(text, node)
    value = _in_case(text[node.start : end], value) if isinstance(value, bool) else _as_text(value)
    if style and style in "|>":
        yield from _block(text, key, node, value)
    elif not style:
        yield node.start, end, plain_or_quoted(value, in_flow)
    elif style == "'" and _printable(value):
        yield node.start, end, "'" + value.replace("'", "''") + "'"
    yield node.start, end, quoted(value)


def _in_case(before: str, value: bool) -> str:
    """`False` beside `True`, `FALSE` beside `TRUE`."""
    before, written = before.strip("\"'"), _as_text(value)
    return written.upper() if before.isupper() else written.capitalize() if before[:1].isupper() else written


def quoted(value: str) -> str:
    """The text as YAML in double quotes: any text can stand so."""
    return '"' + _UNSAFE.sub(_escaped, value) + '"'


def _escaped(match: re.Match) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def _printable(value: str) -> bool:
    return not _UNSAFE.search(value.replace("\\", "").replace('"', ""))


def plain_or_quoted(value: str, flow: bool = False) -> str:
    """The text without quotes where it then reads as itself (in a flow list, where `flow`), else in double quotes."""
    trial = f"x: [{value}]\n" if flow else f"x: {value}\n"
    if value and "\n" not in value and "\r" not in value and _printable(value):
        try:
            node = parse(trial, Report()).pairs["x"][1]
            items = node.items if flow and type(node) is Sequence else [node]
        except (Broken, KeyError):
            items = []
        is_itself = len(items) == 1 and type(items[0]) is Scalar and items[0].plain and items[0].value == value
        if is_itself and plain_value(items[0]) is not None:
            return value
    return quoted(value)


def _block(text: str, key: Scalar, node: Scalar, value: str) -> Iterator[Edit]:
    """As a block of the same kind: `|` or `>`."""
    header = _BLOCK_HEADER.match(text, node.start)
    lines = value.removesuffix("\n").split("\n")
    if header is None or not value.strip() or not _printable(value.replace("\n", "")):
        return
    if any(line != line.strip() for line in lines) or value.endswith("\n\n") or (not all(lines) and header[1] == ">"):
        return
    end_of_line = "\r\n" if header[0].endswith("\r\n") else "\n"
    first = re.compile(r"[ \t\r\n]*\n( +)|( *)").match(text, header.end())
    indent = (first and (first[1] or first[2])) or " " * (_column(text, key.start) + 2)
    chomping = "" if value.endswith("\n") else "-"
    between = end_of_line * 2 if header[1] == ">" else end_of_line
    body = between.join(indent + line if line else "" for line in lines)
    head = header[1] + chomping + header[3].rstrip("\r")
    yield node.start, _end(text, node), head + end_of_line + body


# -- lists


def _list(text: str, root: Mapping, key: Scalar, node: Node, values: list[str]) -> Iterator[Edit]:
    in_flow = text[root.start] == "{"
    if type(node) is Sequence and text[node.start] == "[":
        yield node.start, node.end, _flow_list(text, node, values)
    elif type(node) is Sequence and values:
        yield _block_list(text, node, values)
    elif node.end == node.start and values and not in_flow:
        lines = _list_lines(values, _end_of_line(text), _column(text, key.start) + 2)
        at = _line_end(text, node.start)  # behind a comment that the key may have
        yield at, at, lines


def _list_lines(values: list[str], end_of_line: str, column: int) -> str:
    return "".join(f"{end_of_line}{' ' * column}- {plain_or_quoted(value)}" for value in values)


def _flow_list(text: str, node: Sequence, values: list[str]) -> str:
    """Items that stay keep the way they are written; new ones are quoted where the first one is."""
    known = {_name(item.value): text[item.start : item.end] for item in _items(node)}
    return "[" + ", ".join(known.get(value) or _like_first(text, node, value) for value in values) + "]"


def _block_list(text: str, node: Sequence, values: list[str]) -> Edit:
    """Items that stay keep their lines, comments behind them included; new ones are written as the first one is."""
    between = _end_of_line(text) + " " * _column(text, node.start)
    starts = [
        _outside_comments(text, "-", end, start)
        for end, start in pairwise([node.start, *(edge for item in node.items for edge in (item.start, item.end))])
    ][::2]
    ends = [*starts[1:], _line_end(text, _end(text, node))]
    known = {
        _name(item.value): text[start:end].rstrip("\r\n \t")
        for item, start, end in zip(node.items, starts, ends, strict=True)
        if item in _items(node)
    }
    written = [known.get(value) or f"- {_like_first(text, node, value)}" for value in values]
    return node.start, ends[-1], between.join(written)


def _items(node: Sequence) -> list[Scalar]:
    return [item for item in node.items if type(item) is Scalar and plain_value(item) is not None]


def _like_first(text: str, node: Sequence, value: str) -> str:
    first = text[node.items[0].start : node.items[0].start + 1] if node.items else ""
    return quoted(value) if first == '"' else plain_or_quoted(value, flow=text[node.start] == "[")


# -- keys that were absent


def _inserted(text: str, root: Mapping, key: str, value: Value) -> Iterator[Edit]:
    """A line of its own: after the keys that the order has before it, else as the first of all."""
    end_of_line, column = _end_of_line(text), _column(text, root.start)
    written = f" {_on_one_line(value)}"
    if isinstance(value, list) and value:
        written = _list_lines(value, end_of_line, column + 2)
    line = f"{' ' * column}{key}:{written}{end_of_line}"
    before = [root.pairs[name] for name in ORDER[: ORDER.index(key)] if name in root.pairs]
    if before:
        at = text.index("\n", max(_pair_end(text, *pair) for pair in before)) + 1
        yield at, at, line
    first = root.start - column
    yield first, first, line


def _inserted_in_flow(text: str, root: Mapping, key: str, value: Value) -> Iterator[Edit]:
    """`{title: T, heat: 5}`: before the first of the keys that the order has after it, else at the end."""
    after = [root.pairs[name][0].start for name in ORDER[ORDER.index(key) :] if name in root.pairs]
    pair = f"{key}: {_on_one_line(value)}"
    if after:
        yield min(after), min(after), f"{pair}, "
    yield root.end - 1, root.end - 1, f", {pair}"
    yield root.end - 1, root.end - 1, f" {pair}"  # the last one has its comma already


# -- places


def _end(text: str, node: Node) -> int:
    """Where what is to be seen of a value ends: libyaml counts the blank lines after a block to it, and its line's
    end."""
    return node.start + len(text[node.start : node.end].rstrip(" \t\r\n"))


def _pair_end(text: str, key: Scalar, node: Node) -> int:
    """Where a key with its value ends; a key without a colon has none, though libyaml sees it at the next token."""
    has_value = _outside_comments(text, ":", key.end, node.start) >= 0
    return max(key.end, _end(text, node)) if has_value else key.end


def _outside_comments(text: str, mark: str, start: int, end: int) -> int:
    """Where `mark` stands between two tokens, -1 for nowhere."""
    between = _COMMENT.sub(lambda comment: " " * len(comment[0]), text[start:end])
    found = between.find(mark)
    return found if found < 0 else start + found


def _column(text: str, offset: int) -> int:
    return offset - (max(text.rfind(end, 0, offset) for end in _BREAKS) + 1)


def _line_end(text: str, offset: int) -> int:
    """The end of the line's text, a comment behind the value included, the line's end not."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _end_of_line(text: str) -> str:
    return "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
