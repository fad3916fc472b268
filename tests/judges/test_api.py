"""What Schemathesis finds in the JSON API, in a short run of always the same questions: nothing."""

import pytest

from tests.judges.api import judge
from tests.judges.kinds import make_site
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db(transaction=True)
SHORT = ("--generation-deterministic", "--max-examples", "20")


@pytest.mark.parametrize("topic", ["", "courts"])
def test_it_finds_nothing(live_server, tmp_path, topic):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    make_site(manage, seeds)
    is_clean, told = judge(live_server.url, tmp_path, *SHORT, topic=topic)
    assert is_clean, told
    assert "5 passed" in told
