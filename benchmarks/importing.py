"""How long an import takes, and how much memory: `importing.py [N]` measures N generated seed files (10,000).

Four commands on a fresh SQLite database, each in a process of its own as an operator would type it: the first import,
an unchanged one, one after 1 % of the files have changed, and `rebuild_articles --check`. Beside them the yardstick:
what reading, hashing, parsing and inserting the same files costs in bare Python, in one process. `../shared/bench` has
both generator and yardstick. Everything is written to a temporary folder and removed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT.parent / "shared" / "bench"


@dataclass(frozen=True, slots=True)
class Measure:
    """What one command cost: wall-clock seconds, its start included, and the peak of its memory in MB (10⁶ bytes)."""

    seconds: float
    megabytes: float
    output: str


def main(arguments: list[str]) -> int:
    if not (TOOLS / "limit.py").is_file() or not (TOOLS / "gen_corpus.py").is_file():
        sys.exit(f"benchmarks: needs gen_corpus.py and limit.py in {os.path.relpath(TOOLS)}, beside the checkout.")
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

    yardstick = json.loads(run(TOOLS / "limit.py", seeds).output)["total"]
    print(f"\n{'':20} {'seconds':>9} {'peak MB':>9} {'× yardstick':>12}")
    print(f"{'yardstick':20} {yardstick:9.2f} {'':9} {1:12.2f}")

    tell("import, first", run(*importing), yardstick)
    expect(report, created=count)
    tell("import, unchanged", run(*importing), yardstick)
    expect(report, unchanged=count)
    change_heat(seeds, changing)
    tell("import, 1 % changed", run(*importing), yardstick)
    expect(report, updated=changing, unchanged=count - changing)
    tell("rebuild --check", run(ROOT / "manage.py", "rebuild_articles", "--check"), yardstick)


def run(*command) -> Measure:
    """Run a Python program and measure it. Ends the benchmark where the program fails."""
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"benchmarks: {' '.join(map(str, command))} ended with {child.returncode}.\n{output}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB here
    return Measure(seconds, usage.ru_maxrss * unit / 1e6, output)


def tell(name: str, measure: Measure, yardstick: float) -> None:
    ratio = measure.seconds / yardstick
    print(f"{name:20} {measure.seconds:9.2f} {measure.megabytes:9.0f} {ratio:12.2f}", flush=True)


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
