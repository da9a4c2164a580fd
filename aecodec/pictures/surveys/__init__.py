"""Picture files by the rules of their formats, before Pillow decodes them: what is damaged, not taken, or left out."""

from collections.abc import Callable, Mapping
from typing import Final

from aecodec.pictures.surveys import bmp, jpeg, png, pnm, riff, tiff
from aecodec.pictures.surveys.survey import Survey

SURVEYS: Final[Mapping[str, Callable[[bytes], Survey]]] = {  # by Pillow's names of the formats
    "PNG": png.survey,
    "JPEG": jpeg.survey,
    "WEBP": riff.survey,
    "BMP": bmp.survey,
    "TIFF": tiff.survey,
    "PPM": pnm.survey,
}

__all__ = ["SURVEYS", "Survey"]
