"""Pictures to train and to measure on: named data sets, and folders."""

from aecodec.data.collection import Collection, load

__all__ = ["Collection", "load"]
