"""Which peers to measure."""
from __future__ import annotations
