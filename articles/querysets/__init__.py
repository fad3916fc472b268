"""The words of the domain, one file for each kind of thing; what is public stands in `articles`."""

from .articles import DIGESTS, KEY_BITS, LATEST, LINK_START, RANKED, ArticleQuerySet, ordered_topics
from .decisions import CorrectionQuerySet, DecisionQuerySet, StandingDecisionQuerySet
from .editions import DUE, PASSED, EditionQuerySet
from .images import REMOVED, Chosen, ImageFetchQuerySet, ImageQuerySet, Kept, KeptImageQuerySet, url_digest
from .names import AMONG, ArticleTopicQuerySet, ProviderQuerySet, TopicQuerySet
from .runs import EXAMPLES, ImportRunQuerySet, RelatedLinkQuerySet

__all__ = [
    "AMONG",
    "DIGESTS",
    "DUE",
    "EXAMPLES",
    "KEY_BITS",
    "LATEST",
    "LINK_START",
    "PASSED",
    "RANKED",
    "REMOVED",
    "ArticleQuerySet",
    "ArticleTopicQuerySet",
    "Chosen",
    "CorrectionQuerySet",
    "DecisionQuerySet",
    "EditionQuerySet",
    "ImageFetchQuerySet",
    "ImageQuerySet",
    "ImportRunQuerySet",
    "Kept",
    "KeptImageQuerySet",
    "ProviderQuerySet",
    "RelatedLinkQuerySet",
    "StandingDecisionQuerySet",
    "TopicQuerySet",
    "ordered_topics",
    "url_digest",
]
