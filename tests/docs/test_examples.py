"""Every example in the README and in docs runs as printed; what is not run says why, and is parsed."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.blocks import NOT_RUN, ROOT, SET_UP, Block, blocks, name, pages
from tests.docs.running import Runner, check_extras, check_words
from tests.docs.world import make_world
from tests.train.own.quick import make_quick

PAGES = [page for page in pages() if any(block.is_run for block in blocks(page.read_text(encoding="utf-8")))]
EVERY = [(name(page), block) for page in pages() for block in blocks(page.read_text(encoding="utf-8"))]


@pytest.mark.filterwarnings("ignore:Exception ignored.*photo:pytest.PytestUnraisableExceptionWarning")  # short programs
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [block for block in blocks(page.read_text(encoding="utf-8")) if block.is_run]
    for module in needed(found):
        pytest.importorskip(module)
    if "zarr" in needed(found):
        register_codec()
    if find_spec("torch"):
        make_quick(monkeypatch)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AECODEC_CACHE", "off")
    make_world(folder)
    runner = Runner(tmp_path / "tools")
    for block in found:
        runner.run(block)


def register_codec() -> None:
    """Tell zarr of the codec, as the entry points do where the package is installed."""
    import zarr

    from aecodec.zarr import AecCodec

    zarr.registry.register_codec("aecodec", AecCodec)


def needed(found: list[Block]) -> list[str]:
    """The modules without which these blocks cannot run."""
    code = "\n".join(block.code for block in found)
    words = {
        "torch": "aecodec train|import torch|aecodec.torch",
        "zarr": "import zarr",
        "ray": "--engine ray",
        "fsspec": "fsspec",
    }
    return [module for module, word in words.items() if re.search(word, code)]


def test_what_is_not_run_says_why() -> None:
    for page, block in EVERY:
        assert block.mark in ("", *SET_UP) or block.mark.startswith(NOT_RUN) or ":" in block.mark, f"{page}: {block}"
        if block.mark.startswith(NOT_RUN):
            assert len(block.mark) > len(NOT_RUN) + 8, f"{page}, line {block.line}: why?"


@pytest.mark.parametrize("page, block", [each for each in EVERY if each[1].language == "sh" and not each[1].is_run])
def test_what_is_not_run_is_parsed(page: str, block: Block) -> None:
    code = block.code.replace("\\\n", " ")
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["aecodec"]:
            check_words(words)
        if words[:2] == ["pip", "install"]:
            check_extras(words)


def test_the_set_up_is_one_line_each() -> None:
    marked = {block.mark: block.code for block in blocks((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert [marked[mark].count("\n") for mark in SET_UP] == [1, 1, 1]
