"""What makes a run short: no search while it is measured, and no trial of bfloat16."""

from __future__ import annotations

import pytest


def make_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.train.own.gains.EFFORT", 0)
    monkeypatch.setattr("aecodec.train.own.single.prefers_bfloat16", lambda *_: False)
