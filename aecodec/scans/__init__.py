"""Bilevel scans behind reduced pictures, found: MNIST's pictures and their like were made from them."""

from aecodec.scans.find import recover
from aecodec.scans.scan import Scan, draw, draw_at

__all__ = ["Scan", "draw", "draw_at", "recover"]
