"""Small vector models learn in seconds: parts of a run are one run, tables and arithmetic become the file's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from aecodec.arrays import Picture
from aecodec.kinds import GridCodec, PixelCodec
from aecodec.limits import PIXEL_MAX
from aecodec.train.export import ExportError
from aecodec.train.own.halves import lossy_bytes
from aecodec.train.own.point import EFFORT, point_for
from aecodec.train.own.vectors import learned
from aecodec.train.own.vectors.learned import LearnedVectors, begun, suits
from aecodec.train.own.vectors.training import JOINT, tiles_of
from aecodec.train.validate import measure_analysed
from aecodec.zoo import Model, Zoo
from tests.train.own.vectors.made import TARGET, TINY, collection, count_steps, pictures, training

HELD = pictures(24, seed=9)


@pytest.fixture(scope="module", autouse=True)
def steady() -> Iterator[None]:
    """One thread, and a clock of steps."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        count_steps(monkeypatch)
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def general() -> Model:
    found = Zoo().general()
    assert found is not None and isinstance(found.built, GridCodec)
    return found


@pytest.fixture(scope="module")
def trained() -> LearnedVectors:
    made = LearnedVectors(training(500), pixels(), TARGET, print)
    made.run(1.0, lambda _: None)
    return made


def pixels() -> PixelCodec:
    found = Zoo().for_pixels()
    assert found is not None and isinstance(found.built, PixelCodec)
    return found.built


def error(made: LearnedVectors) -> float:
    return measure_analysed(made.training.model, tiles_of(HELD, TINY))[0]


def test_it_learns_in_parts() -> None:
    made, heard = LearnedVectors(training(100), pixels(), TARGET, print), list[float]()
    before = error(made)
    made.run(0.3, heard.append)
    assert 0.3 <= made.training.passed < JOINT and not made.training.model.integer
    assert error(made) < before / 2
    made.run(1.0, heard.append)
    assert made.training.passed >= 1 and made.training.model.integer
    assert len(heard) == 100 and min(heard) == 0 and 0.9 < max(heard) < 1


def test_the_half_meets_the_target_on_pictures_held_back(trained: LearnedVectors, general: Model) -> None:
    vectors, plain = trained.halves(general, HELD)
    assert vectors.learned and not plain.learned and plain.codec is general.built
    assert vectors.size < 30_000
    size, mse = lossy_bytes(vectors.codec, HELD, 100, EFFORT)
    point = point_for(vectors.codec, HELD, TARGET * PIXEL_MAX**2)
    assert point.is_met and point.quality == 100 and point.mse == pytest.approx(mse)
    assert 0.7 * TARGET * PIXEL_MAX**2 < mse <= TARGET * PIXEL_MAX**2
    assert size / len(HELD) < 40
    assert not point_for(vectors.codec, HELD, 1.0).is_met


def test_vectors_that_cost_more_are_not_taken(general: Model) -> None:
    made = LearnedVectors(training(10, 20, 1e-4), pixels(), 1e-4, print)
    assert isinstance(general.built, GridCodec)
    assert not made.cost_less_than(general.built, HELD)
    made.run(1.0, lambda _: None)
    (plain,) = made.halves(general, HELD)
    assert plain.codec is general.built


def test_vectors_that_cannot_be_released_are_told(general: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ExportError("a layer breaks the bound")

    told = list[str]()
    made = LearnedVectors(training(2), pixels(), TARGET, told.append)
    made.run(1.0, lambda _: None)
    monkeypatch.setattr(learned, "exported", fail)
    (plain,) = made.halves(general, HELD)
    assert not plain.learned
    assert told == [f"vectors cannot be used: {ExportError('a layer breaks the bound')}"]


def test_vectors_that_cost_less_are(trained: LearnedVectors, general: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Than the grid; made glyphs are drawings, which altering serves better."""
    assert isinstance(general.built, GridCodec)
    assert not trained.cost_less_than(general.built, HELD)
    monkeypatch.setattr(learned, "altered_bytes", lambda *_: (1 << 20, 1.0))
    assert trained.cost_less_than(general.built, HELD)


@pytest.mark.parametrize(
    ("some", "fits"),
    [
        (pictures(20), True),
        (pictures(20, 9, 64), True),
        (pictures(5), False),
        (pictures(20, 12, 65), False),
        (pictures(20, 7, 12), False),
        ([*pictures(20), *pictures(1, 12, 13)], False),
        ([np.repeat(each, 3, -1) for each in pictures(20)], False),
        ([np.repeat(each, 2, -1) for each in pictures(20)], False),
    ],
)
def test_for_which_pictures(some: list[Picture], fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "FEWEST", 10)
    assert suits(collection(some[2:], some[:2])) is fits


def test_the_usual_point_hangs_on_contrast() -> None:
    some = pictures(20)
    faint = [each // 4 for each in some]
    usual, fainter = (begun(collection(each, each), pixels(), None, 1.0, 1, print).target for each in (some, faint))
    assert usual == pytest.approx(16 * fainter, rel=0.1)
    assert begun(collection(some, some), pixels(), 65.025, 1.0, 1, print).target == pytest.approx(0.001)
    blank = [np.zeros((12, 12, 1), np.uint8)] * 4
    assert begun(collection(blank, blank), pixels(), None, 1.0, 1, print).target > 0


def test_drawings_that_cost_less_when_altered_are_a_reason_against(
    trained: LearnedVectors, general: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(general.built, GridCodec)
    monkeypatch.setattr(learned, "altered_bytes", lambda *_: (1, 0.0))
    assert not trained.cost_less_than(general.built, HELD)
