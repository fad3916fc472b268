"""What a search costs as stories grow: `search.py [N …]`, by default 10,000 and 200,000.

For each N a database of N stories, written straight into the tables: titles of 5 to 14 and excerpts of 15 to 45 words,
which are as frequent as words are (Zipf), dated over ten years. Then each question at `/search/`, uncached: how many
stories it finds, the median of its time in milliseconds, and that as a ratio to the smallest N's; the limit is 2.
DATABASE_URL may name an empty PostgreSQL database for one N; by default each N has its own SQLite file, removed
afterwards, and where PostgreSQL is installed a throw-away server is measured too.
"""

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
WITH_POSTGRESQL = ROOT / "tests" / "services" / "with_postgresql.py"
TIMES = 15
START = datetime(2016, 1, 1, tzinfo=UTC)
OUTLETS = 300
SYLLABLES = [first + second for first in "bcdfghklmnprstvz" for second in "aeiou"]
_rng = random.Random(7)
WORDS = list(dict.fromkeys("".join(_rng.choices(SYLLABLES, k=_rng.randint(1, 5))) for _ in range(40_000)))
SHARES = list(accumulate(1 / (place + 3) for place in range(len(WORDS))))
QUESTIONS = {
    "a common word": {"q": f'"{WORDS[0]}"'},
    "a word of some": {"q": f'"{WORDS[40]}"'},
    "a rare word": {"q": f'"{WORDS[4_000]}"'},
    "no story's word": {"q": "xxxxx"},
    "two common words": {"q": f'{WORDS[0]} "{WORDS[1]}"'},
    "a common, a rare word": {"q": f'{WORDS[0]} "{WORDS[4_000]}"'},
    "a phrase, common words": {"q": f'"{WORDS[0]} {WORDS[1]}"'},
    "a phrase, rare": {"q": f'"{WORDS[0]} {WORDS[300]}"'},
    "a prefix of 2 letters": {"q": "ba*"},
    "a prefix of 3 letters": {"q": "bac*"},
    "a prefix of 4 letters": {"q": "baca*"},
    "a common word, by heat": {"q": f'"{WORDS[0]}"', "heat_min": "90"},
    "a common word, by outlet": {"q": f'"{WORDS[0]}"', "provider": "outlet-40.example"},
    "an outlet's name": {"q": "outlet40"},
}


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        measure(int(arguments[1]))
        return
    sizes = [int(argument) for argument in arguments] or [10_000, 200_000]
    _tell("SQLite", {size: _on_sqlite(size) for size in sizes})
    if "DATABASE_URL" not in os.environ:
        found = {size: _on_postgresql(size) for size in sizes}
        if all(found.values()):
            _tell("PostgreSQL", found)


def _on_sqlite(size: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as folder:
        return _measured([], size, {"DATABASE_URL": f"sqlite:///{folder}/search.sqlite3"} | os.environ)


def _on_postgresql(size: int) -> dict:
    return _measured([str(WITH_POSTGRESQL), "--if-there", sys.executable], size, dict(os.environ))


def _measured(before: list[str], size: int, environment: dict) -> dict[str, tuple[int, float]]:
    """Hits and milliseconds of each question, from a process of its own."""
    command = [sys.executable, *before, __file__, "--measure", str(size)]
    environment |= {"LOG_LEVEL": "ERROR", "CACHE_URL": "dummycache://"}
    output = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.rsplit("\t", 2) for line in output.splitlines() if "\t" in line]
    return {question: (int(hits), float(milliseconds)) for question, hits, milliseconds in rows}


def _tell(database: str, found: dict[int, dict]) -> None:
    smallest = found[min(found)]
    print(f"\n{database:26}" + "".join(f"{size:>34,}" for size in found))
    for question, (_, first) in smallest.items():
        cells = [
            f"{hits:6,} hits {took:7.1f} ms {took / first:5.2f} ×"
            for hits, took in (f[question] for f in found.values())
        ]
        print(f"{question:26}" + "".join(f"{cell:>34}" for cell in cells), flush=True)


def measure(size: int) -> None:
    """Fill the database of DATABASE_URL, and print a line for each question: it, its hits and its milliseconds."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    fill(size)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    _ask()


def fill(size: int) -> None:
    """Stories, in transactions of 400 as an import writes them, and their outlets."""
    from articles.models import Article, Provider
    from articles.rows import insert
    from articles.writing import batched, one_writer

    rng = random.Random(11)
    names = [field.attname for field in Article._meta.concrete_fields if not field.generated]
    weights = list(accumulate(1 / (place + 1) for place in range(OUTLETS)))
    with one_writer():
        outlets = [Provider(domain=f"outlet-{n}.example", name=f"Outlet{n}") for n in range(OUTLETS)]
        keys = [outlet.pk for outlet in Provider.objects.bulk_create(outlets)]
    apart = timedelta(days=3650) / size
    stories = (
        _story(number, START + number * apart, rng, rng.choices(keys, cum_weights=weights)[0])
        for number in range(1, size + 1)
    )
    for batch in batched(stories, 400):
        with one_writer():
            insert(Article, names, [[story.get(name, "") for name in names] for story in batch], together=True)


def _story(number: int, at: datetime, rng: random.Random, outlet: int) -> dict:
    at += timedelta(minutes=rng.randrange(4 * 24 * 60))  # they come in nearly in the order of their dates
    text = rng.choices(WORDS, cum_weights=SHARES, k=59)
    cut, end = rng.randint(5, 14), rng.randint(29, 59)
    heat = rng.randint(0, 100)
    return {
        "id": number,
        "source": "bench",
        "stem": str(number),
        "slug": f"story-{number}",
        "given_slug": f"story-{number}",
        "title": " ".join(text[:cut]).capitalize(),
        "excerpt": " ".join(text[cut:end]).capitalize() + ".",
        "published_at": at,
        "visible_from": at,
        "created_at": at,
        "provider_id": outlet,
        "heat": heat,
        "quality": 50,
        "outlets": 0,
        "rank": heat / 10,
        "published": True,
        "withdrawn": False,
        "undone": False,
        "tags": [],
        "file_digest": b"",
        "content_digest": b"",
    } | dict.fromkeys(["updated_at", "publish_at", "publish_until", "pinned_place", "pinned_until"])


def _ask() -> None:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    for question, query in QUESTIONS.items():
        address = "/search/?" + urlencode(query)
        times = []
        for _ in range(TIMES):
            started = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - started)
        if answer.status_code != 200:
            sys.exit(f"benchmarks: {address} answers {answer.status_code}.")
        told = re.search(r'role="status">(?:More than )?([\d,]+) stor', answer.text)
        print(question, told[1].replace(",", ""), round(statistics.median(times) * 1000, 2), sep="\t", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
