"""What the tests of the desk share."""

import pytest
from django.test import Client

from tests.admin.pictures import ADDRESS
from tests.factories import make_article


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def chief_desk(chief):
    """The desk as a chief editor has it, who answers for what others decided too."""
    client = Client()
    client.force_login(chief)
    return client


@pytest.fixture
def own_media(settings, tmp_path):
    """Pictures are kept in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def cached(settings):
    """Readers see what is kept here, and nothing else."""
    settings.IMAGES = "cached"


@pytest.fixture
def story():
    """With a picture at `ADDRESS`, of which upstream says a size."""
    return make_article("story", images=[{"url": ADDRESS, "width": 1200, "height": 800, "title": "The bridge"}])
