"""The room of data sets: made IDX files for every name, folders of all kinds, and what is refused."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from aecodec.cli import app
from aecodec.data import NAMED, Collection, load, load_folder
from aecodec.errors import AecError, FileError, FormatError, UnsupportedError, UsageError
from tests.conftest import data_dir
from tests.made import strokes

KINDS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST", "emnist": "EMNIST"}
COUNTS = {"train": 9, "test": 5}

needs_torchvision = pytest.mark.usefixtures("torch")


def idx(array: NDArray[np.uint8]) -> bytes:
    """The bytes of an IDX file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def made(dataset: str, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures as they are to be seen, and their labels."""
    count = COUNTS[split]
    seed = 2 * list(KINDS).index(dataset) + (split == "test")
    return strokes(count, seed=seed), np.arange(count, dtype=np.uint8) % 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All named sets, small, as torchvision lays them out."""
    root = tmp_path_factory.mktemp("data")
    for dataset, kind in KINDS.items():
        raw = root / kind / "raw"
        raw.mkdir(parents=True)
        for split, short in (("train", "train"), ("test", "t10k")):
            pictures, labels = made(dataset, split)
            prefix = short
            if dataset == "emnist":
                prefix, pictures = f"emnist-balanced-{split}", pictures.transpose(0, 2, 1)
            (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx(pictures))
            (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(labels))
    return root


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)


def check_line(error: AecError, *parts: str) -> None:
    """One line with all ``parts``."""
    assert "\n" not in str(error)
    assert all(part in str(error) for part in parts), str(error)


# --- named sets ------------------------------------------------------------------------------------


def test_names() -> None:
    assert list(NAMED) == list(KINDS)


@needs_torchvision
@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("dataset", KINDS)
def test_every_named_set(dataset: str, split: Any, folder: Path) -> None:
    found = load(dataset, folder, split=split)
    pictures, labels = made(dataset, split)
    assert (found.name, found.split, len(found)) == (dataset, split, COUNTS[split])
    assert found.pictures.dtype == np.uint8 and found.pictures.flags.c_contiguous
    assert np.array_equal(found.pictures, pictures)  # upright
    assert found.labels is not None and found.labels.dtype == np.int64 and np.array_equal(found.labels, labels)
    assert len(found.label_names) == (47 if dataset == "emnist" else 10)


@needs_torchvision
def test_names_of_emnist_are_its_characters(folder: Path) -> None:
    names = load("emnist", folder).label_names
    assert "".join(names) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"


@needs_torchvision
def test_asked_to_download_what_is_there(folder: Path) -> None:
    assert len(load("mnist", folder, download=True)) == COUNTS["test"]
    assert len(load("emnist", folder, download=True)) == COUNTS["test"]


@needs_torchvision
@pytest.mark.parametrize("dataset", KINDS)
def test_missing_set(dataset: str, tmp_path: Path) -> None:
    """Nothing is fetched that was not asked for, and the line says what is missing and what to do."""
    with pytest.raises(UsageError) as caught:
        load(dataset, tmp_path)
    images = "emnist-balanced-test-images-idx3-ubyte" if dataset == "emnist" else "t10k-images-idx3-ubyte"
    raw = str(tmp_path / KINDS[dataset] / "raw")
    check_line(caught.value, f"no {dataset} test split", images, raw, "--download", "--data-dir")
    assert not list(tmp_path.iterdir())


