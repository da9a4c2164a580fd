"""What is known of a sample: what the regressions learn, and what the networks see."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aecodec.pixels.coder import planes_of
from aecodec.pixels.front import Front
from aecodec.pixels.inputs import INPUT_MAX, MAX_SCALE, Known
from aecodec.pixels.regression import INPUTS, Regressions
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import board
from tests.checks import check_same
from tests.pixels.model import REFERENCE, Picture


def walked(picture: Picture) -> Iterator[tuple[Known, list[NDArray[np.bool_]], NDArray[np.float32]]]:
    """Of each step of a picture ``[H, W, planes]`` what is known, which lanes have a sample, and the values."""
    planes, front = planes_of(picture[None]), Front(picture.shape[2], 1, picture.shape[:2])
    memory = front.memory
    for step in range(memory.steps):
        known = front.look(step)
        values, lanes = np.zeros(known.scale.shape, np.float32), []
        every = zip(values, planes, memory.lanes(step, front.groups), memory.samples(step), strict=True)
        for row, plane, some, pixels in every:
            row[some] = plane[pixels].reshape(-1)
            lanes.append(np.isin(np.arange(values.shape[1]), np.arange(some.start, some.stop)))
        front.put(step, values)
        yield known, lanes, values


def errors_by_step(picture: Picture) -> list[float]:
    """The mean size of the errors of each step, in grey levels."""
    found = []
    for known, lanes, values in walked(picture):
        chosen = np.stack(lanes)
        found.append(float(np.abs(values - known.prediction / 64)[chosen].mean()) if chosen.any() else 0.0)
    return found


def test_the_regression_learns() -> None:
    """A linear picture, its colours in other directions, is predicted better and better, and then all but exactly."""
    y, x = np.mgrid[:40, :40]
    picture = np.stack([20 + 3 * y + 2 * x, 240 - 4 * y - x, 30 + y + 4 * x], -1).astype(np.uint8)
    errors = errors_by_step(picture)
    first, middle, last = (float(np.mean(errors[at : at + 12])) for at in (2, 50, 100))
    assert first > 2 and middle < first / 3 and last < min(0.6, first / 5)


def test_a_colour_is_predicted_from_the_one_before() -> None:
    """Noise that all colours share is seen in the second and the third."""
    grey = noise(30, 30, 30)
    errors = {colour: [] for colour in range(3)}  # type: dict[int, list[float]]
    for known, lanes, values in walked(np.stack([grey] * 3, -1)):
        for colour, some in enumerate(lanes):
            errors[colour] += np.abs(values - known.prediction / 64)[colour][some].tolist()
    halves = [np.mean(each[len(each) // 2 :]) for each in errors.values()]
    assert halves[1] < halves[0] / 4 and halves[2] < halves[0] / 4


def test_inputs_stay_within_what_networks_are_proved_for() -> None:
    """Black and white fields have the largest scale there is."""
    largest, most = 0.0, 0.0
    for known, lanes, _ in walked(board(24, 40)):
        for colour, some in enumerate(lanes):
            if some.any():
                largest = max(largest, float(known.scale[colour, some].max()))
                most = max(most, float(np.abs(known.inputs[colour][:, some]).max()))
                assert known.log_scale[colour, some].max() <= INPUT_MAX
    assert 64 * 2 ** (511.5 / 64) < largest <= MAX_SCALE and most == INPUT_MAX


def test_a_regression_without_a_solution() -> None:
    """Whatever its equations are, its weights are numbers: -8, where they would be none."""
    regressions = Regressions(1, [[0.5] * INPUTS])
    regressions.advance(range(1))
    for matrix in (-7.5, 0.0, -1e7, 1e7):
        regressions._matrix[...] = matrix
        regressions._right[...] = 1e7
        regressions.advance(range(1))
        assert np.isfinite(regressions.weights).all() and np.abs(regressions.weights).max() <= 8
        assert matrix != -7.5 or (regressions.weights == -8).all()  # a share of 0.8, and 6 more: nothing to divide by


def test_regressions_equal_those_of_the_reference() -> None:
    """Weights, bit for bit, of random equations, some of them hardly solvable."""
    rng = np.random.default_rng(31)
    for scale in (1, 30, 1000, 100_000):
        ours = Regressions(1, [[0.25] * INPUTS])
        ours.advance(range(1))
        samples = rng.normal(0, 1, (50, INPUTS)).astype(np.float32)
        matrix = (samples.T @ samples * np.float32(scale)).astype(np.float32)
        ours._matrix[...] = matrix[..., None, None]
        ours._right[...] = rng.normal(0, scale * 20, (INPUTS, 1, 1)).astype(np.float32)
        theirs = REFERENCE.Regression(ours._matrix[..., 0, 0], ours._right[:, 0, 0], ours.weights[:, 0, 0])
        theirs = theirs.shared(theirs)
        theirs.solve()
        ours.advance(range(1))
        check_same(ours.weights[:, 0, 0], theirs.weights)
