"""Which pictures make which shard: so many of them each, in the order in which inputs were found.

The same inputs give the same shards, whoever does them. A tar file's pictures come in its own order, which is that of
reading. A picture that turns out to be bad keeps its place, so that those behind it stay in their shards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from aecodec.codec import Options
from aecodec.shards.inputs import Input
from aecodec.shards.job import Item, ShardJob, Tar
from aecodec.shards.places import below
from aecodec.shards.tars import Index

_DIGITS: Final = 6  # of a shard's number: ten thousand million pictures in shards of 10,000 are sorted by name


def shard_name(number: int) -> str:
    """Return the name of shard ``number``, counted from 0."""
    return f"{number:0{_DIGITS}d}"


class Plan:
    """The shards of ``files``, each of ``size`` pictures, the last of what is left; in the folder ``folder``.

    ``indexes`` has those of the tar files, by place. ``template`` is a job without pictures and target.
    """

    def __init__(
        self, files: Sequence[Input], indexes: Mapping[str, Index], size: int, folder: str, template: ShardJob
    ) -> None:
        self.files, self.size, self.folder = files, size, folder
        self._indexes, self._template = indexes, template
        self._tars = {each.place: Tar(each.place, each.size, each.etag) for each in files if each.is_tar}
        self._ends = list(accumulate(map(self._count, files)))

    @property
    def pictures(self) -> int:
        """How many there are, bad ones among them."""
        return self._ends[-1] if self._ends else 0

    def __len__(self) -> int:
        return -(-self.pictures // self.size)

    def target(self, number: int) -> str:
        """Return where shard ``number`` goes."""
        return below(self.folder, shard_name(number) + ".aec")

    def jobs(self) -> Iterator[ShardJob]:
        """Give the jobs one by one: all of them would take far more memory than the plan."""
        return map(self.job, range(len(self)))

    def job(self, number: int) -> ShardJob:
        """Return job ``number``."""
        items = tuple(self._items(number * self.size, min((number + 1) * self.size, self.pictures)))
        places = dict.fromkeys(item.place for item in items if item.offset is not None)
        tars = tuple(self._tars[place] for place in places)
        return replace(self._template, target=self.target(number), items=items, tars=tars)

    def _count(self, file: Input) -> int:
        if not file.is_tar:
            return 1
        return 0 if file.error is not None else len(self._indexes[file.place])

    def _items(self, start: int, stop: int) -> Iterator[Item]:
        while start < stop:
            number = bisect_right(self._ends, start)
            file = self.files[number]
            before, end = self._ends[number] - self._count(file), min(stop, self._ends[number])
            if file.is_tar:
                index = self._indexes[file.place]
                for at in range(start - before, end - before):
                    yield Item(f"{file.name}/{index.names[at]}", index.sizes[at], file.place, index.offsets[at])
            else:
                error = None if file.error is None else str(file.error)
                yield Item(file.name, file.size, file.place, None, file.etag, error)
            start = end


def template(options: Options, model_path: Sequence[str], model_sha256: str | None, force: bool) -> ShardJob:
    """Return a job without pictures and target."""
    return ShardJob("", (), replace(options, jobs=1), (), tuple(model_path), model_sha256, force)
