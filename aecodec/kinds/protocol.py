"""What a kind of model must be able to do. Code on higher floors knows models only by these protocols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aecodec.arrays import Colour
from aecodec.container.references import References
from aecodec.frozen import dataclass

if TYPE_CHECKING:
    from aecodec.exact.sheets import Map
    from aecodec.ink import InkCoder
    from aecodec.kinds.parts import Part
    from aecodec.kinds.pixels import PixelCodec
    from aecodec.lossless import ResidualCoder

DEFAULT_QUALITY = 60  # of models for any picture that do not state another


class Size(NamedTuple):
    """The size of a picture's colour planes."""

    height: int
    width: int
    planes: int


@dataclass(frozen=True)
class Rate:
    """How finely a file's symbols are quantized: by the ``step`` for tiles, by the ``quality`` for grids."""

    step: int = 1
    quality: int | None = None


class Payload(NamedTuple):
    """A coded block of pictures: its ``data``, and the ``pictures`` that they decode to.

    ``references`` has for each picture the number of the picture in the block from which it is coded as a difference,
    or None. It is empty where no picture is coded so.
    """

    data: bytes
    pictures: list[Colour]
    references: References = ()


class Codec(Protocol):
    """What a model of any kind says of itself."""

    @property
    def kind(self) -> str:
        """The kind, as the model file states it."""

    @property
    def lossy(self) -> LossyCodec | None:
        """The codec of lossy files, or None."""

    @property
    def pixels(self) -> PixelCodec | None:
        """The codec of exact files of pictures of any size, or None."""

    @property
    def native(self) -> tuple[int, int] | None:
        """Height and width of grey pictures whose files need no geometry, or None."""

    @property
    def tile(self) -> tuple[int, int] | None:
        """Height and width of the tiles into which planes are cut, or None."""

    @property
    def residual(self) -> ResidualCoder | None:
        """The coder that makes tiles exact, or None."""

    @property
    def ink(self) -> InkCoder | None:
        """The coder of scans that tiles were reduced from, or None."""

    @property
    def parts(self) -> frozenset[Part]:
        """The optional parts that the model has."""

    def answer(self) -> Iterator[bytes]:
        """Return the bytes of the known answer: all that decides symbols or pixels, worked out for fixed inputs."""


class LossyCodec(Codec, Protocol):
    """Pictures to a payload and back, by one model. The same bytes and pixels on every machine."""

    @property
    def default_quality(self) -> int:
        """The quality that is taken where nobody asks for another."""

    @property
    def best_quality(self) -> int:
        """The highest quality that makes a difference: 100, or more where a search for a target may use more."""

    def rate(self, quality: int) -> Rate:
        """Return the rate that a file of ``quality`` states."""

    def block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many pictures a block of a container should have. ``sizes`` are those of the largest pictures."""

    def most_block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many pictures a block may have at most: where a user asks for so many, or pictures are alike."""

    def are_alike(self, pairs: Iterable[tuple[Colour, Colour]]) -> bool:
        """Return whether larger blocks may save much: whether enough of ``pairs`` of pictures resemble each other."""

    def encode(self, pictures: Sequence[Colour], quality: int, effort: int, run: Map) -> tuple[bytes, list[Colour]]:
        """Return the payload of ``pictures``, ``[height, width, 1 or 3]``, and the pictures that it decodes to.

        ``quality`` is 0 to ``best_quality``, ``effort`` of the search 0 to 9. ``run`` does independent work, as ``map``
        does. Raises LimitError.
        """

    def encode_apart(
        self, blocks: Sequence[Sequence[Colour]], quality: int, effort: int, run: Map, *, for_eyes: bool = False
    ) -> Iterator[Payload]:
        """Yield a payload for each of ``blocks``. Blocks are worked on together where that helps.

        It is the payload of :meth:`encode`, unless pictures of the block resemble one another, or it is ``for_eyes``
        and the kind weighs errors by where eyes see them.
        """

    def decode_apart(
        self, payloads: Sequence[bytes], sizes: Sequence[Sequence[Size]], rate: Rate, run: Map
    ) -> list[list[Colour]]:
        """Return :meth:`decode` of each of ``payloads``. They are worked on together where that helps."""

    def decode(
        self, payload: bytes, sizes: Sequence[Size], rate: Rate, run: Map, references: References = ()
    ) -> list[Colour]:
        """Return the pictures of a payload. Some may be coded as differences from their ``references``.

        Raises FormatError, LimitError, and ModelError for a ``rate`` of another kind.
        """
