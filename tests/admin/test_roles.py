"""Who may what: every address of the desk and every verb, as every role. One line of the tables for each; a new address
or verb without its line fails.
"""

import importlib
import inspect
import pkgutil
from contextlib import suppress
from io import BytesIO
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, get_resolver

import articles
from articles.admin.triage_answers import Asked, decide_as_seen, undo_decisions
from articles.bulk import apply, plan, undo_batch
from articles.catalogue import change_provider, change_topic
from articles.curation import Change, CurationRefused, boost, curate, keep, release, set_value, undo
from articles.images.keeping import describe, fetch_again, keep_upload, take_down
from articles.importing.runs import NotAllowed
from articles.importing.undoing import undo_run
from articles.importing.uploads import NotHeld, confirm, discard, let_through, receive
from articles.models import Article, Decision, ImportRun, KeptImage, Provider, Topic, Version
from articles.projection import unpack
from articles.settling import Answer, Seen, settle, take_back
from tests.admin.pictures import came_to, kept, png, text_of
from tests.factories import a_superuser, import_seed, make_article

pytestmark = pytest.mark.django_db

# From the least to the most. A stranger has an account, but not for the desk; staff has, but is in no group.
ROLES = NOBODY, STRANGER, STAFF, VIEWER, EDITOR, CHIEF, SUPERUSER = (
    "nobody stranger staff viewer editor chief superuser".split()
)
NEVER = "never"  # not even a superuser: what an import wrote is not typed over, and decisions are not deleted

