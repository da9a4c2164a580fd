"""The codecs for numcodecs and zarr: what zarr itself writes and reads by them, also in another process."""

from __future__ import annotations

import doctest
import json
import pickle
import tomllib
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.errors import FormatError, ModelError
from aecodec.zoo import Zoo
from tests.checks import check_same, flipped, run_python
from tests.conftest import ROOT
from tests.made import made_model
from tests.zoo.adapted import bases, pair

numcodecs = pytest.importorskip("numcodecs")
zarr = pytest.importorskip("zarr", minversion="3")

import aecodec.numcodecs  # noqa: E402
import aecodec.zarr  # noqa: E402
from aecodec.numcodecs import Aec, axes_of  # noqa: E402
from aecodec.zarr import AecCodec  # noqa: E402

zarr.registry.register_codec("aecodec", AecCodec)  # as the entry points do where the package is installed
numcodecs.register_codec(Aec)

QUICK = {"effort": 0}  # exact, without a model
ARRAYS = [  # shape, chunks that do not divide it, axes
    ((50, 70), (32, 32), None),
    ((50, 70, 3), (32, 32, 3), None),
    ((30, 40, 1), (20, 30, 1), None),
    ((7, 20, 30), (3, 20, 30), None),
    ((3, 20, 30), (1, 20, 30), None),
    ((5, 20, 30, 3), (2, 16, 16, 3), None),
    ((5, 20, 30, 1), (2, 16, 16, 1), None),
    ((5, 20, 30, 4), (2, 16, 16, 4), "NHWC"),
    ((5, 3, 20, 30), (2, 3, 16, 16), "NCHW"),
    ((3, 20, 30), (3, 16, 16), "CHW"),
    ((5, 20, 3), (2, 20, 3), "NHW"),
]


def samples(*shape: int, seed: int = 1) -> NDArray[np.uint8]:
    """A slope with some noise."""
    rng = np.random.default_rng(seed)
    return (np.indices(shape).sum(0) * 3 + rng.integers(0, 4, shape)).astype(np.uint8)


def created(store: Any, values: NDArray[np.uint8], chunks: Any, codec: Any, **options: Any) -> Any:
    """A zarr array of format 3 with these values."""
    made = zarr.create_array(
        store, shape=values.shape, chunks=chunks, dtype="uint8", serializer=codec, compressors=None, **options
    )
    made[:] = values
    return made


@pytest.fixture
def entry_points(tmp_path: Path) -> str:
    """A folder that tells of the entry points of pyproject.toml, as an installation does."""
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    folder = tmp_path / "site" / "aecodec-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: aecodec\nVersion: 0.1.0\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in stated.items()]
    (folder / "entry_points.txt").write_text("\n".join(lines))
    return str(folder.parent)


def test_the_examples_in_the_documentation_run() -> None:
    for module, number in ((aecodec.numcodecs, 4), (aecodec.zarr, 5)):
        result = doctest.testmod(module)
        assert result.attempted >= number and result.failed == 0


