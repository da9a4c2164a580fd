"""The lossy scheme: analysis and synthesis transforms, the autoregressive prior, the search."""

from aecodec.lossy.model import LossyModel
from aecodec.lossy.objective import LMBDA_UNIT_BITS
from aecodec.lossy.prior import Prior, decode_symbols, decode_symbols_apart, encode_symbols, encode_symbols_apart
from aecodec.lossy.search import MAX_EFFORT, refine

__all__ = [
    "MAX_EFFORT",
    "LMBDA_UNIT_BITS",
    "LossyModel",
    "Prior",
    "decode_symbols",
    "decode_symbols_apart",
    "encode_symbols",
    "encode_symbols_apart",
    "refine",
]
