"""Every peer, in both forms: exact where it says so, smaller where it is coarser, and sent to other processes."""

from __future__ import annotations

import io
import pickle
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from aecodec.bench.peers import NAMES, Peer, find_peers
from aecodec.bench.peers.general import train_dictionary
from aecodec.bench.peers.mosaic import columns_and_rows, join, split
from aecodec.errors import UnsupportedError, UsageError
from tests.made import strokes

GREY = strokes(24)
COLOUR = np.stack([GREY[:6], GREY[6:12], GREY[12:18]], axis=-1)


def training() -> NDArray[np.uint8]:
    return strokes(600)[200:]


PEERS = {f"{peer.codec} {peer.setting}": peer for peer in find_peers(["all"], training)}


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest) -> Peer:
    found = PEERS[request.param]
    if found.missing:
        pytest.skip(found.missing)
    return found


@pytest.mark.parametrize("pictures", [GREY, COLOUR], ids=["grey", "colour"])
def test_there_and_back(peer: Peer, pictures: NDArray[np.uint8]) -> None:
    if f"{peer.codec} {peer.setting}" == "AVIF lossless" and pictures is COLOUR:
        with pytest.raises(UnsupportedError, match="exact for grey pictures only"):
            peer.bulk.compress(pictures)
        return
    for way, count in ((peer.single, len(pictures)), (peer.bulk, 1)):
        travelled = pickle.loads(pickle.dumps(way))
        files = travelled.compress(pictures).files
        assert len(files) == count
        back = way.decompress(files, pictures.shape)
        assert back.shape == pictures.shape and back.dtype == np.uint8
        error = np.square(back.astype(float) - pictures).mean() / 255**2
        assert error == 0 if peer.lossless else error < 0.1


@pytest.mark.parametrize("codec", ["JPEG", "JPEG 2000", "WebP", "AVIF", "JPEG XL"])
def test_ladder_rises(codec: str) -> None:
    ladder = [peer for peer in PEERS.values() if peer.codec == codec and not peer.lossless]
    if ladder[0].missing:
        pytest.skip(ladder[0].missing)
    sizes = [len(peer.bulk.compress(GREY).files[0]) for peer in (ladder[0], ladder[len(ladder) // 2], ladder[-1])]
    assert len(ladder) >= 6 and sizes == sorted(sizes) and sizes[0] < sizes[-1]


def test_dictionary_helps_single_files() -> None:
    plain, learned = (peer for peer in PEERS.values() if peer.codec == "zstd")
    if learned.missing:
        pytest.skip(learned.missing)
    sizes = [sum(map(len, peer.single.compress(GREY).files)) for peer in (plain, learned)]
    assert sizes[1] < 0.9 * sizes[0]


def test_no_training_pictures_is_a_row_that_says_so() -> None:
    assert "no training pictures" in (find_peers(["zstd"], lambda: None)[1].missing or "")
    if not PEERS["zstd "].missing:
        assert train_dictionary(GREY[:2]) == b""


def test_training_pictures_are_asked_for_only_where_they_serve() -> None:
    def never() -> NDArray[np.uint8]:
        raise AssertionError("not wanted")

    assert [peer.codec for peer in find_peers(["png", "zlib"], never)] == ["PNG", "zlib"]


def test_frames_of_a_sequence_hold_every_picture() -> None:
    peer = PEERS["AVIF quality 30"]
    if peer.missing:
        pytest.skip(peer.missing)
    pictures = strokes(230)
    (file,) = peer.bulk.compress(pictures).files
    with Image.open(io.BytesIO(file)) as image:
        assert (image.n_frames, image.size) == (3, (280, 280))
    error = np.square(peer.bulk.decompress([file], pictures.shape).astype(float) - pictures).mean((1, 2)) / 255**2
    assert error.max() < 0.02


@pytest.mark.parametrize(
    ("module", "name"), [("pillow_jxl", "jxl"), ("oxipng", "png"), ("brotli", "brotli"), ("zstandard", "zstd")]
)
def test_missing_library_is_a_row_that_says_so(module: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    found = find_peers([name], training)
    assert found and all(peer.missing == 'not installed: pip install "aecodec[bench]"' for peer in found)


def test_unknown_peer_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no peer 'zip'; there are: png, jpeg, jpeg2000, webp, avif, jxl, zlib"):
        find_peers(["png", "zip"], training)
    assert len(NAMES) == 11


@pytest.mark.parametrize("pictures", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("side", [28, 60, 100, 65_535])
@pytest.mark.parametrize("columns", [None, 1, 3])
@pytest.mark.parametrize("even", [False, True])
def test_mosaics_come_apart(pictures: NDArray[np.uint8], side: int, columns: int | None, even: bool) -> None:
    mosaics = join(pictures, side, columns, even=even)
    assert all(max(each.shape[:2]) <= side for each in mosaics)
    assert len({each.shape for each in (mosaics if even else mosaics[:-1])}) <= 1
    blank = sum(each.shape[0] * each.shape[1] for each in mosaics) // (28 * 28) - len(pictures)
    assert even or blank < mosaics[0].shape[1] // 28
    assert np.array_equal(split(mosaics, pictures.shape, side, columns), pictures)
    wide, rows = columns_and_rows(len(pictures), 28, 28, side, columns)
    assert wide <= (columns or wide) and len(mosaics) == -(-len(pictures) // (wide * rows))