@needs_torchvision
def test_one_file_missing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "MNIST").mkdir()
    (tmp_path / "MNIST" / "raw").symlink_to(folder / "MNIST" / "raw")
    assert len(load("mnist", tmp_path)) == COUNTS["test"]
    (tmp_path / "KMNIST" / "raw").mkdir(parents=True)
    for path in (folder / "KMNIST" / "raw").iterdir():
        if "t10k-labels" not in path.name:
            (tmp_path / "KMNIST" / "raw" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(UsageError) as caught:
        load("kmnist", tmp_path)
    check_line(caught.value, "expected t10k-labels-idx1-ubyte in ")


@needs_torchvision
@pytest.mark.parametrize("dataset", KINDS)
@pytest.mark.parametrize("cause", [URLError("no route to host"), RuntimeError("File not found or corrupted.\nTwice")])
def test_download_that_fails(dataset: str, cause: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import mnist

    asked = []

    def fail(*_: Any, **options: Any) -> None:
        print("Downloading")
        asked.append(options)
        raise cause

    monkeypatch.setattr(mnist, "download_and_extract_archive", fail)
    with pytest.raises(UsageError) as caught:
        load(dataset, tmp_path, download=True)
    check_line(caught.value, f"cannot fetch {dataset}", str(tmp_path), "try again")
    assert asked and caught.value.__cause__ is not None


@needs_torchvision
def test_what_torchvision_says_is_no_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from torchvision import datasets

    monkeypatch.setattr(datasets.MNIST, "download", lambda self: print("Extracting"))
    load("mnist", folder, download=True)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Extracting\n")


@needs_torchvision
@pytest.mark.parametrize(
    "damage",
    ["cut", "long", "empty", "noise", "float", "flat", "labels-fewer", "label-range", "labels-cut"],
)
def test_damaged_files(damage: str, folder: Path, tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in (folder / "MNIST" / "raw").iterdir():
        (raw / path.name).write_bytes(path.read_bytes())
    images, labels = raw / "t10k-images-idx3-ubyte", raw / "t10k-labels-idx1-ubyte"
    whole = images.read_bytes()
    pictures, its = made("mnist", "test")
    if damage.startswith("label"):
        few = {"labels-fewer": idx(its[:3]), "label-range": idx(its + np.uint8(9)), "labels-cut": idx(its)[:-1]}
        labels.write_bytes(few[damage])
    else:
        content = {
            "cut": whole[:-1],
            "long": whole + b"\0",
            "empty": b"",
            "noise": bytes(range(256)),
            "float": b"\0\0\x0d" + whole[3:],
            "flat": idx(pictures[:, 0]),
        }
        images.write_bytes(content[damage])
    with pytest.raises(FormatError) as caught:
        load("mnist", tmp_path)
    check_line(caught.value, "mnist's test split", str(raw), "damaged", "--download")
    assert caught.value.__cause__ is not None
    assert len(load("mnist", tmp_path, split="train")) == COUNTS["train"]


@needs_torchvision
def test_a_folder_in_a_files_place(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import datasets

    def fail(self: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(datasets.MNIST, "_load_data", fail)
    with pytest.raises(FileError) as caught:
        load("mnist", folder)
    check_line(caught.value, "cannot read mnist", "Permission denied")


def test_without_torchvision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(UsageError) as caught:
        load("mnist", folder)
    check_line(caught.value, "torchvision is missing", 'pip install "aecodec[train]"')


def test_the_room_imports_neither_torch_nor_torchvision(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    script = (
        "import sys; from pathlib import Path; from aecodec.data import load\n"
        f"load({str(tmp_path)!r}, Path())\n"
        "print([name for name in ('torch', 'torchvision', 'pydantic') if name in sys.modules])"
    )
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env={"PYTHONPATH": root}, check=False)
    assert done.stdout.strip() == b"[]", done.stderr


@needs_torchvision
def test_mnist_itself() -> None:
    """Where it is at hand: the sum of its pixels that the cards of shipped models name."""
    root = data_dir()
    if root is None:
        pytest.skip("the cards' sums are of MNIST, which is not at hand: name its folder in AECODEC_DATA_DIR")
    train, test = load("mnist", root, split="train"), load("mnist", root)
    assert train.pictures.shape == (60_000, 28, 28) and test.pictures.shape == (10_000, 28, 28)
    assert train.sha256.startswith("741c988805d008ac")


# --- folders -----------------------------------------------------------------------------------------


def save(path: Path, array: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def colours(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(4).integers(0, 256, (count, 6, 8, 3), dtype=np.uint8)


def test_grey_folder(tmp_path: Path) -> None:
    """Every suffix, at any depth, sorted; other files are left alone."""
    pictures = strokes(5, 6, 8)
    for name, picture in zip(["a.png", "b.PGM", "c.bmp", "d.tif", "e.webp"], pictures, strict=True):
        path = tmp_path / "scans" / name
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path, lossless=True)
    (tmp_path / "scans" / "notes.txt").write_text("no picture")
    found = load(str(tmp_path / "scans"), Path("nowhere"), split="train", download=True)
    assert (found.name, found.split, found.labels, found.label_names) == ("scans", "all", None, ())
    assert found.pictures.dtype == np.uint8 and np.array_equal(found.pictures, pictures)
    some = found.first(2)
    assert np.array_equal(some.pictures, pictures[:2]) and some.sha256 != found.sha256
    assert found.first(None).sha256 == found.sha256


def test_colour_folder(tmp_path: Path) -> None:
    """One picture in colour makes all of them RGB; in grey they are as Pillow converts them."""
    pictures, grey = colours(3), strokes(1, 6, 8)[0]
    for number, picture in enumerate(pictures):
        save(tmp_path / f"{number}.png", picture)
    save(tmp_path / "9.png", grey)
    found = load_folder(tmp_path)
    assert found.pictures.shape == (4, 6, 8, 3) and np.array_equal(found.pictures[:3], pictures)
    assert np.array_equal(found.pictures[3], np.repeat(grey[..., None], 3, 2))
    expected = [np.array(Image.fromarray(each).convert("L")) for each in pictures]
    assert np.array_equal(load_folder(tmp_path, grey=True).pictures, np.stack([*expected, grey]))


def test_labelled_folder(tmp_path: Path) -> None:
    pictures = strokes(5, 6, 8)
    for name, picture in zip(["a/1", "a/2", "b-c/x/1", "b/1", "b/y/0"], pictures, strict=True):
        save(tmp_path / f"{name}.png", picture)
    (tmp_path / "empty").mkdir()
    found = load_folder(tmp_path)
    assert found.label_names == ("a", "b", "b-c")
    assert found.labels is not None and found.labels.dtype == np.int64
    places = {name: place for place, name in enumerate(found.label_names)}
    by_path = sorted(zip(["a", "a", "b-c", "b", "b"], pictures, strict=True), key=lambda pair: places[pair[0]])
    assert sorted(found.labels.tolist()) == [places[name] for name, _ in by_path]
    for label, picture in zip(found.labels, found.pictures, strict=True):
        assert any(places[name] == label and np.array_equal(picture, its) for name, its in by_path)
    part = found.first(2)
    assert part.labels is not None and part.labels.tolist() == [0, 0] and part.label_names == found.label_names
    save(tmp_path / "beside.png", pictures[0])
    assert load_folder(tmp_path).labels is None


def test_labels_are_those_of_torchvision(torch: Any, tmp_path: Path) -> None:
    from torchvision.datasets import ImageFolder

    for number, picture in enumerate(strokes(6, 6, 8)):
        save(tmp_path / f"class {number % 3}" / f"{number}.png", picture)
    theirs, ours = ImageFolder(str(tmp_path)), load_folder(tmp_path)
    assert ours.labels is not None
    assert list(ours.label_names) == theirs.classes and ours.labels.tolist() == theirs.targets


def test_a_folder_named_like_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "mnist" / "1.png", strokes(1, 6, 8)[0])
    monkeypatch.chdir(tmp_path)
    assert load("./mnist", Path("data")).name == "mnist"
    assert load("mnist/", Path("data")).split == "all"
    with pytest.raises(UsageError, match=r"no mnist test split|torchvision is missing"):
        load("mnist", Path("data"))


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "here" / "1.png", strokes(1, 6, 8)[0])
    monkeypatch.chdir(tmp_path / "here")
    assert load(".", Path()).name == "here"


@pytest.mark.parametrize("dataset", ["mnits", "MNIST", "cifar10", "no/such/folder", ""])
def test_unknown_names(dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        load(dataset, tmp_path)
    check_line(caught.value, repr(dataset), "mnist, fashion-mnist, kmnist, emnist", "folder")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    save(tmp_path / "1.png", strokes(1, 6, 8)[0])
    with pytest.raises(UsageError) as caught:
        load(str(tmp_path / "1.png"), tmp_path)
    check_line(caught.value, "is a file", "mnist", "folder of pictures")
    with pytest.raises(UsageError, match="it is a file"):
        load_folder(tmp_path / "1.png")
    with pytest.raises(UsageError, match="there is no such folder"):
        load_folder(tmp_path / "absent")


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(UsageError) as caught:
        load(str(tmp_path), tmp_path)
    check_line(caught.value, "no pictures", str(tmp_path), ".png")


def test_mixed_sizes(tmp_path: Path) -> None:
    save(tmp_path / "a.png", strokes(1, 6, 8)[0])
    save(tmp_path / "b.png", strokes(1, 8, 6)[0])
    with pytest.raises(UsageError) as caught:
        load(str(tmp_path), tmp_path)
    check_line(caught.value, str(tmp_path / "b.png"), "is 6x8", "with 8x6", "one size")


@pytest.mark.parametrize("mode", ["LA", "RGBA", "I;16", "F"])
def test_kinds_that_are_refused(mode: str, tmp_path: Path) -> None:
    save(tmp_path / "a.png", strokes(1, 6, 8)[0])
    path = tmp_path / ("b.tif" if mode == "F" else "b.png")
    Image.new(mode, (8, 6)).save(path)
    with pytest.raises(UnsupportedError) as caught:
        load(str(tmp_path), tmp_path)
    words = {"I;16": "16", "F": "floating point"}.get(mode, "alpha")
    check_line(caught.value, str(path), words, "expected", "first")


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_is_left_out_for_training(mode: str, tmp_path: Path) -> None:
    picture = Image.fromarray(strokes(1, 6, 8)[0]).convert(mode)
    picture.putalpha(99)
    picture.save(tmp_path / "a.png")
    assert np.array_equal(load_folder(tmp_path, grey=True).pictures, strokes(1, 6, 8))


def test_damaged_picture(tmp_path: Path) -> None:
    save(tmp_path / "a.png", strokes(1, 6, 8)[0])
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:-20])
    with pytest.raises(FormatError) as caught:
        load(str(tmp_path), tmp_path)
    check_line(caught.value, str(tmp_path / "a.png"), "damaged")


# --- training ----------------------------------------------------------------------------------------


@needs_torchvision
def test_training_uses_this_room(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from aecodec.train.data import load as load_for_training

    cpu = torch.device("cpu")
    pictures = load_for_training("emnist", folder, None, cpu)
    whole = torch.cat([pictures.training, pictures.validation])[:, 0].numpy()
    assert np.array_equal(whole, made("emnist", "train")[0]) and len(pictures.validation) == 1
    assert pictures.sha256 == Collection("", "", made("emnist", "train")[0]).sha256
    for number, picture in enumerate(colours(20)):
        save(tmp_path / "mnist" / f"{number:02}.png", picture[:4])
    monkeypatch.chdir(tmp_path)
    images = load_for_training("kmnist", folder, Path("mnist"), cpu)
    again = load_for_training("./mnist", folder, None, cpu)
    assert images.name == again.name == "mnist" and images.sha256 == again.sha256
    assert images.training.shape == (19, 1, 4, 8)


@needs_torchvision
def test_the_command_downloads_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import datasets

    def fetch(self: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(datasets.MNIST, "download", fetch)
    line = ["train", "--data-dir", str(tmp_path), "-q", "--dataset", "kmnist"]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 2 and "fetch with --download" in result.stderr, result.output
    result = CliRunner().invoke(app, [*line, "--download"])
    assert result.exit_code == 2 and "cannot fetch kmnist" in result.stderr, result.output
    assert result.stderr.count("\n") == 1
