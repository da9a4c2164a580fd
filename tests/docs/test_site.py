"""The site is built strictly: a link that leads nowhere, or a name that is not in the code, is an error."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from aecodec.cli import app

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "docs",
    "benchmarks",
    "formats",
    "models",
    "examples",
    "training",
    "share",
    "requirements",
    "tests/trust/results",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as the one command makes it."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def build(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run mkdocs, where it is installed."""
    for module in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(module, reason="mkdocs is not installed: pip install 'aecodec[docs]'")
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "-f",
        str(root / "mkdocs.yml"),
        "-d",
        str(folder),
    ]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_it_is_laid_out_as_the_repository_is(site: Path) -> None:
    for path in ("index.html", "docs/tutorial.html", "formats/aec.html", "SECURITY.html", "CHANGELOG.html"):
        assert (site / path).is_file(), path
    for path in ("benchmarks/figures/results.svg", "benchmarks/results/index.html", "examples/shards.py", "LICENSE"):
        assert (site / path).is_file(), path


def test_commands_and_functions_are_described(site: Path) -> None:
    commands = " ".join(text_of(site / "docs" / "command-line.html").split())
    compress = app.get_command(click.Context(app), "compress")
    assert compress is not None
    said = next(str(getattr(option, "help", "")) for option in compress.params if option.name == "max_bytes")
    for word in ("aecodec compress", "--min-psnr", "Examples", "aecodec models show", said.partition(".")[0]):
        assert word in commands, word
    functions = text_of(site / "docs" / "api.html")
    for word in ("aecodec.compress", "block_pictures", "Reader", "FormatError", "plan_shards", "index_of"):
        assert word in functions, word
    assert ":func:" not in functions and "function processors" not in commands


def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    for name in PARTS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("vectors", "*.safetensors"))
    (tmp_path / "aecodec").symlink_to(ROOT / "aecodec")
    for path in (*ROOT.glob("*.md"), ROOT / "mkdocs.yml", ROOT / "LICENSE"):
        shutil.copy(path, tmp_path)
    page = tmp_path / "docs" / "exact.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[nowhere](nowhere.md)\n", encoding="utf-8")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0 and "nowhere.md" in done.stdout + done.stderr


def text_of(page: Path) -> str:
    """What a page shows."""
    return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
