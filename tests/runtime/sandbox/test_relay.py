"""The relay: bytes of a job reach the ports that it is given, in both directions, and end when the relay ends."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from runtime.sandbox.relay import Relay
from tests.helpers.scripts import run_script

IN_A_ROOM = """
import hashlib, json, os, socket, sys, threading, time
from runtime.sandbox.namespaces import NEW_NETWORK, NEW_USER, raise_loopback, unshare
from runtime.sandbox.relay import MAX_CONNECTIONS, Relay

def call(port):
    return socket.create_connection(("127.0.0.1", port), 5)

ports = [int(port) for port in sys.argv[1].split(",")]
with Relay(ports) as relay:
    unshare(NEW_USER | NEW_NETWORK)
    raise_loopback()
    relay.listen_here()
    answer = None
{body}
print(json.dumps(answer))
"""


def in_a_room(ports: list[int], body: str, *arguments: object) -> object:
    """What some code says in a network of its own, with a relay to ports of this one."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return run_script(IN_A_ROOM.replace("{body}", lines), ",".join(map(str, ports)), *arguments)


@contextlib.contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A source system: each connection is served by a thread."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=300)

    def one(caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            serve(caller)

    def loop() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(caller,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def digest(caller: socket.socket) -> None:
    """Answer the whole input by its hash, once it has ended."""
    found = hashlib.sha256()
    while data := caller.recv(1 << 16):
        found.update(data)
    caller.sendall(found.hexdigest().encode())


def many_bytes(caller: socket.socket) -> None:
    caller.recv(1)
    caller.sendall(b"0123456789" * 400_000)


def test_bytes_pass_whole_in_both_directions_and_an_end_is_passed_on() -> None:
    with serving(digest) as upward, serving(many_bytes) as downward:
        answers = in_a_room(
            [upward, downward],
            """
text = os.urandom(4_000_000)
with call(ports[0]) as up:
    up.sendall(text)
    up.shutdown(socket.SHUT_WR)
    is_whole = up.makefile("rb").read().decode() == hashlib.sha256(text).hexdigest()
with call(ports[1]) as down:
    down.sendall(b"x")
    received = down.makefile("rb").read()
answer = [is_whole, len(received), received == b"0123456789" * 400_000]
""",
        )
    assert answers == [True, 4_000_000, True]


def test_other_ports_of_the_systems_network_do_not_exist() -> None:
    with serving(digest) as given, serving(digest) as other:
        answer = in_a_room(
            [given],
            """
try:
    call(int(sys.argv[2])).close()
    answer = "reached"
except ConnectionRefusedError:
    answer = "refused"
""",
            other,
        )
    assert answer == "refused"


def test_a_system_that_is_gone_is_a_connection_that_closes_and_hurts_no_other() -> None:
    with socket.socket() as deaf, serving(digest) as alive:
        deaf.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there
        answer = in_a_room(
            [deaf.getsockname()[1], alive],
            """
with call(ports[0]) as caller:
    first = caller.makefile("rb").read().decode()
with call(ports[1]) as caller:
    caller.shutdown(socket.SHUT_WR)
    answer = [first, len(caller.makefile("rb").read())]
""",
        )
    assert answer == ["", 64]


def test_a_side_that_breaks_off_breaks_the_other_off() -> None:
    ended: list[float] = []

    def until_end(caller: socket.socket) -> None:
        caller.sendall(b"hello")
        try:
            while caller.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
        ended.append(time.monotonic())

    with serving(until_end) as port:
        before_the_relay_ended = in_a_room(
            [port],
            """
import struct
caller = call(ports[0])
caller.recv(5)
caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
caller.close()  # a reset
time.sleep(0.5)
answer = time.monotonic()
""",
        )
    assert isinstance(before_the_relay_ended, float)
    assert ended
    assert ended[0] < before_the_relay_ended


def test_connections_beyond_the_limit_wait_until_others_end() -> None:
    """A job cannot make the relay start threads without bound; and none of its calls is lost."""
    with serving(digest) as port:
        answer = in_a_room(
            [port],
            """
callers = [call(ports[0]) for _ in range(MAX_CONNECTIONS + 40)]
time.sleep(0.5)
threads = int([line.split()[1] for line in open(f"/proc/{relay._pid}/status") if line.startswith("Threads")][0])
done = 0
for caller in callers:
    caller.shutdown(socket.SHUT_WR)
    done += len(caller.makefile("rb").read()) == 64
    caller.close()
answer = [threads <= 2 * MAX_CONNECTIONS + 5, done - MAX_CONNECTIONS]
""",
        )
    assert answer == [True, 40]


def test_connections_end_with_the_relay_and_no_process_is_left() -> None:
    with serving(digest) as port:
        answer = in_a_room(
            [port],
            """
caller = call(ports[0])
caller.settimeout(5)
pid = relay._pid
relay.__exit__(None, None, None)
try:
    rest = caller.recv(1)
except ConnectionResetError:
    rest = b""
relay._pid = None
answer = [rest.decode(), os.path.exists(f"/proc/{pid}")]
""",
        )
    assert answer == ["", False]


def test_a_port_that_is_taken_in_the_room_is_an_error() -> None:
    with serving(digest) as port:
        answer = in_a_room(
            [port],
            """
try:
    Relay.listen_here(relay)
except OSError as error:
    answer = error.errno
""",
        )
    assert answer == errno.EADDRINUSE


def test_without_ports_there_is_no_relay() -> None:
    with Relay(()) as relay:
        relay.listen_here()
        assert relay._pid is None
