"""Our own Prefect server process: its own home, port and log; bound to 127.0.0.1; no telemetry."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.home import Home

START_SECONDS = 90


class ServerDidNotStart(Exception):
    """The Prefect server gave no healthy answer in time."""


def prefect_environment(home: Home, port: int) -> dict[str, str]:
    """What every process that talks to this home's Prefect server needs in its environment."""
    # A proxy of the office must not stand between us and our own machine.
    direct = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost")))
    return {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PREFECT_HOME": str(home.root / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }


def at_a_terminal(home: Home, port: int) -> dict[str, str]:
    """The same for a night that a person runs: its errors are told once, by the command, and stand in logs/."""
    quiet = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_LOGGING_TO_API_ENABLED": "false"}
    # A server that died on this machine does not come back by waiting: a person would wait minutes for the prompt.
    quiet["PREFECT_CLIENT_MAX_RETRIES"] = "2"
    return prefect_environment(home, port) | quiet


def is_healthy(port: int) -> bool:
    """Whether a Prefect server answers on this port of this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/api/health", timeout=2) as answer:
            return bool(answer.status == 200 and answer.read().strip() == b"true")
    except (OSError, urllib.error.URLError, ValueError):
        return False


def is_ours(home: Home, port: int) -> bool:
    """Whether the server on this port was started for this home (its port file says so)."""
    note = home.root / "prefect" / "server.port"
    return note.is_file() and note.read_text() == str(port) and is_healthy(port)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether this port of 127.0.0.1 can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start_child(command: list[str], log: Path, extra: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start one long-running child in its own group, its output in a log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        return subprocess.Popen(
            command,
            stdout=sink,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **extra},
            start_new_session=True,
        )


def stop_child(child: subprocess.Popen[bytes], seconds: float = 15) -> None:
    """Ask a child and its group to end; end it when it does not."""
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        except ProcessLookupError:
            child.wait()


def start_server(home: Home, port: int, wait: Callable[[], None] = lambda: None) -> subprocess.Popen[bytes]:
    """Start the server and return once it is healthy; `wait` is called while it starts.

    Refuses (ServerDidNotStart) after 90 seconds or when the process ends; nothing is left running then.
    """
    folder = home.root / "prefect"
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    child = start_child(command, home.logs / "prefect-server.log", prefect_environment(home, port))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if is_healthy(port):
            (folder / "server.port").write_text(str(port))
            return child
        wait()
        time.sleep(0.2)
    stop_child(child)
    raise ServerDidNotStart(f"see {home.logs / 'prefect-server.log'}")


@contextmanager
def standing_server(home: Home, port: int, wait: Callable[[], None] = lambda: None) -> Iterator[int]:
    """The port of this home's standing server, or of one started now and stopped afterwards."""
    if is_ours(home, port):
        yield port
        return
    own = port if port_is_free(port) else free_port()
    child = start_server(home, own, wait)
    try:
        yield own
    finally:
        (home.root / "prefect" / "server.port").unlink(missing_ok=True)
        stop_child(child)
