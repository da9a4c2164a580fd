"""Rules of the package's source that no other tool holds."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "aecodec"
ARRAYS = PACKAGE / "arrays.py"


def is_plain(value: ast.expr | None) -> bool:
    """Return whether an assigned value is NDArray[…] and nothing around it, or several of these joined by ``|``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        return is_plain(value.left) and is_plain(value.right)
    return isinstance(value, ast.Subscript) and ast.unparse(value.value) in ("NDArray", "npt.NDArray")


def aliases(source: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each plain alias of an array that ``source`` makes, at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_plain(node.value):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield ast.unparse(target), ast.unparse(node.value)


def others() -> list[Path]:
    """Return all modules of the package but the one that names arrays."""
    return sorted(set(PACKAGE.rglob("*.py")) - {ARRAYS})


def test_arrays_are_named_in_one_module() -> None:
    found = {path.relative_to(ROOT).as_posix(): dict(aliases(path.read_text("utf-8"))) for path in others()}
    assert {path: names for path, names in found.items() if names} == {}


def test_every_name_of_an_array_is_made_once() -> None:
    count = Counter(name for name, _ in aliases(ARRAYS.read_text("utf-8")))
    assert len(count) > 5 and set(count.values()) == {1}


def test_numbers_that_have_a_name_are_called_by_it() -> None:
    named = {value for _, value in aliases(ARRAYS.read_text("utf-8"))} - {"NDArray[np.uint8]", "NDArray[np.int8]"}
    spelled = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}: {ast.unparse(node)}"
        for path in others()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Subscript) and ast.unparse(node) in named
    ]
    assert len(named) > 5 and spelled == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("Floats = NDArray[np.float32]", ["Floats"]),
        ("Reals = NDArray[np.float32] | NDArray[np.float64]", ["Reals"]),
        ("def of():\n    Row: TypeAlias = NDArray[np.int64]", ["Row"]),
        ("Pull = list[NDArray[np.float32]]\nfound: NDArray[np.int64] = make()", []),
    ],
)
def test_aliases_are_seen(source: str, names: list[str]) -> None:
    assert [name for name, _ in aliases(source)] == names
