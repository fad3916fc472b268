"""The groups of the desk. Viewers look; Editors decide too."""

from django.db import migrations

MODELS = (
    "article articletopic decision formerslug formertopicslug image importrun provider relatedlink standingdecision topic version"
).split()
CURATE = ("decision", "curate_article", "Can decide what is published, how hot and how good it is")


def make_groups(apps, schema_editor):
    # Permissions are otherwise made after all migrations have run: too late for the groups that hold them.
    groups = apps.get_model("auth", "Group").objects
    viewing = [_permission(apps, model, f"view_{model}", f"Can view {_verbose(apps, model)}") for model in MODELS]
    groups.get_or_create(name="Viewers")[0].permissions.add(*viewing)
    groups.get_or_create(name="Editors")[0].permissions.add(*viewing, _permission(apps, *CURATE))


def _verbose(apps, model):
    return apps.get_model("articles", model)._meta.verbose_name


def _permission(apps, model, codename, name):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="articles", model=model
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=["Viewers", "Editors"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, remove_groups)]
