"""The ink coder, and lossless files whose pictures are kept as their scans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save

import aecodec
from aecodec.codec import Decoder
from aecodec.coders.by_tiles import EFFORTS
from aecodec.coders.tiles import BY_NETWORK, BY_TABLE
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError, ModelError, UsageError
from aecodec.ink import InkCoder
from aecodec.ink.template import TEMPLATE, contexts_and_ink
from aecodec.ink.window import SCAN_SIZES
from aecodec.scans import Scan, draw
from aecodec.zoo import Zoo, load_model, pack_model, save_model
from tests.checks import check_all_same, check_error, check_same, tiles_of
from tests.made import made_tensors, with_ink, with_network
from tests.others import others_do_all
from tests.test_scans import blob

Bits = NDArray[np.uint8]
TENSORS = with_ink({})
CODER = InkCoder.from_tensors(TENSORS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models of 28 x 28: ``ink-exact``, and ``network`` that has a network as well."""
    place = tmp_path_factory.mktemp("models")
    tensors, description = made_tensors(seed=5, latents=2, tile=(28, 28), units=(1, 2))
    (place / "ink-exact.safetensors").write_bytes(save_model("ink-exact", with_ink(dict(tensors)), description))
    (place / "network.safetensors").write_bytes(save_model("network", with_network(tensors), description))
    return place


def check_round_trip(scans: list[Bits | None], coder: InkCoder = CODER) -> int:
    """What is coded comes back; returns the bytes it took."""
    writer = StreamWriter()
    coder.encode([None if bits is None else Scan(bits, 4, 4) for bits in scans], writer, fast=True)
    payload = writer.finish()
    reader = StreamReader(payload)
    there, decoded = coder.decode(len(scans), reader, fast=True)
    reader.finish()
    assert there.tolist() == [place for place, bits in enumerate(scans) if bits is not None]
    check_all_same(decoded, [bits for bits in scans if bits is not None])
    return len(payload)


def test_scans_of_all_sides_come_back() -> None:
    check_round_trip([blob(side, side) for side in SCAN_SIZES])


def test_tiles_without_an_scan_come_back_as_such() -> None:
    check_round_trip([None, blob(30, 1), None, None, blob(22, 2), None])
    check_round_trip([None, None])
    check_round_trip([])


def test_noise_comes_back() -> None:
    generator = np.random.default_rng(3)
    check_round_trip([generator.integers(0, 2, (side, side), dtype=np.uint8) for side in (20, 41, 83)])


@pytest.mark.parametrize("template", [1, 4, 10, len(TEMPLATE)])
def test_templates_of_any_length_serve(template: int) -> None:
    generator = np.random.default_rng(template)
    logits = generator.integers(-128, 128, 1 << template).astype(np.int8)
    check_round_trip([blob(27, 4), None, blob(33, 5)], InkCoder.from_tensors(TENSORS | {"origins.ink": logits}))


def test_good_expectations_make_a_short_payload() -> None:
    smooth = check_round_trip([blob(40, seed) for seed in range(8)])
    generator = np.random.default_rng(3)
    assert smooth < check_round_trip([generator.integers(0, 2, (40, 40), dtype=np.uint8) for _ in range(8)]) / 4


def test_contexts_are_what_the_template_says() -> None:
    scans = [blob(23, 1), blob(31, 2)]
    expected = []
    for y in range(31):
        for x in range(31):
            for bits in scans:
                if max(x, y) < len(bits):
                    context = 0
                    for k, (dy, dx) in enumerate(TEMPLATE):
                        inside = y + dy >= 0 and 0 <= x + dx < len(bits)
                        context |= int(inside and bits[y + dy, x + dx]) << k
                    expected.append((context, int(bits[y, x])))
    found = [(int(c), int(b)) for row in contexts_and_ink(scans) for c, b in zip(*row, strict=True)]
    assert found == expected


def test_a_template_sees_only_what_is_known() -> None:
    assert len(set(TEMPLATE)) == len(TEMPLATE) == 20
    assert all(dy < 0 or (dy == 0 and dx < 0) for dy, dx in TEMPLATE)


