"""aecodec: a learned image codec for many small similar pictures.

>>> import aecodec, numpy
>>> picture = numpy.zeros((28, 28), numpy.uint8)
>>> data = aecodec.compress(picture, lossless=True)
>>> bool((aecodec.decompress(data) == picture).all())
True
"""

from aecodec.codec import Info, compress, decompress, inspect
from aecodec.errors import (
    AecError,
    FileError,
    FormatError,
    LimitError,
    ModelError,
    UnsupportedError,
    UsageError,
)

__version__ = "0.1.0"

__all__ = [
    "AecError",
    "FileError",
    "FormatError",
    "Info",
    "LimitError",
    "ModelError",
    "UnsupportedError",
    "UsageError",
    "compress",
    "decompress",
    "inspect",
]
