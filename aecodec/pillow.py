"""A plugin for Pillow: ``Image.open`` and ``Image.save`` of ``.aec`` files, once a process has imported this module.

>>> import aecodec.pillow, io
>>> from PIL import Image
>>> file = io.BytesIO()
>>> Image.new("RGB", (60, 40), "teal").save(file, "AEC", lossless=True)
>>> image = Image.open(file)
>>> image.format, image.mode, image.size, image.info["lossless"]
('AEC', 'RGB', (60, 40), True)
>>> image.getpixel((0, 0))
(0, 128, 128)

``Image.open`` parses the file and decodes nothing; a picture is decoded when its pixels are first asked for. The frames
of a container are its pictures, and ``seek`` may change ``size`` and ``mode``. ``info`` has ``lossless``, ``quality``
(where the file states one), ``model`` (the first bytes of its SHA-256) and the frame's ``name`` (where it has one).

``Image.save`` takes the arguments of :func:`aecodec.compress`, and passes over others as Pillow does. Without any it
does what the command does: it is lossy, at the default quality. With ``save_all=True`` or ``append_images`` the frames
become one container. Pixels are kept as Pillow shows them: EXIF does not turn them, and no metadata is kept. Palettes
and 1-bit images become the grey or colour that they stand for, and a transparent colour becomes alpha. Mode ``I;16`` is
kept with ``lossless=True``. Other modes are refused, for they would lose something: convert such an image first.

Errors are those that programs expect of Pillow: OSError for a damaged file, a missing model, an exceeded limit or a
mode that cannot be written; ValueError for wrong arguments of ``save``; ``UnidentifiedImageError`` for what is no
``.aec`` file; and Pillow's guard against decompression bombs holds for each frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from PIL import Image, ImageFile, ImageSequence

from aecodec.errors import AecError, ModelError, UnsupportedError, UsageError

if TYPE_CHECKING:
    from aecodec.arrays import Picture
    from aecodec.container import Container, Shape

FORMAT = "AEC"
MIME = "image/x-aec"
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # by channels
_DEEP_MODE = "I;16"  # of grey alone
_SIGNATURE, _KIND, _VERSION_MASK = 0xAE, 0xC0, 0x0F  # a newer version is a file of ours, too, and said to be one
_OPTIONS = (
    *("lossless", "quality", "effort", "max_mse", "min_psnr", "max_bytes", "for_eyes"),
    *("model", "latent_dim", "model_path", "names", "jobs", "progressive"),
)
_WORDS = {"model_path": "AECODEC_MODEL_PATH"}  # for who opens a file has no such argument


class AecImageFile(ImageFile.ImageFile):
    """An ``.aec`` file as Pillow has it: a frame is a picture, decoded when its pixels are asked for."""

    format = FORMAT
    format_description = "aecodec picture or container"
    n_frames: int
    is_animated: bool

    def _open(self) -> None:
        """Parse the file, up to its checksum; raises OSError."""
        assert self.fp is not None
        with _errors_of_pillow():
            self._pictures = _Pictures(self.fp.read())
            self.n_frames = len(self._pictures)
            self.is_animated = self.n_frames > 1
            self._show(0)

    def _show(self, frame: int) -> None:
        """Make ``frame`` the one that is seen, still to be decoded."""
        shape = self._pictures.shape(frame)
        size = shape.width, shape.height
        if frame:  # Image.open looks at the first
            Image._decompression_bomb_check(size)
        self._frame = frame
        self._size, self._mode = size, _mode(shape)
        self.info.update(self._pictures.facts(frame))
        unread: Any = (FORMAT, (0, 0, *size), 0, self.mode)
        self.tile = [unread]

    def seek(self, frame: int) -> None:
        """Go to a frame, counted from 0; raises EOFError past the end, OSError."""
        if self._seek_check(frame):
            with _errors_of_pillow():
                self._show(frame)

    def tell(self) -> int:
        """Return the number of the frame that is seen."""
        return self._frame

    def load(self) -> Any:
        """Decode the frame that is seen, once; raises OSError."""
        if self.tile:
            with _errors_of_pillow():
                picture = self._pictures[self._frame]
            samples = picture.astype(picture.dtype.newbyteorder("<")).tobytes()  # as I;16 has them
            self.im = Image.frombytes(self.mode, self.size, samples).im
            self.tile, self.readonly = [], 0
            if self.fp and self._exclusive_fp:
                self.fp.close()
            self.fp = None
        return super().load()


def _mode(shape: Shape) -> str:
    """Return Pillow's mode for a picture. Raises UnsupportedError if it has none."""
    if not shape.deep:
        return _MODES[shape.channels]
    if shape.channels > 1:
        raise UnsupportedError("16 bits a sample of colour or alpha, for which Pillow has no mode; use aecodec.open")
    return _DEEP_MODE


