"""Measure shards: engines, their starts, resuming, and what a picture costs. Estimate what 10**9 pictures would take.

    python benchmarks/shards.py --data-dir data     # MNIST's test split; one to two minutes

It writes ``benchmarks/results/shards.json``, and ``shards.md`` by ``shards_paper.py``. It needs the extras ``shards``
and ``ray``. Requests to a store are counted where ``moto[server]`` and ``s3fs`` are installed.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import pickle
import re
import shutil
import sys
import tarfile
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np
from PIL import Image
from shards_paper import RESULTS, write_document

from aecodec.bench.measure.about import commit, processor, usable_cores
from aecodec.engines import engine
from aecodec.shards import VerifyJob, compress_shard, plan_shards, verify_shard
from aecodec.shards.manifest import write_manifest
from aecodec.shards.pictures import bytes_of
from aecodec.shards.plan import Plan
from aecodec.shards.record import ShardRecord
from aecodec.shards.tars import index_tar

SIZE = 1_000  # pictures in each shard that is measured
WAYS = (("processes", 1), ("processes", 2), ("ray", 1), ("ray", 2))
OPTIONS = {"effort": 0, "latent_dim": 64}


def write_pictures(data: Path, folder: Path, count: int) -> None:
    """Write pictures of MNIST's test split as PNG files, into a folder and into a tar file."""
    raw = (data / "MNIST/raw/t10k-images-idx3-ubyte").read_bytes()
    (folder / "pics/t").mkdir(parents=True)
    with tarfile.open(folder / "t.tar", "w", format=tarfile.GNU_FORMAT) as tar:
        for number, picture in enumerate(np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:count]):
            path = folder / f"pics/t/{number:05d}.png"
            Image.fromarray(picture).save(path)
            tar.add(path, path.name)


def plan(folder: Path, output: str, source: str = "pics", **more: Any) -> Plan:
    """Plan shards of the pictures in ``folder``."""
    return plan_shards([folder / source], folder / output, **{"shard_size": SIZE, **OPTIONS, **more})


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall and CPU seconds of a call, and what it returned."""
    start, cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - start, time.process_time() - cpu, found


def nothing(number: int) -> int:
    """Return ``number``: the smallest job that an engine can get."""
    return number


def measure_engine(folder: Path, name: str, jobs: int) -> dict[str, Any]:
    """Time an engine's start, then all shards, then the same shards again, which are all there."""
    output = f"{name}-{jobs}"
    start = time.perf_counter()
    with engine(name, jobs) as used:
        list(used.as_finished(nothing, range(jobs)))
        ready = time.perf_counter()
        records = [done.take() for done in used.as_finished(compress_shard, plan(folder, output).jobs())]
        done = time.perf_counter()
        again = [done.take() for done in used.as_finished(compress_shard, plan(folder, output).jobs())]
        resumed = time.perf_counter()
    assert all(record.skipped for record in again)
    return {
        "engine": name,
        "jobs": jobs,
        "start_seconds": ready - start,
        "seconds": done - ready,
        "pictures_a_second": sum(record.pictures for record in records) / (done - ready),
        "resume_seconds_a_shard": (resumed - done) / len(again),
        "sha256": sorted(record.sha256 or "" for record in records),
    }


