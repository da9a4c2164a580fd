"""Exact coding without scans: stored or deflated planes, packed and filtered pictures, a residual over lossy tiles."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.lossless.plain import decode_plain, encode_plain, quick_size
    from aecodec.lossless.residual import ResidualCoder
else:
    __getattr__ = late(
        __name__,
        {
            ".plain": ("decode_plain", "encode_plain", "quick_size"),
            ".residual": ("ResidualCoder",),
        },
    )

__all__ = ["ResidualCoder", "decode_plain", "encode_plain", "quick_size"]
