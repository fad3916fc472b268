"""How a QuerySet comes by the other models: these are built from it, so it cannot import them."""

from django.apps import apps


def model(name):
    return apps.get_model("articles", name)


def listed(now):
    return model("Article").objects.listed(now)
