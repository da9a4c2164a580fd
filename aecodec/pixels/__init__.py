"""Pictures exactly, sample by sample: by predictions that adapt and a small network, or quickly by fixed ones."""

from aecodec.pixels.blocks import decode_pictures, encode_pictures, most_steps, steps_of
from aecodec.pixels.coder import SYMBOLS
from aecodec.pixels.meter import measured
from aecodec.pixels.network import Networks, NetworkWalk
from aecodec.pixels.quick import QuickWalk

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
