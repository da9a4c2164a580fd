"""``aecodec.compress`` and ``aecodec.decompress``: arrays to bytes and back, no files.

Folders of models are looked through at each call; a model whose file has not changed is loaded once a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aecodec.arrays import Picture
from aecodec.blas import one_thread
from aecodec.codec.altering import no_dearer_than_altered
from aecodec.codec.arguments import content, flag, folders, positive, texts, whole
from aecodec.codec.choose import (
    is_asked,
    model_for,
    no_larger_exact,
    no_larger_than_exact,
    plan_exact,
    plan_progressive,
)
from aecodec.codec.decode import Decoder
from aecodec.codec.encode import Progress, encode
from aecodec.codec.encoded import Encoded
from aecodec.codec.options import Options
from aecodec.codec.plan import Plan, plan_lossy
from aecodec.codec.target import meet
from aecodec.codec.tiles import check_depths, shape_of
from aecodec.engine import Engine
from aecodec.errors import AecError, Argument, LimitError, ModelError, UsageError
from aecodec.pictures import as_picture
from aecodec.zoo import Zoo

ModelPath = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def compress(
    pictures: Any,
    *,
    latent_dim: int | None = None,
    model: str | None = None,
    lossless: bool = False,
    effort: int | None = None,
    max_mse: float | None = None,
    min_psnr: float | None = None,
    max_bytes: int | None = None,
    quality: int | None = None,
    names: Sequence[str] | None = None,
    model_path: ModelPath = (),
    jobs: int = 1,
    progressive: bool = False,
    block_pictures: int | None = None,
    for_eyes: bool = False,
) -> bytes:
    """Compress one picture, or a list of them into one container.

    Args:
        pictures: a uint8 or uint16 array ``[H, W]`` or ``[H, W, C]``, a PIL image, or a list or tuple of these. C is 1
            to 4: grey, grey and alpha, RGB, RGB and alpha. Arrays may be of NumPy, or of a library that gives arrays to
            NumPy. A 3-D array is one picture; put several in a list. uint16 arrays and images of 16 bits need lossless,
            and cannot be in one list with others.
            A PIL image, as opened, becomes what the command makes of its file: palettes are resolved, a transparent
            colour becomes alpha, and EXIF orientation is applied. Once an image is loaded, Pillow may have cut samples
            of 16 bits; what was made from it, for example by ``convert``, is not turned. An image of several frames is
            refused: give ``[frame.copy() for frame in PIL.ImageSequence.Iterator(image)]``.
        latent_dim: use the model of tiles with this latent dimension. The shipped ones have 8, 16, 32, 64, 128, 256 and
            784.
        model: use this model, by id or file. If neither latent_dim nor model is given, the model is chosen: pictures
            of the size of a shipped collection have its model of latent_dim 64, if a quick trial shows that it knows
            them; all others have the general model. Drawings are altered and coded like exact ones instead
            (:mod:`aecodec.codec.altering`) if bits and error cost less, unless model is given or effort is 0. If an
            exact file is no larger than the lossy one, it is taken, unless model or quality is given.
        lossless: keep every pixel, by the model of pixels (:mod:`aecodec.pixels`), or by scans
            (:mod:`aecodec.scans.find`) if most of a few pictures have one. With latent_dim 784, by a residual.
        effort: how long to search for a smaller file, 0 (shortest) to 9 (longest), by default 3. 0 does not search at
            all. With the general model, 1 and 2 choose each symbol once, by its cost. From 3 on, latents also move down
            the gradient of the pixels' error, more often with more effort (:data:`aecodec.grid.search.ROUNDS`). With
            lossless it is for scans, and 0 searches for them with the narrowest beam. For other pictures 0 is the quick
            way (:mod:`aecodec.pixels.quick`).
        max_mse: the largest mean squared error of any picture, with samples in 0..1. Alpha is exact and does not count,
            nor do colours under an alpha of 0. The smallest file found within it is taken. If neither latent_dim nor
            model is given, all qualities of the general model or all models of tiles are tried, whichever are for such
            pictures; and an exact file is taken if that is no larger.
        min_psnr: the same bound in dB. If a model that is named cannot meet it, all others are tried, and then an exact
            file.
        max_bytes: the largest size of the whole result. If it is the only bound, the file with the lowest MSE that fits
            is taken, from the same ones; and an exact file if that fits.
        quality: 0 (smallest) to 100 (best), with one model. Default: 60 with the general model, for which ten more
            double what a squared error is worth; 100 with a model of tiles (:mod:`aecodec.lossy.quality`). Not with
            lossless, max_mse, min_psnr or max_bytes.
        names: one relative path for each picture, kept in the container.
        model_path: a folder, or several, that are searched for models before ``AECODEC_MODEL_PATH``.
        jobs: how many processes share the work of a container, or how many threads share that of one lossy picture by
            the general model. The file is the same for any number. A program that asks for more than one must be safe
            to import (``if __name__ == "__main__"``).
        progressive: with lossless, write two layers. The first decodes alone (``decompress(data, base=True)``), to the
            lossy pictures of latent_dim (default 32) or model.
        block_pictures: code at most so many pictures of a container together, 1 to 4,096. To read one of them
            (:func:`aecodec.open`), all of its block are decoded: fewer make that quicker, and the file larger. The
            default depends on the model, on sizes, and on whether large pictures resemble those before them.
        for_eyes: with the general model, let errors on smooth parts count more, and those where much goes on less
            (:mod:`aecodec.grid.eyes`). At equal size the picture looks better, and its PSNR is lower. Other models take
            no notice. Not with lossless, max_mse or min_psnr.

    Returns:
        The bytes of an ``.aec`` file.

    Raises:
        UsageError: arguments contradict one another or are of a wrong type, or a target cannot be met.
        UnsupportedError: a picture is of another kind, or has 16 bits and lossless is not given.
        FormatError: a PIL image is of a damaged file.
        LimitError: a picture is too large.
        ModelError: there is no such model, or none that is sound.

    """
    options = Options(
        latent_dim,
        model,
        lossless,
        effort,
        max_mse,
        min_psnr,
        max_bytes,
        quality,
        jobs,
        progressive,
        block_pictures,
        for_eyes,
    )
    zoo = Zoo(folders("model_path", model_path))
    names = None if names is None else texts("names", names)
    many = isinstance(pictures, list | tuple)
    batch = list(_taken(pictures)) if many else [as_picture(pictures)]
    with one_thread():
        return compress_all(batch, options, zoo, many=many, names=names).data


def _taken(pictures: Sequence[Any]) -> Iterator[Picture]:
    """Yield each as an array; errors say which."""
    for number, each in enumerate(pictures):
        try:
            yield as_picture(each)
        except AecError as error:
            raise type(error)(f"picture {number}: ", *error.args) from error


def compress_all(
    pictures: Sequence[Picture],
    options: Options,
    zoo: Zoo,
    *,
    many: bool,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Encoded:
    """Return what :func:`compress` does, on checked arrays, with all that is known of the result."""
    if names is not None and not many:
        raise UsageError("names are for a list of pictures")
    if options.block_pictures is not None and not many:
        raise UsageError(Argument("block_pictures"), " is for several pictures in one file")
    if not len(pictures):
        raise UsageError("no pictures to compress")

    check_depths({shape_of(pictures[0])}, exact=options.lossless and not options.progressive)

    def attempt(plan: Plan) -> Encoded:
        return encode(pictures, plan, many=many, names=names, progress=progress, engine=engine)

    if options.progressive:
        return attempt(plan_progressive(options, zoo))
    if options.lossless:
        return attempt(plan_exact(pictures, options, zoo))
    if options.has_target:
        return meet(options, zoo, pictures, attempt)
    plan = plan_lossy(options, model_for(pictures, options, zoo))
    found = no_dearer_than_altered(attempt(plan), plan, options, zoo, pictures, attempt)
    return no_larger_than_exact(found, options, zoo, pictures, attempt)


def exact_size(
    found: Encoded, pictures: Sequence[Picture], options: Options, zoo: Zoo, *, many: bool, names: Sequence[str] | None
) -> int | None:
    """Return the bytes of an exact file of ``pictures`` where that is no larger than the lossy ``found``; None
    where there is none, it is too unlikely to be tried, or it was tried for ``found``.
    """
    if found.model is not None and found.model.purpose.pictures is None and not is_asked(options):
        return None

    def attempt(plan: Plan) -> Encoded:
        return encode(pictures, plan, many=many, names=names)

    try:
        exact = no_larger_exact(found, options, zoo, pictures, attempt)
    except (ModelError, LimitError, MemoryError):  # the models for exact pixels are not sound, or too much for this one
        return None
    return None if exact is None else len(exact.data)


def decompress(
    data: bytes, *, index: int | None = None, base: bool = False, model_path: ModelPath = (), jobs: int = 1
) -> Any:
    """Return the pictures of an ``.aec`` file: the same pixels on every machine.

    Args:
        data: the whole file, as bytes or another buffer.
        index: decode only this picture of a container, counted from 0.
        base: decode only the first layer of a progressive file, to lossy pictures. The beginning of the file is enough
            for that.
        model_path: a folder, or several, that are searched for models before ``AECODEC_MODEL_PATH``.
        jobs: how many processes share the work of a container, or how many threads share that of one large lossy
            picture. A program that asks for more than one must be safe to import (``if __name__ == "__main__"``).

    Returns:
        A uint8 array ``[H, W]`` (grey) or ``[H, W, C]``, or uint16 for pictures of 16 bits. A list of them for a
        container of many, if ``index`` is not given.

    Raises:
        FormatError: the file is damaged, or is no ``.aec`` file.
        UnsupportedError: the file is of a newer version.
        ModelError: its model is missing or damaged.
        LimitError: the file is too large.
        UsageError: there is no such index, the file is not progressive, or an argument is of a wrong type.

    """
    file, zoo = content("data", data), Zoo(folders("model_path", model_path))
    chosen = None if index is None else whole("index", index)
    with one_thread():
        decoder = Decoder(file, zoo, base=flag("base", base), jobs=positive("jobs", jobs))
        if chosen is not None:
            return decoder.picture(chosen)
        return list(decoder) if decoder.container.header.many else decoder.picture(0)