def test_the_script_among_the_examples_runs(entry_points: str) -> None:
    code = (
        "import runpy, sys; sys.path.insert(0, sys.argv.pop(2)); runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    )
    found = run_python(code, str(ROOT / "examples" / "zarr_codec.py"), entry_points, timeout=200)
    assert "exact: True" in found and "format 2: True" in found


@pytest.mark.parametrize(("shape", "chunks", "axes"), ARRAYS)
@pytest.mark.parametrize("way", ["plain", "sharded", "format 2"])
def test_what_zarr_writes_it_reads(way: str, shape: Any, chunks: Any, axes: str | None) -> None:
    store: dict[str, Any] = {}
    values = samples(*shape)
    if way == "format 2":
        made = zarr.create_array(
            store, shape=shape, chunks=chunks, dtype="uint8", compressors=Aec(axes=axes, **QUICK), zarr_format=2
        )
        made[:] = values
    else:
        shards = tuple(2 * size for size in chunks) if way == "sharded" else None
        created(store, values, chunks, AecCodec(axes=axes, **QUICK), shards=shards, fill_value=9)
    again = zarr.open_array(store, mode="r")
    check_same(again[:], values)
    check_same(again[1:4, 2:], values[1:4, 2:])


def test_chunks_are_files_of_ours_of_the_pictures_in_them() -> None:
    values = samples(5, 3, 16, 24)
    store: dict[str, Any] = {}
    created(store, values, (2, 3, 16, 24), AecCodec(axes="NCHW", **QUICK))
    found = aecodec.decompress(store["c/1/0/0/0"].to_bytes())
    assert len(found) == 2
    for picture, expected in zip(found, np.moveaxis(values[2:4], 1, -1), strict=True):
        check_same(picture, np.ascontiguousarray(expected))
    one = zarr.create_array({}, data=samples(16, 24), chunks=(16, 24), serializer=AecCodec(), compressors=None)
    assert one.nbytes_stored() > 0


def test_a_chunk_of_nothing_but_the_fill_value_is_not_written() -> None:
    store: dict[str, Any] = {}
    values = np.full((64, 64), 5, np.uint8)
    values[:32, :32] = samples(32, 32)
    created(store, values, (32, 32), AecCodec(**QUICK), fill_value=5)
    assert sorted(name for name in store if name.startswith("c/")) == ["c/0/0"]
    check_same(zarr.open_array(store)[:], values)


def test_many_chunks_at_once_are_as_each_alone() -> None:
    values = samples(6 * 32, 6 * 32)
    store: dict[str, Any] = {}
    created(store, values, (32, 32), AecCodec())
    for row, column in product(range(6), repeat=2):
        part = values[32 * row :, 32 * column :][:32, :32]
        assert store[f"c/{row}/{column}"].to_bytes() == aecodec.compress(part, lossless=True, model="pixels")
    check_same(zarr.open_array(store)[:], values)


def test_another_process_reads_it_without_an_import(tmp_path: Path, entry_points: str) -> None:
    values = samples(5, 20, 30)
    created(tmp_path / "3.zarr", values, (2, 20, 30), AecCodec())
    created(tmp_path / "s.zarr", values, (1, 20, 30), AecCodec(), shards=(4, 20, 30))
    zarr.create_array(tmp_path / "2.zarr", data=values, chunks=(2, 20, 30), compressors=Aec(), zarr_format=2)
    found = run_python(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import numcodecs, zarr\n"
        "print(sorted(name for name in sys.modules if name.startswith('aecodec')))\n"
        "for name in '3s2': print(int(zarr.open_array(f'{sys.argv[2]}/{name}.zarr', mode='r')[:].sum()))\n"
        "print(numcodecs.get_codec({'id': 'aecodec'}).get_config()['model'])\n",
        entry_points,
        str(tmp_path),
    )
    assert found.split() == ["[]", *3 * [str(values.sum())], "pixels"]


def test_the_configuration_names_the_model() -> None:
    zoo = Zoo()
    for options, model in (
        ({}, "pixels"),
        ({"quality": 60}, "general"),
        ({"quality": 60, "model": "mnist-8"}, "mnist-8"),
    ):
        config = Aec(**options).get_config()
        expected = {"id": "aecodec", "model": model, "model_sha256": zoo.by_id(model).sha256}
        assert config == expected | {k: v for k, v in options.items() if k != "model"}
        assert numcodecs.get_codec(json.loads(json.dumps(config))) == Aec(**options)
        codec = AecCodec(**options)
        assert codec.to_dict() == {"name": "aecodec", "configuration": {k: v for k, v in config.items() if k != "id"}}
        assert AecCodec.from_dict(json.loads(json.dumps(codec.to_dict()))) == codec
    assert Aec(**QUICK).get_config() == {"id": "aecodec", "model": None, "model_sha256": None, "effort": 0}
    assert Aec(axes="NHW") != Aec(axes="HW") != Aec(axes="HW", effort=5)
    store: dict[str, Any] = {}
    created(store, samples(16, 24), (16, 24), AecCodec(quality=60))
    (stated,) = json.loads(store["zarr.json"].to_bytes())["codecs"]
    assert stated["configuration"]["model_sha256"] == zoo.by_id("general").sha256


def test_nothing_but_the_quick_way_is_used_where_no_model_is_named(digits: NDArray[np.uint8]) -> None:
    """Also for pictures for which :func:`aecodec.compress` would take a model of their own."""
    for codec, model in ((Aec(**QUICK), None), (Aec(), "pixels")):
        found = aecodec.inspect(codec.encode(digits[:20]))
        assert found.model == (model and Zoo().by_id(model).fingerprint.hex())


def test_lossy_chunks_are_those_of_compress() -> None:
    values = samples(40, 60, 3)
    for options in ({"quality": 30}, {"quality": 60, "effort": 0}):
        data = Aec(**options).encode(values)
        assert data == aecodec.compress(values, **options)
        check_same(Aec(**options).decode(data), aecodec.decompress(data))
    made = zarr.create_array({}, data=values, chunks=(40, 60, 3), serializer=AecCodec(quality=30), compressors=None)
    check_same(made[:], aecodec.decompress(Aec(quality=30).encode(values)))


def test_who_lacks_the_model_is_told_which_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made.safetensors").write_bytes(made_model("made"))
    monkeypatch.setenv("AECODEC_MODEL_PATH", str(tmp_path))
    store: dict[str, Any] = {}
    made = created(store, samples(16, 24), (16, 24), AecCodec(quality=60, model="made"))
    sha256 = Zoo().by_id("made").sha256
    assert made[3, 4] >= 0
    monkeypatch.delenv("AECODEC_MODEL_PATH")
    again = zarr.open_array(store)  # which says what the array is, without its model
    assert again.shape == (16, 24)
    with pytest.raises(ModelError, match=f"configured for model made, SHA-256 {sha256}"):
        again[:]
    with pytest.raises(ModelError, match="no model 'made'"):
        again[:] = 0
        again[:] = samples(16, 24)
    other = tmp_path / "other"
    other.mkdir()
    (other / "made.safetensors").write_bytes(made_model("made", seed=2))
    monkeypatch.setenv("AECODEC_MODEL_PATH", str(other))
    with pytest.raises(ModelError, match=f"here has SHA-256 .*configured for model made, SHA-256 {sha256}"):
        again[:] = samples(16, 24)


@pytest.mark.parametrize("shards", [False, True])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "uint32"}, "samples of type uint32; aecodec takes uint8 and uint16"),
        ({"dtype": "float32"}, "samples of type float32"),
        ({"dtype": "int8"}, "samples of type int8"),
        ({"dtype": "bool"}, "samples of type bool"),
        ({"shape": (9,), "chunks": (3,)}, r"expected \[H, W\]"),
        ({"shape": (4, 4, 4, 4, 4), "chunks": (4, 4, 4, 4, 4)}, r"expected \[H, W\]"),
        ({"shape": (6, 3, 16, 16), "chunks": (2, 3, 16, 16)}, r"or axes='CHW' or 'NCHW' where the channels come first"),
    ],
)
def test_other_arrays_are_refused_when_they_are_created(options: dict[str, Any], message: str, shards: bool) -> None:
    store: dict[str, Any] = {}
    given = {"shape": (32, 32), "chunks": (16, 16), "dtype": "uint8"} | options
    with pytest.raises(ValueError, match=message):
        zarr.create_array(
            store, **given, shards=given["chunks"] if shards else None, serializer=AecCodec(**QUICK), compressors=None
        )
    assert "zarr.json" not in store


