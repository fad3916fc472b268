"""`manage.py import_seeds`: its options, what it prints, its report and its exit codes."""

import json
import os
import re
import stat
from io import StringIO

import pytest
from django.utils import timezone

from articles.models import Article, ImportRun
from tests.factories import import_folder, import_seed, write_seed
from tests.operations.commands import manage

from .tables import every_row

pytestmark = pytest.mark.django_db
COUNTS = ["files", "created", "updated", "unchanged", "rejected", "skipped", "conflicts", "withdrawn"]


def report_of(folder, *options) -> tuple[int, dict]:
    path = folder.parent / "report.json"
    ran = manage("import_seeds", folder, "--report", path, *options)
    return ran.code, json.loads(path.read_text())


@pytest.fixture
def seeds(tmp_path, editor):
    """A folder in which each kind of outcome is about to happen, a conflict and a skipped file among them."""
    from articles.curation import set_value

    folder = tmp_path / "seeds"
    set_value(import_seed(folder, "updated"), "title", "Ours", by=editor)
    import_seed(folder, "unchanged")
    write_seed(folder, "updated", title="Theirs")
    write_seed(folder, "created", colour="red")
    write_seed(folder, "rejected", heat=-2)
    (folder / "notes.txt").write_text("no front matter")
    return folder


# -- exit codes


def test_0_where_every_file_is_good_and_a_summary_in_one_line(tmp_path):
    write_seed(tmp_path)
    ran = manage("import_seeds", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("\n") == 1
    assert "1 files: 1 created, 0 updated, 0 unchanged, 0 rejected" in ran.out


def test_1_where_a_file_is_rejected_and_its_place_is_told(tmp_path):
    path = write_seed(tmp_path, heat=-2)
    ran = manage("import_seeds", tmp_path)
    assert ran.code == 1
    assert f"{path}:9:1: heat: " in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["gone"], ["seeds", "gone"], ["seeds/2020-06-22-story.md/x"], [""]])
def test_2_where_a_path_is_missing_and_nothing_is_imported(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    write_seed(tmp_path / "seeds")
    ran = manage("import_seeds", *arguments, "--report", "report.json")
    assert ran.code == 2
    assert "There is no file or folder" in ran.err
    assert not Article.objects.exists()
    assert not ImportRun.objects.exists()
    assert not (tmp_path / "report.json").exists()


def test_2_where_a_folder_has_no_seeds(tmp_path):
    (tmp_path / "README.md").write_text("no front matter")
    ran = manage("import_seeds", tmp_path, "--report", tmp_path / "report.json")
    assert ran.code == 2
    assert f"No seed file found under {tmp_path}" in ran.err
    assert not ImportRun.objects.exists()
    assert not (tmp_path / "report.json").exists()


def test_1_where_a_named_file_has_no_front_matter(tmp_path):
    (tmp_path / "README.md").write_text("no front matter")
    assert manage("import_seeds", tmp_path / "README.md").code == 1


@pytest.mark.parametrize("source", ["", "a" * 41, "Upper", "under_score", "a b", "ä", "../x", "x\n"])
def test_2_where_the_source_is_not_a_name_of_one(tmp_path, source):
    write_seed(tmp_path)
    ran = manage("import_seeds", tmp_path, f"--source={source}")
    assert ran.code == 2
    assert "1 to 40 of a-z, 0-9 and hyphens" in ran.err
    assert not Article.objects.exists()


@pytest.mark.parametrize("source", ["a", "a" * 40, "feed-1", "-"])
def test_a_source_of_up_to_40_small_letters_digits_and_hyphens_is_taken(tmp_path, source):
    write_seed(tmp_path)
    assert manage("import_seeds", tmp_path, f"--source={source}").code == 0
    assert Article.objects.get().source == source


@pytest.mark.parametrize("wait", ["-1", "soon", "nan", "inf", ""])
def test_2_where_wait_is_no_number_of_seconds(tmp_path, wait):
    write_seed(tmp_path)
    assert manage("import_seeds", tmp_path, f"--wait={wait}").code == 2


@pytest.mark.parametrize("where", ["gone/report.json", "."])
def test_2_where_the_report_cannot_be_written_and_that_before_anything_is_imported(tmp_path, where):
    write_seed(tmp_path)
    ran = manage("import_seeds", tmp_path, "--report", tmp_path / where)
    assert ran.code == 2
    assert "report cannot be written" in ran.err
    assert not Article.objects.exists()


def test_2_without_a_path():
    assert manage("import_seeds").code == 2


# -- the report


def test_the_report_has_the_counts_the_problems_the_seconds_and_the_run(seeds):
    code, report = report_of(seeds)
    assert code == 1
    assert list(report) == [*COUNTS, "errors", "warnings", "seconds", "run"]
    assert [report[name] for name in COUNTS] == [4, 1, 1, 1, 1, 1, 1, 0]
    (error,) = report["errors"]
    assert list(error) == ["file", "line", "column", "field", "message"]
    assert (error["file"], error["line"], error["field"]) == (str(seeds / "rejected.md"), 9, "heat")
    assert [warning["field"] for warning in report["warnings"]] == ["colour"]
    assert isinstance(report["seconds"], float)
    run = ImportRun.objects.get(pk=report["run"])
    assert [getattr(run, name) for name in COUNTS] == [report[name] for name in COUNTS]
    assert (run.errors, run.warnings) == (report["errors"], report["warnings"])


def test_the_report_replaces_an_older_one_whole_and_may_be_read_by_others(tmp_path):
    write_seed(tmp_path / "seeds")
    path = tmp_path / "report.json"
    path.write_text("x" * 100_000)
    report_of(tmp_path / "seeds")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["report.json", "seeds"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_report_is_moved_into_its_place_not_written_there(tmp_path, monkeypatch):
    write_seed(tmp_path / "seeds")
    path = tmp_path / "report.json"
    path.write_text("old")
    seen = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda new, old: (seen.append(path.read_text()), replace(new, old)))
    report_of(tmp_path / "seeds")
    assert seen == ["old"]


def test_a_report_into_a_pipe_is_written_there_and_the_pipe_stays_one(tmp_path):
    write_seed(tmp_path / "seeds")
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    assert manage("import_seeds", tmp_path / "seeds", "--report", path).code == 0
    assert json.loads(os.read(reader, 100_000))["created"] == 1
    os.close(reader)
    assert path.is_fifo()


def test_a_report_under_a_link_leaves_the_link(tmp_path):
    write_seed(tmp_path / "seeds")
    (tmp_path / "link.json").symlink_to("target.json")
    assert manage("import_seeds", tmp_path / "seeds", "--report", tmp_path / "link.json").code == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "target.json").read_text())["created"] == 1


