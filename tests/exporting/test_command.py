"""`export_seeds`: what upstream wrote, byte for byte, with what editors decided in its lines (§8)."""

import json
import subprocess
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings

from articles.curation import Change, curate, fields_of, set_value
from articles.importing.undoing import undo_run
from articles.models import Article, StandingDecision, Version
from articles.seeds import SIZE_LIMIT
from tests.exporting.writings import CHANGES, WRITINGS, story_of
from tests.factories import a_superuser, assert_columns_are_what_the_logs_say, import_folder, seed_text, write_seed
from tests.importing.test_interleavings import clear
from tests.operations.commands import ROOT, manage

pytestmark = pytest.mark.django_db
FIXTURES = ROOT / "fixtures" / "seeds"
DECISIONS = (
    ("title", 'Ours: "one" # and — more'), ("excerpt", "A line.\n---\nAnother: line.\n"), ("heat", 120),
    ("quality", 7), ("published", False), ("topics", ["Ours, first", "AI"]),
)  # fmt: skip
KEYS = ("title:", "excerpt:", "heat:", "quality:", "published:", "topics:")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def seeds_in(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(folder).items() if data.removeprefix(b"\xef\xbb\xbf")[:3] == b"---"}


def export(folder: Path, *options, code: int = 0) -> dict[str, bytes]:
    ran = manage("export_seeds", folder, *options)
    assert ran.code == code, ran.err
    return tree(folder)


def decide(article: Article, **values) -> None:
    curate(article, [Change("set", field, value) for field, value in values.items()], by=a_superuser())


def effective() -> list:
    fields = ("title", "excerpt", "heat", "quality", "published")
    articles = Article.objects.order_by("source", "stem")
    return [(*(getattr(a, name) for name in fields), [t.name for t in a.topic_list]) for a in articles]


def imports_as_it_is(folder: Path, source: str = "default") -> None:
    """What was exported changes nothing when it is imported, and raises no conflict."""
    before = effective()
    ran = manage("import_seeds", folder, "--source", source, "--report", folder.parent / "report.json")
    report = json.loads((folder.parent / "report.json").read_text())
    assert (ran.code, report["created"], report["conflicts"]) == (0, 0, 0), ran.err
    assert effective() == before
    assert not StandingDecision.objects.in_conflict().exists()


# -- untouched files are those that were imported; decided ones differ in their lines


@pytest.fixture(params=["fixtures", "corpus"])
def upstream(request) -> Path:
    if request.param == "fixtures":
        return FIXTURES
    return request.getfixturevalue("shared") / "corpus" / "power-apps" / "_news"


def test_the_real_files_come_out_as_they_went_in_and_with_decisions_only_their_lines_differ(upstream, tmp_path):
    assert manage("import_seeds", upstream).code == 0
    originals = seeds_in(upstream)
    assert export(tmp_path / "one") == originals
    for number, article in enumerate(Article.objects.order_by("stem")[:20]):
        decide(article, **dict([DECISIONS[number % 6], DECISIONS[(number + 2) % 6]]))
    decided = export(tmp_path / "two")
    changed = [name for name in originals if decided[name] != originals[name]]
    assert decided.keys() == originals.keys()
    assert 0 < len(changed) <= 20
    for name in changed:
        assert other_lines(decided[name]) == other_lines(originals[name])
    imports_as_it_is(tmp_path / "two")
    assert export(tmp_path / "three") == decided
    assert_columns_are_what_the_logs_say()


def other_lines(data: bytes) -> list[str]:
    """The file's lines but those of the keys that editors decide; upstream writes each on lines of its own."""
    lines, of_a_key, ended = [], False, 0
    for line in data.decode().splitlines(keepends=True):
        ended += line.rstrip() == "---"
        if ended < 2 and line[0] not in " -":
            of_a_key = line.startswith(KEYS)
        elif line.rstrip() == "---":
            of_a_key = False
        if not of_a_key:
            lines.append(line)
    return lines


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(WRITINGS, CHANGES)
def test_whatever_is_decided_over_whatever_writing_the_export_imports_as_what_it_was(
    tmp_path_factory, written, changes
):
    folder = tmp_path_factory.mktemp("any")
    (folder / "in").mkdir()
    (folder / "in" / "x.md").write_bytes(written.data)
    if story_of(written.data) is None:
        return
    clear()
    import_folder(folder / "in")
    decide(Article.objects.get(), **changes)
    exported = export(folder / "out")
    imports_as_it_is(folder / "out")
    assert export(folder / "out") == exported
    assert_columns_are_what_the_logs_say()


