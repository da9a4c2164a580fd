"""Other processes that do all the work at once, where usually they only share what takes long."""

from __future__ import annotations

import pytest


def others_do_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the process that asks does no call itself where it has others, and does not wait to ask them."""
    monkeypatch.setattr("aecodec.codec.workers._START", 0.0)
    monkeypatch.setattr("aecodec.codec.workers._Shared._own", lambda self, window: None)