def test_an_error_names_the_file_as_walked_from_the_path_as_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_seed(tmp_path / "seeds" / "sub", heat=-2)
    for path, file in (("./seeds", "./seeds/sub"), ("seeds/../seeds", "seeds/../seeds/sub"), ("seeds/", "seeds/sub")):
        manage("import_seeds", path, "--report", "report.json")
        (error,) = json.loads((tmp_path / "report.json").read_text())["errors"]
        assert error["file"] == f"{file}/2020-06-22-story.md"


def test_a_warning_and_an_error_have_the_same_keys_lines_and_columns_from_1(tmp_path):
    write_seed(
        tmp_path / "seeds", "a", related=[{"title": "R", "webUrl": "https://r.example/"}, {"heat": 1}], colour="red"
    )
    _, report = report_of(tmp_path / "seeds")
    places = [[each[name] for name in ("line", "column", "field")] for each in report["errors"] + report["warnings"]]
    assert places[0] == [14, 59, "related[1].title"]
    assert places[-1] == [15, 1, "colour"]
    assert all(list(each) == ["file", "line", "column", "field", "message"] for each in report["warnings"])


# -- dry run


@pytest.mark.parametrize("a_file_is_bad", [True, False])
def test_a_dry_run_reports_exactly_what_the_import_then_does_and_writes_nothing(seeds, a_file_is_bad):
    if not a_file_is_bad:
        (seeds / "rejected.md").unlink()
    before = every_row()
    trial = report_of(seeds, "--dry-run")
    assert every_row() == before
    real = report_of(seeds)
    assert trial[0] == real[0] == int(a_file_is_bad)
    assert trial[1]["run"] is None
    assert all(trial[1][key] == real[1][key] for key in trial[1].keys() - {"run", "seconds"})
    assert every_row() != before


@pytest.mark.parametrize(("bad", "strict", "code"), [(False, False, 0), (True, False, 1), (True, True, 1)])
def test_a_dry_run_exits_as_the_real_run_would(tmp_path, bad, strict, code):
    write_seed(tmp_path, "good")
    if bad:
        write_seed(tmp_path, "bad", heat=-2)
    options = ["--strict"] if strict else []
    assert manage("import_seeds", tmp_path, "--dry-run", *options).code == code
    assert manage("import_seeds", tmp_path, *options).code == code


