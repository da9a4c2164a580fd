"""Draw the README's picture of results, ``figures/results.svg`` and ``.png``, from ``results``.

python benchmarks/draw_results.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from headlines import AVIF, JPEG_XL, PEERS, PNG, WEBP, picture_end, shown, span
from matplotlib.figure import Figure

from aecodec.bench.figures import style
from aecodec.bench.figures.saving import save

FIGURES = Path(__file__).resolve().parent / "figures"
NAME = "results"
LOOKS = {AVIF: (style.BLUE, "o"), JPEG_XL: (style.PURPLE, "D"), WEBP: (style.GREEN, "s"), PNG: ("#666666", "^")}
_TICKS = (1, 1.5, 2, 3, 4, 6, 8)


@style.styled
def draw() -> Figure:
    """Draw a row for each sort of pictures: how many times the bytes of aecodec every other codec takes."""
    rows = shown()
    figure = style.new_figure(NAME, 7.2, 0.9 + 0.36 * len(rows), "Size of the same pictures, aecodec = 1")
    axes = figure.subplots()
    for number, row in enumerate(rows.values()):
        axes.plot([min(1, *row.values()), max(row.values())], [number] * 2, color="#cccccc", linewidth=1, zorder=1)
        for peer, size in row.items():
            colour, marker = LOOKS[peer]
            axes.plot(size, number, marker, color=colour, markersize=6, zorder=3)
    axes.axvline(1, color=style.OURS, linewidth=2, zorder=2, label="aecodec")
    for peer in PEERS:
        colour, marker = LOOKS[peer]
        axes.plot([], [], marker, color=colour, markersize=6, label=peer)
    least, most = span()
    axes.set_xscale("log")
    axes.set_xlim(min(0.8, 0.93 * least), 1.1 * most)
    ticks = [tick for tick in _TICKS if tick <= 1.1 * most]
    axes.set_xticks(ticks, [f"{tick:g} ×" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel("left of the line: smaller than aecodec; right of it: larger")
    figure.legend(loc="outside lower center", ncols=len(PEERS) + 1)
    return figure


def main() -> None:
    """Write both files; the SVG names what it shows, which ``update_tables.py --check`` compares."""
    if sys.argv[1:]:
        print(__doc__)
        return
    save(draw(), FIGURES, NAME, force=True)
    with (FIGURES / f"{NAME}.svg").open("a", encoding="utf-8") as file:
        file.write(picture_end())


if __name__ == "__main__":
    main()
