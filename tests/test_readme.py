"""The README and the models' cards say what the results say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from aecodec.cli import app
from tests.made import save_strokes

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["update_readme.py", "update_cards.py"])
def test_figures_are_generated(script: str) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_commands_of_use_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("digit.png", "landscape.png"):
        shutil.copy(ROOT / "examples" / name, name)
    save_strokes(Path("scans"), 8)
    for line in block("use")[1:]:  # the first one is for the shell
        words = line.partition("#")[0].split()
        assert words[0] == "aecodec"
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0, f"{line}: {result.output}"
    for made in (
        "p.aec",
        "p.png",
        "d.aec",
        "exact.aec",
        "back/07.png",
        "seven.png",
        "coarse/07.png",
        "files/07.aec",
        "again/07.png",
    ):
        assert Path(made).stat().st_size > 0


def test_the_python_of_use_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL):  # one after another
        exec(code, names)
    assert getattr(names["decoded"], "shape", None) == (28, 28)
    assert getattr(names["picture"], "max", int)() == 7


def block(mark: str) -> list[str]:
    """The lines of the code block behind a mark."""
    found = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found, f"no block {mark}"
    return found.group(1).splitlines()