@pytest.mark.parametrize(
    ("chunks", "axes", "message"),
    [
        ((16, 16, 5), "HWC", r"by axes HWC; expected \[H, W\]"),
        ((5, 16, 16), "CHW", r"by axes CHW; expected \[H, W\]"),
        ((16, 16), "NHW", r"by axes NHW; expected \[H, W\]"),
        ((1, 32_769), None, "the limits are 32768 a side"),
        ((16_384, 16_384), None, "89478485 pixels"),
        (((1 << 24) + 1, 1, 5), None, "and 16777216 pictures"),
    ],
)
def test_other_chunks_are_refused_when_an_array_is_created(chunks: Any, axes: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        zarr.create_array({}, shape=chunks, chunks=chunks, dtype="uint8", serializer=AecCodec(axes=axes, **QUICK))


def test_arrays_larger_than_any_picture_and_empty_ones_are_taken() -> None:
    for shape, chunks in (((200_000, 100_000), (64, 64)), ((0, 16, 16), (4, 16, 16)), ((40, 40, 13), (40, 40, 1))):
        made = zarr.create_array(
            {}, shape=shape, chunks=chunks, dtype="uint8", serializer=AecCodec(**QUICK), compressors=None
        )
        assert made.shape == shape
    values = samples(40, 40, 13)
    made[:] = values
    check_same(made[:], values)
    grown = created({}, samples(2, 16, 16), (4, 16, 16), AecCodec(**QUICK))
    grown.append(samples(5, 16, 16, seed=2))
    check_same(grown[:], np.concatenate([samples(2, 16, 16), samples(5, 16, 16, seed=2)]))


@pytest.mark.parametrize(("missing", "module"), [("zarr 3", "zarr"), ("numcodecs", "zarr"), ("numcodecs", "numcodecs")])
def test_what_is_missing_is_said(missing: str, module: str) -> None:
    code = (
        f"import sys; sys.modules[{missing.split()[0]!r}] = None\n"
        f"try: import aecodec.{module}\n"
        "except ImportError as error: print(error)\n"
    )
    assert run_python(code).strip() == f'{missing} is missing; this codec needs: pip install "aecodec[zarr]"'


def test_axes_by_shape() -> None:
    found = [axes_of(shape) for shape in ((5, 5), (1, 1), (5, 5, 1), (5, 5, 4), (1, 5, 5), (1, 1, 5), (2, 5, 5, 4))]
    assert found == ["HW", "HW", "HWC", "HWC", "NHW", "NHW", "NHWC"]
    for shape in ((), (4,), (0, 5), (5, 5, 0), (2, 5, 5, 5), (1, 1, 1, 1, 1)):
        with pytest.raises(ValueError, match=r"expected \[H, W\]"):
            axes_of(shape)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quality": 101}, "quality 101 is outside"),
        ({"effort": 10}, "effort 10 is outside"),
        ({"axes": "WH"}, "axes 'WH'; expected one of HW, HWC"),
        ({"model": "general"}, "for lossy pictures alone: give a quality"),
        ({"model": "pixels", "quality": 5}, "for exact pixels alone: leave quality out"),
    ],
)
def test_wrong_options_are_a_value_error(options: dict[str, Any], message: str) -> None:
    for codec in (Aec, AecCodec):
        with pytest.raises(ValueError, match=message):
            codec(**options)


