"""The ``.aec`` container: header, index, records and checksums, in one layer or two. See formats/aec.md."""

from aecodec.container.frame import states_many
from aecodec.container.header import Header
from aecodec.container.layout import Container, build, parse
from aecodec.container.references import References, count_references, pack_references, read_references
from aecodec.container.second import add_second, is_whole, parse_second
from aecodec.container.shape import Shape, Shapes

__all__ = [
    "Container",
    "Header",
    "References",
    "Shape",
    "Shapes",
    "add_second",
    "build",
    "count_references",
    "is_whole",
    "pack_references",
    "parse",
    "parse_second",
    "read_references",
    "states_many",
]
