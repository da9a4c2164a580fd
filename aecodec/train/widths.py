"""How wide the networks of a transform are."""

from __future__ import annotations

from typing import NamedTuple


class Widths(NamedTuple):
    """The channels of a transform's convolutions, and the width of its dense layer beside them, 0 for none."""

    channels: tuple[int, ...]
    hidden: int
