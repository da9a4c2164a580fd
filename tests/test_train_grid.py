"""Training of a grid of latents: pictures, layers, the loop, its checkpoints; tiny networks on made pictures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.entropy import StreamWriter
from aecodec.errors import UsageError
from aecodec.exact.sheets import Sheet
from aecodec.grid import GridModel, refined
from aecodec.grid import layers as engine
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.export import ExportError
from aecodec.train.grid import check, checkpoint, loop, tables
from aecodec.train.grid.begin import found_state
from aecodec.train.grid.export import fill, put_layer, take_layer, tensors_and_description
from aecodec.train.grid.job import Job, train
from aecodec.train.grid.lapped import Lapped, prefilter
from aecodec.train.grid.layers import EVERY, FRACTION, NARROW_MAX, PIXEL_FRACTION, WIDE_MAX, Layer, Part
from aecodec.train.grid.loop import Training
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.optimizer import orthogonal
from aecodec.train.grid.pictures import INDEX, SAMPLES, Cache, make_cache, open_cache
from aecodec.train.grid.precision import prefers_bfloat16
from aecodec.train.grid.rate import share_below, symbol_bits
from aecodec.train.grid.rounding import columns, compensated, settle
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.validation import middle, split, whole
from aecodec.zoo import load_model
from tests.checks import check_error

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = Settings(steps=12, finish=0.25, pixels=64 * 64, size="tiny")
CPU = torch.device("cpu")
State = dict[str, torch.Tensor]


def waves(number: int, height: int, width: int) -> NDArray[np.uint8]:
    """A colour picture with something to learn in it."""
    random = np.random.default_rng(number)
    y, x = np.mgrid[:height, :width]
    down, right = random.uniform(5, 40, 2)
    planes = [128 + 60 * np.sin(x / right + colour) + 50 * np.cos(y / down) for colour in range(3)]
    return np.clip(np.stack(planes, -1) + random.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


def named(count: int = 6) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    return ((f"{n}.png", waves(n, 64 + 24 * n, 160 - 16 * n)) for n in range(count))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    make_cache(folder, named())
    return folder


def run(cache: Path, folder: Path, settings: Settings = TINY, **options: Any) -> Training:
    options = {"device": "cpu", "precision": "float32", **options}
    return train(Job(settings, cache, folder, **options), lambda event: None, lambda line: None)


def weights(training: Training) -> State:
    return {name: value.clone() for name, value in training.average.state_dict().items()}


def check_equal(first: State, second: State) -> None:
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


# --- pictures ----------------------------------------------------------------------------------------


def test_a_cache_gives_back_its_pictures(tmp_path: Path) -> None:
    grey, alpha = waves(1, 70, 80)[..., 0], np.dstack([waves(2, 64, 90), np.full((64, 90), 7, np.uint8)])
    small = waves(3, 63, 200)
    made = make_cache(tmp_path, iter([("grey", grey), ("twice", grey), ("alpha", alpha), ("small", small)]))
    assert [each.name for each in made.pictures] == ["grey", "alpha"]
    assert np.array_equal(made.picture(0), np.dstack([grey] * 3)) and np.array_equal(made.picture(1), alpha[..., :3])
    assert open_cache(tmp_path).sha256 == made.sha256 == make_cache(tmp_path, iter([("a", grey), ("b", alpha)])).sha256
    assert "no picture" in check_error(UsageError, lambda: make_cache(tmp_path, iter([("small", small)])))
    assert not (tmp_path / INDEX).exists()


def test_damaged_caches_are_refused(tmp_path: Path) -> None:
    make_cache(tmp_path, named(2))
    with (tmp_path / SAMPLES).open("ab") as file:
        file.write(b"1")
    check_error(UsageError, lambda: open_cache(tmp_path))
    (tmp_path / INDEX).write_text("[{}]")
    check_error(UsageError, lambda: open_cache(tmp_path))
    check_error(UsageError, lambda: open_cache(tmp_path / "none"))


def test_crops_are_parts_of_pictures(cache: Path) -> None:
    """Turned over or not; and always the same for the same random numbers."""
    pictures = open_cache(cache)
    crops = pictures.crops(40, 32, np.random.default_rng(1))
    assert crops.shape == (40, 32, 32, 3) and crops.dtype == torch.uint8
    parts = set()
    for picture in (pictures.picture(n).numpy() for n in range(len(pictures))):
        for top in range(picture.shape[0] - 31):
            for left in range(picture.shape[1] - 31):
                parts.add(picture[top : top + 32, left : left + 32].tobytes())
    for crop in crops.numpy():
        turned = [each for one in (crop, crop.transpose(1, 0, 2)) for each in (one, one[::-1], one[:, ::-1])]
        turned += [one[::-1, ::-1] for one in (crop, crop.transpose(1, 0, 2))]
        assert any(each.tobytes() in parts for each in turned)
    assert torch.equal(crops, pictures.crops(40, 32, np.random.default_rng(1)))


def test_small_pictures_are_mirrored(tmp_path: Path) -> None:
    picture = waves(1, 64, 70)
    made = make_cache(tmp_path, iter([("one", picture)]))
    row = np.arange(160) % 128
    column = np.arange(160) % 140
    mirrored = picture[np.minimum(row, 127 - row)][:, np.minimum(column, 139 - column)]
    other = picture[::-1][np.minimum(row, 127 - row)][:, np.minimum(column, 139 - column)]
    found = made.crops(30, 160, np.random.default_rng(2)).numpy()
    for expected in (mirrored, other):
        assert any(np.array_equal(expected, crop) for crop in found)
        assert any(np.array_equal(expected.transpose(1, 0, 2), crop) for crop in found)


def test_the_same_pictures_are_held_back_in_any_order(tmp_path: Path) -> None:
    pictures = list(named(5))
    first, held = split(make_cache(tmp_path / "a", iter(pictures)))
    second, same = split(make_cache(tmp_path / "b", iter(pictures[::-1])))
    assert len(first) == len(second) == 4 and len(held) == len(same) == 1 and torch.equal(held[0], same[0])
    assert {each.sha256 for each in first.pictures} == {each.sha256 for each in second.pictures}
    assert all(side % 16 == 0 for side in held[0].shape[:2])
    assert len(whole(first)) == 4
    one = Cache(first.samples, first.pictures[:1])
    check_error(UsageError, lambda: split(one))


# --- arithmetic --------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
def test_a_layer_in_integers_is_the_engines(seed: int) -> None:
    """For random shapes, weights and inputs, at the limits of their values as well."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    sees = int(random.choice([FRACTION, PIXEL_FRACTION]))
    parts = [
        Part(
            int(random.integers(1, 6)),
            3 if cross else int(random.choice([1, 3])),
            cross,
            bool(random.integers(2)),
            sees,
        )
        for cross in random.integers(0, 2, random.integers(1, 4)).astype(bool)
    ]
    relu, seen = (bool(n) for n in random.integers(0, 2, 2))
    outputs, fraction = int(random.integers(1, 6)), int(random.choice([FRACTION, PIXEL_FRACTION]))
    layer = Layer(parts, outputs, relu=relu, quality=seen, fraction=fraction)
    with torch.no_grad():
        for each in layer.parameters():
            each.copy_(torch.randn(each.shape) * float(random.choice([0.003, 0.2, 3.0])))
    layer.integer = layer.exact = True
    arrays: dict[str, NDArray[Any]] = {}
    put_layer(arrays, "layer", layer)
    largest = [WIDE_MAX if part.wide else NARROW_MAX for part in parts]
    built = engine.build_layer(
        arrays,
        "layer",
        [engine.Part(part.channels, most, part.cross) for part, most in zip(parts, largest, strict=True)],
        *layer.limits,
    )
    grids = [
        random.integers(-most if part.wide else 0, most + 1, (2, 5, 4, part.channels))
        for part, most in zip(parts, largest, strict=True)
    ]
    quality = int(random.integers(0, 101))
    found = built([Sheet.of(grid, np.float64) for grid in grids], quality, np.float64).inner
    inputs = [torch.from_numpy(grid.transpose(0, 3, 1, 2) / 2.0**sees) for grid in grids]
    with torch.no_grad():
        expected = layer(inputs, torch.full((2,), float(quality))) * 2.0**layer.fraction
    assert np.array_equal(found, expected.numpy().transpose(0, 2, 3, 1))
    again = Layer(parts, layer.outputs, relu=relu, quality=seen, fraction=layer.fraction)
    with torch.no_grad():
        take_layer(arrays, "layer", again)
    back: dict[str, NDArray[Any]] = {}
    again.integer = True
    put_layer(back, "layer", again)
    whole_steps = {name: array for name, array in arrays.items() if name.endswith("shift")}
    for name, shift in whole_steps.items():
        assert (back[name] >= shift).all()  # the same weights, perhaps on a finer grid


