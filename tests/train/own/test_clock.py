"""The parts of a run have their shares of its time, and what one leaves or takes too much changes the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aecodec.train.own import single
from aecodec.train.own.single import _Clock


class Time:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 50.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    made = Time()
    monkeypatch.setattr(single, "time", made)
    yield made


@pytest.mark.parametrize(("taken", "left"), [(10.0, 90.0), (30.0, 70.0), (0.5, 99.5), (95.0, 40.0)])
def test_what_a_part_leaves_the_next_one_has(time: Time, taken: float, left: float) -> None:
    """Of 100 seconds; but half of its share a part has in any case."""
    clock = _Clock(100.0, lambda event: None)
    with clock.part("first", 0.2) as (seconds, _):
        assert seconds == 20.0
        time.now += taken
    with clock.part("second", 0.8) as (seconds, _):
        assert seconds == pytest.approx(left)


def test_the_bar_never_goes_beyond_the_end(time: Time) -> None:
    shown: list[Mapping[str, Any]] = []
    clock = _Clock(10.0, shown.append)
    with clock.part("first", 0.5) as (_, report):
        time.now += 20
        report(3.0)
    with clock.part("second", 0.5) as (_, report):
        time.now += 5
        report(1.0)
    steps = [event["step"] for event in shown]
    assert steps == sorted(steps) and steps[-1] == 10
