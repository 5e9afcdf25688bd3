"""A real Prefect server, a schedule that really fires, and everything stopped cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.prefect_server import free_port, is_healthy, prefect_environment, start_child, start_server, stop_child
from tests.flows.test_cli import DUCHA
from tests.flows.test_files_again import drop, filings
from warehouse.home import Home
from warehouse.ledger import open_ledger


def ask(port: int, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api{path}",
        data=json.dumps(body or {}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def wait_for(what: Callable[[], Any], seconds: float, why: str) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.5)
    raise AssertionError(f"waited {seconds} s for {why}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    from flows.making import make_home

    home = Home(tmp_path_factory.mktemp("scheduled") / "home")
    make_home(home)
    port = free_port()
    config = home.config.read_text("utf-8").replace("# prefect = 4200", f"prefect = {port}")
    home.config.write_text(config.replace("# settled_seconds = 60", "settled_seconds = 0"), "utf-8")
    child = start_server(home, port)
    yield home.root, port
    stop_child(child)
    assert not is_healthy(port)


def test_a_scheduled_run_really_fires_and_publishes_a_night(server: tuple[Path, int]) -> None:
    root, port = server
    drop(root, filings(3))
    command = [sys.executable, "-m", "flows.schedule", "--home", str(root), "--cron", "* * * * *"]
    child = start_child(command, root / "logs" / "schedule.log", prefect_environment(Home(root), port))
    try:

        def done() -> Any:
            runs = ask(port, "/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}})
            return [run for run in runs if run["auto_scheduled"] and "scheduled" in run["parameters"]]

        (run, *_) = wait_for(done, 240, f"a scheduled run; see {root / 'logs' / 'schedule.log'}")
    finally:
        stop_child(child)
    assert run["parameters"]["scheduled"] is True
    with open_ledger(Home(root), read_only=True) as ledger:
        assert ledger.current_night() is not None
        assert [row["state"] for row in ledger.deliveries()] == ["in_force"]
    tasks = ask(port, "/task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}, "limit": 200})
    assert {"take_files", "read_delivery", "build_snapshot", "publish", "send_letters"} <= {
        task["name"].rsplit("-", 1)[0] for task in tasks
    }
    assert {str(task["task_inputs"]) for task in tasks} == {"{}"}, "a task that is handed the night has it walked whole"
    artifacts = ask(port, "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    assert {artifact["key"] for artifact in artifacts} == {"deliveries", "standings"}


def test_nightly_runs_as_a_flow_run_on_the_standing_server(server: tuple[Path, int]) -> None:
    root, port = server
    (root / "prefect" / "server.port").write_text(str(port))
    by_hand = {"flow_runs": {"deployment_id": {"is_null_": True}}}
    before = ask(port, "/flow_runs/count", by_hand)
    done = subprocess.run([DUCHA, "--home", root, "nightly", "--json"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert json.loads(done.stdout)["night"]
    assert ask(port, "/flow_runs/count", by_hand) == before + 1


def _deployments(port: int) -> list[str]:
    return sorted(one["name"] for one in ask(port, "/deployments/filter"))


def test_up_serves_the_view_and_the_server_and_stops_both(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    subprocess.run([DUCHA, "--home", home.root, "init"], check=True, capture_output=True)
    view, prefect = free_port(), free_port()
    config = home.config.read_text("utf-8")
    config = config.replace("# view = 8501", f"view = {view}").replace("# prefect = 4200", f"prefect = {prefect}")
    home.config.write_text(config, "utf-8")
    child = subprocess.Popen([DUCHA, "--home", home.root, "up"], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        assert child.stdout is not None
        said = "".join(child.stdout.readline() for _ in range(4))
        assert str(view) in said and str(prefect) in said
        assert is_healthy(prefect)
        with pytest.raises(urllib.error.HTTPError) as answer:  # the sign-in page: nobody has a session
            urllib.request.urlopen(f"http://127.0.0.1:{view}/", timeout=10)
        assert answer.value.code == 401
        names = wait_for(
            lambda: names if len(names := _deployments(prefect)) > 1 else None, 60, "the schedule's deployments"
        )
        assert names == ["nightly", "post"]
    finally:
        os.kill(child.pid, signal.SIGINT)
        assert child.wait(60) == 0
    assert not is_healthy(prefect)
    assert {"prefect-server.log", "schedule.log", "view.log"} <= {path.name for path in home.logs.iterdir()}
