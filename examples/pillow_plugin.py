"""Pillow reads and writes .aec files: ``python examples/pillow_plugin.py [FOLDER]``."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

import aecodec.pillow  # noqa: F401  # registers the format


def main(folder: Path) -> None:
    """Write a picture and a container into ``folder``, and read them."""
    landscape = Image.open(Path(__file__).with_name("landscape.png")).convert("RGB")
    landscape.save(folder / "landscape.aec")  # lossy, at the default quality, as the command does
    landscape.resize((60, 40)).save(folder / "exact.aec", lossless=True)

    frames = [landscape.resize((45 + each, 30)) for each in range(3)]
    frames[0].save(folder / "frames.aec", save_all=True, append_images=frames[1:], lossless=True)

    for name in ("landscape.aec", "exact.aec", "frames.aec"):
        with Image.open(folder / name) as image:  # decodes nothing yet
            print(name, image.format, image.mode, image.size, image.n_frames)
            image.seek(image.n_frames - 1)
            print("  the last frame:", image.size, "mean", image.resize((1, 1)).getpixel((0, 0)))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as name:
            main(Path(name))
