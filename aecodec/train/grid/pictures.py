"""Pictures of any size to train a grid on: decoded once into one flat file, which is mapped, and cropped on the fly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aecodec.arrays import Integers64
from aecodec.errors import UsageError

INDEX, SAMPLES = "pictures.json", "pictures.u8"
SMALLEST = 64  # pixels; a picture with a shorter side is passed over
MOST_PIXELS = 1 << 19  # by which a picture is drawn more often; a larger one no more than that


@dataclass(frozen=True)
class Picture:
    """Where a picture lies in the cache, and the SHA-256 of its samples."""

    name: str
    height: int
    width: int
    start: int
    sha256: str


class Cache:
    """Decoded pictures, uint8 RGB, row by row, one after the other."""

    def __init__(self, samples: NDArray[np.uint8] | Tensor, pictures: Sequence[Picture]) -> None:
        self.samples, self.pictures = torch.as_tensor(samples), tuple(pictures)
        self.sha256 = hashlib.sha256("\n".join(each.sha256 for each in pictures).encode()).hexdigest()
        weights = np.array([min(each.height * each.width, MOST_PIXELS) for each in pictures], np.float64)
        self._until = np.cumsum(weights / weights.sum())

    def __len__(self) -> int:
        return len(self.pictures)

    def picture(self, number: int) -> Tensor:
        """Return uint8 ``[H, W, 3]``."""
        found = self.pictures[number]
        end = found.start + found.height * found.width * 3
        return self.samples[found.start : end].reshape(found.height, found.width, 3)

    def crops(self, count: int, side: int, random: np.random.Generator) -> Tensor:
        """Return ``count`` random crops, some of them turned over: uint8 ``[count, side, side, 3]``.

        Smaller pictures are continued by their mirror image.
        """
        across = np.empty((2, count, side), np.int64)  # pixels that a step down, or to the right, adds to the start
        start = np.empty(count, np.int64)
        for place, number in enumerate(np.searchsorted(self._until, random.random(count)).clip(0, len(self) - 1)):
            found = self.pictures[number]
            sizes = found.height, found.width
            firsts = [int(random.integers(max(1, n - side + 1))) for n in sizes]
            places = [_places(n, first, side, random.random() < 0.5) for n, first in zip(sizes, firsts, strict=True)]
            axes = (places[0] * found.width, places[1])
            across[:, place] = axes[::-1] if random.random() < 0.5 else axes
            start[place] = found.start // 3
        down, right = torch.from_numpy(across + start[:, None] * [[[1]], [[0]]]).to(self.samples.device)
        at = (down[:, :, None] + right[:, None]).reshape(-1)
        return self.samples.reshape(-1, 3).index_select(0, at).reshape(count, side, side, 3)

    def to(self, device: torch.device) -> Cache:
        """Return the same in the memory of ``device``."""
        return Cache(self.samples.to(device), self.pictures)


def _places(length: int, first: int, side: int, turned: bool) -> Integers64:
    """Return the places of ``side`` samples in a row of ``length`` from ``first`` on, perhaps the other way round;
    mirrored beyond.
    """
    inside = min(side, length)
    place = np.arange(side) % (2 * inside)
    place = np.minimum(place, 2 * inside - 1 - place)
    return first + (inside - 1 - place if turned else place)


def open_cache(folder: Path) -> Cache:
    """Return the cache in ``folder``, mapped. Raises UsageError if there is none, or a damaged one."""
    try:
        index = json.loads((folder / INDEX).read_text())
        pictures = [Picture(**each) for each in index]
        samples = np.memmap(folder / SAMPLES, np.uint8, "c")  # private: torch asks for memory that may be written
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{folder} holds no cache of pictures: {error}") from error
    if not pictures or len(samples) != pictures[-1].start + pictures[-1].height * pictures[-1].width * 3:
        raise UsageError(f"the cache of pictures in {folder} is damaged: remove it, and it is made anew")
    return Cache(samples, pictures)


def make_cache(folder: Path, named: Iterator[tuple[str, NDArray[np.uint8]]]) -> Cache:
    """Return a cache in ``folder`` of ``named`` pictures ``[H, W]`` or ``[H, W, C]``; alpha is left out, grey is made
    RGB.

    Pictures that are too small or there twice are passed over. Raises UsageError if none is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)  # an interruption is not to leave an index of other samples
    pictures: list[Picture] = []
    seen: set[str] = set()
    at = 0
    with (folder / SAMPLES).open("wb") as file:
        for name, array in named:
            rgb = _rgb(array)
            data = rgb.tobytes()
            digest = hashlib.sha256(data).hexdigest()
            if min(rgb.shape[:2]) < SMALLEST or digest in seen:
                continue
            seen.add(digest)
            file.write(data)
            pictures.append(Picture(name, rgb.shape[0], rgb.shape[1], at, digest))
            at += len(data)
    if not pictures:
        raise UsageError(f"no picture with sides of {SMALLEST} pixels or more to train on")
    (folder / INDEX).write_text(json.dumps([vars(each) for each in pictures], indent=0) + "\n")
    return open_cache(folder)


def _rgb(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if array.ndim == 2:
        array = array[..., None]
    colour = array[..., :1] if array.shape[2] <= 2 else array[..., :3]
    return np.ascontiguousarray(np.broadcast_to(colour, (*array.shape[:2], 3)))
