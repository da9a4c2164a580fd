"""Draw ``figures/qualities.svg`` from ``results/mnist-qualities.json``: each model's curve, and their hull.

python benchmarks/draw_qualities.py
"""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.spatial import ConvexHull

HERE = Path(__file__).resolve().parent
MARKERS = "osD^vP*"


def lower_hull(points: np.ndarray) -> np.ndarray:
    """The part of the convex hull of ``[n, 2]`` (bytes, MSE) on which no point is better in both."""
    corners = points[ConvexHull(points).vertices]
    corners = corners[corners[:, 0].argsort()]
    kept = [corners[0]]
    for corner in corners[1:]:
        if corner[1] < kept[-1][1]:
            kept.append(corner)
    hull = np.array(kept)
    slopes = np.diff(hull[:, 1]) / np.diff(hull[:, 0])
    while np.any(np.diff(slopes) < 0):  # corners of the upper side
        hull = np.delete(hull, 1 + int(np.flatnonzero(np.diff(slopes) < 0)[0]), axis=0)
        slopes = np.diff(hull[:, 1]) / np.diff(hull[:, 0])
    return hull


def main() -> None:
    """Draw and save."""
    found = json.loads((HERE / "results" / "mnist-qualities.json").read_text())["rows"]
    plt.rcParams.update({"svg.hashsalt": "aecodec", "font.size": 9, "svg.fonttype": "none"})
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    dims = sorted({row["latent_dim"] for row in found})
    colours = plt.get_cmap("viridis")(np.linspace(0, 0.92, len(dims)))
    for dim, colour, marker in zip(dims, colours, MARKERS, strict=False):
        rows = sorted((row for row in found if row["latent_dim"] == dim), key=lambda row: row["container_bytes"])
        sizes, measured = [row["container_bytes"] for row in rows], [row["mse"] for row in rows]
        axes.plot(sizes, measured, color=colour, marker=marker, markersize=4, linewidth=1.2, label=str(dim))
    hull = lower_hull(np.array([[row["container_bytes"], row["mse"]] for row in found]))
    along = np.geomspace(hull[0, 0], hull[-1, 0], 400)  # its edges are straight on linear axes
    errors = np.interp(along, hull[:, 0], hull[:, 1])
    axes.plot(along, errors, color="black", linestyle=":", linewidth=1.5, label="hull")
    axes.set(xscale="log", yscale="log", xlabel="bytes a picture, whole container", ylabel="MSE, samples in 0..1")
    axes.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    axes.grid(which="both", linewidth=0.3)
    axes.legend(title="latent_dim", ncols=2)
    axes.set_title(f"MNIST, {found[0]['pictures']} test pictures: one model, many qualities")
    target = HERE / "figures"
    target.mkdir(exist_ok=True)
    figure.savefig(target / "qualities.svg", metadata={"Date": None})
    figure.savefig(target / "qualities.png", dpi=160, metadata={"Software": None})


if __name__ == "__main__":
    main()
