"""One standing view of the sample county, with the cable out, for every drill that looks and changes no data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drills.walker import view_without_cable
from warehouse.home import Home
from warehouse.snapshot import Snapshot, open_current


@pytest.fixture(scope="session")
def county(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An own copy of the sample county after one night."""
    return Home(Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("walked") / "home")))


@pytest.fixture(scope="session")
def whole(county: Home) -> Iterator[Snapshot]:
    with open_current(county) as snapshot:  # type: ignore[union-attr]
        yield snapshot


@pytest.fixture(scope="session")
def view(county: Home) -> Iterator[str]:
    """Its address."""
    with view_without_cable(county) as (address, _notes):
        yield address
