"""Write the test figures into the models' cards from ``benchmarks/results``; with ``--check``, only compare.

python benchmarks/update_cards.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from table_parts import BPP, BYTES, EFFORT, MSE, Column, bulk, ours, report, single, table

from aecodec.bench.records.rows import Row

MODELS = Path(__file__).resolve().parent.parent / "models"
BEGIN = "\n## On the MNIST test split\n"
WRITTEN = "Written by `python benchmarks/update_cards.py`."
PICTURES = Column("pictures", lambda row: f"{bulk(row).pictures:,}")
QUALITY = Column("quality", lambda row: f"{row.quality:g}")
WAY = Column("way", lambda row: row.setting)
SINGLE = Column("single file", lambda row: f"{single(row).bytes:.1f}")


def section(kind: str) -> str:
    """Return what was measured of one model, by the end of its name."""
    whole = [*ours(report("mnist-effort0.json")), *ours(report("mnist.json"))]
    if kind == "exact":
        exact = [row for row in whole if row.lossless and "baseline" not in row.setting]
        return _said(table(exact, WAY, PICTURES, EFFORT, BYTES, BPP, SINGLE))
    some = sorted(ours(report("mnist-qualities.json")), key=lambda row: -(row.quality or 0))
    rows: list[Row] = [row for row in (*whole, *some) if not row.lossless and row.latent_dim == int(kind)]
    return _said(table(rows, PICTURES, EFFORT, QUALITY, BYTES, MSE))


def _said(figures: str) -> str:
    return f"{BEGIN}\n{WRITTEN}\n\n{figures}"


def main() -> None:
    """Rewrite the cards, or exit with 1 where one differs."""
    for card in sorted(MODELS.glob("mnist-*.md")):
        text = card.read_text(encoding="utf-8")
        new = text.split(BEGIN)[0] + section(card.stem.rpartition("-")[2])
        if "--check" in sys.argv[1:] and new != text:
            sys.exit(f"{card.name}: the figures are not those of benchmarks/results; run update_cards.py")
        card.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
