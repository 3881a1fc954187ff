"""A private network: only who joins it can call what listens there, and it ends with its owner."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from runtime.interface import RuntimeFaultError
from runtime.sandbox.bubblewrap import find_problem
from runtime.sandbox.network import PrivateNetwork, join_command, join_with_devices, listen_on_loopback
from runtime.sandbox.visible_files import DEVICES
from tests.helpers.scripts import child_of_killed_script

pytestmark = pytest.mark.skipif(find_problem() is not None, reason=str(find_problem()))

CALL = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)"


@pytest.fixture(scope="module")
def network() -> Iterator[PrivateNetwork]:
    with PrivateNetwork() as up:
        yield up


def can_call(port: int, network_pid: int | None) -> bool:
    command = [*join_command(network_pid), sys.executable, "-S", "-c", CALL, str(port)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def on_another_port(taken: socket.socket) -> socket.socket:
    """On the host. A network knows nothing of the ports of another, so the first number that it gives may be taken."""
    first = listen_on_loopback(None)
    if first.getsockname() != taken.getsockname():
        return first
    with first:
        return listen_on_loopback(None)


def test_a_port_exists_in_the_network_where_it_was_opened_and_in_no_other(network: PrivateNetwork) -> None:
    with (
        PrivateNetwork() as other,
        listen_on_loopback(network.pid) as inside,
        on_another_port(inside) as outside,
    ):
        reached = {
            (name, place): can_call(listener.getsockname()[1], pid)
            for name, listener in (("inside", inside), ("outside", outside))
            for place, pid in (("network", network.pid), ("other", other.pid), ("host", None))
        }
    assert {pair for pair, is_reached in reached.items() if is_reached} == {("inside", "network"), ("outside", "host")}


def test_the_socket_is_this_processes_own(network: PrivateNetwork) -> None:
    with listen_on_loopback(network.pid) as listener:
        port = listener.getsockname()[1]
        caller = subprocess.Popen([*join_command(network.pid), sys.executable, "-S", "-c", CALL, str(port)])
        listener.settimeout(10)
        accepted, address = listener.accept()
        accepted.close()
        assert caller.wait() == 0
        assert address[0] == "127.0.0.1"


def test_there_is_nothing_but_loopback(network: PrivateNetwork) -> None:
    command = [*join_command(network.pid), "cat", "/proc/self/net/dev"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [line.split(":")[0].strip() for line in said.splitlines()[2:]] == ["lo"]


@pytest.mark.parametrize("name", DEVICES)
def test_devices_can_be_used_and_not_be_changed(network: PrivateNetwork, name: str) -> None:
    """Their times and modes would be a letterbox between jobs."""
    before = Path(f"/dev/{name}").stat()
    used = f"head -c 1 /dev/{name} > /dev/null"
    script = f"{used}; touch /dev/{name} && echo touched; chmod 600 /dev/{name} && echo shut; true"
    command = [*join_with_devices(network.pid), "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "Read-only" in done.stderr
    after = Path(f"/dev/{name}").stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)


def test_a_network_that_is_gone_is_our_fault_and_named() -> None:
    with PrivateNetwork() as short:
        pid = short.pid
    assert not psutil.pid_exists(pid)
    with pytest.raises(RuntimeFaultError, match=r"Nothing can listen in the network of the trial: .+"):
        listen_on_loopback(pid)


def test_a_network_that_the_kernel_refuses_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The holder runs below a user namespace that allows no more of them."""
    script = tmp_path / "python"
    script.write_text(
        "#!/bin/sh\nexec unshare --user --map-root-user sh -c "
        f'\'echo 0 > /proc/sys/user/max_user_namespaces; exec "{sys.executable}" "$@"\' sh "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(RuntimeFaultError, match=r"No private network can be made here: .*unshare.*lockgate doctor"):
        PrivateNetwork().__enter__()
    time.sleep(0.1)
    assert not [child for child in psutil.Process().children() if str(script) in child.cmdline()]


def test_the_holder_ends_when_its_owner_is_killed() -> None:
    script = (
        "import time\nfrom runtime.sandbox.network import PrivateNetwork\n"
        "with PrivateNetwork() as network:\n    print(network.pid, flush=True)\n    time.sleep(60)"
    )
    _, alive = psutil.wait_procs([child_of_killed_script(script)], timeout=10)
    assert alive == []


def test_taking_a_network_down_leaves_no_descriptor_open() -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(2):
        with PrivateNetwork() as short, listen_on_loopback(short.pid) as listener:
            assert isinstance(listener, socket.socket)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
