"""Real files are read without a problem, hostile ones are judged as they should be."""

import csv
import itertools
import re
import subprocess
import sys
import unicodedata

import pytest

from articles.seeds import Reading, SeedFile, Unreadable, find_seeds, read_seed, read_story


def readings(*folders) -> list[Reading]:
    seeds = [read_seed(found) for found in find_seeds([str(folder) for folder in folders]).files]
    return [read_story(seed) for seed in seeds if isinstance(seed, SeedFile)]


def test_every_real_file_is_read_without_a_problem(shared):
    corpus = shared / "corpus" / "power-apps"
    read = readings(corpus / "_news", corpus / "history", shared / "seed")
    assert len(read) > 250
    assert [problem for reading in read for problem in reading.problems] == []


def test_real_files_have_no_unknown_keys(shared):
    read = readings(shared / "corpus" / "power-apps" / "_news", shared / "seed")
    assert [warning for reading in read for warning in reading.warnings if "not known" in warning.message] == []


def test_rewrites_that_change_only_the_ciphertext_or_line_ends_have_the_same_content(shared):
    """62 of the 78 rewrites in the histories of real files change nothing but `secured`, 4 only line ends."""
    rewrites = same = 0
    for history in sorted((shared / "corpus" / "power-apps" / "history").iterdir()):
        digests = [reading.story.content_digest() for reading in readings(history)]
        rewrites += len(digests) - 1
        same += sum(one == next_one for one, next_one in itertools.pairwise(digests))
    assert (rewrites, same) == (78, 66)


@pytest.fixture(scope="module")
def hostile(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "files"
    generator = shared / "hostile" / "gen_hostile.py"
    subprocess.run([sys.executable, str(generator), str(folder), "--all"], check=True, capture_output=True)
    return folder


def expectations(folder) -> list[dict]:
    with open(folder / "EXPECT.tsv", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["group"] != "fs"]


def unescaped(name: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), name)


def misjudged(row: dict, folder) -> list[str]:
    """What is wrong with the verdict on one hostile file."""
    (found,) = find_seeds([str(folder / unescaped(row["name"]))]).files
    seed = read_seed(found)
    problems = (seed.problem,) if isinstance(seed, Unreadable) else read_story(seed).problems
    if not problems:
        return ["accepted"] if row["verdict"] == "reject" else []
    wrong = ["rejected"] if row["verdict"].startswith("accept") else []
    said = "\n".join(f"{problem.field}: {problem.message}" for problem in problems)
    if not re.search(row["error_re"], said, re.IGNORECASE):
        wrong.append(f"says nothing of {row['error_re']}")
    if row["line"] != "-" and not any(abs(problem.line - int(row["line"])) <= 1 for problem in problems):
        wrong.append(f"does not name line {row['line']}")
    if len(said) > 15_000:
        wrong.append("says too much")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in said.replace("\n", "")):
        wrong.append("says something unprintable")
    return wrong


def test_every_hostile_file_is_judged_as_it_should_be(hostile):
    rows = expectations(hostile)
    assert len(rows) > 220
    assert {row["name"]: wrong for row in rows if (wrong := misjudged(row, hostile))} == {}


def test_hostile_folders_are_walked_to_their_end(hostile):
    found = find_seeds([str(hostile / "special")])
    rejected = {each.name for each in found.files if isinstance(read_seed(each), Unreadable)}
    assert "broken/dangling.md" in rejected
    assert "badname/bad-\\xff\\xfe-name.md" in rejected
    good = {each.name for each in found.files} - rejected - {"unreadable/locked.md"}
    assert all(name.rpartition("/")[2].startswith("good-") for name in good)
    assert len(good) == 9
