"""Shards: which pictures make which, what one is made of, and when it counts as done."""

from __future__ import annotations

import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aecodec
from aecodec.errors import AecError, FileError, FormatError, ModelError, UnsupportedError, UsageError
from aecodec.files import decode_picture, read_picture
from aecodec.shards import ShardJob, ShardRecord, UnpackJob, VerifyJob, compress_shard, decompress_shard, verify_shard
from aecodec.shards.inputs import find_inputs
from aecodec.shards.matching import finished
from aecodec.shards.names import MARK
from aecodec.shards.patterns import expanded, fixed_folder
from aecodec.shards.pictures import ShardPictures
from aecodec.shards.tars import index_tar
from tests.made import made_model
from tests.shard_work import COUNT, SIZE, expected, make_pictures, make_tar, plan_of, shards


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and eleven pictures, where no others are looked for."""
    monkeypatch.setenv("AECODEC_MODEL_PATH", "")
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "shipped")
    make_pictures(tmp_path)
    return tmp_path


def first_job(here: Path, **more: object) -> ShardJob:
    return plan_of(here, here / "out", **more).job(0)


# --- inputs and plan --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a/{08..11}.tar", ["a/08.tar", "a/09.tar", "a/10.tar", "a/11.tar"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{-1..1}{a,b}", ["-1a", "-1b", "0a", "0b", "1a", "1b"]),
        ("{a,}x", ["ax", "x"]),
        ("plain{}{one}", ["plain{}{one}"]),
    ],
)
def test_braces(pattern: str, names: list[str]) -> None:
    assert expanded(pattern) == names


def test_braces_have_a_limit() -> None:
    for pattern in ("{1..99999999}", "{1..9999}{1..9999}"):
        with pytest.raises(AecError, match="more than 16777216 names"):
            expanded(pattern)


def test_the_folder_before_a_pattern() -> None:
    assert [fixed_folder(p) for p in ("s3://b/d/{0..1}.tar", "a/*/b.png", "*.png")] == ["s3://b/d/", "a/", ""]


def test_names_are_paths_below_what_is_given(here: Path) -> None:
    pics = here / "pics"
    for word, first in [
        (pics, "s/000.png"),
        (pics / "s/000.png", "000.png"),
        (here / "p*/s/*.png", "pics/s/000.png"),
        (here / "pics/s/{000..002}.png", "000.png"),
        (f"file://{pics}", "s/000.png"),
        (pics / "**/*.png", "s/000.png"),
    ]:
        assert find_inputs([str(word)]).files[0].name == first, word


def test_a_name_with_a_pattern_in_it_is_itself(here: Path) -> None:
    path = here / "pics/s/[0-9]{a,b}.png"
    path.write_bytes(b"")
    assert [each.place for each in find_inputs([str(path)]).files] == [str(path)]


def test_inputs_that_mean_nothing(here: Path) -> None:
    (here / "empty").mkdir()
    for word, error, what in [
        ("nothing", FileError, "no such file"),
        ("pics/s/{009..011}.png", FileError, "011.png: there is no such file"),
        ("pics/*.gif", UsageError, "nothing matches"),
        ("empty", UsageError, "no pictures or tar files in"),
        ("-", UsageError, "cannot be cut into shards"),
    ]:
        with pytest.raises(error, match=what):
            find_inputs([word if word == "-" else str(here / word)])


def test_what_a_folder_has_besides_is_counted(here: Path) -> None:
    for name in ("a.txt", "._b.png", ".aecodec-0123456789ab.tmp", "none"):
        (here / "pics" / name).write_bytes(b"")
    assert find_inputs([str(here / "pics")]).others == {".txt": 1, "._*": 1, "without suffix": 1}


def test_the_plan(here: Path) -> None:
    jobs = list(plan_of(here, here / "out").jobs())
    assert [len(job.items) for job in jobs] == [4, 4, 3]
    assert [item.name for item in jobs[2].items] == ["s/008.png", "s/009.png", "s/010.png"]
    assert [Path(job.target).name for job in jobs] == ["000000.aec", "000001.aec", "000002.aec"]
    assert jobs == list(plan_of(here, here / "out").jobs()) == pickle.loads(pickle.dumps(jobs))
    with pytest.raises(UsageError, match="shard_size 0 is below 1"):
        plan_of(here, here / "other", shard_size=0)


def test_the_second_of_two_with_one_name_is_left_out(here: Path) -> None:
    (here / "other").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(here / "other/000.png")
    jobs = list(plan_of(here, here / "out", here / "pics/s/000.png", here / "other/000.png", shard_size=1).jobs())
    record = compress_shard(jobs[1])
    assert compress_shard(jobs[0]).failed == 0
    assert (record.pictures, record.failed, record.file) == (0, 1, None)
    assert "would both be named 000.png" in record.failures[0].error


# --- tar files --------------------------------------------------------------------------------


def test_a_tar_file_is_as_its_folder(here: Path) -> None:
    make_tar(here / "s.tar", sorted((here / "pics/s").iterdir()), **{"x/._y.png": b"", "note.txt": b"n"})
    plan = plan_of(here, here / "tarred", here / "s.tar")
    for job in plan.jobs():
        assert compress_shard(job).tars == [[str(here / "s.tar"), (here / "s.tar").stat().st_size, None]]
    assert shards(here / "tarred") == expected(here)
    assert index_tar(str(here / "s.tar")).others == {".cls": COUNT, ".png": 1, ".txt": 1}


def test_shards_go_over_the_ends_of_tar_files(here: Path) -> None:
    files = sorted((here / "pics/s").iterdir())
    make_tar(here / "0.tar", files[:5])
    make_tar(here / "1.tar", files[5:])
    plan = plan_of(here, here / "out", here / "{0..1}.tar")
    assert [item.name for item in plan.job(1).items] == ["0/004.png", "1/005.png", "1/006.png", "1/007.png"]
    assert [len(compress_shard(job).tars) for job in plan.jobs()] == [1, 2, 1]


def test_names_in_a_tar_file(here: Path) -> None:
    data = (here / "pics/s/000.png").read_bytes()
    files = {"./a/x.png": data, "b/X.PNG": data, "a/x.png": data, "a": data, "../y.png": data}
    make_tar(here / "s.tar", [], **files)
    record = compress_shard(plan_of(here, here / "out", here / "s.tar", shard_size=9).job(0))
    assert record.names() == ["s/a/x.png", "s/b/X.PNG"]
    assert [failure.item for failure in record.failures] == [2, 3]
    assert "is given twice" in record.failures[0].error and ".. in a container" not in record.failures[1].error
    assert "a part of it is empty, . or .." in record.failures[1].error


def test_damaged_tar_files(here: Path) -> None:
    good = here / "good.tar"
    make_tar(good, sorted((here / "pics/s").iterdir()))
    (here / "bad.tar").write_bytes(b"no tar file" * 100)
    (here / "cut.tar").write_bytes(good.read_bytes()[:3000])
    for name in ("bad", "cut"):
        assert isinstance(index_tar(str(here / f"{name}.tar")).error, FormatError)
    with pytest.raises(FormatError, match=r"bad\.tar"):
        plan_of(here, here / "out", here / "bad.tar", good)
    with pytest.raises(UnsupportedError, match="unpack it"):
        (here / "x.tar.gz").write_bytes(b"")
        plan_of(here, here / "out2", here / "x.tar.gz")


def test_a_tar_file_that_was_cut_after_the_plan(here: Path) -> None:
    make_tar(here / "s.tar", sorted((here / "pics/s").iterdir())[:3])
    job = plan_of(here, here / "out", here / "s.tar").job(0)
    (here / "s.tar").write_bytes((here / "s.tar").read_bytes()[:2000])
    record = compress_shard(job)
    assert (record.pictures, record.failed) == (1, 2) and "cut short" in record.failures[0].error


# --- one shard --------------------------------------------------------------------------------


def test_a_shard_and_its_record(here: Path) -> None:
    (here / "pics/s/002.png").write_bytes(b"no picture")
    record = compress_shard(first_job(here))
    data, path = (here / "out/000000.aec").read_bytes(), here / "out/000000.json"
    stated = json.loads(path.read_bytes())
    assert ShardRecord.from_json(path.read_bytes(), "x") == record and not record.skipped
    assert (stated["bytes"], stated["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    model = hashlib.sha256(made_model()).hexdigest()
    assert stated["models"] == [{"id": "made-6", "sha256": model}] and stated["options"]["model"] == "made-6"
    assert (record.pictures, record.failed, record.pixels) == (3, 1, 3 * 64)
    assert record.names() == ["s/000.png", "s/001.png", "s/003.png"] == list(aecodec.inspect(data).names or ())
    assert stated["inputs"]["size"] == [(here / f"pics/s/{n:03d}.png").stat().st_size for n in range(SIZE)]
    assert stated["failures"] == [{"item": 2, "kind": "UnsupportedError", "error": record.failures[0].error}]
    decoded = aecodec.decompress(data, model_path=here / "m")
    originals = [read_picture(str(here / "pics" / name)) for name in record.names()]
    errors = [float(np.mean(((a.astype(float) - b) / 255) ** 2)) for a, b in zip(decoded, originals, strict=True)]
    assert [record.inputs.mse[at] for at in (0, 1, 3)] == pytest.approx(errors) and record.inputs.mse[2] is None
    assert record.mse == pytest.approx(np.mean(errors)) and record.max_mse == pytest.approx(max(errors))
    rows = list(record.rows())
    assert [row.index for row in rows] == [0, 1, None, 2]
    assert (rows[0].height, rows[0].width, rows[0].channels, rows[0].exact) == (8, 8, 1, False)
    assert rows[2].error == record.failures[0].error and rows[2].mse is rows[2].height is None


def test_the_bytes_are_those_of_one_container(here: Path) -> None:
    record = compress_shard(first_job(here))
    pictures = [read_picture(str(here / "pics" / name)) for name in record.names()]
    alone = aecodec.compress(pictures, names=record.names(), model="made-6", effort=0, model_path=here / "m")
    assert (here / "out/000000.aec").read_bytes() == alone


def test_pictures_that_do_not_fit_are_spooled(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    direct = expected(here)
    monkeypatch.setattr("aecodec.shards.pictures.KEPT_BYTES", 100)
    job = first_job(here)
    compress_shard(job)
    assert (here / "out/000000.aec").read_bytes() == direct["000000.aec"]
    decoded: list[str] = []

    def counted(data: bytes, name: str) -> object:
        decoded.append(Path(name).name)
        return decode_picture(data, name)

    monkeypatch.setattr("aecodec.shards.pictures.decode_picture", counted)
    with ShardPictures(job.items) as pictures:
        for path in (here / "pics/s").iterdir():
            path.unlink()  # each is read once
        assert [picture.shape for picture in pictures] == [(8, 8)] * SIZE
        assert decoded == ["001.png", "002.png", "003.png"]  # there is room for one
        assert len(pictures[1:3]) == 2


def test_unsafe_names_are_failures(here: Path) -> None:
    (here / "pics/s/000.png").rename(here / "pics/s/00:0.png")
    record = compress_shard(plan_of(here, here / "out").job(2))
    assert record.failed == 1 and "00:0.png cannot have its name in a container: it has ':'" in record.failures[0].error


def test_a_job_for_another_model_is_refused(here: Path) -> None:
    with pytest.raises(ModelError, match="the model here is not the one"):
        compress_shard(replace(first_job(here), model_sha256="0" * 64))


# --- what is there already --------------------------------------------------------------------


def test_a_shard_that_is_there_is_left_as_it_is(here: Path) -> None:
    first = compress_shard(first_job(here))
    before = {path: path.stat().st_mtime_ns for path in (here / "out").iterdir()}
    for force in (False, True):
        again = compress_shard(first_job(here, force=force))
        assert again == replace(first, skipped=True)
    after = {path: path.stat().st_mtime_ns for path in (here / "out").iterdir() if path.name != "shards.json"}
    assert after.items() <= before.items()


def test_what_is_not_finished_is_done_again(here: Path) -> None:
    first = compress_shard(first_job(here))
    target = here / "out/000000.aec"
    data = target.read_bytes()
    for spoil in (
        lambda: target.write_bytes(data[:-1]),
        target.unlink,
        (here / "out/000000.json").unlink,
    ):
        spoil()
        again = compress_shard(first_job(here))
        assert not again.skipped and again.sha256 == first.sha256 and target.read_bytes() == data


def test_what_could_not_be_read_is_tried_again(here: Path) -> None:
    job, path = first_job(here), here / "pics/s/001.png"
    data = path.read_bytes()
    path.unlink()
    assert [failure.kind for failure in compress_shard(job).failures] == ["FileError"]
    path.write_bytes(data)
    again = compress_shard(job)
    assert (again.failed, again.skipped) == (0, False)


def test_another_commands_shard_is_kept(here: Path) -> None:
    job = first_job(here)
    compress_shard(job)
    before = (here / "out/000000.aec").read_bytes()
    sizes = job.items[0]._replace(size=1)
    for other, what in [
        (replace(job, options=replace(job.options, quality=30)), "it was made without quality;"),
        (replace(job, items=job.items[1:]), "it has other pictures"),
        (replace(job, items=(sizes, *job.items[1:])), "of other sizes"),
        (replace(job, items=(job.items[0]._replace(etag="x"), *job.items[1:])), "its inputs have changed"),
        (replace(job, model_sha256="0" * 64), "another model of that name"),
    ]:
        with pytest.raises(UsageError, match=f"000000.aec is another command's: .*{what}"):
            compress_shard(other)
    assert (here / "out/000000.aec").read_bytes() == before
    record = compress_shard(replace(job, options=replace(job.options, quality=30), force=True))
    assert not record.skipped and (here / "out/000000.aec").read_bytes() != before


def test_a_foreign_record_is_kept(here: Path) -> None:
    job = first_job(here)
    for content in (b"{}", b"[1]", b"\xff", b'{"format": 2}', b"x" * 100):
        Path(job.record_place).write_bytes(content)
        with pytest.raises(UsageError, match="is no record of a shard"):
            compress_shard(job)
        assert Path(job.record_place).read_bytes() == content
    assert compress_shard(replace(job, force=True)).pictures == SIZE


def test_records_that_are_not_quite_right(here: Path) -> None:
    """Whatever a record says, it is refused or taken, and never anything else."""
    job = first_job(here)
    compress_shard(job)
    stated = json.loads(Path(job.record_place).read_bytes())
    refused = 0
    for key in stated:
        for value in (None, "x", 7, [], {}, [1], {"a": 1}, True):
            Path(job.record_place).write_text(json.dumps({**stated, key: value}))
            try:
                finished(job)
            except UsageError:
                refused += 1
    assert refused > 80
    for column in stated["inputs"]:
        Path(job.record_place).write_text(json.dumps({**stated, "inputs": {**stated["inputs"], column: "four"}}))
        with pytest.raises(UsageError, match="is no record of a shard"):
            finished(job)


def test_a_killed_forced_run_leaves_no_old_record(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new file with the old record would look like the old command's shard."""
    compress_shard(first_job(here))
    other = first_job(here, quality=30, force=True)
    monkeypatch.setattr("aecodec.shards.compress.write", _killed)
    with pytest.raises(KeyboardInterrupt):
        compress_shard(other)
    assert not Path(other.record_place).exists()


