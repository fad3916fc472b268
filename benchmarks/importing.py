"""How long an import takes, and how much memory: `importing.py [N]` measures N generated seed files (10,000).

Commands on a fresh database, each in a process of its own as an operator would type it: the first import, an unchanged
one, one after 1 % of the files have changed, the export and `rebuild_articles --check`, on SQLite; and the first import
on PostgreSQL, where there is one. Each stands beside the limit that it shall keep: a share of the yardstick, which is
what reading, hashing, parsing and inserting the same files costs in bare Python, in one process. `../shared/bench` has
both generator and yardstick. Everything is written to a temporary folder and removed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT.parent / "shared" / "bench"
WITH_POSTGRESQL = ROOT / "tests" / "services" / "with_postgresql.py"
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Measure:
    """What one command cost: wall-clock seconds, its start included, and the peak of memory in MB (10⁶ bytes), of all
    its processes together; pages that they share count for each."""

    seconds: float
    megabytes: float
    output: str


def main(arguments: list[str]) -> int:
    if not (TOOLS / "limit.py").is_file() or not (TOOLS / "gen_corpus.py").is_file():
        sys.exit(f"benchmarks: needs gen_corpus.py and limit.py in {os.path.relpath(TOOLS)}, beside the checkout.")
    if arguments[:1] == ["--measure"]:
        measure = run(*arguments[1:])
        print(measure.seconds, measure.megabytes)
        return 0
    count = arguments[0] if arguments else "10000"
    if not (count.isdecimal() and int(count) >= 1):
        sys.exit(f"benchmarks: N is {count!r}; expected a number of files.")
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as folder:
        measure_import(Path(folder), int(count))
    return 0


def measure_import(folder: Path, count: int) -> None:
    os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", "TMPDIR": str(folder), "LOG_LEVEL": "WARNING"}
    seeds, report = folder / "seeds", folder / "report.json"
    print(f"Writing {count:,} seed files …", flush=True)
    run(TOOLS / "gen_corpus.py", seeds, count)
    run(ROOT / "manage.py", "migrate", "--verbosity", 0)
    importing = (ROOT / "manage.py", "import_seeds", seeds, "--report", report)
    changing = max(count // 100, 1)

    limit = json.loads(run(TOOLS / "limit.py", seeds).output)
    yardstick, unchanged = limit["total"], 4 * (limit["read"] + limit["hash"]) + 1.5
    print(f"\n{'':22} {'seconds':>8} {'peak MB':>8} {'limit, s':>9} {'× limit':>8}")
    print(f"{'yardstick':22} {yardstick:8.2f}")

    first = run(*importing)
    tell("import, first", first, yardstick)
    expect(report, created=count)
    tell("import, unchanged", run(*importing), unchanged)
    expect(report, unchanged=count)
    change_heat(seeds, changing)
    tell("import, 1 % changed", run(*importing), unchanged * 1.5)
    expect(report, updated=changing, unchanged=count - changing)
    tell("export", run(ROOT / "manage.py", "export_seeds", folder / "exported"), yardstick)
    tell("rebuild --check", run(ROOT / "manage.py", "rebuild_articles", "--check"), yardstick)
    measure_postgresql(importing, report, count, first.seconds * 2)


def measure_postgresql(importing: tuple, report: Path, count: int, limit: float) -> None:
    """The same first import on a throw-away server; the command measures itself, as the server's start is no part."""
    os.environ.pop("TMPDIR")  # the server is another user's, who may not enter our folder
    manage = " ".join([sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"])
    itself = " ".join(map(str, [sys.executable, __file__, "--measure", *importing]))
    output = run(WITH_POSTGRESQL, "--if-there", "sh", "-c", f"{manage} && {itself}").output
    if not output:
        print("import, PostgreSQL: there is none here")
        return
    seconds, megabytes = map(float, output.splitlines()[-1].split())
    tell("import, PostgreSQL", Measure(seconds, megabytes, output), limit)
    expect(report, created=count)


def run(*command) -> Measure:
    """Run a Python program and measure it. Ends the benchmark where the program fails."""
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    memory = Memory(child.pid)
    output = child.stdout.read()
    child.wait()
    seconds = time.perf_counter() - started
    if child.returncode:
        sys.exit(f"benchmarks: {' '.join(map(str, command))} ended with {child.returncode}.\n{output}")
    return Measure(seconds, memory.peak / 1e6, output)


class Memory(threading.Thread):
    """Looks twenty times a second at what a process and its children hold, for as long as it lives (Linux only)."""

    def __init__(self, process: int):
        super().__init__(daemon=True)
        self.process, self.peak = process, 0
        self.start()

    def run(self) -> None:
        while held := self._held(self.process):
            self.peak = max(self.peak, held)
            time.sleep(0.05)

    def _held(self, process: int) -> int:
        with suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
            return pages * PAGE + sum(self._held(int(child)) for child in children)
        return 0


def tell(name: str, measure: Measure, limit: float) -> None:
    ratio = measure.seconds / limit
    print(f"{name:22} {measure.seconds:8.2f} {measure.megabytes:8.0f} {limit:9.2f} {ratio:8.2f}", flush=True)


def expect(report: Path, **counts) -> None:
    """A measure of something else than what it is called would be worse than none."""
    found = json.loads(report.read_text())
    if wrong := {name: found[name] for name, count in counts.items() if found[name] != count}:
        sys.exit(f"benchmarks: expected {counts}, but the import reports {wrong}.")


def change_heat(seeds: Path, count: int) -> None:
    files = sorted(seeds.rglob("*.md"))
    for path in files[:: len(files) // count][:count]:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^heat: .*$", "heat: 777", text, count=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
