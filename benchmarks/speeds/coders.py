"""Programs that code a photograph: ours, and those of others as their packages have them.

Samples come from and go to files that are not packed, so no time of PNG's is counted: PPM, and PNG of level 0 for those
that know no PPM.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aecodec.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
PPM, PNG = "photograph.ppm", "photograph.png"


@dataclass(frozen=True)
class Tools:
    """Where programs are found: in ``folder``, a folder of programs or one into which packages were unpacked, then as
    usual.
    """

    folder: Path | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What processes are given; libraries that were unpacked are found, too."""
        found = {**os.environ, "PYTHONPATH": str(ROOT)}
        if self.folder is not None:
            libraries = sorted(str(each.parent) for each in self.folder.glob("usr/lib/*/*.so*"))
            known = [*dict.fromkeys(libraries), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
            found["LD_LIBRARY_PATH"] = os.pathsep.join(known)
        return found

    def command(self, text: str) -> list[str]:
        """Return the words of ``text``, of which the first is a program's. Raises UsageError where there is none."""
        name, *words = shlex.split(text)
        if name in ("aecodec", "python"):
            return [sys.executable, *(["-m", name] if name == "aecodec" else []), *words]
        folders = [] if self.folder is None else [str(self.folder), str(self.folder / "usr" / "bin")]
        program = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
        if program is None:
            raise UsageError(f"there is no {name}")
        return [program, *words]


@dataclass(frozen=True)
class Coder:
    """It has two commands, of which ``{jobs}`` is how many processors may work, and ``{quality}`` one of ``ladder``.

    ``file`` is what the one writes and the other one reads, ``back`` the picture that comes back. ``ladder`` has
    qualities by rising PSNR: a codec of others is measured at the first that is no worse than our first row.
    """

    codec: str
    setting: str
    file: str
    compress: str
    decompress: str
    back: str = "back.ppm"
    lossless: bool = False
    ladder: Sequence[int] = field(default=())


def _ours(setting: str, options: str, *, lossless: bool = False) -> Coder:
    compress = f"aecodec compress {PPM} -o photograph.aec -f -q -j {{jobs}} {options}"
    decompress = "aecodec decompress photograph.aec -o back.ppm -f -q -j {jobs}"
    return Coder("aecodec", setting, "photograph.aec", compress, decompress, lossless=lossless)


def _pillow(source: str, target: str) -> str:
    return f"python -c \"from PIL import Image; Image.open('{source}').save('{target}')\""


_AVIFENC = "avifenc -j {jobs} --speed 6 "
_AVIFDEC = "avifdec -j {jobs} --png-compress 0 photograph.avif back.png"
_DJXL = "djxl --quiet --num_threads={jobs} photograph.jxl back.ppm"
_DWEBP = "dwebp -quiet photograph.webp -ppm -o back.ppm"

OURS = (
    _ours("quality 60", "--quality 60"),
    _ours("quality 60, effort 0", "--quality 60 --effort 0"),
    _ours("lossless", "--lossless", lossless=True),
    _ours("lossless, effort 0", "--lossless --effort 0", lossless=True),
)
OTHERS = (
    Coder(
        "WebP", "quality {quality}", "photograph.webp", f"cwebp -quiet -q {{quality}} {PPM} -o photograph.webp", _DWEBP,
        ladder=range(101),
    ),
    Coder(
        "JPEG XL", "quality {quality}", "photograph.jxl",
        f"cjxl --quiet --num_threads={{jobs}} -q {{quality}} {PPM} photograph.jxl", _DJXL, ladder=range(5, 100),
    ),
    Coder(
        "AVIF", "speed 6, 4:4:4, level {quality}", "photograph.avif",
        f"{_AVIFENC} --yuv 444 --min {{quality}} --max {{quality}} -a end-usage=q -a cq-level={{quality}} -a tune=psnr"
        f" {PNG} photograph.avif", _AVIFDEC, back="back.png", ladder=range(63, 0, -1),
    ),
    Coder(
        "WebP", "lossless", "photograph.webp", f"cwebp -quiet -lossless {PPM} -o photograph.webp", _DWEBP,
        lossless=True,
    ),
    Coder(
        "JPEG XL", "lossless", "photograph.jxl", f"cjxl --quiet --num_threads={{jobs}} -d 0 {PPM} photograph.jxl",
        _DJXL, lossless=True,
    ),
    Coder(
        "AVIF", "speed 6, lossless", "photograph.avif", f"{_AVIFENC} --lossless {PNG} photograph.avif", _AVIFDEC,
        back="back.png", lossless=True,
    ),
    Coder(
        "PNG", "Pillow", "packed.png", _pillow(PPM, "packed.png"), _pillow("packed.png", "back.ppm"), lossless=True
    ),
)  # fmt: skip
