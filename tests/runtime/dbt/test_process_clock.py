"""The table of imported functions is written where it is, and nowhere else."""

import ctypes
import mmap
from pathlib import Path

import pytest

from runtime.dbt import process_clock

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_uint64
LIBC.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)


@pytest.fixture
def pages():
    """Three pages in a row, which may only be read."""
    start = LIBC.mmap(None, 3 * mmap.PAGESIZE, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    yield start
    LIBC.munmap(ctypes.c_void_p(start), ctypes.c_size_t(3 * mmap.PAGESIZE))


def permissions(address: int) -> str:
    with Path("/proc/self/maps").open() as maps:
        for line in maps:
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if first <= address < last:
                return line.split()[1]
    return "no memory"


@pytest.mark.parametrize("place", [0, 8, mmap.PAGESIZE - 8])
def test_the_page_after_is_left_alone(pages: int, place: int):
    process_clock._write_address(LIBC, pages + mmap.PAGESIZE + place, 4711)
    assert ctypes.c_uint64.from_address(pages + mmap.PAGESIZE + place).value == 4711
    assert [permissions(pages + n * mmap.PAGESIZE) for n in range(3)] == ["r--p", "rw-p", "r--p"]


def test_a_table_may_end_where_the_memory_ends(pages: int):
    LIBC.munmap(ctypes.c_void_p(pages + 2 * mmap.PAGESIZE), ctypes.c_size_t(mmap.PAGESIZE))
    process_clock._write_address(LIBC, pages + 2 * mmap.PAGESIZE - 8, 4711)
    assert ctypes.c_uint64.from_address(pages + 2 * mmap.PAGESIZE - 8).value == 4711
