"""The loop that forks a process per connection."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmark.paths import REPOSITORY_DIR

SERVER = """
import json, os, socket, sys, time
from runtime.forking import serve_until_end

def handle(connection, server_pid):
    word = connection.makefile("rb").readline().strip().decode()
    if word == "crash":
        raise SystemExit("crashed")
    if word == "sleep":
        time.sleep(60)
    files = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    kept = [fd for fd in files if os.path.exists(f"/proc/self/fd/{fd}")]
    answer = {"word": word, "server": server_pid == os.getppid(), "descriptors": kept, "taken": os.open("/dev/null", 0)}
    connection.sendall(json.dumps(answer).encode() + b"\\n")
    os._exit(0)

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(16)
owner = 0
if sys.argv[2] == "pipe":
    owner = os.dup(0)
serve_until_end(server, owner, handle)
print("ended by itself", flush=True)
"""


class Served:
    def __init__(self, path: Path, owner: str) -> None:
        self.path = path
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(path), owner],
            cwd=REPOSITORY_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def connect(self, word: str) -> socket.socket:
        caller = socket.socket(socket.AF_UNIX)
        for _ in range(500):
            try:
                caller.connect(str(self.path))
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        caller.sendall(word.encode() + b"\n")
        return caller

    def ask(self, word: str) -> dict[str, Any] | None:
        with self.connect(word) as caller:
            line = caller.makefile("rb").readline()
        return json.loads(line) if line else None

    def end(self) -> str:
        """What the server says at its end, once its owner's descriptor has closed."""
        said, _ = self.process.communicate(timeout=20)
        return said.decode()


@pytest.fixture(params=["stdin", "pipe"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "s", request.param)
    yield server
    server.process.kill()
    server.process.wait()


def test_each_connection_has_a_fork_and_no_fork_hurts_the_next(served: Served) -> None:
    assert served.ask("crash") is None
    sleeper = served.connect("sleep")
    answers = [served.ask(str(number)) for number in range(5)]
    assert [answer and answer["word"] for answer in answers] == list("01234")
    assert all(answer and answer["server"] for answer in answers)
    sleeper.close()
    for child in psutil.Process(served.process.pid).children():
        child.kill()
    time.sleep(0.7)  # it reaps at its next look
    assert psutil.Process(served.process.pid).children() == []
    assert served.end() == "ended by itself\n"


def test_a_fork_keeps_neither_the_servers_socket_nor_a_free_place_for_standard_input(served: Served) -> None:
    """A pipe that got number 0 would be taken for standard input by the programs that the fork starts."""
    answer = served.ask("x")
    assert answer is not None
    assert answer["descriptors"][:3] == [0, 1, 2]
    assert answer["taken"] > 2
    assert len(answer["descriptors"]) <= 4  # the connection is the only one beside them


def test_words_of_the_owner_do_not_end_the_server(served: Served) -> None:
    assert served.process.stdin is not None
    served.process.stdin.write(b"still here")
    served.process.stdin.flush()
    assert served.ask("a") is not None
    assert served.process.poll() is None
    os.kill(served.process.pid, 0)