# Below /admin/: from which role on it is answered, for GET and for POST. What is posted is empty: that somebody may
# post is that it is looked at, whatever comes of it. After a "?" stands what is asked for with it.
ADDRESSES = {
    "": (STAFF, STAFF),
    "login/": (NOBODY, NOBODY),
    "logout/": (STAFF, STAFF),
    "password_change/": (STAFF, STAFF),
    "password_change/done/": (STAFF, STAFF),
    "password_reset/": (NOBODY, NOBODY),
    "password_reset/done/": (NOBODY, NOBODY),
    "reset/<uidb64>/<token>/": (NOBODY, NOBODY),
    "reset/done/": (NOBODY, NOBODY),
    "jsi18n/": (STAFF, STAFF),
    "autocomplete/?app_label=articles&model_name=article&field_name=provider": (VIEWER, STAFF),
    "r/<path:content_type_id>/<path:object_id>/": (STAFF, STAFF),
    "^(?P<app_label>articles|auth)/$": (VIEWER, VIEWER),
    "articles/article/": (VIEWER, VIEWER),
    "articles/article/add/": (NEVER, NEVER),
    "articles/article/<path:object_id>/": (STAFF, STAFF),  # leads to the next
    "articles/article/<path:object_id>/change/": (VIEWER, EDITOR),
    "articles/article/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/article/<path:object_id>/history/": (VIEWER, EDITOR),
    "articles/article/<int:pk>/preview/": (VIEWER, VIEWER),
    "articles/article/<int:key>/open/": (STAFF, EDITOR),  # only posted to
    "articles/article/bulk/": (EDITOR, EDITOR),
    "articles/article/bulk/<uuid:batch>/": (EDITOR, EDITOR),
    "articles/article/conflicts/": (VIEWER, EDITOR),
    "articles/article/triage/": (EDITOR, EDITOR),
    "articles/article/triage/cards/": (EDITOR, EDITOR),
    "articles/decision/": (VIEWER, EDITOR),
    "articles/decision/add/": (NEVER, NEVER),
    "articles/decision/<path:object_id>/": (STAFF, STAFF),
    "articles/decision/<path:object_id>/change/": (VIEWER, VIEWER),
    "articles/decision/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/decision/<path:object_id>/history/": (VIEWER, VIEWER),
    "articles/imagefetch/": (VIEWER, VIEWER),
    "articles/imagefetch/add/": (NEVER, NEVER),
    "articles/imagefetch/<path:object_id>/": (STAFF, STAFF),
    "articles/imagefetch/<path:object_id>/change/": (VIEWER, EDITOR),
    "articles/imagefetch/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/imagefetch/<path:object_id>/history/": (VIEWER, VIEWER),
    "articles/keptimage/": (VIEWER, VIEWER),
    "articles/keptimage/add/": (NEVER, NEVER),
    "articles/keptimage/<path:object_id>/": (STAFF, STAFF),
    "articles/keptimage/<path:object_id>/change/": (VIEWER, EDITOR),
    "articles/keptimage/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/keptimage/<path:object_id>/history/": (VIEWER, VIEWER),
    "articles/keptimage/take-down/?picture=<int:pk>": (CHIEF, CHIEF),  # the last: the picture is gone then
    "articles/provider/": (VIEWER, VIEWER),
    "articles/provider/add/": (NEVER, NEVER),
    "articles/provider/<path:object_id>/": (STAFF, STAFF),
    "articles/provider/<path:object_id>/change/": (VIEWER, CHIEF),
    "articles/provider/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/provider/<path:object_id>/history/": (VIEWER, VIEWER),
    "articles/topic/": (VIEWER, VIEWER),
    "articles/topic/add/": (NEVER, NEVER),
    "articles/topic/<path:object_id>/": (STAFF, STAFF),
    "articles/topic/<path:object_id>/change/": (VIEWER, CHIEF),
    "articles/topic/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/topic/<path:object_id>/history/": (VIEWER, VIEWER),
    "articles/importrun/": (VIEWER, VIEWER),
    "articles/importrun/add/": (NEVER, NEVER),
    "articles/importrun/<path:object_id>/": (STAFF, STAFF),
    "articles/importrun/<path:object_id>/change/": (VIEWER, VIEWER),  # only looked at, whatever is posted
    "articles/importrun/<path:object_id>/delete/": (NEVER, NEVER),
    "articles/importrun/<path:object_id>/history/": (VIEWER, VIEWER),
    "articles/importrun/upload/": (CHIEF, CHIEF),
    "articles/importrun/upload/<int:key>/": (CHIEF, CHIEF),
    "articles/importrun/<int:key>/undo/": (CHIEF, CHIEF),
    "articles/importrun/<int:key>/let-through/": (CHIEF, CHIEF),
    "auth/user/": (CHIEF, CHIEF),
    "auth/user/add/": (CHIEF, CHIEF),
    "auth/user/<path:object_id>/": (STAFF, STAFF),
    "auth/user/<path:object_id>/change/": (CHIEF, CHIEF),
    "auth/user/<path:object_id>/delete/": (SUPERUSER, SUPERUSER),
    "auth/user/<path:object_id>/history/": (CHIEF, CHIEF),
    "auth/user/<int:pk>/link/": (CHIEF, CHIEF),
    "auth/user/<id>/password/": (SUPERUSER, SUPERUSER),
    "auth/group/": (SUPERUSER, SUPERUSER),
    "auth/group/add/": (SUPERUSER, SUPERUSER),
    "auth/group/<path:object_id>/": (STAFF, STAFF),
    "auth/group/<path:object_id>/change/": (SUPERUSER, SUPERUSER),
    "auth/group/<path:object_id>/delete/": (SUPERUSER, SUPERUSER),
    "auth/group/<path:object_id>/history/": (SUPERUSER, SUPERUSER),
}
# What is posted besides: to look at a button's answer it must name what the button does.
POSTED = {"articles/article/<path:object_id>/history/": "_undo", "articles/decision/": "_undo"}
REST = "(?P<url>.*)$"  # whatever else: a page that is not there, for those who are signed in

BURY = Change("set", "heat", -1)


def answer(things, do: str) -> Answer:
    row = things["article"].standing_decisions.get()
    return Answer(things["article"].pk, "heat", do, Seen.of(things["article"], "heat", row))