def test_a_boost_is_exported_as_what_it_comes_to_and_is_then_not_added_again(tmp_path):
    import_folder(write_seed(tmp_path / "in", heat=40).parent)
    curate(Article.objects.get(), [Change("boost", "heat", 25)], by=a_superuser())
    for _ in range(2):
        assert b"heat: 65\n" in export(tmp_path / "out")["2020-06-22-story.md"]
        imports_as_it_is(tmp_path / "out")
    assert fields_of(Article.objects.get())["heat"]["effective"] == 65


# -- which files


@pytest.fixture
def two_sources(tmp_path):
    for source, names in (("one", "ab"), ("two", "ac")):
        for name in names:
            write_seed(tmp_path / source, f"2020-06-22-{name}", title=f"{source} {name}")
        import_folder(tmp_path / source, source=source)
    return tmp_path


def test_several_sources_have_a_folder_each(two_sources):
    assert export(two_sources / "out") == {
        f"{source}/{name}": data for source in ("one", "two") for name, data in tree(two_sources / source).items()
    }


def test_one_source_stands_in_the_folder_itself(two_sources):
    assert export(two_sources / "out", "--source=two") == tree(two_sources / "two")


def test_only_curated_leaves_out_those_without_a_decision_in_force(two_sources):
    for article in Article.objects.filter(stem="2020-06-22-a"):
        set_value(article, "heat", 99, by=a_superuser())
    curate(Article.objects.get(source="two", stem="2020-06-22-a"), [Change("release", "heat")], by=a_superuser())
    assert list(export(two_sources / "out", "--only-curated")) == ["one/2020-06-22-a.md"]


def test_withdrawn_and_undone_articles_are_left_out(tmp_path):
    for name in "abc":
        write_seed(tmp_path / "in", f"2020-06-22-{name}")
    import_folder(tmp_path / "in")
    write_seed(tmp_path / "in", "2020-06-22-undone")
    undo_run(import_folder(tmp_path / "in").run)
    (tmp_path / "in" / "2020-06-22-b.md").unlink()
    (tmp_path / "in" / "2020-06-22-undone.md").unlink()
    import_folder(tmp_path / "in", prune=True)
    assert export(tmp_path / "out") == tree(tmp_path / "in")


def test_what_was_taken_back_is_not_exported_but_what_counts_instead(tmp_path):
    write_seed(tmp_path / "in", "2020-06-22-a")
    import_folder(tmp_path / "in")
    before = tree(tmp_path / "in")
    write_seed(tmp_path / "in", "2020-06-22-a", title="Ruined")
    undo_run(import_folder(tmp_path / "in").run)
    assert export(tmp_path / "out") == before


def test_a_moved_file_stands_at_its_newest_path(tmp_path):
    path = write_seed(tmp_path / "in" / "_news")
    import_folder(tmp_path / "in")
    (tmp_path / "in" / "_archive").mkdir()
    path.rename(tmp_path / "in" / "_archive" / path.name)
    import_folder(tmp_path / "in")
    assert list(export(tmp_path / "out")) == [f"_archive/{path.name}"]


def test_a_file_that_was_named_stands_in_the_folder_itself(tmp_path):
    path = write_seed(tmp_path / "in" / "_news")
    assert manage("import_seeds", path).code == 0
    assert list(export(tmp_path / "out")) == [path.name]


def test_the_path_is_relative_to_the_folder_of_the_newest_run_that_saw_the_file(tmp_path):
    path = write_seed(tmp_path / "in" / "_news")
    for folder, name in (("in", f"_news/{path.name}"), ("in/_news", path.name), ("in", f"_news/{path.name}")):
        assert manage("import_seeds", tmp_path / folder).code == 0
        assert list(export(tmp_path / f"out-{name.count('/')}-{folder.count('/')}")) == [name]


def test_with_several_sources_one_that_is_named_needs_no_folder_and_the_default_has_one(tmp_path):
    path = write_seed(tmp_path / "in")
    assert manage("import_seeds", path).code == 0
    assert list(export(tmp_path / "one")) == [path.name]
    assert manage("import_seeds", path, "--source=other").code == 0
    assert sorted(export(tmp_path / "two")) == [f"default/{path.name}", f"other/{path.name}"]


