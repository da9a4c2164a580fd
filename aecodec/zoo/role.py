"""What a model is for, as its file says: a role, and the pictures that it is made for.

Both stand in the description, as ``role`` and ``pictures``. They are hints for choosing among models where nobody names
one; no decoder needs them. This is the one place that reads them, and knows what older files, which have neither, are
for.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from aecodec.frozen import dataclass
from aecodec.kinds import kind_of
from aecodec.kinds.names import GRID, PIXELS, TILES

ANY = "any"


class Role(StrEnum):
    """What a model is taken for."""

    GENERAL = "general"  # lossy files of all pictures that no other model is made for
    COLLECTION = "collection"  # lossy files of one collection, one model for each latent_dim
    EXACT = "exact"  # exact files of one collection
    PIXELS = "pixels"  # exact files of all pictures that no other model is made for
    ADAPTED = "adapted"  # files of one collection: a model of any pictures that was trained on; only where it is named


@dataclass(frozen=True)
class Pictures:
    """Those of one ``size`` (height, width) and 1 or 3 colour ``planes``, from a ``collection`` if it has a name."""

    size: tuple[int, int]
    planes: int = 1
    collection: str | None = None


@dataclass(frozen=True)
class Purpose:
    """``role`` is None where none is known: such a model is taken where it is named, and nowhere else.

    ``pictures`` is None for any. ``latent_dim`` is 0 where there is none.
    """

    role: Role | None
    pictures: Pictures | None = None
    latent_dim: int = 0


# What files without a role are for, by what they state: kind and version.
_BEFORE_ROLES: Mapping[tuple[str, str], Role] = {
    (TILES, "1"): Role.COLLECTION,
    (TILES, "2"): Role.EXACT,
    (TILES, "3"): Role.EXACT,
    (TILES, "4"): Role.EXACT,
    (GRID, "5"): Role.GENERAL,
    (PIXELS, "6"): Role.PIXELS,
    (PIXELS, "7"): Role.PIXELS,
    (GRID, "8"): Role.GENERAL,
    (GRID, "12"): Role.GENERAL,
    (GRID, "13"): Role.GENERAL,
    (GRID, "14"): Role.GENERAL,
}


def stated(role: Role, pictures: Pictures | None = None) -> dict[str, Any]:
    """Return the keys of a description that say so; ``pictures`` None is for any."""
    if pictures is None:
        return {"role": str(role), "pictures": ANY}
    collection = {} if pictures.collection is None else {"collection": pictures.collection}
    return {"role": str(role), "pictures": {"size": list(pictures.size), "planes": pictures.planes, **collection}}


def purpose_of(version: str, description: Mapping[str, Any]) -> Purpose:
    """Return what the model of a file with these is for. Hints that cannot be read are as if for a role that is not
    known.
    """
    latent_dim = description.get("latent_dim")
    known = latent_dim if type(latent_dim) is int else 0
    try:
        if "role" in description:
            return Purpose(Role(description["role"]), _pictures(description["pictures"]), known)
        role = _BEFORE_ROLES[kind_of(description), version]
        if role in (Role.COLLECTION, Role.EXACT):
            of_one = {"size": description["tile"], "planes": 1, "collection": description.get("family")}
            return Purpose(role, _pictures(of_one), known)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Purpose(None, latent_dim=known)
    return Purpose(role, latent_dim=known)


def _pictures(value: Any) -> Pictures | None:
    if value == ANY:
        return None
    height, width = value["size"]
    collection = value.get("collection")
    sides = (height, width, value["planes"])
    if not all(type(each) is int and each > 0 for each in sides) or not isinstance(collection, str | None):
        raise ValueError(f"no pictures: {value!r:.80}")
    return Pictures((height, width), value["planes"], collection)
