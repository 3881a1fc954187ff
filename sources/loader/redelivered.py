"""Files that are delivered again: what the old delivery had and the new one has not is taken out of the raw table."""

from collections.abc import Mapping, Sequence
from typing import Any

from sources.connectors.file_reading.names import FILE_COLUMN
from sources.loader.stages import STAGED
from sources.loader.warehouse import Warehouse, quote


def files_read(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """Names of the files that were read between two states of a stream, each as a whole.

    Args:
        before: State that was committed last; None = nothing was read before.
        after: State of the last checkpoint.
    """
    known = (before or {}).get("files") or {}
    now = (after or {}).get("files") or {}
    return [name for name, digest in now.items() if known.get(name) != digest]


def forget_old_rows(warehouse: Warehouse, target: str, key: Sequence[str], files: Sequence[str]) -> None:
    """Delete the rows of files whose key is not among the rows that wait, which hold these files as a whole.

    Nothing is deleted where the key does not say the file: a row with the same key may come from another file.

    Args:
        warehouse: Inside a transaction; the new rows wait in the stage.
        target: The raw table, quoted.
        key: Columns of the primary key.
        files: Names of the files.
    """
    if FILE_COLUMN not in key or not files:
        return
    same = " and ".join(f"staged.{quote(name)} is not distinct from target.{quote(name)}" for name in key)
    warehouse.execute(
        f"delete from {target} as target where {quote(FILE_COLUMN)} in (select unnest(?::varchar[])) "
        f"and not exists (select 1 from {STAGED} as staged where {same})",
        [list(files)],
    )
