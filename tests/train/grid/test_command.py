"""``aecodec train --kind grid``: models that work, runs that go on, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.entropy import StreamWriter
from aecodec.grid import GridModel, refined
from aecodec.train.export import ExportError
from aecodec.train.grid import check, tables
from aecodec.train.grid.export import tensors_and_description
from aecodec.train.grid.validation import middle
from aecodec.zoo import load_model
from tests.train.grid.runs import named, run, waves

pytestmark = pytest.mark.usefixtures("one_thread")

OPTIONS = [
    *("--kind", "grid", "--images", "photos", "--steps", "20", "--size", "tiny", "--batch-pixels", "4096"),
    *("--device", "cpu", "--threads", "1", "--precision", "float32", "-q"),
]
MODEL, CARD = Path("models/photos-grid.safetensors"), Path("models/photos-grid.md")
Begin = Callable[..., Result]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Runs the command in a folder with pictures, one of which cannot be read."""
    (tmp_path / "photos" / "more").mkdir(parents=True)
    for name, picture in named():
        Image.fromarray(picture).save(tmp_path / "photos" / ("more" if name > "3" else "") / name)
    (tmp_path / "photos" / "damaged.png").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    return lambda *options: CliRunner().invoke(app, ["train", *OPTIONS, *options])


def succeeded(result: Result) -> list[str]:
    assert result.exit_code == 0 and result.stdout == "", result.output
    return result.stderr.splitlines()


def test_the_command_makes_a_model_that_works(begin: Begin) -> None:
    """And given again it finds all done: no picture is decoded, and nothing written anew."""
    lines = succeeded(begin())
    assert len(lines) == 3 and "damaged.png" in lines[0] and lines[1].startswith("5 pictures on cpu, float32, 1 held")
    assert lines[2].startswith(f"{MODEL}: validation at quality 50")
    content, picture = MODEL.read_bytes(), waves(9, 100, 77)
    model = load_model(content)
    assert model.native is None and model.description["training"]["size"] == "tiny"
    assert (model.description["role"], model.description["pictures"]) == ("general", "any")
    curve = model.description["validation"]
    assert [each["quality"] for each in curve] == [10, 30, 50, 70, 90] and curve[0]["bpp"] < curve[-1]["bpp"]
    found = [aecodec.compress(picture, model=str(MODEL), model_path=["models"], quality=quality) for quality in (5, 95)]
    assert len(found[0]) < len(found[1])
    for data in found:
        back = aecodec.decompress(data, model_path=["models"])
        assert back.shape == picture.shape and np.square(back.astype(float) - picture).mean() < 2000
    card = CARD.read_text(encoding="utf-8")
    assert card.startswith("# photos-grid") and "| 90 |" in card and "None" not in card
    assert succeeded(begin()) == lines[1:] and MODEL.read_bytes() == content


def test_the_commands_run_continues_elsewhere(begin: Begin) -> None:
    """With the weights of a checkpoint, or of a model file, and pictures of one's own to validate with."""
    succeeded(begin("--validation", "photos/more", "--name", "first"))
    for number, file in enumerate(("runs/first/training.ckpt", "models/first.safetensors")):
        options = ("--name", f"next{number}", "--continue-from", file, "--steps", "2", "--validation", "photos/more")
        succeeded(begin(*options))
        description = load_model(Path(f"models/next{number}.safetensors").read_bytes()).description
        assert description["training"]["continues"] == "first" and description["data"]["training"] == 6
        first = load_model(Path("models/first.safetensors").read_bytes()).description
        assert abs(first["validation"][2]["psnr"] - description["validation"][2]["psnr"]) < 1


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--latent-dim", "8"], ["--latent-dim is for --kind tiles", "--kind grid"]),
        (["--epochs", "8"], ["--epochs is for --kind tiles"]),
        (["--kind", "tiles"], ["--steps is for --kind grid", "--kind tiles"]),
        (["--config", "study.yaml"], ["--kind", "--config"]),
        (["--name", "a/b"], ["a/b", "no name"]),
        (["--images", "none"], ["none", "no such folder"]),
        (["--continue-from", "none.ckpt"], ["no none.ckpt to continue from"]),
        (["--continue-from", "runs/photos-grid/training.ckpt"], ["cannot continue from its own"]),
        (["--workers", "2", "--device", "cuda"], ["cuda"]),
    ],
)
def test_what_does_not_fit_is_one_line(options: list[str], parts: list[str], begin: Begin) -> None:
    Path("study.yaml").write_text("seed: 1")
    result = begin(*options)
    last = result.stderr.splitlines()[-1]
    assert result.exit_code == 2 and all(part in last for part in parts), result.output
    assert not MODEL.exists()


def test_nothing_is_replaced_unasked(begin: Begin) -> None:
    MODEL.parent.mkdir()
    MODEL.write_bytes(b"mine")
    result = begin()
    assert result.exit_code == 2 and "-f" in result.stderr and MODEL.read_bytes() == b"mine"
    assert not Path("runs").exists()


def test_a_release_needs_equal_integers(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = run(cache, tmp_path)
    model = training.average
    model.set_integer(True)
    arrays, description = tensors_and_description(model)
    pictures = [middle(training.validation[0], 96)]
    check.check_equal(model, GridModel(arrays, description), pictures)
    for name in (
        "latents.bias",
        "pixels.bias",
        "synthesis.1.bias",
        "hyper_analysis.0.bias",
        "slices.1.2.bias",
        "gains",
    ):
        other = arrays | {name: arrays[name] + arrays[name].dtype.type(40 if name == "gains" else 4000)}
        with pytest.raises(ExportError, match="differ"):
            check.check_equal(model, GridModel(other, description), pictures)


@pytest.mark.parametrize("dependent", [False, True])
def test_counted_tables_take_fewer_bits(cache: Path, tmp_path: Path, dependent: bool) -> None:
    """And are tables as the engine demands them; the payloads show it, too."""
    training = run(cache, tmp_path)
    training.average.set_integer(True)
    arrays, description = tensors_and_description(training.average)
    arrays |= tables.second(arrays) if dependent else {}
    engine = GridModel(arrays, description)
    pictures = [training.pictures.picture(n).numpy() for n in range(2)]
    counts = tables.counted(engine, ((each, [20, 80]) for each in pictures))
    other = arrays | tables.refitted(arrays, counts)
    assert tables.bits(other, counts) < tables.bits(arrays, counts)
    assert len(tables.split_tables(other)) == (126 if dependent else 63)
    for table in tables.split_tables(other).values():
        assert table.sum() == 1 << 24 and table.min() > 0 and np.array_equal(table[:-1], table[-2::-1])
    coded = [refined(engine, [each], quality, tables.EFFORT) for each in pictures for quality in (20, 80)]
    sizes = []
    for each in (arrays, other):
        writers = [StreamWriter() for _ in coded]
        for symbols, writer in zip(coded, writers, strict=True):
            GridModel(each, description).write(symbols, writer)
        sizes.append(8 * sum(len(writer.finish()) for writer in writers))
    saved = tables.bits(arrays, counts) - tables.bits(other, counts)
    assert abs(sizes[0] - sizes[1] - saved) < 4 * 32
