"""What a vector is, and what the manifest says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aecodec.arrays import Picture
from aecodec.container import parse, parse_second
from aecodec.errors import AecError
from aecodec.zoo import Model, Zoo

FOLDER = Path(__file__).resolve().parents[1] / "vectors"


@dataclass(frozen=True)
class Valid:
    """``encode`` are arguments of ``aecodec.compress``, None for a file written field by field.

    ``search`` says which of the encoder's searches made the bytes (``aecodec.lossy.search.SEARCH`` is the present
    one), None where none took part. The format leaves the search open: another decodes as well, and differs.
    ``png`` is a file that holds the picture that was compressed, and ``png_shows`` what is special in it.
    """

    shows: str
    data: bytes
    pictures: Sequence[Picture]
    names: list[str] | None = None
    source: Sequence[Picture] | None = None
    encode: dict[str, Any] | None = None
    deflate: bool = False
    search: int | None = None
    base: Sequence[Picture] | None = None
    png: bytes | None = None
    png_shows: str = ""

    @property
    def entry(self) -> dict[str, Any]:
        samples = b"".join(picture.tobytes() for picture in self.pictures)
        more = {} if self.base is None else {"base_sha256": hashlib.sha256(b"".join(map(bytes, self.base))).hexdigest()}
        more |= {} if self.png is None else {"png": self.png_shows}
        return {
            "shows": self.shows,
            "shapes": [list(picture.shape) for picture in self.pictures],
            "pixels_sha256": hashlib.sha256(samples).hexdigest(),
            "names": self.names,
            "encode": self.encode,
            "deflate": self.deflate,  # bytes may differ with another zlib, so decode it only
            "search": self.search,
            **more,
        }


@dataclass(frozen=True)
class Invalid:
    shows: str
    error: type[AecError]
    data: bytes

    @property
    def entry(self) -> dict[str, Any]:
        return {"shows": self.shows, "error": self.error.__name__}


class OneModel(Zoo):
    """Finds one model, whatever is asked for."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def by_fingerprint(self, fingerprint: bytes) -> Model:
        return self.model


def goes_through_deflate(data: bytes) -> bool:
    file = parse(data)
    header = file.header
    bodies = [file.body(block) for block in range(header.blocks)]
    if header.layered:
        second = parse_second(file)
        if any(second.body(block)[0] in (1, 2) for block in range(header.blocks)):
            return True
    if header.exact:
        return header.names is not None or (header.has_method and any(body[0] in (1, 2) for body in bodies))
    return header.names is not None or any(shape.has_alpha for shape in header.shapes or ())


def by_hand(shows: str, data: bytes, pictures: Sequence[Picture], names: list[str] | None = None) -> Valid:
    return Valid(shows, data, pictures, names)
