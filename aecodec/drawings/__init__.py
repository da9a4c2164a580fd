"""Exact coding of drawings, pixel by pixel, with small networks that see what came in similar surroundings."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.drawings.blocks import (
        MOST_OF_GUIDE,
        MOST_SYMBOLS,
        alter_drawings,
        decode_drawings,
        encode_drawings,
        most_steps,
        steps_of,
    )
    from aecodec.drawings.networks import DrawingNetworks
    from aecodec.drawings.resemblance import resemblances
    from aecodec.drawings.restoration import Restoration
else:
    __getattr__ = late(
        __name__,
        {
            ".blocks": (
                "MOST_OF_GUIDE",
                "MOST_SYMBOLS",
                "alter_drawings",
                "decode_drawings",
                "encode_drawings",
                "most_steps",
                "steps_of",
            ),
            ".networks": ("DrawingNetworks",),
            ".resemblance": ("resemblances",),
            ".restoration": ("Restoration",),
        },
    )

__all__ = [
    "MOST_OF_GUIDE",
    "MOST_SYMBOLS",
    "DrawingNetworks",
    "Restoration",
    "alter_drawings",
    "decode_drawings",
    "encode_drawings",
    "most_steps",
    "resemblances",
    "steps_of",
]
