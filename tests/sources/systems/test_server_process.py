"""What is said where the machine refuses to start a database's process."""

import errno
import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from sources.systems.postgres import PostgresError
from sources.systems.postgres_process import POSTGRES
from sources.systems.server_process import find_identity


@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EAGAIN])
def test_a_full_machine_is_named_and_not_remembered(
    number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (binary := tmp_path / "postgres").symlink_to("/bin/true")

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", refuse)
        with pytest.raises(PostgresError, match=rf"{os.strerror(number)}\. The machine has no memory") as caught:
            find_identity(POSTGRES, binary)
    assert "refuses" not in str(caught.value)
    assert find_identity(POSTGRES, binary).label, "once there is room, the same program runs"


def test_a_program_that_is_not_there_is_no_full_machine(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="No such file") as caught:
        find_identity(POSTGRES, tmp_path / "postgres")
    assert "The machine has no memory" not in str(caught.value)
