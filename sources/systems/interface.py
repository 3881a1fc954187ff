"""What the host of a trial's source systems asks of each of them, whatever its type."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sources.contract import GeneratedDay, Incident

if TYPE_CHECKING:
    import pyarrow


class SourceServer(ABC):
    """The server, or the files, of one source system."""

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """What `el/` files and agents are told, under the system's name in capitals: addresses, names, keys."""

    @abstractmethod
    def start(self) -> None:
        """Take an address; there is nothing to read yet."""

    @abstractmethod
    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Show the last of these days as if it were the first: nothing that readers did before counts any more.

        Args:
            days: Day 1, 2, and so on, until the wanted one, with what the incident changes.
            incident: Which of its faults apply from now on.
        """

    def end_sessions(self) -> None:
        """End what readers do right now."""
        return

    @abstractmethod
    def check(self) -> None:
        """Raise a LockgateError where it is not alive."""

    @abstractmethod
    def stop(self) -> None:
        """End the server; what its folder holds is removed by the caller. Does nothing the second time."""


def tables_of(day: GeneratedDay, system: str) -> "Mapping[str, pyarrow.Table]":
    """Table -> rows of one system."""
    prefix = f"{system}."
    return {name.removeprefix(prefix): table for name, table in day.tables.items() if name.startswith(prefix)}
