"""What an editor uploads: names and open files."""

import io
import zipfile

from tests.factories import seed_text


def seed(name: str, **values):
    return name, io.BytesIO(seed_text(**values).encode())


def zipped(*entries, name="seeds.zip", pack=zipfile.ZIP_DEFLATED):
    """A zip of (path or ZipInfo, text or bytes)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", pack) as archive:
        for path, content in entries:
            archive.writestr(path, content)
    buffer.seek(0)
    return name, buffer
