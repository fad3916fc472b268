import pytest

from .commands import drop, make_template, new_site


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    made = make_template(tmp_path_factory.mktemp("template"))
    yield made
    if isinstance(made, str):
        drop(made)


@pytest.fixture
def site(tmp_path, template):
    """A migrated, empty database for processes."""
    made = new_site(tmp_path, template)
    yield made
    if isinstance(template, str):
        drop(made)