def asked(things) -> Asked:
    article, decision = things["article"], things["decision"]
    return Asked(article.pk, (BURY,), {"published": article.published, "heat": 90}, decision.pk, {}, "Buried")


def given(found):
    """Raise what a verb says instead, that answers many at once or a script."""
    problems = [found.problem] if hasattr(found, "problem") else [each.why for each in found.returned]
    if any(problems):
        raise CurationRefused([("", " ".join(problems))])


def own(undone) -> None:
    if not undone[0]:
        raise CurationRefused([("", "may not")])


def held(let) -> None:
    """No run is held here: that this is what is told means that the right was not missed."""
    with suppress(NotHeld):
        let()


# Of what the verbs decide on, the owner is somebody else.
VERBS = {
    set_value: (EDITOR, lambda things, by: set_value(things["article"], "quality", 5, by=by)),
    boost: (EDITOR, lambda things, by: boost(things["article"], "quality", 5, by=by)),
    keep: (EDITOR, lambda things, by: keep(things["article"], "heat", by=by)),
    curate: (EDITOR, lambda things, by: curate(things["article"], [], by=by)),
    release: (CHIEF, lambda things, by: release(things["article"], "heat", by=by)),
    undo: (CHIEF, lambda things, by: undo(things["article"].decisions.first(), by=by)),
    plan: (EDITOR, lambda things, by: plan([things["article"].pk], [BURY], by=by)),
    apply: (EDITOR, lambda things, by: apply([BURY], {}, by=by)),
    undo_batch: (CHIEF, lambda things, by: undo_batch(things["decision"].batch, by=by)),
    settle: (EDITOR, lambda things, by: given(settle([answer(things, "keep")], by=by))),
    take_back: (NEVER, lambda things, by: own(take_back([things["decision"].pk], by=by))),  # one's own only
    decide_as_seen: (EDITOR, lambda things, by: given(decide_as_seen(asked(things), by=by))),
    undo_decisions: (
        CHIEF,
        lambda things, by: given(undo_decisions(things["article"].pk, [things["decision"].pk], by=by)),
    ),
    receive: (CHIEF, lambda things, by: receive([("a.md", BytesIO(bytes(things["file"])))], "other", by=by)),
    confirm: (CHIEF, lambda things, by: confirm(things["upload"].pk, by=by)),
    discard: (CHIEF, lambda things, by: discard(things["upload"].pk, by=by)),
    let_through: (CHIEF, lambda things, by: held(lambda: let_through(things["importrun"].pk, by=by))),
    undo_run: (CHIEF, lambda things, by: undo_run(things["importrun"].pk, by=by)),
    keep_upload: (EDITOR, lambda things, by: keep_upload(png(), by=by)),
    describe: (EDITOR, lambda things, by: describe(things["given"], by=by, title="A bridge")),
    fetch_again: (EDITOR, lambda things, by: fetch_again(things["imagefetch"], by=by)),
    take_down: (CHIEF, lambda things, by: take_down(things["keptimage"], by=by)),
    change_provider: (CHIEF, lambda things, by: change_provider(things["provider"], {"muted": True}, by=by)),
    change_topic: (CHIEF, lambda things, by: change_topic(things["topic"], {"shortname": "x"}, by=by)),
}


@pytest.fixture
def things(tmp_path, django_user_model, colleague, settings):
    """One of each that an address may be about; the article has a decision of somebody else's, in conflict."""
    settings.MEDIA_ROOT = tmp_path / "media"
    owner = django_user_model.objects.create_superuser("owner")
    set_value(import_seed(tmp_path, heat=30), "heat", 90, by=owner)
    Decision.objects.update(batch=uuid4())
    with open(next(tmp_path.glob("*.md")), "rb") as file:
        upload = receive([("a.md", file)], "default", by=owner)
    return {
        "upload": upload,
        "file": unpack(Version.objects.get()),
        "decision": Decision.objects.get(),
        "article": import_seed(tmp_path, heat=5),
        "provider": Provider.objects.get(),
        "topic": Topic.objects.get(),
        "importrun": ImportRun.objects.first(),
        "keptimage": kept(),
        "given": given_by(owner, kept("https://given.example/x.png", png(80, 60))),
        "imagefetch": came_to("gone", "It answered 404.", "https://gone.example/x.jpg"),
        "user": colleague,
        "group": Group.objects.get(name="Viewers"),
    }


