"""Write the test figures into the models' cards from ``benchmarks/results``; with ``--check``, only compare.

python benchmarks/update_cards.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from update_readme import rows, table

MODELS = Path(__file__).resolve().parent.parent / "models"
BEGIN = "\n## On the MNIST test split\n"


def section(kind: str) -> str:
    """What was measured of one model, by the end of its name."""
    if kind == "exact":
        return exact_section()
    latent_dim = int(kind)
    sizes = [row for row in rows("mnist.json") if row["name"] == "lossy"]
    plain = [row for row in rows("mnist-effort0.json") if row["name"] == "lossy"]
    measured = [row for row in [*plain, *sizes] if row["latent_dim"] == latent_dim]
    head = ["pictures", "effort", "quality", "bytes a picture", "MSE"]
    qualities = [row for row in rows("mnist-qualities.json") if row["latent_dim"] == latent_dim]
    body = [
        [
            f"{row['pictures']:,}",
            str(row["effort"]),
            str(row["quality"]),
            f"{row['container_bytes']:.2f}",
            f"{row['mse']:.6f}",
        ]
        for row in [*measured, *sorted(qualities, key=lambda row: -row["quality"])]
    ]
    return f"{BEGIN}\nWritten by `python benchmarks/update_cards.py`.\n\n{table(head, body)}"


def exact_section() -> str:
    """What was measured of the model for exact pixels."""
    head = ["way", "pictures", "effort", "bytes a picture", "single file", "MSE"]
    measured = [*rows("mnist-effort0.json"), *rows("mnist.json")]
    body = [
        [
            row["name"],
            f"{row['pictures']:,}",
            str(row["effort"]),
            f"{row['container_bytes']:.2f}",
            f"{row['single_file_bytes']:.1f}" if row["singles"] else "–",
            "0",
        ]
        for row in measured
        if row["name"] in ("lossless", "lossless, progressive")
    ]
    return f"{BEGIN}\nWritten by `python benchmarks/update_cards.py`.\n\n{table(head, body)}"


def main() -> None:
    """Rewrite the cards, or exit with 1 where one differs."""
    for card in sorted(MODELS.glob("mnist-*.md")):
        text = card.read_text()
        new = text.split(BEGIN)[0] + section(card.stem.rpartition("-")[2])
        if "--check" in sys.argv[1:] and new != text:
            sys.exit(f"{card.name}: the figures are not those of benchmarks/results; run update_cards.py")
        card.write_text(new)


if __name__ == "__main__":
    main()
