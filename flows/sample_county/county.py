"""Write a whole year of the sample county's exports into a home's inbox."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flows.sample_county.exports import Export, Paper
from flows.sample_county.firms import CHECKED, IN_STOCK
from flows.sample_county.manifest import CountyFigure, Manifest, SampleFile
from flows.sample_county.parts import all_exports
from flows.sample_county.planting import OWED_SINCE, planted
from flows.sample_county.services import COMPLETED
from flows.sample_county.setting import Setting
from flows.sample_county.spelling import Speller
from flows.sample_county.writers import suffix_of, write_table
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.workdays import Calendar

SEED = 20240101
FIRST_YEAR = 2004
COUNTY = "样例县"
# Some departments name their folder as people call them, some by their id.
NAMED_IN_CHINESE = ("justice_bureau", "market_bureau", "rule_of_law_office")
CONFIG = """\
[county]
name = "{county}"
name_en = "Sample County"
sample = true

[night]
business_date = {year}-02-06

[inbox]
arrival = "file_time"
settled_seconds = 0
"""


def write_sample(
    home: Home,
    year: int = 2024,
    seed: int = SEED,
    scale: int = 1,
    clean: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Manifest:
    """Write the exports of one year, the home's ducha.toml and the manifest of what was planted.

    Deterministic: the same arguments give the same rows. `scale` multiplies service cases and letters, and up to 30
    times the firms. With `clean` every row reads and every target is met. The files' times are their arrival.
    Refuses (ValueError) the home of another county, a year whose holidays nobody entered, and a scale below 1.
    """
    if year < FIRST_YEAR or scale < 1:
        raise ValueError(f"the sample county has years from {FIRST_YEAR} on and a scale of at least 1")
    config = _config(home, year)
    home.make()
    declarations = read_declarations()
    setting = Setting(year, seed, scale, clean, declarations, Calendar(declarations.holidays))
    files: list[SampleFile] = []
    for export in all_exports(setting):
        if progress:
            progress(export.name)
        files += _write_paper(home, setting, export) if isinstance(export, Paper) else _write(home, setting, export)
    home.config.write_text(config, encoding="utf-8")
    manifest = Manifest(
        county=COUNTY,
        year=year,
        seed=seed,
        scale=scale,
        clean=clean,
        files=tuple(files),
        plants=planted(year, clean),
        figures=_figures(setting),
    )
    manifest.write(home.root / "sample_manifest.json")
    return manifest


def _config(home: Home, year: int) -> str:
    """ducha.toml with the sample's own county, night and inbox; other sections stay as they are.

    Refuses (ValueError) a home that names another county: invented rows must never lie among real ones.
    """
    held = home.config.read_text("utf-8") if home.config.is_file() else ""
    county = tomllib.loads(held).get("county", {}).get("name", COUNTY)
    if county != COUNTY:
        raise ValueError(f"{home.config}: this is the home of {county}; make another one for the sample county")
    sections = re.split(r"(?m)^(?=\[)", held)[1:]
    others = [text for text in sections if not text.startswith(("[county]", "[night]", "[inbox]"))]
    return CONFIG.format(county=COUNTY, year=year + 1) + "".join(f"\n{text}" for text in others)


def _folder(home: Home, setting: Setting, supplier: str) -> Path:
    unit = setting.declarations.units[supplier]
    folder: Path = home.inbox / supplier
    if supplier in NAMED_IN_CHINESE:
        named = home.inbox / unit.label.zh
        if folder.is_dir() and not named.exists() and not any(folder.iterdir()):
            folder.rename(named)
        folder = named
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(home: Home, setting: Setting, export: Export) -> list[SampleFile]:
    """One export and its copies; gives what the manifest says of each."""
    declared, supplier = setting.declarations, export.folder or export.supplier
    contract = declared.contracts[export.dataset]
    path = _folder(home, setting, supplier) / (export.name + suffix_of(export.layout))
    rnd = setting.random(f"spelling:{export.name}")
    speller = Speller(contract, declared.units, export.layout, setting.words, rnd)
    write_table(path, export.layout, speller.header(), speller.lines(iter(export.rows)), setting.words["instructions"])
    paths = [path, *(path.with_name(copy + path.suffix) for copy in export.copies)]
    for copy in paths[1:]:
        shutil.copyfile(path, copy)
    return [_arrived(home, one, export.dataset, supplier, speller.rows, export.arrives_at) for one in paths]


def _write_paper(home: Home, setting: Setting, paper: Paper) -> list[SampleFile]:
    path = _folder(home, setting, paper.supplier) / paper.name
    path.write_bytes(paper.content)
    return [_arrived(home, path, "", paper.supplier, 0, paper.arrives_at)]


def _arrived(home: Home, path: Path, dataset: str, supplier: str, rows: int, at: datetime) -> SampleFile:
    os.utime(path, (at.timestamp(), at.timestamp()))
    return SampleFile(
        path=str(path.relative_to(home.root)), dataset=dataset, supplier=supplier, rows=rows, arrived_at=at.isoformat()
    )


def _figures(setting: Setting) -> dict[str, CountyFigure]:
    """The year's county figures that a reader can check without knowing the rows."""
    firms = IN_STOCK * setting.firms_scale
    card = setting.declarations.scorecards["first_responsible_persons"]
    signals = {signal.target for signal in card.signals.values()}
    expected = [one for plant in planted(setting.year, setting.clean) for one in plant.expects]
    weak = {one.unit for one in expected if one.target in signals and one.standing == "short" and "final" in one.nights}
    counts = {
        "service_cases_completed": COMPLETED * setting.scale,
        "county_normative_documents": 5,
        "department_normative_documents": 13,
        "county_defendant_suits": 23,
        "enterprises": firms,
    }
    if setting.year >= OWED_SINCE:
        counts["weak_first_responsible_persons"] = len(weak)
    rates = {
        "filing_rate": (23, 23),
        "credit_check_rate": (CHECKED * setting.firms_scale, firms),
    }
    return {
        **{metric: CountyFigure(numerator=count) for metric, count in counts.items()},
        **{metric: CountyFigure(numerator=some, denominator=all_) for metric, (some, all_) in rates.items()},
    }
