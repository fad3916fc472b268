"""How pages grow with the stories: `growth.py [--rows N,M,…] [--database …]`.

The median time of each kind of page, built anew (CACHE_URL=dummycache://), among 10,000 stories and among 200,000,
while an import that changes some hundred stories runs in the background. Both sites stand side by side and are asked
in turns, some seconds each: machines differ, and so do minutes. What counts is the ratio.

On SQLite, or with `--database postgresql` in databases of their own beside that of DATABASE_URL, whose user may make
some (`tests/services/with_postgresql.py` starts a server to throw away). The first 10,000 are imported, the rest are
copies of these, made by SQL, each ten thousand further back in time.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = ROOT.parent / "shared" / "bench" / "gen_corpus.py"
BASE = 10_000  # stories that are imported; more are copies of them
CHANGING = 400  # files that the import in the background rewrites each time
ROUNDS, TIMES = 12, 4  # short turns: what else the machine does meets both alike
# Each kind of page, and how many times its time among BASE stories it may take among more of them.
PAGES = {
    "front": ("/", 1.3),
    "latest": ("/latest/", 1.3),
    "topic": ("{topic}", 1.3),
    "article": ("{article}", 1.3),
    "archive": ("/archive/", 1.3),
    "archive, a month": ("{month}", 1.3),
    "API": ("/api/news/index.json", 1.3),
    "API, a topic": ("{api_topic}", 1.3),
    "feed": ("/feeds/latest.rss", 1.3),
    "search, a common word": ("/search/?q=release", 2.0),
    "search, two words": ("/search/?q=drone+military", 2.0),
}


def main() -> int:
    options = _options()
    if options.ask:
        ask(options.rows[0], options.ask)
        return 0
    if not GENERATOR.is_file():
        sys.exit(f"benchmarks: needs gen_corpus.py in {os.path.relpath(GENERATOR.parent)}, beside the checkout.")
    compare_sizes(options.rows, options.database)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How the times of public pages grow with the stories.")
    rows = parser.add_argument("--rows", default=[BASE, 200_000], help="how many stories, with commas between")
    rows.type = lambda text: [int(number) for number in text.split(",")]
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)  # itself, in a process for each size
    return parser.parse_args()


def compare_sizes(sizes: list[int], database: str) -> None:
    """Print the median of each page at each size, and its ratio to the first size's, of rounds in turns."""
    found = {size: {page: [] for page in PAGES} for size in sizes}
    with ExitStack() as stack:
        sites = {}
        for size in sizes:  # one after the other: they are filled at full speed
            print(f"{database}: {size:,} stories …", flush=True)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsdesk-bench-")))
            url = stack.enter_context(_database(database, size, folder))
            sites[size] = stack.enter_context(_site(size, folder, url))
        for _ in range(ROUNDS):
            for size, asked in sites.items():
                for page, times in asked().items():
                    found[size][page] += times
    first = found[sizes[0]]
    print(f"\n{database + ', ms built anew, an import running':40}" + "".join(f"{size:>20,}" for size in sizes))
    for page, (_, bound) in PAGES.items():
        medians = [statistics.median(found[size][page]) for size in sizes]
        cells = [f"{median:.1f} {median / statistics.median(first[page]):6.2f} ×" for median in medians]
        print(f"{page:32}(≤{bound:4})" + "".join(f"{cell:>20}" for cell in cells), flush=True)


@contextmanager
def _database(kind: str, size: int, folder: Path):
    """The URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/site.sqlite3"
        return
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.exit("benchmarks: DATABASE_URL names no PostgreSQL; tests/services/with_postgresql.py starts one.")
    import psycopg

    name = f"newsdesk_bench_{size}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _site(size: int, folder: Path, url: str):
    """A function that asks a site of so many stories for each page some times, and gives the milliseconds of each."""
    environment = os.environ | {"CACHE_URL": "dummycache://", "LOG_LEVEL": "ERROR", "DATABASE_URL": url}
    command = [sys.executable, __file__, "--ask", folder, "--rows", str(size)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:

        def asked() -> dict[str, list[float]]:
            print(file=process.stdin, flush=True)
            line = process.stdout.readline()
            return json.loads(line) if line else sys.exit(f"benchmarks: the site of {size:,} stories has died.")

        asked()  # it is filled, and each query is compiled
        yield asked
        process.stdin.close()


# -- in the process of one site


def ask(size: int, folder: Path) -> None:
    """Fill the database of DATABASE_URL; then, for each line of standard input, print a line of JSON: of each page so
    many milliseconds. The import runs only meanwhile."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    import django

    django.setup()
    fill(size, folder)
    addresses = _addresses()
    with _an_import_running(folder) as process:
        for _ in sys.stdin:
            os.killpg(process.pid, signal.SIGCONT)
            time.sleep(0.2)
            print(json.dumps({page: _times(address) for page, address in addresses.items()}), flush=True)
            os.killpg(process.pid, signal.SIGSTOP)


