"""Editors decide over each other; only chief editors take back what somebody else decided."""

from contextlib import nullcontext
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from articles.curation import Change, CurationRefused, boost, curate, deciding, keep, release, set_value, undo, undoable
from articles.models import Article, Decision
from tests.admin.forms import inputs
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
REFUSED = "erin decided it, and only chief editors take back what others decided"


@pytest.fixture
def decided(editor):
    article = make_article(heat=5)
    set_value(article, "heat", 60, by=editor)
    return article


def test_a_colleague_can_decide_over_a_decision_and_keep_it(tmp_path, editor, colleague):
    set_value(import_seed(tmp_path, heat=30), "heat", 90, by=editor)
    article = import_seed(tmp_path, heat=5)
    keep(article, "heat", by=colleague)
    boost(article, "heat", 5, by=colleague)
    assert Article.objects.get().heat == 10


def test_a_colleague_cannot_release_it_nor_undo_it(decided, colleague):
    with pytest.raises(CurationRefused, match=REFUSED):
        release(decided, "heat", by=colleague)
    with pytest.raises(CurationRefused, match=REFUSED):
        undo(Decision.objects.get(), by=colleague)
    assert Article.objects.get().heat == 60
    assert Decision.objects.count() == 1


def test_who_made_it_and_a_chief_editor_can(decided, editor, chief):
    release(decided, "heat", by=editor)
    assert decided.heat == 5
    undo(Decision.objects.first(), by=chief)
    decided.refresh_from_db()
    assert decided.heat == 60
    release(decided, "heat", by=chief)
    assert decided.heat == 5


def test_one_refusal_and_nothing_of_the_call_is_done(decided, colleague):
    with pytest.raises(CurationRefused, match="heat: erin"):
        curate(decided, [Change("set", "quality", 1), Change("release", "heat")], by=colleague)
    assert Article.objects.get().quality == 57


def test_what_one_decides_over_it_in_the_same_call_is_ones_own(decided, colleague):
    curate(decided, [Change("set", "heat", 1), Change("release", "heat")], by=colleague)
    assert Article.objects.get().heat == 5


def test_a_keep_makes_it_nobody_elses(tmp_path, editor, colleague):
    set_value(import_seed(tmp_path, heat=30), "heat", 90, by=editor)
    article = import_seed(tmp_path, heat=5)
    keep(article, "heat", by=colleague)
    with pytest.raises(CurationRefused, match=REFUSED):
        release(article, "heat", by=colleague)
    assert deciding(article.standing_decisions.get()).user == editor
    release(article, "heat", by=editor)
    assert article.heat == 5


def test_an_undo_belongs_to_who_undid(decided, editor, chief):
    undo(Decision.objects.get(), by=chief)
    entry = Decision.objects.first()
    assert undoable(decided.decisions.all(), editor) == set()
    assert undoable(decided.decisions.all(), chief) == undoable(decided.decisions.all()) == {entry.pk}
    with pytest.raises(CurationRefused, match="chloe decided it"):
        undo(entry, by=editor)


def test_a_decision_of_somebody_whose_account_is_gone_is_nobodys_own(decided, editor, colleague):
    editor.delete()
    with pytest.raises(CurationRefused, match=REFUSED):
        release(Article.objects.get(), "heat", by=colleague)


def test_the_command_refuses_in_a_sentence_and_with_1(decided, colleague, chief):
    for argument, code in (("--release=heat", 1), ("--set=heat=1", 0)):
        with pytest.raises(CommandError, match=REFUSED) if code else nullcontext() as refused:
            call_command("curate", decided.slug, argument, by="carl", stdout=StringIO())
        assert refused is None or refused.value.returncode == code
    call_command("curate", decided.slug, "--release=heat", by="chloe", stdout=StringIO())
    assert Article.objects.get().heat == 5


def test_the_storys_page_offers_only_what_is_ones_own_and_says_why(client, decided, editor, colleague, chief):
    for user, offered in ((editor, True), (colleague, False), (chief, True)):
        client.force_login(user)
        page = client.get(f"/admin/articles/article/{decided.pk}/change/").text
        assert ('name="release"' in page) == offered
        assert ('name="_undo"' in page) == offered
        assert ("erin decided it, and only chief editors" in page) != offered
        assert ("a chief editor can undo it" in page) != offered


def test_what_is_not_offered_is_refused_where_it_is_posted_all_the_same(client, decided, colleague):
    client.force_login(colleague)
    page = f"/admin/articles/article/{decided.pk}/change/"
    posted = inputs(client.get(page), "article_form") | {"_save": "Save", "release": "heat"}
    assert client.post(page, posted).status_code == 200
    answer = client.post(page, {"_undo": Decision.objects.get().pk}, follow=True)
    assert "Nothing was undone." in answer.text
    assert Article.objects.get().heat == 60
