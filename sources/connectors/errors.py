"""What goes wrong while a source is read."""

from benchmark.errors import LockgateError


class ConnectorError(LockgateError):
    """A source cannot be reached, does not have what was asked for, or holds broken data."""
