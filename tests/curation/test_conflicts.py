"""Decisions and conflicts (§6), sentence by sentence: upstream speaks by `import_seeds`, editors by `curate`."""

import json

import pytest

from articles.models import Article, Decision, Version
from tests.factories import write_seed
from tests.importing.tables import rows_of
from tests.operations.commands import manage
from tests.site.pages import get, ranked_slugs, text_of

pytestmark = pytest.mark.django_db
LINK = "https://outlet.example/story"
OTHER, THIRD = "https://b.example/", "https://c.example/"
OURS = {
    "published": "true",
    "quality": "300",
    "heat": "300",
    "title": "Ours",
    "excerpt": "Our words",
    "topics": '["Ours"]',
}
NEW = {"published": False, "title": "New", "excerpt": "New words", "topics": ["AI", "Law"]}


class Desk:
    """Upstream's one story, and an editor who decides on it."""

    def __init__(self, folder):
        self.folder = folder
        self.values = {}

    def upstream(self, **values) -> int:
        """Upstream rewrites its file, and it is imported: how many conflicts that raised."""
        self.values |= values
        write_seed(self.folder / "seeds", **self.values)
        return self.imports(self.folder / "seeds")

    def imports(self, folder) -> int:
        ran = manage("import_seeds", folder, "--report", self.folder / "report.json")
        assert ran.code == 0, ran.err
        assert manage("rebuild_articles", "--check").code == 0
        return json.loads((self.folder / "report.json").read_text())["conflicts"]

    def curate(self, *arguments) -> dict:
        """The article's six fields after that."""
        ran = manage("curate", "default/2020-06-22-story", *arguments, "--by=erin", "--json")
        assert ran.code == 0, ran.err
        return json.loads(ran.out)["fields"]

    def conflict(self, field: str) -> dict | None:
        found = self.curate()[field]["conflict"]
        return found and {name: found[name] for name in ("was", "now", "reason")}

    def effective(self, field: str):
        return self.curate()[field]["effective"]


@pytest.fixture
def desk(tmp_path, editor):
    made = Desk(tmp_path)
    made.upstream()
    return made


# -- what editors can decide


def test_import_only_adds_versions_and_editors_only_add_decisions(desk):
    desk.curate("--set=heat=120")
    decisions = rows_of(Decision)
    desk.upstream(heat=41)
    assert rows_of(Decision) == decisions
    versions = rows_of(Version)
    for said in ("--set=heat=7", "--boost=heat=+1", "--release=heat", "--set=slug=other"):
        desk.curate(said)
    assert rows_of(Version) == versions
    assert rows_of(Decision)[:1] == decisions


def test_a_decision_keeps_who_when_why_and_the_upstream_value_and_link_it_was_made_against(desk, editor):
    desk.curate("--set=heat=120", "--note=front page")
    made = Decision.objects.get()
    assert (made.field, made.value, made.base, made.base_link) == ("heat", 120, 40, LINK)
    assert (made.user, made.username, made.note, made.at.tzinfo is not None) == (editor, "erin", "front page", True)


@pytest.mark.parametrize("field", OURS)
def test_a_decision_stands_whatever_upstream_says_after_it(desk, field):
    decided = desk.curate(f"--set={field}={OURS[field]}")[field]["effective"]
    desk.upstream(published=False, quality=1, heat=-1, title="New", excerpt=None, topics=[], webUrl=OTHER)
    assert desk.effective(field) == decided


def test_a_new_decision_replaces_the_old_one_of_that_field(desk):
    desk.curate("--set=heat=120", "--boost=quality=+3")
    fields = desk.curate("--boost=heat=+5", "--set=quality=9")
    assert (fields["heat"]["effective"], fields["quality"]["effective"]) == (45, 9)


def test_a_set_equal_to_upstreams_value_is_still_a_decision_and_pins(desk):
    assert desk.curate("--set=heat=40")["heat"]["decision"] == {"kind": "set", "value": 40, "base": 40}
    desk.upstream(heat=50)
    assert desk.effective("heat") == 40


@pytest.mark.parametrize(("upstream", "by", "effective"), [(40, 15, 55), (40, -60, 0), (-1, 15, -1), (None, 15, 15)])
def test_a_boost_is_minus_1_if_upstream_is_else_at_least_0_and_an_absent_upstream_counts_as_0(
    desk, upstream, by, effective
):
    desk.curate(f"--boost=heat={by:+d}")
    desk.upstream(heat=upstream)
    assert desk.effective("heat") == effective


