from .article import Article, ArticleTopic, FormerSlug
from .correction import Correction
from .decision import Decision, StandingDecision
from .desk import OpenPage, Upload, UserSession
from .edition import Edition
from .image import Image
from .provider import Provider
from .related import RelatedLink
from .topic import FormerTopicSlug, Topic
from .upstream import ImportRun, Version

__all__ = [
    "Article",
    "ArticleTopic",
    "Correction",
    "Decision",
    "Edition",
    "FormerSlug",
    "FormerTopicSlug",
    "Image",
    "ImportRun",
    "OpenPage",
    "Provider",
    "RelatedLink",
    "StandingDecision",
    "Topic",
    "Upload",
    "UserSession",
    "Version",
]
