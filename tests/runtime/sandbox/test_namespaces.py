"""Namespaces from Python: what each step takes away, seen by a process that has taken it."""

from __future__ import annotations

import os
from typing import Any

from tests.helpers.scripts import run_script

HEAD = """
import ctypes, json, os, socket, subprocess, sys
from pathlib import Path
from runtime.sandbox.namespaces import *

def tried(action):
    try:
        action()
    except OSError as error:
        return error.errno
    return 0
"""


def told(body: str, *arguments: object) -> Any:
    return run_script(HEAD + body, *arguments)


def test_a_user_stays_who_he_is_in_a_user_namespace_and_nobody_else_exists_there() -> None:
    found = told(
        "unshare(NEW_USER)\n"
        "print(json.dumps([os.getuid(), os.getgid(), Path('/proc/self/uid_map').read_text().split(),"
        " Path('/proc/self/setgroups').read_text().strip()]))"
    )
    uid = os.getuid()
    assert found == [uid, os.getgid(), [str(uid), str(uid), "1"], "deny"]


def test_a_step_that_the_kernel_refuses_says_which(tmp_path: Any) -> None:
    said = told(
        """
unshare(NEW_USER | NEW_MOUNTS)
give_up_powers()
said = []
for action in (lambda: unshare(NEW_NETWORK), lambda: mount("tmpfs", sys.argv[1], "tmpfs", 0),
               lambda: set_read_only(sys.argv[1]), lambda: pivot(sys.argv[1])):
    try:
        action()
    except OSError as error:
        said.append([error.errno > 0, str(error)])
print(json.dumps(said))
""",
        tmp_path,
    )
    assert [is_error for is_error, _ in said] == [True] * 4
    for (_, text), word in zip(said, ("unshare", f"mount {tmp_path}", "mount_setattr", "pivot_root"), strict=True):
        assert word in text


def test_loopback_of_a_new_network_is_down_until_it_is_raised() -> None:
    before, after = told(
        """
unshare(NEW_USER | NEW_NETWORK)
def call():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as caller:
        caller.settimeout(2)
        caller.connect(listener.getsockname())
before = tried(call)
raise_loopback()
print(json.dumps([before, tried(call)]))
"""
    )
    assert before != 0
    assert after == 0


def test_a_read_only_mount_refuses_writing_and_opens_again(tmp_path: Any) -> None:
    (tmp_path / "below").mkdir()
    answers = told(
        """
unshare(NEW_USER | NEW_MOUNTS)
mount("none", "/", None, RECURSIVE | PRIVATE)
top = sys.argv[1]
bind(top, top)
mount("tmpfs", f"{top}/below", "tmpfs", NO_SUID | NO_DEVICES, "size=1m")
def write(folder):
    return tried(lambda: Path(folder, "x").write_text("1"))
answers = [write(top), write(f"{top}/below")]
set_read_only(top)
answers += [write(top), write(f"{top}/below")]
set_read_only(top, is_recursive=True)
answers += [write(f"{top}/below")]
set_read_only(f"{top}/below", is_read_only=False)
answers += [write(top), write(f"{top}/below"), tried(lambda: Path(top, "below", "y").write_bytes(bytes(2_000_000)))]
print(json.dumps(answers))
""",
        tmp_path,
    )
    assert answers == [0, 0, 30, 0, 30, 30, 0, 28]  # 30: read-only file system; 28: no space
    assert not (tmp_path / "below" / "x").exists()  # the mount was in the namespace alone


def test_behind_a_new_root_there_is_nothing_of_the_old_one(tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "root" / "given").mkdir(parents=True)
    found = told(
        """
unshare(NEW_USER | NEW_MOUNTS)
mount("none", "/", None, RECURSIVE | PRIVATE)
root = sys.argv[1] + "/root"
bind(root, root)
held = os.open(sys.argv[1], os.O_RDONLY)
os.close(held)
pivot(root)
print(json.dumps([os.listdir("/"), os.listdir("/.."), os.getcwd(), Path(sys.argv[1], "secret").exists(),
                  len(Path("/proc/self/mounts").read_text()) if Path("/proc").exists() else None]))
""",
        tmp_path,
    )
    assert found == [["given"], ["given"], "/", False, None]


def test_powers_that_were_given_up_do_not_come_back_in_programs() -> None:
    statuses = told(
        """
def status():
    said = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
    return {line.split(":")[0]: line.split()[1] for line in said.splitlines() if line.startswith(("Cap", "NoNewPrivs"))}
unshare(NEW_USER | NEW_MOUNTS)
before = status()
give_up_powers()
print(json.dumps([before, status(), tried(lambda: mount("tmpfs", "/tmp", "tmpfs", 0))]))
"""
    )
    before, after, refused = statuses
    assert int(before["CapBnd"], 16) > 0
    assert {name: int(value, 16) for name, value in after.items() if name.startswith("Cap")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0
    )
    assert after["NoNewPrivs"] == "1"
    assert refused == 1


def test_the_watcher_keeps_the_power_to_look_and_no_other() -> None:
    found = told(
        """
unshare(NEW_USER)
give_up_powers(but_looking=True)
lines = [line.split() for line in Path("/proc/self/status").read_text().splitlines()]
print(json.dumps({line[0]: line[1] for line in lines if line and line[0].startswith("Cap")}))
"""
    )
    looking = 1 << 2 | 1 << 19
    assert {name: int(value, 16) for name, value in found.items()} == {
        "CapInh:": 0, "CapPrm:": looking, "CapEff:": looking, "CapBnd:": 0, "CapAmb:": 0,
    }  # fmt: skip


def test_a_process_that_may_not_be_looked_into_is_shut_to_its_own_user() -> None:
    answers = told(
        """
give_up_powers()  # root could look anyway
target = os.fork()
if target == 0:
    import time
    time.sleep(60)
path = f"/proc/{target}/environ"
answers = []
other = os.fork()
if other == 0:
    set_dumpable(is_dumpable=False)
    import time
    time.sleep(60)
import time
time.sleep(0.3)
answers = [tried(lambda: Path(path).read_bytes()), tried(lambda: Path(f"/proc/{other}/environ").read_bytes())]
for pid in (target, other):
    os.kill(pid, 9)
print(json.dumps(answers))
"""
    )
    assert answers == [0, 13]


def test_keys_of_the_session_stay_behind() -> None:
    answer = told(
        """
libc = ctypes.CDLL(None, use_errno=True)
add, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
join_new_session_keyring()
put = libc.syscall(add, b"user", b"lockgate-test", b"v", 1, -3)
there = libc.syscall(keyctl, 10, -3, b"user", b"lockgate-test", 0)
join_new_session_keyring()
after = libc.syscall(keyctl, 10, -3, b"user", b"lockgate-test", 0)
print(json.dumps([put > 0, there > 0, after > 0]))
"""
    )
    assert answer in ([True, True, False], [False, False, False])  # a container may have no key rings