def test_tensors_of_another_kind_are_refused() -> None:
    sides, ink = TENSORS["origins.sides"], TENSORS["origins.ink"]
    for costs, logits in [
        (sides[:-1], ink),
        (sides.astype(np.int8), ink),
        (sides, ink[:-1]),
        (sides, ink[:1]),
        (sides, ink.astype(np.uint8)),
        (sides, ink.reshape(2, -1)),
        (sides, np.zeros(1 << 21, np.int8)),
    ]:
        tensors = {"origins.sides": costs, "origins.ink": logits}
        check_error(ModelError, lambda tensors=tensors: InkCoder.from_tensors(tensors))  # type: ignore[misc]


def test_a_blank_scan_is_damage() -> None:
    check_error(FormatError, lambda: draw(np.zeros((30, 30), np.uint8), (28, 28)))


def test_files_keep_reduced_pictures_as_scans(folder: Path) -> None:
    pictures = [draw(blob(side, side), (28, 28)) for side in (21, 30, 36, 44)]
    data = aecodec.compress(pictures, lossless=True, model="ink-exact", model_path=[folder])
    decoder = Decoder(data, Zoo([folder]))
    assert decoder.container.body(0)[0] == BY_TABLE.method
    for picture, back in zip(pictures, decoder, strict=True):
        assert (picture == back).all()
    for picture in pictures:
        alone = aecodec.compress(picture, lossless=True, model="ink-exact", model_path=[folder])
        assert len(alone) < 80
        assert (aecodec.decompress(alone, model_path=[folder]) == picture).all()


@pytest.mark.parametrize(
    ("model", "effort", "method"),
    [
        ("network", None, BY_NETWORK.method),
        ("network", 1, BY_NETWORK.method),
        ("network", 0, BY_TABLE.method),
        ("ink-exact", 0, BY_TABLE.method),
    ],
)
def test_files_of_many_are_coded_by_network_unless_haste_forbids(
    folder: Path, model: str, effort: int | None, method: int
) -> None:
    pictures = [draw(blob(side, side), (28, 28)) for side in (21, 30, 36, 44)]
    data = aecodec.compress(pictures, lossless=True, model=model, effort=effort, model_path=[folder])
    decoder = Decoder(data, Zoo([folder]))
    assert decoder.container.body(0)[0] == method
    assert all(map(np.array_equal, pictures, decoder))


def test_a_file_of_one_is_coded_by_network_at_any_effort(folder: Path) -> None:
    picture = draw(blob(30, 1), (28, 28))
    for effort in (0, 3):
        data = aecodec.compress(picture, lossless=True, model="network", effort=effort, model_path=[folder])
        decoder = Decoder(data, Zoo([folder]))
        assert not decoder.container.header.has_method
        assert (decoder.picture(0) == picture).all()
        assert decoder.model is not None and decoder.model.ink is not None
        reader = StreamReader(decoder.container.body(0))
        _, (bits,) = decoder.model.ink.decode(1, reader, fast=False)
        reader.finish()
        check_same(draw(bits, (28, 28)), picture)


@pytest.mark.parametrize(("name", "method"), [("ink-exact", BY_TABLE.method), ("network", BY_NETWORK.method)])
def test_pictures_with_and_without_scans_share_a_block(folder: Path, name: str, method: int) -> None:
    near = tiles_of(Zoo([folder]).by_id(name), 3)
    pictures = [draw(blob(30, 1), (28, 28)), *near, draw(blob(25, 2), (28, 28))]
    data = aecodec.compress(pictures, lossless=True, model=name, model_path=[folder])
    decoder = Decoder(data, Zoo([folder]))
    assert decoder.container.body(0)[0] == method
    assert all(map(np.array_equal, pictures, decoder))


def test_a_blank_picture_is_kept(folder: Path) -> None:
    pictures = [draw(blob(30, 1), (28, 28)), np.zeros((28, 28), np.uint8)]
    data = aecodec.compress(pictures, lossless=True, model="network", model_path=[folder])
    assert all(map(np.array_equal, pictures, aecodec.decompress(data, model_path=[folder])))
    data = aecodec.compress(pictures[1], lossless=True, model="network", model_path=[folder])
    assert not aecodec.decompress(data, model_path=[folder]).any()


def test_a_model_for_exact_pixels_is_taken_where_none_is_named(folder: Path) -> None:
    data = aecodec.compress(draw(blob(30, 1), (28, 28)), lossless=True, model_path=[folder])
    assert Decoder(data, Zoo([folder])).container.header.fingerprint == Zoo([folder]).by_id("ink-exact").fingerprint


