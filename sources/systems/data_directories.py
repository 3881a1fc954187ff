"""Data directories of databases: made once per machine as a template, copied from then on."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.cache import find_entry, in_use, new_entry, one_at_a_time
from benchmark.paths import cache_dir
from sources.systems.server_process import Identity, ServerKind


@contextmanager
def template(kind: str, name: str, build: Callable[[Path], None]) -> Iterator[Path]:
    """Path of a template, which stays inside the block; built when absent, by one process at a time.

    Args:
        kind: Kind of cache entry: the database.
        name: Of the template.
        build: Fills an empty folder.
    """
    path = cache_dir() / kind / name
    with in_use(f"a template of {kind}"):
        if not find_entry(path):
            with one_at_a_time(kind, name):
                if not find_entry(path):
                    with new_entry(path) as half_built:
                        build(half_built)
        yield path


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