@pytest.mark.parametrize("crlf", [False, True])
def test_only_the_lines_of_the_decided_keys_differ(tmp_path, crlf):
    lines = ["---", "# by hand", "publishedDateTime: 2020-06-22", "heat:   5  # hot", "title: 'It''s'", "odd: [1]",
             "topics:", "  - A # first", "  - B", 'secured: "C1PHER"', "---", "heat: 5", ""]  # fmt: skip
    end = "\r\n" if crlf else "\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "story.md").write_bytes(end.join(lines).encode())
    assert manage("import_seeds", tmp_path / "in").code == 0
    a_superuser()
    assert manage("curate", "default/story", "--set=heat=7", '--set=topics=["B", "C"]', "--by=root").code == 0
    after = {3: "heat:   7  # hot", 7: "  - B", 8: "  - C"}
    expected = [after.get(number, line) for number, line in enumerate(lines)]
    assert export(tmp_path / "out")["story.md"].decode().split(end) == expected


# -- paths are never trusted


@pytest.mark.parametrize(
    "path",
    ["../x.md", "/abs.md", "a/../../x.md", "a/\0.md", "", ".", "a/./x.md", "a//x.md", "a/", "out/x.md", "loop/x.md",
     "file/x.md", "folder", "x" * 300 + ".md", "dangling/x.md", ".git/hooks/x.md"],
)  # fmt: skip
def test_an_unsafe_path_is_an_error_for_that_file_and_nothing_is_written_outside(tmp_path, path):
    if "\0" in path and connection.vendor == "postgresql":
        pytest.skip("PostgreSQL keeps no path with a NUL")
    outside, inside = tmp_path / "outside", tmp_path / "outside" / "export"
    (inside / "folder").mkdir(parents=True)
    (inside / "file").write_text("mine")
    (inside / "out").symlink_to(outside)
    (inside / "dangling").symlink_to(outside / "none")
    (inside / "loop").symlink_to("loop")
    for name in "ab":
        write_seed(tmp_path / "in", f"2020-06-22-{name}")
    import_folder(tmp_path / "in")
    Article.objects.filter(stem="2020-06-22-a").update(path=path)
    Version.objects.filter(article__stem="2020-06-22-a").update(path=path)
    before = {*outside.rglob("*")}
    ran = manage("export_seeds", inside)
    assert (ran.code, ran.err.count("\n")) == (1, 1), ran.err
    assert {*outside.rglob("*")} - before == {inside / "2020-06-22-b.md"}
    assert (inside / "file").read_text() == "mine"


def test_of_two_articles_with_one_path_the_second_is_an_error(tmp_path):
    for name in "ab":
        write_seed(tmp_path / "in", f"2020-06-22-{name}", title=name)
    import_folder(tmp_path / "in")
    (tmp_path / "out" / "real").mkdir(parents=True)
    (tmp_path / "out" / "link").symlink_to("real")
    for first, second in (("x.md", "x.md"), ("link/x.md", "real/x.md")):
        for name, path in (("a", first), ("b", second)):
            Article.objects.filter(stem=f"2020-06-22-{name}").update(path=path)
        ran = manage("export_seeds", tmp_path / "out")
        assert (ran.code, "Another file was written to this path" in ran.err) == (1, True)
        assert b'title: "a"' in (tmp_path / "out" / first).read_bytes()
    decide(Article.objects.get(stem="2020-06-22-b"), heat=99)
    ran = manage("export_seeds", tmp_path / "out")
    assert "1 files written, 0 of them changed by decisions; 1 errors" in ran.out


def test_a_link_in_the_folder_is_replaced_and_not_followed(tmp_path):
    path = write_seed(tmp_path / "in")
    import_folder(tmp_path / "in")
    (tmp_path / "out").mkdir()
    for text in ("theirs", path.read_text()):
        (tmp_path / "theirs").write_text(text)
        (tmp_path / "out" / path.name).unlink(missing_ok=True)
        (tmp_path / "out" / path.name).symlink_to(tmp_path / "theirs")
        assert export(tmp_path / "out") == tree(tmp_path / "in")
        assert (tmp_path / "theirs").read_text() == text
        assert not (tmp_path / "out" / path.name).is_symlink()


