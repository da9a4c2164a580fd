"""Picture files by the rules of their formats, before Pillow decodes them: what is damaged, not taken, or left out."""

from collections.abc import Callable, Mapping
from typing import Final

from aecodec.pictures.surveys import apng, bmp, gif, jpeg, png, pnm, riff, tiff, webp
from aecodec.pictures.surveys.survey import Film, Survey

SURVEYS: Final[Mapping[str, Callable[[bytes], Survey]]] = {  # by Pillow's names of the formats
    "PNG": png.survey,
    "JPEG": jpeg.survey,
    "WEBP": riff.survey,
    "BMP": bmp.survey,
    "TIFF": tiff.survey,
    "PPM": pnm.survey,
}

FILMS: Final[Mapping[str, Callable[[bytes], Film | None]]] = {  # None of a file of one frame or page
    "PNG": apng.film,
    "WEBP": webp.film,
    "TIFF": tiff.film,
    "GIF": gif.film,
}

__all__ = ["FILMS", "SURVEYS", "Film", "Survey"]
