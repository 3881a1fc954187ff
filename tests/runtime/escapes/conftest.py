"""What attempts are after: things of the host that hold a token. Whoever gets the token has got out."""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from benchmark.paths import REPOSITORY_DIR, cache_dir
from tests.helpers.escapes import Host, needs_bubblewrap, needs_docker


@pytest.fixture(params=[pytest.param("bubblewrap", marks=needs_bubblewrap), pytest.param("docker", marks=needs_docker)])
def walled(request: pytest.FixtureRequest) -> str:
    """Name of a backend with walls."""
    return str(request.param)


@pytest.fixture
def host(disk_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """On the disk, where gold is: a hard link needs both on one file system."""
    token = f"token-{uuid4().hex}"
    home = disk_path / "home"
    monkeypatch.setenv("LLM_API_KEY", token)
    secrets = {
        "gold": cache_dir() / "gold" / f"escape-{uuid4().hex[:8]}" / "marts.orders.parquet",
        "solution": home / "dbt_projects" / "solution" / "orders.sql",
        "other": home / "runs" / "r" / "trials" / "other" / "submission.patch",
        "beside": disk_path / "beside.txt",
        "shm": Path("/dev/shm") / token,
        "tmp": Path("/tmp") / token,
    }
    for path in secrets.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(token)
    keeper = subprocess.Popen(["sleep", "60"], env={"LLM_API_KEY": token}, stdin=secrets["gold"].open("rb"))
    host = Host(disk_path, token, {name: str(path) for name, path in secrets.items()}, victim=keeper)
    host.names |= {
        "token": token,
        "home": str(home),
        "repository": str(REPOSITORY_DIR),
        "pid": str(keeper.pid),
        "harness": str(os.getpid()),
        "scorecard": str(home / "runs" / "r" / "scorecard.json"),
    }
    libc = ctypes.CDLL(None)
    segment = libc.shmget(0x10C6A7E, 64, 0o1600)
    with _listeners(host):
        yield host
    if segment >= 0:
        libc.shmctl(segment, 0, None)
    keeper.kill()
    keeper.wait()
    for path in secrets.values():
        path.unlink(missing_ok=True)
    secrets["gold"].parent.rmdir()


class _listeners:
    def __init__(self, host: Host) -> None:
        self.host = host
        self.sockets: list[socket.socket] = []

    def __enter__(self) -> None:
        path = str(self.host.folder / "host.sock")
        places = (
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("unix", socket.AF_UNIX, socket.SOCK_DGRAM, path),
            ("abstract", socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{self.host.token}"),
        )
        for name, family, kind, address in places:
            listener = socket.socket(family, kind)
            listener.bind(address)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            if family == socket.AF_INET:
                self.host.names[name] = str(listener.getsockname()[1])
            self.sockets.append(listener)
            threading.Thread(target=self._receive, args=(listener, kind), daemon=True).start()
        self.host.names["unix"] = path

    def _receive(self, listener: socket.socket, kind: int) -> None:
        try:
            if kind == socket.SOCK_STREAM:
                listener.accept()[0].close()
                self.host.received.append(b"connected")
            else:
                self.host.received.append(listener.recv(100))
        except OSError:
            return

    def __exit__(self, *_: object) -> None:
        for listener in self.sockets:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
