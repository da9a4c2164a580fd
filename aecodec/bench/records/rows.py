"""A benchmark finds these plain records: a report of rows, each with one or two forms of files.

The records are written as JSON and read back; everything that is shown (tables, page, figures) is made from them
and from nothing else. Bytes are a picture's share of whole files, headers and all; MSE is that of samples in 0..1;
speeds are pictures a second with models loaded, each the median of ``runs``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aecodec.errors import UsageError
from aecodec.files import read_bytes

AECODEC = "aecodec"


@dataclass(frozen=True)
class Form:
    """A form is one way of keeping pictures in files: a file each, or all in one.

    ``name`` says which: ``single files``, ``container``, ``mosaic``, ``stream`` ... ``psnr`` is None where the
    pictures are exact, ``ssim`` where they are too small for it. ``timed`` is the number of pictures, the first of
    them, that speeds were measured on. ``bugs`` counts pictures that came back other than the encoder promised. Peaks
    are of a process that does nothing else, Python and libraries included, in MiB, or None if the system does not say.
    """

    name: str
    pictures: int
    bytes: float
    bpp: float
    mse: float
    psnr: float | None
    ssim: float | None
    compress_speed: float
    decompress_speed: float
    runs: int
    timed: int
    bugs: int
    compress_peak: float | None
    decompress_peak: float | None


@dataclass(frozen=True)
class Row:
    """A row is one codec at one setting.

    ``codec`` is ``aecodec`` or a peer's name; ``setting`` tells its rows apart and is empty where it has but one.
    ``payload_bytes`` and ``estimated_bits`` (a picture's, by the model's own tables) are known of aecodec alone.
    ``missing`` says why a row has no figures; ``failed`` that it was tried in vain. ``models``: SHA-256 by id of those
    that take part.
    """

    codec: str
    setting: str
    lossless: bool
    single: Form | None = None
    bulk: Form | None = None
    latent_dim: int | None = None
    effort: int | None = None
    quality: float | None = None
    payload_bytes: float | None = None
    estimated_bits: float | None = None
    missing: str | None = None
    failed: bool = False
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def forms(self) -> tuple[Form, ...]:
        """Return those that were measured."""
        return tuple(form for form in (self.single, self.bulk) if form is not None)

    @property
    def bugs(self) -> int:
        """Return how many pictures of all forms came back other than promised."""
        return sum(form.bugs for form in self.forms)

    @property
    def way(self) -> str:
        """Return the setting without the quality: what the rows along one model's qualities share."""
        return self.setting.split(", quality")[0]

    @property
    def label(self) -> str:
        """Return the codec and setting."""
        return f"{self.codec} {self.setting}".rstrip()


@dataclass(frozen=True)
class Report:
    """It holds all rows of a data set. ``about`` has data set, split, machine, versions, commit and hash of pixels."""

    about: Mapping[str, Any]
    rows: tuple[Row, ...] = field(default=())

    @property
    def json(self) -> str:
        """Return the text of a file that :func:`read_report` reads."""
        record = {"about": dict(self.about), "rows": [asdict(row) for row in self.rows]}
        return json.dumps(record, indent=1, allow_nan=False) + "\n"


def read_report(path: Path) -> Report:
    """Read the report whose ``json`` was written there; raises FileError, and UsageError for anything else."""
    text = read_bytes(str(path))
    try:
        record = json.loads(text)
        return Report(record["about"], tuple(_row(each) for each in record["rows"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no report of aecodec benchmark, or one of another version") from error


def _row(record: Mapping[str, Any]) -> Row:
    forms = {key: None if record[key] is None else Form(**record[key]) for key in ("single", "bulk")}
    return Row(**{**record, **forms})
