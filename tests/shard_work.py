"""What tests of shards share: a few tiny pictures with a small model, and work for engines that can die."""

from __future__ import annotations

import io
import os
import signal
import tarfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from aecodec.codec import Options
from aecodec.shards import ShardJob, ShardRecord, compress_shard, plan_shards
from aecodec.shards.plan import Plan
from tests.made import made_model, strokes

COUNT, SIZE = 11, 4  # pictures, and of a shard
OPTIONS: dict[str, Any] = {"model": "made-6", "effort": 0}
WORDS = ["--model", "made-6", "--effort", "0", "--model-path", "m", "--shard-size", str(SIZE)]


def make_pictures(folder: Path, count: int = COUNT) -> list[Path]:
    """Write a model, ``m``, and pictures, ``pics/s/000.png`` and so on, into ``folder``; return their paths."""
    (folder / "m").mkdir()
    (folder / "m/made-6.safetensors").write_bytes(made_model())
    (folder / "pics/s").mkdir(parents=True)
    paths = [folder / f"pics/s/{number:03d}.png" for number in range(count)]
    for path, picture in zip(paths, strokes(count, 8, 8), strict=True):
        Image.fromarray(picture).save(path)
    return paths


def make_tar(path: Path, files: list[Path], **others: bytes) -> None:
    """Write a tar file of ``files``, by their own names, each with a label behind it, and of ``others``."""
    with tarfile.open(path, "w") as tar:
        for file in files:
            tar.add(file, file.name)
            _add(tar, file.with_suffix(".cls").name, b"7")
        for name, data in others.items():
            _add(tar, name, data)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def plan_of(folder: Path, output: str | Path, *inputs: str | Path, **more: Any) -> Plan:
    """The plan of ``inputs``, by default the folder of pictures."""
    given = [str(each) for each in inputs or [folder / "pics"]]
    return plan_shards(given, str(output), **{"shard_size": SIZE, "model_path": [folder / "m"], **OPTIONS, **more})


def shards(folder: Path) -> dict[str, bytes]:
    """The bytes of all ``.aec`` files in a folder."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.aec"))}


def expected(folder: Path) -> dict[str, bytes]:
    """The same, of a direct call for each shard, one after the other."""
    for job in plan_of(folder, folder / "direct").jobs():
        compress_shard(job)
    return shards(folder / "direct")


def die() -> None:
    """End this process as the system does that has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(job: tuple[str, ShardJob]) -> ShardRecord:
    """Compress a shard; the second one's worker dies at the first try, half done. The first part is a folder."""
    folder, shard = job
    mark = Path(folder, "died")
    if shard.target.endswith("000001.aec") and not mark.exists():
        Path(shard.target).write_bytes(b"half a shard")
        mark.touch()
        die()
    return compress_shard(shard)


def counts_and_dies(job: tuple[str, int]) -> int:
    """Return the number; number 2 dies each time, and a file in the folder says how often it was tried."""
    folder, number = job
    with Path(folder, f"tried-{number}").open("a") as file:
        file.write("x")
    if number == 2:
        die()
    return number


def is_told_in_a_finalizer(folder: str) -> None:
    """Write a file and remove it when it is over. SIGTERM comes where Python drops what is raised."""

    class Told:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)
            sum(range(9))  # the handler runs here at the latest

    half = Path(folder, "half")
    half.write_bytes(b"half")
    try:
        Told()
        time.sleep(20)
    finally:
        half.unlink()
        Path(folder, "tidy").touch()


def refuses(number: int) -> int:
    """Raise for number 1."""
    from aecodec.errors import LimitError

    if number == 1:
        raise LimitError("one is too much")
    return number


def threads_here(_: int) -> tuple[int, str | None]:
    """The threads of BLAS, and the variable that says how many."""
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_info

    counts = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(counts, default=1), os.environ.get("OPENBLAS_NUM_THREADS")


def given_options() -> Options:
    """The options of all plans here."""
    return Options(**OPTIONS)
