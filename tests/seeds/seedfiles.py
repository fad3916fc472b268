"""Seed files for tests: `seed_text` gives a valid one, a test states only the lines that matter to it."""

import hashlib

from articles.seeds import FoundFile, Problem, Reading, SeedFile, Story, read_story

LINKS = {
    "webUrl": "web_url",
    "originalUrl": "original_url",
    "ampWebUrl": "amp_web_url",
    "cdnAmpWebUrl": "cdn_amp_web_url",
}

DEFAULTS = {
    "title": "title: A story",
    "publishedDateTime": "publishedDateTime: 2020-06-22T16:21:00Z",
    "webUrl": "webUrl: https://news.example.com/story",
}


def seed_text(*lines: str, body: str = "", **overrides: str | None) -> str:
    """A seed file: the required keys and a link, `overrides` instead of their lines (None leaves one out), then
    `lines`."""
    known = {key: overrides.get(key, line) for key, line in DEFAULTS.items()}
    assert overrides.keys() <= known.keys()
    return "\n".join(["---", *(line for line in known.values() if line is not None), *lines, "---", body])


def read(content: str | bytes, path: str = "news/story.md") -> Reading:
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    found = FoundFile(path, path.rpartition("/")[2], "story", named=False)
    return read_story(SeedFile(found, data, hashlib.sha256(data).digest()))


def story(*lines: str, **overrides) -> Story:
    """The story of a file that must be a good one."""
    reading = read(seed_text(*lines, **overrides))
    assert reading.problems == ()
    return reading.story


def problems(*lines: str, **overrides) -> tuple[Problem, ...]:
    """The problems of a file that must be a bad one."""
    reading = read(seed_text(*lines, **overrides))
    assert reading.story is None
    assert reading.problems
    return reading.problems


def problem(*lines: str, **overrides) -> Problem:
    """The one problem of a file that must have just one."""
    found = problems(*lines, **overrides)
    assert len(found) == 1, found
    return found[0]


def story_with(line: str) -> Story:
    """The story of a file with one line more, or another one where it has that key by default."""
    key = line.partition(":")[0]
    return story(**{key: line}) if key in DEFAULTS else story(line)


def problem_with(line: str) -> Problem:
    """The one problem of a file with one line more, or another one where it has that key by default."""
    key = line.partition(":")[0]
    return problem(**{key: line}) if key in DEFAULTS else problem(line)
