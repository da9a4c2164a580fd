"""How ``aecodec info`` shows what a file says of itself."""

from __future__ import annotations

from aecodec.cli.plumbing.product import show
from aecodec.codec import Info
from aecodec.coders import title_of
from aecodec.zoo import Zoo

_NAMES_SHOWN = 3
_USUAL_BITS = 8
_KINDS = {1: "grey", 2: "grey and alpha", 3: "RGB", 4: "RGB and alpha"}


def show_info(file: str, found: Info, zoo: Zoo) -> None:
    """Show a line for each thing that ``found`` says of ``file``, with the ids of the models that ``zoo`` has."""
    rows = {
        "file": file,
        "version": str(found.version),
        "coding": "lossless" if found.lossless else "lossy",
        **_codings(found, zoo),
        "pictures": f"{found.pictures} in {found.blocks} block{'s' * (found.blocks != 1)}",
        **({"differing": f"{found.references} from others that they resemble"} if found.references else {}),
        **({"coded": _ways(found)} if found.methods else {}),
        "size": _size(found),
        "kind": _kind(found),
        **_asked(found),
        "bytes": f"{found.bytes}, {found.record_bytes} of them in records",
    }
    if found.names:
        more = ", ..." if len(found.names) > _NAMES_SHOWN else ""
        rows["names"] = ", ".join(found.names[:_NAMES_SHOWN]) + more
    for key, value in rows.items():
        show(f"{key:<10}{value}")


def _codings(found: Info, zoo: Zoo) -> dict[str, str]:
    """Return the model and the step of quantization, or the quality; of two layers, each on a line of its own."""
    model = "none needed" if found.model is None else _named(found.model, zoo)
    if found.first_bytes is None:
        if found.lossless:
            return {"model": model}
        if found.quality is not None:
            return {"model": model, "quality": str(found.quality)}
        return {"model": model, "step": f"{found.step} (of quantization)"}
    if found.second_model is not None:
        second = f"{found.bytes - found.first_bytes} bytes, model {_named(found.second_model, zoo)}"
    elif found.bytes == found.first_bytes:
        second = "missing"
    else:
        second = "cut short or damaged"
    return {"first": f"{found.first_bytes} bytes, lossy, model {model}, step {found.step}", "second": second}


def _ways(found: Info) -> str:
    """Return how the blocks are coded, those of which there are most first."""
    ways = [(count, title_of(method)) for method, count in found.methods.items()]
    if len(ways) == 1:
        return ways[0][1]
    return "; ".join(
        f"{count} block{'s' * (count != 1)} {way}" for count, way in sorted(ways, key=lambda each: -each[0])
    )


def _kind(found: Info) -> str:
    kind = _KINDS[found.channels] if found.channels else "different kinds"
    return kind if found.bits == _USUAL_BITS else f"{kind}, {found.bits} bits a sample"


def _size(found: Info) -> str:
    if found.size:
        return f"{found.size[0]}x{found.size[1]}"
    return "different sizes" if found.sizes_differ else "the model's own"


def _asked(found: Info) -> dict[str, str]:
    """Return what decoding it takes, as far as that is known without its model."""
    rows = {}
    if found.pixels is not None and found.block_bytes is not None:
        rows["pixels"] = f"{found.pixels}, {found.block_bytes} bytes in the largest block"
    if found.work:
        rows["work"] = f"{found.work} tiles, places and steps"
    return rows


def _named(fingerprint: str, zoo: Zoo) -> str:
    """Return the fingerprint with the model's id, where it is at hand."""
    name = zoo.name_of(bytes.fromhex(fingerprint))
    return fingerprint if name is None else f"{fingerprint} ({name})"
