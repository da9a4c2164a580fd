"""The pictures that every page's examples find in their folder: drawn, small, of all the sorts that pages speak of."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tests.docs.blocks import ROOT
from tests.made import save_strokes
from tests.train.own.pictures import collection


def make_world(folder: Path) -> None:
    """Write digit.png, landscape.png, photo.jpg, photos/, icons/, scans/, pages.tiff, loop.gif and frame.png."""
    shutil.copy(ROOT / "examples" / "digit.png", folder / "digit.png")
    collection(folder / "icons", 4)
    for name in ("broken.png", "notes.txt"):
        (folder / "icons" / name).unlink()
    subprocess.run([sys.executable, ROOT / "examples" / "tutorial_pictures.py", folder], check=True)
    landscape = Image.open(folder / "landscape.png").convert("RGB")
    (folder / "photos").mkdir()
    for number in range(3):
        landscape.crop((60 * number, 80, 60 * number + 96, 144)).save(folder / "photos" / f"{number}.png")
    save_strokes(folder / "scans", 8)
    pages = [Image.new("L", (60, 40), shade) for shade in (250, 200)]
    pages[0].save(folder / "pages.tiff", save_all=True, append_images=pages[1:])
    pages[0].save(folder / "loop.gif", save_all=True, append_images=pages[1:])
    ramp = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 16
    Image.fromarray(ramp).save(folder / "frame.png")