def test_rounding_errors_cancel_out() -> None:
    """Where inputs have much in common; those of a checkerboard's second half as well."""
    torch.manual_seed(1)
    quality = torch.full((1,), 40.0)
    for parts in ([Part(24, 3)], [Part(12, 1), Part(12, 3, wide=True), Part(12, 3, cross=True, wide=True)]):
        layer = Layer(parts, 16, relu=False, quality=True)
        shared = torch.randn(1, 6, 12, 12)
        inputs = [
            torch.einsum("ij,bjhw->bihw", torch.randn(part.channels, 6), shared).abs()
            + 0.1 * torch.rand(1, part.channels, 12, 12)
            for part in parts
        ]
        rows = columns(layer, EVERY, inputs, 40).double()
        halves = torch.arange(12)[:, None] + torch.arange(12)
        seen = [x * (halves % 2 == 0) if part.cross else x for x, part in zip(inputs, parts, strict=True)]

        def outputs(layer: Layer = layer, seen: list[torch.Tensor] = seen) -> torch.Tensor:
            with torch.no_grad():
                return layer.accumulate(seen, layer.kernels(), quality)

        exact = outputs()
        layer.integer = True
        nearest = outputs()
        with torch.no_grad():
            settle(layer, EVERY, rows.T @ rows)
        settled = outputs()
        assert (settled - exact).square().mean() < 0.3 * (nearest - exact).square().mean()
        layer.integer = False
        assert torch.equal(settled, outputs())  # integer mode finds nothing left to round