def test_a_dry_run_of_nothing_exits_with_2(tmp_path):
    assert manage("import_seeds", tmp_path, "--dry-run").code == 2


# -- strict


def test_strict_and_one_bad_file_and_nothing_at_all_is_written(seeds):
    before = every_row("ImportRun")
    code, report = report_of(seeds, "--strict")
    assert code == 1
    assert [report[name] for name in COUNTS] == [4, 1, 1, 1, 1, 1, 1, 0]
    assert every_row("ImportRun") == before
    run = ImportRun.objects.get(pk=report["run"])
    assert (run.status, run.files, len(run.errors)) == ("refused", 4, 1)


@pytest.mark.parametrize("options", [[], ["--strict"]])
def test_a_run_that_died_is_marked_by_the_next_one_of_its_source_even_a_refused_one(tmp_path, options):
    for source in ("default", "other"):
        ImportRun.objects.create(source=source, started_at=timezone.now())
    write_seed(tmp_path, heat=-2)
    manage("import_seeds", tmp_path, *options)
    statuses = list(ImportRun.objects.order_by("pk").values_list("source", "status"))
    assert statuses[:2] == [("default", "died"), ("other", "running")]


def test_strict_and_all_files_good_is_an_import(tmp_path):
    for number in range(3):
        write_seed(tmp_path / "seeds", f"story-{number}")
    code, report = report_of(tmp_path / "seeds", "--strict")
    assert (code, report["created"], Article.objects.count()) == (0, 3, 3)


@pytest.mark.parametrize("option", ["--strict", "--dry-run", "--wait=60"])
def test_each_file_is_told_of_once(tmp_path, option):
    write_seed(tmp_path)
    ran = manage("import_seeds", tmp_path, "--verbosity=2", option)
    assert ran.out.count("2020-06-22-story.md") == 1


# -- what is printed


def test_no_more_than_20_errors_are_printed_and_how_many_more_there_are(tmp_path):
    for number in range(25):
        write_seed(tmp_path, f"bad-{number}", heat=-2)
    ran = manage("import_seeds", tmp_path)
    assert ran.err.count("heat: ") == 20
    assert "5 more errors" in ran.err
    assert manage("import_seeds", tmp_path, "--verbosity=2").err.count("heat: ") == 25


def test_a_warning_is_in_the_report_and_printed_when_asked_for(tmp_path):
    write_seed(tmp_path, colour="red")
    assert "1 warnings" in manage("import_seeds", tmp_path, "--dry-run").out
    assert "warning: " in manage("import_seeds", tmp_path, "--verbosity=2").err


def test_a_file_name_cannot_forge_a_line(tmp_path):
    (tmp_path / "a\nERROR forged.md").write_text("---\ntitle: [\n---\n")
    ran = manage("import_seeds", tmp_path, "--verbosity=2")
    assert ran.code == 1
    assert not any(line.startswith("ERROR forged") for line in (ran.out + ran.err).splitlines())


def test_a_folder_whose_name_is_no_utf_8_can_be_imported(tmp_path):
    folder = tmp_path / os.fsdecode(b"bad-\xff")
    write_seed(folder)
    assert manage("import_seeds", os.fspath(folder)).code == 0
    assert ImportRun.objects.get().paths == [str(tmp_path) + "/bad-\\xff"]


def test_a_file_whose_name_is_no_utf_8_is_rejected_by_name(tmp_path):
    write_seed(tmp_path, "good")
    (tmp_path / os.fsdecode(b"bad-\xff.md")).write_bytes((tmp_path / "good.md").read_bytes())
    ran = manage("import_seeds", tmp_path)
    assert ran.code == 1
    assert "bad-\\xff.md" in ran.err
    assert Article.objects.count() == 1


def test_the_paths_of_a_run_are_kept_as_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_seed(tmp_path / "seeds")
    manage("import_seeds", "./seeds")
    assert ImportRun.objects.get().paths == ["./seeds"]
    assert import_folder(tmp_path / "seeds").as_counts()["unchanged"] == 1


class Terminal(StringIO):
    def isatty(self):
        return True


def test_a_bar_with_rate_and_time_left_is_shown_on_a_terminal_and_none_in_a_pipe(tmp_path):
    write_seed(tmp_path)
    terminal, pipe = Terminal(), StringIO()
    assert manage("import_seeds", tmp_path, stderr=terminal).code == 0
    assert manage("import_seeds", tmp_path, stderr=pipe).code == 0
    assert re.search(r"\r.*█{30} 1 of 1, [\d,]+ a second, 0:00 left", terminal.getvalue())
    assert terminal.getvalue().endswith("\r\x1b[K"), "and is gone in the end"
    assert pipe.getvalue() == ""


