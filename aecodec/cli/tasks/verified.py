"""``aecodec verify`` finds this in a file."""

from __future__ import annotations

from typing import Any

from aecodec.cli.plumbing.failures import about
from aecodec.cli.plumbing.lines import decibels, say
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.codec import Decoder, mse, psnr
from aecodec.codec.threads import processors
from aecodec.errors import UsageError
from aecodec.files import decode_with_remarks, read_bytes
from aecodec.files.read import shown
from aecodec.zoo import Zoo


def verified(file: str, zoo: Zoo) -> tuple[dict[str, Any], Decoder]:
    """Decode ``file`` completely; return what is said of it, and its decoder. Raise what decoding raises."""
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, zoo, jobs=processors())
        with progress_bar(len(decoder), "verify", quiet=False) as progress:
            for pictures, _ in enumerate(decoder, 1):
                if progress:
                    progress(pictures)
    record: dict[str, Any] = {"file": file, "ok": True, "pictures": len(decoder), "bytes": len(data)}
    record["lossless"] = decoder.is_exact
    record["model"] = decoder.model_ids
    return record, decoder


def compared(file: str, decoder: Decoder, against: str) -> dict[str, Any]:
    """Compare the one picture of ``file`` with ``against``. Raise UsageError where they cannot be compared."""
    if len(decoder) != 1:
        raise UsageError(f"{file} holds {len(decoder)} pictures; --against compares one")
    ours = decoder.picture(0)
    theirs, remarks = decode_with_remarks(read_bytes(against), shown(against))
    for remark in remarks:
        say(f"aecodec: warning: {remark}")
    if ours.shape != theirs.shape:
        raise UsageError(
            f"{file} holds a picture of shape {ours.shape}, {against} is of shape {theirs.shape}; "
            "expected the picture that was compressed"
        )
    error = mse(ours, theirs)
    return {"against": against, "exact": error == 0, "mse": error, "psnr": psnr(error)}


def worded(record: dict[str, Any]) -> str:
    """Put a record of a sound file into words."""
    count = record["pictures"]
    words = [f"ok, {count} picture{'s' * (count != 1)}"]
    words.append(f"model {record['model']}" if record["model"] else "no model")
    if "exact" in record:
        words.append(f"MSE {record['mse']:.6f}, {decibels(record['psnr'])} against {record['against']}")
    return ", ".join(words)
