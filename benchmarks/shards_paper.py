"""Write the page on shards, ``benchmarks/results/shards.md``: figures, costs, and an estimate for 10**9 pictures.

python benchmarks/shards_paper.py     # from shards.json, which benchmarks/shards.py measures
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
SHARD, MANY = 10_000, 10**9  # pictures a shard and in all, of the estimate
CORES = 1_000


def write_document() -> str:
    """Write the page, and return it."""
    text = document(json.loads((RESULTS / "shards.json").read_text()))
    (RESULTS / "shards.md").write_text(text)
    return text


def document(found: dict[str, Any]) -> str:
    """Return the page. All its figures follow from ``found``, what was measured."""
    costs, requests, size = found["costs"], found["requests"], found["shard_size"]
    lines = [*engines(found), *costs_table(costs), *requests_table(requests, size)]
    lines += [*paper(costs), *where_it_hurts(costs, requests)]
    return "\n".join(lines) + "\n"


def engines(found: dict[str, Any]) -> list[str]:
    """Return the table of engines."""
    rows, options = found["rows"], ", ".join(f"{name} {value}" for name, value in found["options"].items())
    same = "the same from all engines" if found["same_bytes"] else "NOT THE SAME from all engines"
    head = ("engine", "jobs", "start, s", "pictures a second", "with start", "times direct calls", "again, ms a shard")
    lines = [
        "# Shards",
        "",
        f"{found['pictures']:,} pictures of MNIST's test split were compressed in shards of {found['shard_size']:,}.",
        f"They are PNG files of {found['costs']['input_bytes']:.0f} bytes. Options: {options}. Each process has one",
        f"thread for BLAS. The shards' bytes are {same}.",
        "",
        f"| {' | '.join(head)} |",
        "|:---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        total = found["pictures"] / (row["seconds"] + row["start_seconds"])
        share = row["pictures_a_second"] / rows[0]["pictures_a_second"]
        lines.append(
            f"| {row['engine']} | {row['jobs']} | {row['start_seconds']:.2f} | {row['pictures_a_second']:,.0f} | "
            f"{total:,.0f} | {share:.2f} | {1000 * row['resume_seconds_a_shard']:.1f} |"
        )
    return [
        *lines,
        "",
        "*Start* is the time until every process of the engine has answered. After that each process loads its model,",
        "with its first shard; that time counts in *pictures a second*. *Again* is a second run of the same plan, when",
        "all shards are there.",
        "",
        f"{found['date']}, commit {found['commit']}, {found['cores']} cores of {found['processor']}, load "
        f"{found['load']} at the end. `python benchmarks/shards.py`",
        "",
    ]


def costs_table(costs: dict[str, Any]) -> list[str]:
    """Return what a picture costs, part by part."""
    exact = costs["exact"]
    table = [
        ("compress, lossy, with reading and decoding PNG", _each(costs), costs["aec_bytes"]),
        ("compress, lossless", _each(exact), exact["aec_bytes"]),
        ("verify, lossy", costs["verify_seconds"], None),
        ("verify, lossless", exact["verify_seconds"], None),
        ("read a file of a folder", costs["read_folder_seconds"], None),
        ("read a member of a tar file", costs["read_tar_seconds"], None),
        ("find a file of a folder", costs["list_seconds"], None),
        ("find a member of a tar file", costs["index_seconds"], costs["plan_bytes"]),
        ("put it into a job", costs["job_seconds"], costs["job_bytes"]),
        ("see that its shard is there already", costs["again_seconds"], None),
        ("record, lossy, .json", None, costs["json_bytes"]),
        ("record, lossless, .json", None, exact["json_bytes"]),
        ("manifest, Parquet", costs["parquet_seconds"], costs["parquet_bytes"]),
        ("manifest, JSON lines", costs["jsonl_seconds"], costs["jsonl_bytes"]),
    ]
    lines = ["## What a picture costs", "", "| | µs of one core | bytes |", "|:---|---:|---:|"]
    lines += [f"| {name} | {_cell(seconds, 1e6)} | {_cell(size)} |" for name, seconds, size in table]
    note = "The bytes of *find* are memory of the process that plans. Those of a job are the size of its pickle."
    return [*lines, "", note, ""]


def _each(costs: dict[str, Any]) -> float:
    return float(costs["cpu_seconds"] / costs["pictures"])


def _cell(value: float | None, factor: float = 1) -> str:
    return "–" if value is None else f"{factor * value:,.1f}"


def requests_table(requests: dict[str, Any] | None, size: int) -> list[str]:
    """Return the table of requests to a store."""
    if requests is None:
        return []
    names = {
        "tar_plan": f"plan, one tar file of {requests['tar_bytes'] / 1e6:.1f} MB",
        "tar_first": f"a shard of {size:,} pictures from it",
        "tar_again": "the same shard again",
        "objects_plan": f"plan, {size:,} objects",
        "objects_first": f"a shard of {size:,} of them",
        "objects_again": "the same shard again",
    }
    lines = ["## Requests to a store", "", "| | GET | HEAD | PUT | others |", "|:---|---:|---:|---:|---:|"]
    for key, name in names.items():
        found = dict(requests[key])
        known = [found.pop(method, 0) for method in ("GET", "HEAD", "PUT")]
        lines.append(f"| {name} | {' | '.join(map(str, known))} | {sum(found.values())} |")
    return [*lines, "", "A local S3 server counted them. A listing is a GET of up to 1,000 names.", ""]


def paper(costs: dict[str, Any]) -> list[str]:
    """Return the estimate for many pictures."""
    lines = [
        f"## An estimate: {MANY:,} such pictures",
        "",
        f"This is for shards of {SHARD:,} pictures, from tar files of as many. It follows from the costs above;",
        "nothing of this size was run.",
        "",
        "| | lossy | lossless |",
        "|:---|---:|---:|",
    ]
    both = (costs, costs["exact"])
    for name, values in {
        "core hours": [MANY * _each(each) / 3600 for each in both],
        f"hours on {CORES:,} cores": [MANY * _each(each) / 3600 / CORES for each in both],
        "seconds a shard": [SHARD * _each(each) for each in both],
        "shards": [MANY / SHARD] * 2,
        "input in tar files, GB": [MANY * costs["tar_bytes"] / 1e9] * 2,
        ".aec files, GB": [MANY * each["aec_bytes"] / 1e9 for each in both],
        ".json files, GB": [MANY * each["json_bytes"] / 1e9 for each in both],
        "manifest in Parquet, GB": [MANY * each["parquet_bytes"] / 1e9 for each in both],
        "verify, core hours": [MANY * each["verify_seconds"] / 3600 for each in both],
    }.items():
        lines.append(f"| {name} | {' | '.join(f'{value:,.1f}'.removesuffix('.0') for value in values)} |")
    return [*lines, ""]


def where_it_hurts(costs: dict[str, Any], requests: dict[str, Any] | None) -> list[str]:
    """Return what more workers do not make quicker, and what to do about it."""
    hours = {name: MANY * costs[f"{name}_seconds"] / 3600 for name in ("index", "job", "parquet", "again")}
    shards = MANY // SHARD
    lines = [
        "What would be slow or large, and what to do about it:",
        "",
        "- *The plan* is made by one process, which keeps all names and places: "
        f"{MANY * costs['plan_bytes'] / 1e9:,.0f} GB of memory. The workers read the headers in the tar files for it, "
        f"so each tar file is read twice; that takes {hours['index']:,.1f} core hours in all. The process makes jobs "
        f"one by one, which takes {hours['job']:,.1f} hours of one core in all; that is quick enough for "
        f"{_each(costs) / costs['job_seconds']:,.0f} cores. It is better to cut such a collection into parts, with a "
        "command and a folder for each hundred million pictures (`{0000..9999}`, `{10000..19999}`, ...). A part takes "
        f"{1e8 * costs['plan_bytes'] / 1e9:,.1f} GB.",
        f"- *The manifest* is written by one process, too. It takes {hours['parquet']:,.1f} hours, and reads "
        f"{MANY * costs['json_bytes'] / 1e9:,.0f} GB of records. It takes little memory: rows are written in groups of "
        "100,000 as they come, and 64 records are requested at a time. Each part has its own manifest. Programs for "
        "Parquet read all of them as one table.",
        f"- *The same command again* reads every record. That takes {hours['again']:,.1f} core hours, shared by the "
        "workers.",
    ]
    if requests is not None:
        first = sum(requests["tar_first"].values()) - 1
        gets = 2 * MANY * costs["tar_bytes"] / 2**23
        lines.append(
            f"- *Requests*: shards from tar files take {shards * first:,}. Reading the tar files takes some "
            f"{gets:,.0f} GETs of up to 8 MB more, for they are read twice. Pictures that are single objects take "
            f"{MANY:,} GETs, 64 at a time, so it is better to put them into tar files. At the end the folder is "
            f"listed, with {2 * shards // 1000:,} requests."
        )
    lines.append(
        "- *A shard* is held by one worker: decoded pictures up to 256 MB in memory, the files of all others in a "
        "temporary file. An `.aec` file has 2 GB at most, so large photographs need smaller shards."
    )
    return lines


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    sys.stdout.write(write_document())
