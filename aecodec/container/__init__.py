"""The ``.aec`` container: header, index, records and checksums. See formats/aec.md."""

from aecodec.container.header import Header, Shape
from aecodec.container.layout import Container, build, parse

__all__ = ["Container", "Header", "Shape", "build", "parse"]
