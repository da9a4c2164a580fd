"""How far a long piece of work has come, and the bar that shows it."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

import aecodec
from aecodec.cli.plumbing import progress as bars
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.follow import follow, followed
from tests.made import strokes

Told = list[tuple[int, float]]


def test_nobody_follows() -> None:
    steps = range(3)
    assert followed(steps) is steps


def test_shares_of_shares() -> None:
    told: Told = []
    with follow(lambda number, share: told.append((number, share))):
        for _ in followed("ab"):
            for _ in followed([1, 2]):
                pass
        for _ in followed([]):
            pass
    first = [0, 0, 0.25, 0.5, 0.5, 0.5, 0.75, 1, 1]
    assert told == [*((1, share) for share in first), (2, 1)]
    assert followed(told) is told, "nobody follows any more"


def test_a_loop_that_is_left_early() -> None:
    told: Told = []
    with follow(lambda number, share: told.append((number, share))):
        stages = iter(followed(range(2)))
        next(stages)
        del stages
        with pytest.raises(ZeroDivisionError):
            for step in followed(range(2)):
                step / step
        for _ in followed([1]):
            pass
    assert told == [(1, 0), (2, 0), (3, 0), (3, 1)]


def test_other_threads_are_not_followed() -> None:
    told: Told = []
    steps = range(2)
    found: list[object] = []
    with follow(lambda number, share: told.append((number, share))):
        thread = threading.Thread(target=lambda: found.append(followed(steps) is steps))
        thread.start()
        thread.join()
    assert not told or found == [False], "unless threads inherit who follows, as they may from Python 3.14 on"


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"lossless": True, "effort": 0}, {"quality": 20}, {"effort": 0}]
)
@pytest.mark.parametrize("drawn", [False, True])
def test_pictures_are_followed_and_come_out_the_same(options: dict[str, object], drawn: bool) -> None:
    """From the beginning to the end of each pass, in many steps, both ways."""
    picture = np.random.default_rng(1).integers(0, 256, (40, 48, 3), np.uint8)
    if drawn:
        picture = np.repeat(strokes(1, 40, 48)[0][..., None] // 128 * 200, 3, axis=2)
    told: Told = []
    alone = aecodec.compress(picture, **options)
    with follow(lambda number, share: told.append((number, share))):
        assert aecodec.compress(picture, **options) == alone
        if not aecodec.inspect(alone).model:
            return  # packed, in no time
        _check(told)
        told.clear()
        decoded = aecodec.decompress(alone)
    assert np.array_equal(decoded, aecodec.decompress(alone))
    assert told[0][1] == 0 and told[-1][1] == 1


def _check(told: Told) -> None:
    for number in {number for number, _ in told}:
        shares = [share for each, share in told if each == number]
        assert shares[0] == 0 and shares[-1] == 1 and min(shares) == 0
    assert max(sum(each == number for each, _ in told) for number, _ in told) > 8


class Terminal:
    """A standard error that people see."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def test_the_bar_waits_and_then_shows_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Terminal()
    monkeypatch.setattr(sys, "stderr", seen)
    monkeypatch.setenv("TERM", "xterm")
    now = [0.0]
    monkeypatch.setattr(bars.time, "monotonic", lambda: now[0])
    with progress_bar(1, "compress", False) as progress:
        assert progress is not None
        for step in followed(range(4)):
            assert (seen.text == "") == (step < 3)
            now[0] += 0.4
        for _ in followed(range(2)):
            now[0] += 1
    assert "75% " in seen.text and "50%, pass 2" in seen.text and "50% " not in seen.text
    with progress_bar(2, "compress", False) as progress:
        assert progress is not None
        now[0] += 5
        progress(1)
    assert "1/2" in seen.text


def test_the_bar_begins_again_with_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = bars._Bar(1, "compress")
    bar.note_part(1, 0.5)
    bar.note_part(1, 0.2)  # two loops within one step
    assert (bar._done, bar._part) == (0, 0.5)
    bar.note_done(1)
    bar.note_part(2, 0.25)
    assert (bar._done, bar._part) == (0, 0.25)
