"""Processes that are to end."""

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Whether it is gone, or waits only for somebody to ask how it ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
