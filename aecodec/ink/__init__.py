"""Bilevel scans in a stream: their sizes, then their ink under a table or a small network, or given lossy pictures."""

from aecodec.ink.coder import InkCoder
from aecodec.ink.condition import Condition
from aecodec.ink.conditional import ConditionalCoder

__all__ = ["Condition", "ConditionalCoder", "InkCoder"]
