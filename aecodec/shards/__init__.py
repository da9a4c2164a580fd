"""Many pictures as many files of equal counts, by any number of workers: shards.

A :class:`ShardJob` says which pictures, :func:`compress_shard` makes of it an ``.aec`` file and a record beside it, and
nothing else is needed to do so on any machine. So an engine is whatever calls a function many times:

- ``aecodec.engines``: processes of this machine, or Ray;
- Dask: ``client.map(compress_shard, jobs)``;
- Spark: ``context.parallelize(jobs, len(jobs)).map(compress_shard).collect()``.

>>> from aecodec.shards import compress_shard, plan_shards
>>> jobs = plan_shards(["pictures/"], "shards/", shard_size=10_000, lossless=True).jobs()  # doctest: +SKIP
>>> records = [compress_shard(job) for job in jobs]  # doctest: +SKIP
"""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.shards.compress import compress_shard
    from aecodec.shards.decompress import UnpackJob, decompress_shard
    from aecodec.shards.job import Item, ShardJob
    from aecodec.shards.planned import plan_shards
    from aecodec.shards.record import ShardRecord
    from aecodec.shards.verify import VerifyJob, verify_shard
else:
    __getattr__ = late(
        __name__,
        {
            ".compress": ("compress_shard",),
            ".decompress": ("UnpackJob", "decompress_shard"),
            ".job": ("Item", "ShardJob"),
            ".planned": ("plan_shards",),
            ".record": ("ShardRecord",),
            ".verify": ("VerifyJob", "verify_shard"),
        },
    )


__all__ = [
    "Item",
    "ShardJob",
    "ShardRecord",
    "UnpackJob",
    "VerifyJob",
    "compress_shard",
    "decompress_shard",
    "plan_shards",
    "verify_shard",
]