def test_a_rounded_copy_is_on_its_grids_and_always_the_same(cache: Path) -> None:
    model = Training(TINY, open_cache(cache), [], CPU).average
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pictures = [(middle(open_cache(cache).picture(number)), 30.0 * number) for number in range(3)]
    made = compensated(model, pictures)
    for name, layer in made.layers():
        for group in layer.groups:
            weights, bias, quality = layer.quantized(group)
            pairs = zip(weights, layer.masked()[group], strict=True)
            assert all(torch.equal(found, weight) for found, weight in pairs), name
            if not group.start:
                assert torch.equal(bias, layer.bias)
                assert quality is None or torch.equal(quality, layer.quality)
    check_equal(compensated(model, pictures).state_dict(), made.state_dict())
    check_equal(model.state_dict(), before)


def test_orthogonal_matrices_are_nearly_so() -> None:
    for shape in ((6, 20), (20, 6), (9, 9)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(1))))
        assert values.min() > 0.3 and values.max() < 1.3
    assert not orthogonal(torch.zeros(3, 4)).any()


def test_bfloat16_leaves_what_must_be_fine_alone(cache: Path, tmp_path: Path) -> None:
    training = Training(TINY, open_cache(cache), [], CPU)
    pixels = torch.rand(1, 3, 64, 64) - 0.5
    with torch.autocast("cpu", torch.bfloat16):
        assert training.model.analysis.stem([torch.rand(1, 48, 16, 16)]).dtype == torch.bfloat16
        seen = training.model(pixels, torch.full((1,), 50.0), torch.Generator().manual_seed(1))
        assert training.model.analysis(pixels).dtype == torch.float32
    assert seen.pixels.dtype == seen.bits.dtype == seen.hyper_bits.dtype == torch.float32
    assert [prefers_bfloat16(name, training.model, CPU, 1) for name in ("bfloat16", "float32")] == [True, False]
    assert prefers_bfloat16("auto", training.model, CPU, 1) in (True, False)


# --- the loop ----------------------------------------------------------------------------------------


