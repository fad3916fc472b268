"""What stands in the database, to compare it before and after."""

from django.apps import apps


def every_row(*left_out: str) -> dict[str, list[tuple]]:
    """All rows of all tables of articles, but for the models named; each row whole. The edition's number is no content:
    it says that somebody had the turn to write."""
    left_out += ("Edition",)
    models = [model for model in apps.get_app_config("articles").get_models() if model.__name__ not in left_out]
    return {model.__name__: rows_of(model) for model in models}


def rows_of(model) -> list[tuple]:
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in model.objects.order_by("pk").values_list()
    ]
