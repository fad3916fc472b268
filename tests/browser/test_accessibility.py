"""What axe finds on every kind of public page, light and dark, on a phone and a desk, and what they ask: nothing."""

import pytest

from tests.judges import axe
from tests.judges.kinds import KINDS, make_site
from tests.operations.commands import manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_any_kind_of_page_and_none_asks_another_host(
    chromium, live_server, tmp_path, scheme, width
):
    make_site(manage, tmp_path)
    found = axe.judge(chromium, live_server.url, KINDS, scheme, width)
    assert list(found) == [kind.name for kind in KINDS]
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