@pytest.mark.parametrize("name", ["seeds/updated.md/x", "away/r.json", "x" * 256, "dangling", "circle", "seeds"])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_imported(seeds, name):
    folder = seeds.parent
    (folder / "dangling").symlink_to("away/r.json")
    (folder / "circle").symlink_to("circle")
    before = every_row()
    ran = manage("import_seeds", seeds, "--report", folder / name)
    assert (ran.code, "The report cannot be written to" in ran.err) == (2, True)
    assert every_row() == before


def test_a_report_may_have_the_longest_name_there_is(tmp_path):
    write_seed(tmp_path / "seeds")
    assert manage("import_seeds", tmp_path / "seeds", "--report", tmp_path / ("x" * 255)).code == 0
    assert [len(path.name) for path in tmp_path.iterdir() if path.is_file()] == [255]


def test_a_report_on_a_full_disk_is_told_in_one_line(tmp_path):
    write_seed(tmp_path)
    ran = manage("import_seeds", tmp_path, "--report", "/dev/full")
    assert (ran.code, "No space left on device" in ran.err) == (2, True)


def test_the_report_names_a_file_as_it_was_walked_and_the_printed_line_cannot_be_forged(tmp_path):
    odd = os.fsdecode(b"a\nb\xff.md")
    write_seed(tmp_path / "seeds", "x", heat="hot").rename(tmp_path / "seeds" / odd)
    (code, report), ran = report_of(tmp_path / "seeds"), manage("import_seeds", tmp_path / "seeds")
    assert (code, {error["file"] for error in report["errors"]}) == (1, {f"{tmp_path}/seeds/{odd}"})
    assert "seeds/a\\nb\\xff.md:" in ran.err


def test_each_field_is_shown_old_and_new_by_its_name_in_the_file(tmp_path):
    write_seed(tmp_path, heat=5, images=[{"url": "/a.png", "isCached": True}], colour="red")
    manage("import_seeds", tmp_path)
    write_seed(tmp_path, heat=7, images=[{"url": "/b.png", "isCached": True}], secured="new")
    lines = manage("import_seeds", tmp_path, "--verbosity=3").out.splitlines()
    assert "    heat: 5 → 7" in lines
    assert '    images: [{"url": "/a.png", "isCached": true}] → [{"url": "/b.png", "isCached": true}]' in lines
    assert '    colour: "red" → null' in lines
    assert "secured" not in "".join(lines)


@pytest.mark.parametrize("verbosity", [0, 1, 2, 3])
def test_verbosity_2_tells_of_each_file_3_of_each_field_and_0_of_nothing(seeds, verbosity):
    ran = manage("import_seeds", seeds, f"--verbosity={verbosity}")
    assert ("4 files" in ran.out) is (verbosity > 0)
    assert (f"updated   {seeds}/updated.md" in ran.out) is (verbosity > 1)
    assert ('    title: "A story" → "Theirs"' in ran.out) is (verbosity > 2)
    assert f"{seeds}/rejected.md:9:1: heat: " in ran.err, "errors are always told"
    assert ran.out or not verbosity


# -- what is found


@pytest.mark.parametrize("name", ["story.html", ".story", "story", "story.md"])
def test_a_path_may_be_a_file_of_any_extension(tmp_path, name):
    write_seed(tmp_path).rename(tmp_path / name)
    assert manage("import_seeds", tmp_path / name).code == 0
    assert Article.objects.get().path == name


def test_a_folder_is_walked_to_its_end(tmp_path):
    for folder in ("", "a", "a/b", "a/b/c"):
        write_seed(tmp_path / "seeds" / folder, f"story{len(folder)}")
    assert report_of(tmp_path / "seeds")[1]["created"] == 4


def hidden_file(folder):
    write_seed(folder, ".hidden")


def hidden_folder(folder):
    write_seed(folder / ".git", "other")


def another_extension(folder):
    write_seed(folder, "other").rename(folder / "other.html")


def no_front_matter(folder):
    (folder / "other.md").write_text("# Read me")


def fifo(folder):
    os.mkfifo(folder / "other.md")


def device(folder):
    (folder / "other.md").symlink_to("/dev/zero")


def link_to_a_folder(folder):
    write_seed(folder.parent / "elsewhere", "other")
    (folder / "other").symlink_to("../elsewhere")