def fill(size: int, folder: Path) -> None:
    from django.core.management import call_command

    from articles.importing import import_paths

    call_command("migrate", verbosity=0)
    _run(GENERATOR, folder / "seeds", min(size, BASE))
    import_paths([str(folder / "seeds")])
    for copy in range(1, size // BASE):
        add_copies(copy)
    _settle()


def add_copies(copy: int) -> None:
    """The first BASE stories once more, `copy` spans of time earlier, with their topics, pictures and coverage."""
    from django.db import connection

    from articles.models import Article, ArticleTopic, Image, RelatedLink

    with connection.cursor() as cursor:
        shift = copy * 10_000_000  # of keys: more than the first have
        cursor.execute("SELECT MAX(published_at), MIN(published_at) FROM articles_article WHERE id <= 10000000")
        days = _days(*cursor.fetchone()) * copy
        earlier = _earlier(connection.vendor, days)
        names = {
            "id": f"id + {shift}",
            "stem": f"stem || '-{copy}'",
            "slug": f"slug || '-{copy}'",
            "given_slug": f"given_slug || '-{copy}'",
            "published_at": earlier("published_at"),
            "updated_at": earlier("updated_at"),
            "visible_from": earlier("visible_from"),
            "rank": f"rank - {days * 24 / _half_life()}",
        }
        _copy(cursor, Article, names, "id")
        _copy(cursor, ArticleTopic, {"id": f"id + {shift}", "article_id": f"article_id + {shift}"}, "article_id")
        _copy(cursor, RelatedLink, {"id": f"id + {shift}", "article_id": f"article_id + {shift}"}, "article_id")
        of_both = {"id": f"id + {shift}", "article_id": f"article_id + {shift}", "related_id": f"related_id + {shift}"}
        _copy(cursor, Image, of_both, "COALESCE(article_id, related_id)")


def _copy(cursor, model, names: dict[str, str], key: str) -> None:
    columns = [field.column for field in model._meta.concrete_fields if not field.generated]
    values = ", ".join(names.get(column, f'"{column}"') for column in columns)
    quoted = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} WHERE {key} <= 10000000")


def _days(newest, oldest) -> int:
    from datetime import datetime

    newest, oldest = (datetime.fromisoformat(each) if isinstance(each, str) else each for each in (newest, oldest))
    return (newest - oldest).days + 1


def _earlier(vendor: str, days: int):
    if vendor == "postgresql":
        return lambda column: f"{column} - INTERVAL '{days} days'"
    return lambda column: f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{days} days')"


def _half_life() -> float:
    from django.conf import settings

    return settings.HALF_LIFE_HOURS


def _settle() -> None:
    """What the database does by itself in time: it counts its rows, so that plans are those of this size."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


@contextmanager
def _an_import_running(folder: Path):
    """A process that rewrites some files and imports them, again and again."""
    seeds = sorted((folder / "seeds").rglob("*.md"))[:CHANGING]
    changing = folder / "changing"
    changing.mkdir()
    for path in seeds:
        (changing / path.name).write_bytes(path.read_bytes())
    code = (
        "import itertools, pathlib, re, subprocess, sys\n"
        "for heat in itertools.count(1):\n"
        f"    for path in pathlib.Path({str(changing)!r}).iterdir():\n"
        "        text = path.read_text(encoding='utf-8')\n"
        "        path.write_text(re.sub(r'(?m)^heat: .*$', f'heat: {heat % 90}', text), encoding='utf-8')\n"
        f"    subprocess.run([sys.executable, 'manage.py', 'import_seeds', {str(changing)!r}, '--verbosity=0'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # the import that it runs ends with it: one left over writes into a folder that is gone
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def _addresses() -> dict[str, str]:
    from articles.models import Article, Topic

    newest = Article.objects.published().order_by("-published_at")[30]
    topic = Topic.objects.get(pk=newest.article_topics.values_list("topic", flat=True)[0])
    known = {
        "article": newest.get_absolute_url(),
        "topic": topic.get_absolute_url(),
        "api_topic": f"/api/news/{topic.slug}/index.json",
        "month": f"/archive/{newest.published_at:%Y/%m}/",
    }
    return {page: address.format(**known) for page, (address, _) in PAGES.items()}


def _times(address: str) -> list[float]:
    """Milliseconds, after one that does not count."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    times = []
    for _ in range(1 + TIMES):
        started = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - started) * 1000)
    if answer.status_code != 200:
        print(f"{address}: {answer.status_code}", file=sys.stderr)
    return times[1:]


def _run(script: Path, *arguments) -> None:
    subprocess.run([sys.executable, str(script), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
