"""The ``.aec`` container: header, index, records and checksums, in one layer or two. See formats/aec.md."""

from aecodec.container.frame import states_many
from aecodec.container.header import Header
from aecodec.container.layout import Container, build, parse
from aecodec.container.second import add_second, is_whole, parse_second
from aecodec.container.shape import Shape, Shapes

__all__ = [
    "Container",
    "Header",
    "Shape",
    "Shapes",
    "add_second",
    "build",
    "is_whole",
    "parse",
    "parse_second",
    "states_many",
]
