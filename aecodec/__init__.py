"""A learned image codec: photographs, and collections with models of their own; the same pixels everywhere.

>>> import aecodec, numpy
>>> picture = numpy.zeros((28, 28), numpy.uint8)
>>> data = aecodec.compress(picture, lossless=True)
>>> bool((aecodec.decompress(data) == picture).all())
True
"""

from importlib import import_module

from aecodec.errors import (
    AecError,
    FileError,
    FormatError,
    LimitError,
    ModelError,
    UnsupportedError,
    UsageError,
)

TYPE_CHECKING = False  # typing's own takes longer to import than all that is here
if TYPE_CHECKING:
    from aecodec.codec import Info, Reader, compress, decompress, inspect, open
else:

    def __getattr__(name: str) -> object:
        """Import what needs NumPy when it is first asked for: a program's first line is not to wait for it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module("aecodec.codec"), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__version__ = "0.2.0"

__all__ = [
    "AecError",
    "FileError",
    "FormatError",
    "Info",
    "LimitError",
    "ModelError",
    "Reader",
    "UnsupportedError",
    "UsageError",
    "compress",
    "decompress",
    "inspect",
    "open",
]
