"""The figures in the README, in the page of results and in the models' cards are those of benchmarks/results."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("script", ["update_tables.py", "update_cards.py"])
def test_figures_are_generated(script: str) -> None:
    done = check(ROOT / "benchmarks" / script)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("README.md", "| 28.8 |", "| 28.7 |"),
        ("benchmarks/results/README.md", "| 28.8 |", "| 28.7 |"),
        ("benchmarks/figures/results.svg", "<!-- shows ", "<!-- shows 1"),
        ("docs/photographs.md", " % fewer bytes than WebP's", "0 % fewer bytes than WebP's"),
    ],
)
def test_a_figure_that_was_changed_is_found(tmp_path: Path, file: str, old: str, new: str) -> None:
    for folder in ("benchmarks", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "README.md", tmp_path)
    changed = tmp_path / file
    text = changed.read_text(encoding="utf-8")
    assert old in text
    changed.write_text(text.replace(old, new), encoding="utf-8")
    done = check(tmp_path / "benchmarks" / "update_tables.py")
    assert done.returncode == 1 and file in done.stderr


def check(script: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that compares."""
    return subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
