"""Tables of samples, int16 ``[samples, columns]``, in files which are mapped: made once, and again where they are of
something else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecodec.arrays import Integers16

_INDEX = "samples.json"


def stored(
    folder: Path,
    index: Mapping[str, object],
    columns: Mapping[str, int],
    make: Callable[[], Iterable[Sequence[Integers16]]],
) -> tuple[Integers16, ...]:
    """Return the tables named by ``columns``, of so many columns each, from ``folder`` if it has those of ``index``.

    Else they are what ``make`` gives, piece by piece.
    """
    index = {**index, "widths": list(columns.values())}
    paths = [folder / f"samples-{name}.i16" for name in columns]
    if not _is_made(folder, index):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _INDEX).unlink(missing_ok=True)
        files = [path.open("wb") for path in paths]
        try:
            for pieces in make():
                for file, table in zip(files, pieces, strict=True):
                    file.write(np.ascontiguousarray(table).tobytes())
        finally:
            for file in files:
                file.close()
        (folder / _INDEX).write_text(json.dumps(index))
    return tuple(_mapped(path, width) for path, width in zip(paths, columns.values(), strict=True))


def _mapped(path: Path, columns: int) -> Integers16:
    if not path.stat().st_size:
        return np.empty((0, columns), np.int16)
    return np.memmap(path, np.int16, "c").reshape(-1, columns)


def _is_made(folder: Path, index: Mapping[str, object]) -> bool:
    try:
        return bool(json.loads((folder / _INDEX).read_text()) == index)
    except (OSError, ValueError):
        return False


def rows(table: Integers16, chosen: Any) -> Tensor:
    """Return the rows of a table as floats."""
    return torch.from_numpy(np.ascontiguousarray(table[chosen])).float()
