"""Packages whose names are imported late: each is there, and none is a module's name, too."""

from __future__ import annotations

import ast
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from aecodec.coders import CODERS, DEEP_CODERS
from aecodec.coders.deep import DEEP
from aecodec.coders.pictures import PICTURES
from aecodec.coders.plain import PLAIN
from aecodec.coders.tiles import TILES
from aecodec.pictures.surveys import FILMS, SURVEYS
from tests.conftest import ROOT

LATE = sorted(
    str(path.parent.relative_to(ROOT)).replace("/", ".").replace("\\", ".")
    for path in (ROOT / "aecodec").rglob("__init__.py")
    if "aecodec.late" in path.read_text()
)


def test_some_are_late() -> None:
    assert {"aecodec.zoo", "aecodec.codec", "aecodec.kinds", "aecodec.coders", "aecodec.files"} <= set(LATE)


@pytest.mark.parametrize("name", LATE)
def test_every_name_is_there(name: str) -> None:
    """As the one that type checkers see."""
    package = import_module(name)
    path = Path(str(package.__file__))
    modules = {each.name for each in pkgutil.iter_modules([str(path.parent)])}
    assert not modules & set(package.__all__)
    seen = {
        alias.name: import_module(str(node.module))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.col_offset > 0
        for alias in node.names
    }
    assert set(seen) <= set(package.__all__)
    for each in package.__all__:
        assert getattr(package, each) is getattr(seen.get(each, package), each)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = package.no_such_name


def test_coders_are_where_the_table_says() -> None:
    assert [coder.method for coder in (*PLAIN, *TILES, *PICTURES)] == list(CODERS)
    assert [coder.method for coder in DEEP] == list(DEEP_CODERS)
    for coders in (CODERS, DEEP_CODERS):
        assert all(coder.method == method for method, coder in coders.items())


def test_surveys_are_where_the_table_says() -> None:
    assert all(map(callable, (*SURVEYS.values(), *FILMS.values())))
    assert "PNG" in SURVEYS and "GIF" not in SURVEYS and SURVEYS.get("GIF") is None
