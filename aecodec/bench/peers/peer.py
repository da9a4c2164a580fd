"""One codec at one setting."""

from __future__ import annotations

from dataclasses import dataclass

from aecodec.bench.way import Way


@dataclass(frozen=True)
class Peer:
    """``setting`` tells a codec's peers apart; ``missing`` says why it cannot be measured here."""

    codec: str
    setting: str
    lossless: bool
    single: Way
    bulk: Way
    quality: float | None = None
    missing: str | None = None
