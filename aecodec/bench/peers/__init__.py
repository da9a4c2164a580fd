"""Aecodec is measured against these codecs, each as single files and all in one file."""

from aecodec.bench.peers.find import NAMES, find_peers
from aecodec.bench.peers.peer import Peer

__all__ = ["NAMES", "Peer", "find_peers"]
