"""Faults seeded in the code, one at a time, in a copy of the tree: the suite must fail for each.

The test file that is nearest to the fault is asked first, and the whole suite where that one notices nothing. Trials of
trust themselves are left out. A suite that cannot even begin has not caught a fault: only failing tests count.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.trust.seeds import SEEDS, Seed
from tests.trust.trial import Size, Tally, Trial

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "aecodec",
    "tests",
    "formats",
    "models",
    "examples",
    "benchmarks",
    "training",
    "docs",
    "share",
    "scripts",
    "requirements",
    ".github",
    ".pre-commit-config.yaml",
    "pyproject.toml",
    "mkdocs.yml",
    "LICENSE",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "TESTING.md",
)
PROMISE = "tests fail"
_FAILED = 1  # pytest's exit code where tests ran and some failed
_QUICK = ("frame.py", "varint.py", "errors.py")


def trials(size: Size) -> Iterator[Trial]:
    """One trial: the faults are its attempts."""
    chosen = [seed for seed in SEEDS if size is Size.FULL or seed.path.endswith(_QUICK)]
    tally = Tally("faults, one at a time in a copy of the code", PROMISE)
    nearest = 0
    with tempfile.TemporaryDirectory() as name:
        copy = _copy(Path(name))
        asked = ["tests"] if size is Size.FULL else sorted({f"tests/{seed.first}.py" for seed in chosen})
        if code := _run(copy, asked):
            tally.count(f"the code as it is fails its tests: pytest ended with {code}")
        for seed in chosen:
            found = _try(copy, seed, whole=size is Size.FULL)
            nearest += found == "nearest"
            tally.count(f"{seed.name}: {found}" if found not in ("nearest", "suite") else None)
    tally.measured["caught by the nearest test file"] = nearest
    yield tally.trial


def _copy(folder: Path) -> Path:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    return folder


def _try(copy: Path, seed: Seed, *, whole: bool) -> str:
    """``nearest`` or ``suite`` for the tests that noticed, else what came instead."""
    path = copy / seed.path
    text = path.read_text(encoding="utf-8")
    if text.count(seed.old) != 1:
        return f"its place is there {text.count(seed.old)} times"
    path.write_text(text.replace(seed.old, seed.new), encoding="utf-8")
    try:
        code = _run(copy, [f"tests/{seed.first}.py"])
        if code == _FAILED:
            return "nearest"
        if code == 0 and whole:
            code = _run(copy, ["tests"])
            if code == _FAILED:
                return "suite"
        return "not noticed" if code == 0 else f"pytest ended with {code}"
    finally:
        path.write_text(text, encoding="utf-8")


def _run(copy: Path, tests: list[str]) -> int:
    """Pytest's exit code, ended at the first failures."""
    words = [
        "-m",
        "pytest",
        "-q",
        "--maxfail=1",
        "-p",
        "no:cacheprovider",
        "--ignore=tests/test_trust.py",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode
