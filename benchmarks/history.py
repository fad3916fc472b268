"""How long the history of an upstream repository takes: `history.py [COMMITS]` (2,979, as many as eight months had).

A repository as upstream's is made with `git fast-import`: each commit brings a story or two and rewrites some ten
others, mostly with new ciphertext only, sometimes with another heat; old ones move to the archive. It is imported into
a fresh SQLite database, and then once more, which must add nothing. Everything is written to a temporary folder and
removed.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from importing import ROOT, TOOLS, Measure, run

START = 1_590_000_000
EVERY = 7_200  # seconds between two commits
FILES = 4_000


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 2_979
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as name:
        folder = Path(name)
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", "LOG_LEVEL": "WARNING"}
        print(f"Writing a repository of {count:,} commits …", flush=True)
        run(TOOLS / "gen_corpus.py", folder / "seeds", FILES)
        make_repository(folder / "upstream", sorted((folder / "seeds").rglob("*.md")), count)
        run(ROOT / "manage.py", "migrate", "--verbosity", 0)
        for what in ("history, first", "history, again"):
            measure = run(ROOT / "manage.py", "import_history", folder / "upstream")
            tell(what, measure)
        tell("rebuild --check", run(ROOT / "manage.py", "rebuild_articles", "--check"))
    return 0


def tell(what: str, measure: Measure) -> None:
    print(f"{what:22} {measure.seconds:8.2f} {measure.megabytes:8.0f}  {measure.output.strip()}", flush=True)


def make_repository(folder: Path, seeds: list[Path], count: int) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    importing = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE)
    write = importing.stdin.write
    chance = random.Random(7)
    waiting = [(path.name, path.read_bytes()) for path in reversed(seeds)]
    living: dict[str, bytes] = {}  # by path, in the order in which they came
    for number in range(count):
        changed = dict(map(rewritten, chance.sample(list(living.items())[-300:], min(10, len(living))), [chance] * 10))
        for name, data in (waiting.pop() for _ in range(chance.choice([1, 1, 2])) if waiting):
            changed[f"_news/{name}"] = data
        moved = next(iter(living)) if len(living) > 1500 else None
        write(f"commit refs/heads/main\ncommitter U <u@upstream.example> {START + number * EVERY} +0000\n".encode())
        write(b"data 7\nrewrite\n")
        if moved:
            write(f"R {moved} _archive/{moved}\n".encode())
            changed.pop(moved, None)
            del living[moved]
        for path, data in changed.items():
            write(f"M 644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        living |= changed
    importing.stdin.close()
    if importing.wait():
        sys.exit("benchmarks: git fast-import failed.")


def rewritten(item: tuple[str, bytes], chance: random.Random) -> tuple[str, bytes]:
    path, data = item
    data = re.sub(rb"(?m)^secured: .*$", b"secured: %x" % chance.getrandbits(2_000), data, count=1)
    if chance.random() < 0.2:
        data = re.sub(rb"(?m)^heat: .*$", b"heat: %d" % chance.randrange(-1, 200), data, count=1)
    return path, data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
