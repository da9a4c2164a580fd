"""All coders of exact blocks, by their methods. Decoding looks up a coder. Encoding takes the shortest body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

from aecodec.coders.protocol import CLEARLY, Block, Body, Coder, Encoder, Needs
from aecodec.container import Header
from aecodec.errors import FormatError, UnsupportedError
from aecodec.lossless.plain import encode_plain, quick_size
from aecodec.zoo import Model

if TYPE_CHECKING:
    from aecodec.coders.tiles import Scans


class Coders(Mapping[int, Coder]):
    """Coders by their methods. A coder's module is imported when the coder is first asked for."""

    def __init__(self, places: Mapping[tuple[str, str], Sequence[int]]) -> None:
        """Take ``places``: a module of this package and a name in it, then the methods of the coders of that name."""
        self._places = {method: place for place, methods in places.items() for method in methods}
        self._found: dict[int, Coder] = {}

    def __getitem__(self, method: int) -> Coder:
        if method not in self._found:
            module, name = self._places[method]
            some: Sequence[Coder] = getattr(import_module(module, __package__), name)
            self._found |= {coder.method: coder for coder in some}
        return self._found[method]

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


_PLAIN, _TILES, _RESIDUAL, _CONDITIONAL = (0, 1, 2), (3, 4, 5, 6), 3, 6
CODERS: Final = Coders(
    {
        (".plain", "PLAIN"): _PLAIN,
        (".tiles", "TILES"): _TILES,
        (".pictures", "PICTURES"): (7, 8, 9, 15, 11, 23, 24, 25, 39),
    }
)
DEEP_CODERS: Final = Coders({(".deep", "DEEP"): (*_PLAIN, 11, 12, 13, 14)})  # of pictures of 16 bits
_OF_PIXELS = Needs.PICTURES, Needs.DRAWINGS
_OF_LAYERS = (*_PLAIN, _RESIDUAL, _CONDITIONAL)


def coders(*, deep: bool) -> Mapping[int, Coder]:
    """Return all coders of pictures of 8 bits a sample, or of ``deep`` ones, by their methods."""
    return DEEP_CODERS if deep else CODERS


def coder_of(method: int, header: Header, *, deep: bool = False) -> Coder:
    """Return the coder of ``method`` in the only layer of a file with this header.

    ``deep`` says that the block has deep pictures. Raises FormatError if such a file cannot have the method, and
    UnsupportedError if a later version may know it.
    """
    coder = coders(deep=deep).get(method)
    if coder is not None and coder.needs is Needs.NOTHING:
        return coder
    if header.pixels and coder is not None and coder.needs not in _OF_PIXELS:
        raise FormatError(f"a block of method {method}, which a file for a pixel model cannot have")
    if coder is None or coder.needs not in (_OF_PIXELS if header.pixels else (Needs.TILES,)):
        raise _unknown(method, deep=deep)
    if header.fingerprint is None and method != _RESIDUAL:
        raise UnsupportedError(f"block method {method} in a file that names no model; a newer aecodec may know it")
    if header.fingerprint is None:
        raise FormatError("a modelled block in a file that names no model")
    return coder


def coder_of_second(method: int) -> Coder:
    """Return the coder of ``method`` in a second layer. Raises as :func:`coder_of` does."""
    if method in _OF_LAYERS:
        return CODERS[method]
    if method in _TILES:
        raise FormatError(f"a block of method {method}, which a second layer cannot have")
    raise _unknown(method)


def _unknown(method: int, *, deep: bool = False) -> UnsupportedError:
    pictures = " of 16-bit pictures" if deep else ""
    return UnsupportedError(f"block method {method}{pictures} is not known to this aecodec; a newer one may be")


def needs_model(method: int, *, deep: bool) -> bool:
    """Return whether a file with a block of ``method`` must name a model."""
    return coders(deep=deep)[method].needs is not Needs.NOTHING


def title_of(method: int) -> str:
    """Return in words for users how blocks of ``method`` are coded."""
    coder = CODERS.get(method) or DEEP_CODERS.get(method)
    return f"by method {method}" if coder is None else coder.title


class PlainEncoder:
    """An Encoder without bodies, which leaves all blocks to the plain coders."""

    handicap = 0

    def encode(self, blocks: Sequence[Block]) -> Iterator[list[Body]]:
        """See Encoder."""
        return iter([[] for _ in blocks])


def encoder_of(
    model: Model | None, effort: int, *, alone: bool, quick: bool, scans: Sequence[Scans] | None = None
) -> Encoder:
    """Return an encoder with ``model``. Without a model it is the quick one if ``quick``, else a plain one.

    ``alone`` says that the file has one picture. ``scans`` are those of each block, if they are known already.
    """
    if model is None and not quick:
        return PlainEncoder()
    if model is not None and model.pixels is None:
        from aecodec.coders.by_tiles import TileEncoder  # here, for other encoders do not need it

        return TileEncoder(model, effort, alone, scans)
    from aecodec.coders.by_pixels import PixelEncoder, QuickEncoder

    return QuickEncoder() if model is None or model.pixels is None else PixelEncoder(model.pixels, effort)


def encode_exact(blocks: Sequence[Block], encoder: Encoder) -> Iterator[Body]:
    """Yield method and body of each of ``blocks``: the shortest by ``encoder``, or by a plain coder."""
    for block, bodies in zip(blocks, encoder.encode(blocks), strict=True):
        found = min(bodies, key=lambda each: len(each[1]), default=None)
        if found is not None and len(found[1]) * CLEARLY <= quick_size(block.planes):
            yield found
            continue
        plain = encode_plain(block.planes)
        yield plain if found is None or len(plain[1]) < len(found[1]) + encoder.handicap else found
