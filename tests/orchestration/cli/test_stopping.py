"""A long command that is stopped says what is left of it, whichever signal stops it."""

import signal
import subprocess
import sys

import pytest

STOPPED = """
import time
import typer
from orchestration.cli.stopping import told_when_stopped

def wait():
    with told_when_stopped("Stopped; nothing is written."):
        try:
            print("waits", flush=True)
            time.sleep(60)
        finally:
            print("put away", flush=True)

app = typer.Typer(add_completion=False)
app.command()(wait)
app()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_what_was_begun_is_put_away(number: int, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waits\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert out == "put away\n"
    assert err == "Stopped; nothing is written.\n"
