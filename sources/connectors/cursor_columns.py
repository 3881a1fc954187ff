"""The column by which a table of a database is read incrementally."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from airbyte_cdk.models import ConfiguredAirbyteStream, SyncMode

from sources.connectors.errors import ConnectorError


class TableColumn(Protocol):
    """What has to be known of a column."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type_name(self) -> str:
        """Its type, for messages."""

    @property
    def is_sortable(self) -> bool:
        """Whether its values have an order."""


Found = TypeVar("Found", bound=TableColumn)


def cursor_column(stream: ConfiguredAirbyteStream, columns: Sequence[Found]) -> Found | None:
    """The column by which rows are ordered; a full read without one is ordered by key.

    Raises:
        ConnectorError: There is none where one is needed, or its type does not sort.
    """
    if not stream.cursor_field:
        if stream.sync_mode != SyncMode.incremental:
            return None
        raise ConnectorError("an incremental stream of this source needs cursor_field.")
    name = stream.cursor_field[0]
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        listed = ", ".join(column.name for column in columns)
        raise ConnectorError(f"cursor_field '{name}' is not a column of the table. Columns: {listed}.")
    if not found.is_sortable:
        raise ConnectorError(
            f"cursor_field '{name}' is of type {found.type_name}, which has no order. "
            "Choose a column that grows, or load the stream with full_refresh."
        )
    return found
