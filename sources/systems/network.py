"""Starting source systems in the private network of a trial."""

import os


def join_command(network_pid: int | None) -> list[str]:
    """What goes before a command so that it runs in the network of another process, with the host's files.

    Without root, the namespace belongs to a user namespace of ours, which has to be entered too.

    Args:
        network_pid: The process; None = no other network, an empty list.
    """
    if network_pid is None:
        return []
    user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    return ["nsenter", f"--target={network_pid}", *user, "--net", "--"]
