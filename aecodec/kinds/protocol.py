"""What a kind of model must be able to do. Everything above knows models by this alone."""

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

DEFAULT_QUALITY = 60  # of models for any picture that state no other


class Size(NamedTuple):
    """Of a picture's colour planes."""

    height: int
    width: int
    planes: int


@dataclass(frozen=True)
class Rate:
    """What a file says of how finely its symbols are quantized: the step of tiles, or the quality of a grid."""

    step: int = 1
    quality: int | None = None


class Payload(NamedTuple):
    """What a block of pictures becomes: ``data``, and what that decodes to.

    ``references`` are empty where no picture is kept as what it differs from another one; else there is one for each
    picture, the number of that other one in the block, or None.
    """

    data: bytes
    pictures: list[Colour]
    references: References = ()


class Codec(Protocol):
    """What a model of any kind says of itself."""

    @property
    def kind(self) -> str:
        """As the model file states it."""

    @property
    def lossy(self) -> LossyCodec | None:
        """What codes pictures lossily, or None if nothing does."""

    @property
    def pixels(self) -> PixelCodec | None:
        """What keeps exact pixels of pictures of any size, or None if nothing does."""

    @property
    def native(self) -> tuple[int, int] | None:
        """Height and width of the grey pictures that need no geometry in a file, or None if there are none."""

    @property
    def tile(self) -> tuple[int, int] | None:
        """Height and width of the tiles that it cuts planes into, or None if it cuts none."""

    @property
    def residual(self) -> ResidualCoder | None:
        """What makes tiles exact, or None if nothing does."""

    @property
    def ink(self) -> InkCoder | None:
        """What codes the scans that tiles come from, or None if nothing does."""

    @property
    def parts(self) -> frozenset[Part]:
        """What it has besides what its kind cannot do without."""

    def answer(self) -> Iterator[bytes]:
        """Return all that decides a symbol or a pixel, worked out for fixed inputs: what the known answer is over."""


class LossyCodec(Codec, Protocol):
    """Pictures to a payload and back, by one model. The same bytes and pixels on every machine."""

    @property
    def default_quality(self) -> int:
        """What is taken where nobody asks for another."""

    @property
    def best_quality(self) -> int:
        """The highest that makes a difference: 100, or more where targets may ask for it."""

    def rate(self, quality: int) -> Rate:
        """Return what a file of ``quality`` says."""

    def block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many pictures a block of a container should have, the largest of which have ``sizes``."""

    def most_block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many it may have where somebody asks for as many, or pictures are alike."""

    def are_alike(self, pairs: Iterable[tuple[Colour, Colour]]) -> bool:
        """Return whether so many ``pairs`` of pictures resemble each other that larger blocks may save much."""

    def encode(self, pictures: Sequence[Colour], quality: int, effort: int, run: Map) -> tuple[bytes, list[Colour]]:
        """Return the payload of ``pictures``, and what it decodes to.

        ``quality`` is 0 to 100, and up to 200 where a model can go farther; ``effort`` of the search 0 to 9. ``run``
        does independent work as ``map`` does. Raises LimitError.
        """

    def encode_apart(
        self, blocks: Sequence[Sequence[Colour]], quality: int, effort: int, run: Map
    ) -> Iterator[Payload]:
        """Yield what becomes of each of ``blocks`` alone; they are worked on together where that helps.

        That is what :meth:`encode` gives, unless pictures of a block resemble one another.
        """

    def decode_apart(
        self, payloads: Sequence[bytes], sizes: Sequence[Sequence[Size]], rate: Rate, run: Map
    ) -> list[list[Colour]]:
        """Return what :meth:`decode` gives of each of ``payloads``; they are worked on together where that helps."""

    def decode(
        self, payload: bytes, sizes: Sequence[Size], rate: Rate, run: Map, references: References = ()
    ) -> list[Colour]:
        """Return the pictures of a payload, of which some may be what they differ from their ``references``.

        Raises FormatError, LimitError, and ModelError for another kind's ``rate``.
        """
