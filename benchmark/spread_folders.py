"""New folders of a folder in other places of the disk than their neighbours.

ext4 puts the files of a folder near those of the folders beside it, and gives the place of a file that was deleted
within the last minutes to no other. Where many folders of many files come and go beside one another, as the workspaces
of trials do, each new file first passes all that were deleted: that was a tenth of the processor time of everything.
The flag `EXT4_TOPDIR_FL` (`chattr +T`) has each new folder begin elsewhere.

Source: kernel.org, Documentation/filesystems/ext4 (Orlov block allocator); chattr(1).
"""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path

_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602
_TOP_OF_HIERARCHY = 0x00020000


def spread_new_folders(folder: Path) -> None:
    """Ask the file system to do so below a folder, which need not exist. Those that cannot stay as they are."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            flags: int = struct.unpack("i", fcntl.ioctl(opened, _GET_FLAGS, struct.pack("i", 0)))[0]
            if not flags & _TOP_OF_HIERARCHY:
                fcntl.ioctl(opened, _SET_FLAGS, struct.pack("i", flags | _TOP_OF_HIERARCHY))
        finally:
            os.close(opened)
