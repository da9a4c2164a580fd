"""Pictures coded exactly, sample by sample: by predictions that adapt and small networks, or quickly by fixed rules."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.pixels.blocks import decode_pictures, encode_pictures, most_steps, steps_of
    from aecodec.pixels.coder import SYMBOLS
    from aecodec.pixels.meter import measured
    from aecodec.pixels.network import Networks, NetworkWalk
    from aecodec.pixels.quick import QuickWalk
else:
    __getattr__ = late(
        __name__,
        {
            ".blocks": ("decode_pictures", "encode_pictures", "most_steps", "steps_of"),
            ".coder": ("SYMBOLS",),
            ".meter": ("measured",),
            ".network": ("Networks", "NetworkWalk"),
            ".quick": ("QuickWalk",),
        },
    )

__all__ = [
    "SYMBOLS",
    "NetworkWalk",
    "Networks",
    "QuickWalk",
    "decode_pictures",
    "encode_pictures",
    "measured",
    "most_steps",
    "steps_of",
]
