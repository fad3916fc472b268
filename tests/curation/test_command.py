"""`manage.py curate`: what it shows, what it does, and its exit codes."""

import json
import re

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from articles.models import Article, Decision, ImportRun
from tests.factories import a_superuser, import_seed, make_article, withdraw, write_seed
from tests.importing.tables import every_row
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db
STEM = "2020-06-22-story"


@pytest.fixture
def article(tmp_path):
    return import_seed(tmp_path, topics=["AI", "Law"])


def curate(*arguments, code: int = 0) -> dict:
    ran = manage("curate", *arguments, "--json")
    assert ran.code == code, ran.err
    return json.loads(ran.out)


def refused(*arguments, code: int = 1) -> str:
    before = every_row()
    ran = manage("curate", *arguments, "--json")
    assert ran.code == code, ran.err
    assert every_row() == before
    assert ran.out == ""
    return ran.err


# -- what is shown

UNDECIDED = {"decision": None, "conflict": None, "by": None, "at": None}


def test_an_article_that_nobody_decided_on_is_upstreams(article):
    def field(value):
        return UNDECIDED | {"upstream": value, "effective": value}

    assert curate("story") == {
        "slug": "story",
        "source": "default",
        "stem": STEM,
        "state": "public",
        "fields": {
            "published": field(True),
            "quality": field(57),
            "heat": field(40),
            "title": field("A story"),
            "excerpt": field("What happened, and why it matters."),
            "topics": field(["AI", "Law"]),
        },
        "history": [],
    }


def test_absent_keys_show_their_defaults_and_absent_text_and_lists_null(tmp_path):
    absent = dict.fromkeys(["published", "quality", "heat", "excerpt", "topics"])
    import_seed(tmp_path, **absent)
    fields = curate("story")["fields"]
    assert {name: fields[name]["upstream"] for name in absent} == {
        "published": False, "quality": 0, "heat": 0, "excerpt": None, "topics": None,
    }  # fmt: skip
    assert {name: fields[name]["effective"] for name in absent} == {name: fields[name]["upstream"] for name in absent}


def test_the_keys_come_in_the_contracts_order(article, editor):
    shown = curate("story", "--set", "heat=1", "--by", "erin")
    assert list(shown) == ["slug", "source", "stem", "state", "fields", "history"]
    assert list(shown["fields"]) == ["published", "quality", "heat", "title", "excerpt", "topics"]
    for field in shown["fields"].values():
        assert list(field) == ["upstream", "decision", "effective", "conflict", "by", "at"]
    assert list(shown["history"][0]) == ["at", "who", "field", "kind", "old", "new", "note"]


