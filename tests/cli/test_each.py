"""Many files one by one: as if each were alone, and no failure costs another file."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.files import read_picture
from aecodec.zoo import save_model
from tests.cli.lines import PIXELS, Run, fails, files_below, succeeds
from tests.made import made_tensors


def test_each_is_as_if_it_were_alone(run: Run) -> None:
    result = succeeds(run("compress pics --each -o out --json", lossy=True), "4 of 4 files → out: ")
    assert result.stderr.count("\n") == 1
    names = ["a.aec", "b.aec", "sub/c.aec", "sub/d.aec"]
    assert files_below(Path("out")) == set(names)
    sources = ["pics/a.png", "pics/b.bmp", "pics/sub/c.pgm", "pics/sub/d.jpg"]
    for line, name, source in zip(result.stdout.splitlines(), names, sources, strict=True):
        succeeds(run(f"compress {source} -o alone.aec -f", lossy=True))
        data = Path("out", name).read_bytes()
        assert data == Path("alone.aec").read_bytes()
        record = json.loads(line)
        assert (record["input"], record["output"], record["bytes"]) == (source, f"out/{name}", len(data))
    result = succeeds(run("decompress out -o back --json", lossy=True), "4 of 4 files → back: ")
    assert files_below(Path("back")) == {"a.png", "b.png", "sub/c.png", "sub/d.png"}
    for line, name in zip(result.stdout.splitlines(), names, strict=True):
        succeeds(run(f"decompress out/{name} -o alone.png -f", lossy=True))
        assert Path("back", name).with_suffix(".png").read_bytes() == Path("alone.png").read_bytes()
        assert json.loads(line)["input"] == f"out/{name}"


def test_each_beside_its_input(run: Run, here: Path) -> None:
    before = files_below(here)
    succeeds(run("compress pics d.png --each --lossless -q"))
    made = {"d.aec", "pics/a.aec", "pics/b.aec", "pics/sub/c.aec", "pics/sub/d.aec"}
    assert files_below(here) == before | made
    Path("pics/a.png").unlink()
    result = run("decompress pics/a.aec d.aec")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 2)  # one, and the summary
    assert "d.png exists" in result.stderr and "1 of 2 files: " in result.stderr and "1 failed" in result.stderr
    np.testing.assert_array_equal(read_picture("pics/a.png"), PIXELS[0])


def test_each_reports_the_bad_and_goes_on(run: Run) -> None:
    Path("pics/broken.png").write_bytes(Path("d.png").read_bytes()[:70])
    Path("pics/bad").mkdir()
    Path("pics/bad/text.png").write_text("no picture")
    result = run("compress pics gone.png --each -o out --lossless --json")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.startswith("aecodec: error: ") for line in lines] == [True, True, True, False]
    assert "3 failed" in lines[3]
    assert files_below(Path("out")) == {"a.aec", "b.aec", "sub/c.aec", "sub/d.aec"}
    assert not Path("out/bad").exists()
    codes = [json.loads(line).get("exit_code") for line in result.stdout.splitlines()]
    assert sorted(code for code in codes if code) == [3, 4, 7] and len(codes) == 7
    Path("out/a.aec").write_bytes(Path("out/a.aec").read_bytes()[:-1])
    Path("out/e.aec").write_bytes(b"")
    result = run("decompress out -o back -q")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 2)
    assert files_below(Path("back")) == {"b.png", "sub/c.png", "sub/d.png"}
    fails(run("compress pics/broken.png --each -o other --lossless"), 3, "broken.png")
    assert not Path("other").exists()


def test_a_picture_that_cannot_be_compressed_is_named(run: Run) -> None:
    result = run("compress pics --each -o out --max-bytes 4", lossy=True)
    assert result.exit_code == 1
    named = [line.split()[2] for line in result.stderr.splitlines() if "the bound cannot be met" in line]
    assert named == ["pics/a.png:", "pics/b.bmp:", "pics/sub/c.pgm:", "pics/sub/d.jpg:"]


def test_a_clash_costs_only_itself(run: Run) -> None:
    """The first is done, the other is a line; so is an output that would replace an input, and a file given twice."""
    Path("pics/a.bmp").write_bytes(Path("pics/b.bmp").read_bytes())
    result = run("compress pics --each -o out --lossless --json")
    assert result.exit_code == 1 and "4 of 5 files → out: " in result.stderr and "1 failed" in result.stderr
    assert "pics/a.png is left out: pics/a.bmp and it would both be written to out/a.aec; " in result.stderr
    assert files_below(Path("out")) == {"a.aec", "b.aec", "sub/c.aec", "sub/d.aec"}
    np.testing.assert_array_equal(aecodec.decompress(Path("out/a.aec").read_bytes()), PIXELS[1])
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["input"] for record in records if record.get("exit_code") == 2] == ["pics/a.png"]
    Path("x.aec").write_bytes(Path("d.png").read_bytes())
    result = run("compress x.aec d.png ./d.png --each --lossless -q")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 2) and Path("d.aec").exists()
    assert "x.aec, the output of x.aec, is an input too" in result.stderr and "./d.png is given twice" in result.stderr
    result = run("decompress out/a.aec ./out/a.aec d.aec -o back")
    assert result.exit_code == 1 and "2 of 3 files" in result.stderr and "./out/a.aec is given twice" in result.stderr


def test_a_clash_of_names_in_a_container(run: Run) -> None:
    Path("above/d.png").mkdir(parents=True)
    Path("above/d.png/e.png").write_bytes(Path("d.png").read_bytes())
    Path("a.png").write_bytes(Path("d.png").read_bytes())
    Path("empty").mkdir()
    result = run("compress pics pics/b.bmp a.png d.png above empty -o x.aec --lossless --json")
    assert (result.exit_code, result.stderr.count("aecodec: error: ")) == (1, 4)
    for words in (
        "pics/b.bmp is given twice",
        "both be named a.png",
        "as if d.png, named d.png,",
        "no pictures in empty",
    ):
        assert words in result.stderr
    assert aecodec.inspect(Path("x.aec").read_bytes()).names == ("a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg", "d.png")
    assert json.loads(result.stdout)["failed"] == 4


def test_what_a_folder_holds_beside_pictures_is_counted(run: Run) -> None:
    """In one line, and it is no failure."""
    for name in ("._a.png", "sub/._c.pgm", ".DS_Store", "x.heic"):
        Path("pics", name).write_bytes(b"\0\5\x16\7")
    note = succeeds(run("compress pics -o p.aec --lossless")).stderr.splitlines()[0]
    assert note.startswith("aecodec: note: 4 other files passed over (2 ._*, 1 ")
    assert succeeds(run("compress pics -o p.aec --lossless -qf")).stderr == ""
    succeeds(run("compress pics --each --lossless"), "note: 4 other files passed over", "4 of 4 files")
    Path("pics/._a.aec").write_bytes(b"\0\5\x16\7")
    for command in ("info", "verify", "decompress"):
        result = run(f"{command} pics" + " -o back" * (command == "decompress"))
        assert succeeds(result).stderr.startswith("aecodec: note: 9 other files passed over (")
    assert len(files_below(Path("back"))) == 4


def test_skip_existing_goes_on(run: Run) -> None:
    succeeds(run("compress pics --each -o out --lossless -q"))
    whole = {name: Path("out", name).read_bytes() for name in files_below(Path("out"))}
    Path("out/sub/c.aec").unlink()
    Path("out/a.aec").write_bytes(b"mine")
    fails_each = run("compress pics --each -o out --lossless -q")
    assert (fails_each.exit_code, fails_each.stderr.count("exists; ")) == (1, 3)
    Path("out/sub/c.aec").unlink()
    succeeds(run("compress pics --each -o out --lossless --skip-existing"), "1 of 4 files → out: ", "3 there already")
    assert {name: Path("out", name).read_bytes() for name in files_below(Path("out"))} == whole | {"a.aec": b"mine"}
    succeeds(run("compress pics --each -o out --lossless -f"), "4 of 4")
    succeeds(run("compress pics -o out/pics.aec --lossless"))
    succeeds(run("decompress out -o back"), "5 of 5 files → back: ")
    assert len(files_below(Path("back"))) == 8
    Path("back/b.png").unlink()
    succeeds(run("decompress out -o back --skip-existing"), "1 of 5 files → back: ", "4 there already")
    assert len(files_below(Path("back"))) == 8


def test_skip_existing_of_one_file(run: Run) -> None:
    """As without it, where the output goes; a folder of pictures is no proof of a picture, nor the other way round."""
    succeeds(run("compress pics --each -o out --lossless -q"))
    succeeds(run("compress pics -o out/pics.aec --lossless -q"))
    succeeds(run("decompress out/a.aec -o one.png --skip-existing"), "out/a.aec → one.png: ")
    succeeds(run("decompress out/a.aec -o one.png --skip-existing"), "one.png is there already")
    assert run("decompress out/a.aec -o one.png --skip-existing -q").stderr == ""
    succeeds(run("decompress out/pics.aec -o all --skip-existing"), "4 pictures")
    succeeds(run("decompress out/pics.aec -o all --skip-existing"), "all is there already")
    Path("a.png").mkdir()
    Path("a.png/mine").write_text("mine")
    fails(run("decompress out/a.aec -o a.png --skip-existing"), 7, "it is a folder")
    fails(run("decompress out/pics.aec -o one.png --skip-existing"), 2, "needs a folder")


def test_skip_existing_takes_nothing_half_done_for_done(run: Run) -> None:
    """An empty file, which is replaced, and a folder in which a killed process has left what it had not moved yet."""
    succeeds(run("compress pics --each -o out --lossless -q"))
    succeeds(run("compress pics -o out/pics.aec --lossless -q"))
    succeeds(run("decompress out -o back -q"))
    Path("back/pics/.aecodec-0123456789ab.tmp").mkdir()
    Path("back/b.png").write_bytes(b"")
    result = run("decompress out -o back --skip-existing")
    assert result.exit_code == 1 and "3 there already, 1 failed" in result.stderr
    assert "pics exists and is not empty" in result.stderr
    np.testing.assert_array_equal(read_picture("back/b.png"), PIXELS[1])
    Path("back/b.png").write_bytes(b"")
    succeeds(run("decompress out/b.aec -o back/b.png --skip-existing"), "out/b.aec → back/b.png: ")
    whole = Path("out/a.aec").read_bytes()
    Path("out/a.aec").write_bytes(b"")
    succeeds(run("compress pics --each -o out --lossless --skip-existing"), "1 of 4 files", "3 there already")
    assert Path("out/a.aec").read_bytes() == whole
    Path("out/a.aec").write_bytes(b"")
    assert "a.aec exists" in run("compress pics --each -o out --lossless").stderr


@pytest.mark.parametrize("line", ["compress pics --each -o a.aec", "decompress d.aec d.aec -o x.png"])
def test_a_folder_is_not_named_as_a_file(run: Run, line: str) -> None:
    fails(run(line), 2, "would be a folder of files")


def test_each_refuses(run: Run, here: Path) -> None:
    Path("x.aec").write_bytes(b"")
    Path("file").write_text("old")
    before = {name: Path(name).read_bytes() for name in files_below(here)}
    fails(run("compress x.aec --each --lossless -f"), 2, "is an input too")
    fails(run("compress pics/sub --each -o - --lossless"), 2, "standard")
    fails(run("compress - --each -o out --lossless"), 2, "standard")
    fails(run("compress d.png --lossless --skip-existing"), 2, "--each")
    fails(run("compress pics/sub --each --lossless --skip-existing -f"), 2, "contradict")
    fails(run("decompress x.aec --skip-existing -f"), 2, "contradict")
    fails(run("decompress x.aec y.aec --index 1"), 2, "--index")
    fails(run("compress pics/sub --each -o out"), 5, "no model of latent_dim 64")
    result = run("compress pics/sub --each -o file --lossless -q")
    assert (result.exit_code, result.stderr.count("cannot write file/")) == (1, 2)
    assert {name: Path(name).read_bytes() for name in files_below(here)} == before
    assert not Path("out").exists()


def test_a_full_disk_ends_all(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    succeeds(run("compress pics --each -o files --lossless -q"))
    real, calls, before = os.fsync, [0], files_below(here)

    def fail(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] == 3:  # a file and its folder were the first two
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    lines = {"out/a.aec": "compress pics --each -o out --lossless", "back/a.png": "decompress files -o back"}
    for first, line in lines.items():
        calls[0] = 0
        fails(run(line), 7, "No space left")
        assert calls[0] == 3
        before |= {first}
        assert files_below(here) == before


def test_warnings_of_each_are_one(run: Run) -> None:
    tensors, description = made_tensors()
    Path("m/strict-6.safetensors").write_bytes(save_model("strict-6", tensors, {**description, "typical_mse": 1e-6}))
    lines = succeeds(run("compress pics --each -o out --model strict-6 --model-path m")).stderr.splitlines()
    assert len(lines) == 2
    assert "4 of 4 pictures" in lines[1]
