"""Who is connected to a local port, by the kernel's table of connections."""

from pathlib import Path

_ESTABLISHED = "01"


def connected_ports(server_port: int) -> set[int]:
    """Ports of the clients whose connection to a local port stands at both ends."""
    ports = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if int(local.rpartition(":")[2], 16) == server_port and state == _ESTABLISHED:
            ports.add(int(remote.rpartition(":")[2], 16))
    return ports
