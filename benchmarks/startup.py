"""How long whole processes for one digit take, beside Python importing NumPy and Pillow.

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

ROOT = Path(__file__).resolve().parents[1]
RUNS = 15


def seconds(command: list[str]) -> float:
    """Wall time of one process; raises CalledProcessError where it fails."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        lossy, exact, back, digit = f"{folder}/d.aec", f"{folder}/e.aec", f"{folder}/d.png", ROOT / "examples/digit.png"
        aecodec = [sys.executable, "-m", "aecodec"]
        commands = {
            "import": [sys.executable, "-c", "import numpy, PIL.Image"],
            "compress": [*aecodec, "compress", str(digit), "-o", lossy, "-f"],
            "decompress": [*aecodec, "decompress", lossy, "-o", back, "-f"],
            "compress_lossless": [*aecodec, "compress", str(digit), "-o", exact, "-f", "--lossless"],
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
