"""Write the document on shards, ``benchmarks/results/shards.md``: figures, costs, and 10**9 pictures on paper.

python benchmarks/shards_paper.py     # from shards.json, which benchmarks/shards.py measures
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
SHARD, MANY = 10_000, 10**9  # of the plan on paper
CORES = 1_000


def write_document() -> str:
    """Write the document, and return it."""
    text = document(json.loads((RESULTS / "shards.json").read_text()))
    (RESULTS / "shards.md").write_text(text)
    return text


def document(found: dict[str, Any]) -> str:
    """Return the document, of nothing but what was measured."""
    costs, requests, size = found["costs"], found["requests"], found["shard_size"]
    lines = [*engines(found), *costs_table(costs), *requests_table(requests, size)]
    lines += [*paper(costs), *where_it_hurts(costs, requests)]
    return "\n".join(lines) + "\n"


def engines(found: dict[str, Any]) -> list[str]:
    """Return the table of engines."""
    rows, options = found["rows"], ", ".join(f"{name} {value}" for name, value in found["options"].items())
    same = "the same from all" if found["same_bytes"] else "NOT THE SAME from all"
    head = ("engine", "jobs", "start, s", "pictures a second", "with the start", "of direct calls", "again, ms a shard")
    lines = [
        "# Shards",
        "",
        f"{found['pictures']:,} pictures of MNIST's test split, in shards of {found['shard_size']:,}, from PNG files",
        f"of {found['costs']['input_bytes']:.0f} bytes: {options}. One thread of BLAS a process. The bytes are {same}.",
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
        "*Start* is until every process of the engine has answered; each then loads its model with its first shard,",
        "which is in *pictures a second*. *Again* is the same once more, from the plan on, when all is there.",
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
        ("find that its shard is there", costs["again_seconds"], None),
        ("record, lossy, .json", None, costs["json_bytes"]),
        ("record, lossless, .json", None, exact["json_bytes"]),
        ("manifest, Parquet", costs["parquet_seconds"], costs["parquet_bytes"]),
        ("manifest, JSON lines", costs["jsonl_seconds"], costs["jsonl_bytes"]),
    ]
    lines = ["## What a picture costs", "", "| | µs of one core | bytes |", "|:---|---:|---:|"]
    lines += [f"| {name} | {_cell(seconds, 1e6)} | {_cell(size)} |" for name, seconds, size in table]
    return [*lines, "", "Bytes of *find* are memory of the process that plans; those of a job are its pickle.", ""]


def _each(costs: dict[str, Any]) -> float:
    return float(costs["cpu_seconds"] / costs["pictures"])


def _cell(value: float | None, factor: float = 1) -> str:
    return "–" if value is None else f"{factor * value:,.1f}"


def requests_table(requests: dict[str, Any] | None, size: int) -> list[str]:
    """Return how often a store is asked."""
    if requests is None:
        return []
    names = {
        "tar_plan": f"plan, one tar file of {requests['tar_bytes'] / 1e6:.1f} MB",
        "tar_first": f"a shard of {size:,} from it",
        "tar_again": "the same again",
        "objects_plan": f"plan, {size:,} objects",
        "objects_first": f"a shard of {size:,} of them",
        "objects_again": "the same again",
    }
    lines = ["## What a store is asked", "", "| | GET | HEAD | PUT | others |", "|:---|---:|---:|---:|---:|"]
    for key, name in names.items():
        found = dict(requests[key])
        known = [found.pop(method, 0) for method in ("GET", "HEAD", "PUT")]
        lines.append(f"| {name} | {' | '.join(map(str, known))} | {sum(found.values())} |")
    return [*lines, "", "Counted by a local S3 server; a listing is a GET of up to 1,000 names.", ""]


def paper(costs: dict[str, Any]) -> list[str]:
    """Return the plan on paper."""
    lines = [
        f"## On paper: {MANY:,} such pictures",
        "",
        f"In shards of {SHARD:,}, from tar files of as many, by the costs above. Nothing of this size was run.",
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
    """Return what does not grow with the workers, and what to do about it."""
    hours = {name: MANY * costs[f"{name}_seconds"] / 3600 for name in ("index", "job", "parquet", "again")}
    shards = MANY // SHARD
    lines = [
        "Where it would hurt, and what to do:",
        "",
        "- *The plan* is one process's. The workers read the heads in the tar files for it, so each tar file is read "
        f"twice ({hours['index']:,.1f} core hours in all), but it keeps all names and places: "
        f"{MANY * costs['plan_bytes'] / 1e9:,.0f} GB of memory. It makes jobs one by one, {hours['job']:,.1f} hours of "
        f"one core in all, which is quick enough for {_each(costs) / costs['job_seconds']:,.0f} cores. So such a "
        "collection is better given in parts, a command and a folder for each hundred million pictures "
        f"(`{{0000..9999}}`, `{{10000..19999}}`, ...), which take {1e8 * costs['plan_bytes'] / 1e9:,.1f} GB.",
        f"- *The manifest* is one process's, too: {hours['parquet']:,.1f} hours, and it reads "
        f"{MANY * costs['json_bytes'] / 1e9:,.0f} GB of records. Memory is no matter: rows are written in groups of "
        "100,000 as they come, and 64 records are asked for at a time. Parts have a manifest each, which programs for "
        "Parquet read as one table.",
        f"- *The same command again* reads every record: {hours['again']:,.1f} core hours, shared by the workers.",
    ]
    if requests is not None:
        first = sum(requests["tar_first"].values()) - 1
        gets = 2 * MANY * costs["tar_bytes"] / 2**23
        lines.append(
            f"- *Requests*: {shards * first:,} for shards from tar files, besides some {gets:,.0f} GETs of up to 8 MB "
            f"for their bytes, twice. Pictures that are objects of their own take {MANY:,} GETs, 64 at a time: they "
            f"belong into tar files. A listing of the folder, {2 * shards // 1000:,} requests, is made at the end."
        )
    lines.append(
        "- *A shard* is what a worker holds: its pictures as decoded up to 256 MB, the files of all others in a "
        "temporary file. A file has 2 GB at most, so large photographs want smaller shards."
    )
    return lines


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    sys.stdout.write(write_document())
