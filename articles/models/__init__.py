from .article import Article, ArticleTopic, FormerSlug
from .correction import Correction
from .decision import Decision, StandingDecision
from .desk import OpenPage, Upload, UserSession
from .edition import Edition
from .image import Image
from .kept import ImageFetch, KeptImage, RemovedImage
from .provider import ImagesPolicy, Provider, images_policy
from .related import RelatedLink
from .topic import FormerTopicSlug, Topic, topic_address
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
    "ImageFetch",
    "ImagesPolicy",
    "ImportRun",
    "KeptImage",
    "OpenPage",
    "Provider",
    "RelatedLink",
    "RemovedImage",
    "StandingDecision",
    "Topic",
    "Upload",
    "UserSession",
    "Version",
    "images_policy",
    "topic_address",
]
