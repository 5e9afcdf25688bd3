"""An auditor holds nothing but the package, and checks all of it with common tools."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.audit_package import _csv, write_package
from app.viewer import Viewer
from app.visit import Visit
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current


@pytest.fixture(scope="module")
def package(sample_night: tuple[Path, Any]) -> dict[str, bytes]:
    home = Home(sample_night[0])
    with open_ledger(home, read_only=True) as ledger, open_current(home) as snapshot:
        visit = Visit(home, Viewer("operations"), snapshot, ledger, ledger.current_night())
        written = write_package(visit)
        assert written == write_package(visit)
    with zipfile.ZipFile(io.BytesIO(written)) as found:
        return {name: found.read(name) for name in found.namelist()}


def rows_of(part: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(part.decode("utf-8-sig"))))


def test_every_part_has_the_hash_that_the_list_names(package: dict[str, bytes]) -> None:
    lines = package["SHA256SUMS"].decode().splitlines()
    named = {name: held for held, name in (line.split("  ") for line in lines)}
    assert named == {name: hashlib.sha256(part).hexdigest() for name, part in package.items() if name != "SHA256SUMS"}


def test_figures_and_declarations_hash_to_what_the_night_published(
    package: dict[str, bytes], sample_night: tuple[Path, Any]
) -> None:
    night = rows_of(package["nights.csv"])[0]
    assert night["state"] == "published"
    assert hashlib.sha256(package["figures.txt"]).hexdigest() == night["figures_sha256"]
    with open_current(Home(sample_night[0])) as snapshot:
        whole = snapshot.engine.rows("SELECT json FROM declarations")[0]["json"]
    assert hashlib.sha256(whole.encode()).hexdigest() == night["declarations_sha256"]
    # The package holds the same rules; only who is to be called, and the people of rosters, are masked.
    told, held = json.loads(package["declarations.json"]), json.loads(whole)
    for name in ("contracts", "metrics", "targets", "row_sets", "holidays"):
        assert told[name] == held[name], name
    assert told["units"].keys() == held["units"].keys() and told["rosters"].keys() == held["rosters"].keys()
    for lang in ("zh", "en"):
        assert night["figures_sha256"] in package[f"README.{lang}.txt"].decode()


def test_the_trail_can_be_checked_with_the_package_alone(package: dict[str, bytes]) -> None:
    trail = rows_of(package["audit.csv"])
    previous = "0" * 64
    for row in trail:
        told = [int(row["seq"]), row["at"], row["who"], row["action"], row["detail"]]
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        assert row["previous_hash"] == previous
        previous = row["hash"]
        assert previous == hashlib.sha256((row["previous_hash"] + line).encode()).hexdigest()
    assert trail and f"{trail[-1]['seq']}:{previous}" in package["README.zh.txt"].decode()


def test_every_file_is_named_with_its_hash_and_its_rows_tie(
    package: dict[str, bytes], sample_night: tuple[Path, Any]
) -> None:
    sent = rows_of(package["deliveries.csv"])
    with open_ledger(Home(sample_night[0]), read_only=True) as ledger:
        assert [row["sha256"] for row in sent] == [row["sha256"] for row in ledger.deliveries()]
    loaded = [row for row in sent if row["state"] == "in_force"]
    assert loaded
    for row in loaded:
        listed = sum(json.loads(row["listed"]).values())
        assert int(row["rows"]) == int(row["loaded"]) + int(row["quarantined"]) + listed, row["id"]


def test_nobody_is_named_in_the_package(package: dict[str, bytes], sample_night: tuple[Path, Any]) -> None:
    with open_current(Home(sample_night[0])) as snapshot:
        units, rosters = snapshot.declarations.units.values(), snapshot.declarations.rosters
    people = {value for one in units for value in (one.phone, one.email, one.leader_email, one.liaison) if value}
    people |= {row["principal_name"] for row in rosters["principals"].rows.values()}
    assert len(people) > 80
    told = b"".join(package.values()).decode()
    assert not [one for one in people if len(one) > 2 and one in told]


def test_a_file_name_that_a_spreadsheet_would_run_is_text() -> None:
    found = rows_of(_csv(("file_name", "rows"), [{"file_name": "=HYPERLINK(1)", "rows": -1}]))
    assert found == [{"file_name": "'=HYPERLINK(1)", "rows": "-1"}]
