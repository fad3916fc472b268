"""Chief editors add editors and hand out roles; nothing that a request says gives anybody more than the chief has."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User

from articles.models import UserSession
from tests.admin.forms import inputs
from tests.admin.test_sign_in import is_signed_in, post, signed_in, try_to_sign_in  # noqa: F401
from tests.factories import a_superuser

pytestmark = pytest.mark.django_db
ADD = "/admin/auth/user/add/"
EVIL = {"is_superuser": "on", "is_staff": "on", "password": "x", "password1": "x", "user_permissions": "1"}


@pytest.fixture
def desk(client, chief):
    client.force_login(chief)
    return client


@pytest.fixture
def roles():
    return {group.name: str(group.pk) for group in Group.objects.all()}


def page_of(user) -> str:
    return f"/admin/auth/user/{user.pk}/change/"


def opened(desk, user) -> dict:
    return inputs(desk.get(page_of(user)), "user_form") | {"_save": "Save"}


def rights(user) -> tuple:
    user = User.objects.get(pk=user.pk)
    return user.is_superuser, user.is_staff, sorted(user.get_all_permissions()), user.password


def test_a_chief_editor_adds_somebody_who_then_signs_in_with_a_password_of_their_own(desk, roles, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    answer = desk.post(ADD, {"username": "nora", "email": "nora@news.example", "groups": roles["Editors"]})
    nora = User.objects.get(username="nora")
    assert (nora.is_staff, nora.is_superuser, nora.has_usable_password()) == (True, False, False)
    assert nora.has_perm("articles.curate_article")
    page = answer.headers["Location"]
    assert "A link is shown to you, once" in desk.get(page).text
    shown = desk.post(page)
    assert "no-store" in shown.headers["Cache-Control"]
    link = re.search(r'id="link">http://127.0.0.1:8000(/\S+)</code>', shown.text)[1]
    assert link not in desk.get(page).text
    desk.logout()
    form = desk.get(link).headers["Location"]
    desk.post(form, {"new_password1": "another-of-12", "new_password2": "another-of-12"})
    assert try_to_sign_in(desk, "nora", "another-of-12").status_code == 302
    assert is_signed_in(desk)
    told = LogEntry.objects.filter(object_id=nora.pk).order_by("pk")
    assert [(entry.user.username, entry.get_change_message()) for entry in told] == [
        ("chloe", "Added."),
        ("chloe", "Made a link for choosing a password."),
    ]


def test_where_mail_is_sent_the_link_goes_there_and_is_not_shown(desk, editor, post):  # noqa: F811
    editor.email = "erin@news.example"
    editor.save()
    answer = desk.post(f"/admin/auth/user/{editor.pk}/link/")
    assert answer.headers["Location"] == page_of(editor)
    assert [message.to for message in post] == [["erin@news.example"]]
    assert "/admin/reset/" in post[0].body


def test_a_chief_editor_hands_out_each_role_and_takes_it_back(desk, viewer, roles):
    for name in ("Chief editors", "Editors", "Viewers"):
        assert desk.post(page_of(viewer), opened(desk, viewer) | {"groups": roles[name]}).status_code == 302
        assert [group.name for group in viewer.groups.all()] == [name]


def test_somebody_who_is_deactivated_is_signed_out_at_once(desk, editor):
    there = signed_in("erin")
    posted = opened(desk, editor)
    del posted["is_active"]
    assert desk.post(page_of(editor), posted).status_code == 302
    assert not is_signed_in(there)
    assert not UserSession.objects.filter(user=editor).exists()
    assert try_to_sign_in(there, "erin", "secret-for-tests").status_code == 200


def test_nothing_said_in_a_request_gives_a_new_account_more(desk, roles):
    secret = Group.objects.create(name="Secret")
    extra = {"username": "nora", "groups": [roles["Viewers"], str(secret.pk)]}
    assert "Select a valid choice" in desk.post(ADD, extra | EVIL).text
    assert not User.objects.filter(username="nora").exists()
    desk.post(ADD, extra | EVIL | {"groups": roles["Viewers"]})
    nora = User.objects.get(username="nora")
    assert (nora.is_superuser, nora.has_usable_password(), nora.user_permissions.count()) == (False, False, 0)
    assert [group.name for group in nora.groups.all()] == ["Viewers"]


def test_nothing_said_in_a_request_gives_an_editor_more(desk, editor):
    before = rights(editor)
    posted = opened(desk, editor) | EVIL | {"user_permissions": [str(row.pk) for row in Permission.objects.all()]}
    desk.post(page_of(editor), posted)
    assert rights(editor) == before


def test_a_chief_editor_changes_neither_their_own_role_nor_locks_themselves_out(desk, chief, roles):
    before = rights(chief)
    posted = opened(desk, chief)
    assert not {"groups", "is_active"} & set(posted)
    extra = EVIL | {"groups": [roles["Viewers"]], "is_active": "", "first_name": "Chloé"}
    assert desk.post(page_of(chief), posted | extra).status_code == 302
    assert rights(chief) == before
    chief.refresh_from_db()
    assert (chief.is_active, chief.first_name) == (True, "Chloé")


def _superuser(users):
    return a_superuser()


def _inactive_superuser(users):
    return users.create_superuser("sleeping", is_active=False)


def _with_a_permission_of_their_own(users):
    user = users.create_user("special", is_staff=True, is_active=False)
    user.user_permissions.add(Permission.objects.get(codename="delete_user"))
    return user


def _in_a_mightier_group(users):
    user = users.create_user("mighty", is_staff=True)
    group = Group.objects.create(name="Owners")
    group.permissions.add(Permission.objects.get(codename="delete_user"))
    user.groups.add(group)
    return user


@pytest.mark.parametrize(
    "make", [_superuser, _inactive_superuser, _with_a_permission_of_their_own, _in_a_mightier_group]
)
def test_whom_a_chief_editor_may_not_touch(desk, django_user_model, make, roles):
    user = make(django_user_model.objects)
    user.email = "before@news.example"
    user.save()
    before = rights(user)
    page = desk.get(page_of(user))
    assert page.status_code == 200
    assert 'name="email"' not in page.text
    posted = {"username": user.username, "email": "mine@news.example", "is_active": "on", "groups": roles["Viewers"]}
    for address in (page_of(user), f"/admin/auth/user/{user.pk}/link/", f"/admin/auth/user/{user.pk}/password/"):
        assert desk.post(address, posted | EVIL).status_code == 403
    assert desk.get(f"/admin/auth/user/{user.pk}/link/").status_code == 403
    assert rights(user) == before
    assert User.objects.get(pk=user.pk).email == "before@news.example"


def test_a_role_that_holds_more_than_the_chief_editor_is_not_theirs_to_hand_out(desk, viewer, roles):
    Group.objects.get(name="Editors").permissions.add(Permission.objects.get(codename="delete_user"))
    posted = opened(desk, viewer)
    assert "Select a valid choice" in desk.post(page_of(viewer), posted | {"groups": roles["Editors"]}).text
    assert [group.name for group in viewer.groups.all()] == ["Viewers"]


def test_a_group_that_is_no_role_is_kept_when_roles_change(desk, viewer, roles):
    other = Group.objects.create(name="Night shift")
    viewer.groups.add(other)
    assert desk.post(page_of(viewer), opened(desk, viewer) | {"groups": roles["Editors"]}).status_code == 302
    assert {group.name for group in viewer.groups.all()} == {"Editors", "Night shift"}


def test_a_superuser_has_djangos_own_page(client, viewer):
    client.force_login(a_superuser())
    page = client.get(page_of(viewer)).text
    for name in ("is_superuser", "is_staff", "user_permissions"):
        assert f'name="{name}"' in page
    assert client.get(f"/admin/auth/user/{viewer.pk}/password/").status_code == 200


def test_who_is_deactivated_gets_no_link(desk, editor):
    editor.is_active = False
    editor.save()
    answer = desk.post(f"/admin/auth/user/{editor.pk}/link/")
    assert "is deactivated" in answer.text
    assert "/admin/reset/" not in answer.text


@pytest.mark.parametrize(
    "query", ["password__startswith=md5", "user_permissions__codename=x", "q=%00", "groups__id__exact=x"]
)
def test_the_list_tells_no_secret_and_breaks_at_nothing(desk, editor, query):
    answer = desk.get(f"/admin/auth/user/?{query}")
    assert answer.status_code in (200, 302, 400)
    assert "md5" not in answer.text


def test_the_list_asks_as_often_for_two_as_for_twenty(desk, django_user_model, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert desk.get("/admin/auth/user/").status_code == 200
        return len(asked)

    few = queries()
    for number in range(20):
        django_user_model.objects.create_user(f"user{number}").groups.add(Group.objects.first())
    assert queries() == few <= 10
