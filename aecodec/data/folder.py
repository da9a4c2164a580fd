"""A folder of pictures of one size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from aecodec.arrays import Integers64, Picture
from aecodec.data.collection import Collection
from aecodec.errors import UnsupportedError, UsageError
from aecodec.files import Source, find_pictures, read_shallow


def load_folder(folder: Path, *, grey: bool = False) -> Collection:
    """Return all pictures below ``folder``, sorted by their paths in it, as the split "all".

    Grey ones (three equal channels are grey, too) make uint8 ``[N, H, W]``; where one has colour, all are
    ``[N, H, W, 3]``. With ``grey`` all become grey, and their alpha is left out. Labels are the
    folder's first-level subfolders, as torchvision's ImageFolder has them, or None if pictures lie beside these.

    Raises UsageError for no pictures, or other sizes than the first picture's; UnsupportedError for alpha, 16-bit
    samples and other kinds not taken; FormatError for damaged pictures; FileError where reading fails.
    """
    if not folder.is_dir():
        found = "it is a file" if folder.is_file() else "there is no such folder"
        raise UsageError(f"no pictures in {folder}: {found}")
    sources = find_pictures([str(folder)])
    pictures: list[Picture] = []
    for source in sources:
        pictures.append(_taken(source, grey))
        if pictures[-1].shape[:2] != pictures[0].shape[:2]:
            raise UsageError(
                f"{source.path} is {_size(pictures[-1])}, not like {sources[0].path} with {_size(pictures[0])}; "
                "expected pictures of one size: scale it, or move it elsewhere"
            )
    if any(each.ndim == 3 for each in pictures):
        pictures = [each if each.ndim == 3 else np.repeat(each[..., None], 3, axis=2) for each in pictures]
    labels, names = _labels(sources)
    return Collection(folder.resolve().name, "all", np.stack(pictures), labels, names)


def _taken(source: Source, grey: bool) -> Picture:
    """Return one picture: ``[H, W]``, or ``[H, W, 3]`` where it has colour and may keep it."""
    picture = read_shallow(source.path)
    if picture.ndim == 2:
        return picture
    channels = picture.shape[2]
    if channels in (2, 4) and not grey:
        raise UnsupportedError(f"{source.path} has alpha; expected grey or RGB: save it without alpha first")
    if channels == 2:
        return np.ascontiguousarray(picture[..., 0])
    colour = np.ascontiguousarray(picture[..., :3])
    if (colour == colour[..., :1]).all():
        return np.ascontiguousarray(colour[..., 0])
    return np.array(Image.fromarray(colour).convert("L")) if grey else colour


def _labels(sources: list[Source]) -> tuple[Integers64 | None, tuple[str, ...]]:
    parts = [source.name.split("/", 1) for source in sources]
    if any(len(each) == 1 for each in parts):
        return None, ()
    names = tuple(sorted({each[0] for each in parts}))
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[each[0]] for each in parts], np.int64), names


def _size(picture: Picture) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"
