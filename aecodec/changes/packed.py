"""All changes to a base as one byte string: ``head payload``.

The head has an operation for each tensor of the base, in the order of their names, and then the tensors that are new.
The payload has the values of all in the same order. Nothing is decoded, and no memory taken, before what the head
claims is known to be within bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Arrays, Tensors
from aecodec.changes.forms import Form
from aecodec.changes.operations import OPERATIONS, Kept, Operation, Reformed
from aecodec.changes.values import ValueReader, ValueWriter
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, ModelError
from aecodec.frozen import dataclass
from aecodec.limits import MAX_CHANGES_BYTES, MAX_CHANGES_WORK, MAX_TENSOR_NAME

Values = Sequence[NDArray[Any]]

_NOTHING = np.empty(0, np.int8)  # what new tensors are made of


@dataclass(frozen=True)
class Changes:
    """``of`` tensors of the base by their names, those that stay left out, and ``new`` tensors."""

    of: Mapping[str, tuple[Operation, Values]] = field(default_factory=dict)
    new: Tensors = field(default_factory=dict)


def pack_changes(changes: Changes, base: Tensors) -> bytes:
    """Return the byte string of ``changes`` to the tensors of ``base``."""
    head, writer = b"", ValueWriter()
    for name in sorted(base):
        operation, values = changes.of.get(name, (Kept(), ()))
        head += bytes([OPERATIONS.index(type(operation))]) + operation.pack()
        _write(operation, values, writer)
    head += varint(len(changes.new))
    for name in sorted(changes.new):
        operation, encoded = Reformed(Form.of(changes.new[name])), name.encode()
        head += varint(len(encoded)) + encoded + operation.pack()
        _write(operation, [changes.new[name]], writer)
    return head + writer.finish()


def unpack_changes(data: bytes, base: Tensors) -> Arrays:
    """Return the tensors that :func:`pack_changes` made ``data`` of, by the same ``base``.

    Raises ModelError for anything that is wrong, and for too much.
    """
    fields = Cursor(data, 0, len(data))
    try:
        operations = _read_head(fields, base)
        _check_size(list(operations.values()))
        reader = ValueReader(data[fields.at :])
        found = {
            name: operation.apply(base.get(name, _NOTHING), [reader.read(*each) for each in operation.asked])
            for name, operation in operations.items()
        }
        reader.finish()
    except (FormatError, LimitError) as error:
        raise ModelError(f"changes to a base that are damaged: {error}") from error
    return {name: tensor for name, tensor in found.items() if tensor is not None}


def _write(operation: Operation, values: Values, writer: ValueWriter) -> None:
    for asked, each in zip(operation.asked, values, strict=True):
        writer.write(asked.kind, each)


def _read_head(fields: Cursor, base: Tensors) -> dict[str, Operation]:
    operations: dict[str, Operation] = {}
    for name in sorted(base):
        code = fields.byte("operation")
        if code >= len(OPERATIONS):
            raise ModelError(f"operation {code} on a tensor is not known to this aecodec; a newer one may know it")
        operations[name] = OPERATIONS[code].read(fields, base[name])
    last = ""
    for _ in range(fields.varint("number of new tensors")):
        name = _read_name(fields)
        if name in base or name <= last:
            raise ModelError(f"a new tensor {name!r:.80} that is there, or not in the order of names")
        operations[name] = Reformed(Form.read(fields))
        last = name
    return operations


def _read_name(fields: Cursor) -> str:
    length = fields.varint("length of a name", 1)
    if length > MAX_TENSOR_NAME:
        raise ModelError(f"a tensor with a name of {length} bytes; the limit is {MAX_TENSOR_NAME}")
    try:
        return fields.take(length, "name of a tensor").decode()
    except UnicodeDecodeError as error:
        raise ModelError("a tensor whose name is not UTF-8") from error


def _check_size(operations: Sequence[Operation]) -> None:
    """Raise ModelError if values take more memory, or products more time, than they may."""
    size = sum(asked.form.size for operation in operations for asked in operation.asked)
    if size > MAX_CHANGES_BYTES:
        raise ModelError(f"changes of {size} bytes; the limit is {MAX_CHANGES_BYTES}")
    work = sum(operation.work for operation in operations)
    if work > MAX_CHANGES_WORK:
        raise ModelError(f"low-rank changes of {work} multiplications; the limit is {MAX_CHANGES_WORK}")
