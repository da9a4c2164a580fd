"""The pictures of ``.aec`` files as a data set of PyTorch, shuffled at nearly the speed of reading them in order.

    dataset = AecDataset("digits.aec", labels=labels)
    sampler = BlockSampler(dataset, workers=2, batch_size=64)
    loader = DataLoader(dataset, batch_size=64, sampler=sampler, num_workers=2)
    for epoch in range(10):
        sampler.set_epoch(epoch)
        for pictures, labels in loader: ...

To read one picture, all of its block are decoded. In a random order over all pictures, nearly each of them would have a
block decoded. A :class:`BlockSampler` takes blocks in a random order instead, and shuffles the pictures of a few blocks
at a time, which the data set keeps. This module needs PyTorch, the extra ``torch``.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice
from threading import RLock
from typing import Any, Final, NamedTuple

import numpy as np

from aecodec.codec.api import ModelPath
from aecodec.codec.arguments import count, flag, folders, positive, shown, whole
from aecodec.codec.reader import NoPictureError, Reader
from aecodec.codec.recent import RECENT_BYTES, Recent
from aecodec.errors import Argument, UsageError
from aecodec.zoo import Zoo

try:
    from torch.utils.data import Dataset, Sampler
except ImportError as error:
    raise ImportError('aecodec.torch needs PyTorch, which is missing: pip install "aecodec[torch]"') from error

_MOST_OPEN: Final = 32  # files
BUFFER_BLOCKS: Final = 8


class _File(NamedTuple):
    path: str
    pictures: int
    block_pictures: int


class AecDataset(Dataset[Any]):
    """The pictures of one file or several, one file after the other. An item is a picture, or a picture and its label.

    Workers may be spawned or forked: the data set pickles without what it opened and decoded.
    """

    def __init__(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        transform: Callable[[Any], Any] | None = None,
        labels: Sequence[Any] | Callable[[str], Any] | None = None,
        *,
        model_path: ModelPath = (),
        base: bool = False,
        cache_bytes: int = RECENT_BYTES,
    ) -> None:
        """Open each of ``paths`` once, to learn how many pictures it has.

        Args:
            paths: a file or several.
            transform: a function that makes an item of a picture, a uint8 or uint16 array ``[H, W]`` or ``[H, W, C]``.
                Without it the item is the array, of which a ``DataLoader`` makes a tensor.
            labels: one for each picture, in order; or a function that makes a label of a picture's name.
            model_path: as for :func:`aecodec.open`.
            base: as for :func:`aecodec.open`.
            cache_bytes: keep the blocks that were read last, up to so many bytes of pixels in each process. All blocks
                that a sampler shuffles at a time should fit.

        Raises:
            UsageError: there are not as many labels as pictures, or names are needed and a file has none.

        It also raises what :func:`aecodec.open` raises, here or when a picture is asked for.

        """
        self.transform, self.labels = transform, labels
        self._model_path, self._base = folders("model_path", model_path), flag("base", base)
        self._cache_bytes = count("cache_bytes", cache_bytes)
        self._begin()
        self._files = [self._known(path) for path in folders("paths", paths)]
        self._ends = list(accumulate(file.pictures for file in self._files))
        if isinstance(labels, Sequence) and len(labels) != len(self):
            raise UsageError(Argument("labels"), f" are {len(labels)}, for {len(self)} pictures")

    @property
    def blocks(self) -> list[range]:
        """The items of each block."""
        found, start = [], 0
        for file in self._files:
            stop = start + file.pictures
            found += [range(at, min(at + file.block_pictures, stop)) for at in range(start, stop, file.block_pictures)]
            start = stop
        return found

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> Any:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """Return the items at ``indices``, in their order; each block is decoded but once."""
        places = [self._place(index) for index in indices]
        found: dict[int, Any] = {}
        with self._lock:
            for number in sorted({number for number, _ in places}):
                reader = self._reader(self._files[number].path)
                within = [(at, place) for at, (one, place) in enumerate(places) if one == number]
                pictures = reader.take([place for _, place in within])
                for (at, place), picture in zip(within, pictures, strict=True):
                    found[at] = self._item(picture, indices[at] % len(self), reader, place)
        return [found[at] for at in range(len(places))]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in _OF_A_PROCESS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def _begin(self) -> None:
        """Make what a process has for itself; ``_OF_A_PROCESS`` names all of it."""
        self._lock, self._readers = RLock(), OrderedDict[str, Reader]()
        self._zoo, self._kept = Zoo(self._model_path), Recent(self._cache_bytes)

    def _known(self, path: str) -> _File:
        path = os.path.abspath(path)
        reader = self._reader(path)
        if callable(self.labels) and reader.names is None:
            raise UsageError(Argument("labels"), f" are made of names, and {path} has none")
        return _File(path, len(reader), reader.block_pictures)

    def _reader(self, path: str) -> Reader:
        reader = self._readers.pop(path, None)
        if reader is None:
            if len(self._readers) >= _MOST_OPEN:
                self._readers.popitem(last=False)[1].close()
            reader = Reader(path, self._zoo, base=self._base, kept=self._kept)
        self._readers[path] = reader
        return reader

    def _place(self, index: int) -> tuple[int, int]:
        """Return the file, and the place in it."""
        place, size = whole("index", index), len(self)
        if not -size <= place < size:
            raise NoPictureError(f"there is no picture {place}; the files have {size}, counted from 0")
        number = bisect_right(self._ends, place % size)
        return number, place % size - (self._ends[number - 1] if number else 0)

    def _item(self, picture: Any, index: int, reader: Reader, place: int) -> Any:
        item = picture if self.transform is None else self.transform(picture)
        if self.labels is None:
            return item
        if callable(self.labels):
            return item, self.labels((reader.names or ())[place])
        return item, self.labels[index]


_OF_A_PROCESS = frozenset({"_lock", "_readers", "_zoo", "_kept"})


class BlockSampler(Sampler[int]):
    """All items of a data set, in a random order in which each block is decoded about once.

    Blocks come in a random order, and ``buffer_blocks`` of them are mixed at a time. A larger number gives an order
    that is nearer to a random one over all pictures, and needs more ``cache_bytes`` of the data set.

    A loader gives batches to its workers in turn. Say how many ``workers`` there are and what ``batch_size`` they get:
    each block then goes to one worker. Otherwise each worker would decode all blocks.
    """

    def __init__(
        self,
        dataset: AecDataset,
        *,
        seed: int = 0,
        buffer_blocks: int = BUFFER_BLOCKS,
        workers: int = 0,
        batch_size: int = 1,
    ) -> None:
        """Take what the order depends on, beside the epoch. Raises UsageError."""
        if not isinstance(dataset, AecDataset):
            raise UsageError(Argument("dataset"), f" must be an AecDataset, not {shown(dataset)}")
        self._blocks = dataset.blocks
        self._seed, self._epoch = count("seed", seed), 0
        self._buffer = positive("buffer_blocks", buffer_blocks)
        self._workers, self._batch = count("workers", workers) or 1, positive("batch_size", batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next iteration by ``epoch``, which is 0 at the beginning."""
        self._epoch = count("epoch", epoch)

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng([self._seed, self._epoch])
        order = rng.permutation(len(self._blocks)).tolist()
        dealt = [self._mixed(order[worker :: self._workers], rng) for worker in range(self._workers)]
        left: list[int] = []
        while dealt:
            for items in list(dealt):
                batch = list(islice(items, self._batch))
                if len(batch) == self._batch:
                    yield from batch
                else:
                    left += batch
                    dealt.remove(items)
        yield from left

    def _mixed(self, order: Sequence[int], rng: np.random.Generator) -> Iterator[int]:
        for at in range(0, len(order), self._buffer):
            items = [item for block in order[at : at + self._buffer] for item in self._blocks[block]]
            yield from rng.permutation(items).tolist()
