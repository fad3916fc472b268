"""Files made to break an importer: every verdict, each file alone and all at once."""

import csv
import os
import re
import runpy
import sys
from pathlib import Path

import pytest

from articles.importing import import_paths
from articles.models import Article
from articles.seeds import MissingPath
from tests.conftest import SHARED
from tests.factories import assert_columns_are_what_the_logs_say
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db
GENERATOR = SHARED / "hostile" / "gen_hostile.py"


@pytest.fixture(scope="session")
def hostile(shared, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "files"
    argv, sys.argv = sys.argv, [str(GENERATOR), str(folder)]
    try:
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(GENERATOR), run_name="__main__")
    finally:
        sys.argv = argv
    assert not end.value.code
    return folder


def cases(folder: Path) -> list[dict]:
    with open(folder / "EXPECT.tsv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        row["path"] = folder / re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), row["name"])
    return [row for row in rows if row["group"] != "fs"]


def stored(path: Path) -> bool:
    return Article.objects.filter(path__endswith=path.name).exists()


def what_is_wrong(case: dict, report) -> list[str]:
    """How the outcome of a file differs from what was expected of it."""
    wrong = []
    rejected = bool(report.counts["rejected"])
    if case["verdict"] == "reject" and not rejected:
        wrong.append("accepted")
    if case["verdict"].startswith("accept") and rejected:
        wrong.append(f"rejected: {report.errors[0].message}")
    if rejected:
        said = " ".join(f"{problem.field} {problem.message}" for problem in report.errors)
        if case["error_re"] and not re.search(case["error_re"], said, re.I):
            wrong.append(f"the message lacks /{case['error_re']}/: {said[:200]}")
        lines = {problem.line for problem in report.errors}
        if case["line"] != "-" and not any(abs(line - int(case["line"])) <= 1 for line in lines):
            wrong.append(f"lines {lines} and not {case['line']}")
        if len(said) > 20_000:
            wrong.append(f"a message of {len(said)} characters")
    return wrong


def test_each_file_alone_gets_its_verdict_and_its_place(hostile):
    failures = {}
    for case in cases(hostile):
        report = import_paths([str(case["path"])], source="alone")
        again = import_paths([str(case["path"])], source="alone")
        wrong = what_is_wrong(case, report)
        if again.counts["created"] or again.counts["updated"] or again.errors != report.errors:
            wrong.append("another outcome the second time")
        if wrong:
            failures[case["name"]] = wrong
    assert failures == {}
    assert_columns_are_what_the_logs_say()


def test_all_files_at_once_the_good_are_stored_and_the_bad_are_not(hostile):
    ran = manage("import_seeds", hostile / "corpus", "--verbosity=2")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert not re.search(r"^ERROR forged", ran.out + ran.err, re.M)
    assert not {"\x1b[31m", "\x07"} & set(re.findall(r"\x1b\[31m|\x07", ran.out))
    for case in cases(hostile):
        if case["verdict"] != "any":
            assert stored(case["path"]) is case["verdict"].startswith("accept"), case["name"]
    assert_columns_are_what_the_logs_say()
    assert manage("import_seeds", hostile / "corpus").code == 1


SPECIAL = {
    "loop": 0,
    "escape": 0,
    "escdir": 0,
    "broken": 1,
    "fifo": 0,
    "dirname": 0,
    "badname": 1,
    "empty-dir": 0,
    "unreadable": 0 if os.geteuid() == 0 else 1,
}


@pytest.mark.parametrize(("name", "code"), SPECIAL.items())
def test_a_folder_with_a_trick_of_the_file_system(hostile, name, code):
    ran = manage("import_seeds", hostile / "special" / name)
    assert ran.code == code
    assert "OUTSIDEMARK" not in ran.out + ran.err
    assert Article.objects.filter(stem=f"good-{name}").exists()
    assert not Article.objects.filter(title__contains="OUTSIDEMARK").exists()


def test_a_folder_without_seeds_is_2(hostile):
    assert manage("import_seeds", hostile / "special" / "empty-dir" / "nothing").code == 2


@pytest.mark.parametrize("head", [b"", b"---\ntitle: big\n---\n"])
def test_a_file_of_200_mb_stops_nobody(tmp_path, head):
    path = tmp_path / "huge.md"
    path.write_bytes(head)
    os.truncate(path, 200 << 20)
    report = import_paths([str(path)])
    assert report.counts["rejected"] == 1
    assert ("too large" if head else "front matter") in report.errors[0].message


def test_a_device_that_never_ends_is_not_read():
    assert import_paths(["/dev/zero"]).counts["rejected"] == 1


def test_a_path_with_a_nul_is_no_path():
    with pytest.raises(MissingPath):
        import_paths(["a\0b"])
