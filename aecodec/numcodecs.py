"""The numcodecs codec ``aecodec``: uint8 and uint16 arrays of pictures to ``.aec`` bytes and back.

numcodecs finds it by its entry point, so no import is needed. That holds for zarr arrays of format 2, too:

>>> import numcodecs, numpy
>>> codec = numcodecs.get_codec({"id": "aecodec"})
>>> chunk = numpy.zeros((2, 40, 60), numpy.uint8)
>>> bool((codec.decode(codec.encode(chunk)) == chunk).all())
True

An array is one picture or several, by its axes, in C order: N pictures, H rows, W columns, C channels.

========  ==============================  ===================================================================
``axes``  shape                           where ``axes`` is not given, that of
========  ==============================  ===================================================================
``HW``    ``[H, W]``                      two axes
``HWC``   ``[H, W, C]``, C 1 to 4         three axes, the last of 1 to 4
``NHW``   ``[N, H, W]``                   three axes, the last of 5 or more
``NHWC``  ``[N, H, W, C]``, C 1 to 4      four axes, the last of 1 to 4
``CHW``   ``[C, H, W]``, C 1 to 4         never: say so
``NCHW``  ``[N, C, H, W]``, C 1 to 4      never: say so
========  ==============================  ===================================================================

C 1 is grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. Samples are uint8 or uint16. uint16 can only be kept exactly;
other types are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from aecodec.arrays import Picture
from aecodec.codec import Decoder, Options, compress_all
from aecodec.errors import AecError, FormatError, ModelError
from aecodec.limits import MAX_PICTURES, MAX_PIXELS, MAX_SIDE
from aecodec.pictures import as_picture
from aecodec.zoo import Model, Zoo

try:
    from numcodecs.abc import Codec
    from numcodecs.compat import ensure_bytes, ensure_contiguous_ndarray, ndarray_copy
except ModuleNotFoundError as error:
    raise ImportError('numcodecs is missing; this codec needs: pip install "aecodec[zarr]"') from error

AXES = ("HW", "HWC", "CHW", "NHW", "NHWC", "NCHW")
MOST_CHANNELS = 4
_INFERRED = {2: ("HW", "HW"), 3: ("HWC", "NHW"), 4: ("NHWC", None)}  # with few values in the last axis, and with more
_EXPECTED = (
    "expected [H, W], [H, W, C], [N, H, W] or [N, H, W, C] with C 1 to 4, "
    "or axes='CHW' or 'NCHW' where the channels come first"
)
_LIMITS = f"the limits are {MAX_SIDE} a side, {MAX_PIXELS} pixels a picture and {MAX_PICTURES} pictures"


class Aec(Codec):  # type: ignore[misc]  # numcodecs has no types
    """Pictures to an ``.aec`` file, by one model, which the configuration names.

    Args:
        quality: 0 (smallest) to 100 (best). None, the default, keeps every pixel.
        effort: how long to search, 0 to 9, as for :func:`aecodec.compress`. Exact chunks at 0 need no model.
        model: id of the model. Default: the model for exact pixels of any picture, or with a quality the general one.
        model_sha256: SHA-256 of that model's file. If it is not given, it is found and put into the configuration. So
            whoever lacks the model is told which it is. Pictures are written with that model only.
        axes: axes of the arrays, one of :data:`AXES`. Default: found from the shape.

    Raises ValueError for an argument that contradicts another or is out of its range. Raises ModelError if the model is
    not at hand; but if ``model_sha256`` is given, only when the model is needed.

    """

    codec_id = "aecodec"

    def __init__(
        self,
        quality: int | None = None,
        effort: int | None = None,
        model: str | None = None,
        model_sha256: str | None = None,
        axes: str | None = None,
    ) -> None:
        if axes is not None and axes not in AXES:
            raise ValueError(f"axes {axes!r}; expected one of {', '.join(AXES)}")
        self.quality, self.effort, self.axes = quality, effort, axes
        self.model, self.model_sha256 = model, model_sha256
        self._options()  # checks them
        if model_sha256 is None:
            self._settle_model()

    def encode(self, buf: Any) -> bytes:
        """Return the bytes of a C-ordered uint8 or uint16 array of pictures.

        Raises ValueError for another type, shape or order, ModelError and LimitError.
        """
        array = np.asarray(buf)
        check_type(array.dtype, exact=self.quality is None)
        axes = axes_of(array.shape, self.axes)
        if not array.flags.c_contiguous:
            raise ValueError("an array that is not in C order; aecodec takes only such, so a zarr array of order 'C'")
        pictures = [as_picture(picture) for picture in _pictures(array, axes)]
        zoo = _NoModels() if self.model is None else Zoo()
        self._check_model(zoo)
        return compress_all(pictures, self._options(), zoo, many="N" in axes).data

    def decode(self, buf: Any, out: Any = None) -> Any:
        """Return the array of what :meth:`encode` made, also put into ``out`` where that is given.

        The array has the axes that were encoded, but where these are inferred one channel has no axis.
        Raises FormatError, UnsupportedError, ModelError, which names the model that is missing, and LimitError.
        """
        array = self.decode_array(ensure_bytes(buf))
        return array if out is None else ndarray_copy(array, ensure_contiguous_ndarray(out))

    def decode_array(self, data: bytes) -> Picture:
        """Return what :meth:`decode` gives, of bytes."""
        try:
            decoder = Decoder(data, Zoo())
        except ModelError as error:
            raise ModelError(*error.args, self._named()) from error
        pictures = list(decoder)
        if len({picture.shape for picture in pictures}) != 1:
            raise FormatError("a chunk with pictures of several shapes")
        array = np.stack(pictures) if decoder.container.header.many else pictures[0]
        return _as_axes(array, self.axes, decoder.container.header.many)

    def get_config(self) -> dict[str, Any]:
        """All that is needed to read and to go on writing; what was left to the default is left out, but the model."""
        config = {"id": self.codec_id, "model": self.model, "model_sha256": self.model_sha256}
        more = {"quality": self.quality, "effort": self.effort, "axes": self.axes}
        return config | {name: value for name, value in more.items() if value is not None}

    def _options(self) -> Options:
        try:
            return Options(model=self.model, lossless=self.quality is None, quality=self.quality, effort=self.effort)
        except AecError as error:
            raise ValueError(str(error)) from error

    def _settle_model(self) -> None:
        """Find the model, and put its id and SHA-256 in the configuration; none is needed for exact pixels quickly."""
        zoo = Zoo()
        exact = self.quality is None
        if self.model is not None:
            found: Model | None = zoo.by_id(self.model)
        elif exact:
            found = zoo.for_pixels() if self.effort != 0 else None
        else:
            found = zoo.general()
            if found is None:
                raise ModelError("no general model, which lossy pictures need: name another")
        if found is None:
            return
        if exact and found.residual is None and found.pixels is None:
            raise ValueError(f"model {found.id} is for lossy pictures alone: give a quality, or leave the model out")
        if not exact and not found.is_lossy:
            raise ValueError(f"model {found.id} is for exact pixels alone: leave quality out, or name another model")
        self.model, self.model_sha256 = found.id, found.sha256

    def _check_model(self, zoo: Zoo) -> None:
        """Raise ModelError unless the model at hand is the one of the configuration."""
        if self.model is None:
            return
        found = zoo.by_id(self.model)
        if found.sha256 != self.model_sha256:
            raise ModelError(f"model {found.id} here has SHA-256 {found.sha256}{self._named()}")

    def _named(self) -> str:
        return f"; the codec is configured for model {self.model}, SHA-256 {self.model_sha256}"


class _NoModels(Zoo):
    """Where no model is to be used."""

    def files(self) -> Iterator[Path]:
        """None."""
        return iter(())


def check_type(dtype: DTypeLike, *, exact: bool) -> None:
    """Raise ValueError for samples that are not taken, where every pixel is kept ``exact`` or not."""
    kind = np.dtype(dtype).newbyteorder("=")
    if kind not in (np.uint8, np.uint16):
        raise ValueError(f"samples of type {np.dtype(dtype)}; aecodec takes uint8 and uint16: use another codec")
    if kind == np.uint16 and not exact:
        raise ValueError("samples of type uint16, which aecodec keeps exactly or not at all: leave the quality out")


def named_axes(shape: Sequence[int], axes: str | None = None) -> str:
    """One of :data:`AXES`, by the number of axes alone where ``axes`` is given, else inferred; raises ValueError."""
    if axes is None:
        few, many = _INFERRED.get(len(shape), (None, None))
        axes = few if shape and shape[-1] <= MOST_CHANNELS else many
    if axes is None or len(axes) != len(shape):
        raise _wrong(shape, axes, _EXPECTED)
    return axes


def axes_of(shape: Sequence[int], axes: str | None = None) -> str:
    """Return the axes of chunks that are to be compressed; raises ValueError for shapes that are not taken."""
    axes = named_axes(shape, axes)
    sizes = dict(zip(axes, shape, strict=True))
    if min(shape) < 1 or sizes.get("C", 1) > MOST_CHANNELS:
        raise _wrong(shape, axes, _EXPECTED)
    height, width = sizes["H"], sizes["W"]
    if max(height, width) > MAX_SIDE or height * width > MAX_PIXELS or sizes.get("N", 1) > MAX_PICTURES:
        raise _wrong(shape, axes, _LIMITS)
    return axes


def _wrong(shape: Sequence[int], axes: str | None, instead: str) -> ValueError:
    return ValueError(f"pictures of shape {tuple(shape)}{f' by axes {axes}' if axes else ''}; {instead}")


def _pictures(array: Picture, axes: str) -> Iterator[Picture]:
    """Each as ``[H, W]`` or ``[H, W, C]``."""
    if "C" in axes:
        array = np.moveaxis(array, axes.index("C"), -1)
        array = array[..., 0] if array.shape[-1] == 1 else array
    yield from array if "N" in axes else (array,)


def _as_axes(array: Picture, axes: str | None, many: bool) -> Picture:
    """``[H, W]`` or ``[H, W, C]``, or ``many`` of these, with ``axes`` where they are given; in C order."""
    if axes is None:
        return array
    if "C" in axes:
        array = array[..., np.newaxis] if array.ndim == 2 + many else array
        array = np.moveaxis(array, -1, axes.index("C"))
    if array.ndim != len(axes) or many != ("N" in axes):
        raise FormatError(f"a chunk of shape {array.shape} where axes are {axes}")
    return np.ascontiguousarray(array)


def reshaped(array: Picture, shape: tuple[int, ...]) -> Picture:
    """``array`` in the ``shape`` of its chunk, which may differ by axes of one value; else raises FormatError."""
    if [size for size in array.shape if size > 1] != [size for size in shape if size > 1]:
        raise FormatError(f"a chunk with pictures of shape {array.shape}, expected {shape}")
    return array.reshape(shape)
