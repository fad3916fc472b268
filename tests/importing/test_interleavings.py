"""Laws that hold whatever happens in whatever order: the columns are what the logs say, importing twice is importing
once, an editor's decision stands."""

from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from articles.curation import Change, CurationRefused, curate, fields_of, undo
from articles.importing.history import import_history
from articles.importing.undoing import undo_run
from articles.models import Article, Decision, ImportRun, StandingDecision, Version
from articles.rebuilding import differing
from tests.conftest import need
from tests.factories import assert_columns_are_what_the_logs_say, import_folder, withdraw, write_seed
from tests.importing.checkouts import Checkout

pytestmark = pytest.mark.django_db
STEMS = st.sampled_from(["2020-06-22-story"] * 3 + ["2020-06-23-story"])
RELATED = [[], [{"title": "R", "images": [{"url": "/r.png"}]}], [{"title": "R"}, {"title": "S"}]]
REWRITES = st.fixed_dictionaries(
    {
        "heat": st.sampled_from([-1, None, 0, 5, 25, 40, 60]),
        "title": st.sampled_from(["A", "B", "Ours"]),
        "webUrl": st.sampled_from([None, "https://a.example/", "https://b.example/"]),
    },
    optional={
        "quality": st.sampled_from([None, 5, 30]),
        "excerpt": st.sampled_from([None, "X", "Ours"]),
        "published": st.booleans(),
        "topics": st.sampled_from([None, ["AI"], ["AI", "C"], ["C", "C++"]]),
        "provider": st.sampled_from([None, {"domain": "a.example"}, {"domain": "a.example", "name": "A"}]),
        "secured": st.sampled_from(["x", "y"]),
        "publishedDateTime": st.sampled_from(["2020-06-22", "2999-01-01"]),
        "related": st.sampled_from(RELATED),
    },
)
CHANGES = st.one_of(
    st.builds(Change, st.just("set"), st.just("heat"), st.sampled_from([-1, 0, 40, 60, 500])),
    st.builds(Change, st.just("boost"), st.sampled_from(["heat", "quality"]), st.sampled_from([-20, 0, 20])),
    st.builds(Change, st.just("set"), st.sampled_from(["title", "excerpt"]), st.sampled_from(["A", "Ours"])),
    st.builds(Change, st.just("set"), st.just("published"), st.booleans()),
    st.builds(Change, st.just("set"), st.just("topics"), st.sampled_from([[], ["AI"], ["Ours", "AI"]])),
    st.builds(Change, st.just("set"), st.just("slug"), st.sampled_from(["story", "one", "two"])),
    st.builds(Change, st.just("set"), st.just("publish_at"), st.sampled_from(["2020-06-01", "2999-06-01"])),
    st.builds(Change, st.just("set"), st.just("pinned"), st.sampled_from(["1", "2,2999-01-01"])),
    st.builds(Change, st.sampled_from(["release", "keep"]), st.sampled_from("heat title slug topics pinned".split())),
)
EVENTS = st.one_of(
    st.tuples(st.just("file"), STEMS, REWRITES),
    st.tuples(st.just("file"), STEMS, REWRITES),
    st.tuples(st.just("editor"), STEMS, st.lists(CHANGES, min_size=1, max_size=2)),
    st.tuples(st.just("editor"), STEMS, st.lists(CHANGES, min_size=1, max_size=2)),
    st.tuples(st.just("conflicts are kept"), STEMS, st.none()),
    st.tuples(st.just("a decision is undone"), STEMS, st.integers(0, 3)),
    st.tuples(st.just("withdrawn"), STEMS, st.none()),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=5, max_size=14))
def test_any_course_of_imports_and_decisions_ends_with_columns_that_are_what_the_logs_say(editor, events):
    clear()
    with TemporaryDirectory() as folder:
        for kind, stem, details in events:
            happen(Path(folder), editor, kind, stem, details)
        assert_columns_are_what_the_logs_say()
        import_folder(Path(folder))
        again = import_folder(Path(folder)).as_counts()
        assert (again["created"], again["updated"], again["conflicts"]) == (0, 0, 0)
        assert_columns_are_what_the_logs_say()


