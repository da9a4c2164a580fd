"""Bilevel scans behind reduced pictures, found: MNIST's pictures and their like were made from them."""

from aecodec.scans.find import recover
from aecodec.scans.scan import Origin, draw, draw_at

__all__ = ["Origin", "draw", "draw_at", "recover"]
