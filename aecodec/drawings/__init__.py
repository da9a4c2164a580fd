"""Drawings exactly, pixel by pixel: by what came in like surroundings before, and small networks."""

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

__all__ = [
    "MOST_OF_GUIDE",
    "MOST_SYMBOLS",
    "DrawingNetworks",
    "alter_drawings",
    "decode_drawings",
    "encode_drawings",
    "most_steps",
    "resemblances",
    "steps_of",
]