def clear() -> None:
    """Each example begins with nothing: the test's transaction holds them all."""
    from django.apps import apps

    Version.objects.update(undone_by=None)
    ImportRun.objects.update(undoes=None, undone_by=None)
    StandingDecision.objects.all().delete()
    while Decision.objects.exists():  # an undo before what it undoes
        Decision.objects.exclude(pk__in=Decision.objects.exclude(undoes=None).values("undoes")).delete()
    for name in ("ArticleTopic Image RelatedLink FormerSlug Version Article ImportRun Provider Topic").split():
        apps.get_model("articles", name).objects.all().delete()


def happen(folder: Path, editor, kind: str, stem: str, details) -> None:
    article = Article.objects.filter(stem=stem).first()
    if kind == "file":
        write_seed(folder, stem, **details)
        import_folder(folder)
    elif kind == "withdrawn" and article and not article.withdrawn:
        withdraw(article)
        (folder / f"{stem}.md").unlink()
    elif kind == "conflicts are kept" and article:
        conflicts = [name for name, field in fields_of(article).items() if field["conflict"]]
        curate(article, [Change("keep", name) for name in conflicts], by=editor)
        assert not any(field["conflict"] for field in fields_of(Article.objects.get(pk=article.pk)).values())
    elif kind == "a decision is undone" and article:
        undo_any(article, details, editor)
    elif kind == "editor" and article:
        before = fields_of(article), article.decisions.count()
        try:
            curate(article, details, by=editor)
        except CurationRefused:
            assert (fields_of(Article.objects.get(pk=article.pk)), article.decisions.count()) == before


def undo_any(article: Article, number: int, editor) -> None:
    """Where it can be undone at all: then undoing that leaves all as it was."""
    decisions = list(article.decisions.all())[number : number + 1]
    for decision in decisions:
        before = fields_of(article), article.slug, article.publish_at, article.pinned_place
        try:
            undo(decision, by=editor)
        except CurationRefused:
            continue
        undo(undo(article.decisions.first(), by=editor), by=editor)
        undo(article.decisions.first(), by=editor)
        article.refresh_from_db()
        assert (fields_of(article), article.slug, article.publish_at, article.pinned_place) == before


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REWRITES, min_size=1, max_size=6), st.sampled_from([-1, 7, 500]))
def test_what_an_editor_set_stands_however_often_the_file_is_rewritten(editor, rewrites, heat):
    clear()
    with TemporaryDirectory() as folder:
        import_folder(write_seed(Path(folder)).parent)
        curate(Article.objects.get(), [Change("set", "heat", heat)], by=editor)
        for rewrite in rewrites:
            import_folder(write_seed(Path(folder), **rewrite).parent)
            assert Article.objects.get().heat == heat


# -- prunes, undos and undos of undos, beside a model that is small enough to be believed


@dataclass
class Model:
    """What the folder holds, what each run said of each stem, which runs are taken back, and what editors decided; and
    a repository, all of whose commits are older than any import."""

    files: dict[str, int] = field(default_factory=dict)  # stem → heat
    said: list[tuple[int, str, int | None]] = field(default_factory=list)  # run, stem, heat; None for gone
    committed: dict[str, int] = field(default_factory=dict)  # stem → heat
    commits: list[tuple[str, str, int | None]] = field(default_factory=list)  # name, stem, heat; None for gone
    history: list[tuple[int, str, int | None]] = field(default_factory=list)  # as `said`, and under all of that
    undoes: dict[int, int] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)  # imports that do not count
    decided: dict[str, int] = field(default_factory=dict)

    def counting(self, stem: str) -> list[int | None]:
        said = [*self.history, *self.said]
        return [heat for run, name, heat in said if name == stem and run not in self.undone]

    @property
    def stems(self) -> set[str]:
        return {stem for _, stem, _ in (*self.history, *self.said)}

    def shown(self, stem: str) -> tuple[str, int | None]:
        """Present, withdrawn or undone, and the heat on the page."""
        counting = self.counting(stem)
        heats = [heat for heat in counting if heat is not None]
        state = "undone" if not heats else "withdrawn" if counting[-1] is None else "present"
        return state, self.decided.get(stem, heats[-1]) if heats else None

    def imports(self, run: int, prune: bool) -> None:
        for stem, heat in self.files.items():
            if not self.counting(stem) or self.counting(stem)[-1] != heat:
                self.said.append((run, stem, heat))
        for stem in self.stems - self.files.keys() if prune else ():
            if self.shown(stem)[0] == "present":
                self.said.append((run, stem, None))

    def undo(self, run: int, undo: int) -> None:
        self.undoes[undo] = run
        target, stops = run, True
        while target in self.undoes:
            target, stops = self.undoes[target], not stops
        (self.undone.add if stops else self.undone.discard)(target)


