"""Pictures as programs and files have them, to uint8 arrays: arrays by their type, the rest by Pillow.

:mod:`aecodec.pictures.images` imports Pillow, and is imported when an image of Pillow or a file is at hand.
"""

from aecodec.pictures.arrays import as_picture

__all__ = ["as_picture"]
