"""What ``import aecodec`` brings in, and the example in its documentation."""

from __future__ import annotations

import doctest

import pytest

import aecodec
from tests.checks import run_python
from tests.conftest import FAST, ROOT, TESTS, subject

HEAVY = (
    "torch",
    "torchvision",
    "matplotlib",
    "rich",
    "click",
    "PIL",
    "pydantic",
    "sklearn",
    "scipy",
    "pytest",
)
LOADED = """
import sys
before = set(sys.modules)
import aecodec
{then}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""


def test_import_is_light() -> None:
    loaded = run_python(LOADED.format(then="aecodec.compress")).split()
    assert "aecodec" in loaded and "numpy" in loaded and "constriction" in loaded
    assert not set(loaded) & set(HEAVY)


def test_import_waits_with_what_takes_time() -> None:
    """So that the program hears a signal before it."""
    for then in ("", "import aecodec.cli"):
        assert not set(run_python(LOADED.format(then=then)).split()) & {"numpy", "constriction", *HEAVY}


def test_import_prints_nothing() -> None:
    assert run_python("import aecodec") == ""


def test_the_example_runs() -> None:
    result = doctest.testmod(aecodec)
    assert result.attempted >= 4 and result.failed == 0


def test_every_public_name_is_there() -> None:
    assert aecodec.__all__ == sorted(aecodec.__all__)
    assert all(getattr(aecodec, name).__doc__ for name in aecodec.__all__)
    assert set(aecodec.__all__) < set(dir(aecodec))
    found: dict[str, object] = {}
    exec("from aecodec import *", found)
    assert found["compress"] is aecodec.compress
    with pytest.raises(AttributeError, match="has no attribute 'compres'"):
        aecodec.compres  # noqa: B018


def test_the_fast_tests_need_no_torch() -> None:
    """Each is there, and not even an import of theirs reaches PyTorch."""
    files = [path for path in TESTS.rglob("*.py") if path.match("test_*.py") and subject(path) in FAST]
    assert {subject(path) for path in files} == FAST
    imports = "; ".join("import " + ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted(files))
    assert run_python(f"import sys; {imports}; print('torch' in sys.modules)").strip() == "False"


def test_an_array_needs_no_masked_arrays() -> None:
    """NumPy imports them on demand, which takes longer than a small picture does."""
    asked = "import sys, numpy; before = 'numpy.ma' in sys.modules; import aecodec.pictures.arrays as arrays"
    took = "arrays.as_picture(numpy.zeros((8, 8), 'u1')); print(before, 'numpy.ma' in sys.modules)"
    before, after = run_python(f"{asked}; {took}").split()
    assert before == after  # older versions of NumPy have them from the start
