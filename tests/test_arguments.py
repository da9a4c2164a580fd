"""Wrong arguments of every public function: one line that names the argument, and never another's exception."""

from __future__ import annotations

import array
import inspect
import io
import math
import pickle
import re
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import aecodec
from aecodec.cli import app
from aecodec.cli.commands.compress import compress
from aecodec.cli.plumbing.failures import as_typed
from aecodec.codec import Options
from aecodec.errors import Argument, FormatError, UsageError
from aecodec.limits import MAX_EFFORT
from aecodec.lossy.quality import BEST
from tests.checks import check_all_same, check_error, check_same

PICTURES = [np.full((2, 3), grey, np.uint8) for grey in (1, 2, 3)]
NAMES = ["a.png", "sub/b.png", "c.png"]


class Unspeakable:
    """Cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


released = memoryview(b"abc")
released.release()

STRANGE = (object(), Unspeakable(), [6], {}, 6j, b"6", 10**5000, print)
NO_NUMBERS = ("0", "", True, math.nan, 1.0, np.array(1.5), np.array([1, 2]), Path("0"), *STRANGE)
NO_FLAGS = ("no", "", 0, 1, None, math.nan, np.array([True, False]), *STRANGE)
NO_BYTES = ("a.aec", Path("a.aec"), None, 5, 1.5, io.BytesIO(b"abc"), [1, 2], released, Unspeakable(), object())
NO_FOLDERS = (5, None, True, b"models", bytearray(2), [b"models"], [5], [None], ["m", ["m"]], Unspeakable(), object())
NO_NAMES = (
    *("abc", b"abc", 5, iter(NAMES), dict.fromkeys(NAMES), set(NAMES), Unspeakable(), [Unspeakable(), "b", "c"]),
    *([1, 2, 3], [Path("a"), "b", "c"], [b"a", "b", "c"], [None, "b", "c"]),
)
WRONG: dict[Callable[..., Any], dict[str, tuple[Any, ...]]] = {
    aecodec.compress: {
        "latent_dim": NO_NUMBERS,
        "model": (5, True, b"made", ["made"], Unspeakable(), 10**5000),
        "lossless": NO_FLAGS,
        "effort": (*NO_NUMBERS, -1, 10),
        "max_mse": ("0.1", True, math.nan, 0, Decimal("0.1"), *STRANGE),
        "min_psnr": ("30", True, math.nan, math.inf, Decimal(30), *STRANGE),
        "max_bytes": (*NO_NUMBERS, 0, -1),
        "for_eyes": NO_FLAGS,
        "quality": (*NO_NUMBERS, -1, 101),
        "names": NO_NAMES,
        "model_path": NO_FOLDERS,
        "jobs": (*NO_NUMBERS, None, 0, -1),
        "progressive": NO_FLAGS,
        "block_pictures": (*NO_NUMBERS, 0, -1, 4097),
    },
    aecodec.decompress: {
        "data": NO_BYTES,
        "index": (*NO_NUMBERS,),
        "base": NO_FLAGS,
        "model_path": NO_FOLDERS,
        "jobs": (*NO_NUMBERS, None, 0, -1),
    },
    aecodec.inspect: {"data": NO_BYTES},
    aecodec.open: {
        "file": (5, True, None, b"a.aec", bytearray(2), ["a.aec"], Unspeakable(), object()),
        "base": NO_FLAGS,
        "model_path": NO_FOLDERS,
        "jobs": (*NO_NUMBERS, None, 0, -1),
        "cache_bytes": (*NO_NUMBERS, None, -1),
    },
}
CASES = [
    pytest.param(function, name, value, id=f"{function.__name__}-{name}-{number}")
    for function, arguments in WRONG.items()
    for name, values in arguments.items()
    for number, value in enumerate(values)
]


@pytest.fixture(autouse=True)
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact files of effort 0 need none."""
    monkeypatch.setenv("AECODEC_MODEL_PATH", "")
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "shipped")


@pytest.fixture(scope="module")
def data() -> bytes:
    return aecodec.compress(PICTURES, names=NAMES, lossless=True, effort=0)


def test_every_argument_is_tried() -> None:
    """What is a picture is said in ``test_pictures``."""
    functions = {getattr(aecodec, name) for name in aecodec.__all__ if inspect.isfunction(getattr(aecodec, name))}
    assert functions == set(WRONG)
    for function, tried in WRONG.items():
        assert {*inspect.signature(function).parameters} - {"pictures"} == set(tried)


@pytest.mark.parametrize(("function", "name", "value"), CASES)
def test_wrong_arguments(function: Callable[..., Any], name: str, value: Any, data: bytes) -> None:
    sound: dict[str, Any] = {"pictures": PICTURES} if function is aecodec.compress else {"data": data}
    if function is aecodec.open:
        sound = {"file": io.BytesIO(data)}
    with pytest.raises(UsageError) as raised:
        function(**{**sound, name: value})
    message = str(raised.value)
    assert message.startswith(name) and message.isprintable() and len(message) < 200
    assert raised.value.arguments[0] == name
    again = pickle.loads(pickle.dumps(raised.value))  # as it comes from another process
    assert (str(again), again.arguments) == (message, raised.value.arguments)


