"""Altered drawings that the model brings nearer to what was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load

from aecodec.codec.decode import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.options import Options
from aecodec.codec.plan import Plan, plan_altered
from aecodec.container import parse
from aecodec.drawings import Restoration, restoration
from aecodec.errors import ModelError
from aecodec.kinds import PixelCodec
from aecodec.zoo import Model, Zoo, load_model, save_model
from formats.vectors_maker.drawings import drawn, icon, plot, text
from tests.checks import check_all_same
from tests.drawings.model import CONTENT, MODEL, Picture
from tests.golden import MODELS

Layers = list[tuple[int, int, int]]  # outputs, kernel, channels
GOOD: Layers = [(8, 3, 4), (6, 1, 8), (3, 3, 6)]
_ENTRY = {"op": "conv", "low": 0, "high": 255}
_LAST = {"op": "conv", "low": -255, "high": 255}


def tensors(layers: Sequence[tuple[int, int, int]] = GOOD, seed: int = 1) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(seed)
    found: dict[str, NDArray[Any]] = {}
    for number, (outputs, kernel, channels) in enumerate(layers):
        name = f"drawings.restoration.{number}"
        weight = random.integers(-30, 31, (outputs, kernel, kernel, channels))
        found[f"{name}.weight.0"] = weight.astype(np.int8)
        found[f"{name}.bias"] = random.integers(-900, 900, outputs).astype(np.int32)
        found[f"{name}.shift"] = np.full(outputs, 7 if number + 1 < len(layers) else 9, np.int8)
    found["drawings.restoration.0.quality"] = random.integers(-20, 21, layers[0][0]).astype(np.int32)
    return found


def entries(layers: Sequence[Any] = GOOD) -> list[dict[str, Any]]:
    return [*[_ENTRY] * (len(layers) - 1), _LAST]


def nothing(value: int = 0) -> tuple[dict[str, NDArray[Any]], list[dict[str, Any]]]:
    """What adds ``value`` to each sample."""
    found = {
        "drawings.restoration.0.weight.0": np.zeros((3, 1, 1, 4), np.int8),
        "drawings.restoration.0.bias": np.full(3, value, np.int32),
        "drawings.restoration.0.shift": np.zeros(3, np.int8),
    }
    return found, [_LAST]


def model_of(extra: Mapping[str, NDArray[Any]], described: Sequence[Mapping[str, Any]]) -> Model:
    """The model of drawings with a network for restoration."""
    description = {key: value for key, value in MODEL.description.items() if key != "known_answer"}
    drawings = {**description["drawings"], "restoration": list(described)}
    return load_model(save_model("restoring", {**load(CONTENT), **extra}, {**description, "drawings": drawings}))


LARGE = drawn([plot(3, 150, 290), text(4, 140, 30, 4), text(5, 131, 17, 1), icon(6)])
SOME = [np.squeeze(picture) for picture in LARGE]


def test_windows_are_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Restoration(tensors(), entries())
    parts = network(LARGE, 40)
    monkeypatch.setattr(restoration, "_SIDE", 1 << 15)
    check_all_same(parts, network(LARGE, 40))
    assert not np.array_equal(parts[0], LARGE[0])


def test_alpha_stays_and_quality_counts() -> None:
    network = Restoration(tensors(), entries())
    for picture in LARGE:
        if picture.shape[2] % 2 == 0:
            (found,) = network([picture], 10)
            assert np.array_equal(found[..., -1], picture[..., -1])
    low, high = network(LARGE[:1], 0), network(LARGE[:1], 100)
    assert not np.array_equal(low[0], high[0])


def test_a_grey_picture_takes_what_there_is_for_green() -> None:
    network = Restoration(tensors(), entries())
    grey = LARGE[2]
    (found,), (coloured,) = network([grey], 20), network([np.repeat(grey, 3, -1)], 20)
    assert np.array_equal(found[..., 0], coloured[..., 1])


def test_sums_are_clipped() -> None:
    network = Restoration(*nothing(200))
    assert network([np.full((2, 2, 3), 100, np.uint8)], 0)[0].max() == 255


@pytest.mark.parametrize(
    ("layers", "described", "said"),
    [
        ([(4, 3, 4)], None, "three channels"),
        ([(3, 3, 4)] + [(3, 3, 3)] * 8, None, "too many"),
        ([(64, 3, 4), (64, 3, 64), (3, 3, 64)], None, "too many"),
        ([(12, 3, 4)], [_ENTRY, {"op": "up", "by": 2}], "three channels|not made of"),
        (GOOD, [], "no layers"),
    ],
)
def test_unsound_networks_are_refused(layers: Layers, described: list[dict[str, Any]] | None, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        Restoration(tensors(layers), entries(layers) if described is None else described)


def altered(model: Model, pictures: Sequence[Picture], quality: int = 30) -> bytes:
    return encode(pictures, plan_altered(model, Options(), quality), many=True).data


def test_a_file_is_restored_where_that_is_nearer() -> None:
    """To add 9 to each sample is nearer where all were darkened by as much, and farther where none was."""
    worse = model_of(*nothing(9))
    plain = parse(altered(worse, SOME)).header
    assert plain.altered == 30 and not plain.restored

    class Darkened(PixelCodec):
        def alter_drawings(self, pictures: Sequence[Picture], slope: float, distances: Sequence[int] = ()) -> Any:
            return super().alter_drawings([each - np.minimum(each, 9) for each in pictures], slope, distances)

    extra, described = nothing(9)
    better = model_of(extra, described)
    object.__setattr__(better, "built", _darkened(better, Darkened))
    data = altered(better, [np.clip(picture, 9, 255) for picture in SOME[:1]])
    assert parse(data).header.restored


def _darkened(model: Model, kind: type[PixelCodec]) -> PixelCodec:
    codec = model.pixels
    assert codec is not None
    return kind(codec._tensors, codec._description)


def in_blocks(model: Model, quality: int = 30) -> bytes:
    """Return a container of two blocks."""
    plan = replace(plan_altered(model, Options(), quality), most=2)
    return encode(SOME, plan, many=True).data


def test_one_picture_is_as_among_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aecodec.codec import encode as module

    monkeypatch.setattr(module, "_squares", lambda errors, shapes: next(signs))
    signs = iter([0.0, 1.0])
    model = model_of(tensors(), entries())
    data = in_blocks(model)
    assert parse(data).header.restored
    (tmp_path / "restoring.safetensors").write_bytes(model.data)
    zoo = Zoo(tmp_path)
    whole = list(Decoder(data, zoo))
    for number in reversed(range(len(SOME))):
        assert np.array_equal(Decoder(data, zoo).picture(number), whole[number])
    codec = model.pixels
    assert codec is not None
    plain = list(Decoder(in_blocks(MODEL), Zoo(MODELS)))
    again = codec.restoration([np.atleast_3d(each) for each in plain], 30)
    check_all_same(whole, [np.squeeze(each) for each in again])


def test_tensors_and_description_come_together() -> None:
    extra, described = nothing()
    with pytest.raises(ModelError, match="no description"):
        model_of({}, described)
    with pytest.raises(ModelError, match="no description"):
        PixelCodec({**load(CONTENT), **extra}, MODEL.description)
    model_of(extra, described)


def test_a_plan_without_alterations_restores_nothing() -> None:
    model = model_of(tensors(), entries())
    header = parse(encode(SOME, Plan(model, True, 3), many=True).data).header
    assert header.altered is None and not header.restored
