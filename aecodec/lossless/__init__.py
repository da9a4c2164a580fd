"""Exact bytes without a scan: stored and deflated planes, packed pictures, and a residual over lossy tiles."""

from aecodec.lossless.plain import decode_plain, encode_plain, quick_size
from aecodec.lossless.residual import ResidualCoder

__all__ = ["ResidualCoder", "decode_plain", "encode_plain", "quick_size"]
