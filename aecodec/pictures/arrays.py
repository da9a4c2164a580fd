"""One picture that a program has, as a uint8 or uint16 array: of an array of any kind, or an image of Pillow."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Picture
from aecodec.errors import UnsupportedError, UsageError

_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__")
_EXPECTED = "expected [H, W] or [H, W, C] with C 1 to 4"


def as_picture(picture: Any) -> Picture:
    """Return an array ``[H, W]`` or ``[H, W, C]``, C 2 to 4, uint8 or uint16, of an array or an image of Pillow.

    Arrays are those of NumPy, of any layout, and whatever gives itself to NumPy as one: tensors of PyTorch on the CPU,
    buffers with rows and columns. An image of Pillow gives what :func:`aecodec.pictures.images.convert_image` does.

    Raises UsageError for what is no picture at all, as a path is, UnsupportedError for another type of samples,
    another shape, a masked array, or an array that NumPy cannot have; for images of Pillow also FormatError and
    LimitError.
    """
    if _is_pillow(picture):
        from aecodec.pictures.images import convert_image  # imports Pillow, which is loaded already

        return _checked(convert_image(picture))
    if not isinstance(picture, memoryview) and not any(hasattr(type(picture), name) for name in _PROTOCOLS):
        raise UsageError(f"a picture is a uint8 or uint16 array or a PIL image, not {_kind(picture)}")
    if "numpy.ma" in sys.modules and isinstance(picture, np.ma.MaskedArray):  # its import takes 25 ms
        raise UnsupportedError("a masked array; aecodec keeps no mask: give its data, or fill it first")
    try:
        array = np.asarray(picture)
    except MemoryError:
        raise
    except Exception as error:  # of any library: a tensor on a GPU, say
        words = " ".join(str(error).split())
        raise UnsupportedError(f"NumPy cannot take a {type(picture).__name__} as an array: {words:.200}") from error
    return _checked(array)


def _checked(array: NDArray[Any]) -> Picture:
    if array.dtype.newbyteorder("=") == np.uint16:
        array = array.astype(np.uint16, copy=False)
    elif array.dtype != np.uint8:
        raise UnsupportedError(f"samples of type {array.dtype.name}; aecodec takes uint8 and uint16")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if not (array.ndim == 2 or (array.ndim == 3 and 2 <= array.shape[2] <= 4)) or not array.size:
        raise UnsupportedError(f"an array of shape {array.shape}; {_EXPECTED}{_advice(array.shape)}")
    return array


def _advice(shape: tuple[int, ...]) -> str:
    """Return what to do with a shape that is common elsewhere."""
    if len(shape) == 3 and 1 <= shape[0] <= 4:
        return ": put the channels last"
    return ": give several pictures as a list" if len(shape) == 4 else ""


def _is_pillow(picture: object) -> bool:
    """Return whether it is an image of Pillow: without Pillow in this process there is none."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(picture, module.Image)


def _kind(picture: object) -> str:
    """Return what it is instead, and what to do with it."""
    name = type(picture).__name__
    if isinstance(picture, str | bytes | bytearray) or hasattr(picture, "__fspath__"):
        return f"{name}: open a picture file with PIL.Image.open first"
    if isinstance(picture, list | tuple):
        return f"{name} in a list of pictures"
    return f"{name}: give several pictures as a list" if hasattr(picture, "__iter__") else name
