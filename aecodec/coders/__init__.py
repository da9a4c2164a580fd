"""Coders of exact blocks: planes to a body and back. Each method is one object, and all are in one table.

A new method is an object with the protocol Coder, a line in the table, and an Encoder that tries it.
"""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.coders.by_pixels import block_pictures
    from aecodec.coders.by_tiles import TileEncoder
    from aecodec.coders.drawn import altered_body, restored
    from aecodec.coders.pictures import PictureCoder, joined, parted
    from aecodec.coders.protocol import Block, Body, Coder, Encoder, Frame, Needs
    from aecodec.coders.table import (
        CODERS,
        DEEP_CODERS,
        coder_of,
        coder_of_second,
        coders,
        encode_exact,
        encoder_of,
        needs_model,
        title_of,
    )
    from aecodec.coders.tiles import RESIDUAL, Scans, TileCoder, tile_coder
else:
    __getattr__ = late(
        __name__,
        {
            ".by_pixels": ("block_pictures",),
            ".by_tiles": ("TileEncoder",),
            ".drawn": ("altered_body", "restored"),
            ".pictures": ("PictureCoder", "joined", "parted"),
            ".protocol": ("Block", "Body", "Coder", "Encoder", "Frame", "Needs"),
            ".table": (
                "CODERS",
                "DEEP_CODERS",
                "coder_of",
                "coder_of_second",
                "coders",
                "encode_exact",
                "encoder_of",
                "needs_model",
                "title_of",
            ),
            ".tiles": ("RESIDUAL", "Scans", "TileCoder", "tile_coder"),
        },
    )

__all__ = [
    "CODERS",
    "DEEP_CODERS",
    "RESIDUAL",
    "Block",
    "Body",
    "Coder",
    "Encoder",
    "Frame",
    "Needs",
    "PictureCoder",
    "Scans",
    "TileCoder",
    "TileEncoder",
    "altered_body",
    "restored",
    "block_pictures",
    "coder_of",
    "coder_of_second",
    "coders",
    "encode_exact",
    "encoder_of",
    "needs_model",
    "joined",
    "parted",
    "tile_coder",
    "title_of",
]