def given_by(somebody, picture):
    """As if they had uploaded it, without a process that renders it."""
    KeptImage.objects.filter(pk=picture.pk).update(uploaded_by=somebody.get_username())
    return picture


@pytest.fixture
def person(django_user_model, viewer, editor, chief):
    """`person(role)`: somebody who has it; None for nobody."""
    made = {VIEWER: viewer, EDITOR: editor, CHIEF: chief}

    def get(role):
        if role in made or role == NOBODY:
            return made.get(role)
        if role == SUPERUSER:
            return a_superuser()
        return django_user_model.objects.create_user(role, is_staff=role == STAFF)

    return get


def may(role: str, least: str) -> bool:
    return least != NEVER and ROLES.index(role) >= ROLES.index(least)


def routes(entries, prefix=""):
    for entry in entries:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from routes(entry.url_patterns, route)


def address(route: str, things: dict) -> str:
    route = route.replace("^(?P<app_label>articles|auth)/$", "articles/").replace("<uidb64>/<token>", "MQ/abc-def")
    of_articles = ContentType.objects.get_for_model(Article)
    if "<path:content_type_id>" in route:
        return "/admin/" + route.replace("<path:content_type_id>", str(of_articles.pk)).replace(
            "<path:object_id>", str(things["article"].pk)
        )
    route = route.replace("<uuid:batch>", str(things["decision"].batch))
    for key in ("<path:object_id>", "<int:pk>", "<int:key>", "<id>"):
        if key in route:
            of = "upload" if "/upload/" in route else route.split("/")[1]
            route = route.replace(key, str(things[of].pk))
    return "/admin/" + route


def refused(answer) -> bool:
    if answer.status_code == 302:
        signed_out = answer.wsgi_request.path == "/admin/logout/" and answer.headers["Location"] == "/admin/"
        return signed_out or answer.headers["Location"].startswith("/admin/login/")
    return answer.status_code in (403, 404)


def test_every_address_of_the_desk_has_a_line():
    found = {
        route.removeprefix("admin/") for route in routes(get_resolver().url_patterns) if route.startswith("admin/")
    }
    assert found - {REST} == {route.partition("?")[0] if not route.startswith("^") else route for route in ADDRESSES}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_those_who_may_and_nobody_else(things, person, role, method):
    user = person(role)
    wrong = []
    for route, least in ADDRESSES.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        posted = {POSTED[route]: things["decision"].pk} if route in POSTED and method == "post" else {}
        answer = getattr(client, method)(address(route, things), posted)
        if answer.status_code >= 500 or refused(answer) == may(role, least[method == "post"]):
            wrong.append((route, answer.status_code, answer.headers.get("Location")))
    assert wrong == []
    if not may(role, CHIEF):  # who may not decide has not: the fixture's one decision and its entry are all
        assert (Decision.objects.count(), LogEntry.objects.count()) == (1, 1)


MAY = {
    VIEWER: "You may not do this. Viewers, Editors and Chief editors may.",
    EDITOR: "You may not do this. Editors and Chief editors may.",
    CHIEF: "You may not do this. Chief editors may.",
    SUPERUSER: "You may not do this. Only superusers may.",
    NEVER: "Nobody adds or deletes this by hand, whatever their role",
}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", [STAFF, VIEWER, EDITOR, CHIEF])
def test_whoever_is_refused_is_told_on_the_desk_who_may(things, person, client, role, method):
    client.force_login(person(role))
    wrong, found = [], 0
    for route, least in ADDRESSES.items():
        if route == "logout/":
            continue
        posted = {POSTED[route]: things["decision"].pk} if route in POSTED and method == "post" else {}
        answer = getattr(client, method)(address(route, things), posted)
        if answer.status_code != 403:
            continue
        found += 1
        told = text_of(answer)
        if MAY[least[method == "post"]] not in told or "The desk’s first page" not in told or "Log out" not in told:
            wrong.append((route, told))
    assert wrong == []
    assert found >= 8


