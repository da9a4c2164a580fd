"""Finds the bilevel scans that grey pictures were reduced from, as MNIST's were, and draws pictures from scans."""

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
