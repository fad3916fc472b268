"""What upstream says: find seed files, and read them as stories. No Django here, and no database."""

from .files import (
    SEED_EXTENSIONS,
    SIZE_LIMIT,
    Findings,
    FoundFile,
    FoundFiles,
    MissingPath,
    NotASeed,
    SeedFile,
    Unreadable,
    find_seeds,
    read_seed,
)
from .players import Player, read_player
from .problems import Problem
from .reading import Reading, read_story
from .story import Image, Provider, Related, Story

__all__ = [
    "SEED_EXTENSIONS",
    "SIZE_LIMIT",
    "Findings",
    "FoundFile",
    "FoundFiles",
    "Image",
    "MissingPath",
    "NotASeed",
    "Player",
    "Problem",
    "Provider",
    "Reading",
    "Related",
    "SeedFile",
    "Story",
    "Unreadable",
    "find_seeds",
    "read_player",
    "read_seed",
    "read_story",
]
