"""Real exports through a whole night, and a county that only declares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copy

from flows.making import make_home
from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current
from warehouse.workdays import Calendar

Real = Callable[[str], Path]

PENALTIES = """
label: {zh: 金融监管行政处罚信息, en: Regulator's penalties}
domain: supervision
supplied_by: market_bureau
covers: month of published_on
mode: replace
rows: {at_least: 1, at_most: 100000}
unit: {from: supplier}
columns:
  party_name:    {header: 当事人名称, type: text, optional: true}
  party_kind:    {header: 当事人类型, type: text}
  facts:         {header: 主要违法违规事实, type: text, optional: true}
  content:       {header: 行政处罚内容, type: text, optional: true}
  fine_yuan:     {header: 罚款金额, type: yuan, optional: true}
  authority:     {header: 作出决定机关, type: text, optional: true}
  decided_on:    {header: [作出决定时间, 作出处罚决定的日期], type: date, optional: true}
  published_on:  {header: 发布日期, type: date}
"""
PENALTY_METRICS = """
penalties_with_authority_rate:
  label: {zh: 写明作出决定机关的处罚, en: Penalties that name the authority}
  of: regulator_penalties
  denominator: count
  numerator: count where authority is not null
  counting_rule: {zh: 按发布日期归期, en: by day of publication}
  report: {section: 4}
fines_yuan:
  label: {zh: 罚款金额合计, en: Sum of fines}
  of: regulator_penalties
  numerator: sum(fine_yuan)
  counting_rule: {zh: 按发布日期归期，元, en: "by day of publication, yuan"}
  report: {section: 4}
  no_target: a volume, not a duty
"""
PENALTY_TARGETS = """
penalties_with_authority_rate:
  - since: 2025
    judged: {every: year, for: market_bureau, from: "01-20 next year"}
    at_least: 100%
    severity: low
    basis: 行政处罚法第五十九条
"""


def put(home: Path, where: str, text: str) -> None:
    path = home / "catalogue" / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.lstrip(), "utf-8")


def test_2816_real_letters_load_and_757_of_886_were_answered_in_time(bare_home: Path, real_file: Real) -> None:
    copy(real_file("citizen_letters.xlsx"), bare_home / "inbox" / "hotline_office")
    summary = one_night(bare_home, date(2026, 11, 24))
    assert (summary.rows, summary.loaded, summary.quarantined, summary.listed) == (2816, 2816, 0, 0)
    snapshot = open_current(Home(bare_home))
    assert snapshot is not None
    with snapshot:
        (county,) = snapshot.metrics_json("2019", metric="letters_replied_on_time", unit=None)[:1]
        late = snapshot.trace("letters_replied_on_time", "2019", side="shortfall")
        calendar = Calendar(snapshot.declarations.holidays)
    assert (county["numerator"], county["denominator"], county["unit"]) == (757, 886, None)
    assert len(late) == 129
    assert {(row["_file"], row["_sheet"]) for row in late} == {("citizen_letters.xlsx", "Sheet1")}
    assert len({row["_row"] for row in late}) == 129 and all(2 <= row["_row"] <= 2817 for row in late)
    assert all(row["replied_on"] > calendar.add_working_days(row["asked_on"], 20) for row in late)


def test_real_penalties_need_no_line_of_code(bare_home: Path, real_file: Real) -> None:
    put(bare_home, "datasets/regulator_penalties.yml", PENALTIES)
    put(bare_home, "metrics/penalties.yml", PENALTY_METRICS)
    put(bare_home, "targets/penalties.yml", PENALTY_TARGETS)
    copy(real_file("regulator_penalties.xlsx"), bare_home / "inbox" / "market_bureau")
    summary = one_night(bare_home, date(2026, 11, 24))
    assert summary.rows == 10_239 == summary.loaded + summary.quarantined + summary.listed
    assert summary.loaded > 10_200
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        (row,) = ledger.deliveries(state="in_force")
    told = " ".join(one["say"] for one in row["told"])
    for stray in ("永金罚决字〔2024〕25号", "永金罚决字〔2024〕24号", "永金罚决字〔2024〕23号", "机构编码"):
        assert stray in told
    snapshot = open_current(Home(bare_home))
    assert snapshot is not None
    with snapshot:
        (fines,) = snapshot.figures("2025", unit=None, metric="fines_yuan", town=None)
        (judged,) = snapshot.standings("2025", target="penalties_with_authority_rate")
        rows = snapshot.trace("fines_yuan", "2025", side="numerator")
    assert isinstance(fines["numerator"], Decimal)
    assert fines["numerator"] == sum(row["fine_yuan"] for row in rows if row["fine_yuan"] is not None) > 0
    assert judged["standing"] in ("short", "unsure") and judged["unit"] == "market_bureau"
    assert judged["denominator"] > judged["numerator"] > 0


OTHER_UNITS = """
replaces: "true"
county_government: {label: {zh: 示范县人民政府, en: Government of Model County}, kind: county}
rule_of_law_office: {label: {zh: 示范县委依法治县办, en: Rule-of-law office}, kind: office}
justice_bureau: {label: {zh: 示范县司法局, en: Justice Bureau}, kind: department, flags: [drafting, hall]}
approval_bureau: {label: {zh: 示范县行政审批局, en: Approval Bureau}, kind: department, flags: [hall]}
market_bureau: {label: {zh: 示范县市场监管局, en: Market Bureau}, kind: department, flags: [drafting]}
development_reform_bureau: {label: {zh: 示范县发展改革局, en: Development and Reform Bureau}, kind: department}
hotline_office: {label: {zh: 示范县热线中心, en: Hotline Office}, kind: department}
east_town: {label: {zh: 东镇, en: East Town}, kind: town}
"""
OTHER_PRINCIPALS = """
replaces: "true"
label: {zh: 党政主要负责人名册, en: Principals}
columns: {unit: unit, principal_name: text, post: identifier, holds_from: date, holds_to: date, source: text}
rows:
  justice_party: {unit: justice_bureau, principal_name: 甲某, post: party, holds_from: 2023-01-01, source: 名册第1行}
"""
OTHER_TARGET = """
filing_rate:
  - since: 2024
    judged: {every: year, for: drafting, from: "01-20 next year"}
    at_least: 90%
    severity: low
    basis: 示范县自定
"""


def test_another_county_needs_no_line_of_code(tmp_path: Path) -> None:
    home = tmp_path / "other"
    make_home(Home(home))
    put(home, "rosters/units.yml", OTHER_UNITS)
    put(home, "rosters/principals.yml", OTHER_PRINCIPALS)
    put(home, "targets/rulemaking.yml", OTHER_TARGET)
    folder = home / "inbox" / "示范县司法局"
    folder.mkdir()
    documents = ["文号,名称,文件层级,制定机关,印发日期,合法性审查意见日期,是否需公平竞争审查"]
    filings = ["文号,制定机关,印发日期,报备日期,报备机关"]
    for number in range(1, 11):
        name = f"示司发〔2024〕{number}号"
        documents.append(f"{name},第{number}号办法,部门,示范县司法局,2024-05-0{number % 9 + 1},2024-04-01,否")
        filed = "" if number == 10 else "2024-05-10"
        filings.append(f"{name},示范县司法局,2024-05-0{number % 9 + 1},{filed},县政府")
    (folder / "制定.csv").write_bytes("\n".join(documents).encode("gb18030"))
    (folder / "备案.csv").write_bytes("\n".join(filings).encode("gb18030"))
    summary = one_night(home, date(2025, 2, 6))
    assert (summary.loaded, summary.quarantined) == (20, 0)
    snapshot = open_current(Home(home))
    assert snapshot is not None
    with snapshot:
        standings = {(row["target"], row["unit"]): row for row in snapshot.standings("2024")}
        units = {row["unit"] for row in standings.values()}
    filing = standings["filing_rate", "justice_bureau"]
    assert (filing["standing"], filing["numerator"], filing["denominator"]) == ("met", 9, 10)
    assert standings["filing_on_time_rate", "justice_bureau"]["standing"] == "short"
    assert standings["filing_rate", "market_bureau"]["standing"] == "not_applicable"
    assert standings["duty_report_rate", "justice_bureau"]["standing"] == "missing"
    assert units <= {"county", "county_government", "rule_of_law_office", "justice_bureau", "approval_bureau",
                     "market_bureau", "development_reform_bureau", "hotline_office", "east_town"}  # fmt: skip
