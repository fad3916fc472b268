"""The desk: Django's own admin, widened. Admin classes are shells; what they do is said in `articles.curation`."""

from . import articles, catalogue, decisions, images, people, runs

__all__ = ["articles", "catalogue", "decisions", "images", "people", "runs"]
