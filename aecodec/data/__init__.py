"""Pictures to train and to measure on: named data sets, and folders."""

from aecodec.data.collection import Collection
from aecodec.data.find import load
from aecodec.data.folder import load_folder
from aecodec.data.named import NAMED

__all__ = ["Collection", "NAMED", "load", "load_folder"]
