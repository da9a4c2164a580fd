"""Command lines that tests run, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

from tests.conftest import ROOT
from tests.made import made_model, strokes

MODEL = made_model()
PIXELS = strokes(7, 8, 8)

Run = Callable[..., Result]


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def fails(result: Result, code: int, *words: str) -> str:
    """One line on standard error that says ``words``, nothing on standard output, this exit code."""
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("aecodec: error: ")
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in result.output
    return lines[0]


def succeeds(result: Result, *words: str) -> Result:
    assert result.exit_code == 0, result.output
    for word in words:
        assert word in result.stderr
    return result


def program(line: str, folder: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command in another process, which has the shipped models: at effort 0 it takes none for exact pixels."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **options.pop("env", {})}
    command = options.pop("command", [sys.executable, "-m", "aecodec", *line.split()])
    return subprocess.run(command, cwd=folder, env=environment, timeout=60, check=False, **options)


def lossy_file(run: Run, name: str = "d.aec") -> bytes:
    succeeds(run(f"compress d.png -o {name} -q", lossy=True))
    return Path(name).read_bytes()