def link_that_leads_out(folder):
    write_seed(folder.parent / "elsewhere", "other")
    (folder / "other.md").symlink_to("../elsewhere/other.md")


@pytest.mark.parametrize(
    ("lay", "skipped"),
    [(hidden_file, 1), (another_extension, 1), (no_front_matter, 1), (fifo, 1), (device, 1), (link_that_leads_out, 1),
     (hidden_folder, 0), (link_to_a_folder, 0)],
    ids=lambda each: getattr(each, "__name__", None),
)  # fmt: skip
def test_in_a_folder_is_passed_over_and_files_so_passed_over_count_as_skipped(tmp_path, lay, skipped):
    write_seed(tmp_path / "seeds", "good")
    lay(tmp_path / "seeds")
    code, report = report_of(tmp_path / "seeds")
    assert (code, report["files"], report["created"], report["skipped"]) == (0, 1, 1, skipped)
    assert Article.objects.get().stem == "good"


def test_a_link_to_a_file_inside_of_the_folder_is_followed(tmp_path):
    write_seed(tmp_path / "seeds" / "data", "good").rename(tmp_path / "seeds" / "data" / "good.html")
    (tmp_path / "seeds" / "link.md").symlink_to("data/good.html")
    assert report_of(tmp_path / "seeds")[1]["created"] == 1


def unreadable(path, monkeypatch):
    write_seed(path.parent, path.stem)
    opened = os.open

    def refusing(name, *arguments, **options):
        if os.fspath(name) == os.fspath(path):
            raise PermissionError(13, "Permission denied")
        return opened(name, *arguments, **options)

    monkeypatch.setattr(os, "open", refusing)


def dangling(path, monkeypatch):
    path.symlink_to("nowhere.md")


@pytest.mark.parametrize("lay", [unreadable, dangling])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_dangling_link_or_unreadable_file_with_a_seeds_extension_is_rejected(tmp_path, monkeypatch, lay, is_named):
    write_seed(tmp_path, "good")
    path = tmp_path / "other.md"
    lay(path, monkeypatch)
    ran = manage("import_seeds", *([tmp_path / "good.md", path] if is_named else [tmp_path]))
    assert (ran.code, Article.objects.get().stem) == (1, "good")
    assert f"{path}:1:1: " in ran.err


@pytest.mark.parametrize("lay", [no_front_matter, fifo, device])
def test_a_file_that_is_named_and_is_no_seed_is_rejected(tmp_path, lay):
    lay(tmp_path)
    ran = manage("import_seeds", tmp_path / "other.md")
    assert (ran.code, "1 rejected" in ran.out) == (1, True)


# -- jobs, and the same again


@pytest.mark.parametrize(("jobs", "processes"), [("1", 0), ("2", 2)])
def test_so_many_processes_read_as_jobs_says_and_the_outcome_is_the_same(tmp_path, monkeypatch, jobs, processes):
    from articles import importing
    from articles.seeds import workers

    made, worker = [], workers._Worker
    monkeypatch.setattr(importing, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(workers, "_Worker", lambda work: made.append(1) or worker(work))
    for number in range(5):
        write_seed(tmp_path / "seeds", f"story-{number}", heat=number - 1)
    write_seed(tmp_path / "seeds", "bad", heat=-2)
    code, report = report_of(tmp_path / "seeds", f"--jobs={jobs}")
    assert (code, report["created"], report["rejected"], len(made)) == (1, 5, 1, processes)
    assert [error["field"] for error in report["errors"]] == ["heat"]
    assert list(Article.objects.order_by("stem").values_list("heat", flat=True)) == [-1, 0, 1, 2, 3]


@pytest.mark.parametrize("jobs", ["0", "-1", "257", "many", ""])
def test_2_where_jobs_is_no_number_of_processes(tmp_path, jobs):
    write_seed(tmp_path)
    assert manage("import_seeds", tmp_path, f"--jobs={jobs}").code == 2


def test_it_waits_60_seconds_for_another_import_unless_told_otherwise():
    from articles.management.commands import import_seeds

    parser = import_seeds.Command().create_parser("manage.py", "import_seeds")
    assert (parser.parse_args(["x"]).wait, parser.parse_args(["x", "--wait=1.5"]).wait) == (60, 1.5)


def test_importing_the_same_files_again_changes_nothing(seeds):
    report_of(seeds)
    before = every_row("ImportRun")
    _, report = report_of(seeds)
    assert [report[name] for name in COUNTS] == [4, 0, 0, 3, 1, 1, 0, 0]
    assert every_row("ImportRun") == before
    assert manage("rebuild_articles", "--check").code == 0
