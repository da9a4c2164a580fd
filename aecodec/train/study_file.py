"""YAML to keys and values, each with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from aecodec.errors import UsageError


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Safe; numbers such as 1e-3 are numbers as in YAML 1.2, and no key may be there twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key in (str(key.value) for key, _ in node.value):
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key} is there twice", problem_mark=node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+\Z"), list("-+.0123456789")
)


def parse(path: Path) -> tuple[dict[Any, Any], dict[str, int]]:
    """Return the mapping in ``path``, and the line of each key, from 1.

    Raises UsageError, one line, where the file cannot be read or holds anything but one mapping.
    """
    try:
        loader = _Loader(path.read_bytes())
        try:
            node = loader.get_single_node()
            values = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise UsageError(f"{where}: no YAML of keys and values: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # bytes that are no text; numbers that are none
        raise UsageError(f"{path}: no YAML of keys and values: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        found = "nothing" if values is None else f"a {type(values).__name__}"
        raise UsageError(f"{path}: expected keys and values such as batch_size: 256, found {found}")
    return values, {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
