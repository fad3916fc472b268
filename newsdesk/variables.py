"""What the environment says, read and judged: a wrong value is refused in one line that names it.

django-environ knows the URLs of services, but takes any word for a boolean, so the plain types are read here.
"""

import os
import re
import secrets
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env
NAME = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
HOST = re.compile(rf"{NAME}|\[[0-9A-Fa-f:.]+\]")
HOST_OR_PATTERN = re.compile(rf"\*|\.?{NAME}\.?|{HOST.pattern}")  # as Django takes it in ALLOWED_HOSTS
NAME_ALONE = re.compile(NAME)
EMAIL = re.compile(rf"[^\s@<>,;:\"()\\?&%]+@{NAME}")


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def _refuse(name: str, value: str, expected: str):
    raise ImproperlyConfigured(f"{name} is {value!r}; expected {expected}.")


def boolean(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    _refuse(name, value, "true or false")


def number(name: str, default: float, minimum: float, kind=int):
    value = text(name, str(default))
    try:
        number = kind(value)
    except ValueError:
        number = None
    if number is None or not minimum <= number < 10**9:
        _refuse(name, value, f"a number from {minimum:g}")
    return number


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = text(name, default)
    return value if value in choices else _refuse(name, value, "one of " + ", ".join(choices))


def _names(name: str, default: str) -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def url(name: str, default: str, schemes: tuple[str, ...], read) -> dict:
    """A service's URL, read by django-environ; its own errors name neither the setting nor what was expected."""
    value = text(name, default)
    expected = "a URL that starts with " + " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        port = None if parts.scheme == "sqlite" else parts.port  # a port that is none raises here
        if parts.scheme in schemes and "://" in value and (port is None or parts.hostname):
            return read(value)
    except (ValueError, KeyError, TypeError, ImproperlyConfigured):
        pass
    _refuse(name, _without_password(value), expected)


def hosts(name: str, default: str, expected: re.Pattern) -> list[str]:
    hosts = [host.lower() for host in _names(name, default)]
    for host in hosts:
        if not expected.fullmatch(host):
            _refuse(name, host, "host names like news.example, with commas between them, without a scheme or a path")
    return hosts


def _without_password(url: str) -> str:
    return url.split("://")[0] + "://…@" + url.rpartition("@")[2] if "@" in url else url


def secret_key() -> str:
    """SECRET_KEY, or one made on first use and kept in a file that only its owner can read."""
    if key := os.environ.get("SECRET_KEY", "").strip():
        return key
    path = BASE_DIR / ".secret_key"
    try:
        if not path.exists():
            draft = path.with_suffix(f".{os.getpid()}")
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            try:
                os.link(draft, path)  # the first of several workers wins, whole
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"SECRET_KEY is not set and {path} cannot be used: {error.strerror}.") from None


def site_url() -> str:
    """Scheme and host in lower case, as browsers write them: what is secure follows from how it begins."""
    value = text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
    try:
        parts = urlsplit(value)
        plain = f"{parts.scheme}://{parts.netloc.lower()}"
        # What `plain` leaves out, even a bare "?", is more than a scheme and a host; `port` raises where it is none.
        is_whole = plain == value.lower() and parts.port != 0 and HOST.fullmatch(re.sub(r":\d+$", "", parts.netloc))
        if parts.scheme in ("http", "https") and is_whole:
            return plain
    except ValueError:
        pass
    _refuse("SITE_URL", _without_password(value), "http:// or https:// and a host like news.example, no path")


def email(name: str) -> str:
    value = text(name, "")
    return value if not value or EMAIL.fullmatch(value) else _refuse(name, value, "an address like desk@news.example")


def ports(name: str, default: str) -> frozenset[int]:
    for port in (ports := _names(name, default)):
        if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
            _refuse(name, port, "numbers from 1 to 65535, with commas between")
    return frozenset(map(int, ports))


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses inside that may be fetched from all the same: for tests, and for who runs upstream's server beside."""
    found = []
    for network in _names(name, ""):
        try:
            found.append(ip_network(network))
        except ValueError:
            _refuse(name, network, "networks like 10.1.2.0/24 or ::1/128, with commas between")
    return tuple(found)


