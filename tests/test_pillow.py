"""The plugin for Pillow: ``Image.open`` and ``Image.save``, and what torchvision and imageio make of them."""

from __future__ import annotations

import doctest
import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence, UnidentifiedImageError

import aecodec
import aecodec.pillow
from aecodec.zoo import Zoo
from tests.checks import damages, flipped, run_python
from tests.conftest import ROOT
from tests.made import made_model

SHAPES = {"L": (), "LA": (2,), "RGB": (3,), "RGBA": (4,)}


def noise(height: int, width: int, mode: str = "RGB", seed: int = 1) -> NDArray[np.uint8]:
    """Samples that nothing predicts, of a mode that has a shape of its own."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, *SHAPES[mode]), np.uint8)


def written(image: Image.Image, **options: Any) -> bytes:
    """What ``save`` writes."""
    file = BytesIO()
    image.save(file, "AEC", **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    """What ``open`` finds in it."""
    return Image.open(BytesIO(data))


def test_import_and_open_load_no_codec(tmp_path: Path) -> None:
    path = tmp_path / "d.aec"
    path.write_bytes(aecodec.compress([noise(8, 9), noise(5, 4, "L")], lossless=True, names=["a", "b"]))
    found = run_python(
        "import sys, aecodec.pillow\n"
        "from PIL import Image\n"
        "heavy = {'numpy', 'aecodec.codec', 'aecodec.zoo', 'aecodec.pictures'}\n"
        "def loaded(): return sorted(heavy & set(sys.modules))\n"
        "print(loaded())\n"
        "with Image.open(sys.argv[1]) as image:\n"
        "    print(image.size, image.mode, image.n_frames, image.is_animated, image.info['name'], loaded())\n"
        "    image.seek(1)\n"
        "    print(image.size, image.mode, image.tell(), image.info['name'], loaded())\n"
        "    image.load()\n"
        "    print('aecodec.codec' in loaded())\n",
        str(path),
    )
    assert found.splitlines() == ["[]", "(9, 8) RGB 2 True a []", "(4, 5) L 1 b []", "True"]


def test_the_example_in_the_documentation_runs() -> None:
    result = doctest.testmod(aecodec.pillow)
    assert result.attempted >= 6 and result.failed == 0


def test_the_script_among_the_examples_runs() -> None:
    path = ROOT / "examples" / "pillow_plugin.py"
    found = run_python("import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')", str(path))
    assert "frames.aec AEC RGB (45, 30) 3" in found


@pytest.mark.parametrize("mode", SHAPES)
def test_exact_pixels_come_back(mode: str, tmp_path: Path) -> None:
    samples = noise(20, 30, mode)
    Image.fromarray(samples).save(tmp_path / "x.aec", lossless=True)
    with Image.open(tmp_path / "x.aec") as image:
        assert (image.format, image.mode, image.size, image.info["lossless"]) == ("AEC", mode, (30, 20), True)
        assert image.get_format_mimetype() == Image.MIME["AEC"] == "image/x-aec"
        assert (image.n_frames, image.is_animated, image.tell()) == (1, False, 0)
        np.testing.assert_array_equal(np.asarray(image), samples)
    np.testing.assert_array_equal(aecodec.decompress((tmp_path / "x.aec").read_bytes()), samples)


def with_transparency(image: Image.Image, value: Any) -> Image.Image:
    """``image`` with a transparent colour, as a PNG or GIF gives it."""
    image.info["transparency"] = value
    return image


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (Image.fromarray(noise(9, 8, "L")).convert("1"), "L"),
        (Image.fromarray(noise(9, 8)).quantize(7), "RGB"),
        (with_transparency(Image.fromarray(noise(9, 8)).quantize(7), 3), "RGBA"),
        (Image.fromarray(noise(9, 8, "RGBA")).quantize(7), "RGBA"),
        (Image.fromarray(noise(9, 8, "RGBA")).convert("PA"), "RGBA"),
        (with_transparency(Image.fromarray(noise(9, 8, "L") // 128 * 199), 199), "LA"),
        (with_transparency(Image.new("RGB", (4, 3), "teal"), (0, 128, 128)), "RGBA"),
    ],
)
def test_what_loses_nothing_is_converted(image: Image.Image, mode: str) -> None:
    found = opened(written(image, lossless=True))
    assert found.mode == mode
    np.testing.assert_array_equal(np.asarray(found), np.asarray(image.convert(mode)))


def test_grey_of_16_bits() -> None:
    """Exactly; lossily, and in colour, it is refused."""
    samples = noise(40, 50)[..., 0].astype(np.uint16) * 250 + 3
    image = Image.fromarray(samples)
    assert image.mode == "I;16"
    found = opened(written(image, lossless=True))
    assert found.mode == "I;16" and (np.asarray(found) == samples).all()
    with pytest.raises(OSError, match="use lossless alone"):
        written(image)
    data = aecodec.compress(np.dstack([samples] * 2), lossless=True)
    with pytest.raises(OSError, match="for which Pillow has no mode"):
        opened(data)


@pytest.mark.parametrize("mode", ["I", "F", "CMYK", "YCbCr", "HSV", "LAB", "RGBX", "La", "RGBa"])
def test_other_modes_are_refused(mode: str, tmp_path: Path) -> None:
    image = Image.new(mode, (4, 3))
    with pytest.raises(OSError, match=rf"^cannot write mode {mode} as AEC: .*convert it first$"):
        image.save(tmp_path / "x.aec")
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match=f"cannot write mode {mode} as AEC"):
        Image.new("L", (4, 3)).save(tmp_path / "x.aec", save_all=True, append_images=[image])


def test_options_are_those_of_compress() -> None:
    samples = noise(40, 50) // 4
    image = Image.fromarray(samples)
    for options in (
        {},
        {"quality": 20},
        {"quality": 20, "effort": 0},
        {"min_psnr": 30.0},
        {"max_bytes": 2_000},
        {"for_eyes": True},
        {"model": "mnist-8"},
        {"lossless": True, "effort": 0},
    ):
        assert written(image, **options) == aecodec.compress(samples, **options), options  # type: ignore[arg-type]
    assert written(image, optimize=True, quality=None) == aecodec.compress(samples)
    assert "lossless" in opened(written(image)).info and not opened(written(image, quality=60)).info["lossless"]
    assert opened(written(image, quality=20)).info["quality"] == 20


def test_a_file_of_two_layers_is_exact() -> None:
    found = opened(written(Image.fromarray(noise(28, 28, "L")), lossless=True, progressive=True))
    assert found.info["lossless"]
    np.testing.assert_array_equal(np.asarray(found), noise(28, 28, "L"))


@pytest.mark.parametrize("options", [{"quality": 101}, {"quality": "keep"}, {"lossless": True, "quality": 5}])
def test_wrong_options_are_a_value_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="quality"):
        written(Image.new("L", (4, 3)), **options)


def test_a_missing_model_named_for_saving_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no model 'none'"):
        written(Image.new("L", (4, 3)), model="none")


def test_frames_of_several_sizes_and_modes() -> None:
    arrays = [noise(8, 9), noise(5, 7, "L"), noise(8, 9, "RGBA"), noise(8, 9)]
    images = [Image.fromarray(array) for array in arrays]
    data = written(images[0], save_all=True, append_images=iter(images[1:]), lossless=True, names=list("abcd"))
    image = opened(data)
    assert (image.n_frames, image.is_animated) == (4, True)
    for at in (2, 0, 3, 1, 1):
        image.seek(at)
        assert (image.tell(), image.mode, image.size) == (at, images[at].mode, images[at].size)
        np.testing.assert_array_equal(np.asarray(image), arrays[at])
        assert image.info["name"] == "abcd"[at]
    for at in (-1, 4):
        with pytest.raises(EOFError):
            image.seek(at)
        assert image.tell() == 1
    found = [np.asarray(frame) for frame in ImageSequence.Iterator(image)]
    assert all(np.array_equal(a, b) for a, b in zip(found, arrays, strict=True))


def test_every_frame_of_every_image_is_saved_and_each_stays_where_it_was() -> None:
    images = [Image.fromarray(noise(6, 5, seed=seed)) for seed in (1, 2, 3, 4)]
    one = opened(written(images[0], append_images=images[1:2], save_all=True, lossless=True))
    two = opened(written(images[2], append_images=images[3:], save_all=True, lossless=True))
    one.seek(1)
    all_four = opened(written(one, save_all=True, append_images=[two], lossless=True))
    assert (all_four.n_frames, one.tell(), two.tell()) == (4, 1, 0)
    for at, frame in enumerate(ImageSequence.Iterator(all_four)):
        np.testing.assert_array_equal(np.asarray(frame), noise(6, 5, seed=1 + at))
    alone = opened(written(one, lossless=True))
    assert alone.n_frames == 1
    np.testing.assert_array_equal(np.asarray(alone), noise(6, 5, seed=2))
    assert written(alone, lossless=True, save_all=True) == written(alone, lossless=True)
    assert opened(written(alone, lossless=True, save_all=True, names=["one"])).info["name"] == "one"


def test_an_animation_of_another_format_becomes_a_container() -> None:
    gif = BytesIO()
    frames = [Image.fromarray(noise(6, 5, "L", seed=seed)) for seed in (1, 2, 3)]
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(gif) as animation:
        found = opened(written(animation, save_all=True, lossless=True))
        assert found.n_frames == 3
        for ours, theirs in zip(ImageSequence.Iterator(found), ImageSequence.Iterator(animation), strict=True):
            np.testing.assert_array_equal(np.asarray(ours.convert("RGB")), np.asarray(theirs.convert("RGB")))


def test_a_block_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from aecodec.codec import decode

    count = []
    before = decode.decode_record
    monkeypatch.setattr(decode, "decode_record", lambda *given: count.append(1) or before(*given))
    image = opened(aecodec.compress([noise(6, 5, seed=seed) for seed in range(9)], lossless=True))
    for frame in ImageSequence.Iterator(image):
        frame.load()
        frame.load()
    assert len(count) == 1


@pytest.mark.parametrize("many", [False, True])
def test_damage_is_an_os_error(many: bool) -> None:
    image = Image.fromarray(noise(3, 4, "L"))
    data = written(image, lossless=True, save_all=many, append_images=[image] if many else [])
    for what, damaged in damages(data):
        with pytest.raises(OSError):
            opened(damaged).load()
            pytest.fail(what)


def test_damage_behind_a_good_checksum_is_an_os_error_when_pixels_are_asked_for() -> None:
    from tests.checks import resealed

    data = written(Image.fromarray(noise(3, 4, "L")), lossless=True)
    image = opened(resealed(flipped(data, len(data) - 6)))
    assert image.size == (4, 3)
    with pytest.raises(OSError):
        image.load()


def test_what_is_no_aec_file_is_unidentified() -> None:
    for data in (b"", b"\xae", b"\xae\xd1 and more", b"nothing at all", b"\x00" * 100):
        with pytest.raises(UnidentifiedImageError):
            opened(data)


def test_a_newer_version_is_said() -> None:
    with pytest.raises(OSError, match="version 2; this aecodec reads version 1") as caught:
        opened(b"\xae\xc2" + bytes(40))
    assert not isinstance(caught.value, UnidentifiedImageError)


def test_a_model_that_is_not_there_is_an_os_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made.safetensors").write_bytes(made_model("made"))
    odd, native = (aecodec.compress(noise(height, 8, "L"), model="made", model_path=tmp_path) for height in (9, 8))
    image = opened(odd)
    assert (image.size, image.mode) == ((8, 9), "L")
    with pytest.raises(OSError, match=r"needs model .* AECODEC_MODEL_PATH"):
        image.load()
    with pytest.raises(OSError, match=r"needs model .* AECODEC_MODEL_PATH"):  # which alone says how large it is
        opened(native)
    monkeypatch.setenv("AECODEC_MODEL_PATH", str(tmp_path))
    for data, size in ((odd, (8, 9)), (native, (8, 8))):
        assert opened(data).size == size
        np.testing.assert_array_equal(np.asarray(opened(data)), aecodec.decompress(data))
    assert Zoo().by_id("made").fingerprint.hex() == opened(native).info["model"]


def test_the_guard_against_bombs_holds_for_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    data = aecodec.compress([noise(3, 3), noise(3, 5), noise(3, 7)], lossless=True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    image = opened(data)
    with pytest.warns(Image.DecompressionBombWarning):
        image.seek(1)
    with pytest.raises(Image.DecompressionBombError):
        image.seek(2)
    assert (image.tell(), image.size) == (1, (5, 3))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    with pytest.raises(Image.DecompressionBombError):
        opened(data)


def test_limits_are_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="32769x1 pixels; the limits are 32768 a side"):
        Image.new("L", (32_769, 1)).save(tmp_path / "x.aec", lossless=True)


def test_an_image_is_like_any_other(tmp_path: Path) -> None:
    """It pickles, verifies, closes its file, may be changed, and may be written over its own file."""
    path = tmp_path / "x.aec"
    arrays = [noise(6, 5, seed=seed) for seed in (1, 2)]
    path.write_bytes(aecodec.compress(arrays, lossless=True))
    Image.open(path).verify()
    with Image.open(path) as image:
        again = pickle.loads(pickle.dumps(image))
        np.testing.assert_array_equal(np.asarray(again), arrays[0])
        assert not image.readonly
        image.putpixel((0, 0), (1, 2, 3))
        assert image.getpixel((0, 0)) == (1, 2, 3)
        image.seek(1)
        image.seek(0)
        np.testing.assert_array_equal(np.asarray(image), arrays[0])
    image = Image.open(path)
    image.load()
    assert image.fp is None  # closed: nobody is warned of it
    image.save(path, save_all=True, lossless=True)
    with Image.open(path) as image:
        assert [np.asarray(frame).tolist() for frame in ImageSequence.Iterator(image)] == [a.tolist() for a in arrays]


def test_pixels_are_saved_as_pillow_shows_them(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    Image.fromarray(noise(6, 5)).save(tmp_path / "x.png", exif=exif)
    with Image.open(tmp_path / "x.png") as image:
        np.testing.assert_array_equal(np.asarray(opened(written(image, lossless=True))), noise(6, 5))


def test_the_extension_is_known_and_registering_twice_does_no_harm() -> None:
    aecodec.pillow.register_aec_opener()
    assert Image.registered_extensions()[".aec"] == "AEC"
    assert Image.ID.count("AEC") == 1


def test_torchvision_reads_folders_of_it(tmp_path: Path) -> None:
    folder = pytest.importorskip("torchvision.datasets").ImageFolder
    for number, name in enumerate(("cat", "dog")):
        (tmp_path / name).mkdir()
        Image.fromarray(noise(6, 5, seed=number)).save(tmp_path / name / "1.aec", lossless=True)
        (tmp_path / name / "notes.txt").write_text("no picture")
    found = folder(tmp_path, is_valid_file=lambda path: path.endswith(".aec"))
    assert (len(found), found.classes) == (2, ["cat", "dog"])
    for number, (image, label) in enumerate(found):
        assert label == number
        np.testing.assert_array_equal(np.asarray(image), noise(6, 5, seed=number))


def test_imageio_reads_and_writes_it(tmp_path: Path) -> None:
    imageio = pytest.importorskip("imageio.v3")
    one, many = noise(6, 5), np.stack([noise(6, 5, seed=seed) for seed in range(3)])
    imageio.imwrite(tmp_path / "one.aec", one, lossless=True)
    imageio.imwrite(tmp_path / "many.aec", many, is_batch=True, lossless=True)
    np.testing.assert_array_equal(imageio.imread(tmp_path / "one.aec"), one)
    np.testing.assert_array_equal(imageio.imread(tmp_path / "many.aec", index=...), many)
    np.testing.assert_array_equal(imageio.imread(tmp_path / "many.aec", index=2), many[2])
    np.testing.assert_array_equal(np.stack(list(imageio.imiter(tmp_path / "many.aec"))), many)
    assert imageio.improps(tmp_path / "one.aec").shape == (6, 5, 3)
    assert imageio.improps(tmp_path / "many.aec", index=...).shape == (3, 6, 5, 3)
    assert imageio.immeta(tmp_path / "one.aec")["lossless"]
    assert len(aecodec.decompress((tmp_path / "many.aec").read_bytes())) == 3
