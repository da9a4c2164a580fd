"""``aecodec decompress`` of shards makes a folder of pictures of each, many at once."""

from __future__ import annotations

import click

from aecodec.cli.plumbing.failures import BATCH_FAILED
from aecodec.cli.plumbing.inputs import note_others
from aecodec.cli.plumbing.lines import arrow, say
from aecodec.cli.plumbing.names import AEC, is_file_name
from aecodec.cli.plumbing.product import emit
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.tasks.sharded import chosen_engine, results
from aecodec.errors import AecError, UsageError
from aecodec.files import STDIO
from aecodec.shards import UnpackJob, decompress_shard
from aecodec.shards.decompress import Unpacked
from aecodec.shards.ends import NoRoomError
from aecodec.shards.inputs import find_inputs
from aecodec.shards.output import is_shards
from aecodec.shards.places import below, is_folder, settled


def decompress_shards(
    files: tuple[str, ...],
    output: str | None,
    engine_name: str | None,
    jobs: int,
    model_path: tuple[str, ...],
    base: bool,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Decompress each file into a folder of its own, beside it or below ``output``."""
    if output == STDIO or (output is not None and is_file_name(output)):
        raise UsageError(f"{output} would be a folder of folders, one for each file; name it without that suffix")
    found = find_inputs(files, (AEC,), f"{AEC} files")
    if not (quiet or any(is_folder(place) and is_shards(place) for place in map(settled, files))):
        note_others(found.others)  # beside shards there are records
    sources = [each for each in found.files if each.error is None]
    todo = []
    for source in sources:
        target = source.place if output is None else below(settled(output), source.name)
        todo.append(UnpackJob(source.place, target.removesuffix(AEC), model_path, base, force, skip))
    done: list[Unpacked] = []
    with chosen_engine(engine_name, jobs) as used, progress_bar(len(todo), "decompress", quiet) as progress:
        each = results(used, decompress_shard, todo, _failed if as_json else None, (NoRoomError,))
        for number, (_, result) in enumerate(each, 1):
            if not isinstance(result, AecError):
                done.append(result)
                if as_json:
                    emit(_shown(result))
            if progress:
                progress(number)
    if not quiet:
        _summarise(done, len(todo), output)
    if len(done) < len(found.files):
        raise click.exceptions.Exit(BATCH_FAILED)


def _failed(job: UnpackJob) -> dict[str, object]:
    return {"input": job.source}


def _shown(result: Unpacked) -> dict[str, object]:
    return {
        "input": result.source,
        "output": result.target,
        "pictures": result.pictures,
        "bytes": result.bytes,
        "output_bytes": result.written,
        "model": result.model,
        "lossless": result.exact,
        "skipped": result.skipped,
    }


def _summarise(done: list[Unpacked], count: int, output: str | None) -> None:
    skipped = sum(each.skipped for each in done)
    where = f" {arrow()} {output}" if output else ""
    facts = [f"{sum(each.bytes for each in done)} {arrow()} {sum(each.written for each in done)} bytes"]
    facts += [f"{skipped} there already"] * bool(skipped)
    facts += [f"{count - len(done)} failed"] * (len(done) < count)
    pictures = sum(each.pictures for each in done)
    say(f"{pictures} pictures of {len(done) - skipped} of {count} files{where}: {', '.join(facts)}")
