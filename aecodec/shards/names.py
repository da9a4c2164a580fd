"""Names that commands offer and folders of shards have; nothing is imported for them."""

from typing import Final

MARK: Final = "shards.json"  # says whose the shards of a folder are
MANIFESTS: Final = {"manifest.parquet": "parquet", "manifest.jsonl": "jsonl"}  # name: form
DEFAULT_FORM: Final = "parquet"
FORMS: Final = (*MANIFESTS.values(), "none")