def measure_direct(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Time direct calls, one after the other. Return a row like those of engines, and what a picture costs."""
    wall, cpu, records = timed(lambda: [compress_shard(job) for job in plan(folder, "direct").jobs()])
    again, _, _ = timed(lambda: [compress_shard(job) for job in plan(folder, "direct").jobs()])
    row = {
        "engine": "none, direct calls",
        "jobs": 1,
        "start_seconds": 0.0,
        "seconds": wall,
        "pictures_a_second": sum(record.pictures for record in records) / wall,
        "resume_seconds_a_shard": again / len(records),
        "sha256": sorted(record.sha256 or "" for record in records),
    }
    return row, {"cpu_seconds": cpu, **_sizes(folder / "direct", records)}


def _sizes(output: Path, records: list[ShardRecord]) -> dict[str, Any]:
    count = sum(record.pictures for record in records)
    return {
        "pictures": count,
        "input_bytes": sum(record.input_bytes for record in records) / count,
        "aec_bytes": sum(record.bytes for record in records) / count,
        "json_bytes": sum(path.stat().st_size for path in output.glob("0*.json")) / count,
    }


def measure_costs(folder: Path, exact: int) -> dict[str, Any]:
    """Return what a picture costs around the codec, in CPU seconds, and what one of ``exact`` exact pictures costs."""
    found: dict[str, Any] = {}
    count = len(list((folder / "pics/t").iterdir()))
    records = [compress_shard(job) for job in plan(folder, "direct").jobs()]
    for form in ("parquet", "jsonl"):
        write_manifest(str(folder), form, records[0].rows())  # what it imports
        found[f"{form}_seconds"], found[f"{form}_bytes"] = _manifest(folder, form, records)
    found["tar_bytes"] = (folder / "t.tar").stat().st_size / count
    found["index_seconds"] = timed(lambda: index_tar(str(folder / "t.tar")))[1] / count
    tracemalloc.start()
    planned = plan(folder, "tarred", "t.tar")
    found["plan_bytes"] = tracemalloc.get_traced_memory()[0] / count
    tracemalloc.stop()
    _, cpu, jobs = timed(lambda: list(planned.jobs()))
    found["job_seconds"], found["job_bytes"] = cpu / count, len(pickle.dumps(jobs[0])) / SIZE
    for name, some in (("tar", jobs), ("folder", list(plan(folder, "direct").jobs()))):
        _, cpu, _ = timed(lambda some=some: [len(data) for job in some for data in bytes_of(job.items)])
        found[f"read_{name}_seconds"] = cpu / count
    _, cpu, done = timed(lambda: list(plan(folder, "direct").jobs()))
    found["list_seconds"] = cpu / count
    _, cpu, _ = timed(lambda: [compress_shard(job) for job in done])
    found["again_seconds"] = cpu / count
    _, cpu, _ = timed(lambda: [verify_shard(VerifyJob(job.target)) for job in plan(folder, "direct").jobs()])
    found["verify_seconds"] = cpu / count
    found["exact"] = _exact_costs(folder, exact)
    return found


def _manifest(folder: Path, form: str, records: list[ShardRecord]) -> tuple[float, float]:
    count = sum(len(record.inputs.name) for record in records)
    _, cpu, place = timed(lambda: write_manifest(str(folder), form, (row for each in records for row in each.rows())))
    return cpu / count, Path(place).stat().st_size / count


def _exact_costs(folder: Path, count: int) -> dict[str, Any]:
    exact = {"latent_dim": None, "lossless": True}
    compress_shard(plan(folder, "warm", shard_size=16, **exact).job(0))  # the models are loaded
    job = plan(folder, "exact", shard_size=count, **exact).job(0)
    _, cpu, record = timed(lambda: compress_shard(job))
    _, verify, _ = timed(lambda: verify_shard(VerifyJob(job.target)))
    sizes = {**_sizes(folder / "exact", [record]), "parquet_bytes": _manifest(folder, "parquet", [record])[1]}
    return {"cpu_seconds": cpu, "verify_seconds": verify / count, **sizes}


@contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Run an S3 server in a thread, and count its requests by method."""
    from moto.server import ThreadedMotoServer

    class Count(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            asked = re.search(r"(GET|HEAD|PUT|POST|DELETE) /", record.getMessage())
            if asked:
                counts[asked[1]] += 1

    counts: Counter[str] = Counter()
    log, before = logging.getLogger("werkzeug"), dict(os.environ)
    log.handlers, log.propagate = [Count()], False
    log.setLevel(logging.INFO)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=True)
    server.start()
    _, port = server.get_host_and_port()
    os.environ.update(AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
    try:
        yield counts
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(before)


def measure_requests(folder: Path) -> dict[str, Any]:
    """Count the requests for a shard of ``SIZE`` pictures: from a tar file, from single objects, in a second run."""
    import fsspec

    found: dict[str, Any] = {}
    with counted_requests() as counts:
        store = fsspec.filesystem("s3")
        store.mkdir("bucket")
        store.put_file(str(folder / "t.tar"), "bucket/t.tar")
        store.pipe(
            {f"bucket/t/{path.name}": path.read_bytes() for path in sorted((folder / "pics/t").iterdir())[:SIZE]}
        )
        for name, source in (("tar", "s3://bucket/t.tar"), ("objects", "s3://bucket/t")):
            counts.clear()
            planned = plan_shards([source], f"s3://bucket/out-{name}", shard_size=SIZE, **OPTIONS)
            found[f"{name}_plan"] = dict(counts)
            job = planned.job(0)
            for turn in ("first", "again"):
                counts.clear()
                compress_shard(job)
                found[f"{name}_{turn}"] = dict(counts)
        found["tar_bytes"] = (folder / "t.tar").stat().st_size
    return found


def measure(data: Path, count: int, exact: int) -> dict[str, Any]:
    """Measure all."""
    with tempfile.TemporaryDirectory(prefix="shards-") as name:
        folder = Path(name)
        write_pictures(data, folder, count)
        direct, costs = measure_direct(folder)
        rows = [direct, *(measure_engine(folder, *way) for way in WAYS)]
        digests = [row.pop("sha256") for row in rows]
        costs |= measure_costs(folder, exact)
        try:
            requests: dict[str, Any] | None = measure_requests(folder)
        except ImportError:
            requests = None
        shutil.rmtree(folder)
        folder.mkdir()
    facts = {"date": datetime.now(UTC).date().isoformat(), "commit": commit(), "processor": processor()}
    return {
        **facts,
        "cores": usable_cores(),
        "load": round(os.getloadavg()[0], 1),
        "pictures": count,
        "shard_size": SIZE,
        "options": OPTIONS,
        "same_bytes": all(each == digests[0] for each in digests),
        "rows": rows,
        "costs": costs,
        "requests": requests,
    }


def main() -> None:
    """Measure, and write the figures and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("AECODEC_DATA_DIR", "data")))
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--exact", type=int, default=1_000, help="pictures that are also compressed exactly")
    options = parser.parse_args()
    found = measure(options.data_dir, options.pictures, options.exact)
    (RESULTS / "shards.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(write_document())


if __name__ == "__main__":
    main()
