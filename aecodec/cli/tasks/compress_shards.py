"""``aecodec compress --shard-size`` makes many files of many pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import tee
from typing import Any

import click

from aecodec.cli.plumbing.failures import BATCH_FAILED, as_typed, complain
from aecodec.cli.plumbing.inputs import note_others
from aecodec.cli.plumbing.lines import arrow, decibels, say
from aecodec.cli.plumbing.names import is_file_name
from aecodec.cli.plumbing.product import emit
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.tasks.sharded import chosen_engine, results
from aecodec.codec import Options, psnr
from aecodec.engines import JobEngine
from aecodec.errors import AecError, UsageError
from aecodec.files import STDIO
from aecodec.frozen import dataclass
from aecodec.shards import ShardJob, ShardRecord, compress_shard
from aecodec.shards.ends import ENDS
from aecodec.shards.inputs import find_inputs
from aecodec.shards.job import record_of
from aecodec.shards.manifest import check_form, write_manifest
from aecodec.shards.output import left_over
from aecodec.shards.places import last_part, read_all, settled
from aecodec.shards.plan import Plan, shard_name
from aecodec.shards.planned import begin, settle
from aecodec.shards.record import Row
from aecodec.shards.tars import Index, index_tar


def compress_shards(
    inputs: tuple[str, ...],
    output: str | None,
    size: int,
    engine_name: str | None,
    form: str,
    options: Options,
    model_path: Sequence[str],
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compress all pictures into shards of ``size`` in the folder ``output``, then write the manifest."""
    folder = _checked_folder(output)
    check_form(form)
    found = find_inputs(inputs)
    common = begin(folder, size, options, model_path, force=force)
    total = _Total()
    with chosen_engine(engine_name, options.jobs) as used:
        plan, errors = settle(found, folder, size, common, lambda places: _indexes(used, places))
        if not quiet:
            note_others(found.others)
        for error in errors:
            if as_json:
                emit({"error": as_typed(error), "exit_code": error.exit_code})
            complain(error)
        if not (len(plan) or errors):
            raise UsageError("no pictures in the inputs")
        with progress_bar(plan.pictures, "compress", quiet) as progress:
            for job, record in results(used, compress_shard, plan.jobs(), _failed if as_json else None, ENDS):
                total.add(job, record)
                if isinstance(record, ShardRecord):
                    _tell(record, as_json)
                if progress:
                    progress(total.tried)
    manifest = None if form == "none" or not len(plan) else write_manifest(folder, form, _rows(plan, total.lost))
    if not quiet:
        _note_left_over(plan)
        total.show(folder, plan, manifest)
    if errors or total.failed or not len(plan):
        raise click.exceptions.Exit(BATCH_FAILED)


def _checked_folder(output: str | None) -> str:
    if output is None:
        raise UsageError("shards need a folder to be written to: name it with -o")
    if output == STDIO or is_file_name(output):
        raise UsageError(f"{output} would be a folder of shards; name it without that suffix")
    return settled(output)


def _indexes(used: JobEngine, places: Sequence[str]) -> Iterator[tuple[str, Index]]:
    return ((done.job, done.take()) for done in used.as_finished(index_tar, places))


def _failed(job: ShardJob) -> dict[str, Any]:
    return {"file": job.target}


def _tell(record: ShardRecord, as_json: bool) -> None:
    if not record.skipped:
        for failure in record.failures:
            say(f"aecodec: error: {failure.error}")
    if as_json:
        emit(_shown(record))


def _shown(record: ShardRecord) -> dict[str, Any]:
    names = ("shard", "file", "pictures", "failed", "input_bytes", "bytes", "pixels", "mse", "max_mse", "seconds")
    shown = {name: getattr(record, name) for name in (*names, "sha256", "skipped")}
    return {**shown, "lossless": record.exact, "models": [model["id"] for model in record.models]}


def _rows(plan: Plan, lost: dict[str, AecError]) -> Iterator[Row]:
    """Give the manifest's rows, from the records as they were written; those of lost shards have its error."""
    numbers = range(len(plan))
    kept = (number for number in numbers if shard_name(number) not in lost)
    records = _records(record_of(plan.target(number)) for number in kept)
    for number in numbers:
        name = shard_name(number)
        if name in lost:
            yield from _lost_rows(plan.job(number), name, lost[name])
        else:
            yield from next(records).rows()


def _records(places: Iterable[str]) -> Iterator[ShardRecord]:
    ahead, asked = tee(places)
    for place, data in zip(ahead, read_all((place, 0) for place in asked), strict=True):
        if isinstance(data, AecError):
            raise data
        yield ShardRecord.from_json(data, place)


def _lost_rows(job: ShardJob, name: str, error: AecError) -> Iterator[Row]:
    return (Row(item.name, name, None, None, None, None, None, None, str(error)) for item in job.items)


def _note_left_over(plan: Plan) -> None:
    others = left_over(plan.folder, [shard_name(number) for number in range(len(plan))])
    if others:
        say(f"aecodec: warning: {plan.folder} has {others[0]} of an earlier command, with more shards; remove it")


@dataclass
class _Total:
    """What all shards come to."""

    shards: int = 0
    skipped: int = 0
    pictures: int = 0
    failed: int = 0
    input_bytes: int = 0
    bytes: int = 0
    pixels: int = 0
    remarks: int = 0
    errors: list[float] = field(default_factory=list)
    exact: bool = True
    lost: dict[str, AecError] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """How many pictures have been tried."""
        return self.pictures + self.failed

    def add(self, job: ShardJob, record: ShardRecord | AecError) -> None:
        """Count one shard."""
        if isinstance(record, AecError):
            self.lost[last_part(job.target).removesuffix(".aec")] = record
            self.failed += len(job.items)
            return
        self.shards += 1
        self.skipped += record.skipped
        self.pictures += record.pictures
        self.failed += record.failed
        self.input_bytes += record.input_bytes
        self.bytes += record.bytes
        self.pixels += record.pixels
        self.remarks += len(record.remarks)
        self.errors.append(record.mse * record.pictures)
        self.exact = self.exact and (record.exact or not record.pictures)

    def show(self, folder: str, plan: Plan, manifest: str | None) -> None:
        """Say it in a line, and in another what is not kept of the pictures' files."""
        if self.remarks:
            say(
                f"aecodec: note: the .json files say what of the pictures' files is not kept, in {self.remarks} remarks"
            )
        facts = [f"{self.input_bytes} {arrow()} {self.bytes} bytes"]
        if self.pixels:
            mse = math.fsum(self.errors) / self.pictures
            facts += [f"{8 * self.bytes / self.pixels:.2f} bpp", "exact" if self.exact else decibels(psnr(mse))]
        facts += [f"{self.skipped} shards there already"] * bool(self.skipped)
        facts += [f"{len(self.lost)} shards failed"] * bool(self.lost)
        facts += [f"{self.failed} pictures failed"] * bool(self.failed)
        facts += [last_part(manifest)] if manifest else []
        count = f"{self.pictures} pictures in {self.shards} of {len(plan)} shards"
        say(f"{count} {arrow()} {folder}: {', '.join(facts)}")
