"""What people type who are used to another program, and what to write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

_LEVEL = {f"-{number}": f"how long to search is --effort {number}" for number in range(1, 10)}
_SLIPS: Mapping[str, str] = {
    **_LEVEL,
    "-c": "for standard output write -o -",
    "--stdout": "for standard output write -o -",
    "-d": "to decompress write aecodec decompress",
    "--decompress": "to decompress write aecodec decompress",
    "-e": "how long to search is --effort N",
    "--exact": "every pixel is kept with --lossless",
    "-i": "inputs have no option: name them alone",
    "--input": "inputs have no option: name them alone",
    "-k": "inputs are always kept: leave it out",
    "--keep": "inputs are always kept: leave it out",
    "-l": "every pixel is kept with --lossless",
    "--level": "how long to search is --effort N",
    "--lossy": "files are lossy unless --lossless is given: leave it out",
    "--list": "what a file says of itself is shown by aecodec info",
    "-m": "a model is chosen by --model ID",
    "--name": "a picture of a container has a number, --index N; aecodec info --json has the names in that order",
    "--near-lossless": "a bound on the error is --max-mse X or --min-psnr DB",
    "--psnr": "a bound on the error is --min-psnr DB",
    "-Q": "quality is --quality N",
    "--size": "a bound on the size is --max-bytes N",
    "--target-size": "a bound on the size is --max-bytes N",
    "-t": "files are tested by aecodec verify",
    "--test": "files are tested by aecodec verify",
    "-T": "processors are shared by --jobs N",
    "--threads": "processors are shared by --jobs N",
    "-y": "outputs are replaced with -f",
    "--overwrite": "outputs are replaced with -f",
}
_COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("encode", "enc", "pack", "create", "c", "zip", "convert"), "compress"),
    **dict.fromkeys(("decode", "dec", "unpack", "extract", "d", "x", "unzip", "uncompress"), "decompress"),
    **dict.fromkeys(("test", "check", "t"), "verify"),
    **dict.fromkeys(("show", "inspect", "identify", "list", "l"), "info"),
    **dict.fromkeys(("model",), "models"),
    **dict.fromkeys(("bench",), "benchmark"),
    **dict.fromkeys(("plot",), "visualize"),
    **{word: f"--{word}" for word in ("help", "version")},
}
_TYPES = (("integer", "a whole number"), ("float", "a number"))  # of click, and what people call them
_NUMBER = re.compile(r"=?\d{1,3}")


def about_option(option: str, words: Sequence[str], options: Iterable[str]) -> str | None:
    """Return what to write in place of ``option`` of ``words``, which is not one of ``options``; None if unknown."""
    long = {name[1:] for name in options if name.startswith("--")}
    short = next((word for word in words if word.partition("=")[0] in long), None)
    if short is not None:
        return f"long ones have two dashes, -{short}"
    return _SLIPS.get(option)


def quality_meant(words: Sequence[str]) -> str | None:
    """Return the number behind ``-q`` where that is meant as quality: it is no file's name. Else None."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word == "--":
            break
        number = following if word == "-q" else word.removeprefix("-q") if word.startswith("-q") else ""
        if _NUMBER.fullmatch(number) and not (word == "-q" and os.path.lexists(number)):
            return number.removeprefix("=")
    return None


def about_value(message: str) -> str:
    """Return click's ``message`` on the value of an option, in the words of people."""
    for theirs, ours in _TYPES:
        message = re.sub(rf"is not a valid {theirs}( range)?\b", f"is not {ours}", message)
    return message


def about_command(name: str, commands: Iterable[str]) -> str:
    """Return what to say of ``name``, which is none of ``commands``."""
    if os.path.lexists(name):
        verb = "decompress" if name.lower().endswith(".aec") else "compress"
        return f"{name} is a file, and no command; write aecodec {verb} {name}"
    close = _COMMANDS.get(name) or next(iter(get_close_matches(name, list(commands), 1)), None)
    return f"no such command {name!r}" + (f"; did you mean aecodec {close}" if close else "")
