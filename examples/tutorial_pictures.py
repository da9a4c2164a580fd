"""Make the pictures of the tutorial in a folder: ``photo.jpg``, ``landscape.png`` and twelve icons in ``icons``.

python examples/tutorial_pictures.py FOLDER
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from PIL import Image, ImageDraw

LANDSCAPE = Path(__file__).with_name("landscape.png")


def make(folder: Path) -> None:
    """Write them into ``folder``, which is made if it is missing."""
    icons = folder / "icons"
    icons.mkdir(parents=True, exist_ok=True)
    shutil.copy(LANDSCAPE, folder / LANDSCAPE.name)
    with Image.open(LANDSCAPE) as landscape:
        landscape.convert("RGB").resize((240, 160)).save(folder / "photo.jpg", quality=92)
    for hour in range(1, 13):
        icon = Image.new("RGB", (48, 48), "white")
        ImageDraw.Draw(icon).pieslice((4, 4, 44, 44), -90, 30 * hour - 90, fill="teal", outline="black")
        icon.save(icons / f"clock-{hour:02}.png")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
