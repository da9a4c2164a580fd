"""Frames of animations and pages of scans: each is a picture, and what is damaged is named by its number."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from aecodec.errors import AecError, FormatError, LimitError, UnsupportedError
from aecodec.pictures.canvas import drawn_over
from aecodec.pictures.frames import Frames
from aecodec.pictures.images import decode_picture
from tests.checks import check_same
from tests.made_pictures import COLOUR, GREY, PICTURES, saved, tiff_of
from tests.pictures.films import CELS, HALF, SIZE, Cel, apng, block, gif, pages, shown, webp

Picture = NDArray[np.uint8]
HALVES = [CELS[0], Cel(block(5, 5, HALF), 2, 2, 1), Cel(block(5, 5, HALF, hole=True), 4, 0), Cel(block(7, 9, HALF))]
REPLACED = [each._replace(over=False) for each in HALVES]
EVEN = [each._replace(left=each.left & ~1, top=each.top & ~1, disposal=each.disposal & 1) for each in CELS]


def read_all(data: bytes) -> list[Picture]:
    frames = Frames(data, "pic")
    assert frames.broken is None
    return [frames.read(number).picture for number in range(len(frames))]


def check_all(found: Sequence[Picture], expected: Sequence[Picture]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        check_same(ours, theirs)


@pytest.mark.parametrize("make", [apng, gif])
@pytest.mark.parametrize("cels", [CELS, CELS[1:], CELS[:2]])
def test_frames_are_what_a_viewer_shows(make: Callable[[Sequence[Cel]], bytes], cels: list[Cel]) -> None:
    """Each on what those before it have left: what stays, is cleared, or is as before; around them nothing."""
    check_all(read_all(make(cels)), shown(cels))


@pytest.mark.parametrize("cels", [HALVES, REPLACED])
def test_frames_are_blended(cels: list[Cel]) -> None:
    check_all(read_all(apng(cels)), shown(cels))


@pytest.mark.parametrize("cels", [EVEN, [each._replace(disposal=0) for each in REPLACED[:2]]])
def test_webp(cels: list[Cel]) -> None:
    even = [each._replace(left=each.left & ~1, top=each.top & ~1) for each in cels]
    check_all(read_all(webp(even)), shown(even))


def test_lossy_webp_with_alpha() -> None:
    """The pixels are those of the frames as files of their own."""
    cels = [Cel(block(6, 8, (200, 10, 10, 255))), Cel(block(4, 4, (10, 200, 10, 90), hole=True), 2, 2)]
    data = webp(cels, quality=70)
    stills = [decode_picture(saved(each.picture, "WEBP", quality=70), "still") for each in cels]
    stills = [
        np.dstack([each, np.full(each.shape[:2], 255, np.uint8)]) if each.shape[2] == 3 else each for each in stills
    ]
    check_all(read_all(data), shown([cel._replace(picture=each) for cel, each in zip(cels, stills, strict=True)]))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_what_pillow_writes(form: str) -> None:
    """The same as Pillow reads of opaque frames."""
    frames = [Image.fromarray(np.roll(COLOUR // 64 * 64, shift, axis=1)) for shift in range(4)]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], **({"lossless": True} if form == "WEBP" else {}))
    with Image.open(out) as image:
        expected = [np.array(each.convert("RGBA")) for each in ImageSequence.Iterator(image)]
    check_all(read_all(out.getvalue()), expected)


def test_a_picture_for_other_programs_is_no_frame() -> None:
    check_all(read_all(apng(CELS, default=block(7, 9, (1, 2, 3, 4)))), shown(CELS))
    check_all(read_all(apng(CELS[:1], default=block(7, 9, (1, 2, 3, 4)))), shown(CELS[:1]))


def test_frames_of_fewer_colours() -> None:
    """A palette with a transparent colour, and a transparent grey of 2 bits, widened as the grey is."""
    palette = Image.fromarray(GREY % 3, "P")
    palette.putpalette([9, 9, 9, 50, 60, 50, 200, 3, 4])
    other = palette.transpose(Image.Transpose.ROTATE_180)
    out = io.BytesIO()
    palette.save(out, "PNG", save_all=True, append_images=[other], transparency=1)
    colours = np.array([[9, 9, 9, 255], [50, 60, 50, 0], [200, 3, 4, 255]], np.uint8)
    first = read_all(out.getvalue())[0]
    check_same(first[..., 3], colours[GREY % 3][..., 3])
    check_same(first[GREY % 3 != 1], colours[GREY % 3][GREY % 3 != 1])


def test_gif_of_one_frame() -> None:
    """It is a film of one; interlaced, and with a canvas larger than the frame."""
    cel = Cel(block(4, 5, (3, 200, 90, 255), hole=True), 2, 1)
    check_all(read_all(gif([cel])), shown([cel]))
    large = np.kron(COLOUR // 64 * 64, np.ones((9, 11, 1), np.uint8))
    data = saved(Image.fromarray(large).quantize(64), "GIF", interlace=1)
    check_all(read_all(data), [np.array(Image.open(io.BytesIO(data)).convert("RGBA"))])


def test_pages_are_as_they_are() -> None:
    """Each has its own size and channels, is turned as it says, and is given in any order."""
    pictures = [GREY, PICTURES[4], COLOUR[:3], PICTURES[2]]
    data = pages(pictures)
    check_all(read_all(data), pictures)
    frames = Frames(data, "pic")
    for number in (3, 0, 2, 2, 1):
        check_same(frames.read(number).picture, pictures[number])


def test_frames_in_any_order() -> None:
    frames = Frames(apng(CELS), "pic")
    for number in (5, 0, 3, 3, 4, 1):
        check_same(frames.read(number).picture, shown(CELS)[number])


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "WEBP", "PPM"])
def test_files_of_one_picture_are_as_ever(form: str, number: int) -> None:
    if (form, number) in [("PPM", 2), ("PPM", 4), ("BMP", 2), ("BMP", 4)]:
        return
    data = saved(PICTURES[number], form, **({"lossless": True, "exact": True} if form == "WEBP" else {}))
    frames = Frames(data, "pic")
    assert frames.is_single and len(frames) == 1
    check_same(frames.read(0).picture, decode_picture(data, "pic"))


def test_copies_are_no_pages() -> None:
    """Of a TIFF with a reduced copy of its picture there is one page, as without frames; with another page, two."""
    copy = Image.fromarray(GREY[:2, :3])
    copy.encoderinfo = {"tiffinfo": {254: 1}}  # type: ignore[attr-defined]
    assert Frames(pages([GREY, copy]), "pic").is_single
    check_all(read_all(pages([GREY, copy, COLOUR])), [GREY, COLOUR])


def second_page(data: bytes | bytearray) -> int:
    """Where the directory of the second page is."""
    at = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, at)[0]
    return int(struct.unpack_from("<I", data, at + 2 + 12 * count)[0])


def failing(data: bytes, number: int) -> AecError:
    frames = Frames(data, "pic")
    with pytest.raises(AecError) as error:
        frames.read(number)
    return error.value


class TestDamage:
    def test_a_page_costs_itself(self) -> None:
        data = bytearray(pages([GREY, COLOUR, GREY], compression="tiff_adobe_deflate"))
        at = data.index(b"\x78", 100)
        streams = [n for n in range(len(data) - 1) if data[n : n + 2] in (b"\x78\x9c", b"\x78\xda", b"\x78\x5e")]
        assert len(streams) == 3 and at
        data[streams[1] + 5] ^= 0xFF
        frames = Frames(bytes(data), "pic")
        check_same(frames.read(0).picture, GREY)
        check_same(frames.read(2).picture, GREY)
        with pytest.raises(FormatError, match=r"^pic, page 2, is a damaged picture: "):
            frames.read(1)

    def test_a_page_of_another_kind_is_refused(self) -> None:
        data = pages([GREY, Image.fromarray(GREY.astype(np.float32))])
        error = failing(data, 1)
        assert isinstance(error, UnsupportedError) and str(error).startswith("pic, page 2, is of mode F")

    def test_what_is_beyond_a_broken_chain_is_not_known(self) -> None:
        data = bytearray(pages([GREY, GREY, GREY]))
        struct.pack_into(
            "<I", data, second_page(data) + 2 + 12 * struct.unpack_from("<H", data, second_page(data))[0], 9 << 20
        )
        frames = Frames(bytes(data), "pic")
        assert len(frames) == 2 and isinstance(frames.broken, FormatError)
        assert str(frames.broken).startswith("pic, page 3, is a damaged picture: ")

    @pytest.mark.parametrize("make", [apng, gif, webp])
    def test_every_beginning_of_an_animation(self, make: Callable[[Sequence[Cel]], bytes]) -> None:
        """Frames that are whole come out as they are, and the one that is not is named; none is made up."""
        data, expected = make(EVEN), shown(EVEN)
        for length in range(12, len(data)):
            try:
                frames = Frames(data[:length], "pic")
            except AecError:
                continue
            whole = 0 if frames.is_single else len(frames)
            assert frames.is_single or frames.broken is not None, length
            for number in range(whole):
                check_same(frames.read(number).picture, expected[number])
            if frames.broken is not None:
                assert f"pic, frame {whole + 1}," in str(frames.broken)
            elif make is not gif:
                with pytest.raises(AecError):
                    frames.read(0)

    @pytest.mark.parametrize("make", [apng, gif, webp])
    def test_no_flipped_bit_makes_other_pixels_of_a_png(self, make: Callable[[Sequence[Cel]], bytes]) -> None:
        """PNG has checksums; of a GIF or WebP, which have none, whatever comes out is a canvas or an error of ours."""
        data, expected = make(EVEN), shown(EVEN)
        rng = np.random.default_rng(5)
        for at in rng.choice(8 * len(data), 300, replace=False):
            damaged = bytearray(data)
            damaged[at // 8] ^= 1 << at % 8
            try:
                found = Frames(bytes(damaged), "pic")
                pictures = [found.read(number).picture for number in range(len(found))]
            except AecError:
                continue
            if make is apng and not found.is_single:
                check_all(pictures, expected[: len(pictures)])
            assert found.is_single or all(each.ndim == 3 and each.shape[2] == 4 for each in pictures)

    def test_data_of_a_gif_that_end_early(self) -> None:
        """Pillow would make up the rest."""
        whole = gif([Cel(block(4, 6, (9, 9, 200, 255))), Cel(block(7, 9, (200, 9, 9, 255)))])
        short = gif([Cel(block(4, 6, (9, 9, 200, 255)))])
        at = short.index(b"\x2c", 20)
        for data in (whole, short):
            assert Frames(data, "pic").broken is None
        longer = bytearray(short)
        struct.pack_into("<H", longer, at + 7, 5)  # a row more than there is
        error = failing(bytes(longer), 0)
        assert "frame 1, is a damaged picture: its data end after 24 of 30 pixels" in str(error)

    def test_a_frame_beyond_the_canvas(self) -> None:
        cels = [CELS[0], Cel(block(3, 3, (1, 2, 3, 255)), 8, 2)]
        for make in (apng, gif, webp):
            frames = Frames(make(cels), "pic")
            assert len(frames) == 1 and "pic, frame 2, is a damaged picture: it lies beyond" in str(frames.broken)

    def test_a_frame_of_another_size(self) -> None:
        """Than the part of the canvas that a WebP gives it."""
        data = bytearray(webp(EVEN[:2]))
        data[data.index(b"ANMF") + 8 + 9] -= 1  # a row less
        assert "frame 1, is a damaged picture: it is of another size" in str(failing(bytes(data), 0))

    def test_a_missing_frame_of_a_png(self) -> None:
        data = bytearray(apng(CELS))
        whole = apng(CELS)
        lost = whole[: whole.rindex(b"fcTL") - 4] + whole[whole.index(b"IEND") - 4 :]
        frames = Frames(lost, "pic")
        assert len(frames) == 5 and "frame 6" in str(frames.broken) and "5 of 6 frames" in str(frames.broken)
        assert data

    def test_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for where in ("aecodec.pictures.frames.MAX_FRAMES", "aecodec.pictures.surveys.tiff.MAX_FRAMES"):
            monkeypatch.setattr(where, 3)
        for data in (gif(CELS), pages([GREY] * 5)):
            frames = Frames(data, "pic")
            assert len(frames) == 3 and isinstance(frames.broken, LimitError)

    def test_a_canvas_too_large(self) -> None:
        with pytest.raises(LimitError, match=r"^pic has 60000x60000 pixels"):
            Frames(gif(CELS[1:2], (60_000, 60_000)), "pic")


def test_the_refusal_names_the_way() -> None:
    """Without --frames."""
    for data in (apng(CELS), gif(CELS), webp(EVEN), pages([GREY, GREY]), gif(CELS[:1])):
        with pytest.raises(UnsupportedError, match=r"aecodec compress --frames takes them$"):
            decode_picture(data, "pic")
    check_same(decode_picture(tiff_of(GREY), "pic"), GREY)


def test_colours_drawn_over_others() -> None:
    rng = np.random.default_rng(7)
    below, above = rng.integers(0, 256, (2, 40, 50, 4), dtype=np.uint8)
    above[..., 3] = rng.choice([0, 1, 99, 254, 255], (40, 50))
    canvas = shown([Cel(below, over=False), Cel(above)], (50, 40))[1]
    check_same(drawn_over(below, above), canvas)
    assert SIZE == (9, 7)
