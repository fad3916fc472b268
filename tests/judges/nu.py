"""What the Nu HTML checker says of documents: https://validator.github.io/validator/, from npm, run by Java."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

JAR = Path(__file__).with_name("node_modules") / "vnu-jar" / "build" / "dist" / "vnu.jar"


def missing() -> str:
    """What the checker needs and this machine has not; "" where it can run."""
    if not shutil.which("java"):
        return "Java (java on PATH)"
    return "" if JAR.is_file() else "the Nu HTML checker (npm ci --prefix tests/judges --omit=dev)"


def complaints(documents: Mapping[str, str]) -> dict[str, list[str]]:
    """Its errors and warnings of each document, as lines; documents without one are left out.

    What a name ends in says what a document is: `.svg`, anything else is HTML. All are read by one Java, which takes a
    second to start and milliseconds for a page. It is not asked about style sheets: it knows no `@property`, container
    or colour with two stops, and calls each an error.
    """
    with TemporaryDirectory(prefix="newsdesk-nu-") as folder:
        files = {}
        for number, (name, text) in enumerate(documents.items()):
            ending = ".svg" if name.endswith(".svg") else ".html"
            path = Path(folder, f"{number}{ending}")
            path.write_text(text, encoding="utf-8")
            files[path.name] = name
        # Its exit code is that of its findings; whatever else went wrong left no JSON.
        command = ["java", "-jar", JAR, "--also-check-svg", "--format", "json", "--stdout", folder]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found: dict[str, list[str]] = {}
    try:
        messages = json.loads(ended.stdout)["messages"]
    except (ValueError, KeyError):
        raise RuntimeError(f"The Nu HTML checker failed: {ended.stderr or ended.stdout}") from None
    for message in messages:
        kind = message.get("subType") or message["type"]
        if kind != "info":
            place = f"{message.get('lastLine', '?')}:{message.get('lastColumn', '?')}"
            line = f"{kind} at {place}: {message['message']} {message.get('extract', '').strip()}"
            found.setdefault(files[message["url"].rpartition("/")[2]], []).append(line)
    return found
