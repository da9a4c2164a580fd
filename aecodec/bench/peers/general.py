"""General compressors take raw samples: a picture at a time, or all as one stream."""

from __future__ import annotations

import bz2
import lzma
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from aecodec.arrays import Pictures
from aecodec.bench.measure.way import SINGLE, Kept
from aecodec.bench.peers.formats import EXTRA

STREAM = "stream"
DICTIONARY_BYTES = 112_640  # as zstd's own tool trains by default
_ZSTD_LEVEL = 22
_MAX_WINDOW = 27
_FEW = 4_096  # bytes


@dataclass(frozen=True)
class Compressor:
    """It takes bytes to bytes. A dictionary, and how many bytes to decode, are known to both sides and not counted."""

    encode: Callable[[bytes, bytes], bytes]
    decode: Callable[[bytes, int, bytes], bytes]
    module: str | None = None

    @property
    def missing(self) -> str | None:
        """Return why it cannot be measured here."""
        if self.module is None:
            return None
        try:
            import_module(self.module)
        except ModuleNotFoundError:
            return EXTRA
        return None


def _lzma_filters(size: int) -> list[dict[str, int]]:
    """Return filters for so many bytes: a window of all; few bytes don't pay for contexts by the byte before (``lc``).

    MNIST training pictures one by one: 172.0 bytes at lc 0 and 174.0 at 4; 3,000 as one stream: 140.4 and 138.8.
    LZMA2, whose chunks have headers, took 1.7 bytes more for one picture.
    """
    window = max(4_096, 1 << (size - 1).bit_length())
    common = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lp": 0, "pb": 0, "dict_size": window}
    return [{**common, "lc": 0 if size <= _FEW else 4}]


def _xz(data: bytes, _: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_RAW, filters=_lzma_filters(len(data)))


def _unxz(data: bytes, size: int, _: bytes) -> bytes:
    return lzma.decompress(data, lzma.FORMAT_RAW, filters=_lzma_filters(size))


def _deflate(data: bytes, _: bytes) -> bytes:
    return min((_deflated(data, strategy) for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)), key=len)


def _deflated(data: bytes, strategy: int) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy)
    return coder.compress(data) + coder.flush()


def _brotli(data: bytes, _: bytes) -> bytes:
    found: bytes = import_module("brotli").compress(data, quality=11, lgwin=16 if len(data) <= _FEW else 24)
    return found


def _unbrotli(data: bytes, _size: int, _: bytes) -> bytes:
    found: bytes = import_module("brotli").decompress(data)
    return found


def _zstd(data: bytes, dictionary: bytes) -> bytes:
    found: bytes = _zstd_encoder(len(data), dictionary).compress(data)
    return found


def _unzstd(data: bytes, size: int, dictionary: bytes) -> bytes:
    found: bytes = _zstd_decoder(dictionary).decompress(data, max_output_size=size)
    return found


@cache
def _zstd_encoder(size: int, dictionary: bytes) -> Any:
    """Return what makes frames without magic, sizes and checksums, which the reader knows or a file system has."""
    zstandard: Any = import_module("zstandard")
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _ZSTD_LEVEL,
        source_size=size,
        dict_size=len(dictionary),
        window_log=min(_MAX_WINDOW, max(10, size.bit_length())),
        write_content_size=False,
        write_checksum=False,
        write_dict_id=False,
        format=zstandard.FORMAT_ZSTD1_MAGICLESS,
    )
    known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    if known is not None:
        known.precompute_compress(compression_params=parameters)
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=known)


@cache
def _zstd_decoder(dictionary: bytes) -> Any:
    zstandard: Any = import_module("zstandard")
    known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    return zstandard.ZstdDecompressor(
        dict_data=known, max_window_size=1 << _MAX_WINDOW, format=zstandard.FORMAT_ZSTD1_MAGICLESS
    )


COMPRESSORS: Mapping[str, Compressor] = {
    "zlib": Compressor(_deflate, lambda data, size, _: zlib.decompress(data, -15, size)),
    "bz2": Compressor(lambda data, _: bz2.compress(data, 9), lambda data, size, _: bz2.decompress(data)),
    "xz": Compressor(_xz, _unxz),
    "brotli": Compressor(_brotli, _unbrotli, "brotli"),
    "zstd": Compressor(_zstd, _unzstd, "zstandard"),
}


@dataclass(frozen=True)
class Samples:
    """The way takes raw samples, of a picture each or of all in turn, through a general compressor.

    With the first sample of all pictures first, then the second of all, streams were 14 to 49 % longer on 3,000 MNIST
    training pictures.
    """

    codec: str
    name: str = SINGLE
    dictionary: bytes = b""

    def compress(self, pictures: Pictures) -> Kept:
        """See :class:`aecodec.bench.measure.way.Way`."""
        encode = COMPRESSORS[self.codec].encode
        if self.name == SINGLE:
            return Kept([encode(picture.tobytes(), self.dictionary) for picture in pictures])
        return Kept([encode(pictures.tobytes(), self.dictionary)])

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        """See :class:`aecodec.bench.measure.way.Way`."""
        decode = COMPRESSORS[self.codec].decode
        size = math.prod(shape) // len(files)
        samples = b"".join(decode(each, size, self.dictionary) for each in files)
        return np.frombuffer(samples, np.uint8).reshape(shape)


def train_dictionary(pictures: Pictures) -> bytes:
    """Train a dictionary of zstd on training pictures; it is empty where there are too few for one."""
    zstandard: Any = import_module("zstandard")
    samples = [picture.tobytes() for picture in pictures]
    try:
        found: bytes = zstandard.train_dictionary(DICTIONARY_BYTES, samples, threads=1).as_bytes()
    except zstandard.ZstdError:
        return b""
    return found
