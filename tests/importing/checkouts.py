"""Git checkouts for tests: each commit at the time that the test says, whatever the machine's own settings of git."""

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which

import pytest

from tests.conftest import need
from tests.factories import seed_text

START = datetime.fromisoformat("2021-03-01T12:00:00+00:00")


class Checkout:
    """A new repository; `commit(hour, …)` writes and deletes files, and commits that so many hours after START."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, at: datetime = START) -> str:
        settings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        settings |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        settings |= {f"GIT_{who}_{what}": "erin" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        # The author's time is another one: a run has the committer's.
        settings |= {"GIT_COMMITTER_DATE": at.isoformat(), "GIT_AUTHOR_DATE": "2001-01-01T00:00:00+00:00"}
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=settings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str | None = None, **values) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(seed_text(**values) if text is None else text, encoding="utf-8", newline="")

    def commit(self, hour: float, **files) -> str:
        """`a={"heat": 3}` writes a.md as a story with these values, `a=None` deletes it. The commit's name."""
        for stem, values in files.items():
            path = f"{stem}.md"
            if values is None:
                (self.folder / path).unlink()
            else:
                self.write(path, **values)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a rewrite", at=at(hour))
        return self.git("rev-parse", "HEAD")


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


@pytest.fixture
def checkout(tmp_path):
    need(which("git") is not None, "git")
    return Checkout(tmp_path / "upstream")
