"""A site as in production, for judges that come by HTTP: gunicorn, compressed static files, the sample stories."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.judges.kinds import make_site
from tests.operations.commands import ROOT, Site

PATIENCE = 30  # seconds until it must answer
# Every other story with a picture is given that as one which is kept here, so that pages show both kinds.
KEEP_PICTURES = """
from pathlib import Path
from django.contrib.auth.models import User
from articles.curation import Change, curate
from articles.images.keeping import keep_upload
from articles.models import Image

editor = User.objects.create_superuser("judge")
shipped = Image.objects.filter(article__isnull=False, position=0, url__startswith="/static/").order_by("article")
for image in shipped[::2]:
    kept = keep_upload(Path("fixtures" + image.url).read_bytes(), by=editor)
    curate(image.article, [Change("set", "picture", kept.digest)], by=editor)
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the body as it came, compressed or not."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[tuple[str, Site]]:
    """The address of the running site, and its database; both end with the block.

    `settings` are those of the environment. All files are in `folder`; static files must have been collected.
    """
    seeds, port = folder / "seeds", _free_port()
    seeds.mkdir()
    address = f"http://127.0.0.1:{port}"
    settings |= {"SITE_URL": address, "LOG_LEVEL": "ERROR", "IMAGES": "cached", "MEDIA_ROOT": f"{folder}/media"}
    site = Site(f"sqlite:///{folder}/judged.sqlite3", settings)

    def manage(*arguments) -> None:
        ran = site.manage(*arguments)
        if ran.code:
            sys.exit(f"manage.py {arguments[0]} ended with {ran.code}: {ran.err}")

    manage("migrate", "--verbosity", 0)
    make_site(manage, seeds)
    manage("shell", "--verbosity", 0, "--command", KEEP_PICTURES)
    command = [sys.executable, "-m", "gunicorn", "--bind", address.removeprefix("http://"), "newsdesk.wsgi:application"]
    environment = os.environ | settings | {"DATABASE_URL": site.url, "SECRET_KEY": "for-judges"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"{address}/readyz", server)
            yield address, site
        finally:
            server.terminate()


def fetch(url: str, **headers: str) -> Answer:
    """The answer to a GET, whatever its status. `headers` by their names with `_` for `-`."""
    request = Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urlopen(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except HTTPError as answer:
        return Answer(answer.code, dict(answer.headers), answer.read())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if fetch(url).status == 200:
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"gunicorn did not answer at {url} within {PATIENCE} seconds.")
