"""The reference decoder, which shares no code with the package, as a module."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "formats" / "reference_decoder.py"


@functools.cache
def load_reference() -> Any:
    """Loaded from its file, once; it checks each model once."""
    spec = importlib.util.spec_from_file_location("reference_decoder", FILE)
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look it up
    spec.loader.exec_module(module)
    found: Any = module
    found.Model = functools.cache(found.Model)
    return found