def test_a_foreign_file_does_not_hide_the_model_for_exact_pixels(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "foo-exact.safetensors").write_bytes(b"no model")
    picture = draw(blob(30, 1), (28, 28))
    data = aecodec.compress(picture, lossless=True, model_path=[folder])
    assert aecodec.compress(picture, lossless=True, model_path=[tmp_path, folder]) == data
    assert data[3:7] == Zoo([folder]).by_id("ink-exact").fingerprint


def test_effort_is_the_width_of_the_search() -> None:
    assert len(EFFORTS) == 10
    beams = [search.beam for search in EFFORTS]
    assert beams == sorted(beams)
    assert len(set(EFFORTS)) == 10


def test_any_number_of_processes_makes_the_same_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others_do_all(monkeypatch)
    pictures = [draw(blob(side, side), (28, 28)) for side in (21, 30, 30, 36, 44)]
    options: dict[str, Any] = {"lossless": True, "model": "network", "model_path": [folder]}
    data = aecodec.compress(pictures, **options)
    assert aecodec.compress(pictures, jobs=2, **options) == data
    assert all(map(np.array_equal, pictures, aecodec.decompress(data, model_path=[folder])))


def test_no_processes_are_a_usage_error() -> None:
    check_error(UsageError, lambda: aecodec.compress(np.zeros((28, 28), np.uint8), lossless=True, jobs=0))


def test_deflate_is_kept_where_it_is_shorter(folder: Path) -> None:
    """Many copies of one picture, each of which has a scan."""
    pictures = [draw(blob(30, 1), (28, 28))] * 60
    data = aecodec.compress(pictures, lossless=True, model="ink-exact", model_path=[folder])
    assert Decoder(data, Zoo([folder])).container.body(0)[0] in (1, 2)
    assert len(data) < 60 * 16


def test_every_byte_of_a_file_counts(folder: Path) -> None:
    picture = draw(blob(30, 3), (28, 28))
    data = aecodec.compress(picture, lossless=True, model="ink-exact", model_path=[folder])
    for at in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[at] ^= 1 << bit
            with pytest.raises(aecodec.AecError):
                aecodec.decompress(bytes(damaged), model_path=[folder])


def test_a_damaged_payload_gives_documented_errors_or_fails_its_check(folder: Path) -> None:
    import zlib

    picture = draw(blob(30, 3), (28, 28))
    data = aecodec.compress(picture, lossless=True, model="ink-exact", model_path=[folder])
    generator = np.random.default_rng(11)
    wrong = 0
    for _ in range(150):
        damaged = bytearray(data[:-4])
        damaged[int(generator.integers(7, len(damaged) - 1))] ^= int(generator.integers(1, 256))
        try:
            back = aecodec.decompress(bytes(damaged) + zlib.crc32(damaged).to_bytes(4, "big"), model_path=[folder])
        except aecodec.AecError:
            continue
        wrong += not np.array_equal(back, picture)
    assert wrong <= 5  # one in 256 passes the check of one byte; the file's own CRC-32 was made right again


@pytest.mark.parametrize(
    ("version", "parts"),
    [("1", "table"), ("1", "both"), ("2", ""), ("2", "both"), ("3", ""), ("3", "table"), ("3", "network")],
)
def test_the_version_of_a_model_says_what_its_ink_coder_has(version: str, parts: str) -> None:
    tensors, description = made_tensors(seed=5, latents=2, tile=(28, 28), units=(1, 2))
    coder = {"": {}, "table": with_ink({}), "both": with_network({})}
    coder["network"] = {name: tensor for name, tensor in coder["both"].items() if name.startswith("ink.")}
    content = save_model("ink-exact", tensors | coder[parts], description)
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    changed = save(load(content), {**metadata, "version": version})
    message = check_error(ModelError, lambda: load_model(changed))
    assert "version" in message


def test_an_ink_coder_needs_tiles_that_hold_a_box() -> None:
    tensors, description = made_tensors(seed=5, latents=2, tile=(16, 28), units=(1, 2))
    message = check_error(ModelError, lambda: load_model(pack_model("small", with_ink(tensors), description, "2")))
    assert "16x28" in message