def test_an_editors_slug_is_the_address_and_the_old_one_leads_there(desk):
    desk.curate("--set=slug=better")
    assert get("/articles/better/").status_code == 200
    answer = get("/articles/story/")
    assert (answer.status_code, answer["Location"]) == (301, "/articles/better/")


def test_publish_at_replaces_the_date_of_a_future_story(desk):
    desk.upstream(publishedDateTime="9000-01-01")
    assert get("/articles/story/").status_code == 404
    desk.curate("--set=publish_at=2020-06-20")
    assert get("/articles/story/").status_code == 200
    assert Article.objects.get().published_at.isoformat() == "2020-06-20T00:00:00+00:00"


def test_publish_at_hides_a_story_until_then(desk):
    desk.curate("--set=publish_at=9000-01-01")
    assert get("/articles/story/").status_code == 404


def test_publish_until_ends_it(desk):
    desk.curate("--set=publish_until=2020-07-01")
    assert get("/articles/story/").status_code == 404


@pytest.mark.parametrize(("pin", "place"), [("2", 2), ("2,9000-01-01", 2), ("2,2020-07-01", 4)])
def test_a_pin_is_a_place_on_the_front_page_and_perhaps_an_end(desk, pin, place):
    for name in "abc":
        write_seed(desk.folder / "seeds", f"2020-06-22-{name}", heat=500)
    desk.upstream()
    desk.curate(f"--set=pinned={pin}")
    assert ranked_slugs(text_of("/")).index("story") + 1 == place


# -- when upstream moves


@pytest.mark.parametrize("field", NEW)
def test_published_title_excerpt_and_topics_conflict_on_any_change(desk, field):
    was = desk.curate(f"--set={field}={OURS[field] if field != 'published' else 'true'}")[field]["upstream"]
    others = {name: value for name, value in NEW.items() if name != field}
    assert desk.upstream(**others) == 0, "not where another field moves"
    assert desk.upstream(**{field: NEW[field]}) == 1
    assert desk.conflict(field) == {"was": was, "now": NEW[field], "reason": "moved"}


@pytest.mark.parametrize("field", ["heat", "quality"])
@pytest.mark.parametrize(("was", "now", "raised"), [(40, 59, 0), (40, 60, 1), (40, 21, 0), (40, 20, 1)])
def test_a_set_number_conflicts_when_it_moves_by_20_or_more(desk, field, was, now, raised):
    desk.upstream(**{field: was})
    desk.curate(f"--set={field}=300")
    assert desk.upstream(**{field: now}) == raised


@pytest.mark.parametrize(("was", "now"), [(5, -1), (-1, 5)])
def test_a_set_heat_conflicts_when_upstream_moves_to_or_from_minus_1(desk, was, now):
    desk.upstream(heat=was)
    desk.curate("--set=heat=300")
    assert desk.upstream(heat=now) == 1


def test_a_move_is_measured_from_the_decisions_base(desk):
    desk.curate("--set=heat=300")
    assert [desk.upstream(heat=heat) for heat in (50, 59, 60)] == [0, 0, 1]


@pytest.mark.parametrize("heat", [0, 100, -1])
def test_a_boost_is_in_no_conflict_however_far_upstream_moves(desk, heat):
    desk.curate("--boost=heat=+7")
    assert desk.upstream(heat=heat) == 0


def test_when_the_readers_link_changes_every_decided_field_that_upstream_has_conflicts_boosts_included(desk):
    decided = {name: value for name, value in OURS.items() if name not in ("quality", "published")}
    desk.curate(*(f"--set={name}={value}" for name, value in decided.items()), "--set=published=false")
    desk.curate("--boost=quality=+7", "--set=slug=story", "--set=pinned=1", "--set=publish_until=9000-01-01")
    assert desk.upstream(webUrl=OTHER) == 6
    assert {str(desk.conflict(field)) for field in OURS} == {str({"was": LINK, "now": OTHER, "reason": "link"})}
    assert Article.objects.get().standing_decisions.in_conflict().count() == 6


def test_the_readers_link_is_what_counts_and_not_the_other_urls(desk):
    desk.curate("--set=title=Ours")
    assert desk.upstream(originalUrl=OTHER, ampWebUrl=OTHER) == 0
    assert desk.upstream(webUrl=None) == 1