def test_a_pair_does_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact pixels, and with a quality lossy ones."""
    for name, data in {**bases(), "own": pair()}.items():
        (tmp_path / f"{name}.safetensors").write_bytes(data)
    monkeypatch.setenv("AECODEC_MODEL_PATH", str(tmp_path))
    values = samples(12, 17, 3)
    check_same(Aec(model="made-own").decode(Aec(model="made-own").encode(values)), values)
    lossy = Aec(model="made-own", quality=10, effort=0)
    assert lossy.model_sha256 == Zoo().by_id("own").sha256
    assert lossy.decode(lossy.encode(values)).shape == values.shape


@pytest.mark.parametrize(("shape", "chunks", "axes"), ARRAYS)
def test_numcodecs_gives_arrays_back_as_they_were(shape: Any, chunks: Any, axes: str | None) -> None:
    codec, values = Aec(axes=axes, **QUICK), samples(*chunks)
    data = codec.encode(values)
    found = codec.decode(bytearray(data))
    check_same(found, values if axes else values.reshape(found.shape))
    assert found.flags.c_contiguous  # zarr reads it as it lies in memory
    assert axes or found.shape == tuple(size for at, size in enumerate(chunks) if at < len(chunks) - 1 or size > 1)
    out = np.zeros(chunks, np.uint8)
    codec.decode(data, out=out)
    check_same(out, values)
    flat = bytearray(out.size)
    codec.decode(data, out=flat)
    assert flat == values.tobytes()
    again = pickle.loads(pickle.dumps(codec))
    assert again == codec and "aec" in repr(codec).lower()
    check_same(again.decode(BytesIO(data).getbuffer()), found)


@pytest.mark.parametrize("kind", ["<u2", ">u2"])
def test_samples_of_16_bits(kind: str) -> None:
    """Exactly, in both formats of zarr and whatever the order of bytes; lossily not at all."""
    values = (samples(6, 30, 20).astype(np.uint16) * 200 + 7).astype(kind)
    codec = Aec(**QUICK)
    check_same(codec.decode(codec.encode(values)), values.astype(np.uint16))
    array = zarr.create_array(
        {}, shape=values.shape, chunks=(2, 30, 20), dtype=kind, serializer=AecCodec(**QUICK), compressors=None
    )
    array[:] = values
    found = np.asarray(array[:])
    assert found.dtype == np.dtype(kind) and (found == values).all()
    with pytest.raises(ValueError, match="keeps exactly or not at all: leave the quality out"):
        Aec(quality=50, model=None).encode(values)


def test_numcodecs_refuses_what_it_cannot_give_back() -> None:
    codec = Aec(**QUICK)
    for given, message in (
        (samples(8, 9).astype(np.uint32), "uint32; aecodec takes uint8 and uint16"),
        (np.asfortranarray(samples(8, 9)), "not in C order"),
        (samples(8, 9).tobytes(), "takes uint8"),
        (samples(72), r"expected \[H, W\]"),
    ):
        with pytest.raises(ValueError, match=message):
            codec.encode(given)
    with pytest.raises(ValueError):  # of numcodecs, for a buffer of another size
        codec.decode(codec.encode(samples(8, 9)), out=np.zeros(71, np.uint8))


def test_a_chunk_that_does_not_fit_is_a_format_error() -> None:
    store: dict[str, Any] = {}
    made = created(store, samples(8, 9), (8, 9), AecCodec(axes="HW", **QUICK))
    whole = store["c/0/0"].to_bytes()
    buffer = zarr.core.buffer.cpu.Buffer.from_bytes
    for wrong in (
        flipped(whole, len(whole) - 7),
        whole[:-1],
        aecodec.compress(samples(9, 8), lossless=True, effort=0),
        aecodec.compress([samples(8, 9)], lossless=True, effort=0),
        aecodec.compress(samples(8, 9, 3), lossless=True, effort=0),
        aecodec.compress([samples(8, 9), samples(9, 8)], lossless=True, effort=0),
    ):
        store["c/0/0"] = buffer(wrong)
        with pytest.raises(FormatError):
            made[:]
