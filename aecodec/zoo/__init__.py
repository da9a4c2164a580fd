"""Released models: their files, what each is for, and where they are found."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.changes import Factors
    from aecodec.zoo.adapted import Adapted, save_adapted
    from aecodec.zoo.digests import known_answer
    from aecodec.zoo.find import Zoo
    from aecodec.zoo.load import load_model, tensors_of
    from aecodec.zoo.model import Model
    from aecodec.zoo.role import Pictures, Purpose, Role, purpose_of, stated
    from aecodec.zoo.save import pack_model, save_model
else:
    __getattr__ = late(
        __name__,
        {
            "aecodec.changes": ("Factors",),
            ".adapted": ("Adapted", "save_adapted"),
            ".digests": ("known_answer",),
            ".find": ("Zoo",),
            ".load": ("load_model", "tensors_of"),
            ".model": ("Model",),
            ".role": ("Pictures", "Purpose", "Role", "purpose_of", "stated"),
            ".save": ("pack_model", "save_model"),
        },
    )

__all__ = [
    "Adapted",
    "Factors",
    "Model",
    "Pictures",
    "Purpose",
    "Role",
    "Zoo",
    "known_answer",
    "load_model",
    "pack_model",
    "purpose_of",
    "save_adapted",
    "save_model",
    "stated",
    "tensors_of",
]
