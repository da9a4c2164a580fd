"""``--each``, and several files, on several processors: the same files and lines, in the same order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aecodec.errors import FileError
from aecodec.files import chunks
from tests.cli.lines import Run, files_below
from tests.made import strokes
from tests.others import others_do_all

EXACT = "--lossless --effort 0"


@pytest.fixture
def many(run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures in folders, among them two that are damaged; three are made together, by another process."""
    for number, picture in enumerate(strokes(10, 8, 8)):
        path = Path("many", "even" if number % 2 == 0 else "odd", f"{number}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    Path("many/even/4.png").write_bytes(b"none")
    Path("many/odd/7.png").write_bytes(Path("many/odd/7.png").read_bytes()[:-20])
    monkeypatch.setattr(chunks, "_MOST_FILES", 3)
    return Path("many")


def contents(folder: str) -> dict[str, bytes]:
    return {name: Path(folder, name).read_bytes() for name in files_below(Path(folder))}


def test_the_same_files_and_lines(run: Run, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = run(f"compress many --each -o one {EXACT} -j 1 --json")
    others_do_all(monkeypatch)
    two = run(f"compress many --each -o two {EXACT} -j 2 --json")
    assert contents("one") == contents("two") and len(contents("one")) == 8
    assert one.exit_code == two.exit_code == 1
    assert one.stdout.replace("one/", "two/") == two.stdout and one.stderr.replace("one:", "two:") == two.stderr
    inputs = [json.loads(line)["input"] for line in two.stdout.splitlines()]
    assert inputs == sorted(inputs) and len(inputs) == 10
    for name in contents("one"):
        shutil.copy(Path("many", name).with_suffix(".png"), "alone.png")
        assert run(f"compress alone.png -o alone.aec -f {EXACT}").exit_code == 0
        assert Path("alone.aec").read_bytes() == contents("one")[name]
    back_one = run("decompress one -o back-one -j 1 --json")
    back_two = run("decompress one -o back-two -j 2 --json")
    assert contents("back-one") == contents("back-two") and len(contents("back-two")) == 8
    assert back_one.stdout.replace("back-one", "back-two") == back_two.stdout
    verified = [run(f"verify one -j {jobs}") for jobs in (1, 2)]
    assert verified[0].stdout == verified[1].stdout and verified[0].stdout.count(": ok, ") == 8


def test_containers_among_files_have_all_processors(run: Run, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(f"compress many --each -o files {EXACT}")
    run(f"compress many -o files/all.aec {EXACT}")
    others_do_all(monkeypatch)
    done = run("decompress files -o back -j 2")
    assert done.exit_code == 0 and len(contents("back")) == 16
    done = run("verify files -j 2")
    assert done.exit_code == 0 and "all.aec: ok, 8 pictures" in done.stdout


def test_what_is_there_is_refused_before_any_work(run: Run, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(f"compress many --each -o out {EXACT}")
    before = contents("out")

    def refuse(*_: Any) -> Any:
        raise AssertionError("it was made")

    monkeypatch.setattr(
        "aecodec.cli.tasks.compress_each.compress_apart", lambda pictures, *_: refuse() if pictures else []
    )
    done = run(f"compress many --each -o out {EXACT}")
    assert done.exit_code == 1 and done.stderr.count("exists; ") == 8
    assert contents("out") == before
    done = run(f"compress many --each -o out {EXACT} --skip-existing")
    assert "0 of 10 files → out: 0 → 0 bytes, 8 there already, 2 failed" in done.stderr


def test_a_disk_that_fails(run: Run, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads write; an error is that of its file, in its turn, and a full disk ends all."""

    def fails(self: Any, job: Any, made: Any) -> None:
        if job.source.path.endswith("6.png"):
            error = FileError(f"cannot write {made.target}: no")
            error.__cause__ = OSError(number, "no")
            raise error
        real_write(self, job, made)

    from aecodec.cli.tasks.compress_each import _Compressing

    real_write = _Compressing.write
    monkeypatch.setattr(_Compressing, "write", fails)
    number = 5
    done = run(f"compress many --each -o out {EXACT}")
    assert "cannot write out/even/6.aec: no" in done.stderr and len(contents("out")) == 7
    number = 28
    shutil.rmtree("out")
    done = run(f"compress many --each -o out {EXACT}")
    assert done.exit_code == FileError.exit_code and not Path("out/odd/9.aec").exists()


def test_many_samples_are_not_read_at_once(run: Run, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files may hold large pictures."""
    seen: list[int] = []
    from aecodec.cli.tasks import compress_each

    real = compress_each.compress_apart

    def watched(pictures: Any, *rest: Any) -> Any:
        seen.append(len(pictures))
        return real(pictures, *rest)

    monkeypatch.setattr(compress_each, "compress_apart", watched)
    monkeypatch.setattr(compress_each, "_SAMPLES", 100)
    assert run(f"compress many/odd/1.png many/odd/3.png many/odd/5.png --each -o out {EXACT}").exit_code == 0
    assert seen == [2, 1]
    for name in ("1", "3", "5"):
        run(f"decompress out/{name}.aec -o {name}.png")
        assert np.array_equal(np.asarray(Image.open(f"{name}.png")), np.asarray(Image.open(f"many/odd/{name}.png")))
