"""The lossy scheme of tiles: analysis and synthesis transforms, the autoregressive prior, the encoder's search."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.lossy.model import LossyModel
    from aecodec.lossy.objective import LMBDA_UNIT_BITS
    from aecodec.lossy.prior import Prior, decode_symbols, decode_symbols_apart, encode_symbols, encode_symbols_apart
    from aecodec.lossy.search import refine
else:
    __getattr__ = late(
        __name__,
        {
            ".model": ("LossyModel",),
            ".objective": ("LMBDA_UNIT_BITS",),
            ".prior": ("Prior", "decode_symbols", "decode_symbols_apart", "encode_symbols", "encode_symbols_apart"),
            ".search": ("refine",),
        },
    )

__all__ = [
    "LMBDA_UNIT_BITS",
    "LossyModel",
    "Prior",
    "decode_symbols",
    "decode_symbols_apart",
    "encode_symbols",
    "encode_symbols_apart",
    "refine",
]
