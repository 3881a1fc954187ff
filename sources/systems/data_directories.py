"""Data directories of databases: made once per machine as a template, copied from then on."""

import fcntl
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from sources.cache_entries import new_entry
from sources.systems.server_process import Identity, ServerKind


def template(folder: Path, name: str, build: Callable[[Path], None]) -> Path:
    """Path of a template; built when absent, by one process at a time, and complete as soon as it is visible.

    Args:
        folder: Where templates of a database lie.
        name: Of the template.
        build: Fills an empty folder.
    """
    path = folder / name
    if path.is_dir():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_dir():
            with new_entry(path) as half_built:
                build(half_built)
    return path


def copy_data_directory(kind: ServerKind, source: Path, target: Path, identity: Identity) -> None:
    """Copy the data directory of a server that is down.

    Args:
        kind: Of which database.
        source: What is copied.
        target: Must not exist; its parent must.
        identity: Becomes the owner.

    Raises:
        LockgateError: The disk is full, or the source is gone.
    """
    command = ["cp", "--recursive", "--reflink=auto", "--no-target-directory", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # three times as fast as shutil
    if done.returncode != 0:
        raise kind.error(f"{kind.name}: {source} cannot be copied to {target}: {done.stderr.strip()[-500:]}")
    target.chmod(0o700)
    if identity.uid is not None:
        give(target, identity.uid)


def give(path: Path, uid: int) -> None:
    """Make a user the owner of a file, or of a folder and all that is in it."""
    for entry in [path, *path.rglob("*")]:
        os.chown(entry, uid, -1, follow_symlinks=False)