NAMES = st.sampled_from([f"2020-06-22-{name}" for name in "abc"])
HEATS = st.sampled_from([-1, 0, 10, 40, 100])
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, HEATS),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("import"), st.none(), st.booleans()),
    st.tuples(st.just("import"), st.none(), st.just(True)),
    st.tuples(st.just("set"), NAMES, HEATS),
    st.tuples(st.just("release"), NAMES, st.none()),
    st.tuples(st.just("undo"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("undo"), st.none(), st.just(0)),
    st.tuples(st.just("rebuild"), NAMES, st.none()),
    st.tuples(st.just("commit"), NAMES, HEATS | st.none()),
    st.tuples(st.just("commit"), NAMES, HEATS),
    st.tuples(st.just("history"), st.none(), st.none()),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=6, max_size=16))
def test_any_course_of_imports_prunes_undos_histories_and_rebuilds_ends_as_a_small_model_says(editor, steps):
    need(which("git") is not None, "git")
    clear()
    model = Model()
    with TemporaryDirectory() as name:
        folder, checkout = Path(name) / "seeds", Checkout(Path(name) / "upstream")
        for stem in ("2020-06-22-a", "2020-06-22-b"):
            step(folder, editor, model, "write", stem, 40)
        for kind, stem, details in [("import", None, False), *steps]:
            if kind in ("commit", "history"):
                step_of_history(checkout, model, kind, stem, details)
            else:
                step(folder, editor, model, kind, stem, details)
            shown = {
                article.stem: (
                    "undone" if article.undone else "withdrawn" if article.withdrawn else "present",
                    None if article.undone else article.heat,
                )
                for article in Article.objects.all()
            }
            assert shown == {stem: model.shown(stem) for stem in model.stems}
            assert_columns_are_what_the_logs_say()


def step(folder: Path, editor, model: Model, kind: str, stem: str | None, details) -> None:
    article = Article.objects.filter(stem=stem, undone=False).first()
    if kind == "write":
        write_seed(folder, stem, heat=details)
        model.files[stem] = details
    elif kind == "delete" and model.files.pop(stem, None) is not None:
        (folder / f"{stem}.md").unlink()
    elif kind == "import" and (run := import_folder(folder, prune=details).run):
        model.imports(run, details)
    elif kind == "set" and article:
        curate(article, [Change("set", "heat", details)], by=editor)
        model.decided[stem] = details
    elif kind == "release" and article and stem in model.decided:
        curate(article, [Change("release", "heat")], by=editor)
        del model.decided[stem]
    elif kind == "undo" and (runs := ImportRun.objects.filter(undone_by=None).order_by("-pk")[details : details + 1]):
        model.undo(runs[0].pk, undo_run(runs[0].pk).run)
    elif kind == "rebuild":
        Article.objects.filter(stem=stem).update(heat=77, path="elsewhere")
        list(differing(mend=True))


def step_of_history(checkout: Checkout, model: Model, kind: str, stem: str | None, heat: int | None) -> None:
    if kind == "commit" and model.committed.get(stem) != heat:
        path = write_seed(checkout.folder, stem, heat=heat)
        if heat is None:
            path.unlink()
            del model.committed[stem]
        else:
            model.committed[stem] = heat
        model.commits.append((checkout.commit(len(model.commits)), stem, heat))
    elif kind == "history" and model.commits:
        import_history(str(checkout.folder))
        for commit, stem, heat in model.commits[len(model.history) :]:
            model.history.append((ImportRun.objects.get(commit=commit).pk, stem, heat))


def test_a_decision_stands_after_a_thousand_rewrites(editor, tmp_path):
    import_folder(write_seed(tmp_path, heat=40).parent)
    article = Article.objects.get()
    curate(article, [Change("set", "heat", 500), Change("set", "title", "Ours")], by=editor)
    for number in range(1000):
        write_seed(tmp_path, heat=number % 90, title=f"Theirs {number}")
        import_folder(tmp_path)
    article.refresh_from_db()
    assert (article.heat, article.title, Version.objects.count()) == (500, "Ours", 1001)
    assert article.standing_decisions.get(field="title").upstream == "Theirs 999"
    assert_columns_are_what_the_logs_say()
