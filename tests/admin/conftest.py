"""What the tests of the desk share."""

import pytest
from django.test import Client


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
