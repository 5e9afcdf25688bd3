"""A published night handed on to the lake: what hinders it is told, does not undo the night, and is made good."""

from __future__ import annotations

from pathlib import Path

from flows.checkup import Checkup
from flows.checkups import check_home
from flows.handing_on import hand_on
from flows.night import Night, begun, no_show
from flows.settings import Settings, read_settings
from warehouse.lake import read_county
from warehouse.snapshot import open_snapshot


def handed_on(settings: Settings) -> Night:
    """The last step over the snapshot that stands, in a night that does nothing else."""
    with begun(settings, None, False, False, no_show) as night:
        published = night.ledger.current_night()
        assert published is not None
        night.night = published["id"]
        hand_on(night)
        return night


def of_lake(settings: Settings) -> list[Checkup]:
    return [one for one in check_home(settings) if one.name == "lake"]


def test_a_lake_that_cannot_be_written_is_told_and_the_next_night_hands_everything_on(
    copied_sample: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    config = copied_sample / "ducha.toml"
    named = f'[lake]\nfolder = "{lake}"\ncounty = "sample_county"\n'
    config.write_text(config.read_text("utf-8").replace("[lake]\n", named), "utf-8")
    settings = read_settings(copied_sample)
    lake.write_text("a file where the folder should be")
    night = handed_on(settings)
    assert "FileExistsError" in night.summary.lake["failed"] or "NotADirectory" in night.summary.lake["failed"]
    (found,) = of_lake(settings)
    assert found.state == "warning" and "[lake] folder" in found.say and "[lake] folder" in found.say_en
    lake.unlink()
    night = handed_on(settings)
    published = read_county(lake, "sample_county")
    assert published is not None and night.summary.lake == {
        "written": len(published.parts),
        "files": len(published.parts),
    }
    assert of_lake(settings) == []
    with open_snapshot(night.target) as snapshot:
        assert published.figures_sha256 == snapshot.meta["figures_sha256"]
        rows = snapshot.engine.rows("SELECT count(*) AS n FROM service_cases")[0]["n"]
    assert sum(part.rows for part in published.parts if part.table == "service_cases") == rows


def test_a_home_without_a_county_of_its_own_hands_nothing_on(copied_sample: Path, tmp_path: Path) -> None:
    settings = read_settings(copied_sample)
    assert settings.lake.folder is None
    assert handed_on(settings).summary.lake == {}
    assert not list(tmp_path.glob("lake*"))
