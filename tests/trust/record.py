"""Results on file, and the tables that ``TESTING.md`` shows of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aecodec
from aecodec.bench.measure.about import commit, processor, usable_cores
from tests.trust.parts import PARTS
from tests.trust.trial import Trial

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parents[1] / "TESTING.md"
BEGIN, END = "<!-- figures: python -m tests.trust report -->\n", "<!-- end of figures -->"
LIBRARIES = ("numpy", "constriction", "pillow", "safetensors")


def write(part: str, trials: Sequence[Trial], seconds: float) -> None:
    """A part's results, in the place of earlier ones."""
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "aecodec": aecodec.__version__,
        "commit": commit(),
        "processor": processor(),
        "cores": usable_cores(),
        "coretype": os.environ.get("OPENBLAS_CORETYPE"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "seconds": round(seconds),
    }
    record = {"about": about, "trials": [asdict(trial) for trial in trials]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{part}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def tables() -> str:
    """The whole block between the markers: a section for each part that has results, and which have none."""
    lacking = [part for part in PARTS if not (RESULTS / f"{part}.json").exists()]
    lines = [f"Of these no full run is on file yet: {', '.join(lacking)}.", ""] if lacking else []
    for part, title in PARTS.items():
        path = RESULTS / f"{part}.json"
        if path.exists():
            lines += _section(title, json.loads(path.read_text(encoding="utf-8")))
    return "\n".join(lines) + "\n"


def _section(title: str, record: dict[str, Any]) -> list[str]:
    about = record["about"]
    lines = [
        f"### {title}",
        "",
        "| tried | promise | times | failed | rate below | measured |",
        "|---|---|---:|---:|---:|---|",
    ]
    for each in record["trials"]:
        trial = Trial(**{**each, "examples": tuple(each["examples"])})
        bound = "–" if trial.bound is None else f"{trial.bound:.2g}"
        measured = "; ".join(f"{key} {_shown(value)}" for key, value in trial.measured.items()) or "–"
        lines.append(f"| {trial.name} | {trial.promise} | {trial.tried:,} | {trial.failed:,} | {bound} | {measured} |")
    libraries = ", ".join(f"{name} {found}" for name, found in about["libraries"].items())
    machine = f"{about['cores']} cores of {about['processor']}; Python {about['python']}, {libraries}"
    lines += ["", f"{about['date']}, commit {about['commit']}, {about['seconds']:,} s on {machine}.", ""]
    return lines


def _shown(value: float | int | str) -> str:
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def page() -> tuple[str, str]:
    """``TESTING.md`` as it is and as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return text, before + BEGIN + tables() + END + rest.split(END, 1)[1]
