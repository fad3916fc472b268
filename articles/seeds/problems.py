"""What is wrong with a seed file, said so that a person can mend it, and fit to print anywhere."""

import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

# A file of nothing but mistakes must not make a report of hundreds of megabytes.
LISTED_LIMIT = 1_000

# Line and paragraph separators split lines, bidirectional marks reorder them and lone surrogates cannot be
# encoded: printed as they stand, any of these lets a file name or a value forge or break a line of a report.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error or warning about a file.

    `file` is the path as walked, which may hold anything: `printable` makes it fit to print. `line` and
    `column` count from 1, in characters of the decoded text, lines ended by a newline alone; `field` is like
    `related[2].webUrl`, items counted from 0, "" where there is none; `message` is one sentence.
    """

    file: str
    line: int
    column: int
    field: str
    message: str


class Wrong(ValueError):
    """A value does not fit its key. The message continues the sentence that the key's name begins."""


class AlreadyReported(Wrong):
    """The value was refused while the YAML was read; nothing more is said about it."""


class Broken(Exception):
    """The file cannot be read any further. Why is in the report already; `root` is the mapping read until then."""

    def __init__(self, root=None):
        super().__init__()
        self.root = root


class _Listed:
    """What was found, by offset in the text, and how much more than can be listed."""

    def __init__(self):
        self.found: list[tuple[int, str, str]] = []
        self.more = 0

    def add(self, offset: int, field: str, message: str):
        if len(self.found) < LISTED_LIMIT:
            self.found.append((offset, field, message))
        else:
            self.more += 1


class Report:
    """The problems and warnings of one file while it is read."""

    def __init__(self):
        self.problems = _Listed()
        self.warnings = _Listed()

    def problem(self, offset: int, field: str, message: str):
        self.problems.add(offset, field, message)

    def wrong(self, offset: int, field: str, wrong: Wrong):
        """A value that does not fit its key."""
        if not isinstance(wrong, AlreadyReported):
            self.problems.add(offset, field, f"{field} {wrong}.")

    def warn(self, offset: int, field: str, message: str):
        self.warnings.add(offset, field, message)


class Places:
    """Turns offsets into lines and columns of a text: a line ends with a newline and with nothing else, so a
    line separator or a form feed, which YAML and Python count, do not shift the numbers an editor shows."""

    def __init__(self, text: str, file: str):
        self.text = text
        self.file = file
        self.starts = array("Q")

    def listed(self, listed: _Listed) -> tuple[Problem, ...]:
        """As Problems, in the order of the file."""
        if not listed.found:
            return ()
        found = sorted(listed.found, key=lambda each: each[0])
        problems = [self.problem(*each) for each in found]
        if listed.more:
            message = f"There are {listed.more:,} more in this file, which are not listed."
            problems.append(self.problem(found[-1][0], "", message))
        return tuple(problems)

    def problem(self, offset: int, field: str, message: str) -> Problem:
        if not self.starts:
            self.starts = array("Q", accumulate((len(line) + 1 for line in self.text.split("\n")), initial=0))
        line = bisect_right(self.starts, offset)
        return Problem(self.file, line, offset - self.starts[line - 1] + 1, field, message)


def printable(text: str) -> str:
    """`text` with control characters and all that could break a line escaped, bytes that are no UTF-8 as
    \\xNN."""
    return text if text.isprintable() else _UNPRINTABLE.sub(_escape, text)


def shortened(text: str, limit: int = 60) -> str:
    """`text` printable, and cut after `limit` characters."""
    return printable(text) if len(text) <= limit else printable(text[: limit - 1]) + "…"


def shown(text: str) -> str:
    """`text` for a message: in quotes, printable and short."""
    return f'"{shortened(text)}"'


def joined(field: str, key: str) -> str:
    """The field of a key in the mapping that `field` names; keys of any text come out printable and short."""
    key = shortened(key, 40)
    return f"{field}.{key}" if field else key


def named_character(character: str) -> str:
    """A character that must not be printed, by its number, and its name where it has one."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def _escape(match: re.Match) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # what os.fsdecode makes of a byte that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
