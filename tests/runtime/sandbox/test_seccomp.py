"""The filter of system calls: read as the kernel reads it, and put under a real process."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.sandbox import seccomp
from tests.helpers.examples import n_examples
from tests.helpers.scripts import run_script

ALLOW, ERROR = 0x7FFF0000, 0x00050000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SPECIAL = {
    "x86_64": {"fcntl": 72, "ioctl": 16, "socket": 41, "socketpair": 53, "prlimit64": 302},
    "aarch64": {"fcntl": 25, "ioctl": 29, "socket": 198, "socketpair": 199, "prlimit64": 261},
}
HARMLESS = {
    "x86_64": {"read": 0, "write": 1, "openat": 257, "mmap": 9, "clone": 56, "execve": 59, "exit_group": 231},
    "aarch64": {"read": 63, "write": 64, "openat": 56, "mmap": 222, "clone": 220, "execve": 221, "exit_group": 94},
}  # fmt: skip


class Uname(NamedTuple):
    machine: str


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both machines that are known, whichever this one is."""
    monkeypatch.setattr(os, "uname", lambda: Uname(request.param))
    seccomp.program.cache_clear()
    yield request.param
    seccomp.program.cache_clear()


@lru_cache
def steps_of(code: bytes) -> list[tuple[int, int, int, int]]:
    return list(struct.iter_unpack("<HBBI", code))


def decide(code: bytes, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int | None:
    """What the kernel does with a system call: an error number, or None = it is let through.

    A classic BPF machine of the four instructions that a filter of ours has; anything else is a KeyError.
    """
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, audit, 0, *(value & 2**64 - 1 for value in padded))
    steps = steps_of(code)
    accumulator = at = 0
    while True:
        kind, if_true, if_false, value = steps[at]
        at += 1
        if kind == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif kind == 0x06:
            return None if value == ALLOW else {ERROR: value & 0xFFFF}[value & 0xFFFF0000]
        else:
            at += if_true if {0x15: accumulator == value, 0x35: accumulator >= value}[kind] else if_false


def test_every_call_of_the_list_gets_its_answer(machine: str) -> None:
    code = seccomp.program()
    for call in seccomp.REFUSED:
        number = getattr(call, machine)
        if number is not None:
            assert decide(code, MACHINES[machine], number) == call.answer, call.name


def test_what_programs_live_by_is_let_through(machine: str) -> None:
    code = seccomp.program()
    for name, number in HARMLESS[machine].items():
        assert decide(code, MACHINES[machine], number) is None, name


def test_no_number_stands_twice_for_one_machine(machine: str) -> None:
    """The second answer would never be given."""
    numbers = [getattr(call, machine) for call in seccomp.REFUSED if getattr(call, machine) is not None]
    assert len(numbers) == len(set(numbers))
    assert not set(numbers) & {*SPECIAL[machine].values(), *HARMLESS[machine].values()}


@pytest.mark.parametrize("audit", [0x40000003, 0x40000028, 0, *MACHINES.values()])
def test_calls_of_another_convention_do_not_exist(machine: str, audit: int) -> None:
    """32-bit calls have other numbers: a list of 64-bit ones would let them pass."""
    answer = decide(seccomp.program(), audit, HARMLESS[machine]["write"])
    assert answer == (None if audit == MACHINES[machine] else errno.ENOSYS)


@settings(max_examples=n_examples(100), deadline=None, derandomize=True)
@given(number=st.one_of(st.integers(463, 2**32 - 1), st.integers(0x40000000, 0x40000000 + 600)))
def test_calls_that_nobody_has_looked_at_do_not_exist(number: int) -> None:
    """Newer ones, and those of the second convention of x86 (x32), which have a bit of their own."""
    own = MACHINES[os.uname().machine]
    assert decide(seccomp.program(), own, number) == errno.ENOSYS


