"""Model files that are damaged or are none: every byte, length, header and tensor refused."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aecodec.errors import LimitError, ModelError
from aecodec.zoo import Zoo, load_model
from tests.checks import check_error, flipped
from tests.zoo.files import DATA, HEADER, TENSORS, model_file


def test_flipped_bytes() -> None:
    """Every 37th byte of the tensors, every 7th of the header. A bit in a weight may change nothing that
    the known answer sees; the digest sees it.
    """
    for number, place in enumerate([*range(HEADER, len(DATA), 37), *range(0, HEADER, 7)]):
        damaged = flipped(DATA, place, (0x01, 0x80, 0xFF)[number % 3])
        check_error(ModelError, lambda d=damaged: load_model(d), f"byte {place}")


def test_flipped_bytes_of_every_tensor() -> None:
    """Its first byte and its last."""
    header = json.loads(DATA[8:HEADER])
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            for place in (HEADER + start, HEADER + stop - 1):
                check_error(ModelError, lambda p=place: load_model(flipped(DATA, p, 1)), name)


def test_lengths() -> None:
    for length in [*range(40), *range(40, HEADER, 97), *range(HEADER, len(DATA), 2500), len(DATA) - 1]:
        check_error(ModelError, lambda n=length: load_model(DATA[:n]), f"cut to {length}")
    check_error(ModelError, lambda: load_model(DATA + b"\0"))
    check_error(ModelError, lambda: load_model(DATA + DATA))
    check_error(ModelError, lambda: load_model(b"\0" + DATA))


def test_a_file_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.load.MAX_MODEL_BYTES", len(DATA) - 1)
    check_error(LimitError, lambda: load_model(DATA))


class Trap:
    """Says so if it is ever unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_never_loaded(protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "made-63.safetensors"
    path.write_bytes(pickle.dumps([Trap(), bytes(100)], protocol))
    check_error(ModelError, lambda: load_model(path.read_bytes()))
    check_error(ModelError, lambda: Zoo([tmp_path]).by_latent_dim(63))
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{}",
        b"[]",
        b"7",
        b"null",
        b'{"__metadata__": null}',
        b'{"__metadata__": []}',
        b'{"__metadata__": {"format": "aecodec-model", "version": "1", "id": 7}}',
        b'{"__metadata__": {"format": "aecodec-model", "version": "1"}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_headers_that_are_none(header: bytes) -> None:
    check_error(ModelError, lambda: load_model(len(header).to_bytes(8, "little") + header + bytes(100)))


def test_a_header_longer_than_allowed() -> None:
    for length in (len(DATA), 1 << 40, (1 << 64) - 1):
        check_error(ModelError, lambda n=length: load_model(n.to_bytes(8, "little") + DATA[8:]))


@pytest.mark.parametrize(
    "metadata",
    [
        {"format": "other"},
        {"format": None},
        {"version": "2"},
        {"version": "0"},
        {"version": None},
        {"id": None},
        {"description": None},
        {"description": ""},
        {"description": "[]"},
        {"description": "7"},
        {"description": '{"tile": [8, 8]}'},
        {"description": "[" * 100_000},
    ],
)
def test_wrong_metadata(metadata: dict[str, str | None]) -> None:
    check_error(ModelError, lambda: load_model(model_file(**metadata)))


def test_another_version_is_named() -> None:
    assert "2" in check_error(ModelError, lambda: load_model(model_file(version="2")))


@pytest.mark.parametrize("name", [name for name in TENSORS if name != "residual.costs"])
def test_a_missing_tensor(name: str) -> None:
    assert name in check_error(ModelError, lambda: load_model(model_file(drop=name)))


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_of_another_dtype_or_shape(name: str) -> None:
    tensor = TENSORS[name]
    for other in (
        tensor.astype(np.float32),
        np.full(tensor.shape, np.nan, np.float32),
        tensor.astype(np.float64),
        tensor.astype(np.int64),
        tensor.astype(np.int16),
        tensor[..., :-1],
        tensor[None],
        tensor[:0],
        tensor.reshape(-1)[0],
    ):
        what = f"{other.dtype} {other.shape}"
        check_error(ModelError, lambda t=other: load_model(model_file({name: np.asarray(t)})), what)


def test_a_tensor_that_numpy_does_not_know() -> None:
    """Safetensors has bfloat16 and 8-bit floats."""
    for dtype in (b'"BF16"', b'"F8_E4M3"', b'"NONE"'):
        data = DATA.replace(b'"I8"', dtype, 1)
        length = len(data) - len(DATA) + HEADER - 8
        check_error(ModelError, lambda d=data, n=length: load_model(n.to_bytes(8, "little") + d[8:]))


@pytest.mark.parametrize("name", ["analysis.0", "analysis.1", "synthesis.0", "synthesis.2", "prior.0", "prior.2"])
def test_a_broken_bound(name: str) -> None:
    bias = TENSORS[f"{name}.bias"].copy()
    bias[-1] = 1 << 24
    message = check_error(ModelError, lambda: load_model(model_file({f"{name}.bias": bias})))
    assert "bound" in message


def test_a_wrong_known_answer_is_named() -> None:
    assert "known answer" in check_error(ModelError, lambda: load_model(model_file(fields={"known_answer": "0" * 64})))
    for name in ("analysis.0.bias", "synthesis.1.bias", "prior.2.bias"):
        answer = load_model(DATA).description["known_answer"]
        other = model_file({name: TENSORS[name] + np.int32(2000)}, {"known_answer": answer})
        assert "known answer" in check_error(ModelError, lambda d=other: load_model(d))


def test_a_header_is_filled_up_with_spaces() -> None:
    text = DATA[8:HEADER].rstrip(b" ")
    for before, after in ((b"", b"       \t"), (b"", b"\n       "), (b" ", b""), (b"\r\n", b"")):
        header = before + text + after
        check_error(ModelError, lambda h=header: load_model(len(h).to_bytes(8, "little") + h + DATA[HEADER:]))


def test_a_key_twice() -> None:
    """The first could be what another reader sees; of a tensor, and within the description."""
    text = DATA[8:HEADER].decode()
    name = min(TENSORS)
    twice = f'"{name}":{json.dumps(json.loads(text)[name])},'
    for changed in (text[:1] + twice + text[1:], text.replace('\\"tile\\":', '\\"tile\\":[9,9],\\"tile\\":')):
        assert len(changed) > len(text)
        header = changed.encode() + b" " * (-len(changed) % 8)
        message = check_error(ModelError, lambda h=header: load_model(len(h).to_bytes(8, "little") + h + DATA[HEADER:]))
        assert "twice" in message
