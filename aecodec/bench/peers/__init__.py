"""The codecs that aecodec is measured against, each as single files and in its best form of one file."""

from aecodec.bench.peers.find import NAMES, find_peers
from aecodec.bench.peers.peer import Peer

__all__ = ["NAMES", "Peer", "find_peers"]
