"""Breakdowns that counties published hold when they are entered as exports, and break when one number is changed.

Each county is a home of its own that only declares; the figures are read in place from shared/real.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from flows.making import make_home
from tests.flows.conftest import one_night
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.snapshot import Snapshot, open_current

Row = list[Any]
Real = Callable[[str], Path]
CITIZEN = "11010519491231002X"
JUSTICE, OFFICE, HOTLINE = "justice_bureau", "rule_of_law_office", "hotline_office"
MEDIATION = ("纠纷编号", "调委会", "调委会类型", "纠纷受理日期", "纠纷来源", "纠纷类型", "纠纷当事人", "调解结果",
             "协议形式", "达成协议日期", "是否转化为治安或刑事案件")  # fmt: skip
AID = ("案件编号", "姓名", "身份证号", "服务类别", "案件性质", "类型", "受理日期", "审批日期", "指派日期")
TICKET = ("工单编号", "来电时间", "诉求类型", "工单标题", "工单处理方式", "工单承办单位", "工单办结时间", "工单状态")
CASE = ("台账年度", "行政复议案号", "复议申请人", "被申请人", "申请复议事项", "收到复议申请日期", "复议受理日期",
        "复议审理程序", "复议审结日期", "复议结果")  # fmt: skip
STATED = ("自报单位", "数据年度", "自报指标", "自报数")


@pytest.fixture
def published(real_file: Real) -> Callable[[str, str], tuple[str, list[int]]]:
    """The published value and the numbers of its note: `published(area, words of the metric)`."""
    with real_file("published_figures.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))

    def found(area: str, metric: str) -> tuple[str, list[int]]:
        (row,) = (row for row in rows if row["area"].startswith(area) and metric in row["metric"])
        return row["value"], [int(number) for number in re.findall(r"\d+", row["note"].partition("(")[0])]

    return found


class County:
    """A home whose units are those of the packaged roster under another county's name."""

    def __init__(self, root: Path, area: str, on: date) -> None:
        self.root, self.area, self.on = root, area, on
        make_home(Home(root))
        units: dict[str, Any] = {"replaces": "true"}
        for name, unit in read_declarations().units.items():
            label = {"zh": area + unit.label.zh.removeprefix("县"), "en": unit.label.en}
            units[name] = {"label": label, "kind": unit.kind, "flags": list(unit.flags)}
        path = root / "catalogue" / "rosters" / "units.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(units, allow_unicode=True), "utf-8")
        self.names = {name: tree["label"]["zh"] for name, tree in units.items() if name != "replaces"}

    def drop(self, supplier: str, name: str, *rows: Any) -> None:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([str(cell) if isinstance(cell, date) else cell for cell in row])
        book.save(self.root / "inbox" / supplier / name)

    def state(self, unit: str, year: int, **stated: str) -> None:
        labels = {name: metric.label.zh for name, metric in read_declarations().metrics.items()}
        rows = [(self.names[unit], str(year), labels[metric], text) for metric, text in stated.items()]
        self.drop(unit, "自报数字.xlsx", STATED, *rows)

    def night(self) -> Snapshot:
        summary = one_night(self.root, self.on)
        assert not summary.refused, summary.refused
        snapshot = open_current(Home(self.root))
        assert snapshot is not None
        return snapshot


def standing(snapshot: Snapshot, target: str, period: str, unit: str = "county") -> dict[str, Any]:
    (row,) = (row for row in snapshot.standings(period, target=target) if (row["unit"] or "county") == unit)
    return row


def agreed(snapshot: Snapshot, unit: str, period: str = "2024") -> tuple[str, int, int]:
    row = standing(snapshot, "stated_figures_agreement_rate", period, unit)
    return row["standing"], int(row["numerator"]), int(row["denominator"])


