from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from expectations.suites import JudgingProcess
from flows.making import make_home
from flows.night import Summary, run_night
from flows.prefect_server import free_port
from flows.sample_county.county import write_sample
from flows.settings import Settings, read_settings
from tests.conftest import made_once
from warehouse.home import Home

REAL = Path(__file__).parents[3] / "shared" / "real"


def one_night(home: Path, on: date | None = None) -> Summary:
    """One plain night in this process."""
    return run_night(read_settings(home), on)


def sample_home(root: Path, clean: bool = False) -> Home:
    home = Home(root)
    make_home(home)
    write_sample(home, clean=clean)
    return home


@pytest.fixture
def copied_sample(sample_night: tuple[Path, Summary], tmp_path: Path) -> Path:
    """The sample county after one night, as an own copy."""
    return Path(shutil.copytree(sample_night[0], tmp_path / "home"))


@pytest.fixture(scope="session", autouse=True)
def _one_judging_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One process judges all nights of a worker: to start it is most of the work of a small night."""
    log = tmp_path_factory.mktemp("judging") / "judging.log"
    with JudgingProcess(log) as judging, pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.night.JudgingProcess", lambda _log: nullcontext(judging))
        yield


@pytest.fixture(scope="session")
def clean_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """The sample county without any planted shortfall, after one night."""

    def make(root: Path) -> Summary:
        sample_home(root, clean=True)
        return one_night(root)

    return made_once(tmp_path_factory, "clean_night", make)


@pytest.fixture
def manifest(sample_night: tuple[Path, Summary]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((sample_night[0] / "sample_manifest.json").read_text("utf-8"))
    return found


@pytest.fixture
def bare_home(tmp_path: Path) -> Path:
    """A new home with an empty inbox."""
    make_home(Home(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def real_file() -> Callable[[str], Path]:
    """A real export, read in place; where the folder is absent the test says so, in CI it fails."""

    def found(name: str) -> Path:
        path = REAL / name
        if not path.exists():
            assert not os.environ.get("CI"), f"{path} must be there in CI"
            pytest.skip(f"{path} is not here: this test reads a real export in place")
        return path

    return found


@pytest.fixture
def settings(copied_sample: Path) -> Settings:
    return read_settings(copied_sample)


class Postbox:
    """What the server took: (sender, recipients, bytes). `refuse` answers instead of taking."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.refuse: str | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Postbox, int]]:
    """A real mail server on the loopback, and its port."""
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()
