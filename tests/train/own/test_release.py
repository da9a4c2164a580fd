"""What was learned stays in the file where it pays for its bytes, and else not: each half by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from aecodec.arrays import Arrays, Picture
from aecodec.kinds import GridCodec, PixelCodec
from aecodec.train.own import release
from aecodec.train.own.collection import Collection
from aecodec.train.own.gains import EXACT_TOGETHER, Comparison, Gain, OfExact
from aecodec.train.own.halves import Half
from aecodec.train.own.release import WORTH, Bases, Learned, Made, released, shipped_bases
from aecodec.zoo import Adapted, Model
from aecodec.zoo import tensors_of as tensors_in
from tests.train.own.pictures import icon

pytestmark = pytest.mark.usefixtures("one_thread")

_PICTURES = [icon(seed, 16, 16) for seed in range(4)]
_COLLECTION = Collection(_PICTURES[1:], _PICTURES[:1], "0" * 64, "1" * 64, 3, 1)
_CHANGED = {"lossy": "synthesis.0.bias", "exact": "pixels.0.0.weight"}


def changed(model: Model, name: str) -> Arrays:
    """Return a model's tensors with one of them changed."""
    tensors = dict(tensors_in(model))
    tensors[name] = tensors[name].copy()
    tensors[name].reshape(-1)[:3] ^= 1
    return tensors


@dataclass(frozen=True)
class Lossy:
    """What was learned for lossy files, of which there is but one half."""

    half: Half[GridCodec]

    def halves(self, base: Model, held: Sequence[Picture]) -> Iterator[Half[GridCodec]]:
        """See LearnedLossy."""
        yield self.half


@pytest.fixture(scope="module")
def bases() -> Bases:
    return shipped_bases()


@pytest.fixture(scope="module")
def halves(bases: Bases) -> tuple[Half[GridCodec], Half[PixelCodec]]:
    general, pixels = bases.general, bases.pixels
    grid, exact = changed(general, _CHANGED["lossy"]), changed(pixels, _CHANGED["exact"])
    return (
        Half(Adapted(general, grid), GridCodec(grid, general.description), True),
        Half(Adapted(pixels, exact), PixelCodec(exact, pixels.description), True),
    )


def made_of(
    bases: Bases,
    halves: tuple[Half[GridCodec], Half[PixelCodec]],
    saved: Mapping[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> Made:
    """Return a model of ``halves`` that save so much of a byte of their own, for WORTH collections' pictures."""
    many = WORTH * (_COLLECTION.count + _COLLECTION.held_count)
    each = [half.size * saved[way] / many for half, way in zip(halves, ("lossy", "exact"), strict=True)]
    found = [Gain(EXACT_TOGETHER, 1000.0, 1000 - each[1])]
    monkeypatch.setattr(Comparison, "lossy", lambda *_: Gain("lossy", 1000.0, 1000 - each[0], 30.0))
    monkeypatch.setattr(Comparison, "exact", lambda *_: OfExact(found, []))
    monkeypatch.setattr(Comparison, "unchanged", lambda *_: OfExact([Gain(EXACT_TOGETHER, 1000.0, 1000.0)], []))
    learned = Learned(Lossy(halves[0]), halves[1])
    return released("icons", bases, learned, _COLLECTION, target=None, training={}, begin=lambda name: None)


@pytest.mark.parametrize(
    ("lossy", "exact", "left_out"),
    [(1.01, 1.01, ""), (0.99, 1.01, "lossy"), (1.01, 0.99, "exact"), (0.5, -1.0, "lossy and exact")],
)
def test_a_half_that_does_not_pay_is_left_out(
    bases: Bases,
    halves: tuple[Half[GridCodec], Half[PixelCodec]],
    lossy: float,
    exact: float,
    left_out: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = made_of(bases, halves, {"lossy": lossy, "exact": exact}, monkeypatch)
    assert made.left_out == left_out
    assert made.gains[1].saved == 0.0 if "exact" in left_out else made.gains[1].saved > 0
    found = tensors_in(made.own)
    for half, base in {"lossy": bases.general, "exact": bases.pixels}.items():
        kept = {name for name, each in tensors_in(base).items() if not np.array_equal(each, found[f"{half}.{name}"])}
        assert kept == (set() if half in left_out else {_CHANGED[half]})


def test_lossy_changes_that_have_no_room_are_left_out(
    bases: Bases, halves: tuple[Half[GridCodec], Half[PixelCodec]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for room, left_out in ((0, ""), (-1, "lossy")):
        monkeypatch.setattr(release, "MOST_BYTES", sum(half.size for half in halves) + room)
        made = made_of(bases, halves, {"lossy": 1.01, "exact": 1.01}, monkeypatch)
        assert made.left_out == left_out
        found, base = tensors_in(made.own), tensors_in(bases.general)
        name = _CHANGED["lossy"]
        assert np.array_equal(found[f"lossy.{name}"], base[name]) == bool(left_out)
