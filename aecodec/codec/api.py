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
) -> bytes:
    """Compress one picture, or a list of them into one container.

    Args:
        pictures: uint8 or uint16 array ``[H, W]`` or ``[H, W, C]`` with C 1 to 4 (grey, grey and alpha,
            RGB, RGB and alpha), of NumPy or of a library that gives arrays to NumPy, a PIL image, or a list or tuple
            of these. A 3-D array is one picture; put several in a list. A PIL image, as opened, becomes what the
            command makes of its file: palettes are resolved, a transparent colour is alpha, EXIF orientation is
            applied, and several frames are refused; frames are given as a list,
            ``[frame.copy() for frame in PIL.ImageSequence.Iterator(image)]``. Once it is loaded, Pillow may have cut
            samples of 16 bits; what was made from it, as by ``convert``, is not turned. Those of uint16, and images of
            16 bits, need lossless, and are not in one list with others.
        latent_dim: of a model of tiles to use; the shipped ones are 8, 16, 32, 64, 128, 256, 784.
        model: id or file of the model to use instead. Where neither is given, pictures of the size of the collection
            that the models of tiles are made for have that of latent_dim 64, if it knows them, which a quick trial
            tells; all others have the general model, for any size and colour. Drawings
            are altered and kept like exact ones instead (:mod:`aecodec.codec.altering`) where bits and error cost
            less, unless model is given or effort is 0; and instead of either there is an exact file where that is no
            larger, unless model or quality is given.
        lossless: keep every pixel: by the model of pixels (:mod:`aecodec.pixels`), or by scans
            (:mod:`aecodec.scans.find`) where most of a few pictures have one; with latent_dim 784 by the
            baseline's residual.
        effort: of the encoder's search, 0 (shortest) to 9 (longest), default 3. It is for better symbols, and 0
            is none at all. With the general model 1 and 2 choose each symbol once, by its cost; from 3 on latents
            move down the gradient of the pixels' error, the more often the higher (:data:`aecodec.grid.search.ROUNDS`).
            With lossless it is for scans, and 0 looks for them with the narrowest beam; of other pictures 0 is the
            quick way (:mod:`aecodec.pixels.quick`), and all others are the same.
        max_mse: largest mean squared error of any picture, samples in 0..1, over the colours that can be seen: alpha
            is exact, and does not count, nor does what lies under an alpha of 0. The smallest file found that keeps to
            it is taken; where neither latent_dim nor model is given, from all qualities of the general model
            or from all models of tiles, whichever are for such pictures, or an exact one where that is no larger.
        min_psnr: the same bound in dB.
            A model that is named and does not reach it gives way to all others, and these to an exact file.
        max_bytes: largest size of the whole result. Where it is the only bound, the file of the lowest MSE
            found that fits is taken; where neither latent_dim nor model is given, from the same ones, or
            an exact one where that fits.
        quality: 0 (smallest) to 100 (best) with one model. Default: 60 with the general model, each ten more of which
            double what a squared error is worth; 100 with one of tiles, see :mod:`aecodec.lossy.quality`. Not with
            lossless or one of the three bounds.
        names: one relative path a picture, kept in the container.
        model_path: a folder, or several, to look for models in, before ``AECODEC_MODEL_PATH``.
        jobs: processes that share the work of a container, or threads that share that of one lossy picture by the
            general model; the file is the same for any number. A program that asks for more than one must be safe to
            import (``if __name__ == "__main__"``).
        progressive: with lossless, write two layers: the first alone decodes to lossy pictures
            (``decompress(data, base=True)``), which are those of latent_dim (default 32) or model.
        block_pictures: at most so many pictures of a container are coded together, 1 to 4,096. To get at one of them
            (:func:`aecodec.open`) all of its block are decoded: fewer make that quicker, and the file larger. By
            default it hangs on the model, on sizes, and on whether large pictures are like those before them.

    Returns:
        The bytes of an ``.aec`` file.

    Raises:
        UsageError: arguments that contradict one another or are of a wrong type, or a target that cannot be met.
        UnsupportedError: a picture of another kind, or one of 16 bits without lossless.
        FormatError: a PIL image of a damaged file.
        LimitError: a picture too large.
        ModelError: no such model, or none that is sound.

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
        base: of a file of two layers (``progressive``), decode the first, to lossy pictures; so much of the
            file is enough as holds that.
        model_path: a folder, or several, to look for models in, before ``AECODEC_MODEL_PATH``.
        jobs: processes that share the work of a container, or threads that share that of one large lossy picture. A
            program that asks for more than one must be safe to import (``if __name__ == "__main__"``).

    Returns:
        A uint8 array ``[H, W]`` (grey) or ``[H, W, C]``, uint16 for pictures of 16 bits, for a file of one picture or
        with ``index``; a list of them for a container of many.

    Raises:
        FormatError: damaged, or not an ``.aec`` file. UnsupportedError: of a newer version.
        ModelError: its model is missing or unsound. LimitError: too large. UsageError: no such index, no layers, or an
            argument of a wrong type.

    """
    file, zoo = content("data", data), Zoo(folders("model_path", model_path))
    chosen = None if index is None else whole("index", index)
    with one_thread():
        decoder = Decoder(file, zoo, base=flag("base", base), jobs=positive("jobs", jobs))
        if chosen is not None:
            return decoder.picture(chosen)
        return list(decoder) if decoder.container.header.many else decoder.picture(0)
