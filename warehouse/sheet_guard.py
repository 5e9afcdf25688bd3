"""Guarded children: each file is read by a process of its own, with a limit on memory and time.

A nursery process that has its imports done forks a child per file (about 10 ms). Unlike multiprocessing's own fork
server it never imports the program's __main__, may be asked from any thread, and gathers its dead itself.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from math import ceil
from pathlib import Path
from typing import Any

MAX_WRITTEN = 16 << 30
MESSAGE = 1 << 16
BUSY = 3  # how many times its seconds of work a child may last, when others use the processors too
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from warehouse.sheet_guard import serve; serve(int(sys.argv[2]))"


@dataclass
class _Child:
    """One running child: `alive` reads as ended when it dies; `asker` waits for the verdict."""

    pid: int
    alive: int
    asker: socket.socket
    until: float


class _NoPandas(MetaPathFinder):
    """Arrow imports pandas, where it is installed, at first use: 0.2 s and 60 MB that no reader needs."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Say that there is no pandas; nothing about any other module."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def serve(control_number: int) -> None:
    """The nursery: forks a child per request until the process that started it is gone."""
    sys.meta_path.insert(0, _NoPandas())
    from warehouse import sheet_child

    sheet_child.warm_up()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=control_number)
    control.send(b"ready")
    # an abort inside a library prints to stderr; the verdict says it already
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    children: dict[int, _Child] = {}
    while True:
        until = min((child.until for child in children.values()), default=None)
        wait = None if until is None else max(0.0, until - time.monotonic())
        readable, _, _ = select.select([control.fileno(), *children], [], [], wait)
        if control.fileno() in readable:
            child = _take_request(control, children)
            if child is None:
                break
            children[child.alive] = child
        for child in list(children.values()):
            late = time.monotonic() >= child.until
            if late or child.alive in readable:
                _bury(child, late)
                del children[child.alive]
    for child in children.values():
        _bury(child, late=True)


def _take_request(control: socket.socket, children: dict[int, _Child]) -> _Child | None:
    message, numbers, _, _ = socket.recv_fds(control, MESSAGE, 1)
    if not message:
        return None
    request = json.loads(message)
    asker = socket.socket(fileno=numbers[0])
    alive, held_by_child = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(alive)
        control.close()
        asker.close()
        for other in children.values():
            os.close(other.alive)
            other.asker.close()
        _live(request)
    os.close(held_by_child)
    return _Child(pid, alive, asker, time.monotonic() + BUSY * request["seconds"])


def _live(request: dict[str, Any]) -> None:
    """The child's whole life. It leaves by _exit: nothing of the nursery is cleaned up twice."""
    code = 1
    try:
        _limit(request["memory"], request["seconds"])
        from warehouse.sheet_child import run_job

        run_job(request)
        code = 0
    finally:
        os._exit(code)


def _limit(memory: int, seconds: float) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(seconds), ceil(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_WRITTEN, MAX_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _bury(child: _Child, late: bool) -> None:
    if late:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    _, status = os.waitpid(child.pid, 0)
    late = late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    with suppress(OSError):
        child.asker.send(b"late" if late else b"done" if status == 0 else b"died %d" % status)
    child.asker.close()
    os.close(child.alive)


class Nursery:
    """The parent's handle of the one nursery of this process. Started at first use, again should it die."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def run(self, request: dict[str, Any]) -> str:
        """Have a request done by a child: "done", "late" or "died <status>". Safe from any thread."""
        for _ in range(2):
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    try:
                        self._send(json.dumps(request).encode(), theirs.fileno())
                    except OSError:
                        self.close()
                        continue
                ours.settimeout(BUSY * request["seconds"] + 30)
                with suppress(OSError):
                    if verdict := ours.recv(64):
                        return verdict.decode()
            self.close()
        raise RuntimeError("the process that reads workbooks died twice; see the system's log for memory")

    def _send(self, message: bytes, number: int) -> None:
        with self._lock:
            if self._owner != os.getpid():  # after a fork the nursery is our parent's
                self._forget()
            if self._control is None:
                self._start()
            assert self._control is not None
            socket.send_fds(self._control, [message], [number])

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = str(Path(__file__).resolve().parent.parent)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, root, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us; the nursery ends when we are gone
                # Arrow's own pools reserve more address space than a child may have
                env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"},
            )
        self._control, self._owner = ours, os.getpid()
        atexit.register(self.close)
        if ours.recv(16) != b"ready":
            self._process.wait()
            self._forget()
            raise RuntimeError("the process that reads workbooks does not start")

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for
        self._control = self._process = None

    def close(self) -> None:
        """End the nursery and gather it."""
        with self._lock:
            if self._owner != os.getpid() or self._process is None:
                return
            process = self._process
            if self._control is not None:
                self._control.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._control = self._process = None
            atexit.unregister(self.close)