def test_the_refusal_leads_back_to_the_page_of_the_desk_that_led_there(client, viewer):
    client.force_login(viewer)
    triage, came = "/admin/articles/article/triage/", "http://testserver/admin/articles/article/?state=public"
    page = client.get(triage, headers={"Referer": came})
    assert f'<a href="{came}">Back to where you were</a>' in page.text
    assert "You are signed in as vera (Viewers)." in text_of(page).replace(" )", ")")
    for elsewhere in ("https://evil.example/", f"http://testserver{triage}", "javascript:alert(1)", ""):
        assert "Back to where you were" not in client.get(triage, headers={"Referer": elsewhere}).text


def test_a_form_that_is_too_old_is_told_so_in_the_frame_of_the_desk(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    article = make_article()
    page = client.post(f"/admin/articles/article/{article.pk}/change/", {"heat": "1"})
    assert page.status_code == 403
    assert "The form that you sent was too old" in text_of(page)
    assert f'<a href="/admin/articles/article/{article.pk}/change/">Load its page anew</a>' in page.text
    assert "Log out" in text_of(page)
    assert page["Cache-Control"] == "no-store"


def test_whatever_else_is_asked_for_is_not_there_and_tells_nobody_what_is(client, editor):
    for path in ("/admin/nothing/", "/admin/articles/nothing/", "/admin/axes/", "/admin/sessions/"):
        assert Client().get(path).headers["Location"].startswith("/admin/login/")
        client.force_login(editor)
        assert client.get(path).status_code == 404


# -- the verbs


def found_verbs():
    """All public functions of the project that are told who asks for something: `by`."""
    for module in pkgutil.walk_packages(articles.__path__, "articles."):
        if ".migrations." in module.name or ".management.commands." in module.name:
            continue
        for name, function in vars(importlib.import_module(module.name)).items():
            if not inspect.isfunction(function) or name.startswith("_") or function.__module__ != module.name:
                continue
            by = inspect.signature(function).parameters.get("by")
            if by is not None and by.kind == by.KEYWORD_ONLY:
                yield function


def test_every_verb_has_a_line():
    assert set(found_verbs()) == set(VERBS)


@pytest.mark.parametrize("role", ROLES[1:])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_every_verb_does_it_for_those_who_may_and_nobody_else(things, person, verb, role):
    least, call = VERBS[verb]
    user = person(role)
    if may(role, least):
        call(things, user)
        return
    with pytest.raises((CurationRefused, NotAllowed), match=r"may not|only chief editors|what others did"):
        call(things, user)
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_who_is_deactivated_may_nothing(things, person, verb):
    user = person(CHIEF)
    user.is_active = False
    with pytest.raises((CurationRefused, NotAllowed), match="may not"):
        VERBS[verb][1](things, user)


# -- the groups


def test_each_group_may_what_the_one_below_may_and_what_is_said_here_besides():
    def of(name):
        granted = Permission.objects.filter(group__name=name)
        return {f"{app}.{code}" for app, code in granted.values_list("content_type__app_label", "codename")}

    viewers, editors, chiefs = of("Viewers"), of("Editors"), of("Chief editors")
    assert {code.split(".")[1].partition("_")[0] for code in viewers} == {"view"}
    assert editors - viewers == {"articles.curate_article"}
    assert viewers < editors < chiefs
    assert chiefs - editors == {
        "articles.release_others_decision",
        "articles.remove_image",
        "articles.change_provider",
        "articles.change_topic",
        "articles.run_import",
        "auth.add_user",
        "auth.change_user",
        "auth.view_user",
    }
