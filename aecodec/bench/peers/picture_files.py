"""Pictures go through Pillow: a file each, all as one large picture, or all as the frames of one sequence."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

from aecodec.arrays import Pictures
from aecodec.bench.measure.way import SINGLE, Kept
from aecodec.bench.peers import mosaic
from aecodec.bench.peers.formats import Format, Rung
from aecodec.errors import UnsupportedError

MOSAIC, SEQUENCE = "mosaic", "sequence"
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # of Pillow, by channels


@dataclass(frozen=True)
class PictureFiles:
    """The way makes files of one format at one setting."""

    format: Format
    rung: Rung
    name: str = SINGLE

    def compress(self, pictures: Pictures) -> Kept:
        """See :class:`aecodec.bench.measure.way.Way`."""
        if self.name == SINGLE:
            return Kept([self._encode([picture]) for picture in pictures])
        mosaics = mosaic.join(pictures, self._side, self.format.columns, even=self.name == SEQUENCE)
        return Kept([self._encode(mosaics)] if self.name == SEQUENCE else [self._encode([each]) for each in mosaics])

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        """See :class:`aecodec.bench.measure.way.Way`."""
        self._load()
        mode = _MODES[shape[3] if len(shape) == 4 else 1]
        Image.MAX_IMAGE_PIXELS = None  # these are our own files
        found = [frame for file in files for frame in _frames(file, mode)]
        return np.stack(found) if self.name == SINGLE else mosaic.split(found, shape, self._side, self.format.columns)

    @property
    def _side(self) -> int:
        return self.format.frame if self.name == SEQUENCE and self.format.frame else self.format.side

    def _load(self) -> None:
        if self.format.module is not None:
            import_module(self.format.module)

    def _encode(self, frames: Sequence[Pictures]) -> bytes:
        self._load()
        options = {**self.format.options, **_of_kind(self.format, self.rung, frames[0])}
        if len(frames) > 1:
            options |= {"save_all": True, "append_images": [Image.fromarray(each) for each in frames[1:]]}
        most = min(frames[0].shape[:2]).bit_length()
        files = [self._saved(frames[0], {**options, **_resolved(choice, most)}) for choice in self.rung.choices]
        shortest = min(files, key=len)
        return shortest if self.format.finish is None else self.format.finish(shortest)

    def _saved(self, picture: Pictures, options: dict[str, Any]) -> bytes:
        out = io.BytesIO()
        Image.fromarray(picture).save(out, self.format.pillow, **options)
        return out.getvalue()


def _of_kind(form: Format, rung: Rung, picture: Pictures) -> dict[str, Any]:
    """Return what grey pictures need of Pillow's AVIF; raises UnsupportedError for exact colour, and for alpha."""
    channels = picture.shape[2] if picture.ndim == 3 else 1
    grey = channels <= 2
    if channels in (2, 4) and not form.alpha:
        raise UnsupportedError(f"{form.codec} has no alpha")
    if form.codec != "AVIF":
        return {}
    if not grey and rung is form.exact:
        raise UnsupportedError("Pillow's AVIF is exact for grey pictures only: it has no RGB without a transform")
    return {"subsampling": "4:0:0"} if grey else {}


def _resolved(choice: Any, most: int) -> dict[str, Any]:
    """Choose a wavelet of no more levels than the picture has."""
    wanted = choice.get("num_resolutions")
    return dict(choice) if wanted is None else {**choice, "num_resolutions": min(wanted, most)}


def _frames(file: bytes, mode: str) -> list[Pictures]:
    image = Image.open(io.BytesIO(file))
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append(np.asarray(image.convert(mode)))
    return found
