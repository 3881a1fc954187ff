"""The rows of a table as an HTTP API shows them; what is asked for is written then, not before."""

import bisect
import threading
from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from benchmark.http_records import Since, TableView, TimeFormat
from sources.systems.errors import SourceSystemError
from sources.systems.http.json_values import cell_text, json_rows, microseconds, plain_values
from sources.systems.http.messages import ProblemError
from sources.systems.http.parameters import Parameters

if TYPE_CHECKING:
    import pyarrow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


class Records:
    """Rows that can be searched and written; threads may share them.

    Args:
        table: The rows; deleted ones and their columns included.
        view: What is shown of them.
        where: Endpoint, export or field, for messages.
        equal_columns: Columns to search for equal values.
        time_format: How instants are written.

    Raises:
        SourceSystemError: The table lacks a column.
    """

    def __init__(
        self,
        table: "pyarrow.Table",
        view: TableView,
        where: str,
        equal_columns: Sequence[str],
        time_format: TimeFormat,
    ) -> None:
        needed = [*view.key, *equal_columns, *view.hidden_columns, *([view.since.column] if view.since else [])]
        if missing := [name for name in dict.fromkeys(needed) if name not in table.column_names]:
            listed = ", ".join(table.column_names)
            problem = f"table '{view.table}' has no column {', '.join(missing)}. Columns: {listed}."
            raise SourceSystemError(where, problem)
        self._table, self._since_values = _sorted(table, view.since)
        self._since = view.since
        self._time_format = time_format
        self._positions: dict[str, dict[str, list[int]]] = {}
        self._lock = threading.Lock()
        self.names = [name for name in table.column_names if name not in view.hidden_columns]

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def find(self, equal: Mapping[str, str], parameters: Parameters) -> Sequence[int]:
        """Positions of the rows with these values that are as new as the parameters ask for, in their order.

        Args:
            equal: Column -> value as a text.
            parameters: May hold the bounds of `since`.

        Raises:
            ProblemError: A bound is none.
        """
        found: Sequence[int] = range(len(self))
        for number, (column, text) in enumerate(equal.items()):
            rows = self._index(column).get(text, [])
            found = rows if number == 0 else sorted(set(found).intersection(rows))
        if self._since is None:
            return found
        first, last = 0, len(found)
        if (since := parameters.text(self._since.parameter)) is not None:
            search = bisect.bisect_right if self._since.is_exclusive else bisect.bisect_left
            first = search(found, self._bound(self._since.parameter, since), key=self._since_values.__getitem__)
        name = self._since.until_parameter
        if name is not None and (until := parameters.text(name)) is not None:
            last = bisect.bisect_left(found, self._bound(name, until), key=self._since_values.__getitem__)
        return found[first : max(first, last)]

    def columns(self, rows: Sequence[int]) -> list[list[Any]]:
        """Plain values of rows, a list for each of `names`."""
        shown = self._table.select(self.names)
        if isinstance(rows, range):
            part = shown.slice(rows.start, len(rows))
        else:
            import pyarrow

            part = shown.take(pyarrow.array(rows, "int64"))
        return [plain_values(column, self._time_format) for column in part.columns]

    def texts(self, rows: Sequence[int]) -> list[str]:
        """Rows as JSON objects."""
        return json_rows(self.names, self.columns(rows))

    def _index(self, column: str) -> dict[str, list[int]]:
        with self._lock:
            if column not in self._positions:
                index: dict[str, list[int]] = {}
                for row, value in enumerate(plain_values(self._table[column], self._time_format)):
                    index.setdefault(cell_text(value), []).append(row)
                self._positions[column] = index
            return self._positions[column]

    def _bound(self, name: str, text: str) -> Any:
        assert self._since is not None
        kind = str(self._table.schema.field(self._since.column).type)
        try:
            if kind.startswith("timestamp"):
                return _instant(text, self._time_format)
            if kind.startswith("date"):
                return date.fromisoformat(text[:10]).toordinal()
            return _whole(text)
        except (ValueError, OverflowError):
            wanted = {"t": "an ISO date-time", "d": "an ISO date"}.get(kind[0], "a whole number")
            if self._time_format.startswith("epoch") and kind[0] == "t":
                wanted = f"a number of {self._time_format.removeprefix('epoch_')} since 1970"
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name} must be {wanted}; received '{text}'.") from None


def _sorted(table: "pyarrow.Table", since: Since | None) -> "tuple[pyarrow.Table, list[Any]]":
    """By the column that tells new rows, those without a value first; equal ones stay in their order."""
    values = _sort_values(table, since)
    order = sorted(range(len(values)), key=values.__getitem__)
    if order == list(range(len(values))):
        return table, values
    import pyarrow

    # Not from the list: for that pyarrow imports pandas, which takes a fifth of the start of all systems.
    rows = pyarrow.Array.from_buffers(pyarrow.int64(), len(order), [None, pyarrow.py_buffer(array("q", order))])
    return table.take(rows), [values[row] for row in order]


def _sort_values(table: "pyarrow.Table", since: Since | None) -> list[Any]:
    """Numbers that are sorted as the column; a missing value is the least."""
    if since is None:
        return []
    column = table[since.column]
    kind = str(column.type)
    if kind.startswith("timestamp"):
        values: list[Any] = microseconds(column)
    elif kind.startswith("date"):
        values = [None if value is None else value.toordinal() for value in column.to_pylist()]
    else:
        values = column.to_pylist()
    return [float("-inf") if value is None else value for value in values]


def _instant(text: str, time_format: TimeFormat) -> int:
    """Microseconds since 1970; a time without offset is UTC."""
    if time_format.startswith("epoch"):
        return _whole(text) * (_SECOND if time_format == "epoch_seconds" else 1_000)
    instant = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def _whole(text: str) -> int:
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 20:
        raise ValueError(text)
    return int(text)
