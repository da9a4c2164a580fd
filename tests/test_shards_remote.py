"""Shards in stores: memory, and S3 as a server of this machine speaks it."""

from __future__ import annotations

import builtins
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from aecodec.cli import app
from aecodec.errors import AecError, FileError, FormatError, UsageError
from aecodec.files import decode_picture, read_picture
from aecodec.shards import UnpackJob, VerifyJob, compress_shard, decompress_shard, places, verify_shard
from tests.shard_work import COUNT, WORDS, expected, make_pictures, make_tar, plan_of

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'aecodec[remote]'")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder with pictures, which are also at ``memory://in/s``."""
    store = fsspec.filesystem("memory")
    paths = make_pictures(tmp_path)
    for path in paths:
        store.pipe_file(f"/in/s/{path.name}", path.read_bytes())
    yield tmp_path
    for each in list(store.store):
        store.rm_file(each)
    store.pseudo_dirs[:] = [""]


def test_a_store_is_as_a_folder(memory: Path) -> None:
    plan = plan_of(memory, "memory://out", "memory://in")
    assert [item.name for item in plan.job(0).items] == [f"s/{n:03d}.png" for n in range(4)]
    for job in plan.jobs():
        assert not compress_shard(job).skipped
        assert compress_shard(job).skipped
    store = fsspec.filesystem("memory")
    found = {name: store.cat_file(f"/out/{name}") for name in ("000000.aec", "000001.aec", "000002.aec")}
    assert found == expected(memory)


def test_names_below_patterns_of_a_store(memory: Path) -> None:
    for word in ("memory://in/s/*.png", "memory://in/s/{000..010}.png", "memory://in/**/0*.png"):
        names = [
            item.name.removeprefix("s/")
            for job in plan_of(memory, "memory://x", word, force=True).jobs()
            for item in job.items
        ]
        assert names == [f"{number:03d}.png" for number in range(COUNT)], word
    with pytest.raises(FileError, match=r"memory://in/s/011\.png: there is no such file"):
        plan_of(memory, "memory://x", "memory://in/s/{010..011}.png")


def test_a_tar_file_of_a_store(memory: Path) -> None:
    make_tar(memory / "s.tar", sorted((memory / "pics/s").iterdir()))
    store = fsspec.filesystem("memory")
    store.pipe_file("/tars/s.tar", (memory / "s.tar").read_bytes())
    for job in plan_of(memory, memory / "out", "memory://tars/s.tar").jobs():
        compress_shard(job)
    assert {path.name: path.read_bytes() for path in (memory / "out").glob("*.aec")} == expected(memory)


def test_a_missing_object_is_a_failure(memory: Path) -> None:
    job = plan_of(memory, "memory://out", "memory://in").job(0)
    fsspec.filesystem("memory").rm_file("/in/s/002.png")
    record = compress_shard(job)
    assert record.failed == 1 and record.failures[0].kind == "FileError"
    assert "memory://in/s/002.png" in record.failures[0].error


def test_back_from_a_store_to_a_store(memory: Path) -> None:
    job = plan_of(memory, "memory://out", "memory://in", model=None, lossless=True).job(0)
    compress_shard(job)
    assert verify_shard(VerifyJob(job.target)).pictures == 4
    unpack = UnpackJob(job.target, "memory://again/0")
    assert not decompress_shard(unpack).skipped
    with pytest.raises(UsageError, match="not empty"):
        decompress_shard(unpack)
    store = fsspec.filesystem("memory")
    for item in job.items:
        found = decode_picture(store.cat_file(f"/again/0/{item.name}"), item.name)
        np.testing.assert_array_equal(found, read_picture(str(memory / "pics" / item.name)))
    skip = UnpackJob(job.target, "memory://again/0", skip=True)
    assert decompress_shard(skip).skipped
    store.rm_file("/again/0/s/001.png")
    assert not decompress_shard(skip).skipped and store.exists("/again/0/s/001.png")