def test_the_tables_of_qingyuan_hold_and_break_by_one(tmp_path: Path, published: Any) -> None:
    total, parts = published("庆元县", "行政处罚合计")
    applied, licences = published("庆元县", "行政许可申请")
    classes, whole = parts[:9], parts[9]
    assert sum(classes) == whole == int(total) and licences[0] == sum(licences[1:]) == int(applied)
    county = County(tmp_path / "home", "庆元县", date(2025, 2, 6))
    unit = county.names["market_bureau"]
    penalties = ["统计年度", "执法单位", "警告、通报批评", "罚款", "没收违法所得、没收非法财物",
                 "暂扣许可证件、降低资质等级", "吊销许可证件", "限制开展生产经营活动、责令关闭、限制从业",
                 "责令停产停业", "行政拘留", "其他行政处罚", "处罚合计", "罚没金额（万元）"]  # fmt: skip
    permits = ["统计年度", "执法单位", "申请数量", "受理数量", "予以许可", "不予许可", "撤销许可"]
    county.drop(JUSTICE, "处罚.xlsx", penalties, ["2024", unit, *classes, whole, "1753.79"])
    county.drop(JUSTICE, "许可.xlsx", permits, ["2024", unit, int(applied), *licences])
    county.state(OFFICE, 2024, stated_penalties_total="108,156宗", stated_licences_applied="26569件")
    with county.night() as snapshot:
        tie = standing(snapshot, "penalty_statistics_tie", "2024")
        assert (tie["standing"], tie["numerator"], tie["bound"]) == ("met", 108156, 108156)
        settled = standing(snapshot, "licences_settled_were_accepted", "2024")
        assert (settled["standing"], settled["numerator"], settled["bound"]) == ("met", 26569, 26569)
        assert agreed(snapshot, OFFICE) == ("met", 2, 2)
        (fined,) = snapshot.figures("2024", unit="market_bureau", metric="stated_penalties_total")
        assert fined["numerator"] == 108156
    county.drop(JUSTICE, "处罚.xlsx", penalties, ["2024", unit, classes[0] + 1, *classes[1:], whole, "1753.79"])
    county.drop(
        JUSTICE, "许可.xlsx", permits, ["2024", unit, int(applied), licences[0], licences[1] + 1, *licences[2:]]
    )
    with county.night() as snapshot:
        tie = standing(snapshot, "penalty_statistics_tie", "2024")
        assert (tie["standing"], tie["short_by"]) == ("short", 1)
        assert standing(snapshot, "licences_settled_were_accepted", "2024")["standing"] == "short"


def aid_rows(services: list[tuple[str, str, str, int]]) -> Iterator[Row]:
    number = 0
    for service, kind, origin, count in services:
        for _ in range(count):
            number += 1
            day = date(2024, 1, 2) + timedelta(days=number % 60)
            yield [f"A{number}", "某甲", CITIZEN, service, kind, origin, day, day, day]


def test_the_kinds_of_fuzhou_sum_to_its_legal_aid_cases(tmp_path: Path, published: Any) -> None:
    total, parts = published("福州市", "法律援助案件")
    (civil, criminal, administrative), whole = parts[:3], parts[3]
    assert civil + criminal + administrative == whole == int(total) == 2945
    county = County(tmp_path / "home", "福州市", date(2025, 2, 6))
    rows = list(
        aid_rows([("法律援助", "民事", "申请", civil), ("法律援助", "刑事", "通知辩护", criminal),
                  ("法律援助", "行政", "申请", administrative)])
    )  # fmt: skip
    county.drop(JUSTICE, "援助.xlsx", AID, *rows)
    with county.night() as snapshot:
        kinds = standing(snapshot, "legal_aid_by_kind", "2024Q1", JUSTICE)
        assert (kinds["standing"], kinds["numerator"], kinds["bound"]) == ("met", 2945, 2945)
    rows[7][4] = "执行"  # of no kind: the row is set aside, and nobody may say any more that the kinds are all cases
    county.drop(JUSTICE, "援助.xlsx", AID, *rows)
    with county.night() as snapshot:
        kinds = standing(snapshot, "legal_aid_by_kind", "2024Q1", JUSTICE)
        assert (kinds["standing"], kinds["cause"]) == ("unsure", "quarantine:legal_aid_cases:1")


def test_the_services_of_fuqing_are_not_mixed(tmp_path: Path, published: Any) -> None:
    total, parts = published("福清市", "受理指派")
    (aid, notified, pleas), whole = parts[:3], parts[3]
    assert aid + notified + pleas == whole == int(total) == 4459
    county = County(tmp_path / "home", "福清市", date(2025, 2, 6))
    services = [("法律援助", "民事", "申请", aid), ("法律援助", "刑事", "通知辩护", notified),
                ("认罪认罚法律帮助", "刑事", "通知", pleas)]  # fmt: skip
    county.drop(JUSTICE, "援助.xlsx", AID, *aid_rows(services))
    with county.night() as snapshot:
        origin = standing(snapshot, "legal_aid_by_origin", "2024Q1", JUSTICE)
        assert (origin["standing"], origin["numerator"], origin["bound"]) == ("met", aid + notified, aid + notified)
        assert snapshot.engine.rows("SELECT count(*) AS rows FROM legal_aid_cases") == [{"rows": whole}]
        (applied,) = snapshot.figures("2024Q1", unit=None, metric="legal_aid_applied", town=None)
        assert applied["numerator"] == aid


