"""``aecodec compress --shard-size``, and the commands that read what it has written."""

from __future__ import annotations

import builtins
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from aecodec.cli import app
from aecodec.files import read_picture
from tests.conftest import ROOT
from tests.shard_work import COUNT, WORDS, expected, make_pictures, shards

ROWS = [f"s/{number:03d}.png" for number in range(COUNT)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a model and eleven pictures, of which one is bad."""
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    """Run a command line in this process; its shards are done in others."""
    return CliRunner().invoke(app, list(words))


def compress(*words: str, output: str = "out") -> Result:
    return run("compress", "pics", "-o", output, *WORDS, "--manifest", "jsonl", "--jobs", "1", *words)


def rows_of(folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(folder, "manifest.jsonl").read_text().splitlines()]


def failed(result: Result, code: int, *what: str) -> None:
    """One line, this exit code, and no traceback."""
    assert result.exit_code == code, result.output
    assert len(result.stderr.splitlines()) == 1 and all(each in result.stderr for each in what), result.stderr


def test_shards_and_a_manifest(here: Path) -> None:
    result = compress("--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["shard"], line["pictures"], line["failed"], line["skipped"]) for line in lines] == [
        ("000000", 4, 0, False),
        ("000001", 4, 0, False),
        ("000002", 3, 0, False),
    ]
    assert "11 pictures in 3 of 3 shards" in result.stderr and "manifest.jsonl" in result.stderr
    assert shards(here / "out") == expected(here)
    rows = rows_of("out")
    assert [row["name"] for row in rows] == ROWS and [row["index"] for row in rows] == [0, 1, 2, 3] * 2 + [0, 1, 2]
    assert {path.name for path in (here / "out").iterdir()} == {
        *(f"00000{n}.{kind}" for n in range(3) for kind in ("aec", "json")),
        *("shards.json", "manifest.jsonl"),
    }


def test_a_bad_picture_is_a_record(here: Path) -> None:
    Path("pics/s/005.png").write_bytes(b"no picture")
    for again in (False, True):  # it is still bad when nothing is left to do
        result = compress("-q", "--json")
        assert result.exit_code == 1
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert [line["failed"] for line in lines] == [0, 1, 0] and lines[1]["skipped"] is again
        assert ("005.png is no known picture" in result.stderr) is not again
        row = rows_of("out")[5]
        assert row["index"] is None and "005.png is no known picture" in row["error"]
    result = run("verify", "out", "--model-path", "m", "--jobs", "1")
    assert result.exit_code == 0 and "000001.aec: ok, 3 pictures, 1 failed" in result.stdout


def test_a_run_is_gone_on_with(here: Path) -> None:
    assert compress("-q").exit_code == 0
    shutil.rmtree("out/000001.aec", ignore_errors=True)
    Path("out/000001.json").unlink()
    kept = Path("out/000000.aec").stat().st_mtime_ns
    result = compress()
    assert "2 shards there already" in result.stderr and shards(here / "out") == expected(here)
    assert Path("out/000000.aec").stat().st_mtime_ns == kept


def test_what_is_refused(here: Path) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_bytes(b"mine")
    failed(compress(output="full"), 2, "full holds other files, mine.txt", "-f")
    assert [path.name for path in Path("full").iterdir()] == ["mine.txt"]
    assert compress("-q").exit_code == 0
    before = shards(here / "out")
    failed(compress("--quality", "30"), 2, "another command, without --quality;")
    failed(run("compress", "pics/s/000.png", "-o", "out", *WORDS), 2, "000000.aec is another command's: it has other")
    assert shards(here / "out") == before
    assert compress("--quality", "30", "-f", "-q").exit_code == 0
    assert shards(here / "out") != before
    failed(compress(output="x.aec"), 2, "folder of shards")
    failed(compress(output="-"), 2, "folder of shards")
    failed(run("compress", "pics", *WORDS), 2, "name it with -o")
    failed(compress("--each"), 2, "--shard-size excludes --each")
    failed(run("compress", "pics", "-o", "a.aec", "--engine", "processes"), 2, "add --shard-size")
    failed(run("compress", "nothing", "-o", "b", *WORDS), 7, "no such file or folder")
    failed(run("compress", "pics", "-o", "b", "--shard-size", "2", "--model", "none-such"), 5, "none-such")
    assert not Path("b").exists()


def test_shards_of_an_earlier_command_that_had_more(here: Path) -> None:
    assert compress("-q").exit_code == 0
    for number in (8, 9, 10):
        Path(f"pics/s/{number:03d}.png").unlink()
    result = compress()
    assert result.exit_code == 0 and "warning: out has 000002.aec of an earlier command" in result.stderr


def test_without_pyarrow(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    failed(compress("--manifest", "parquet"), 2, "pip install 'aecodec[shards]'", "--manifest jsonl")
    assert not Path("out").exists()
    result = compress("--manifest", "none")
    assert result.exit_code == 0 and not list(Path("out").glob("manifest*"))


def test_a_manifest_in_parquet(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: pip install 'aecodec[shards]'")
    monkeypatch.setattr("aecodec.shards.manifest.GROUP_ROWS", 5)
    Path("pics/s/005.png").write_bytes(b"no picture")
    assert compress("--manifest", "parquet", "-q").exit_code == 1
    file = parquet.ParquetFile("out/manifest.parquet")
    assert file.num_row_groups == 3  # it is written as it comes
    rows = file.read().to_pylist()
    assert [row["name"] for row in rows] == ROWS and [row["shard"] for row in rows] == ["000000"] * 4 + [
        "000001"
    ] * 4 + ["000002"] * 3
    assert list(rows[5].values())[2:8] == [None] * 6 and "no known picture" in rows[5]["error"]
    assert (rows[0]["height"], rows[0]["width"], rows[0]["channels"], rows[0]["exact"]) == (8, 8, 1, False)
    assert rows[0]["mse"] > 0
    assert run("verify", "out", "--model-path", "m", "--jobs", "1").exit_code == 0


def test_a_shard_that_fails_is_not_the_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compress("--manifest", "none", "-q").exit_code == 0
    Path("out/000001.aec").unlink()
    Path("out/000001.aec").mkdir()  # nothing can be written there
    result = compress()
    assert result.exit_code == 1 and "2 of 3 shards" in result.stderr and "1 shards failed" in result.stderr
    rows = rows_of("out")
    assert [row["error"] is None for row in rows] == [True] * 4 + [False] * 4 + [True] * 3
    assert "cannot write" in rows[4]["error"]


def test_decompress_shards(here: Path) -> None:
    words = ["--shard-size", "4", "--lossless", "--effort", "0", "-q", "--manifest", "none"]
    assert run("compress", "pics", "-o", "out", *words).exit_code == 0
    result = run("decompress", "out", "-o", "again", "--jobs", "2")
    assert result.exit_code == 0 and "11 pictures of 3 of 3 files" in result.stderr
    assert "passed over" not in result.stderr
    for number, name in enumerate(ROWS):
        path = f"again/{number // 4:06d}/{name}"
        np.testing.assert_array_equal(read_picture(path), read_picture(f"pics/{name}"))
    shutil.rmtree("again/000001")
    Path("out/000002.aec").write_bytes(b"damaged")
    result = run("decompress", "out", "-o", "again", "--jobs", "1", "--skip-existing", "--json")
    assert [json.loads(line)["skipped"] for line in result.stdout.splitlines()] == [True, False, True]
    result = run("decompress", "out", "-o", "anew", "--jobs", "1", "-q")
    assert result.exit_code == 1 and "000002.aec" in result.stderr
    assert sorted(path.name for path in Path("anew").iterdir()) == ["000000", "000001"]


def test_verify_shards(here: Path) -> None:
    assert compress("-q").exit_code == 0
    verify = ("verify", "out", "--model-path", "m", "--jobs", "1")
    result = run(*verify)
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
        *(f"out/00000{number}.aec" for number in range(3)),
        "out/manifest.jsonl",
    ]
    manifest, data = Path("out/manifest.jsonl"), Path("out/000001.aec").read_bytes()
    lines = manifest.read_text().splitlines()
    for change, what in [
        (lines[:-1], "has 2 pictures and 0 failed ones of shard 000002, expected 3 and 0"),
        ([*lines, lines[0].replace('"000000"', '"000007"')], "has shard 000007, which is not there"),
        ([line for line in lines if "000001" not in line], "does not have shard 000001"),
        ([lines[0].replace("000.png", "x.png"), *lines[1:]], "other names of pictures than shard 000000"),
        (["{"], "manifest.jsonl is damaged"),
    ]:
        manifest.write_text("\n".join(change))
        result = run(*verify)
        assert result.exit_code == 1 and what in result.stderr, (what, result.stderr)
        assert "out/manifest.jsonl: FAILED" in result.stdout
    manifest.write_text("\n".join(lines))
    Path("out/000001.aec").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    result = run(*verify, "--json")
    assert result.exit_code == 1 and "not the SHA-256" in result.stderr
    assert run("verify", "out", "--jobs", "1").stderr.count("needs model") == 2  # one line for each that needs it
    oks = {Path(line["file"]).name: line.get("ok", False) for line in map(json.loads, result.stdout.splitlines())}
    assert oks == {"000000.aec": True, "000001.aec": False, "000002.aec": True, "manifest.jsonl": True}
    Path("out/000001.aec").unlink()
    assert "cannot read out/000001.aec" in run(*verify).stderr


MAKE = [sys.executable, "-m", "aecodec", "compress", "pics", "-o", "out", *WORDS, "--manifest", "jsonl", "--json"]


def test_a_run_that_is_killed_is_gone_on_with(here: Path) -> None:
    make = [*MAKE, "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(make, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert first.stdout is not None and b"000000" in first.stdout.readline()
    first.send_signal(signal.SIGKILL)
    first.wait(60)
    first.stdout.close()
    assert not Path("out/manifest.jsonl").exists()
    there = len(list(Path("out").glob("*.json"))) - 1
    second = subprocess.run(make, env=environment, capture_output=True, check=False, timeout=120)
    assert second.returncode == 0, second.stderr
    lines = [json.loads(line) for line in second.stdout.splitlines()]
    assert sum(line["skipped"] for line in lines) >= there >= 1
    assert shards(here / "out") == expected(here) and len(rows_of("out")) == COUNT


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no list of a process's children")
def test_a_worker_that_is_killed_is_replaced(here: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen([*MAKE, "--jobs", "2"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.kill(worker_of(run), signal.SIGKILL)
    _, error = run.communicate(timeout=120)
    assert run.returncode == 0, error
    assert shards(here / "out") == expected(here) and len(rows_of("out")) == COUNT


def worker_of(run: subprocess.Popen[bytes]) -> int:
    """One of the processes that a run has started, as soon as there is one."""
    stop = time.monotonic() + 60
    while time.monotonic() < stop and run.poll() is None:
        with contextlib.suppress(OSError):
            lists = [path.read_text().split() for path in Path(f"/proc/{run.pid}/task").glob("*/children")]
            for child in itertools.chain.from_iterable(lists):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        time.sleep(0.02)
    raise AssertionError(run.communicate()[1])


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_whole_shards_only(here: Path, number: int) -> None:
    make = [*MAKE, "--jobs", "2", "--shard-size", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(make, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None and run.stderr is not None
    run.stdout.readline()
    run.send_signal(number)
    _, error = run.communicate(timeout=60)
    assert run.returncode == 128 + number and len(error.splitlines()) == 1, error
    time.sleep(0.1)
    names = {path.name for path in Path("out").iterdir()}
    assert not any(name.endswith(".tmp") for name in names)
    for path in Path("out").glob("0*.json"):
        assert json.loads(path.read_bytes())["bytes"] == Path("out", path.stem + ".aec").stat().st_size


def test_the_example(here: Path) -> None:
    words = [sys.executable, str(ROOT / "examples/shards.py"), "pics", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"000000: {COUNT} pictures, ") and Path("out/000000.aec").exists()


def test_any_files_by_an_engine(here: Path) -> None:
    words = ["--model", "made-6", "--model-path", "m", "--effort", "0", "-q"]
    for name in ("000.png", "001.png"):
        assert run("compress", f"pics/s/{name}", "-o", f"{name}.aec", *words).exit_code == 0
    ours = ("--engine", "processes", "--jobs", "1", "--model-path", "m")
    result = run("verify", "000.png.aec", "001.png.aec", *ours)
    assert result.exit_code == 0 and result.stdout.count(": ok, 1 picture, model made-6") == 2
    assert run("decompress", "000.png.aec", "-o", "again", *ours).exit_code == 0
    assert read_picture("again/000.png/000001.png").shape == (8, 8)
    failed(run("decompress", "000.png.aec", "--index", "0", *ours), 2, "--index is for one file")
    failed(
        run("verify", "000.png.aec", "--against", "pics/s/000.png", *ours),
        2,
        "--against cannot compare shards, and not with --engine",
    )
