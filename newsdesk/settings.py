"""Settings, all from the environment (docs/operators.md lists them). A wrong value is refused in one line.

The one place where the environment is read: everything else imports `django.conf.settings`.
"""

import os
import re
import secrets
from datetime import timedelta
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env
NAME = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
HOST = re.compile(rf"{NAME}|\[[0-9A-Fa-f:.]+\]")
HOST_OR_PATTERN = re.compile(rf"\*|\.?{NAME}\.?|{HOST.pattern}")  # as Django takes it in ALLOWED_HOSTS
EMAIL = re.compile(rf"[^\s@<>,;:\"()\\?&%]+@{NAME}")


# -- typed readers: django-environ knows the URLs, but takes any word for a boolean, so the plain types are read here


def _text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def _refuse(name: str, value: str, expected: str):
    raise ImproperlyConfigured(f"{name} is {value!r}; expected {expected}.")


def _boolean(name: str, default: bool) -> bool:
    value = _text(name, str(default)).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    _refuse(name, value, "true or false")


def _number(name: str, default: float, minimum: float, kind=int):
    value = _text(name, str(default))
    try:
        number = kind(value)
    except ValueError:
        number = None
    if number is None or not minimum <= number < 10**9:
        _refuse(name, value, f"a number from {minimum:g}")
    return number


def _choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = _text(name, default)
    return value if value in choices else _refuse(name, value, "one of " + ", ".join(choices))


def _names(name: str, default: str) -> list[str]:
    return [part.strip() for part in _text(name, default).split(",") if part.strip()]


def _url(name: str, default: str, schemes: tuple[str, ...], read) -> dict:
    """A service's URL, read by django-environ; its own errors name neither the setting nor what was expected."""
    value = _text(name, default)
    expected = "a URL that starts with " + " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        port = None if parts.scheme == "sqlite" else parts.port  # a port that is none raises here
        if parts.scheme in schemes and "://" in value and (port is None or parts.hostname):
            return read(value)
    except (ValueError, KeyError, TypeError, ImproperlyConfigured):
        pass
    _refuse(name, _without_password(value), expected)


def _hosts(name: str, default: str, expected: re.Pattern) -> list[str]:
    hosts = [host.lower() for host in _names(name, default)]
    for host in hosts:
        if not expected.fullmatch(host):
            _refuse(name, host, "host names like news.example, with commas between them, without a scheme or a path")
    return hosts


def _without_password(url: str) -> str:
    return url.split("://")[0] + "://…@" + url.rpartition("@")[2] if "@" in url else url


def _secret_key() -> str:
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


def _site_url() -> str:
    """Scheme and host in lower case, as browsers write them: what is secure follows from how it begins."""
    value = _text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
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


def _email(name: str) -> str:
    value = _text(name, "")
    return value if not value or EMAIL.fullmatch(value) else _refuse(name, value, "an address like desk@news.example")


def _ports(name: str, default: str) -> frozenset[int]:
    for port in (ports := _names(name, default)):
        if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
            _refuse(name, port, "numbers from 1 to 65535, with commas between")
    return frozenset(map(int, ports))


def _networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses inside that may be fetched from all the same: for tests, and for who runs upstream's server beside."""
    found = []
    for network in _names(name, ""):
        try:
            found.append(ip_network(network))
        except ValueError:
            _refuse(name, network, "networks like 10.1.2.0/24 or ::1/128, with commas between")
    return tuple(found)


def _link(name: str) -> str:
    value = _text(name, "")
    parts = urlsplit(value)
    if value and not (parts.scheme == "https" and parts.hostname and re.fullmatch(r"[!-~]+", value)):
        _refuse(name, _without_password(value), "an address that begins with https://")
    return value


def _header(name: str) -> str:
    """An HTTP header, as WSGI names it: `X-Real-IP` is `HTTP_X_REAL_IP`; "" for none."""
    value = _text(name, "")
    if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", value):
        _refuse(name, value, "the name of a header like X-Real-IP")
    return value and "HTTP_" + value.upper().replace("-", "_")


def _time_zone() -> str:
    value = _text("TIME_ZONE", "UTC")
    return value if value in available_timezones() else _refuse("TIME_ZONE", value, "a name like Europe/Berlin")


def _databases() -> dict:
    database = _url("DATABASE_URL", "sqlite:///db.sqlite3", ("sqlite", "postgres", "postgresql"), env.db_url_config)
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


def _media_storage() -> dict:
    """Files in MEDIA_ROOT, or a bucket that speaks S3: `s3://bucket`, or `s3+https://host/bucket` of another maker."""
    value = _text("MEDIA_STORAGE", "file://")
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


def _media_url() -> str:
    """Where readers get kept pictures: from this site, or from a CDN or bucket that has the same files."""
    value = _text("MEDIA_URL", "/media/")
    parts = urlsplit(value)
    if value != "/media/" and not (parts.scheme == "https" and parts.hostname and re.fullmatch(r"[!-~]+/", value)):
        _refuse("MEDIA_URL", _without_password(value), "an address that begins with https:// and ends with /")
    return value


