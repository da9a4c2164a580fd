"""A peer is one codec at one setting."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aecodec.arrays import Pictures
from aecodec.bench.measure.trial import Terms, run_trial
from aecodec.bench.measure.way import Way
from aecodec.bench.records.rows import Row


@dataclass(frozen=True)
class Peer:
    """A peer is measured by its ways. ``setting`` tells a codec's peers apart; ``missing`` says why it cannot be."""

    codec: str
    setting: str
    lossless: bool
    single: Way
    bulk: Way
    quality: float | None = None
    missing: str | None = None

    @property
    def row(self) -> Row:
        """Return what is known before it is measured."""
        return Row(self.codec, self.setting, self.lossless, quality=self.quality, missing=self.missing)

    def measure(self, pictures: Pictures, terms: Terms) -> Row:
        """Measure its row; raises what the codec raises."""
        if self.missing:
            return self.row
        single, bulk = run_trial((self.single, self.bulk), pictures, terms, lossless=self.lossless).forms
        return replace(self.row, single=single, bulk=bulk)
