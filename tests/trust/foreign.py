"""Other programs' files under a model's name: pickles above all, which would run what they hold if they were loaded."""

from __future__ import annotations

import io
import os
import pickle
import random
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import aecodec
from aecodec.errors import ModelError
from aecodec.zoo import Zoo, load_model
from tests.made import strokes
from tests.trust.trial import Size, Tally, Trial


class Trap:
    """Makes a folder if it is ever unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = str(place)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.place,)


def foreign(size: Size) -> Iterator[Trial]:
    """One trial: loaded as bytes, by file, by id and by latent_dim, each way refused; and no trap has sprung."""
    tally = Tally("pickles, archives and other files named like a model", "ModelError; nothing is unpickled")
    picture = strokes(1)[0]
    with tempfile.TemporaryDirectory() as folder:
        trap, path = Path(folder, "sprung"), Path(folder, "bad-63.safetensors")
        for name, data in _files(trap, size):
            path.write_bytes(data)
            for what, use in (
                ("loaded", lambda data=data: load_model(data)),
                ("by file", lambda: aecodec.compress(picture, model=str(path))),
                ("by id", lambda: aecodec.compress(picture, model="bad-63", model_path=[folder])),
                ("by latent_dim", lambda: aecodec.compress(picture, latent_dim=63, model_path=[folder])),
                ("listed", lambda: _listed(folder)),
            ):
                failure = _refused(use)
                if trap.exists():
                    failure = "it was unpickled"
                    trap.rmdir()
                tally.count(failure and f"{name}, {what}: {failure}")
    yield tally.trial


def _listed(folder: str) -> None:
    """Go through all models of a folder; a bad one is passed over."""
    if any(model.id.startswith("bad") for model in Zoo([folder]).models()):
        return
    raise ModelError("passed over")


def _refused(use: Any) -> str | None:
    try:
        use()
    except ModelError as error:
        return None if str(error).isprintable() else f"not one line: {str(error)[:100]!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    return "accepted"


def _files(trap: Path, size: Size) -> Iterator[tuple[str, bytes]]:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield f"a pickle of protocol {protocol}", pickle.dumps([Trap(trap), bytes(100)], protocol)
    objects = np.array([Trap(trap)], dtype=object)
    file = io.BytesIO()
    np.save(file, objects, allow_pickle=True)
    yield "an .npy of objects", file.getvalue()
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, weight=np.ones(3), objects=objects)
        yield f"an .npz by {save.__name__}", file.getvalue()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:  # as PyTorch's are laid out
        archive.writestr("archive/data.pkl", pickle.dumps(Trap(trap)))
        archive.writestr("archive/version", "3\n")
    yield "a .pt", file.getvalue()
    header = b'{"__metadata__":{"format":"aecodec-model","version":"1","id":"bad-63"}}'
    yield "a pickle behind a header", len(header).to_bytes(8, "little") + header + pickle.dumps(Trap(trap))
    yield "a picture", aecodec.compress(strokes(1)[0], latent_dim=8, effort=0)
    yield "a text", b"<!doctype html>\n" * 100
    rng = random.Random(84)
    for number in range(size.pick(5, 500)):
        length = rng.randrange(1, 4000)
        start = rng.choice((b"", rng.randrange(length).to_bytes(8, "little"), b"\x02\0\0\0\0\0\0\0{}"))
        yield f"random bytes {number}", start + rng.randbytes(length)
