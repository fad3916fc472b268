"""What libyaml says is wrong, in words that help the person who wrote the line."""

import re

from yaml import MarkedYAMLError

from .problems import named_character, shortened

# A part of what libyaml says, whether the place that helps is where the construct began, and the explanation.
_EXPLANATIONS = (
    (
        "mapping values are not allowed",
        False,
        'A second ": " stands in an unquoted value, or the indentation is wrong; put the value in quotes',
    ),
    (
        "while scanning a quoted scalar",
        True,
        "A quoted value is never closed: the quotation mark at its end is missing",
    ),
    (
        "escape",
        False,
        "Double quotes hold an escape that is not valid; put the value in single quotes, or double the backslash",
    ),
    (
        "could not find expected ':'",
        True,
        'A line must be "key: value"; here the ": " is missing, or the key is longer than 1,024 characters',
    ),
    (
        "flow sequence",
        True,
        "A list that begins with [ is expected to have commas between its items and a ] at its end; a text that "
        "begins with [ must be put in quotes",
    ),
    (
        "flow mapping",
        True,
        "A mapping that begins with { is expected to have commas between its keys and a } at its end; a text that "
        "begins with { must be put in quotes",
    ),
    (
        "did not find expected key",
        False,
        "A key was expected here; check the indentation, and that the quoted value before it ends with its "
        "quotation mark and has no other in it",
    ),
    (
        "block sequence entries are not allowed",
        False,
        'A list begins on a line of its own; a text that begins with "- " must be put in quotes',
    ),
    ("mapping keys are not allowed", False, 'A text that begins with "? " must be put in quotes'),
    ("scanning a directive", True, 'A line must not begin with "%"; put the text in quotes'),
    ("scanning an alias", True, 'This is read as a YAML alias; a text that begins with "*" must be put in quotes'),
    ("scanning an anchor", True, 'This is read as a YAML anchor; a text that begins with "&" must be put in quotes'),
    ("scanning a tag", True, 'This is read as a YAML tag; a text that begins with "!" must be put in quotes'),
    ("undefined tag handle", False, 'This is read as a YAML tag; a text that begins with "!" must be put in quotes'),
    (
        "scanning a block scalar",
        False,
        'After "|" or ">" the text begins on the next line; a text that begins with one of them must be put in quotes',
    ),
    (
        "did not find expected '-'",
        False,
        'A list item, "- …", was expected here; check the indentation',
    ),
    (
        "expected <document start>",
        False,
        "Nothing but the closing --- may follow the end of the YAML document",
    ),
)
_TOP_LEVEL_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,39})[ \t]*:")


def explained(yaml: str, error: Exception) -> tuple[int, str]:
    """The offset of a syntax error and a sentence about it."""
    if not isinstance(error, MarkedYAMLError):
        return _unreadable(yaml)
    mark = error.problem_mark or error.context_mark
    offset = min(mark.index, len(yaml)) if mark else 0
    problem = shortened(error.problem or "no reason given", 100)
    if "cannot start any token" in problem:
        return offset, f"{_no_start(yaml[offset : offset + 1])} (YAML: {problem})."
    for part, at_the_start, explanation in _EXPLANATIONS:
        if part in f"{error.context} {problem}":
            if at_the_start and error.context_mark:
                offset = error.context_mark.index
            return offset, f"{explanation} (YAML: {problem})."
    return offset, f"The YAML cannot be read: {problem}."


def key_of_line(text: str, offset: int) -> str:
    """The key that the line begins with, "" for a line that is indented or begins with none."""
    match = _TOP_LEVEL_KEY.match(text, text.rfind("\n", 0, offset) + 1)
    return match[1] if match else ""


def _no_start(character: str) -> str:
    if character == "\t":
        return "A tab stands where YAML allows only spaces; indent with spaces"
    return f'A value must not begin with the character "{character}"; put it in quotes'


def _unreadable(yaml: str) -> tuple[int, str]:
    """libyaml's reader stops at two characters that are no control characters, and names no line."""
    found = re.search("[\ufffe\uffff]", yaml)
    if found is None:
        return 0, "The YAML cannot be read."
    return found.start(), f"The character {named_character(found[0])} is not allowed in YAML."
