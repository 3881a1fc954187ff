"""What the inside of a sandbox sees of this machine, as arguments of bubblewrap. All of it is read-only."""

import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from benchmark.data_packages import data_packages, package_folders
from benchmark.paths import REPOSITORY_DIR

WORKSPACE = "/workspace"
LIBRARY = "/lockgate"
"""Our code that runs inside: the loader and the jobs. Generators, worlds, tasks, evaluators, agents are not there."""
HOME = "/tmp"
USER_ID = 1000

DEVICES = ("full", "null", "random", "urandom", "zero")
"""Devices in /dev; what is written to them is gone."""
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}

_LIBRARY_PARTS = (
    "benchmark",
    "runtime",
    "sources/__init__.py",
    "sources/connectors",
    "sources/loader",
    "sources/systems/__init__.py",
    "sources/systems/network.py",
)
_ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "java-17-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "ssl/certs",
    "ssl/openssl.cnf",
)
"""Files of /etc that are visible; where the harness is root, a whole /etc would hold files that only root may read."""
_FILES = {
    "passwd": "agent:x:{user}:{group}:agent:" + f"{HOME}:/bin/sh\n",
    "group": "agent:x:{group}:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def system_arguments(files_dir: Path) -> list[str]:
    """Programs, the Python environment, our library, a few files of /etc.

    Args:
        files_dir: A folder of the caller's, where the made-up files of /etc are written.
    """
    files = made_up_files(files_dir)
    return [*_system(), *(part for inside, path in files.items() for part in ("--ro-bind", str(path), inside))]


def inside_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a command: what is given, and what any program needs."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": LIBRARY,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **given,
    }


def room_paths() -> tuple[list[str], dict[str, str]]:
    """What of a server's view its rooms see too: folders, and links with what they point to."""
    top = [Path(name) for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64")]
    links = {str(path): str(path.readlink()) for path in top if path.is_symlink()}
    folders = ["/usr", "/etc", LIBRARY, *(str(path) for path in top if path.is_dir() and not path.is_symlink())]
    prefixes = dict.fromkeys((sys.base_prefix, sys.exec_prefix, sys.prefix))
    return [*folders, *(prefix for prefix in prefixes if not Path(prefix).is_relative_to("/usr"))], links


def library_parts() -> dict[str, Path]:
    """Path inside -> file or folder of our code that runs inside."""
    return {f"{LIBRARY}/{part}": REPOSITORY_DIR / part for part in _LIBRARY_PARTS}


@lru_cache
def _system() -> Sequence[str]:
    found = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            found += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            found += ["--ro-bind", name, name]
    for name in _ETC:
        found += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for prefix in dict.fromkeys((sys.base_prefix, sys.exec_prefix, sys.prefix)):
        if not Path(prefix).is_relative_to("/usr"):
            found += ["--ro-bind", prefix, prefix]
    # What worlds are generated from: the inside gets data from the source systems alone.
    hidden = [package for name in data_packages() for package in package_folders(name)]
    for folder in dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))):
        for package in hidden:
            if (Path(folder) / package).is_dir():
                found += ["--tmpfs", f"{folder}/{package}", "--remount-ro", f"{folder}/{package}"]
    for part, path in library_parts().items():
        found += ["--ro-bind", str(path), part]
    return found


def made_up_files(folder: Path, user_id: int = USER_ID, group_id: int = USER_ID) -> dict[str, Path]:
    """Path inside -> file of the host: the files of /etc that name users and hosts, none of them the host's.

    Args:
        folder: Where they are written, once.
        user_id: Of the one user inside.
        group_id: Of its group.
    """
    found = {}
    for name, text in _FILES.items():
        path = folder / name
        if not path.exists():
            path.write_text(text.format(user=user_id, group=group_id), encoding="ascii")
            os.chmod(path, 0o644)  # noqa: PTH101 - one call
        found[f"/etc/{name}"] = path
    return found