class _Pictures:
    """The pictures of a file in memory: their shapes at once, their pixels when they are asked for."""

    def __init__(self, data: bytes) -> None:
        from aecodec.container import parse

        self._data = data
        self._container: Container = parse(data)
        self._reader: Sequence[Picture] | None = None

    def __len__(self) -> int:
        return self._container.header.count

    def shape(self, index: int) -> Shape:
        """Return the shape of a picture. Where only the model says it, that is loaded: raises ModelError."""
        from aecodec.container import Shape

        header = self._container.header
        if header.shapes is not None:
            return header.shapes[index]
        from aecodec.zoo import Zoo

        native = Zoo().by_fingerprint(header.fingerprint or b"").native
        if native is None:
            raise ModelError("the file gives no sizes, which its model needs")
        return Shape(*native)

    def facts(self, index: int) -> dict[str, Any]:
        """Return what ``info`` has of a picture."""
        header = self._container.header
        every = {
            "lossless": header.lossless or header.layered,
            "quality": header.altered if header.quality is None else header.quality,
            "model": header.fingerprint and header.fingerprint.hex(),
            "name": header.names and header.names[index],
        }
        return {key: value for key, value in every.items() if value is not None}

    def __getitem__(self, index: int) -> Picture:
        if self._reader is None:
            from aecodec.codec.reader import open as open_aec

            self._reader = open_aec(BytesIO(self._data))
        return self._reader[index]


def _save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    """Write the frame that is seen."""
    with _errors_of_pillow():
        _write(_array(image), image, file)


def _save_all(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    """Write all frames, and those of ``append_images``."""
    with _errors_of_pillow():
        pictures = list(_frames([image, *image.encoderinfo.get("append_images", ())]))
        _write(pictures if len(pictures) > 1 or "names" in image.encoderinfo else pictures[0], image, file)


def _frames(images: Iterable[Image.Image]) -> Iterator[Picture]:
    """Every frame of every image, each of which is left where it was."""
    for image in images:
        before = image.tell()
        try:
            yield from map(_array, ImageSequence.Iterator(image))
        finally:
            image.seek(before)


def _array(frame: Image.Image) -> Picture:
    """Return the samples that are seen; a copy has no more frames, file or EXIF's turn. Raises OSError."""
    from aecodec.pictures.images import convert_image

    try:
        return convert_image(frame.copy())
    except UnsupportedError as error:
        raise OSError(f"cannot write mode {frame.mode} as {FORMAT}: {error}") from error


def _write(pictures: Picture | list[Picture], image: Image.Image, file: IO[bytes]) -> None:
    from aecodec.codec import compress

    given = image.encoderinfo
    file.write(compress(pictures, **{name: given[name] for name in _OPTIONS if name in given}))


@contextmanager
def _errors_of_pillow() -> Iterator[None]:
    """Errors of aecodec as those of Pillow."""
    try:
        yield
    except UsageError as error:
        raise ValueError(str(error)) from error
    except AecError as error:
        raise OSError(error.worded(lambda name: _WORDS.get(name, name))) from error


def _accept(prefix: bytes) -> bool:
    """Whether a file begins as ours do, of whatever version."""
    return len(prefix) > 1 and prefix[0] == _SIGNATURE and prefix[1] & ~_VERSION_MASK == _KIND


def register_aec_opener() -> None:
    """Register the plugin with Pillow, as the import of this module does; once more does no harm."""
    Image.register_open(FORMAT, AecImageFile, _accept)
    Image.register_save(FORMAT, _save)
    Image.register_save_all(FORMAT, _save_all)
    Image.register_extension(FORMAT, ".aec")
    Image.register_mime(FORMAT, MIME)


register_aec_opener()
