"""The lossless schemes: a learned residual over a lossy base, and blocks without a model."""

from aecodec.lossless.plain import decode_plain, encode_plain
from aecodec.lossless.residual import ResidualCoder

__all__ = ["ResidualCoder", "decode_plain", "encode_plain"]
