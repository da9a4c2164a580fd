"""Measure how long whole processes for one digit take, beside Python importing NumPy and Pillow.

    python benchmarks/startup.py [-o benchmarks/results/startup.json]

Runs all in turn, so that a machine that slows down slows all, and reports medians and, for a lossy file, the ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from aecodec.scans import draw

RUNS = 15


def draw_digit(path: Path) -> None:
    """Draw a nought of 28 x 28, made as MNIST's digits are: a scan, 45 pixels a side, that was reduced."""
    at = (np.arange(45) - 22) / 22.5
    radius = np.hypot(at[:, None], at * 1.3)
    Image.fromarray(draw(((radius > 0.68) & (radius < 1)).astype(np.uint8), (28, 28))).save(path)


def seconds(command: list[str]) -> float:
    """Return the wall time of one process; raises CalledProcessError where it fails."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        lossy, exact, back, digit = (f"{folder}/{name}" for name in ("d.aec", "e.aec", "b.png", "d.png"))
        draw_digit(Path(digit))
        aecodec = [sys.executable, "-m", "aecodec"]
        commands = {
            "import": [sys.executable, "-c", "import numpy, PIL.Image"],
            "compress": [*aecodec, "compress", digit, "-o", lossy, "-f"],
            "decompress": [*aecodec, "decompress", lossy, "-o", back, "-f"],
            "compress_lossless": [*aecodec, "compress", digit, "-o", exact, "-f", "--lossless"],
            "decompress_lossless": [*aecodec, "decompress", exact, "-o", back, "-f"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                taken[name].append(seconds(command))
    ratios = [ours / floor for ours, floor in zip(taken["decompress"], taken["import"], strict=True)]
    found = {
        "runs": RUNS,
        **{f"{name}_seconds": round(statistics.median(each), 4) for name, each in taken.items()},
        "ratio": round(statistics.median(ratios), 2),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if output:
        output.write_text(text + "\n")


if __name__ == "__main__":
    main()
