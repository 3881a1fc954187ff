"""Many records at once, by column. Importing this does not import airbyte-cdk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

ArrowValues: TypeAlias = pa.Array | pa.ChunkedArray
Values: TypeAlias = Sequence[Any] | ArrowValues
"""Values of one column: as JSON has them, or an Arrow array. An array is of the type that the stream's schema says, or
holds the text of each value as the source system writes it, which loses no digit."""


@dataclass(frozen=True)
class RecordBatch:
    """Many records of one stream, for a loader in the same process.

    The protocol has one message for each record, which costs more than reading it. `StreamSource.read` unpacks batches.
    """

    stream: str
    n_rows: int
    columns: Mapping[str, Values]
    """Field -> its `n_rows` values. A field that is missing is NULL in every record."""
    records: Callable[[], Iterator[dict[str, Any]]]
    """The same as JSON has it."""
