"""The module finds peers by the names that people give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from aecodec.arrays import Pictures
from aecodec.bench.peers.formats import FORMATS, Format, Rung
from aecodec.bench.peers.general import COMPRESSORS, DICTIONARY_BYTES, STREAM, Samples, train_dictionary
from aecodec.bench.peers.peer import Peer
from aecodec.bench.peers.picture_files import MOSAIC, SEQUENCE, PictureFiles
from aecodec.errors import UsageError

_FORMATS = {"".join(form.codec.lower().split()): form for form in FORMATS}
_FORMATS["jxl"] = _FORMATS.pop("jpegxl")
NAMES = (*_FORMATS, *COMPRESSORS)
ALL = "all"
Training = Callable[[], Pictures | None]


def find_peers(names: Iterable[str], training: Training) -> list[Peer]:
    """Return the peers of ``names``, among which ``all``, in the order of ``NAMES``.

    ``training`` gives pictures for a dictionary, or None where there are none; it is called only where one is wanted.
    Raises UsageError for a name that is not known.
    """
    wanted = set(names)
    if unknown := sorted(wanted - {ALL, *NAMES}):
        raise UsageError(f"no peer {unknown[0]!r}; there are: {', '.join(NAMES)}, or all, or none")
    return [
        peer
        for name in NAMES
        if ALL in wanted or name in wanted
        for peer in (_of_format(_FORMATS[name]) if name in _FORMATS else _of_samples(name, training))
    ]


def _of_format(form: Format) -> Iterator[Peer]:
    """Give lossy ones, then the exact one."""
    many = SEQUENCE if form.frame else MOSAIC
    for rung in form.ladder:
        yield _at(form, rung, False, many)
    if form.exact is not None:
        yield _at(form, form.exact, True, MOSAIC)


def _at(form: Format, rung: Rung, lossless: bool, many: str) -> Peer:
    single, bulk = PictureFiles(form, rung), PictureFiles(form, rung, many)
    return Peer(form.codec, rung.setting, lossless, single, bulk, quality=rung.quality, missing=form.missing)


def _of_samples(codec: str, training: Training) -> Iterator[Peer]:
    missing = COMPRESSORS[codec].missing
    yield Peer(codec, "", True, Samples(codec), Samples(codec, STREAM), missing=missing)
    if codec == "zstd":
        yield _with_dictionary(codec, missing, training)


def _with_dictionary(codec: str, missing: str | None, training: Training) -> Peer:
    setting = f"with a dictionary of {DICTIONARY_BYTES >> 10} KiB"
    pictures = None if missing else training()
    dictionary = b"" if pictures is None else train_dictionary(pictures)
    if not missing and not dictionary:
        missing = "no training pictures, or too few, for a dictionary"
    single, bulk = Samples(codec, dictionary=dictionary), Samples(codec, STREAM, dictionary=dictionary)
    return Peer(codec, setting, True, single, bulk, missing=missing)
