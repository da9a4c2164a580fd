"""The operations of a chain. Each is a class, is built from a description, and proves its bounds.

``OPERATIONS`` has them by the ``op`` of a description's entry. A new operation is a class, and a line here.
"""

from collections.abc import Mapping
from typing import Final

from aecodec.exact.operations.protocol import Backward, Given, Gradients, Operation, Value
from aecodec.exact.operations.unweighted import Concat, Flatten, Reshape, Round, Shuffle
from aecodec.exact.operations.weighted import Add, Conv, Dense

OPERATIONS: Final[Mapping[str, type[Operation]]] = {
    "dense": Dense,
    "conv": Conv,
    "flatten": Flatten,
    "concat": Concat,
    "reshape": Reshape,
    "shuffle": Shuffle,
    "add": Add,
    "round": Round,
}

__all__ = [
    "OPERATIONS",
    "Add",
    "Backward",
    "Concat",
    "Conv",
    "Dense",
    "Flatten",
    "Given",
    "Gradients",
    "Operation",
    "Reshape",
    "Round",
    "Shuffle",
    "Value",
]