def test_the_disputes_of_huangshi_sum_by_origin_and_by_kind(tmp_path: Path, published: Any) -> None:
    total, _ = published("黄石市", "人民调解")
    origins = {"主动调解": 455, "当事人申请": 378, "委托移送": 36}
    assert sum(origins.values()) == int(total) == 869
    county = County(tmp_path / "home", "黄石市", date(2025, 2, 6))
    kinds = [
        label
        for label in read_declarations().contracts["mediation_cases"].columns["kind"].values
        if "纠纷" not in label
    ]
    assert len(kinds) == 15
    rows: list[Row] = []
    for origin, count in origins.items():
        for _ in range(count):
            at, day = len(rows), date(2024, 8, 1) + timedelta(days=len(rows) % 28)
            succeeded = at < 842
            rows.append([f"M{at}", "某村调委会", "村居", day, origin, kinds[at % 15], "甲、乙",
                         "调解成功" if succeeded else "调解不成", "书面" if succeeded else None,
                         day if succeeded else None, "否"])  # fmt: skip
    county.drop(JUSTICE, "调解.xlsx", MEDIATION, *rows)
    with county.night() as snapshot:
        for name in ("mediations_by_origin", "mediations_by_kind"):
            row = standing(snapshot, name, "2024Q3", JUSTICE)
            assert (row["standing"], row["numerator"], row["bound"]) == ("met", 869, 869), name
    rows[5][4] = None  # it counts among all and in no origin
    county.drop(JUSTICE, "调解.xlsx", MEDIATION, *rows)
    with county.night() as snapshot:
        row = standing(snapshot, "mediations_by_origin", "2024Q3", JUSTICE)
        assert (row["standing"], row["numerator"], row["bound"], row["short_by"]) == ("short", 868, 869, 1)
        assert standing(snapshot, "mediations_by_kind", "2024Q3", JUSTICE)["standing"] == "met"


def test_the_tickets_of_hengdong_are_those_dispatched_and_those_closed_online(tmp_path: Path, published: Any) -> None:
    _, parts = published("衡东县", "12345")
    valid, dispatched, online = parts[:3]
    assert valid == dispatched + online == 11171
    county = County(tmp_path / "home", "衡东县", date(2025, 2, 6))
    unit = county.names["urban_management_bureau"]

    def rows(ways: list[str]) -> Iterator[Row]:
        for at, way in enumerate(ways):
            day = date(2024, 1, 1) + timedelta(days=at % 366)
            yield [f"T{at}", day, "咨询", "某事", way, unit, day, "已办结"]

    ways = ["转派"] * dispatched + ["在线办结"] * online
    county.drop(HOTLINE, "工单.xlsx", ["2024年度热线工单明细"], TICKET, *rows(ways))
    county.state(HOTLINE, 2024, hotline_tickets_valid="0件")
    county.state(OFFICE, 2024, hotline_tickets_valid="11171件")
    with county.night() as snapshot:
        row = standing(snapshot, "hotline_tickets_add_up", "2024")
        assert (row["standing"], row["numerator"], row["bound"]) == ("met", 11171, 11171), row["cause"]
        assert agreed(snapshot, OFFICE) == ("met", 1, 1)
    county.drop(HOTLINE, "更正.xlsx", TICKET, *[[*next(rows(ways))[:4], "不详", unit, "2024-01-01", "已办结"]])
    with county.night() as snapshot:
        row = standing(snapshot, "hotline_tickets_add_up", "2024")
        assert row["standing"] == "unsure" and row["cause"].startswith(("quarantine:", "delivery:"))


def test_fangcheng_divides_by_what_was_concluded(tmp_path: Path, published: Any) -> None:
    value, _ = published("方城县", "纠错率")
    accepted, (concluded, corrected) = published("方城县", "行政复议新收")
    assert (value, int(accepted), concluded, corrected) == ("19.2", 151, 135, 29)
    county = County(tmp_path / "home", "方城县", date(2025, 2, 6))
    rows: list[Row] = []
    for at in range(int(accepted)):
        day = date(2024, 1, 2) + timedelta(days=at)
        ended = day + timedelta(days=40) if at < concluded else None
        outcome = None if ended is None else "撤销" if at < corrected else "维持"
        number, unit = f"方政复〔2024〕{at + 1}号", county.names["water_bureau"]
        rows.append(["2024", number, "某甲", unit, "其他", day, day, "普通", ended, outcome])
    county.drop(JUSTICE, "复议.xlsx", CASE, *rows)
    county.state(OFFICE, 2024, reconsideration_correction_rate=f"{value}%")
    with county.night() as snapshot:
        (rate,) = snapshot.metrics_json("2024", metric="reconsideration_correction_rate", unit=None)[:1]
        assert (rate["numerator"], rate["denominator"], rate["printed"]) == (corrected, concluded, "21.5%")
        (said,) = snapshot.trace("stated_figures_agreement_rate", "2024", unit=OFFICE, side="shortfall")
        assert (said["stated_text"], said["counted_text"], said["agrees"]) == ("19.2%", "21.5%", False)
        assert agreed(snapshot, OFFICE) == ("short", 0, 1)
