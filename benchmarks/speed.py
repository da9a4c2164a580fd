"""Measure how quick aecodec is, in ratios where they can be had: ``benchmarks/results/speed.json`` and ``speed.md``.

    python benchmarks/speed.py --data-dir data                                # everything, half an hour
    python benchmarks/speed.py --data-dir data --parts bulk --limit 200       # a look at a part; the others stay
    python benchmarks/speed.py --data-dir data --parts photograph --tools DIR # others' programs in a folder

Parts, in the order in which they run:

    start        whole processes for one small picture, beside one that only imports NumPy and Pillow
    bulk         many small pictures in one container, beside their matrix products alone
    photograph   one of 12 megapixels, beside cwebp, cjxl, avifenc and Pillow's PNG

Others' programs are Debian's webp, libjxl-tools and libavif-bin; what is not there is a row that says so. ``--tools``
is a folder of programs, or one into which packages were unpacked (``dpkg -x``). All is processor time with one thread
for BLAS; what is measured is written after every part.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
from speeds import bulk, photograph, start
from speeds.part import Asked, Found, Part
from speeds.summary import summary

from aecodec.bench.measure.about import commit, processor, usable_cores
from aecodec.blas import settle_environment
from aecodec.errors import AecError

RESULTS = Path(__file__).resolve().parent / "results"
PARTS: Mapping[str, Part] = MappingProxyType({"start": start, "bulk": bulk, "photograph": photograph})


def about() -> Found:
    """Return when, where and of what figures are taken."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "cores": usable_cores(),
        "commit": commit(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def document(found: Mapping[str, Found]) -> str:
    """Return the page: a summary, then each part that is measured."""
    made_by = "`benchmarks/speed.py` writes this page. A dash means not measured."
    lines = ["# Speeds", "", made_by, "", *summary(found), ""]
    for name, part in PARTS.items():
        if name in found:
            its = found[name]
            machine = f"{its['date']}, {its['processor']}, {its['cores']} cores, commit {its['commit']}"
            lines += [*part.page(its), "", f"{machine}, Python {its['python']}, NumPy {its['numpy']}.", ""]
    return "\n".join(lines[:-1]) + "\n"


def write(found: Mapping[str, Found], folder: Path) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = {name: found[name] for name in PARTS if name in found}
    (folder / "speed.json").write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")
    (folder / "speed.md").write_text(document(ordered), "utf-8")


def main() -> None:
    """Measure what is asked for; the rest stays as it is on file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("-n", "--runs", type=int, help=f"turns; default: {start.RUNS} of start, {bulk.RUNS} of bulk")
    parser.add_argument("--limit", type=int, metavar="N", help="the most pictures of bulk")
    parser.add_argument("--photograph", type=Path, metavar="FILE", help="instead of the mosaic")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="where others' programs lie")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, metavar="DIR", help="where results go")
    given = parser.parse_args()
    tools = given.tools and given.tools.resolve()
    asked = Asked(given.data_dir, given.runs, given.limit, given.photograph, tools)
    path = given.output / "speed.json"
    found: dict[str, Found] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    settle_environment()  # of the processes that measure
    for name, part in PARTS.items():
        if name in given.parts:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            try:
                found[name] = {**about(), **part.measure(asked)}
            except (AecError, OSError) as error:
                sys.exit(f"{name}: {error}")
            write(found, given.output)
    print(document(found), end="")


if __name__ == "__main__":
    main()