def test_a_decision_shows_with_its_base_who_and_when(article, editor):
    field = curate("story", "--set", "heat=120", "--by", "erin", "--note", "front page")["fields"]["heat"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", field.pop("at"))
    assert field == {
        "upstream": 40,
        "decision": {"kind": "set", "value": 120, "base": 40},
        "effective": 120,
        "conflict": None,
        "by": "erin",
    }


def test_a_boost_shows_by_how_much(article, editor):
    field = curate("story", "--boost", "heat=-15", "--by", "erin")["fields"]["heat"]
    assert (field["decision"], field["effective"]) == ({"kind": "boost", "value": -15, "base": 40}, 25)


def test_a_conflict_shows_both_values(article, editor, tmp_path):
    curate("story", "--set", "topics=[]", "--by", "erin")
    write_seed(tmp_path, topics=["AI"])
    manage("import_seeds", tmp_path)
    conflict = curate("story")["fields"]["topics"]["conflict"]
    assert conflict.pop("since").endswith("Z")
    assert conflict == {"was": ["AI", "Law"], "now": ["AI"], "reason": "moved"}
    write_seed(tmp_path, topics=["AI"], webUrl="https://b.example/")
    manage("import_seeds", tmp_path)
    conflict = curate("story")["fields"]["topics"]["conflict"]
    assert conflict.pop("since").endswith("Z")
    assert conflict == {"was": "https://outlet.example/story", "now": "https://b.example/", "reason": "link"}


def test_the_history_is_newest_first_with_old_and_new_effective_values(article, editor, colleague, tmp_path):
    curate("story", "--set", "heat=120", "--by", "erin", "--note", "hot")
    curate("story", "--boost", "heat=+5", "--by", "carl")
    write_seed(tmp_path, heat=80, webUrl="https://b.example/")
    manage("import_seeds", tmp_path)
    curate("story", "--keep", "heat", "--by", "erin")
    curate("story", "--release", "heat", "--by", "carl")
    history = curate("story")["history"]
    assert [(d["who"], d["field"], d["kind"], d["old"], d["new"], d["note"]) for d in history] == [
        ("carl", "heat", "release", 85, 80, ""),
        ("erin", "heat", "keep", 85, 85, ""),
        ("carl", "heat", "boost", 120, 45, ""),
        ("erin", "heat", "set", 40, 120, "hot"),
    ]
    assert [d["at"] for d in history] == sorted((d["at"] for d in history), reverse=True)


def test_the_text_form_says_who_decided_and_what_is_in_conflict(article, editor, tmp_path):
    manage("curate", "story", "--set", "title=Ours", "--by", "erin")
    write_seed(tmp_path, title="Theirs")
    manage("import_seeds", tmp_path)
    out = manage("curate", "story").out
    for part in ('title      "Ours"', "set by erin", 'CONFLICT: "A story" → "Theirs"'):
        assert part in out


STATES = {
    "withdrawn": {"published": True, "withdrawn": True, "publish_until": "2020-07-01"},
    "unpublished": {"published": False, "publish_until": "2020-07-01"},
    "expired": {"publish_until": "2020-07-01", "publish_at": "9000-01-01"},
    "scheduled": {"publish_at": "9000-01-01"},
    "public": {},
}


@pytest.mark.parametrize(("state", "how"), STATES.items())
def test_the_state_is_the_first_that_applies(state, how):
    article = make_article("story", **{name: value for name, value in how.items() if name != "withdrawn"})
    if "withdrawn" in how:
        withdraw(article)
    assert curate("story")["state"] == state


def test_an_article_is_found_by_source_and_stem_in_either_unicode_form(tmp_path):
    import_seed(tmp_path, "2020-06-22-caf\u00e9")
    for stem in ("caf\u00e9", "cafe\u0301"):
        assert curate(f"default/2020-06-22-{stem}")["slug"] == "caf\u00e9"


# -- what is done


def test_one_call_may_decide_many_fields(article, editor):
    fields = curate(
        "story", "--set", "heat=120", "--boost", "quality=+3", "--set", 'topics=["X", "Y"]', "--set", "published=FALSE",
        "--set", "title= Ours ", "--set", "excerpt=a=b", "--by", "erin",
    )["fields"]  # fmt: skip
    assert {name: field["effective"] for name, field in fields.items()} == {
        "published": False, "quality": 60, "heat": 120, "title": "Ours", "excerpt": "a=b", "topics": ["X", "Y"],
    }  # fmt: skip


def test_one_call_does_what_was_asked_in_its_order(article, editor):
    curate("story", "--set", "heat=1", "--release", "heat", "--set", "heat=2", "--by", "erin")
    assert [d.kind for d in Decision.objects.order_by("pk")] == ["set", "release", "set"]
    assert Article.objects.get().heat == 2


BAD = [
    ["--set", "colour=red"],
    ["--release", "colour"],
    ["--keep", "colour"],
    ["--set", "heat=-2"],
    ["--set", "heat=hot"],
    ["--set", "heat=1000001"],
    ["--set", "quality=-1"],
    ["--set", "published=maybe"],
    ["--set", "title= "],
    ["--set", "title=" + "x" * 501],
    ["--set", "topics=AI"],
    ["--set", 'topics={"AI": 1}'],
    ["--set", "topics=[1]"],
    ["--set", "topics=" + "[" * 100_000],
    ["--set", 'topics=["' + "x" * 201 + '"]'],
    ["--set", "slug=Not A Slug"],
    ["--set", "publish_at=tomorrow"],
    ["--set", "publish_until=2020-02-31"],
    ["--set", "pinned=0"],
    ["--set", "pinned=26"],
    ["--set", "pinned=1,later"],
    ["--boost", "title=+1"],
    ["--boost", "heat=much"],
    ["--boost", "heat=1.5"],
    ["--release", "heat"],
    ["--keep", "heat"],
]


@pytest.mark.parametrize("asked", BAD, ids=lambda asked: " ".join(asked)[:40])
def test_1_and_nothing_is_done_where_one_thing_is_refused(article, editor, asked):
    message = refused("story", "--set", "title=Ours", *asked, "--by", "erin")
    assert "Refused, nothing was changed" in message
    assert "Traceback" not in message


def test_1_where_a_decision_that_is_in_no_conflict_is_kept(article, editor):
    curate("story", "--set", "heat=1", "--by", "erin")
    assert "nothing to keep" in refused("story", "--keep", "heat", "--by", "erin")


def test_all_refusals_are_told_at_once(article, editor):
    message = refused("story", "--set", "heat=-2", "--set", "title=", "--by", "erin")
    assert "heat: " in message
    assert "title: " in message


def test_1_where_the_user_is_unknown_or_may_not(article, viewer):
    assert "no user 'nobody'" in refused("story", "--set", "heat=1", "--by", "nobody")
    assert "articles.curate_article" in refused("story", "--set", "heat=1", "--by", "vera")


def test_1_where_the_user_is_no_longer_active(article, editor):
    editor.is_active = False
    editor.save()
    refused("story", "--set", "heat=1", "--by", "erin")


def test_the_permission_is_enough_and_so_is_a_superuser(article, django_user_model):
    writer = django_user_model.objects.create_user("will")
    writer.user_permissions.add(Permission.objects.get(codename="curate_article"))
    curate("story", "--set", "heat=1", "--by", "will")
    a_superuser()
    curate("story", "--set", "heat=2", "--by", "root")


@pytest.mark.parametrize("name", ["unknown", "default/unknown", "other/" + STEM, STEM, ""])
def test_2_where_there_is_no_such_article(article, name):
    refused(name, code=2)


@pytest.mark.parametrize(
    "asked",
    [["--set", "heat=1"], ["--release", "heat"], ["--set", "heat", "--by", "erin"], ["--boost", "heat", "--by", "erin"],
     ["--by"], ["--colour"], ["--note", "\udcff"]],
)  # fmt: skip
def test_2_where_the_command_is_used_badly(article, editor, asked):
    refused("story", *asked, code=2)


def test_2_without_an_article():
    assert manage("curate").code == 2


def test_the_text_form_shows_the_desks_own_fields_and_how_far_a_boost_goes(article, editor):
    shown = manage("curate", "story", "--set", "pinned=3", "--boost", "heat=+20", "--by", "erin").out
    assert 'pinned     "3"   (set by erin)' in shown
    assert "(boost +20 by erin; upstream says 40)" in shown


def test_2_where_the_article_was_undone(article, editor):
    assert manage("undo_import", ImportRun.objects.get().pk).code == 0
    for name in ("story", f"default/{STEM}"):
        refused(name, code=2)
        refused(name, "--set", "heat=1", "--by", "erin", code=2)


def test_times_are_in_utc_with_z_whatever_the_sites_time_zone(article, editor, settings, tmp_path):
    settings.TIME_ZONE = "Asia/Tokyo"
    with timezone.override("Asia/Tokyo"):
        curate("story", "--set", "title=Ours", "--by", "erin")
        write_seed(tmp_path, title="Theirs")
        manage("import_seeds", tmp_path)
        shown = curate("story")
    made, run = Decision.objects.get().at, ImportRun.objects.latest("pk").started_at
    times = [shown["fields"]["title"]["at"], shown["history"][0]["at"], shown["fields"]["title"]["conflict"]["since"]]
    assert [time[:19] + time[-1] for time in times] == [f"{at:%Y-%m-%dT%H:%M:%S}Z" for at in (made, made, run)]


def test_the_link_wins_where_both_hold_and_was_and_now_are_the_links(article, editor, tmp_path):
    curate("story", "--set", "title=Ours", "--by", "erin")
    write_seed(tmp_path, title="Theirs", webUrl=None)
    manage("import_seeds", tmp_path)
    conflict = curate("story")["fields"]["title"]["conflict"]
    assert (conflict["was"], conflict["now"], conflict["reason"]) == ("https://outlet.example/story", None, "link")
