"""How long a whole ``aecodec decompress`` process takes, beside Python importing NumPy and Pillow.

    python benchmarks/startup.py [-o benchmarks/results/startup.json]

Runs both in turn, so that a machine that slows down slows both, and reports medians and their ratio.
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
        packed, back = f"{folder}/d.aec", f"{folder}/d.png"
        aecodec = [sys.executable, "-m", "aecodec"]
        seconds([*aecodec, "compress", str(ROOT / "examples" / "digit.png"), "-o", packed])
        ours, floor = [], []
        for _ in range(RUNS):
            ours.append(seconds([*aecodec, "decompress", packed, "-o", back, "-f"]))
            floor.append(seconds([sys.executable, "-c", "import numpy, PIL.Image"]))
    found = {
        "runs": RUNS,
        "decompress_seconds": round(statistics.median(ours), 4),
        "import_seconds": round(statistics.median(floor), 4),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, floor, strict=True)), 2),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if output:
        output.write_text(text + "\n")


if __name__ == "__main__":
    main()
