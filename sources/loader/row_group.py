"""How much of a load DuckDB still holds in memory."""

import collections

ROWS = 122_880
"""DuckDB writes so many rows of a table at once, and holds the last ones in memory until they are committed."""


class OpenRowGroup:
    """The last rows of a transaction, which may not be written yet."""

    def __init__(self) -> None:
        self._batches: collections.deque[tuple[int, int]] = collections.deque()
        self._n_rows = 0
        self.n_bytes = 0
        """Bytes of the batches that these rows are part of."""

    def add(self, n_rows: int, n_bytes: int) -> None:
        """Count a batch that was inserted, and forget those that are written by now."""
        self._batches.append((n_rows, n_bytes))
        self._n_rows += n_rows
        self.n_bytes += n_bytes
        while self._n_rows - self._batches[0][0] >= ROWS:
            first_rows, first_bytes = self._batches.popleft()
            self._n_rows -= first_rows
            self.n_bytes -= first_bytes