def test_a_file_that_can_no_longer_be_read_is_an_error_for_that_file(tmp_path, monkeypatch):
    for name in "ab":
        write_seed(tmp_path / "in", f"2020-06-22-{name}")
    import_folder(tmp_path / "in")
    decide(Article.objects.get(stem="2020-06-22-a"), heat=99)
    monkeypatch.setattr("articles.seeds.values.NAME_LIMIT", 1)
    assert list(export(tmp_path / "out", code=1)) == ["2020-06-22-b.md"]


# -- wrong calls


@pytest.mark.parametrize(
    "arguments",
    [["/dev/null/x"], ["/proc/none"], ["/proc"], [""], ["{tmp}/file"], ["{tmp}/file/x"], ["{tmp}", "--source=none"],
     ["{tmp}", "--patch={tmp}/none/p"], ["{tmp}", "--patch={tmp}"], ["{tmp}", "--bogus"], []],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_line_before_anything_is_written(tmp_path, arguments):
    import_folder(write_seed(tmp_path / "in").parent)
    (tmp_path / "file").touch()
    before = {*tmp_path.rglob("*")}
    ran = manage("export_seeds", *(each.format(tmp=tmp_path) for each in arguments))
    assert (ran.code, ran.out) == (2, "")
    assert {*tmp_path.rglob("*")} == before
    assert "Traceback" not in ran.err


# -- the patch


def git(folder: Path, *arguments) -> str:
    quiet = ["-c", "core.autocrlf=false", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    return subprocess.run(["git", *quiet, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


FILES = {
    "plain.md": seed_text(), "crlf.md": seed_text(body="Text\n").replace("\n", "\r\n"),
    "no end.md": seed_text(body="no end of line"), "_news/Ünïcode 🙂.md": seed_text(title="Ünïcode 🙂"),
    'quote"d\\.md': seed_text(), "bom.md": "\ufeff" + seed_text(), "no-end-at-all.md": seed_text().rstrip("\n"),
    "tab\there.md": seed_text(), "topics.md": "---\ntitle: T\npublishedDateTime: 2020-06-22\ntopics:\n  - A\n---\n",
}  # fmt: skip


def test_the_patch_applies_in_upstreams_checkout_and_gives_the_exported_files(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    (tmp_path / "in" / "plain.md").chmod(0o755)
    git(tmp_path / "in", "init", "-q")
    git(tmp_path / "in", "add", ".")
    git(tmp_path / "in", "commit", "-qm", "upstream")
    import_folder(tmp_path / "in")
    for number, article in enumerate(Article.objects.order_by("stem")):
        decide(article, **dict([DECISIONS[number % 6], DECISIONS[(number + 1) % 6], ("topics", ["A", f"N{number}"])]))
    exported = export(tmp_path / "out", f"--patch={tmp_path / 'changes.patch'}")
    assert exported.keys() == FILES.keys()
    git(tmp_path / "in", "apply", "../changes.patch")
    applied = {name: data for name, data in tree(tmp_path / "in").items() if not name.startswith(".git/")}
    assert applied == exported
    git(tmp_path / "in", "stash", "-q")
    export(tmp_path / "in")
    assert "mode" not in git(tmp_path / "in", "diff", "--summary"), "git diff shows the editors' changes and no more"
    assert {name: data for name, data in tree(tmp_path / "in").items() if not name.startswith(".git/")} == exported


def test_without_a_change_the_patch_is_empty(tmp_path):
    import_folder(write_seed(tmp_path / "in").parent)
    export(tmp_path / "out", f"--patch={tmp_path / 'changes.patch'}")
    assert (tmp_path / "changes.patch").read_bytes() == b""


def test_a_file_that_would_then_be_too_large_for_an_import_is_an_error(tmp_path):
    path = write_seed(tmp_path / "in", heat=5)
    path.write_bytes(path.read_bytes().ljust(SIZE_LIMIT, b"x"))
    import_folder(tmp_path / "in")
    decide(Article.objects.get(), heat=100000)
    ran = manage("export_seeds", tmp_path / "out")
    assert (ran.code, "too large for an import" in ran.err) == (1, True)


def test_a_source_that_is_none_is_bad_usage(tmp_path):
    for name in ("Not a source", "\udcff"):
        assert manage("export_seeds", tmp_path / "out", "--source", name).code == 2
