"""What pages depend on besides the database: the project's code, templates and static files, and its settings.

A deployment or another setting gives another release, so that no page, and no 304, of the one before is served again.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

SOURCES = ("articles", "newsdesk", "templates")
KINDS = {".py", ".html"}
# Where things are kept and who may sign in is no reader's business; machines that share a cache may differ in it.
NOT_SHOWN = set("DATABASES CACHES STORAGES SECRET_KEY LOGGING BASE_DIR STATIC_ROOT MEDIA_ROOT ALLOWED_HOSTS".split())
NOT_SHOWN_STARTS = ("EMAIL", "AXES", "PASSWORD", "AUTH", "IMPORT")


@cache
def release() -> str:
    """A digest of all that, the same in every process of a deployment. Made once, at the first request."""
    digest = sha256(_sources())
    for name in sorted(dir(settings)):
        if name.isupper() and name not in NOT_SHOWN and not name.startswith(NOT_SHOWN_STARTS):
            value = repr(getattr(settings, name)).replace(str(settings.BASE_DIR), "")  # machines may have it elsewhere
            digest.update(f"{name}={value}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _sources() -> bytes:
    root = settings.BASE_DIR
    files = [path for folder in SOURCES for path in (root / folder).rglob("*") if path.suffix in KINDS]
    files += [root / "requirements.txt", Path(settings.STATIC_ROOT, "staticfiles.json")]
    digest = sha256()
    for path in sorted(files):
        if path.is_file():
            digest.update(str(path.relative_to(root) if path.is_relative_to(root) else path.name).encode())
            digest.update(sha256(path.read_bytes()).digest())
    return digest.digest()


@receiver(setting_changed)  # which only tests do to a running process
def _forget(**signal):
    release.cache_clear()
