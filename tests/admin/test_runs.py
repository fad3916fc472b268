"""Import runs, to be looked at."""

import pytest

from articles.importing.undoing import undo_run
from tests.factories import import_folder, write_seed

pytestmark = pytest.mark.django_db


def test_a_run_that_was_undone_and_the_undo_say_so(client, viewer, tmp_path):
    run = import_folder(write_seed(tmp_path).parent).run
    undo = undo_run(run).run
    client.force_login(viewer)
    page = client.get("/admin/articles/importrun/").text
    assert f"finished, undone by run {undo}" in page
    assert f"finished, undo of run {run}" in page
    assert f"undone by run {undo}" in client.get(f"/admin/articles/importrun/{run}/change/").text
