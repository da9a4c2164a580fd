"""Bilevel scans in a stream: their sizes, then their ink under a table or a small network, or given lossy pictures."""

from aecodec.ink.coder import InkCoder
from aecodec.ink.conditional import BasedCoder
from aecodec.ink.shown import Base

__all__ = ["Base", "BasedCoder", "InkCoder"]
