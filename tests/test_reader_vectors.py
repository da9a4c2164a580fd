"""The golden files by ``aecodec.open``: read as ``decompress`` reads them, and refused as it refuses them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

import aecodec
from aecodec.codec.work import Budget
from aecodec.container import parse, parse_second
from aecodec.errors import AecError
from tests.checks import check_all_same
from tests.golden import MANIFEST
from tests.test_reader import MODELS, VECTORS, Counting, lazy

__all__ = ["lazy"]  # a fixture


def golden(kind: str) -> Iterator[tuple[str, bytes]]:
    for name in MANIFEST[kind]:
        yield name, (VECTORS / kind / f"{name}.aec").read_bytes()


def reads_blocks(data: bytes) -> bool:
    """Whether blocks say what work they are, so that a reader may come upon another fault before."""
    return parse(data).header.exact


def outcome(call: Any) -> Any:
    try:
        return call()
    except AecError as error:
        return error


@pytest.mark.usefixtures("lazy")
def test_golden_files_are_read_the_same() -> None:
    for name, data in golden("valid"):
        expected = aecodec.decompress(data, model_path=MODELS)
        reader = aecodec.open(Counting(data), model_path=MODELS)
        check_all_same(list(reader), expected if reader.many else [expected])
        assert reader.shapes == [picture.shape for picture in reader], name
        assert reader.info == aecodec.inspect(data), name
        reader.verify()
        if reader.info.first_bytes is not None:
            base = aecodec.decompress(data, base=True, model_path=MODELS)
            for part in (data, data[: reader.info.first_bytes]):
                first = aecodec.open(io.BytesIO(part), base=True, model_path=MODELS)
                check_all_same(list(first), base if reader.many else [base])
                assert not first.is_exact
                first.verify()


@pytest.mark.usefixtures("lazy")
@pytest.mark.parametrize("kind", ["invalid", "future"])
def test_golden_files_are_refused_the_same(kind: str) -> None:
    for name, data in golden(kind):
        expected = outcome(lambda given=data: aecodec.decompress(given, model_path=MODELS))
        found = outcome(lambda given=data: list(aecodec.open(io.BytesIO(given), model_path=MODELS)))
        if isinstance(found, list):  # of a checksum a reader tells when it is asked
            assert "checksum" in name or "CRC-32" in str(expected)
            found = outcome(aecodec.open(io.BytesIO(data), model_path=MODELS).verify)
        assert isinstance(found, AecError), name
        other = "CRC-32" in str(expected) or (name.startswith("limit-work") and reads_blocks(data))
        assert other or type(found) is type(expected), name


@pytest.mark.usefixtures("lazy")
def test_the_work_of_both_layers_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each block when it is read."""
    counted, spend = [], Budget.spend

    def noted(self: Budget, block: int, body: bytes) -> None:
        counted.append((block, len(body)))
        spend(self, block, body)

    data = (VECTORS / "valid" / "layers-blocks.aec").read_bytes()
    reader = aecodec.open(io.BytesIO(data), model_path=MODELS)
    monkeypatch.setattr(Budget, "spend", noted)
    list(reader)
    first = parse(data)
    assert counted == [(block, len(layer.body(block))) for block in range(3) for layer in (first, parse_second(first))]
