"""A benchmark on pictures of any sizes finds this: a report of rows, each with a shot of every picture.

The records are written as JSON and read back, and all that is shown is made from them. What a row says of all its
pictures is computed from its shots; the JSON holds it too (``mean``), for other programs, and reading leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from aecodec.bench.records.rows import Report, read_report
from aecodec.errors import UsageError
from aecodec.files import read_bytes

SORT = "pictures of any size"


@dataclass(frozen=True)
class Shot:
    """A shot is one picture through one codec, as a file of its own.

    ``bytes`` are those of the whole file. ``mse`` is over all colour samples (H · W · 3, or H · W where grey), scaled
    to 0..1; ``psnr`` is in dB, or None if ``mse`` is 0. ``ssim`` and ``ms_ssim`` are None where a side is too short for
    them, ``alpha_mse`` where there is no alpha. Seconds are with the model loaded, from and to memory, the median of
    ``runs``. ``bug``: it came back other than the encoder promised.
    """

    name: str
    width: int
    height: int
    channels: int
    bytes: int
    mse: float
    psnr: float | None
    ssim: float | None
    ms_ssim: float | None
    alpha_mse: float | None
    compress_seconds: float
    decompress_seconds: float
    runs: int
    bug: bool

    @property
    def pixels(self) -> int:
        """Count places, not samples."""
        return self.width * self.height

    @property
    def bpp(self) -> float:
        """Return the bits of the whole file a pixel."""
        return 8 * self.bytes / self.pixels


@dataclass(frozen=True)
class AlbumRow:
    """A row is one codec at one setting. Rows of one ``curve`` are the points of one line of rates and distortions.

    Peaks are of a process that does nothing else, Python and libraries included, in MiB, or None if the system does
    not say. ``missing``, ``failed`` and ``models`` as in :class:`aecodec.bench.records.rows.Row`.
    """

    codec: str
    setting: str
    lossless: bool
    curve: str
    shots: tuple[Shot, ...] = ()
    effort: int | None = None
    quality: float | None = None
    compress_peak: float | None = None
    decompress_peak: float | None = None
    missing: str | None = None
    failed: bool = False
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return the codec and setting."""
        return f"{self.codec} {self.setting}".rstrip()

    @property
    def bugs(self) -> int:
        """Return how many pictures came back other than promised."""
        return sum(shot.bug for shot in self.shots)

    @property
    def bpp(self) -> float:
        """Return the mean over pictures."""
        return fmean(shot.bpp for shot in self.shots)

    @property
    def psnr(self) -> float | None:
        """Return the mean of the pictures' PSNR, those that came back exact left out, or None if all did."""
        return _mean([shot.psnr for shot in self.shots])

    @property
    def ssim(self) -> float | None:
        """Return the mean over the pictures that are large enough."""
        return _mean([shot.ssim for shot in self.shots])

    @property
    def ms_ssim(self) -> float | None:
        """Return the mean over the pictures that are large enough."""
        return _mean([shot.ms_ssim for shot in self.shots])

    @property
    def alpha_mse(self) -> float | None:
        """Return the mean over the pictures that have alpha."""
        return _mean([shot.alpha_mse for shot in self.shots])

    @property
    def compress_speed(self) -> float:
        """Return the megapixels a second over all pictures."""
        return sum(shot.pixels for shot in self.shots) / 1e6 / sum(shot.compress_seconds for shot in self.shots)

    @property
    def decompress_speed(self) -> float:
        """Return the megapixels a second over all pictures."""
        return sum(shot.pixels for shot in self.shots) / 1e6 / sum(shot.decompress_seconds for shot in self.shots)

    @property
    def mean(self) -> dict[str, float | None]:
        """Return all of the above, for programs."""
        names = ("bpp", "psnr", "ssim", "ms_ssim", "alpha_mse", "compress_speed", "decompress_speed")
        return {name: getattr(self, name) for name in names} if self.shots else {}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


@dataclass(frozen=True)
class AlbumReport:
    """It holds all rows of one album; ``about`` as in :class:`aecodec.bench.records.rows.Report`."""

    about: Mapping[str, Any]
    rows: tuple[AlbumRow, ...] = ()

    @property
    def json(self) -> str:
        """Return the text of a file that :func:`read_any` reads."""
        rows = [{**asdict(row), "mean": row.mean} for row in self.rows]
        record = {"sort": SORT, "about": dict(self.about), "rows": rows}
        return json.dumps(record, indent=1, allow_nan=False) + "\n"


def read_any(path: Path) -> Report | AlbumReport:
    """Read the report, of either sort, whose ``json`` was written there.

    Raises FileError if it cannot be read, UsageError for anything else.
    """
    text = read_bytes(str(path))
    try:
        record = json.loads(text)
        if not isinstance(record, dict) or record.get("sort") != SORT:
            return read_report(path)
        return AlbumReport(record["about"], tuple(_row(each) for each in record["rows"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no report of aecodec benchmark, or one of another version") from error


def _row(record: Mapping[str, Any]) -> AlbumRow:
    known = {key: value for key, value in record.items() if key != "mean"}
    return AlbumRow(**{**known, "shots": tuple(Shot(**shot) for shot in record["shots"])})
