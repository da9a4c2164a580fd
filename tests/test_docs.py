"""The pages in docs say what is so: every command and every line of Python in them is run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from aecodec.cli import app
from tests.train.own.pictures import collection
from tests.train.own.quick import make_quick

ROOT = Path(__file__).resolve().parents[1]


def test_your_own_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    make_quick(monkeypatch)
    collection(Path("icons"), 4)
    for name in ("broken.png", "notes.txt"):
        (tmp_path / "icons" / name).unlink()
    text = (ROOT / "docs" / "your-own-collection.md").read_text(encoding="utf-8")
    for language, code in re.findall(r"```(sh|python)\n(.*?)```", text, re.DOTALL):
        if language == "python":
            exec(code, {})
            continue
        for line in code.splitlines():
            words = shlex.split(line)
            short = ["--minutes", "0.03"] if words[1] == "train" else []
            result = CliRunner().invoke(app, [*words[1:], *short])
            assert words[0] == "aecodec" and result.exit_code == 0, f"{line}: {result.output}"
    for made in ("general.aec", "models/icons.safetensors", "first.png", "small.aec", "near.aec", "theirs/0.png"):
        assert Path(made).stat().st_size > 0


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
