"""Released models: their files, and where they are found."""

from aecodec.zoo.find import Zoo
from aecodec.zoo.model import Model, known_answer, load_model, pack_model, save_model

__all__ = ["Model", "Zoo", "known_answer", "load_model", "pack_model", "save_model"]