def test_what_stands_for_an_argument(data: bytes, tmp_path: Path) -> None:
    """NumPy's numbers, any buffer, a path or several, any sequence of names."""
    for buffer in (bytearray(data), memoryview(data), np.frombuffer(data, np.uint8), array.array("B", data)):
        check_all_same(aecodec.decompress(buffer), PICTURES)
        assert aecodec.inspect(buffer) == aecodec.inspect(data)
    for index in (1, np.int8(1), np.uint64(1)):
        check_same(aecodec.decompress(data, index=index), PICTURES[1])
    for folders in (tmp_path, str(tmp_path), [tmp_path], (str(tmp_path),), iter([tmp_path]), {tmp_path}):
        check_all_same(aecodec.decompress(data, model_path=folders), PICTURES)
    check_all_same(aecodec.decompress(data, base=np.False_, jobs=np.int64(1)), PICTURES)
    for names in (tuple(NAMES), [np.str_(name) for name in NAMES]):
        assert aecodec.compress(PICTURES, names=names, lossless=np.True_, effort=np.uint8(0)) == data
    assert aecodec.compress(tuple(PICTURES), names=NAMES, lossless=True, effort=0) == data


@pytest.mark.parametrize("index", [-1, 3, np.int64(-1), 2**40])
def test_no_such_picture(index: int, data: bytes) -> None:
    assert "0 to 2" in check_error(UsageError, lambda: aecodec.decompress(data, index=index))


def test_bytes_of_something_else() -> None:
    for found in (b"", bytearray(b"abc"), np.zeros(9), np.zeros((3, 3), np.uint8)):
        check_error(FormatError, lambda given=found: aecodec.decompress(given))
        check_error(FormatError, lambda given=found: aecodec.inspect(given))


CONTRADICTIONS: list[dict[str, Any]] = [
    {"latent_dim": 64, "model": "m"},
    {"max_mse": 0.1, "min_psnr": 20.0},
    {"lossless": True, "max_bytes": 9},
    {"progressive": True},
    {"for_eyes": True, "lossless": True},
    {"for_eyes": True, "max_mse": 0.1},
    {"for_eyes": True, "min_psnr": 30.0},
    {"quality": 50, "lossless": True},
    {"quality": 500},
    {"effort": 10},
    {"max_mse": -1.0},
    {"max_mse": math.inf},
    {"min_psnr": math.inf},
    {"max_bytes": 0},
    {"jobs": 0},
]


@pytest.mark.parametrize("options", CONTRADICTIONS)
def test_a_command_names_arguments_as_they_are_typed(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as raised:
        Options(**options)
    error = raised.value
    named = error.arguments
    assert named and set(named) & set(options)
    assert set(named) <= {field.name for field in fields(Options)}
    typed = as_typed(error)
    for name in named:
        assert name in str(error)
        assert as_typed(UsageError(Argument(name))) in typed
    assert "--" not in str(error)
    assert all("_" not in word for word in typed.split() if word.startswith("--"))


def test_options_are_the_same_everywhere() -> None:
    """Of ``Options``, Python's function and its documentation, and the command."""
    python = inspect.signature(aecodec.compress).parameters
    said = inspect.getdoc(aecodec.compress) or ""
    typed = {option.name: option for option in compress.params}
    for each in fields(Options):
        assert python[each.name].default == each.default
        assert python[each.name].annotation == each.type
        assert f"\n    {each.name}: " in said
        assert as_typed(UsageError(Argument(each.name))).split()[0] == typed[each.name].opts[-1]
    for name, most in (("effort", MAX_EFFORT), ("quality", BEST)):
        assert typed[name].type.to_info_dict()["max"] == most
        assert re.search(rf"\n    {name}: .*0 .*to {most}", said)


def test_values_are_no_arguments() -> None:
    """A value that is spelt as an argument stays as it is."""
    error = UsageError(Argument("max_mse"), " and {model} or lossless, max_mse: ", "--max_mse")
    assert str(error) == "max_mse and {model} or lossless, max_mse: --max_mse"
    assert as_typed(error) == "--max-mse and {model} or lossless, max_mse: --max_mse"
    assert error.arguments == ("max_mse",)


def test_the_command_and_python_say_where_models_are_looked_for(tmp_path: Path) -> None:
    file = (Path(__file__).resolve().parents[1] / "formats/vectors/valid").glob("*.aec")
    needing = next(path for path in sorted(file) if aecodec.inspect(path.read_bytes()).model)
    with pytest.raises(aecodec.ModelError, match=r"folder with model_path$"):
        aecodec.decompress(needing.read_bytes())
    result = CliRunner().invoke(app, ["decompress", str(needing), "-o", str(tmp_path / "out")])
    assert result.exit_code == aecodec.ModelError.exit_code
    assert result.stderr.endswith("folder with --model-path\n")
