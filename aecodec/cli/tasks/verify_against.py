"""``aecodec verify --against FOLDER``: every picture of the files with the picture of its name in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

import click

from aecodec.arrays import Picture
from aecodec.cli.plumbing.asked import Watch, is_verbose
from aecodec.cli.plumbing.chunks import holds_many
from aecodec.cli.plumbing.failures import BATCH_FAILED, about, as_typed, complain, within_memory
from aecodec.cli.plumbing.lines import decibels, say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.product import emit, show
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.plumbing.sharing import shared_out
from aecodec.cli.tasks.beside import Originals
from aecodec.cli.tasks.likeness import Promise
from aecodec.cli.tasks.verified import counted, facts, worded
from aecodec.codec import Decoder, psnr, visible_mse
from aecodec.errors import AecError
from aecodec.files import Source, decode_with_remarks, read_bytes
from aecodec.files.read import shown
from aecodec.frozen import dataclass
from aecodec.zoo import Zoo


@dataclass(frozen=True)
class Pair:
    """A picture that a ``file`` holds, by its name there, None of a file of one, and the path of the other one, None
    where there is none.
    """

    file: str
    name: str | None
    path: str | None

    @property
    def shown(self) -> str:
        """How lines name it."""
        return self.file if self.name is None else f"{self.file}: {self.name}"


@dataclass(frozen=True)
class Compared:
    """What came of a pair: the MSE of what can be seen, or None if there was nothing to compare, and what is wrong."""

    pair: Pair
    mse: float | None
    problem: str
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Checked:
    """What came of a sound file."""

    record: dict[str, Any]
    took: str
    pictures: list[Compared]


@dataclass(frozen=True)
class _Job:
    """A file, and the picture beside it where the file is of one."""

    source: Source
    path: str | None


def verify_against(
    sources: Sequence[Source], folder: str, promise: Promise, zoo: Zoo, jobs: int, as_json: bool
) -> None:
    """Verify all files, and compare their pictures with those of ``folder``; a line for whatever is not as it should.

    Raises the error of a single file that is not sound; all else that is wrong ends with exit code 1.
    """
    originals = Originals(folder)
    todo = [_Job(each, None if _is_many(each) else originals.of_file(each)) for each in sources]
    some = partial(_some, zoo, max(1, jobs // max(1, len(sources))), promise)

    def alone(job: _Job) -> Checked | AecError:
        return _tried(job.source, lambda: _container(job.source.path, zoo, jobs, promise, originals))

    total = _Total(folder)
    for job, found in shared_out(todo, lambda job: job.source.path, some, alone, jobs):
        if isinstance(found, AecError):
            _tell_failed(job.source.path, found, as_json)
            if len(sources) == 1:
                raise found
            complain(found)
            total.unsound += 1
        else:
            _tell(job.source.path, found, as_json)
            total.add(found.pictures)
    total.add_others([] if total.unsound else originals.others)
    if as_json:
        emit(total.record())
    else:
        show(total.worded())
    if total.is_bad:
        raise click.exceptions.Exit(BATCH_FAILED)


def compared(picture: Picture, pair: Pair, promise: Promise, *, exact: bool) -> Compared:
    """Compare a decoded ``picture`` with the file of its pair."""
    if pair.path is None:
        return Compared(pair, None, "there is no such picture in the folder")
    try:
        with within_memory(pair.path):
            theirs, remarks = decode_with_remarks(read_bytes(pair.path), shown(pair.path))
    except AecError as error:
        return Compared(pair, None, as_typed(error))
    if picture.shape != theirs.shape:
        return Compared(pair, None, f"it is of shape {picture.shape}, {pair.path} of {theirs.shape}", remarks)
    squared = visible_mse(theirs, picture)
    return Compared(pair, squared, promise.broken_by(picture, theirs, squared, exact=exact), remarks)


def _is_many(source: Source) -> bool:
    return source.error is None and holds_many(source.path)


def _some(zoo: Zoo, jobs: int, promise: Promise, files: Sequence[_Job]) -> list[Checked | AecError | None]:
    """Check files of one picture; None stands for a container, which is left, and for standard input."""
    return [
        None if _is_many(job.source) else _tried(job.source, partial(_single, job, zoo, jobs, promise)) for job in files
    ]


def _tried(source: Source, work: Any) -> Checked | AecError:
    if source.error is not None:
        return source.error
    try:
        with within_memory(source.path):
            return work()  # type: ignore[no-any-return]
    except AecError as error:
        return error


def _single(job: _Job, zoo: Zoo, jobs: int, promise: Promise) -> Checked:
    file, watch = job.source.path, Watch()
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, zoo, jobs=jobs)
        picture = decoder.picture(0)
    found = compared(picture, Pair(file, None, job.path), promise, exact=decoder.is_exact)
    watch.lap("decoded and compared")
    return Checked(facts(file, decoder, len(data)), watch.line(*model_facts(decoder.models)), [found])


def _container(file: str, zoo: Zoo, jobs: int, promise: Promise, originals: Originals) -> Checked:
    watch = Watch()
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, zoo, jobs=jobs)
        header = decoder.container.header
        pairs = (Pair(file, *each) for each in originals.of_container(header))
        blocks = (list(islice(pairs, header.block_pictures)) for _ in range(header.blocks))
        found: list[Compared] = []
        with progress_bar(len(decoder), "verify", quiet=False) as progress:
            finish = partial(_compared, promise, decoder.is_exact)
            for each in chain.from_iterable(decoder.finished(finish, blocks)):
                found.append(each)
                if progress:
                    progress(len(found))
    watch.lap("decoded and compared")
    return Checked(facts(file, decoder, len(data)), watch.line(*model_facts(decoder.models)), found)


def _compared(promise: Promise, exact: bool, pictures: Sequence[Picture], pairs: Sequence[Pair]) -> list[Compared]:
    return [compared(picture, pair, promise, exact=exact) for picture, pair in zip(pictures, pairs, strict=True)]


def _tell_failed(file: str, error: AecError, as_json: bool) -> None:
    if as_json:
        emit({"file": file, "ok": False, "error": as_typed(error), "exit_code": error.exit_code})
    else:
        show(f"{file}: FAILED")


def _tell(file: str, found: Checked, as_json: bool) -> None:
    """Say what came of a sound file: a line for it, and one for each lossy picture, and for each that is wrong."""
    if as_json:
        for each in found.pictures:
            emit(_record(each))
        emit(found.record)
    else:
        _show(file, found)
    if is_verbose():
        say(found.took)
    for each in found.pictures:
        for remark in each.remarks:
            say(f"aecodec: warning: {remark}")
        if each.problem:
            say(f"aecodec: error: {each.pair.shown}: {each.problem}")


def _show(file: str, found: Checked) -> None:
    """Show a line for the file; lossy pictures of a container have one each below it."""
    line = f"{file}: {worded(found.record)}"
    likeness = [] if found.record["lossless"] else [each for each in found.pictures if each.mse is not None]
    alone = [each for each in likeness if each.pair.name is None]
    show(", ".join([line, *map(_decibels, alone)]))
    for each in likeness:
        if each.pair.name is not None:
            show(f"  {each.pair.name}: {_decibels(each)}")


def _decibels(found: Compared) -> str:
    return "" if found.mse is None else decibels(psnr(found.mse))


def _record(found: Compared) -> dict[str, Any]:
    record = {"file": found.pair.file, "picture": found.pair.name, "against": found.pair.path, "ok": not found.problem}
    if found.problem:
        record["error"] = found.problem
    return record if found.mse is None else {**record, "mse": found.mse, "psnr": psnr(found.mse)}


class _Total:
    """What all files came to."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.unsound = 0
        self.pictures = self.wrong = self.missing = 0
        self._squared = 0.0
        self._counted = 0
        self._worst: Compared | None = None
        self._others: list[str] = []

    def add(self, found: Sequence[Compared]) -> None:
        """Count the pictures of a file."""
        for each in found:
            self.pictures += 1
            self.missing += each.pair.path is None
            self.wrong += bool(each.problem) and each.pair.path is not None
            if each.mse is None:
                continue
            self._squared += each.mse
            self._counted += 1
            if self._worst is None or self._worst.mse is None or each.mse > self._worst.mse:
                self._worst = each

    def add_others(self, paths: Sequence[str]) -> None:
        """Say which pictures of the folder are in no file."""
        self._others = list(paths)
        for path in paths:
            say(f"aecodec: error: {path} is in the folder, but in no file")

    @property
    def is_bad(self) -> bool:
        """Whether anything is not as it should be."""
        return bool(self.unsound or self.wrong or self.missing or self._others)

    @property
    def _mse(self) -> float:
        return self._squared / self._counted if self._counted else 0.0

    def worded(self) -> str:
        """Return the last line."""
        good = self.pictures - self.wrong - self.missing
        words = [f"{good} of {counted(self.pictures, 'picture')} as promised against {self.folder}"]
        if self._worst is not None and self._worst.mse:
            words.append(f"mean {decibels(psnr(self._mse))}")
            words.append(f"worst {decibels(psnr(self._worst.mse))} ({self._worst.pair.name or self._worst.pair.file})")
        words += [f"{self.wrong} not"] * bool(self.wrong) + [f"{self.missing} missing"] * bool(self.missing)
        words += [f"{len(self._others)} in no file"] * bool(self._others)
        words += [f"{counted(self.unsound, 'file')} not sound, so others of the folder are not looked at"] * bool(
            self.unsound
        )
        return ", ".join(words)

    def record(self) -> dict[str, Any]:
        """Return the same for ``--json``."""
        record: dict[str, Any] = {"against": self.folder, "ok": not self.is_bad, "pictures": self.pictures}
        record |= {"wrong": self.wrong, "missing": self.missing, "others": self._others, "unsound": self.unsound}
        if self._worst is not None and self._worst.mse is not None:
            record |= {"mse": self._mse, "psnr": psnr(self._mse)}
            record |= {"worst": self._worst.pair.shown, "worst_psnr": psnr(self._worst.mse)}
        return record
