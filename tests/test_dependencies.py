"""Every package is known by its licence, and an audit that could not ask is no audit that found nothing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def dependencies() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dependencies", ROOT / ".ci" / "dependencies.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_pinned_package_that_is_installed_names_its_licence(dependencies: ModuleType) -> None:
    found = dependencies.licences()
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").split())
    assert {name: version for name, (version, _) in found.items()}.items() <= pinned.items()
    assert pinned.keys() - found.keys() <= {"pyspark", "py4j"}  # of the extra `spark`
    assert [name for name, (_, licence) in found.items() if not licence] == []
    # Installed beside this program, as its office may; none of it is changed or handed on with it.
    looked_at = {name for name, (_, licence) in found.items() if dependencies.LOOK_AT.search(licence)}
    assert looked_at <= {"python-stdnum", "text-unidecode"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 packages asked about, 0 advisories"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}], 1, "a 1: PYSEC-1"),
        ([{"name": "a", "skip_reason": "not found"}], 1, "0 of 1 packages could be asked about"),
    ],
)
def test_an_audit_says_what_it_could_ask(
    dependencies: ModuleType, packages: list[dict[str, object]], code: int, said: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    report = tmp_path / "audit.json"
    report.write_text(json.dumps({"dependencies": packages}), "utf-8")
    assert dependencies.main(["audit", str(report)]) == code
    assert said in capsys.readouterr().out
