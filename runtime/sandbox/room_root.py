"""The files that a room sees: a root made of read-only folders, and of fresh or given ones that it may write to.

Rule: everything that several rooms see is read-only, mount by mount. What a room may write to is a mount of its own
that ends with it, or a folder that its caller gave to this one job.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from runtime.sandbox.namespaces import (
    NO_DEVICES,
    NO_EXEC,
    NO_SUID,
    PRIVATE,
    RECURSIVE,
    bind,
    mount,
    pivot,
    set_read_only,
)
from runtime.sandbox.visible_files import DEVICE_LINKS, DEVICES, room_paths

ROOT = "/room"
TEMPORARY = "/tmp"
TEMPORARY_BYTES = 512 * 1024**2
SHARED_MEMORY = "/dev/shm"
SHARED_MEMORY_BYTES = 64 * 1024**2
_MAX_FILES = 100_000
"""In a folder in memory; the kernel's own memory for their names is limited by this."""
_NOTHING = "/run"
"""An empty folder."""
_SYSCTL = "/proc/sys/user/max_user_namespaces"
_VISIBLE_IN_PROC = frozenset(
    {
        "cpuinfo",
        "filesystems",
        "loadavg",
        "meminfo",
        "mounts",
        "net",
        "self",
        "stat",
        "sys",
        "thread-self",
        "uptime",
        "version",
    }
)
"""What stays visible in /proc beside processes: what common libraries read. Everything else is covered."""
_HIDDEN = NO_SUID | NO_DEVICES | NO_EXEC


def build_root(mounts: Sequence[tuple[str, str, bool]]) -> None:
    """Make the room's root and move into it; nothing else can be reached afterwards.

    Args:
        mounts: Path inside, folder of the server's view, whether it may be written to.
    """
    mount("none", "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", ROOT, "tmpfs", NO_SUID | NO_DEVICES, "mode=0755,size=4m")
    _make_folder_in_memory(TEMPORARY, TEMPORARY_BYTES)  # first: the Python environment may stand below it
    _show_system()
    _make_devices()
    _make_folder_in_memory(SHARED_MEMORY, SHARED_MEMORY_BYTES)
    for name in ("/proc", _NOTHING, *(inside for inside, _, _ in mounts)):
        Path(ROOT + name).mkdir(parents=True, exist_ok=True)
    for inside, outside, _ in mounts:
        bind(outside, ROOT + inside)
    set_read_only(ROOT, is_recursive=True)
    for name in writable_folders(mounts):
        set_read_only(ROOT + name, is_read_only=False)
    mount("proc", f"{ROOT}/proc", "proc", _HIDDEN)
    pivot(ROOT)
    Path(_SYSCTL).write_text("0", encoding="ascii")  # no namespaces below this one: they would bring capabilities
    _cover_proc()


def writable_folders(mounts: Sequence[tuple[str, str, bool]]) -> list[str]:
    """Where a room with these mounts may write, as it calls them itself."""
    return [TEMPORARY, SHARED_MEMORY, *(inside for inside, _, is_writable in mounts if is_writable)]


def _show_system() -> None:
    """Programs, the Python environment, our library, a few files of /etc."""
    folders, links = room_paths()
    for folder in folders:
        Path(ROOT + folder).mkdir(parents=True, exist_ok=True)
        bind(folder, ROOT + folder)
    for name, target in links.items():
        Path(ROOT + name).symlink_to(target)


def _make_devices() -> None:
    """A /dev of its own, with the few devices that keep nothing."""
    Path(ROOT + "/dev/shm").mkdir(parents=True)
    for name in DEVICES:
        Path(f"{ROOT}/dev/{name}").touch()
        bind(f"/dev/{name}", f"{ROOT}/dev/{name}")
    for name, target in DEVICE_LINKS.items():
        Path(f"{ROOT}/dev/{name}").symlink_to(target)


def _cover_proc() -> None:
    """Hide what /proc says of the whole machine, and make the rest read-only."""
    set_read_only("/proc")
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() and entry.name not in _VISIBLE_IN_PROC:
            bind(_NOTHING if entry.is_dir(follow_symlinks=False) else "/dev/null", entry.path)


def _make_folder_in_memory(name: str, n_bytes: int) -> None:
    Path(ROOT + name).mkdir(exist_ok=True)
    options = f"size={n_bytes},nr_inodes={_MAX_FILES}"
    mount("tmpfs", ROOT + name, "tmpfs", NO_SUID | NO_DEVICES, options)
