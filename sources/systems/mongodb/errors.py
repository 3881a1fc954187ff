"""Errors as the server reports them to its clients."""

from typing import Any

_CODES = {
    "BadValue": 2,
    "FailedToParse": 9,
    "Unauthorized": 13,
    "TypeMismatch": 14,
    "AuthenticationFailed": 18,
    "CursorNotFound": 43,
    "MaxTimeMSExpired": 50,
    "CommandNotFound": 59,
    "InvalidNamespace": 73,
    "NotImplemented": 238,
    "TooManyCursors": 10_333,
    "CommandNotSupported": 115,
}


class CommandError(Exception):
    """A command is not carried out; the connection stays.

    Args:
        name: Of the error code.
        message: What is wrong.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message

    def document(self) -> dict[str, Any]:
        """The answer to the command."""
        return {"ok": 0.0, "errmsg": self.message, "code": _CODES[self.name], "codeName": self.name}


def not_supported(what: str) -> CommandError:
    """The error for a part of the query language that this server does not have."""
    return CommandError("CommandNotSupported", f"{what} is not supported by this server; see docs/sources.md")
