"""Without a terminal training prints a line at once, and then one a minute."""

from __future__ import annotations

import pytest

from aecodec.cli.tasks import train_bar


def test_a_line_a_minute(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    monkeypatch.setattr(train_bar.time, "monotonic", lambda: now[0])
    with train_bar.Lines("training", 1_000, False, lambda event: f"loss {event['loss']}") as show:
        for step in range(0, 300, 10):
            show({"event": "step", "step": step, "loss": step})
            now[0] += 5
    assert capsys.readouterr().err.splitlines() == [
        "training: 0 %: loss 0",
        "training: 12 %, 7 minutes to go: loss 120",
        "training: 24 %, 6 minutes to go: loss 240",
    ]


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with train_bar.Lines("training", 10, True, str) as show:
        show({"event": "step", "step": 1})
    assert capsys.readouterr().err == ""
