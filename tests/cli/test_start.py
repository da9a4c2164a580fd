"""What a command does not need it does not import, and the collector of garbage is out of its way at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks import run_python

RUN = """
import sys
from aecodec.cli import app
try:
    app({words!r})
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(sys.modules))
"""
ALWAYS = (
    *("aecodec.shards.compress", "aecodec.torch", "aecodec.zarr", "aecodec.changes.operations", "aecodec.zoo.packed"),
    *("aecodec.zoo.adapted", "aecodec.cli.tasks.decompress_each", "aecodec.cli.tasks.compress_each"),
    *("aecodec.pictures.frames", "multiprocessing", "concurrent.futures.process", "rich", "torch", "scipy"),
    *("threadpoolctl", "numpy.ma"),
)
DECODING = (
    *("aecodec.codec.api", "aecodec.codec.encode", "aecodec.codec.choose", "aecodec.pictures.images"),
    *("aecodec.lossy.search", "aecodec.grid.search", "aecodec.coders.by_tiles", "aecodec.coders.by_pixels"),
    *("aecodec.scans.find", "PIL.JpegImagePlugin"),
)
TILES = (
    *("aecodec.grid.model", "aecodec.grid.transforms", "aecodec.pixels.coder", "aecodec.drawings.coder"),
    *("aecodec.coders.pictures", "aecodec.coders.ways", "aecodec.codec.executor"),
)
WITHOUT = {
    "compress nought.png -o lossy.aec": (*TILES, "aecodec.scans.find"),
    "decompress lossy.aec -o lossy.png": (*DECODING, *TILES, "aecodec.coders.table", "aecodec.ink.network"),
    "compress nought.png -o exact.aec --lossless": (*TILES, "aecodec.lossy.search"),
    "decompress exact.aec -o exact.png": (*DECODING, *TILES, "aecodec.coders.deep"),
    "compress colour.png -o colour.aec --quality 60": ("aecodec.pixels.coder", "aecodec.drawings.coder"),
    "decompress colour.aec -o back.png": (
        *DECODING,
        "aecodec.pixels.coder",
        "aecodec.ink.network",
        "aecodec.lossy.prior",
    ),
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A nought such as MNIST's, and a piece of the landscape."""
    import numpy as np
    from PIL import Image

    from aecodec.scans import draw
    from tests.conftest import ROOT

    folder = tmp_path_factory.mktemp("start")
    at = (np.arange(45) - 22) / 22.5
    radius = np.hypot(at[:, None], at * 1.3)
    Image.fromarray(draw(((radius > 0.68) & (radius < 1)).astype(np.uint8), (28, 28))).save(folder / "nought.png")
    with Image.open(ROOT / "examples" / "landscape.png") as image:
        image.convert("RGB").crop((0, 100, 48, 148)).save(folder / "colour.png")
    return folder


def test_what_is_not_needed_is_not_imported(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where models are known to be sound; each command reads what those before it wrote."""
    monkeypatch.chdir(pictures)
    monkeypatch.setenv("AECODEC_CACHE", str(pictures / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    for command in WITHOUT:
        run_python(RUN.format(words=[*command.split(), "-f", "-q"]))  # models are proved
    for command, others in WITHOUT.items():
        loaded = set(run_python(RUN.format(words=[*command.split(), "-f", "-q"])).split())
        assert "aecodec.zoo.load" in loaded and "numpy" in loaded
        assert not sorted(loaded & {*ALWAYS, *others}), command


def test_the_collector_is_out_of_the_way() -> None:
    printed = run_python(
        "import gc\n"
        "from aecodec.cli.early.garbage import collect_nothing, collect_what_comes, leave_all\n"
        "for step in (collect_nothing, collect_what_comes, leave_all):\n"
        "    step()\n"
        "    print(gc.isenabled(), gc.get_freeze_count() > 0)\n"
    )
    assert printed.split() == ["False", "False", "True", "True", "False", "True"]


def test_garbage_is_collected_once_a_command_is_at_work() -> None:
    printed = run_python(
        "import gc, sys\n"
        "sys.argv[1:] = ['models', 'list']\n"
        "from aecodec.cli import start\n"
        "import aecodec.cli.commands.models as commands\n"
        "commands.load_all = lambda zoo: print(gc.isenabled()) or ()\n"
        "start.main()\n"
    )
    assert printed.split()[0] == "True"
