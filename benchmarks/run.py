"""Measure everything the README shows, into ``benchmarks/results``.

    python benchmarks/run.py --data-dir data                  # all of it, an hour on two cores
    python benchmarks/run.py --data-dir data sizes --latent-dims 8,16   # a part; rows are replaced one by one
    python benchmarks/run.py merge A.json B.json              # rows that `aecodec benchmark -o` wrote elsewhere

Parts: ``sizes`` (effort 3, the whole test split), ``speeds`` (effort 0), ``efforts`` (latent_dim
64, 100 pictures), ``lossless-efforts`` (2,000 pictures), ``qualities`` (every model, 200 pictures), ``startup``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
LATENT_DIMS = "8,16,32,64,128,256,784"
QUALITIES = "100,85,70,55,40,25,10"
BENCHMARK = [sys.executable, "-m", "aecodec", "benchmark", "--dataset", "mnist"]


def merge(name: str, found: dict[str, Any]) -> None:
    """Put the rows of ``found`` into a results file, each in the place of its like."""
    target = RESULTS / name
    known = json.loads(target.read_text())["rows"] if target.exists() else []
    rows = {(row["name"], row["latent_dim"], row["effort"], row["quality"]): row for row in [*known, *found["rows"]]}
    order = sorted(rows, key=lambda key: (key[0] != "lossy", key[1] or 0, key[2], -(key[3] or 0)))
    ordered = [rows[key] for key in order]
    target.write_text(json.dumps({"about": found["about"], "rows": ordered}, indent=1) + "\n")


def benchmark(name: str, *options: str) -> None:
    """Run `aecodec benchmark` and merge what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "rows.json"
        subprocess.run([*BENCHMARK, *options, "-o", str(output)], check=True)
        merge(name, json.loads(output.read_text()))


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ["all", "sizes", "speeds", "efforts", "lossless-efforts", "qualities", "startup", "merge"]
    parser.add_argument("part", nargs="?", choices=parts, default="all")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--latent-dims", default=LATENT_DIMS)
    chosen = parser.parse_args()
    data = ["--data-dir", chosen.data_dir]
    RESULTS.mkdir(exist_ok=True)
    if chosen.part == "merge":
        for file in chosen.files:
            merge("mnist.json", json.loads(file.read_text()))
    if chosen.part in ("all", "sizes"):
        for latent_dim in chosen.latent_dims.split(","):
            benchmark("mnist.json", *data, "--latent-dims", latent_dim, "--effort", "3", "--no-lossless")
        if chosen.latent_dims == LATENT_DIMS:
            benchmark("mnist.json", *data, "--latent-dims", "", "--lossless", "--effort", "3")
    if chosen.part in ("all", "speeds"):
        benchmark("mnist-effort0.json", *data, "--latent-dims", chosen.latent_dims, "--singles", "0")
    if chosen.part in ("all", "efforts"):
        for effort in range(10):
            options = ["--latent-dims", "64", "--effort", str(effort), "--limit", "100", "--singles", "0"]
            benchmark("mnist-efforts.json", *data, *options, "--no-lossless")
    if chosen.part in ("all", "lossless-efforts"):
        for effort in range(6):
            options = ["--latent-dims", "", "--effort", str(effort), "--limit", "2000", "--singles", "0"]
            benchmark("mnist-lossless-efforts.json", *data, *options, "--no-baseline", "--no-progressive")
    if chosen.part in ("all", "qualities"):
        for latent_dim in chosen.latent_dims.split(","):
            options = ["--latent-dims", latent_dim, "--qualities", QUALITIES, "--effort", "2", "--limit", "200"]
            benchmark("mnist-qualities.json", *data, *options, "--singles", "0", "--no-lossless")
    if chosen.part in ("all", "startup"):
        subprocess.run([sys.executable, str(HERE / "startup.py"), "-o", str(RESULTS / "startup.json")], check=True)


if __name__ == "__main__":
    main()
