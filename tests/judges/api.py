"""What Schemathesis finds in the JSON API: it asks what its description allows and forbids, and reads the answers."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("schemathesis")


def judge(address: str, folder: Path, *options: str, topic: str = "") -> tuple[bool, str]:
    """Whether it found nothing on the site at `address`, and what it wrote. `folder` is for its own files.

    Without `topic` it makes slugs up, and all of them are answered 404. With one it asks for the pages of that alone,
    and for nothing that the description forbids: it would believe that it had sent the bad slug it made.
    """
    settings = folder / "schemathesis.toml"
    settings.write_text(f'[parameters]\nslug = "{topic}"\n' if topic else "")
    command = [PROGRAM, "--config-file", settings, "run", "--no-color", "--url", address, *options]
    command += ["--mode", "positive"] if topic else []
    ended = subprocess.run([*command, f"{address}/api/openapi.json"], cwd=folder, capture_output=True, text=True)
    return ended.returncode == 0, ended.stdout + ended.stderr
