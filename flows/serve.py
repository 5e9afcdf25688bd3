"""`ducha up`: the Prefect server, the schedule and the view, started together and stopped together."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import FrameType

from flows.prefect_server import port_is_free, prefect_environment, start_child, start_server, stop_child
from flows.settings import Settings

VIEW_SECONDS = 60


class DidNotStart(Exception):
    """A part of the house did not start; `str()` names its log, or the port that is taken."""


class House:
    """The three long-running children of one home. Starting is all or nothing."""

    def __init__(self, settings: Settings, address: str = "127.0.0.1") -> None:
        self.settings, self.address = settings, address
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, wait: Callable[[], None] = lambda: None) -> None:
        """Start server, schedule and view; stop what ran when one of them does not come up."""
        home, ports = self.settings.place, self.settings.ports
        for port in (ports.prefect, ports.view):
            # Whoever listens there would answer for us: the schedule would be handed to another home's server.
            if not port_is_free(port):
                raise DidNotStart(
                    f"端口 {port} 已被占用，请在 ducha.toml 的 [ports] 另设 / port {port} is taken: set another"
                )
        talk = prefect_environment(home, ports.prefect)
        try:
            self.children["prefect-server"] = start_server(home, ports.prefect, wait)
            schedule = [sys.executable, "-m", "flows.schedule", "--home", str(home.root)]
            self.children["schedule"] = start_child(schedule, home.logs / "schedule.log", talk)
            view = [sys.executable, "-m", "app.door", "--home", str(home.root), "--port", str(ports.view)]
            view += ["--address", self.address, *self._tls()]
            self.children["view"] = start_child(view, home.logs / "view.log", {})
            self._await_view(wait)
        except BaseException:
            self.stop()
            raise

    @property
    def view(self) -> str:
        """Where the view is: what people type."""
        return f"http{'s' if self._tls() else ''}://{self.address}:{self.settings.ports.view}"

    def _tls(self) -> list[str]:
        files = self.settings.view
        if files.certificate_file is None or files.key_file is None:
            return []
        return ["--certificate", str(files.certificate_file), "--key", str(files.key_file)]

    def _await_view(self, wait: Callable[[], None]) -> None:
        """Until the view answers; a child that ended meanwhile is told with its log."""
        # Whether our own child answers, not who it is: its certificate may name the machine otherwise.
        tls = urllib.request.HTTPSHandler(context=ssl._create_unverified_context())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)
        deadline = time.monotonic() + VIEW_SECONDS
        while time.monotonic() < deadline:
            self.raise_if_ended()
            try:
                with opener.open(f"{self.view}/", timeout=2):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                wait()
                time.sleep(0.2)
        raise DidNotStart(str(self.settings.place.logs / "view.log"))

    def raise_if_ended(self) -> None:
        """Refuses (DidNotStart) when a child is gone: the house stands whole or not at all."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise DidNotStart(str(self.settings.place.logs / f"{name}.log"))

    def stop(self) -> None:
        """Stop the view first, the server last; each gets time to end by itself."""
        for name in reversed(list(self.children)):
            stop_child(self.children.pop(name))
        (self.settings.place.root / "prefect" / "server.port").unlink(missing_ok=True)


def stand_until_stopped(house: House) -> None:
    """Keep the house up until Ctrl-C or SIGTERM, then stop every part cleanly."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stopped.wait(1):
            house.raise_if_ended()
    finally:
        house.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