def test_writing_to_a_store(memory: Path) -> None:
    places.write("memory://w/a", b"one", force=False)
    with pytest.raises(UsageError, match="exists"):
        places.write("memory://w/a", b"two", force=False)
    places.write("memory://w/a", b"two", force=True)
    with pytest.raises(FormatError, match="half"), places.written("memory://w/b") as file:
        file.write(b"half")
        raise FormatError("half")
    with places.written("memory://w/c") as file:
        file.write(b"three")
    assert [(name, found.size) for name, found in places.files_in("memory://w", deep=True)] == [("a", 3), ("c", 5)]
    places.remove("memory://w/a")
    places.remove("memory://w/a")
    assert places.stat("memory://w/a") is None and places.files_in("memory://nothing", deep=True) == []


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    original = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.startswith("fsspec"):
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError, match=r"is a URL, which needs fsspec: pip install 'aecodec\[remote\]'"):
        places.stat("s3://bucket/a")
    path = tmp_path / "a"
    path.write_bytes(b"x")
    assert places.read(places.settled(f"file://{path}")) == b"x"


def test_unknown_stores() -> None:
    for url in ("nonsense://a/b", "s4://b"):
        with pytest.raises(AecError, match=url):
            places.stat(url)


# --- S3 ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """The address of an S3 server in a thread."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    running = server.ThreadedMotoServer("127.0.0.1", port, verbose=False)
    running.start()
    yield f"http://127.0.0.1:{port}"
    running.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder with pictures, a tar file of which is at ``s3://inputs/s.tar``, and the pictures at ``s3://inputs/pics``."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    store = fsspec.filesystem("s3", skip_instance_cache=True)
    for bucket in ("inputs", "outputs"):
        if store.exists(bucket):
            store.rm(bucket, recursive=True)
        store.mkdir(bucket)
    paths = make_pictures(tmp_path)
    make_tar(tmp_path / "s.tar", paths)
    store.put_file(str(tmp_path / "s.tar"), "inputs/tars/s.tar")
    for path in paths:
        store.pipe_file(f"inputs/pics/s/{path.name}", path.read_bytes())
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_s3_as_input_and_output(s3: Path) -> None:
    """By the command, whose workers are processes of their own."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'aecodec[shards]'")
    store = fsspec.filesystem("s3", skip_instance_cache=True)
    want = expected(s3)

    def run(*words: str) -> list[dict[str, Any]]:
        result = CliRunner().invoke(app, [*words, "--json", "--jobs", "1"])
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    words = ["compress", "s3://inputs/tars/*.tar", "-o", "s3://outputs/sh/", *WORDS]
    assert [line["skipped"] for line in run(*words)] == [False] * 3
    store.rm("outputs/sh/000001.json")
    assert [line["skipped"] for line in run(*words)] == [True, False, True]
    assert {name: store.cat_file(f"outputs/sh/{name}") for name in want} == want
    assert json.loads(store.cat_file("outputs/sh/000000.json"))["tars"][0][2]  # the store's tag
    result = CliRunner().invoke(app, [*words, "--quality", "20"])
    assert result.exit_code == 2 and "another command" in result.stderr
    assert [line["ok"] for line in run("verify", "s3://outputs/sh/", "--model-path", "m")] == [True] * 4
    run("decompress", "s3://outputs/sh/", "-o", "again", "--model-path", "m")
    assert len(list((s3 / "again").rglob("*.png"))) == COUNT
    run("compress", "s3://inputs/pics/", "-o", "s3://outputs/again", *WORDS, "--manifest", "jsonl")
    assert {name: store.cat_file(f"outputs/again/{name}") for name in want} == want
    assert json.loads(store.cat_file("outputs/again/000000.json"))["inputs"]["etag"][0]
    assert len(store.cat_file("outputs/again/manifest.jsonl").splitlines()) == COUNT


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_s3_refuses(s3: Path) -> None:
    for word in ("s3://inputs/nothing.png", "s3://no-such-bucket/x.tar"):
        result = CliRunner().invoke(app, ["compress", word, "-o", "out", *WORDS])
        assert result.exit_code == 7 and len(result.stderr.splitlines()) == 1, result.output
        assert word in result.stderr
    result = CliRunner().invoke(app, ["compress", "pics", "-o", "s3://no-such-bucket/x", *WORDS, "-q"])
    assert result.exit_code == 7 and "s3://no-such-bucket/x" in result.stderr, result.output
