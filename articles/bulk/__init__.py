"""What editors decide for many articles at once: planned first, then done in one transaction, and undone as easily.

The rules are those of `articles.curation`, article by article; here they cost a few statements for each few hundred.
"""

from .applying import Batch, LeftOut, apply
from .planning import MOST, MOVE, Move, Plan, Row, cleaned, plan
from .undoing import undo_batch

__all__ = ["MOST", "MOVE", "Batch", "LeftOut", "Move", "Plan", "Row", "apply", "cleaned", "plan", "undo_batch"]