def _killed(*arguments: object, **options: object) -> None:
    raise KeyboardInterrupt


def test_a_folder_of_shards_is_one_commands(here: Path) -> None:
    plan_of(here, here / "out")
    plan_of(here, here / "out")
    for more, what in [({"quality": 30}, "without quality"), ({"shard_size": 5}, "with shard_size 4, not 5")]:
        with pytest.raises(UsageError, match=f"another command, {what}; .* with -f"):
            plan_of(here, here / "out", **more)
    plan_of(here, here / "out", quality=30, force=True)
    mark = here / "out" / MARK
    older = json.loads(mark.read_text())
    del older["options"]["for_eyes"]  # which an older version did not know
    mark.write_text(json.dumps(older))
    plan_of(here, here / "out", quality=30)
    with pytest.raises(UsageError, match="another command, without for_eyes;"):
        plan_of(here, here / "out", quality=30, for_eyes=True)
    (here / "full").mkdir()
    (here / "full/mine.txt").write_bytes(b"")
    with pytest.raises(UsageError, match=r"full holds other files, mine.txt for one"):
        plan_of(here, here / "full")
    assert sorted(path.name for path in (here / "full").iterdir()) == ["mine.txt"]


# --- back, and whether it is sound ------------------------------------------------------------


def test_a_shard_becomes_pictures_again(here: Path) -> None:
    job = first_job(here, model=None, lossless=True)
    compress_shard(job)
    unpack = UnpackJob(job.target, str(here / "again/0"))
    done = decompress_shard(unpack)
    assert (done.pictures, done.exact, done.skipped) == (SIZE, True, False)
    for item in job.items:
        np.testing.assert_array_equal(read_picture(str(here / "again/0" / item.name)), read_picture(item.place))
    with pytest.raises(UsageError, match="not empty"):
        decompress_shard(unpack)
    assert decompress_shard(replace(unpack, skip=True)).skipped
    assert not decompress_shard(replace(unpack, force=True)).skipped


def test_what_is_wrong_with_a_shard(here: Path) -> None:
    job = first_job(here)
    compress_shard(job)
    path, record = Path(job.target), Path(job.record_place)
    data, stated = path.read_bytes(), json.loads(record.read_bytes())
    verify = VerifyJob(job.target, (str(here / "m"),))
    assert verify_shard(verify).pictures == SIZE

    def refused(what: str, error: type[AecError] = FormatError) -> None:
        with pytest.raises(error, match=what):
            verify_shard(verify)

    path.write_bytes(data[:-1])
    refused("bytes, and .* by its record")
    path.write_bytes(data[:-5] + bytes([data[-5] ^ 1]) + data[-4:])
    refused("not the SHA-256")
    path.write_bytes(data)
    for change in ({"name": ["x", *stated["inputs"]["name"][1:]]}, {"name": stated["inputs"]["name"][1:]}):
        record.write_text(json.dumps({**stated, "inputs": {**stated["inputs"], **change}}))
        refused("other pictures than its record|name is not of 4 pictures")
    record.unlink()
    refused("has no record", FileError)
    path.unlink()
    record.write_text(json.dumps(stated))
    refused("cannot read", FileError)
