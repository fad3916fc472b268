"""What the desk's pages cost as articles grow: `desk.py [N …]`, by default 100, 10,000 and 100,000.

For each N a database of N generated stories (../shared/bench), of which an editor has decided on 1,000 and upstream has
moved after half of those, so that there are conflicts. Then each page, signed in: how often it asks the database, the
median of its time in milliseconds, and that as a ratio to the smallest N's. DATABASE_URL may name an empty PostgreSQL
database for one N; by default each N has its own SQLite file, removed afterwards.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = ROOT.parent / "shared" / "bench" / "gen_corpus.py"
DECIDED = 1_000
TIMES = 7
PAGES = {
    "first page": "/admin/",
    "list": "/admin/articles/article/",
    "list, undecided": "/admin/articles/article/?decided=no",
    "list, in conflict": "/admin/articles/article/?decided=conflict",
    "list, a word searched": "/admin/articles/article/?q=bank",
    "list, page 100": "/admin/articles/article/?p=100",
    "triage": "/admin/articles/article/triage/",
    "conflicts": "/admin/articles/article/conflicts/",
    "decisions": "/admin/articles/decision/",
    "runs": "/admin/articles/importrun/",
    "an article": "/admin/articles/article/{decided}/change/",
    "its history": "/admin/articles/article/{decided}/history/",
}


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        measure(Path(arguments[1]), int(arguments[2]))
        return
    if not GENERATOR.is_file():
        sys.exit(f"benchmarks: needs gen_corpus.py in {os.path.relpath(GENERATOR.parent)}, beside the checkout.")
    sizes = [int(argument) for argument in arguments] or [100, 10_000, 100_000]
    found = {size: _measured(size) for size in sizes}
    print(f"\n{'':24}" + "".join(f"{size:>24,}" for size in sizes))
    for page in PAGES:
        first = found[sizes[0]].get(page)
        cells = []
        for size in sizes:
            queries, milliseconds = found[size].get(page, (0, 0.0))
            cells.append(f"{queries:4} q {milliseconds:7.0f} ms {milliseconds / first[1] if first else 0:5.2f} ×")
        print(f"{page:24}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


def _measured(size: int) -> dict[str, tuple[int, float]]:
    """The figures of one size, from a process of its own."""
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as folder:
        print(f"Writing and importing {size:,} stories …", flush=True)
        environment = {"DATABASE_URL": f"sqlite:///{folder}/desk.sqlite3"} | os.environ | {"LOG_LEVEL": "ERROR"}
        command = [sys.executable, __file__, "--measure", folder, str(size)]
        output = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    rows = [line.rsplit(" ", 2) for line in output.splitlines() if re.search(r" \d+ [\d.]+$", line)]
    return {page: (int(queries), float(milliseconds)) for page, queries, milliseconds in rows}


def measure(folder: Path, size: int) -> None:
    """Fill the database of DATABASE_URL, and print a line for each page: its name, queries and milliseconds."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    import django

    django.setup()
    from django.core.management import call_command

    seeds = folder / "seeds"
    subprocess.run([sys.executable, str(GENERATOR), str(seeds), str(size)], check=True, stdout=subprocess.DEVNULL)
    call_command("migrate", verbosity=0)
    decided = _fill(seeds)
    _ask(decided)


def _fill(seeds: Path) -> int:
    """Import, decide, let upstream move, import again. The key of an article that was decided on."""
    from django.contrib.auth import get_user_model

    from articles.curation import set_value
    from articles.importing import import_paths
    from articles.models import Article

    import_paths([str(seeds)])
    editor = get_user_model().objects.create_superuser("editor")
    articles = list(Article.objects.order_by("?")[:DECIDED])
    for article in articles:
        set_value(article, "heat", 300, by=editor)
    for article in articles[::2]:
        path = seeds / article.path
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^heat: .*$", "heat: 555", text, count=1), encoding="utf-8")
    import_paths([str(seeds)])
    return articles[0].pk


class Count:
    """How often the database was asked."""

    queries = 0

    def __call__(self, execute, *call):
        self.queries += 1
        return execute(*call)


def _ask(decided: int) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get(username="editor"))
    for page, address in PAGES.items():
        address = address.format(decided=decided)
        count = Count()
        with connection.execute_wrapper(count):
            answer = client.get(address)
        if answer.status_code != 200:
            print(f"{page}: {answer.status_code}", file=sys.stderr)
            continue
        times = []
        for _ in range(TIMES):
            started = time.perf_counter()
            client.get(address)
            times.append(time.perf_counter() - started)
        print(page, count.queries, round(statistics.median(times) * 1000, 1), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
