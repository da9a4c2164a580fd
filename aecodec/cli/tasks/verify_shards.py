"""``aecodec verify`` of shards: each against its record, and a folder of them against its manifest."""

from __future__ import annotations

from collections.abc import Sequence

import click

from aecodec.cli.plumbing.failures import BATCH_FAILED, as_typed, complain
from aecodec.cli.plumbing.names import AEC
from aecodec.cli.plumbing.product import emit, show
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.tasks.sharded import chosen_engine, in_order, results
from aecodec.errors import AecError
from aecodec.shards import VerifyJob, verify_shard
from aecodec.shards.inputs import find_inputs
from aecodec.shards.output import Shards, is_shards, shards_in
from aecodec.shards.places import below, is_folder, settled
from aecodec.shards.verify import Verified, check_manifest


def verify_shards(
    files: Sequence[str], engine_name: str | None, jobs: int, model_path: tuple[str, ...], as_json: bool
) -> None:
    """Verify all files; a line for each, and for each manifest."""
    folders, todo = _found(files, model_path)
    sound: dict[str, Verified] = {}
    failed = 0
    with chosen_engine(engine_name, jobs) as used, progress_bar(len(todo), "verify", as_json) as progress:
        found = in_order(results(used, verify_shard, todo, _failed if as_json else None), todo)
        for number, (job, result) in enumerate(found, 1):
            if isinstance(result, AecError):
                failed += 1
                if not as_json:
                    show(f"{job.source}: FAILED")
            else:
                sound[job.source] = result
                _tell(result, as_json)
            if progress:
                progress(number)
    failed += sum(not _manifest_is_sound(folder, sound, as_json) for folder in folders if folder.manifest is not None)
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)


def _found(files: Sequence[str], model_path: tuple[str, ...]) -> tuple[list[Shards], list[VerifyJob]]:
    """Return the folders of shards among ``files``, and a job for each shard in them and for each other file."""
    folders, todo, others = [], [], []
    for word in map(settled, files):
        if is_folder(word) and is_shards(word):
            folder = shards_in(word)
            folders.append(folder)
            todo += [VerifyJob(place, model_path) for place in _places(folder).values()]
        else:
            others.append(word)
    inputs = find_inputs(others, (AEC,), f"{AEC} files").files if others else []
    return folders, todo + [VerifyJob(each.place, model_path, recorded=False) for each in inputs]


def _places(folder: Shards) -> dict[str, str]:
    """Return where each shard of a folder is, or would be, by name."""
    return {name: below(folder.folder, name + AEC) for name in sorted({*folder.files, *folder.records})}


def _failed(job: VerifyJob) -> dict[str, object]:
    return {"file": job.source, "ok": False}


def _tell(result: Verified, as_json: bool) -> None:
    if as_json:
        record = {"file": result.source, "ok": True, "pictures": result.pictures, "failed": result.failed}
        emit({**record, "bytes": result.bytes, "lossless": result.exact, "model": result.model})
        return
    words = [f"ok, {result.pictures} picture{'s' * (result.pictures != 1)}"]
    words += [f"{result.failed} failed"] * bool(result.failed)
    words.append(f"model {result.model}" if result.model else "no model")
    show(f"{result.source}: {', '.join(words)}")


def _manifest_is_sound(folder: Shards, sound: dict[str, Verified], as_json: bool) -> bool:
    assert folder.manifest is not None
    place, places = folder.manifest.place, _places(folder)
    found = {name: sound[shard] for name, shard in places.items() if shard in sound}
    try:
        check_manifest(place, found, whole=len(found) == len(places))
    except AecError as error:
        if as_json:
            emit({"file": place, "ok": False, "error": as_typed(error), "exit_code": error.exit_code})
        else:
            show(f"{place}: FAILED")
        complain(error)
        return False
    if as_json:
        emit({"file": place, "ok": True, "shards": len(found)})
    else:
        show(f"{place}: ok, {len(found)} shard{'s' * (len(found) != 1)}")
    return True