def link(name: str) -> str:
    value = text(name, "")
    parts = urlsplit(value)
    if value and not (parts.scheme == "https" and parts.hostname and re.fullmatch(r"[!-~]+", value)):
        _refuse(name, _without_password(value), "an address that begins with https://")
    return value


def header(name: str) -> str:
    """An HTTP header, as WSGI names it: `X-Real-IP` is `HTTP_X_REAL_IP`; "" for none."""
    value = text(name, "")
    if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", value):
        _refuse(name, value, "the name of a header like X-Real-IP")
    return value and "HTTP_" + value.upper().replace("-", "_")


def time_zone() -> str:
    value = text("TIME_ZONE", "UTC")
    return value if value in available_timezones() else _refuse("TIME_ZONE", value, "a name like Europe/Berlin")


def databases() -> dict:
    database = url("DATABASE_URL", "sqlite:///db.sqlite3", ("sqlite", "postgres", "postgresql"), env.db_url_config)
    if not database["NAME"]:
        _refuse("DATABASE_URL", "a URL without a database", "one that ends in its name or file")
    if database["ENGINE"].endswith("sqlite3"):
        if database["NAME"] != ":memory:":
            database["NAME"] = str(BASE_DIR / database["NAME"])
        database["OPTIONS"] = {
            # Writers queue at BEGIN instead of failing in the middle; a decision answered with success is on the disk.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # An import's transaction stays in the cache (kB) until it is committed, and what is committed in the log
            # (pages, 32 MB) until a dozen can be copied into the database at once: a sixth of an import's time.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA cache_size=-20000; PRAGMA wal_autocheckpoint=8000;",
        }
    else:
        database["CONN_HEALTH_CHECKS"] = True
    return {"default": database | {"CONN_MAX_AGE": 60}}


def media_storage() -> dict:
    """Files in MEDIA_ROOT, or a bucket that speaks S3: `s3://bucket`, or `s3+https://host/bucket` of another maker."""
    value = text("MEDIA_STORAGE", "file://")
    parts = urlsplit(value)
    bucket = parts.netloc if parts.scheme == "s3" else parts.path.strip("/")
    if value == "file://":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if parts.scheme not in ("s3", "s3+https", "s3+http") or not re.fullmatch(
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket
    ):
        _refuse(
            "MEDIA_STORAGE",
            _without_password(value),
            "file://, s3://bucket or s3+https://host/bucket (a bucket has 3 to 63 of a-z, 0-9, . and -)",
        )
    if find_spec("storages") is None or find_spec("boto3") is None:
        _refuse("MEDIA_STORAGE", value, "what requirements-s3.txt names to be installed for it")
    endpoint = None if parts.scheme == "s3" else f"{parts.scheme.removeprefix('s3+')}://{parts.netloc}"
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "file_overwrite": True,  # a name says what is in the file
        "querystring_auth": False,
        "client_config": _quick_to_give_up(),
        "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def _quick_to_give_up():
    """A bucket that does not answer must not hold the workers that serve pages: boto3 waits for minutes."""
    from botocore.config import Config

    return Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2})


def media_url() -> str:
    """Where readers get kept pictures: from this site, or from a CDN or bucket that has the same files."""
    value = text("MEDIA_URL", "/media/")
    parts = urlsplit(value)
    if value != "/media/" and not (parts.scheme == "https" and parts.hostname and re.fullmatch(r"[!-~]+/", value)):
        _refuse("MEDIA_URL", _without_password(value), "an address that begins with https:// and ends with /")
    return value


def caches() -> dict:
    schemes = ("locmemcache", "redis", "rediss", "dummycache")
    cache = url("CACHE_URL", "locmemcache://", schemes, env.cache_url_config)
    options = {"MAX_ENTRIES": 1_500}  # some 500 pages, three ways packed: 40 MB at most in each worker
    if cache["BACKEND"].endswith("RedisCache"):  # a cache that takes longer than a page to build is none
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    return {"default": cache | {"OPTIONS": cache.get("OPTIONS", {}) | options}}


def mail() -> dict:
    """Django's settings of how mail is sent."""
    schemes = ("consolemail", "smtp", "smtp+tls", "smtp+ssl", "filemail")
    return url("EMAIL_URL", "consolemail://", schemes, env.email_url_config)
