"""The zarr codec ``aecodec``: chunks of uint8 or uint16 pictures as ``.aec`` bytes, for arrays of format 3.

zarr finds it by its entry point: who reads an array needs no import. To write one, give it as the serializer, and no
compressor behind it, which would gain nothing:

>>> import numpy, zarr
>>> from aecodec.zarr import AecCodec
>>> pictures = zarr.create_array({}, shape=(10, 40, 60), chunks=(4, 40, 60), dtype="uint8",
...                              serializer=AecCodec(), compressors=None)
>>> pictures[:] = numpy.arange(24_000).reshape(10, 40, 60) % 251
>>> int(pictures[7, 39, 59])
123

What chunks there may be, and in what order their axes are, says :mod:`aecodec.numcodecs`; other ones are refused when
an array is created (but in shards those that only their size or a given ``axes`` rules out: these are refused when they
are written). A chunk at the edge of an array is written whole, filled up with the fill value, and one of nothing but
that is not written at all, as zarr does with every codec. A chunk is decoded as a whole: where single pictures are to
be read out of large chunks, let zarr shard the array (``shards=...``), with inner chunks of a few pictures.

Where the channels come first give ``axes="CHW"`` or ``"NCHW"`` rather than a transposing filter, behind which no codec
is shown the shape of its chunks when the array is created.

Arrays of format 2 have :class:`aecodec.numcodecs.Aec` as their compressor.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass  # as the class of zarr that it is made from
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from aecodec.numcodecs import Aec, axes_of, check_type, named_axes, reshaped

try:
    from zarr.abc.codec import ArrayBytesCodec
    from zarr.core.common import parse_named_configuration
except ModuleNotFoundError as error:
    raise ImportError('zarr 3 is missing; this codec needs: pip install "aecodec[zarr]"') from error

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.core.chunk_grids import ChunkGrid
    from zarr.core.common import JSON
    from zarr.core.dtype.wrapper import ZDType

NAME = Aec.codec_id


@dataclass(frozen=True)
class AecCodec(ArrayBytesCodec):
    """A chunk of pictures to an ``.aec`` file; the arguments, and what they raise, are those of ``numcodecs.Aec``."""

    quality: int | None
    effort: int | None
    model: str | None
    model_sha256: str | None
    axes: str | None

    is_fixed_size = False

    def __init__(
        self,
        *,
        quality: int | None = None,
        effort: int | None = None,
        model: str | None = None,
        model_sha256: str | None = None,
        axes: str | None = None,
    ) -> None:
        settled = Aec(quality, effort, model, model_sha256, axes)
        for name in ("quality", "effort", "model", "model_sha256", "axes"):
            object.__setattr__(self, name, getattr(settled, name))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """Return the codec that an array's metadata describe."""
        _, configuration = parse_named_configuration(data, NAME, require_configuration=False)
        given: dict[str, Any] = dict(configuration or {})
        return cls(**given)

    def to_dict(self) -> dict[str, JSON]:
        """Return what an array's metadata say of the codec."""
        config = self._codec.get_config()
        return {"name": config.pop("id"), "configuration": config}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec itself, checked by the array's type and axes: all that a shard's inner codec gets checked.

        The shape is that of the inner chunks in a shard, else the array's. Raises ValueError.
        """
        check_type(array_spec.dtype.to_native_dtype(), exact=self.quality is None)
        named_axes(array_spec.shape, self.axes)
        return self

    def validate(self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGrid) -> None:
        """Raise ValueError for an array whose chunks are not taken."""
        chunk_shape = getattr(chunk_grid, "chunk_shape", None)  # a grid that is not regular has none
        if chunk_shape is not None:
            axes_of(chunk_shape, self.axes)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Raise NotImplementedError, as what compresses does."""
        raise NotImplementedError

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        array = np.ascontiguousarray(chunk_data.as_numpy_array())
        return chunk_spec.prototype.buffer.from_bytes(await asyncio.to_thread(self._codec.encode, array))

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        array = await asyncio.to_thread(self._codec.decode, chunk_data.to_bytes())
        typed = reshaped(array, chunk_spec.shape).astype(chunk_spec.dtype.to_native_dtype(), copy=False)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(typed)

    @property
    def _codec(self) -> Aec:
        return Aec(self.quality, self.effort, self.model, self.model_sha256, self.axes)
