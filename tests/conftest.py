"""What all tests share: a database in a file as in production, plain static files, and services that must be there."""

import os
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis

# No test judges by the clock. CI draws the same examples at every run, so that a change is judged by what it changes;
# everybody else's runs look further.
hypothesis.register_profile("newsdesk", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.load_profile("newsdesk")
SHARED = Path(__file__).resolve().parents[2] / "shared"
DATABASE = {"db", "transactional_db", "live_server", "template"}  # `template`: of the databases for processes
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for no database of the settings cannot depend on which one that is: it is run `once`."""
    for item in items:
        if not item.get_closest_marker("django_db") and DATABASE.isdisjoint(item.fixturenames):
            item.add_marker("once")


def need(there: bool, what: str) -> None:
    """Skip the test where `what` is missing; fail it where REQUIRE_SERVICES=1 says that it must be there."""
    if not there and REQUIRED:
        pytest.fail(f"REQUIRE_SERVICES=1, but there is no {what}")
    if not there:
        pytest.skip(f"needs {what}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real upstream data that lies beside the checkout."""
    need(SHARED.is_dir(), "../shared beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """SQLite in a file: write-ahead logging, locks and several connections are as they are in production."""
    from django.conf import settings
    from django.db import connections

    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        connections["default"].settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The groups that a migration made stay, also where a test with real transactions ends in a flush of all tables.

    After a flush Django makes content types and permissions again, and tells so (`post_migrate`): the groups follow.
    """
    from django.apps import apps
    from django.db.models.signals import post_migrate

    make_groups = import_module("articles.migrations.0002_groups").make_groups

    def make_them_again(**signal):
        make_groups(apps, None)

    post_migrate.connect(make_them_again, sender=apps.get_app_config("articles"))
    yield
    post_migrate.disconnect(make_them_again, sender=apps.get_app_config("articles"))


@pytest.fixture(autouse=True)
def _plain_static_files_and_quick_passwords(settings):
    """Templates name static files without the manifest of `collectstatic`; a password is hashed in no time.

    Each test client loads the middleware anew, and whitenoise would list all static files each time: it looks for one
    when it is asked for, instead.
    """
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def _no_page_is_kept(settings):
    """Each page is built anew, unless a test is about those that are kept (`tests/site/test_caching.py`)."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


@pytest.fixture
def editor(django_user_model):
    """Somebody of the group Editors, who may sign in to the admin."""
    return _member(django_user_model, "erin", "Editors")


@pytest.fixture
def colleague(django_user_model):
    return _member(django_user_model, "carl", "Editors")


@pytest.fixture
def viewer(django_user_model):
    return _member(django_user_model, "vera", "Viewers")


@pytest.fixture
def chief(django_user_model):
    return _member(django_user_model, "chloe", "Chief editors")


def _member(users, name, group):
    from django.contrib.auth.models import Group

    user = users.objects.create_user(name, password="secret-for-tests", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user
