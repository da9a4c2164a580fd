"""The lossless schemes: bilevel origins, a learned residual over a lossy base, and blocks without a model."""

from aecodec.lossless.base import Base
from aecodec.lossless.based import BasedCoder
from aecodec.lossless.ink import InkCoder, draw, draw_at
from aecodec.lossless.origins import Origin, recover
from aecodec.lossless.plain import decode_plain, encode_plain, quick_size
from aecodec.lossless.residual import ResidualCoder

__all__ = [
    "Base",
    "BasedCoder",
    "InkCoder",
    "Origin",
    "ResidualCoder",
    "decode_plain",
    "draw",
    "draw_at",
    "encode_plain",
    "quick_size",
    "recover",
]
