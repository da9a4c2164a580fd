"""Write the README's figures from ``benchmarks/results``; with ``--check``, only compare.

python benchmarks/update_readme.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
ORDER = ("lossy", "lossless, baseline", "lossless", "lossless, progressive")
BEGIN, END = "<!-- figures: python benchmarks/update_readme.py -->\n", "<!-- end of figures -->"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one results file, smallest latent_dim first, lossless last."""
    found: list[dict[str, Any]] = json.loads((HERE / "results" / name).read_text())["rows"]
    return sorted(
        found,
        key=lambda row: (ORDER.index(row["name"]), row["latent_dim"] or 0, -(row["quality"] or 0)),
    )


def label(row: dict[str, Any]) -> str:
    """First column."""
    return str(row["latent_dim"]) if row["name"] == "lossy" else row["name"]


def table(head: list[str], body: list[list[str]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---:|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(line) + " |" for line in body]) + "\n"


def sizes() -> str:
    """Bytes and distortion at the efforts measured."""
    body = [
        [
            label(row),
            "–" if "baseline" in row["name"] else str(row["effort"]),
            f"{row['container_bytes']:.2f}",
            f"{row['payload_bytes']:.2f}",
            f"{row['single_file_bytes']:.1f}",
            f"{row['bpp']:.3f}",
            f"{row['mse']:.6f}",
            "exact" if row["psnr"] is None else f"{row['psnr']:.2f}",
            f"{row['ratio']:.1f}",
        ]
        for row in rows("mnist.json")
    ]
    head = ["latent_dim", "effort", "bytes a picture", "payload", "single file", "bpp", "MSE", "PSNR, dB"]
    return table([*head, "784 ÷ bytes"], body)


def speeds() -> str:
    """Pictures a second at effort 0."""
    body = [
        [
            label(row),
            f"{row['container_bytes']:.2f}",
            f"{row['mse']:.6f}",
            f"{row['compress_speed']:,.0f}",
            f"{row['decompress_speed']:,.0f}",
        ]
        for row in rows("mnist-effort0.json")
    ]
    return table(["latent_dim", "bytes a picture", "MSE", "compressed a second", "decompressed a second"], body)


def efforts() -> str:
    """What the search buys."""
    body = [
        [
            str(row["effort"]),
            f"{row['container_bytes']:.2f}",
            f"{row['mse']:.6f}",
            f"{row['compress_speed']:,.0f}",
        ]
        for row in sorted(rows("mnist-efforts.json"), key=lambda row: row["effort"])
    ]
    return table(["effort", "bytes a picture", "MSE", "compressed a second"], body)


def lossless_efforts() -> str:
    """What the search for origins, and ink by network, buy."""
    body = [
        [
            str(row["effort"]),
            f"{row['container_bytes']:.2f}",
            f"{row['bpp']:.3f}",
            f"{row['compress_speed']:,.0f}",
            f"{row['decompress_speed']:,.0f}",
        ]
        for row in sorted(rows("mnist-lossless-efforts.json"), key=lambda row: row["effort"])
    ]
    return table(["effort", "bytes a picture", "bpp", "compressed a second", "decompressed a second"], body)


def qualities() -> str:
    """One line a model: bytes and distortion along its qualities."""
    found = rows("mnist-qualities.json")
    shown = sorted({row["quality"] for row in found}, reverse=True)[::2]
    body = []
    for dim in sorted({row["latent_dim"] for row in found}):
        line = {row["quality"]: row for row in found if row["latent_dim"] == dim}
        cells = [f"{line[each]['container_bytes']:.1f} / {line[each]['mse']:.4f}" for each in shown]
        factor = line[shown[0]]["container_bytes"] / line[shown[-1]]["container_bytes"]
        body.append([str(dim), *cells, f"{factor:.1f}"])
    return table(["latent_dim", *(f"quality {each}" for each in shown), "factor in bytes"], body)


def figures() -> str:
    """The whole block between the markers."""
    startup = json.loads((HERE / "results" / "startup.json").read_text())
    pictures = {row["pictures"] for row in rows("mnist.json")}
    along = rows("mnist-qualities.json")[0]
    exact = rows("mnist-lossless-efforts.json")[0]
    some, singles = rows("mnist-efforts.json")[0], rows("mnist.json")[0]["singles"]
    lines = [
        f"MNIST, the {max(pictures):,} test pictures in one container a model, written, read back, decoded",
        f"and compared ([protocol](benchmarks/protocol.md)); *single file* is the mean of {singles} files.",
        "",
        sizes(),
        "At effort 0 (no search for symbols, the narrowest for origins), on two cores:",
        "",
        speeds(),
        f"What the search buys, latent_dim {some['latent_dim']}, the first {some['pictures']:,} test pictures:",
        "",
        efforts(),
        f"Lossless at rising effort, the first {exact['pictures']:,} test pictures (of more at a time, more a second):",
        "",
        lossless_efforts(),
        f"One model, many qualities: bytes a picture / MSE, effort {along['effort']},",
        f"the first {along['pictures']} test pictures",
        "(a container of so few has 0.1 bytes a picture around its payload):",
        "",
        qualities(),
        "![Bytes and MSE of every model along its qualities, and their hull](benchmarks/figures/qualities.svg)",
        "",
        f"One digit as a whole process, lossless: {startup['compress_lossless_seconds']:.2f} s to compress,",
        f"{startup['decompress_lossless_seconds']:.2f} s to decompress; lossy, {startup['compress_seconds']:.2f} s and",
        f"{startup['decompress_seconds']:.2f} s.",
        f"A whole `aecodec decompress` process takes {startup['ratio']} times as long as",
        f'`python -c "import numpy, PIL.Image"` (medians of {startup["runs"]} runs:',
        f"{startup['decompress_seconds']:.2f} s and {startup['import_seconds']:.2f} s; `benchmarks/startup.py`).",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Rewrite the block, or exit with 1 where it differs."""
    text = README.read_text()
    before, rest = text.split(BEGIN)
    new = before + BEGIN + figures() + END + rest.split(END, 1)[1]
    if "--check" in sys.argv[1:]:
        sys.exit(new != text and "README.md: the figures are not those of benchmarks/results; run update_readme.py")
    README.write_text(new)


if __name__ == "__main__":
    main()
