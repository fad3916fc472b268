"""The settings, from the environment: a wrong value is one clear line, and https follows from SITE_URL."""

import json
import shutil
import stat
import subprocess
import sys

import pytest

from .commands import ROOT, Site, own_environment

GOOD = Site("sqlite:///:memory:")
WRONG = [
    ("DATABASE_URL", "db.sqlite3"),
    ("DATABASE_URL", "mysql://user:pass@host/name"),
    ("DATABASE_URL", "postgres://user:pass@host:port/name"),
    ("DATABASE_URL", "postgres://[host/name"),
    ("DATABASE_URL", "postgres://user:pass@host"),
    ("CACHE_URL", "memcache"),
    ("CACHE_URL", "redis://[::1"),
    ("CACHE_URL", "redis://localhost:port/1"),
    ("EMAIL_URL", "mail"),
    ("EMAIL_URL", "smtp://user:pass@host:port"),
    ("DEBUG", "maybe"),
    ("DEBUG", "2"),
    ("SITE_URL", "news.example"),
    ("SITE_URL", "ftp://news.example"),
    ("SITE_URL", "https://"),
    ("SITE_URL", "https://news.example/path"),
    ("SITE_URL", "https://user@news.example"),
    ("SITE_URL", "https://[news.example"),
    ("SITE_URL", "https://news.example:port"),
    ("SITE_URL", "http://a b"),
    ("SITE_URL", "https://exa mple"),
    ("SITE_URL", 'http://a"b'),
    ("SITE_URL", "http://x?"),
    ("SITE_URL", "http://x#"),
    ("SITE_URL", "http://x:"),
    ("SITE_URL", "http://x:0"),
    ("SITE_URL", "https://*.example"),
    ("ALLOWED_HOSTS", "https://news.example"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../etc/passwd"),
    ("ARTICLE_INDEXING", "index"),
    ("HALF_LIFE_HOURS", "0"),
    ("HALF_LIFE_HOURS", "-1"),
    ("HALF_LIFE_HOURS", "nan"),
    ("HALF_LIFE_HOURS", "inf"),
    ("HALF_LIFE_HOURS", "a day"),
    ("CDN_SECONDS", "-1"),
    ("IMAGES", "all"),
    ("IMAGES_PORTS", "80,http"),
    ("IMAGES_PORTS", "0"),
    ("IMAGES_ALLOWED", "127.0.0.1/99"),
    ("IMAGES_ALLOWED", "localhost"),
    ("MEDIA_STORAGE", "ftp://bucket"),
    ("MEDIA_STORAGE", "s3://"),
    ("MEDIA_STORAGE", "s3+https://host.example"),
    ("MEDIA_URL", "http://cdn.example/"),
    ("MEDIA_URL", "https://cdn.example"),
    ("IMPORT_EVERY_HOURS", "-1"),
    ("IMPORT_EVERY_HOURS", "often"),
    ("CDN_SECONDS", "1.5"),
    ("EMBED_HOSTS", "https://player.example/"),
    ("EMBED_HOSTS", "*"),
    ("EMBED_HOSTS", ".player.example"),
    ("CONTACT_EMAIL", "desk"),
    ("CONTACT_EMAIL", "desk@news.example?subject=x"),
    ("WEBSUB_HUB", "http://hub.example"),
    ("WEBSUB_HUB", "hub.example"),
    ("WEBSUB_HUB", "https://hub.example/a b>"),
    ("CLIENT_ADDRESS_HEADER", "X Real IP"),
    ("CLIENT_ADDRESS_HEADER", "X_REAL_IP"),
    ("MAIL_FROM", "desk"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "LOUD"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_line_that_names_the_setting_and_2(name, value):
    ran = GOOD.manage("check", **{name: value})
    assert ran.code == 2, ran.err
    assert ran.err.startswith(f"newsdesk: {name} is ")
    assert ran.err.count("\n") == 1
    assert "expected" in ran.err
    assert ":pass@" not in ran.err


def test_the_application_server_gets_the_same_line():
    ran = GOOD.python("import newsdesk.wsgi", TIME_ZONE="Mars/Olympus")
    assert ran.code != 0
    command = [sys.executable, "-c", "import newsdesk.wsgi"]
    ran = subprocess.run(
        command, cwd=ROOT, env=own_environment() | {"TIME_ZONE": "Mars"}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "TIME_ZONE is 'Mars'" in ran.stderr


NAMES = "DEBUG SITE_URL SITE_NAME ALLOWED_HOSTS TIME_ZONE ARTICLE_INDEXING HALF_LIFE_HOURS EMBED_HOSTS CDN_SECONDS"
NAMES += " CONTACT_EMAIL WEBSUB_HUB IMPORT_EVERY_HOURS CLIENT_ADDRESS_HEADER DEFAULT_FROM_EMAIL"
READ = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES!r}.split()}}))
"""
UNSET = dict.fromkeys(NAMES.split(), "")


def test_without_an_environment_the_defaults_are_the_contracts():
    values = json.loads(GOOD.python(READ, **UNSET).out)
    assert set(values.pop("ALLOWED_HOSTS")) == {"localhost", "127.0.0.1", "[::1]"}
    assert values == {
        "DEBUG": False,
        "SITE_URL": "http://127.0.0.1:8000",
        "SITE_NAME": "Newsdesk",
        "TIME_ZONE": "UTC",
        "ARTICLE_INDEXING": "noindex",
        "HALF_LIFE_HOURS": 24,
        "EMBED_HOSTS": [],
        "CDN_SECONDS": 0,
        "CONTACT_EMAIL": "",
        "WEBSUB_HUB": "",
        "IMPORT_EVERY_HOURS": 6,
        "CLIENT_ADDRESS_HEADER": "",
        "DEFAULT_FROM_EMAIL": "newsdesk@127.0.0.1",
    }


def test_each_setting_is_taken_from_the_environment():
    given = {
        "DEBUG": "True",
        "SITE_URL": "https://news.example/",
        "SITE_NAME": "The Desk",
        "ALLOWED_HOSTS": "a.example, b.example",
        "TIME_ZONE": "Europe/Berlin",
        "ARTICLE_INDEXING": "self",
        "HALF_LIFE_HOURS": "1.5",
        "EMBED_HOSTS": "player.example",
        "CDN_SECONDS": "60",
        "CONTACT_EMAIL": "desk@news.example",
        "WEBSUB_HUB": "https://hub.example/",
        "IMPORT_EVERY_HOURS": "0.5",
        "CLIENT_ADDRESS_HEADER": "x-real-ip",
        "MAIL_FROM": "editors@news.example",
    }
    values = json.loads(GOOD.python(READ, **given).out)
    assert set(values.pop("ALLOWED_HOSTS")) == {"a.example", "b.example", "news.example"}
    assert values == {
        "DEBUG": True,
        "SITE_URL": "https://news.example",
        "SITE_NAME": "The Desk",
        "TIME_ZONE": "Europe/Berlin",
        "ARTICLE_INDEXING": "self",
        "HALF_LIFE_HOURS": 1.5,
        "EMBED_HOSTS": ["player.example"],
        "CDN_SECONDS": 60,
        "CONTACT_EMAIL": "desk@news.example",
        "WEBSUB_HUB": "https://hub.example/",
        "IMPORT_EVERY_HOURS": 0.5,
        "CLIENT_ADDRESS_HEADER": "HTTP_X_REAL_IP",
        "DEFAULT_FROM_EMAIL": "editors@news.example",
    }


def test_with_https_the_deployment_check_is_clean():
    given = {"SITE_URL": "https://news.example", "SECRET_KEY": "abcdefghij0123456789" * 3}
    ran = GOOD.manage("check", "--deploy", "--fail-level", "WARNING", **given)
    assert ran.code == 0, ran.err
    assert "no issues" in ran.out


def test_with_https_and_the_key_that_it_makes_the_check_is_clean_too(tmp_path):
    project = copy_of_the_project(tmp_path)
    key = project / ".secret_key"
    given = {"SITE_URL": "https://news.example", "DATABASE_URL": "sqlite:///:memory:", "SECRET_KEY": ""}
    environment = own_environment() | given
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    for _ in range(2):
        ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        kept = key.read_text()
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert len(kept) >= 50
    assert key.read_text() == kept
    assert [path.name for path in project.iterdir() if path.name.startswith(".secret_key")] == [".secret_key"]


def copy_of_the_project(folder):
    for name in ("newsdesk", "articles", "templates", "fixtures"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.jpg", "*.webp"))
    shutil.copy(ROOT / "manage.py", folder)
    return folder


def test_the_secret_key_file_is_ignored_by_git():
    assert ".secret_key" in (ROOT / ".gitignore").read_text().split()


def test_with_https_cookies_are_secure_and_the_redirect_and_hsts_follow():
    names = "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS"
    code = f"from django.conf import settings\nprint([bool(getattr(settings, n)) for n in {names!r}.split()])"
    assert GOOD.python(code, SITE_URL="https://news.example").out == "[True, True, True, True]\n"
    assert GOOD.python(code, SITE_URL="http://news.example").out == "[False, False, False, False]\n"


def test_scheme_and_hosts_are_taken_in_any_case():
    given = {"SITE_URL": "HTTPS://News.Example:8443/", "EMBED_HOSTS": "Player.Example", "ALLOWED_HOSTS": "A.Example"}
    names = "SITE_URL EMBED_HOSTS ALLOWED_HOSTS HTTPS SESSION_COOKIE_SECURE"
    code = f"from django.conf import settings\nprint(*[getattr(settings, n) for n in {names!r}.split()], sep='\\n')"
    assert GOOD.python(code, **given).out.split("\n") == [
        "https://news.example:8443",
        "['player.example']",
        "['a.example', 'news.example']",
        "True",
        "True",
        "",
    ]


@pytest.mark.parametrize("url", ["sqlite:////nonexistent/folder/db.sqlite3", "postgres://desk:pass@127.0.0.1:1/desk"])
@pytest.mark.parametrize("command", ["migrate", "showmigrations", "import_seeds"])
def test_a_database_that_does_not_answer_is_one_line_and_2(url, command):
    arguments = ["fixtures/seeds"] if command == "import_seeds" else []
    ran = Site(url).manage(command, *arguments)
    assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
    assert "DATABASE_URL" in ran.err or "no database at" in ran.err
    assert "pass" not in ran.err


def test_log_lines_are_json_objects_on_stderr_where_asked_for():
    code = 'import logging\nlogging.getLogger("articles").warning("a %s", "line\\nmore")'
    ran = GOOD.python(code, LOG_FORMAT="json")
    assert ran.out == ""
    line = json.loads(ran.err)
    assert (line["message"], line["level"], line["logger"]) == ("a line\nmore", "WARNING", "articles")
    assert GOOD.python(code, LOG_FORMAT="json", LOG_LEVEL="ERROR").err == ""


@pytest.mark.parametrize(("level", "lines"), [("INFO", 1), ("ERROR", 0)])
def test_the_level_of_the_log_counts_for_django_too(level, lines):
    code = 'import logging\nlogging.getLogger("django.request").warning("Not Found: /nothing/")'
    assert GOOD.python(code, LOG_LEVEL=level).err.count("\n") == lines
