"""Dask needs no engine: it maps the function over the jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from aecodec.shards import compress_shard
from tests.shard_work import expected, make_pictures, plan_of, shards

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")


@pytest.mark.filterwarnings("ignore")
def test_dask_gives_the_same_bytes(tmp_path: Path) -> None:
    make_pictures(tmp_path)
    jobs = list(plan_of(tmp_path, tmp_path / "out").jobs())
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path / "dask")
    )
    with cluster, distributed.Client(cluster) as client:
        records = client.gather(client.map(compress_shard, jobs))
    assert [record.shard for record in records] == ["000000", "000001", "000002"]
    assert shards(tmp_path / "out") == expected(tmp_path)
