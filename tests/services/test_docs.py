"""What an operator can type, set or call is named in the docs: nobody has to read the code to find it."""

import re
from pathlib import Path

import pytest
from django.urls import URLPattern, get_resolver

ROOT = Path(__file__).resolve().parents[2]
READER = r"\b(?:text|boolean|number|choice|_names|hosts|email|header|link|url|ports|networks|environ\.get)"


def settings_from_the_environment():
    source = "".join((ROOT / "newsdesk" / name).read_text("utf-8") for name in ("settings.py", "variables.py"))
    return sorted(set(re.findall(READER + r'\(\s*"([A-Z_]+)"', source)))


def commands():
    folder = ROOT / "articles/management/commands"
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))


def addresses(resolver=None, prefix="/"):
    """The public addresses, `/articles/<slug>/` for the route `articles/<word:slug>/`; of the admin only its root."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield re.sub(r"<\w+:", "<", route)
        elif route == "/admin/":
            yield route
        else:
            yield from addresses(entry, route)


@pytest.fixture(scope="module")
def docs():
    return "\n".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_lists_below_are_not_empty():
    assert {"DATABASE_URL", "SECRET_KEY", "DEBUG", "CDN_SECONDS"} <= set(settings_from_the_environment())
    assert "import_seeds" in commands()
    assert {"/", "/healthz", "/admin/", "/articles/<slug>/player/", "/providers/<domain>/"} <= set(addresses())


@pytest.mark.parametrize("name", settings_from_the_environment())
def test_every_setting_is_in_the_table_for_operators(name):
    assert f"| `{name}` |" in (ROOT / "docs/operators.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", commands())
def test_every_command_is_in_the_docs(name, docs):
    assert f"`{name}" in docs or f"manage.py {name}" in docs


@pytest.mark.parametrize("address", sorted(addresses()))
def test_every_address_is_in_the_docs(address, docs):
    assert f"`{address}`" in docs


def test_every_make_target_is_in_the_docs(docs):
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "run" in targets
    assert [target for target in targets if f"make {target}" not in docs and target != "help"] == []