def _caches() -> dict:
    schemes = ("locmemcache", "redis", "rediss", "dummycache")
    cache = _url("CACHE_URL", "locmemcache://", schemes, env.cache_url_config)
    options = {"MAX_ENTRIES": 1_500}  # some 500 pages, three ways packed: 40 MB at most in each worker
    if cache["BACKEND"].endswith("RedisCache"):  # a cache that takes longer than a page to build is none
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    return {"default": cache | {"OPTIONS": cache.get("OPTIONS", {}) | options}}


# -- the site

DEBUG = _boolean("DEBUG", False)
SECRET_KEY = _secret_key()
SITE_URL = _site_url()
SITE_NAME = _text("SITE_NAME", "Newsdesk")
ALLOWED_HOSTS = [*_hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", HOST_OR_PATTERN), urlsplit(SITE_URL).hostname]
TIME_ZONE = _time_zone()
HALF_LIFE_HOURS = _number("HALF_LIFE_HOURS", 24, 0.01, float)
ARTICLE_INDEXING = _choice("ARTICLE_INDEXING", "noindex", ("noindex", "self", "original"))
EMBED_HOSTS = _hosts("EMBED_HOSTS", "", re.compile(NAME))
CONTACT_EMAIL = _email("CONTACT_EMAIL")
IMAGES = _choice("IMAGES", "hotlink", ("off", "hotlink", "cached"))
IMAGES_PORTS = _ports("IMAGES_PORTS", "80,443")
IMAGES_ALLOWED = _networks("IMAGES_ALLOWED")
WEBSUB_HUB = _link("WEBSUB_HUB")
CDN_SECONDS = _number("CDN_SECONDS", 0, 0)
IMPORT_EVERY_HOURS = _number("IMPORT_EVERY_HOURS", 6, 0, float)
DATABASES = _databases()
CACHES = _caches()
vars().update(
    _url(
        "EMAIL_URL", "consolemail://", ("consolemail", "smtp", "smtp+tls", "smtp+ssl", "filemail"), env.email_url_config
    )
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _email("MAIL_FROM") or f"newsdesk@{urlsplit(SITE_URL).hostname}"
MEDIA_ROOT = Path(_text("MEDIA_ROOT", str(BASE_DIR / "media")))
MEDIA_STORAGE = _media_storage()
MEDIA_URL = _media_url()
MEDIA_ORIGIN = ["{0.scheme}://{0.netloc}".format(urlsplit(MEDIA_URL))] if "://" in MEDIA_URL else []

# -- Django

INSTALLED_APPS = [
    "articles",
    "newsdesk.apps.DeskConfig",  # Django's admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_filters",
    "csp",
]
MIDDLEWARE = [
    "newsdesk.editions.EditionMiddleware",  # before all others: what they said of a page is kept with it
    "csp.middleware.CSPMiddleware",  # so far out that no answer leaves without a policy
    "newsdesk.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsdesk.encodings.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "newsdesk.urls"
WSGI_APPLICATION = "newsdesk.wsgi.application"
TEMPLATES = [
    {
        "NAME": "site",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "site"],
        "OPTIONS": {"environment": "articles.site.jinja.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_REDIRECT_URL = "/admin/"

# -- sign-in: what is tried too often waits (decision 15)

SESSION_ENGINE = "newsdesk.sessions"
CLIENT_ADDRESS_HEADER = _header("CLIENT_ADDRESS_HEADER")
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "newsdesk.throttling.SignInHandler"
AXES_CLIENT_IP_CALLABLE = "newsdesk.throttling.client_address"
AXES_USERNAME_CALLABLE = "newsdesk.throttling.tried_name"
AXES_LOCKOUT_CALLABLE = "newsdesk.throttling.too_many"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 5  # of an account from one address; of an address four times as many
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or whoever goes on trying locks for ever
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username"]  # people type passwords there; the address is what an operator needs
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
USE_I18N = True
USE_TZ = True
LANGUAGE_CODE = "en-gb"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "fixtures" / "static"]  # the pictures of the stories that ship with the project
STORAGES = {
    "default": MEDIA_STORAGE,
    "staticfiles": {"BACKEND": "newsdesk.static.StaticFilesStorage"},
}

WHITENOISE_USE_FINDERS = True  # what was not collected is served all the same

# -- security: https follows from SITE_URL

HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "articles.site.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # Pictures of other people's servers only where they may come from there at all.
        "img-src": [SELF, *(["https:"] if IMAGES == "hotlink" else []), *MEDIA_ORIGIN],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# -- logs, to stderr

_LOG_LEVEL = _choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": _choice("LOG_FORMAT", "text", ("text", "json")),
            "level": _LOG_LEVEL,  # here too: Django's own loggers have a level of theirs
        }
    },
    "root": {"handlers": ["stderr"], "level": _LOG_LEVEL},
    # Django's own handlers write only where DEBUG is on, or mail the admins: one way out is enough.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},
        # Anybody can send a wrong host name; it is answered 400 and tells an operator nothing.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
