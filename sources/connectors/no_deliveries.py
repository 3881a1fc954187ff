"""Files that lie beside deliveries and are none."""

import fnmatch

_MARKERS = (
    "_SUCCESS",
    "_metadata",
    "_common_metadata",
    "_started_*",
    "_committed_*",
    "~$*",
    "Thumbs.db",
    "desktop.ini",
)
"""What Spark, Office and Windows put beside the files that they write."""


def is_no_delivery(name: str, pattern: str) -> bool:
    """Whether a file is a marker or hidden, and the pattern does not ask for such files by their first character.

    Args:
        name: Of the file, without folders.
        pattern: The last part of the glob pattern.
    """
    is_hidden = name.startswith(".") and not pattern.startswith(".")
    return is_hidden or (name != pattern and any(fnmatch.fnmatchcase(name, marker) for marker in _MARKERS))
