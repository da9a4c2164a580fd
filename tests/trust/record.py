"""Results on file, the page with their tables, and the lines that ``TESTING.md`` shows of them."""

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
FIGURES = RESULTS / "README.md"
PAGE = HERE.parents[1] / "TESTING.md"
BEGIN, END = "<!-- figures: {} -->\n", "<!-- end of figures -->"
HEAD = """# What was tried, and how often

`python -m tests.trust report` writes this page from the JSON files beside it, which the full runs wrote.
[TESTING.md](../../../TESTING.md) says what each part is.

*Rate below*: what was seen 0 times in N attempts happens less often than 3/N, with 95 % confidence, to attempts of this
kind. It says nothing of attempts that nobody thought of.

"""
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


def pages() -> dict[Path, str]:
    """Both pages as they should be: all tables, and ``TESTING.md`` with a line for each part that has results."""
    records = {part: RESULTS / f"{part}.json" for part in PARTS}
    found = {part: json.loads(path.read_text(encoding="utf-8")) for part, path in records.items() if path.exists()}
    lines, page = [], PAGE.read_text(encoding="utf-8")
    for part, record in found.items():
        lines += _section(PARTS[part], record)
        before, rest = page.split(BEGIN.format(part))
        page = before + BEGIN.format(part) + _line(PARTS[part], record) + END + rest.split(END, 1)[1]
    return {FIGURES: HEAD + "\n".join(lines).rstrip() + "\n", PAGE: page}


def outdated() -> list[Path]:
    """Pages that are not as they should be."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def _line(title: str, record: dict[str, Any]) -> str:
    """A part in a paragraph of two lines: how many attempts, of how many kinds, when, and where all figures are."""
    about, trials = record["about"], record["trials"]
    tried, failed = (sum(trial[key] for trial in trials) for key in ("tried", "failed"))
    place = f"{FIGURES.relative_to(PAGE.parent).as_posix()}#{title.lower().replace(' ', '-')}"
    return (
        f"**{tried:,} attempts of {len(trials)} kind{'s' * (len(trials) != 1)}; {failed:,} failed.** "
        f"Full run of {about['date']}, {about['seconds']:,} s, commit {about['commit']}:\n[all figures]({place}).\n"
    )


def _section(title: str, record: dict[str, Any]) -> list[str]:
    about = record["about"]
    lines = [
        f"## {title}",
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
    lines += ["", f"{about['date']}, commit {about['commit']}, {about['seconds']:,} s on", f"{machine}.", ""]
    return lines


def _shown(value: float | int | str) -> str:
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
