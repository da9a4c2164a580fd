"""The module tells which peers to measure, and what they may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aecodec.arrays import Pictures
from aecodec.bench.peers import Peer, find_peers
from aecodec.data import NAMED, load
from aecodec.errors import UsageError

NONE = "none"
REFERENCE = "png"  # whatever is asked for, since ratios are against it
_MOST = 20_000  # pictures that a dictionary is trained on


def rivals(names: Sequence[str], dataset: str, data_dir: Path) -> list[Peer]:
    """Return the peers of these ``names``, among which ``all`` and ``none``; raises UsageError for an unknown one.

    Dictionaries are trained on the training split of ``dataset``, where it has one.
    """

    def training() -> Pictures | None:
        if dataset not in NAMED:
            return None
        try:
            return load(dataset, data_dir, split="train").pictures[:_MOST]
        except UsageError:
            return None

    wanted = [REFERENCE, *(name for name in names if name != NONE)]
    return find_peers(wanted, training)
