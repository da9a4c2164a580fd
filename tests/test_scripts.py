"""Scripts beside the package: each finds what it imports, and is where the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = [*sorted((ROOT / "benchmarks").glob("*.py")), *sorted((ROOT / "training").glob("*.py"))]
OWN_OPTION = {"update_cards.py": "--check", "update_readme.py": "--check"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_script_starts(script: Path) -> None:
    for needed in ("torch", "nbclient", "ipykernel", "matplotlib", "sklearn", "skimage"):
        pytest.importorskip(needed)
    command = [sys.executable, str(script), OWN_OPTION.get(script.name, "--help")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_names_what_is_there() -> None:
    named = re.findall(r"\b(?:benchmarks|training)/[\w./]*\w", README)
    assert {"training/fit_scans.py", "training/study.yaml", "benchmarks/run.py"} <= set(named)
    assert [name for name in named if not (ROOT / name).exists()] == []
