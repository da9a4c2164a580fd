"""Scripts beside the package: each finds what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = [*sorted((ROOT / "benchmarks").glob("*.py")), *sorted((ROOT / "training").glob("*.py"))]
OWN_OPTION = {"update_cards.py": "--check", "update_tables.py": "--check"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_script_starts(script: Path) -> None:
    for needed in ("torch", "nbclient", "ipykernel", "matplotlib", "sklearn", "skimage"):
        pytest.importorskip(needed)
    command = [sys.executable, str(script), OWN_OPTION.get(script.name, "--help")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