@settings(max_examples=n_examples(200), deadline=None, derandomize=True)
@given(
    number=st.integers(0, 2**32 - 1) | st.integers(0, 470),
    arguments=st.tuples(*[st.integers(0, 2**64 - 1) | st.integers(0, 2000)] * 6),
)
def test_every_call_is_decided(number: int, arguments: tuple[int, ...]) -> None:
    answer = decide(seccomp.program(), MACHINES[os.uname().machine], number, arguments)
    assert answer in (None, 0, errno.ENOSYS, errno.EPERM, errno.EMFILE, errno.EINVAL, errno.EAFNOSUPPORT)


@pytest.mark.parametrize("call", ["socket", "socketpair"])
@settings(max_examples=n_examples(100), deadline=None, derandomize=True)
@given(family=st.integers(0, 60), kind=st.integers(0, 10), protocol=st.integers(0, 40))
def test_only_families_that_namespaces_divide_are_let_through(call: str, family: int, kind: int, protocol: int) -> None:
    here = os.uname().machine
    answer = decide(seccomp.program(), MACHINES[here], SPECIAL[here][call], (family, kind, protocol))
    is_divided = family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
    is_route = family == socket.AF_NETLINK and protocol == 0
    assert answer == (None if is_divided or is_route else errno.EAFNOSUPPORT)


@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        ("fcntl", (3, 5), 0),
        ("fcntl", (3, 36), 0),
        ("fcntl", (3, 1024), errno.EINVAL),
        ("fcntl", (3, 1036), errno.EINVAL),
        ("fcntl", (1036, 1), None),
        ("fcntl", (3, 1030), None),
        ("ioctl", (0, 0x5412), errno.EPERM),
        ("ioctl", (0, 0x5412 | 1 << 32), errno.EPERM),
        ("ioctl", (0x5412, 0x5401), None),
        ("ioctl", (0, 0xC0506617), errno.EPERM),
        ("prlimit64", (0, 7), None),
        ("prlimit64", (1, 7), errno.EPERM),
        ("prlimit64", (2**32 - 1, 7), errno.EPERM),
    ],
)
def test_calls_are_told_apart_by_the_argument_that_matters(
    machine: str, call: str, arguments: tuple[int, ...], answer: int | None
) -> None:
    """The kernel reads 32 bits of these arguments: what stands above them changes nothing."""
    assert decide(seccomp.program(), MACHINES[machine], SPECIAL[machine][call], arguments) == answer


def test_a_machine_that_is_not_known_is_named_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seccomp.find_problem() is None
    monkeypatch.setattr(os, "uname", lambda: Uname("riscv64"))
    assert seccomp.find_problem() == "No list of system calls is known for riscv64 (x86_64, aarch64)."


UNDER_FILTER = """
import ctypes, json, os, socket, subprocess, sys
from runtime.sandbox import seccomp
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
seccomp.apply()
answers = {}
for call in seccomp.REFUSED:
    number = getattr(call, os.uname().machine)
    if number is not None:
        ctypes.set_errno(0)
        result = libc.syscall(number, *[ctypes.c_long(-1)] * 6)
        answers[call.name] = 0 if result == 0 else ctypes.get_errno()
program = "import os\\ntry: os.memfd_create('x')\\nexcept OSError as e: print(e.errno)"
child = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True)
pair = socket.socketpair()
print(json.dumps([answers, child.stdout.strip()]))
"""


def test_the_kernel_gives_these_answers_and_programs_that_are_started_get_them_too() -> None:
    answers, of_child = run_script(UNDER_FILTER)
    assert answers == {call.name: call.answer for call in seccomp.REFUSED if call.name in answers}
    assert len(answers) > 60
    assert of_child == str(errno.ENOSYS)


def test_without_the_promise_to_gain_no_rights_the_kernel_refuses_the_filter() -> None:
    said = run_script(
        """
        import ctypes, json
        from runtime.sandbox import seccomp
        libc = ctypes.CDLL(None)
        header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert libc.capset(header, sets) == 0  # who has rights needs no promise
        try:
            seccomp.apply()
        except OSError as error:
            print(json.dumps(str(error)))
        """
    )
    assert "seccomp" in said
