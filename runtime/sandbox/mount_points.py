"""Mount points inside a folder that a command of an agent could write.

Where the Python environment or a drop folder stands below `/tmp`, it is mounted inside the agent's own `/tmp`, which
stays from one command to the next. Bubblewrap makes what is missing on the way to a mount point and follows links as it
does, so a link there would have it write outside the walls. Nothing of the sandbox runs while the way is looked at.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

_NEXT_BUT_ONE = frozenset({"--bind", "--ro-bind", "--ro-bind-try", "--dev-bind", "--symlink"})
"""Options of bubblewrap with a source and a place inside."""
_NEXT = frozenset({"--tmpfs", "--dir", "--proc", "--dev"})
"""Options with a place inside."""


def clear_way(root: Path, inside: str, arguments: Sequence[str]) -> None:
    """Take away whatever is no real folder on the way to a mount point, or stands in its place.

    Args:
        root: The folder of the host that is mounted at `inside`, writable.
        inside: For example `/tmp`.
        arguments: Of bubblewrap.
    """
    for place in _mount_points(arguments):
        path = PurePosixPath(os.path.normpath(place))
        if not path.is_relative_to(inside) or path == PurePosixPath(inside):
            continue
        here = root
        for part in path.relative_to(inside).parts:
            here = here / part
            if not _is_open_folder(here):
                break


def _is_open_folder(path: Path) -> bool:
    """Whether a real folder is there, in which its owner may now make others; anything else is taken away."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        path.unlink()
        return False
    if stat.S_IMODE(mode) & 0o700 != 0o700:
        path.chmod(stat.S_IMODE(mode) | 0o700)
    return True


def _mount_points(arguments: Sequence[str]) -> Iterator[str]:
    for place, argument in enumerate(arguments):
        if argument in _NEXT_BUT_ONE:
            yield arguments[place + 2]
        elif argument in _NEXT:
            yield arguments[place + 1]
