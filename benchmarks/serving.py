"""How fast pages are served: `serving.py [--rows N,M,…] [--only wrk|growth] [--database …]`.

First, with `wrk`, on two workers of gunicorn: requests per second of a bare Django view that says hello, of the front
page and an article that are kept, and of both built anew each time (CACHE_URL=dummycache://), in turns and in one run.
What counts is the ratio to the hello: machines differ, and so do minutes.

Then how pages grow: the median of each kind, built anew, among 10,000 stories and among 200,000, while an import that
changes some hundred stories runs in the background. On SQLite, or with `--database postgresql` on that of DATABASE_URL,
which is emptied (`tests/services/with_postgresql.py` starts one to throw away). The first 10,000 are imported, the rest
are copies of these, made by SQL, each ten thousand further back in time.
"""

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = ROOT.parent / "shared" / "bench" / "gen_corpus.py"
HERE = Path(__file__).resolve().parent
BASE = 10_000  # stories that are imported; more are copies of them
CHANGING = 400  # files that the import in the background rewrites each time
ROUNDS, TIMES = 9, 21  # short turns: what else the machine does meets all alike
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
    if options.measure:
        measure(options.rows[0], options.measure)
        return 0
    if not GENERATOR.is_file():
        sys.exit(f"benchmarks: needs gen_corpus.py in {os.path.relpath(GENERATOR.parent)}, beside the checkout.")
    if options.only != "growth":
        compare_with_hello(options.seconds)
    if options.only != "wrk":
        compare_sizes(options.rows, options.database)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast public pages are served.")
    rows = parser.add_argument("--rows", default=[BASE, 200_000], help="how many stories, with commas between")
    rows.type = lambda text: [int(number) for number in text.split(",")]
    parser.add_argument("--seconds", type=int, default=1, help="how long wrk asks for one page at a time")
    parser.add_argument("--only", choices=["wrk", "growth"])
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # itself, in a process of its own
    return parser.parse_args()


# -- beside a bare view


def compare_with_hello(seconds: int) -> None:
    """Print requests per second, and their ratio to the hello's: medians of some rounds in turns."""
    if which("wrk") is None:
        print("wrk is not installed: requests per second are not measured.", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as name:
        folder = Path(name)
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "LOG_LEVEL": "ERROR"}
        print(f"Importing {BASE:,} stories …", flush=True)
        _run(GENERATOR, folder / "seeds", BASE)
        _manage("migrate", "--verbosity=0", environment=environment)
        _manage("import_seeds", folder / "seeds", "--verbosity=0", environment=environment)
        with (
            _served("hello:application", environment, HERE) as hello,
            _served("newsdesk.wsgi:application", environment) as kept,
            _served("newsdesk.wsgi:application", environment | {"CACHE_URL": "dummycache://"}) as anew,
        ):
            article = _first_article(kept)
            addresses = {"hello": hello + "/"}
            for name, path in (("front page", "/"), ("article", article)):
                addresses |= {f"{name}, kept": kept + path, f"{name}, anew": anew + path}
            for address in addresses.values():  # both workers awake, and each page kept
                _requests_per_second(address, 1)
            rates = {name: [] for name in addresses}
            for _ in range(ROUNDS):
                for name, address in addresses.items():
                    rates[name].append(_requests_per_second(address, seconds))
    print(f"\n{'requests per second, median of ' + str(ROUNDS):40}{'':>10}{'× hello':>10}")
    for name, found in rates.items():
        ratio = statistics.median(rate / of_hello for rate, of_hello in zip(found, rates["hello"], strict=True))
        print(f"{name:40}{statistics.median(found):>10,.0f}{ratio:>10.3f}", flush=True)


@contextmanager
def _served(application: str, environment: dict, folder: Path = ROOT):
    """The address of two workers that serve an application, in its folder, with the settings of gunicorn.conf.py."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
    process = subprocess.Popen([*command, "--log-level", "error", application], cwd=folder, env=environment)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _requests_per_second(address: str, seconds: int) -> float:
    told = subprocess.run(["wrk", "-t1", "-c8", f"-d{seconds}s", address], capture_output=True, text=True, check=True)
    if "Non-2xx" in told.stdout:
        sys.exit(f"{address} is not answered with a page:\n{told.stdout}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told.stdout)[1])


def _first_article(address: str) -> str:
    from urllib.request import urlopen

    with urlopen(address + "/") as page:
        return re.search(r'href="(/articles/[^"/]+/)"', page.read().decode())[1]


# -- as the number of stories grows


def compare_sizes(sizes: list[int], database: str) -> None:
    """Print the median of each page at each size, and its ratio to the first size's."""
    url = os.environ.get("DATABASE_URL", "") if database == "postgresql" else None
    if url is not None and not url.startswith("postgres"):
        sys.exit("benchmarks: DATABASE_URL names no PostgreSQL; tests/services/with_postgresql.py starts one.")
    found = {}
    for size in sizes:
        print(f"{database}: {size:,} stories …", flush=True)
        with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as folder:
            found[size] = _measured(size, Path(folder), url)
    print(f"\n{database + ', ms built anew, an import running':40}" + "".join(f"{size:>20,}" for size in sizes))
    for page, (_, bound) in PAGES.items():
        cells = [f"{found[s][page]:.1f} {found[s][page] / found[sizes[0]][page]:6.2f} ×" for s in sizes]
        print(f"{page:32}(≤{bound:4})" + "".join(f"{cell:>20}" for cell in cells), flush=True)


def _measured(size: int, folder: Path, url: str | None) -> dict[str, float]:
    environment = os.environ | {"CACHE_URL": "dummycache://", "LOG_LEVEL": "ERROR"}
    environment["DATABASE_URL"] = url or f"sqlite:///{folder}/site.sqlite3"
    command = [sys.executable, __file__, "--measure", folder, "--rows", str(size)]
    output = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {page: float(ms) for page, _, ms in (line.rpartition("\t") for line in output.splitlines()) if page}


def measure(size: int, folder: Path) -> None:
    """Fill the database of DATABASE_URL, and print a line for each page: its name, a tab, and milliseconds."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from articles.importing import import_paths

    call_command("flush", interactive=False, verbosity=0) if _is_migrated() else None
    call_command("migrate", verbosity=0)
    _run(GENERATOR, folder / "seeds", min(size, BASE))
    import_paths([str(folder / "seeds")])
    for copy in range(1, size // BASE):
        add_copies(copy)
    _settle()
    with _an_import_running(folder):
        _ask()


def _is_migrated() -> bool:
    from django.db import connection

    return "articles_article" in connection.introspection.table_names()


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
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def _ask() -> None:
    from django.test import Client

    from articles.models import Article, Topic

    client = Client(headers={"host": "127.0.0.1"})
    newest = Article.objects.published().order_by("-published_at")[30]
    topic = Topic.objects.get(pk=newest.article_topics.values_list("topic", flat=True)[0])
    known = {
        "article": newest.get_absolute_url(),
        "topic": topic.get_absolute_url(),
        "api_topic": f"/api/news/{topic.slug}/index.json",
        "month": f"/archive/{newest.published_at:%Y/%m}/",
    }
    for page, (address, _) in PAGES.items():
        address = address.format(**known)
        times = []
        for _ in range(TIMES):
            started = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - started)
        if answer.status_code != 200:
            print(f"{page}: {answer.status_code}", file=sys.stderr)
        print(page, round(statistics.median(times[1:]) * 1000, 2), sep="\t", flush=True)


# -- processes


def _run(script: Path, *arguments) -> None:
    subprocess.run([sys.executable, str(script), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def _manage(*arguments, environment: dict) -> None:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
