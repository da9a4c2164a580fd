"""These rows are measured on an album: aecodec's general model along its qualities, and the codecs that people have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aecodec.bench.measure.album_trial import Terms, run_trial
from aecodec.bench.measure.way import Way
from aecodec.bench.ours import LOSSLESS, Singles, absent, models_of
from aecodec.bench.peers.ladders import FORMATS
from aecodec.bench.peers.picture_files import PictureFiles
from aecodec.bench.records.album import AlbumRow
from aecodec.bench.records.rows import AECODEC
from aecodec.codec import Options
from aecodec.data import Album
from aecodec.errors import UsageError
from aecodec.zoo import Model, Zoo
from aecodec.zoo.find import SUFFIX

QUALITIES = (5, 15, 25, 35, 45, 55, 65, 75, 85, 95)
NO_MODEL = "no model for any picture at hand"
ALL, NONE = "all", "none"


@dataclass(frozen=True)
class AlbumEntry:
    """An entry is a row to be measured: what is known of it before, and the way of its files.

    ``options`` are aecodec's own, by which its models are told; None for a peer.
    """

    row: AlbumRow
    way: Way
    options: Options | None = None

    def measure(self, pictures: Album, terms: Terms) -> AlbumRow:
        """Measure the row: it has its shots then, or the reason why it has none. Raises as :func:`run_trial`."""
        if self.row.missing is not None:
            return self.row
        models: list[Model] = [] if self.options is None else models_of(self.options)
        found = run_trial(self.way, pictures, terms, lossless=self.row.lossless)
        return replace(
            self.row,
            shots=found.shots,
            compress_peak=found.compress_peak,
            decompress_peak=found.decompress_peak,
            models={model.id: model.sha256 for model in models},
        )


def contenders(
    models: Sequence[str], qualities: Sequence[int], effort: int, jobs: int = 1, *, lossless: bool = False
) -> Iterator[AlbumEntry]:
    """Give each of ``models`` (ids or files; none: the general model) at each of ``qualities``, then exact files.

    Raises UsageError for an option out of its range, ModelError if the general model is not sound.
    """
    named: list[str | None] = [*models] or [_general()]
    for name in named:
        shown = "" if not models or name is None else Path(name).name.removesuffix(SUFFIX) + ", "
        line = f"{shown}effort {effort}"
        for quality in qualities:
            options = Options(model=name, quality=quality, effort=effort)
            missing = NO_MODEL if name is None else absent(options) if models else None
            row = AlbumRow(
                AECODEC, f"{line}, quality {quality}", False, f"{AECODEC} {line}", effort=effort, quality=quality,
                missing=missing,
            )  # fmt: skip
            yield AlbumEntry(row, Singles(options), options)
    if lossless:
        options = Options(lossless=True, effort=effort, jobs=jobs)
        setting = f"{LOSSLESS}, effort {effort}"
        yield AlbumEntry(
            AlbumRow(AECODEC, setting, True, f"{AECODEC} {setting}", effort=effort), Singles(options), options
        )


def rivals(names: Iterable[str], *, lossless: bool = False) -> list[AlbumEntry]:
    """Return the peers of ``names``, ``all`` and ``none`` among them, each at its ladder; exact if ``lossless``.

    Slow ones are not among ``all``. Raises UsageError for a name that is not known.
    """
    wanted = set(names) - {NONE}
    if unknown := sorted(wanted - {ALL, *FORMATS}):
        raise UsageError(
            f"no peer {unknown[0]!r} for pictures of any size; there are: {', '.join(FORMATS)}, or all, or none"
        )
    found = []
    for name, form in FORMATS.items():
        if name not in wanted and (form.slow or ALL not in wanted):
            continue
        for rung in [*form.ladder, *([form.exact] if lossless and form.exact else [])]:
            row = AlbumRow(
                form.codec, rung.setting, rung is form.exact, form.codec, quality=rung.quality, missing=form.missing
            )
            found.append(AlbumEntry(row, PictureFiles(form, rung)))
    return found


def _general() -> str | None:
    model = Zoo().general()
    return None if model is None else model.id
