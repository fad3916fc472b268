"""The groups of the desk. Viewers look; Editors decide too; Chief editors also answer for others' decisions, for
providers and topics, for imports, and for who is an editor."""

from django.db import migrations

MODELS = (
    "article articletopic correction decision formerslug formertopicslug image imagefetch importrun keptimage provider "
    "relatedlink removedimage standingdecision topic "
    "upload version"
).split()
CURATE = ("articles", "decision", "curate_article", "Can decide what is published, how hot and how good it is")
CHIEF = [
    ("articles", "decision", "release_others_decision", "Can release and undo what others decided"),
    ("articles", "provider", "change_provider", "Can change provider"),
    ("articles", "removedimage", "remove_image", "Can take a picture down for good"),
    ("articles", "topic", "change_topic", "Can change topic"),
    ("articles", "importrun", "run_import", "Can import seed files, let a held run through and undo a run"),
    ("auth", "user", "add_user", "Can add user"),
    ("auth", "user", "change_user", "Can change user"),
    ("auth", "user", "view_user", "Can view user"),
]


def make_groups(apps, schema_editor):
    # Permissions are otherwise made after all migrations have run: too late for the groups that hold them.
    groups = apps.get_model("auth", "Group").objects
    viewing = [
        _permission(apps, "articles", model, f"view_{model}", f"Can view {_verbose(apps, model)}") for model in MODELS
    ]
    curating = [*viewing, _permission(apps, *CURATE)]
    groups.get_or_create(name="Viewers")[0].permissions.add(*viewing)
    groups.get_or_create(name="Editors")[0].permissions.add(*curating)
    groups.get_or_create(name="Chief editors")[0].permissions.add(*curating, *(_permission(apps, *each) for each in CHIEF))


def _verbose(apps, model):
    return apps.get_model("articles", model)._meta.verbose_name


def _permission(apps, app, model, codename, name):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=model
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=["Viewers", "Editors", "Chief editors"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, remove_groups)]
