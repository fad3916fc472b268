"""However a key is written and whatever is decided: the file then says that, and every other line stays (§8)."""

from hypothesis import given, settings

from articles.seeds.patch import patch
from tests.exporting.writings import CHANGES, WRITINGS, story_of


@settings(max_examples=300)
@given(WRITINGS, CHANGES)
def test_the_decided_keys_say_what_was_decided_and_every_other_line_stays(written, changes):
    before = story_of(written.data)
    if before is None:  # not a way that the import takes
        return
    after = patch(written.data, changes)
    expected = {field: tuple(v) if field == "topics" else v if v != "" else None for field, v in changes.items()}
    assert story_of(after) == before._replace(**expected), (written.data.decode(), changes, after.decode())
    lines = iter(after.splitlines(keepends=True))
    assert all(line in lines for line in written.lines_but_of(changes)), (written.data.decode(), after.decode())
    assert patch(after, changes) == after, "writing the same again changes nothing"