# -- when upstream adopts it


@pytest.mark.parametrize("link", [LINK, OTHER])
def test_none_arises_where_upstreams_new_value_equals_the_effective_one_a_changed_link_included(desk, link):
    desk.curate("--set=title=Ours")
    assert desk.upstream(title="Ours", webUrl=link) == 0
    assert desk.curate()["title"]["decision"] == {"kind": "set", "value": "Ours", "base": "Ours"}
    assert desk.upstream(title="New") == 1
    assert desk.conflict("title") == {"was": "Ours", "now": "New", "reason": "moved"}


@pytest.mark.parametrize("link", [LINK, OTHER])
def test_an_open_one_closes_where_upstream_adopts_the_decision(desk, link):
    desk.curate("--set=title=Ours")
    assert desk.upstream(title="New", webUrl=link) == 1
    assert desk.upstream(title="Ours") == 0
    assert desk.conflict("title") is None


def test_a_boost_that_upstream_adopts_becomes_a_set_of_it(desk):
    desk.curate("--boost=heat=+20")
    desk.upstream(heat=60)
    assert desk.curate()["heat"]["decision"] == {"kind": "set", "value": 60, "base": 60}
    desk.upstream(heat=70)
    assert desk.effective("heat") == 60


def test_exporting_and_importing_what_was_exported_changes_nothing(desk):
    before = desk.curate("--set=title=Ours", "--boost=heat=+20", '--set=topics=["Ours"]', "--set=published=false")
    assert manage("export_seeds", desk.folder / "out").code == 0
    assert desk.imports(desk.folder / "out") == 0
    after = desk.curate()
    assert {name: field["effective"] for name, field in after.items()} == {
        name: field["effective"] for name, field in before.items()
    }
    assert not any(field["conflict"] for field in after.values())


# -- how it is settled


def test_at_most_one_conflict_is_open_and_it_shows_upstreams_value_of_now(desk):
    desk.curate("--set=title=Ours")
    assert [desk.upstream(title=title) for title in ("Second", "Third")] == [1, 0]
    assert desk.conflict("title") == {"was": "A story", "now": "Third", "reason": "moved"}
    assert desk.upstream(webUrl=OTHER) == 0
    assert desk.conflict("title") == {"was": LINK, "now": OTHER, "reason": "link"}


@pytest.mark.parametrize("verb", ["--keep=heat", "--set=heat=300", "--boost=heat=+300"])
def test_keep_set_and_boost_move_the_base_to_upstreams_now_and_close_it(desk, verb):
    desk.curate("--set=heat=300")
    desk.upstream(heat=80, webUrl=OTHER)
    field = desk.curate(verb)["heat"]
    assert (field["conflict"], field["decision"]["base"]) == (None, 80)
    assert desk.upstream(heat=99) == 0, "less than 20 from the new base, and the same link"
    assert desk.upstream(webUrl=THIRD) == 1
    assert desk.conflict("heat") == {"was": OTHER, "now": THIRD, "reason": "link"}


def test_release_gives_upstreams_value_of_now_and_closes_it(desk):
    desk.curate("--set=title=Ours")
    desk.upstream(title="New")
    field = desk.curate("--release=title")["title"]
    assert (field["effective"], field["decision"], field["conflict"]) == ("New", None, None)


def test_it_closes_by_itself_when_upstream_is_back_at_the_base(desk):
    desk.curate("--set=heat=300")
    desk.upstream(heat=100)
    desk.upstream(heat=41)
    assert desk.conflict("heat") is not None, "not before"
    desk.upstream(heat=40)
    assert desk.conflict("heat") is None


def test_a_link_already_kept_for_this_decision_raises_none(desk):
    desk.curate("--set=title=Ours")
    assert desk.upstream(webUrl=OTHER) == 1
    desk.curate("--keep=title")
    assert [desk.upstream(webUrl=link) for link in (LINK, OTHER, LINK, THIRD)] == [0, 0, 0, 1]


def test_a_link_kept_for_another_decision_raises_one(desk):
    desk.curate("--set=title=Ours")
    desk.upstream(webUrl=OTHER)
    desk.curate("--keep=title")
    desk.curate("--set=title=Ours too")
    assert desk.upstream(webUrl=LINK) == 1
