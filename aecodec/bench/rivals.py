"""Which peers to measure, and what they may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aecodec.bench.peers import find_peers
from aecodec.bench.session import Rival
from aecodec.bench.way import Pictures
from aecodec.data import NAMED, load
from aecodec.errors import UsageError

REFERENCE = "png"  # whatever is asked for, since ratios are against it


def rivals(names: Sequence[str], dataset: str, data_dir: Path) -> list[Rival]:
    """The peers of these ``names``, among which ``all`` and ``none``; raises UsageError for one that is not known.

    Dictionaries are trained on the training split of ``dataset``, where it has one.
    """
    wanted = "all" if "all" in names else [REFERENCE, *(name for name in names if name not in ("none", REFERENCE))]
    return [Rival(peer) for peer in find_peers(wanted, _training(dataset, data_dir))]


def _training(dataset: str, data_dir: Path) -> Pictures | None:
    if dataset not in NAMED:
        return None
    try:
        return load(dataset, data_dir, split="train").pictures
    except UsageError:
        return None
