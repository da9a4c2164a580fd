"""Compress many pictures into shards by a scheduler of your own; here it is a pool of Python's.

    python examples/shards.py pictures/ shards/

A job is one shard. `compress_shard` needs nothing else, so any scheduler that calls a function many times will do:

    Dask     client.gather(client.map(compress_shard, plan.jobs()))
    Spark    context.parallelize(list(plan.jobs()), len(plan)).map(compress_shard).collect()

The same again does what is missing. The command has processes and Ray built in:
`aecodec compress pictures/ -o shards/ --shard-size 1000 --engine ray`.
"""

import sys
from multiprocessing import get_context

from aecodec.shards import compress_shard, plan_shards

if __name__ == "__main__":
    pictures, shards = sys.argv[1:]
    plan = plan_shards([pictures], shards, shard_size=1000, lossless=True, effort=0)
    with get_context("spawn").Pool(2) as pool:
        for record in pool.imap_unordered(compress_shard, plan.jobs()):
            print(f"{record.shard}: {record.pictures} pictures, {record.bytes} bytes, {record.failed} failed")
