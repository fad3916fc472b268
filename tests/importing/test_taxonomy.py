"""`import_taxonomy`: what upstream's own files of organizations and topics say."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from articles.models import FormerTopicSlug, Provider, Topic
from tests.factories import import_seed, make_article
from tests.importing.tables import every_row

pytestmark = pytest.mark.django_db


def take(*paths, code=0):
    """What the command says on both streams; `code` is how it ends."""
    out, err = StringIO(), StringIO()
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command("import_taxonomy", *map(str, paths), stdout=out, stderr=err)
        assert ended.value.code == code
    else:
        call_command("import_taxonomy", *map(str, paths), stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def topic_file(folder, file, /, **keys):
    keys = {"taxonomy": "topic"} | keys
    path = folder / f"{file}.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items()), encoding="utf-8")
    return path


def organization(folder, domain="outlet.example", text="name: Outlet of Record\n"):
    path = folder / f"{domain}.md"
    path.write_text(f"---\ntaxonomy: organization\n_id: {domain}\ndomain: {domain}\n{text}---\n", encoding="utf-8")
    return path


def topics():
    return dict(Topic.objects.values_list("name", "slug"))


def test_the_taxonomy_of_the_corpus_is_taken_in_and_nothing_changes_the_second_time(shared):
    folder = shared / "corpus/power-apps/_data"
    assert "77 files: 77 created, 0 updated, 0 unchanged, 0 rejected" in take(folder)
    amazon = Provider.objects.get(domain="amazon.com")
    assert amazon.name == "Amazon"
    assert [(image.url, image.width) for image in amazon.images.all()] == [
        ("/assets/images/organizations/amazon.com-50x50.jpg", 50),
        ("/assets/images/organizations/amazon.com-400x400.jpg", 400),
    ]
    service = Topic.objects.get(slug="common-data-service")
    assert (service.name, service.shortname, service.parent.name) == ("Common Data Service", "CDS", "Power Apps")
    assert service.keywords == ["common data service"]
    before = every_row()
    assert "0 created, 0 updated, 77 unchanged" in take(folder)
    assert every_row() == before


def test_the_id_becomes_the_slug_and_the_old_one_leads_there(tmp_path, client):
    make_article(topics=["Model-driven apps"])
    assert client.get("/topics/model-driven-apps/").status_code == 200
    for slug in ("mda", "model-apps"):
        topic_file(tmp_path, "a", _id=slug, name="Model-driven apps")
        assert "1 updated" in take(tmp_path)
    assert client.get("/topics/model-apps/").status_code == 200
    for old in ("model-driven-apps", "mda"):
        answer = client.get(f"/topics/{old}/")
        assert (answer.status_code, answer["Location"]) == (301, "/topics/model-apps/")
    topic_file(tmp_path, "a", _id="mda", name="Model-driven apps")
    take(tmp_path)
    assert client.get("/topics/mda/").status_code == 200, "back to one that it had"
    assert client.get("/topics/model-apps/")["Location"] == "/topics/mda/"
    assert client.get("/topics/unheard-of/").status_code == 404


def test_an_old_slug_of_a_topic_without_a_public_story_is_404(tmp_path, client):
    make_article(topics=["AI"], published=False)
    topic_file(tmp_path, "a", _id="artificial", name="AI")
    take(tmp_path)
    assert client.get("/topics/ai/").status_code == client.get("/topics/artificial/").status_code == 404


def test_a_slug_that_a_topic_had_is_given_to_no_other_by_an_import(tmp_path):
    make_article(topics=["AI"])
    topic_file(tmp_path, "a", _id="artificial", name="AI")
    take(tmp_path)
    make_article(topics=["A.I", "ai"])
    assert topics()["AI"] == "artificial"
    assert FormerTopicSlug.objects.get().slug == "ai"
    assert topics()["ai"].startswith("ai-")


def test_what_has_the_slug_from_its_name_gives_way_and_goes_on_under_another(tmp_path, client):
    make_article(topics=["Portals!", "Power Portals"])
    assert topics()["Portals!"] == "portals"
    topic_file(tmp_path, "a", _id="portals", name="Power Portals")
    said = take(tmp_path)
    slug = topics()["Portals!"]
    assert slug.startswith("portals-")
    assert (
        f'warning: {tmp_path}/a.yaml:1:1: _id: The topic "Portals!" had the address "portals"; it has "{slug}"' in said
    )
    assert topics()["Power Portals"] == "portals"
    assert client.get(f"/topics/{slug}/").status_code == client.get("/topics/portals/").status_code == 200
    assert client.get("/topics/power-portals/")["Location"] == "/topics/portals/"
    before = every_row()
    assert "1 unchanged" in take(tmp_path)
    assert every_row() == before


def test_two_topics_change_places(tmp_path):
    topic_file(tmp_path, "a", _id="one", name="A")
    topic_file(tmp_path, "b", _id="two", name="B")
    take(tmp_path)
    topic_file(tmp_path, "a", _id="two", name="A")
    topic_file(tmp_path, "b", _id="one", name="B")
    take(tmp_path)
    assert topics() == {"A": "two", "B": "one"}
    assert not FormerTopicSlug.objects.exists()


def test_parents_are_topics_whichever_file_comes_first(tmp_path):
    topic_file(tmp_path, "a", _id="child", name="Child", parent="Parent")
    topic_file(tmp_path, "b", _id="mother", name="Parent", parent="Nobody's file")
    take(tmp_path)
    child = Topic.objects.get(slug="child")
    assert (child.parent.slug, child.parent.parent.name) == ("mother", "Nobody's file")
    topic_file(tmp_path, "a", _id="child", name="Child")
    take(tmp_path)
    assert Topic.objects.get(slug="child").parent is None


def test_the_taxonomys_names_and_logos_win_over_those_of_seed_files(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    seed = {"domain": "outlet.example", "name": "Seed's", "images": [{"url": "/seed.png"}]}
    import_seed(tmp_path / "seeds", "a", provider=seed)
    take(organization(folder, text="name: Outlet of Record\nimages:\n  - url: /assets/o.png\n    width: 50\n"))
    import_seed(tmp_path / "seeds", "a", provider=seed, heat=9)
    import_seed(tmp_path / "seeds", "b", provider=seed | {"name": "Other"})
    provider = Provider.objects.get()
    assert provider.name == "Outlet of Record"
    assert [(image.url, image.width) for image in provider.images.all()] == [("/assets/o.png", 50)]
    take(organization(folder))
    assert [image.url for image in provider.images.all()] == ["/assets/o.png"], "without images it says nothing of them"


def test_a_bad_file_is_rejected_whole_with_every_problem_and_others_are_taken(tmp_path):
    topic_file(tmp_path, "bad", _id="[a]", parent="{b: c}", keywords="no list")
    topic_file(tmp_path, "good", _id="good", name="Good")
    organization(tmp_path, "x.example", "images:\n  - url: ftp://x.example/logo.png\n    width: wide\n")
    said = take(tmp_path, code=1)
    assert f"{tmp_path}/bad.yaml:2:1: _id: _id must be a single value, not a list." in said
    assert f"{tmp_path}/bad.yaml:3:1: parent: parent must be a single value, not a mapping." in said
    assert f"{tmp_path}/bad.yaml:4:1: keywords: keywords must be a list, not a single value." in said
    assert "name is required" in said
    assert f"{tmp_path}/x.example.md:6:5: images[0].url: images[0].url must be" in said
    assert f"{tmp_path}/x.example.md:7:5: images[0].width: images[0].width must be" in said
    assert "3 files: 1 created, 0 updated, 0 unchanged, 2 rejected" in said
    assert topics() == {"Good": "good"}
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("_id: a\nname: &x A\n", "2:7: name", "anchor"),
        ("_id: a\nname: A\nname: B\n", "3:1: name", "duplicate"),
        ("_id: !!str a\nname: A\n", "1:6: _id", "tag"),
        ("_id: a\nname: A\n<<: {b: c}\n", "3:1:", "Merge"),
        ("- a\n", "1:1:", "must be a mapping"),
        ("_id: a\nname: 'A\n", "", "quote"),
        ("_id: page\nname: Page\n", "1:1: _id", "page"),
        ("_id: Not A Slug\nname: A\n", "1:1: _id", "lower-case"),
        ("_id: a\nname: A\nparent: A\n", "1:1: parent", "itself"),
        ("_id: a\nname: A\x07\n", "2:8: name", "control character"),
        ("", "1:1: _id", "required"),
    ],
)
def test_what_is_refused_in_seed_files_is_refused_here(tmp_path, text, place, sentence):
    (tmp_path / "a.yaml").write_text(text)
    said = take(tmp_path, code=1)
    assert f"{tmp_path}/a.yaml:{place}" in said
    assert sentence in said
    assert not Topic.objects.exists()


def test_of_two_files_for_the_same_the_first_by_path_is_taken(tmp_path):
    topic_file(tmp_path, "a", _id="a", name="A")
    topic_file(tmp_path, "b", _id="a", name="B")
    topic_file(tmp_path, "c", _id="c", name="A")
    said = take(tmp_path, code=1)
    assert f'{tmp_path}/b.yaml:1:1: _id: _id "a" is that of {tmp_path}/a.yaml already' in said
    assert f'{tmp_path}/c.yaml:1:1: name: name "A" is that of {tmp_path}/a.yaml already' in said
    assert topics() == {"A": "a"}


def test_no_topic_is_its_own_ancestor(tmp_path):
    for name, parent in (("A", "B"), ("B", "C"), ("C", "A")):
        topic_file(tmp_path, name, _id=name.lower(), name=name, parent=parent)
    assert "C.yaml:1:1: parent: parent must not lead back" in take(tmp_path, code=1)
    assert dict(Topic.objects.values_list("name", "parent__name")) == {"A": "B", "B": "C", "C": None}


def test_what_is_no_taxonomy_ends_with_2(tmp_path):
    (tmp_path / "readme.md").write_text("no front matter")
    (tmp_path / "notes.txt").write_text("---\na: b\n---\n")
    for path, sentence in ((tmp_path, "No file of a taxonomy"), (tmp_path / "gone", "There is no file or folder")):
        with pytest.raises(CommandError, match=sentence) as error:
            call_command("import_taxonomy", str(path))
        assert error.value.returncode == 2
    assert "no front matter" in take(tmp_path / "readme.md", code=1)
    assert "Expected an organization" in take(tmp_path / "notes.txt", code=1)
