"""Pictures to train and to measure on: named data sets, folders, and albums of any sizes."""

from aecodec.data.album import ALBUMS, Album, load_album
from aecodec.data.collection import Collection
from aecodec.data.find import load
from aecodec.data.folder import load_folder
from aecodec.data.named import NAMED

__all__ = ["ALBUMS", "Album", "Collection", "NAMED", "load", "load_album", "load_folder"]
