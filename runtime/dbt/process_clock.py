"""The wall clock of this process: every library that is loaded reads the pinned instant, SQL functions included.

A macro that shadows `now()` is passed by `system.main.now()`, `uuidv7()` or a Python model. So the calls themselves are
led elsewhere: in each library's table of imported functions, what reads the wall clock is replaced by a few machine
instructions that return a constant. Clocks that measure durations stay real. Programs that the process starts have the
system's clock.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

_DT_PLTRELSZ, _DT_STRTAB, _DT_SYMTAB, _DT_RELA, _DT_RELASZ, _DT_JMPREL = 2, 5, 6, 7, 8, 23
_DT_RELACOUNT = 0x6FFFFFF9
_PT_DYNAMIC = 2
_IMPORTS = {"x86_64": (6, 7), "aarch64": (1025, 1026)}
"""Kinds of relocation that hold the address of an imported function: through data, through a call."""
_STUB_BYTES = 128
_MAP_FAILED = 2**64 - 1
_SYSTEM_CLOCK = "_ZNSt6chrono3_V212system_clock3nowEv"
"""C++: `std::chrono::system_clock::now()`."""
_C_CLOCKS = frozenset({"clock_gettime", "gettimeofday", "time"})
_DUCKDB_CLOCKS = frozenset({_SYSTEM_CLOCK})


class _Header(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("physical", ctypes.c_uint64),
        ("file_size", ctypes.c_uint64),
        ("memory_size", ctypes.c_uint64),
        ("align", ctypes.c_uint64),
    )


class _Info(ctypes.Structure):
    _fields_ = (
        ("base", ctypes.c_uint64),
        ("name", ctypes.c_char_p),
        ("headers", ctypes.POINTER(_Header)),
        ("n_headers", ctypes.c_uint16),
    )


class _Import(NamedTuple):
    """A place that holds the address of a function of another library."""

    library: str
    function: str
    address: int


def pin_process_clock(now: datetime) -> bool:
    """Pin the wall clock of this process, for good; it should exist for one job only.

    Args:
        now: The instant, with a time zone.

    Returns:
        False on a machine whose instructions are not known here; nothing is changed then.
    """
    machine = platform.machine()
    if machine not in _IMPORTS:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    stubs = _write_stubs(libc, machine, int(now.timestamp()))
    for found in find_clock_imports():
        _write_address(libc, found.address, stubs[found.function])
    return True


@cache
def find_clock_imports() -> tuple[_Import, ...]:
    """Every place where a loaded library has the address of a function that reads the wall clock.

    A fork server looks for them once, ahead of its children: it takes a second of CPU time.
    """
    import duckdb  # noqa: F401 - what is loaded later is not found
    import numpy as np  # noqa: F401 - it asks the system itself; pandas and others ask Python

    kinds = _IMPORTS.get(platform.machine(), ())
    return tuple(
        found
        for base, name, entries in _libraries()
        for found in _imports_of_library(base, name, entries, kinds)
        # Other C++ libraries wait until an instant by this clock; a constant would make their waits busy loops.
        if found.function in (_DUCKDB_CLOCKS if name.startswith("_duckdb.") else _C_CLOCKS)
    )


def _libraries() -> list[tuple[int, str, dict[int, int]]]:
    """Python and its extension modules: base address, file name, entries of the dynamic section.

    C libraries below them keep the real clock.
    """
    found: list[tuple[int, str, dict[int, int]]] = []

    def visit(info: Any, _size: int, _data: int) -> int:
        entry = info.contents
        path = (entry.name or b"").decode(errors="replace")
        name = path.rpartition("/")[2]
        if not path or ".cpython-" in name or name.startswith("libpython"):
            for header in entry.headers[: entry.n_headers]:
                if header.type == _PT_DYNAMIC:
                    found.append((entry.base, name, _dynamic_entries(entry.base + header.address)))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Info), ctypes.c_size_t, ctypes.c_void_p)
    ctypes.CDLL(None).dl_iterate_phdr(callback(visit), None)
    return found


def _imports_of_library(base: int, name: str, entries: dict[int, int], kinds: Collection[int]) -> Iterator[_Import]:
    skipped = 24 * entries.get(_DT_RELACOUNT, 0)  # these come first and name nothing; there are 100,000s
    for table, size, skip in ((_DT_RELA, _DT_RELASZ, skipped), (_DT_JMPREL, _DT_PLTRELSZ, 0)):
        if table in entries:
            yield from _imports_of(base, name, entries, entries[table] + skip, entries[size] - skip, kinds)


def _dynamic_entries(address: int) -> dict[int, int]:
    entries: dict[int, int] = {}
    while True:
        tag, value = struct.unpack("<qQ", ctypes.string_at(address, 16))
        if tag == 0:
            return entries
        entries[tag] = value
        address += 16


def _imports_of(
    base: int, name: str, entries: dict[int, int], table: int, size: int, kinds: Collection[int]
) -> Iterator[_Import]:
    for offset, info, _ in struct.iter_unpack("<QQq", ctypes.string_at(table, size)):
        if info & 0xFFFFFFFF in kinds:
            (name_at,) = struct.unpack("<I", ctypes.string_at(entries[_DT_SYMTAB] + 24 * (info >> 32), 4))
            yield _Import(name, ctypes.string_at(entries[_DT_STRTAB] + name_at).decode(), base + offset)


def _write_address(libc: Any, address: int, target: int) -> None:
    page = address & -mmap.PAGESIZE  # this one alone: the next may be code, or not exist
    if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(address + 8 - page), mmap.PROT_READ | mmap.PROT_WRITE):
        raise OSError(ctypes.get_errno(), "The table of imported functions cannot be written.")
    ctypes.c_uint64.from_address(address).value = target


def _write_stubs(libc: Any, machine: str, seconds: int) -> dict[str, int]:
    """Write functions that return the instant into memory that may be executed: name -> address."""
    real = ctypes.cast(libc.clock_gettime, ctypes.c_void_p).value
    assert real is not None
    codes = _X86_64(seconds, real) if machine == "x86_64" else _AARCH64(seconds, real)
    libc.mmap.restype = ctypes.c_uint64  # Python's own map would be taken away before the process has ended
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    start = libc.mmap(None, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE, private, -1, 0)
    if start == _MAP_FAILED:
        raise OSError(ctypes.get_errno(), "There is no memory for the pinned clock.")
    addresses = {name: start + _STUB_BYTES * number for number, name in enumerate(codes)}
    for name, code in codes.items():
        ctypes.memmove(addresses[name], code, len(code))
    if libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), "Memory cannot be made executable.")
    return addresses


def _X86_64(seconds: int, real: int) -> dict[str, bytes]:
    constant = struct.pack("<q", seconds)
    set_rsi = b"\x48\xb8" + constant + b"\x48\x89\x06" + b"\x48\xc7\x46\x08\x00\x00\x00\x00"  # [rsi] = {seconds, 0}
    set_rdi = b"\x48\xb8" + constant + b"\x48\x89\x07" + b"\x48\xc7\x47\x08\x00\x00\x00\x00"
    zero = b"\x31\xc0\xc3"  # return 0
    jump = b"\x48\xb8" + struct.pack("<Q", real) + b"\xff\xe0"
    body = set_rsi + zero
    return {
        "clock_gettime": b"\x85\xff\x75" + bytes([len(body)]) + body + jump,  # other clocks than 0 stay real
        "gettimeofday": set_rdi + zero,
        "time": b"\x48\xb8" + constant + b"\x48\x85\xff\x74\x03\x48\x89\x07\xc3",  # stores it where asked to
        _SYSTEM_CLOCK: b"\x48\xb8" + struct.pack("<q", seconds * 10**9) + b"\xc3",
    }


def _AARCH64(seconds: int, real: int) -> dict[str, bytes]:
    constant = struct.pack("<q", seconds)

    def words(*instructions: int) -> bytes:
        return struct.pack(f"<{len(instructions)}I", *instructions)

    return {
        # cbnz w0, +28; ldr x2, +32; str x2, [x1]; str xzr, [x1, 8]; mov w0, 0; ret; nop; ldr x16, +20; br x16; nop
        "clock_gettime": words(
            0x350000E0, 0x58000122, 0xF9000022, 0xF900043F, 0x52800000, 0xD65F03C0, 0xD503201F, 0x580000B0, 0xD61F0200,
            0xD503201F,
        ) + constant + struct.pack("<Q", real),
        "gettimeofday": words(0x580000C2, 0xF9000002, 0xF900041F, 0x52800000, 0xD65F03C0, 0xD503201F) + constant,
        "time": words(0x580000C2, 0xB4000040, 0xF9000002, 0xAA0203E0, 0xD65F03C0, 0xD503201F) + constant,
        _SYSTEM_CLOCK: words(0x58000040, 0xD65F03C0) + struct.pack("<q", seconds * 10**9),
    }  # fmt: skip
