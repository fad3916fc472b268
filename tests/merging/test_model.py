"""The rules of decisions and conflicts, said a second time as a small model, and compared with the merge for any course
of events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from articles.merge import Said, decide, hear, keep

DEFAULTS = {"published": False, "quality": 0, "heat": 0, "title": "A", "excerpt": None, "topics": None}
LINKS = st.sampled_from(["", "https://a.example/", "https://b.example/"])
VALUES = {
    "heat": st.sampled_from([-1, 0, 5, 19, 20, 24, 25, 40, 60, 1_000_000]),
    "title": st.sampled_from(["A", "B", "C"]),
    "topics": st.sampled_from([None, ["A"], ["A", "B"], ["B", "A"]]),
}


@dataclass
class Model:
    """One field of one article, as the contract tells of it."""

    name: str
    upstream: object
    link: str
    kind: str | None = None
    value: object = None
    base: object = None
    kept_links: set = field(default_factory=set)
    moved: bool = False
    swapped: bool = False

    @property
    def effective(self):
        if self.kind is None:
            return self.upstream
        if self.kind == "set":
            return self.value
        return -1 if self.upstream == -1 else min(1_000_000, max(0, self.upstream + self.value))

    @property
    def conflict(self):
        return "link" if self.swapped else "moved" if self.moved else None

    def says(self, value, link):
        if (value, link) == (self.upstream, self.link):
            return
        shown = self.effective
        self.upstream, self.link = value, link
        if self.kind is None:
            return
        if value == shown:  # upstream has adopted it
            self.kind, self.value = "set", shown
            self._seen()
        else:
            self.swapped = link not in self.kept_links
            self.moved = value != self.base and (self.moved or self._far(value))

    def _far(self, value) -> bool:
        if self.kind == "boost":
            return False
        if self.name != "heat":
            return True
        return abs(value - self.base) >= 20 or -1 in (value, self.base)

    def _seen(self):
        self.base, self.moved, self.swapped = self.upstream, False, False
        self.kept_links.add(self.link)

    def decides(self, kind, value):
        self.kind, self.value, self.kept_links = kind, value, set()
        self._seen()

    def keeps(self):
        self._seen()

    def releases(self):
        self.kind, self.value, self.moved, self.swapped = None, None, False, False


@st.composite
def courses(draw):
    name = draw(st.sampled_from(list(VALUES)))
    value = VALUES[name]
    events = [
        st.tuples(st.just("says"), value, LINKS),
        st.tuples(st.just("set"), value.map(lambda chosen: [] if chosen is None else chosen)),
        st.tuples(st.just("keep")),
        st.tuples(st.just("release")),
    ]
    if name == "heat":
        events.append(st.tuples(st.just("boost"), st.sampled_from([-20, -5, 0, 5, 20])))
    return name, draw(value), draw(st.lists(st.one_of(events), min_size=1, max_size=25))


def _empty_is_none(value):
    return None if value == [] else value


@settings(max_examples=400)
@given(courses())
def test_any_course_of_events_ends_as_the_model_says(course):
    name, first, events = course
    model, standing = Model(name, first, ""), None
    at = datetime(2020, 6, 1, tzinfo=UTC)
    for kind, *details in events:
        at += timedelta(hours=1)
        if kind == "says":
            model.says(*details)
            standing = standing and hear(standing, Said(DEFAULTS | {name: details[0]}, details[1]), at)
        elif kind in ("set", "boost"):
            standing = decide(name, kind, details[0], Said(DEFAULTS | {name: model.upstream}, model.link))
            model.decides(kind, _empty_is_none(details[0]))
        elif kind == "release":
            model.releases()
            standing = None
        elif standing is not None and standing.in_conflict:  # nothing else can be kept
            model.keeps()
            standing = keep(standing)
        compare(model, standing)


def compare(model: Model, standing):
    if standing is None:
        assert model.kind is None
        return
    assert _empty_is_none(standing.effective) == model.effective
    assert (standing.kind, _empty_is_none(standing.value)) == (model.kind, model.value)
    assert (standing.base, standing.upstream, standing.link) == (model.base, model.upstream, model.link)
    reason = "link" if standing.link_since else "moved" if standing.moved_since else None
    assert reason == model.conflict
