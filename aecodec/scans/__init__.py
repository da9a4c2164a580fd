"""Bilevel scans behind reduced pictures, found: MNIST's pictures and their like were made from them."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.scans.find import recover
    from aecodec.scans.scan import Scan, draw, draw_at
else:
    __getattr__ = late(
        __name__,
        {
            ".find": ("recover",),
            ".scan": ("Scan", "draw", "draw_at"),
        },
    )

__all__ = ["Scan", "draw", "draw_at", "recover"]
