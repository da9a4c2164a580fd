"""Training the network that restores altered drawings, on small made ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aecodec.drawings import Restoration
from aecodec.train.export import ExportError
from aecodec.train.restoration.network import Network, network_of, tensors_and_entries
from aecodec.train.restoration.pairs import QUALITIES, Pair, crops, pairs_of
from aecodec.train.restoration.release import check_equal, engine_of, gained
from aecodec.train.restoration.training import squares, trained
from aecodec.zoo import Role, load_model
from formats.vectors_maker.drawings import icon, plot
from tests.drawings.model import CONTENT, MODEL

ROOT = Path(__file__).resolve().parents[2]
CODEC = MODEL.pixels
assert CODEC is not None
PICTURES = [icon(seed, 20) for seed in range(12)] + [plot(seed, 24, 24) for seed in range(12)]


def blurred(picture: np.ndarray) -> Pair:
    """Hard edges for soft ones, of which a small network learns much in a second."""
    return Pair(picture, np.where(picture > 127, 255, 0).astype(np.uint8), 12)


def grey(seed: int) -> np.ndarray:
    return plot(seed, 24, 24)[..., :1]


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    return trained(Network((8,)), [blurred(grey(seed)) for seed in range(16)], 1.5, 3, lambda passed: None)


def test_all_qualities_come_and_each_picture_once() -> None:
    pairs = pairs_of(PICTURES, CODEC)
    assert {pair.quality for pair in pairs} == set(QUALITIES)
    assert sorted(pair.given.tobytes() for pair in pairs) == sorted(picture.tobytes() for picture in PICTURES)
    assert any(not np.array_equal(pair.given, pair.altered) for pair in pairs)


def test_it_ends_when_that_will_do() -> None:
    told: list[float] = []
    pairs_of(PICTURES, CODEC, lambda share: bool(told.append(share)) or len(told) == 2)
    assert len(told) == 2 and 0 < told[0] < told[1] < 1


def test_a_new_network_adds_nothing() -> None:
    batch = crops([blurred(grey(1))])
    assert not Network()(batch.seen, batch.quality).any()


def test_hidden_colours_and_those_that_grey_pictures_lack_do_not_count() -> None:
    picture = np.full((8, 8, 4), 90, np.uint8)
    picture[:4, :, 3] = 0
    other = picture.copy()
    other[:4, :, :3] = 7
    assert squares(Network(), crops([Pair(picture, other, 0)])).item() == 0
    one = np.full((8, 8, 1), 90, np.uint8)
    assert squares(Network(), crops([Pair(one, one + 1, 0)])).item() == pytest.approx(1 / 128**2)


def test_learning_helps_and_the_engine_gives_the_same(network: Network) -> None:
    pairs = [blurred(grey(seed)) for seed in range(40, 48)]
    engine, _ = engine_of(network)
    check_equal(network, engine, pairs)
    ((_, before, after),) = gained(engine, pairs)
    assert after < 0.7 * before


def test_another_network_is_noticed(network: Network) -> None:
    arrays, entries = tensors_and_entries(network)
    arrays["drawings.restoration.1.bias"] = arrays["drawings.restoration.1.bias"] + (1 << 12)
    with pytest.raises(ExportError, match="differs"):
        check_equal(network, Restoration(arrays, entries), [blurred(grey(50))])


def test_a_network_is_filled_from_a_file(network: Network) -> None:
    arrays, _ = tensors_and_entries(network)
    again, _ = tensors_and_entries(network_of(arrays))
    assert set(again) == set(arrays)
    for name, each in arrays.items():
        assert np.array_equal(again[name], each), name


def test_the_script_adds_one_to_a_model(tmp_path: Path) -> None:
    model = tmp_path / "drawings.safetensors"
    model.write_bytes(CONTENT)
    images = tmp_path / "images"
    images.mkdir()
    for number, picture in enumerate(PICTURES):
        Image.fromarray(picture).save(images / f"{number}.png")
    words = ["training/train_restoration.py", "--images", images, "--minutes", "0.02", model]
    subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, check=True, capture_output=True)
    made = load_model(model.read_bytes())
    assert made.pixels is not None and made.pixels.restores
    assert made.purpose.role is Role.PIXELS
    assert "## Restoration" in model.with_suffix(".md").read_text()
    assert not MODEL.pixels.restores  # type: ignore[union-attr]
