"""What the tests of the desk share."""

import pytest


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client
