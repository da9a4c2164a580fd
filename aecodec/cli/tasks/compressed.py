"""What ``aecodec compress`` says of the files that it wrote: summaries, notes and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from aecodec.cli.plumbing.lines import arrow, decibels, say
from aecodec.codec import Encoded, Options, psnr
from aecodec.files import Gallery
from aecodec.files.atomic import shown_output
from aecodec.files.read import shown
from aecodec.lossy.quality import BEST, spread


def summary(inputs: tuple[str, ...], target: str, gallery: Gallery, result: Encoded) -> str:
    """Return a line on what became of ``inputs``."""
    what = shown(inputs[0]) if len(inputs) == 1 else f"{len(gallery)} picture{'s' * (len(gallery) != 1)}"
    if len(inputs) == 1 and len(gallery) > 1:
        what = f"{inputs[0]} ({len(gallery)} pictures)"
    facts = [
        f"{gallery.input_bytes} {arrow()} {len(result.data)} bytes",
        f"{8 * len(result.data) / result.pixels:.2f} bpp",
        _likeness(result),
        f"model {result.model.id}" if result.model else "no model",
    ]
    if result.first is not None:
        first = result.first
        facts.append(f"of it {first.bytes} bytes with {decibels(psnr(first.mse))} first, model {first.model.id}")
    if not result.exact:
        facts.append(f"effort {result.effort}")
    general = result.model is not None and result.model.native is None
    if result.quality is not None and (general or result.quality != BEST):
        facts.append(f"quality {result.quality}")
    return f"{what} {arrow()} {shown_output(target)}: {', '.join(facts)}"


def _likeness(result: Encoded) -> str:
    """Return how like the pictures are; those without an error may still lack what nobody sees."""
    if not result.exact and result.mse == 0:
        return "no error that can be seen"
    return decibels(psnr(result.mse))


def warn_of_files(gallery: Gallery) -> None:
    """Say what of the pictures' files is not kept."""
    for remark in gallery.remarks:
        say(f"aecodec: warning: {remark}")


def note_larger(gallery: Gallery, result: Encoded, options: Options) -> None:
    """Say so where the file is larger than the pictures' own files, and what else there is."""
    if len(result.data) > gallery.input_bytes:
        say(
            f"aecodec: note: the output is larger than the {gallery.input_bytes} bytes of the input: keep that, or "
            f"{instead(result, options)}"
        )


def note_exact(size: int | None) -> None:
    """Say so where an exact file of ``size`` bytes would be no larger than the lossy one."""
    if size is not None:
        say(f"aecodec: note: an exact file would be no larger, {size} bytes: use --lossless")


def fallen_back(result: Encoded) -> str | None:
    """Return a line where the file is not by the model that was asked for, or None if it is."""
    if result.fell_short is None:
        return None
    taken = "an exact file" if result.exact else f"model {result.model.id}" if result.model else "no model"
    return f"aecodec: note: model {result.fell_short.id} does not reach the bound; {taken} is taken instead"


class Notes:
    """Notes say the same of files one by one, in a line each for all of them."""

    def __init__(self) -> None:
        self._larger: list[str] = []
        self._exact: list[str] = []
        self._short: list[str] = []
        self._instead = self._model = ""
        self._tried = 0

    def add(self, path: str, larger: str | None, exact: bool | None, fell_short: str | None) -> None:
        """Count a file: what there is instead of one that is ``larger`` than what was given, whether an exact one
        would be no larger, or None if that was not tried, and the model that was asked for and ``fell_short``.
        """
        if fell_short is not None:
            self._short.append(path)
            self._model = fell_short
        if larger is not None:
            self._larger.append(path)
            self._instead = larger
        self._tried += exact is not None
        if exact:
            self._exact.append(path)

    def show(self, count: int) -> None:
        """Say what there is to be said of ``count`` files."""
        tried = f"{count}" if self._tried == count else f"{self._tried} looked at of {count}"
        for found, among, words in (
            (self._larger, f"{count}", f"larger than the input: keep that, or {self._instead}"),
            (self._short, f"{count}", f"not by model {self._model}, which does not reach the bound"),
            (self._exact, tried, "no smaller than an exact file would be: use --lossless"),
        ):
            if found:
                say(f"aecodec: note: of {len(found)} of {among} files, {found[0]} the first, the output is {words}")


def instead(result: Encoded, options: Options) -> str:
    """Return what would make a smaller file."""
    if options.lossless:
        return "leave out --progressive" if options.progressive else "leave out --lossless"
    if options.has_target:
        return "loosen the bound"
    return "give a --quality, which is lossy" if result.exact else "give a lower --quality"


class Far(NamedTuple):
    """A picture is far that is unlike those that its model was made for: its error, its file, the model's id."""

    error: float
    path: str
    model: str


def far_of(gallery: Gallery, result: Encoded) -> list[Far]:
    """Return the pictures whose error is beyond what the model's own pictures have at that quality."""
    if result.exact or result.model is None:
        return []
    typical = result.model.description.get("typical_mse")
    if not isinstance(typical, int | float):
        return []
    usual = typical * spread(BEST if result.quality is None else result.quality)
    pairs = zip(result.errors, gallery.sources, strict=True)
    return [Far(error, source.path, result.model.id) for error, source in pairs if error > usual]


def warn_of_domain(far: Sequence[Far], count: int) -> None:
    """Say so where some of ``count`` pictures are far."""
    if not far:
        return
    worst = max(far, key=lambda each: each.error)
    which = shown(worst.path)
    if count > 1:
        which = f"{len(far)} of {count} pictures, {which} worst,"
    say(
        f"aecodec: warning: {which} reached only {decibels(psnr(worst.error))}: unlike the pictures that "
        f"model {worst.model} is made for; train a model on such pictures, or use --lossless"
    )


def record(inputs: tuple[str, ...], target: str, gallery: Gallery, result: Encoded, failed: int) -> dict[str, Any]:
    searched = not result.exact or (result.model is not None and result.model.ink is not None)
    first = result.first
    return {
        "input": inputs[0] if len(inputs) == 1 else list(inputs),
        "output": target,
        "pictures": len(gallery),
        "failed": failed,
        "input_bytes": gallery.input_bytes,
        "bytes": len(result.data),
        "payload_bytes": result.payload,
        "bpp": 8 * len(result.data) / result.pixels,
        "mse": result.mse,
        "psnr": psnr(result.mse),
        "model": result.model.id if result.model else None,
        "fingerprint": result.model.fingerprint.hex() if result.model else None,
        "lossless": result.exact,
        "effort": result.effort if searched else None,
        "quality": result.quality,
        "first_bytes": first.bytes if first else None,
        "first_mse": first.mse if first else None,
        "first_model": first.model.id if first else None,
        "fell_short": result.fell_short.id if result.fell_short else None,
    }