def test_the_loss_falls(cache: Path, tmp_path: Path) -> None:
    training = Training(Settings(steps=200, finish=0, pixels=2 * 64 * 64, size="tiny"), open_cache(cache), [], CPU)
    losses = [training.train_step()[0] for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


@pytest.mark.parametrize("stop", [1, 9, 11])
def test_a_run_resumes_bit_for_bit(stop: int, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is interrupted; over its last steps, from the tenth on, the learning rate falls."""
    expected = weights(run(cache, tmp_path / "straight"))
    interrupt(monkeypatch, stop)
    with pytest.raises(KeyboardInterrupt):
        run(cache, tmp_path / "stopped")
    monkeypatch.undo()
    check_equal(weights(run(cache, tmp_path / "stopped")), expected)
    steps = [json.loads(line)["step"] for line in (tmp_path / "stopped" / "metrics.jsonl").read_text().splitlines()]
    assert steps == [TINY.steps]


def test_a_run_keeps_its_precision(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint knows: measured again, another one might seem quicker."""
    settings = Settings(**{**vars(TINY), "steps": 4})
    expected = run(cache, tmp_path / "straight", settings, precision="bfloat16")
    interrupt(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        run(cache, tmp_path / "stopped", settings, precision="bfloat16")
    monkeypatch.undo()
    resumed = run(cache, tmp_path / "stopped", settings, precision="auto")
    assert resumed.mixed
    check_equal(weights(resumed), weights(expected))


def interrupt(monkeypatch: pytest.MonkeyPatch, stop: int) -> None:
    """Once so many steps are taken, each of which is saved."""
    step = Training.train_step

    def watched(self: Training, **options: Any) -> tuple[float, float, float]:
        if self.step == stop:
            raise KeyboardInterrupt
        return step(self, **options)

    monkeypatch.setattr(Training, "train_step", watched)
    monkeypatch.setattr(loop, "SAVED_EVERY", -1.0)


def test_a_finished_run_goes_on_from_its_trunk(cache: Path, tmp_path: Path) -> None:
    """As if it had been longer from the start. Given again it does nothing."""
    first = run(cache, tmp_path / "a")
    longer = Settings(**{**vars(TINY), "steps": 16})
    check_equal(weights(run(cache, tmp_path / "a")), weights(first))
    check_equal(weights(run(cache, tmp_path / "a", longer)), weights(run(cache, tmp_path / "b", longer)))
    assert checkpoint.read(tmp_path / "a" / checkpoint.TRUNK, CPU)["step"] == longer.finishing


def test_checkpoints_of_other_runs_are_refused(cache: Path, tmp_path: Path) -> None:
    run(cache, tmp_path / "a")
    for change in ({"seed": 2}, {"learning_rate": 1e-3}, {"optimizer": "adam"}, {"size": "small"}, {"pixels": 8192}):
        other = Settings(**{**vars(TINY), **change})
        message = check_error(UsageError, lambda other=other: run(cache, tmp_path / "a", other))
        assert next(iter(change)) in message and "--restart" in message
    shorter = Settings(**{**vars(TINY), "steps": 5})
    assert "steps" in check_error(UsageError, lambda: run(cache, tmp_path / "a", shorter))
    make_cache(tmp_path / "others", named(4))
    assert "pictures" in check_error(UsageError, lambda: run(tmp_path / "others", tmp_path / "a"))
    run(tmp_path / "others", tmp_path / "a", restart=True)
    for content in (b"", b"nothing of the kind"):
        (tmp_path / "a" / CHECKPOINT).write_bytes(content)
        check_error(UsageError, lambda: run(cache, tmp_path / "a"))
    torch.save({"settings": "{}"}, tmp_path / "a" / CHECKPOINT)
    check_error(UsageError, lambda: run(cache, tmp_path / "a"))
    assert found_state(tmp_path / "none", TINY, "", CPU) is None


def test_a_run_begins_with_anothers_weights(cache: Path, tmp_path: Path) -> None:
    first = run(cache, tmp_path / "a")
    file = str(tmp_path / "a" / CHECKPOINT)
    settings = Settings(**{**vars(TINY), "continues": file, "learning_rate": 1e-9, "finish": 0, "steps": 1})
    second = run(cache, tmp_path / "b", settings)
    for name, value in first.average.state_dict().items():
        assert torch.allclose(value, second.model.state_dict()[name], atol=1e-6)
    settings = Settings(**{**vars(settings), "size": "small"})
    assert "cannot begin with" in check_error(UsageError, lambda: run(cache, tmp_path / "c", settings))


def test_a_model_without_filters_is_one_whose_filters_let_all_pass(cache: Path, tmp_path: Path) -> None:
    """So a run can begin with the weights of a model whose blocks do not overlap."""
    training = run(cache, tmp_path)
    training.average.set_integer(True)
    arrays, description = tensors_and_description(training.average)
    without = {name: each for name, each in arrays.items() if name not in ("prefilter", "postfilter")}
    without["pixels.shift"] = arrays["pixels.shift"] - 4  # its pixels are no sixteenths
    model = Grid(TINY.widths)
    model.set_integer(True)
    fill(model, without)
    found, expected = GridModel(tensors_and_description(model)[0], description), GridModel(without, description)
    pixels = training.pictures.picture(0).numpy()[:96, :64]
    latents = expected.analyse(pixels)
    assert np.array_equal(found.analyse(pixels), latents)
    assert np.array_equal(found.synthesis(latents, 60, map), expected.synthesis(latents, 60, map))


def test_filters_begin_as_a_lapped_transform() -> None:
    """Which takes nothing from a constant, and whose way back is exact; of correlated samples it gains over blocks."""
    before, after = Lapped(prefilter()), Lapped(prefilter().inverse())
    samples = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(1)) - 0.5
    assert torch.allclose(after(before(samples)), samples, atol=1e-5)
    assert torch.allclose(before(torch.ones(1, 1, 48, 64)), torch.ones(1, 1, 48, 64), atol=1e-5)
    assert torch.equal(before(samples[..., :16, :16]), samples[..., :16, :16])
    place = torch.arange(64, dtype=torch.float64)
    correlated = 0.95 ** (place[:, None] - place).abs()
    waves = torch.cos(torch.pi * (2 * place[:16] + 1) * place[:16, None] / 32)
    blocks = torch.kron(torch.eye(4, dtype=torch.float64), waves / waves.norm(dim=1, keepdim=True))
    lapped = torch.eye(64, dtype=torch.float64)
    for border in (16, 32, 48):
        lapped[border - 8 : border + 8, border - 8 : border + 8] = prefilter()
    gains = []
    for transform in (blocks, blocks @ lapped):
        power = (transform @ correlated @ transform.T).diagonal() * transform.inverse().square().sum(0)
        gains.append(-10 * power[16:32].log10().mean())
    assert gains[1] - gains[0] > 0.4


def test_wrong_settings_are_refused() -> None:
    for change in (
        {"steps": 0},
        {"finish": 2},
        {"learning_rate": 1},
        {"optimizer": "sgd"},
        {"size": "x"},
        {"seed": -1},
    ):
        check_error(UsageError, lambda change=change: Settings(**change))


def test_workers_train_one_model_and_always_the_same(cache: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """Two of them; and when one run is interrupted, as in one process."""
    settings = Settings(steps=3, finish=0.4, pixels=2 * 64 * 64, size="tiny")
    expected = weights(run(cache, tmp_path / "a", settings, workers=2))
    interrupt(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        run(cache, tmp_path / "b", settings, workers=2)
    monkeypatch.undo()
    check_equal(weights(run(cache, tmp_path / "b", settings, workers=2)), expected)


BARE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"constriction", "click", "rich", "PIL", "pydantic", "safetensors", "torchvision"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
from aecodec.train.grid.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_bare_machine_trains(cache: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BARE, f"--cache={cache}", f"--run={tmp_path}", "--steps=2", "--size=tiny"]
    command += ["--batch-pixels=4096", "--device=cpu", "--threads=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "q90" in done.stdout, done.stderr
    assert checkpoint.read(tmp_path / CHECKPOINT, CPU)["step"] == 2
    done = subprocess.run([*command, "--seed=2"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "seed differ" in done.stderr and "Traceback" not in done.stderr


# --- the command -------------------------------------------------------------------------------------

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
    assert model.is_general and model.description["training"]["size"] == "tiny"
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


@pytest.mark.parametrize("octave", [-3.0, -0.5, 0.0, 1.0, 4.0])
def test_bits_are_those_of_a_distribution(octave: float) -> None:
    """Which has the deviation that is asked for, and the shape that tables begin with; it can be learned anywhere."""
    deviation = 2.0**octave
    values = torch.arange(-4000, 4001, dtype=torch.float64).requires_grad_()
    scale = torch.full_like(values, octave).requires_grad_()
    bits = symbol_bits(values, scale)
    likely = torch.exp2(-bits.detach())[(values.abs() < 40 * deviation).detach()]
    assert likely.sum().item() == pytest.approx(1, abs=1e-4)
    squared = (likely * values.detach()[values.abs() < 40 * deviation].square()).sum().item()
    assert squared == pytest.approx(deviation**2, rel=0.03, abs=0.1)  # a unit interval's own is 1/12
    for away in (0, 1, 2, 7):
        expected = share_below(away + 0.5, deviation) - share_below(away - 0.5, deviation)
        assert away > 24 * deviation or 2 ** -bits[4000 + away].item() == pytest.approx(expected, rel=0.001)
    bits.sum().backward()
    assert torch.isfinite(values.grad).all() and torch.isfinite(scale.grad).all()
    assert (values.grad[4001:] > 0).all() and (values.grad[:4000] < 0).all()


def test_counted_tables_take_fewer_bits(cache: Path, tmp_path: Path) -> None:
    """And are tables as the engine demands them; the payloads show it, too."""
    training = run(cache, tmp_path)
    training.average.set_integer(True)
    arrays, description = tensors_and_description(training.average)
    engine = GridModel(arrays, description)
    pictures = [training.pictures.picture(n).numpy() for n in range(2)]
    counts = tables.counted(engine, ((each, [20, 80]) for each in pictures))
    other = arrays | tables.refitted(arrays, counts)
    assert tables.bits(other, counts) < tables.bits(arrays, counts)
    for table in tables.split_tables(other):
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
