"""Picture files by the rules of their formats, before Pillow decodes them: what is damaged, not taken, or left out.

The module of a format is imported when a file of it is at hand.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Final, TypeVar

from aecodec.pictures.surveys.survey import Film, Survey

Found = TypeVar("Found")


class Formats(Mapping[str, Callable[[bytes], Found]]):
    """Functions of the bytes of a file, by Pillow's names of formats; ``modules`` say where each is, as ``name``."""

    def __init__(self, name: str, modules: Mapping[str, str]) -> None:
        self._name, self._modules = name, modules

    def __getitem__(self, form: str) -> Callable[[bytes], Found]:
        found: Callable[[bytes], Found] = getattr(import_module(f".{self._modules[form]}", __name__), self._name)
        return found

    def __contains__(self, form: object) -> bool:
        return form in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


SURVEYS: Final[Formats[Survey]] = Formats(
    "survey", {"PNG": "png", "JPEG": "jpeg", "WEBP": "riff", "BMP": "bmp", "TIFF": "tiff", "PPM": "pnm"}
)
FILMS: Final[Formats[Film | None]] = Formats(  # None of a file of one frame or page
    "film", {"PNG": "apng", "WEBP": "webp", "TIFF": "tiff", "GIF": "gif"}
)

__all__ = ["FILMS", "SURVEYS", "Film", "Survey"]
