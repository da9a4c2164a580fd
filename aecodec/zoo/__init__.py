"""Released models: their files, what each is for, and where they are found."""

from aecodec.zoo.digests import known_answer
from aecodec.zoo.find import Zoo
from aecodec.zoo.load import load_model
from aecodec.zoo.model import Model
from aecodec.zoo.role import Pictures, Purpose, Role, purpose_of, stated
from aecodec.zoo.save import pack_model, save_model

__all__ = [
    "Model",
    "Pictures",
    "Purpose",
    "Role",
    "Zoo",
    "known_answer",
    "load_model",
    "pack_model",
    "purpose_of",
    "save_model",
    "stated",
]
