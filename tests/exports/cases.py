"""What a golden case says about its file, written by hand next to the cells; and the rows that many cases share."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from writers import Cell

SUPPLIERS = {
    "administrative_penalties": "market_bureau",
    "citizen_letters": "hotline_office",
    "credit_checks": "development_reform_bureau",
    "duty_reports": "rule_of_law_office",
    "enterprises": "market_bureau",
    "legal_aid_cases": "justice_bureau",
    "litigation_cases": "justice_bureau",
    "normative_document_filings": "justice_bureau",
    "normative_documents": "justice_bureau",
    "service_cases": "approval_bureau",
    "refused": "justice_bureau",
}


@dataclass(frozen=True)
class Sheet:
    """What must come of one sheet: rows that load, the rule of each quarantined row, the kind of each listed one."""

    loaded: int = 0
    quarantined: dict[int, str] = field(default_factory=dict)
    listed: dict[int, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    periods: tuple[str, ...] = ("2024Q1",)
    totals_tie: bool | None = None
    dataset: str = ""
    refused: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class Case:
    """One file. `make` writes it; `refused` is the code when the whole file is refused."""

    dataset: str
    file: str
    why: str
    make: Callable[[Path], None]
    sheets: tuple[Sheet, ...] = ()
    refused: str = ""
    supplier: str = ""
    display_name: str = ""
    received_on: date = date(2025, 1, 10)
    as_of: date = date(2025, 1, 31)

    def write(self, folder: Path) -> None:
        """The file and `<case>.json`."""
        target = folder / self.dataset / self.file
        target.parent.mkdir(parents=True, exist_ok=True)
        self.make(target)
        told: dict[str, Any] = {
            "why": self.why,
            "supplier": self.supplier or SUPPLIERS[self.dataset],
            "received_on": self.received_on.isoformat(),
            "as_of": self.as_of.isoformat(),
        }
        if self.display_name:
            told["display_name"] = self.display_name
        if self.refused:
            told["refused"] = self.refused
        else:
            told["sheets"] = [self._sheet(sheet) for sheet in self.sheets]
        path = target.with_name(target.name + ".json")
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def _sheet(self, sheet: Sheet) -> dict[str, Any]:
        if sheet.refused or sheet.skipped:
            return {"refused": sheet.refused} if sheet.refused else {"skipped": sheet.skipped}
        return {
            "dataset": sheet.dataset or self.dataset,
            "periods": list(sheet.periods),
            "rows": sheet.loaded + len(sheet.quarantined) + len(sheet.listed),
            "loaded": sheet.loaded,
            "quarantined": {str(row): rule for row, rule in sheet.quarantined.items()},
            "listed": {str(row): kind for row, kind in sheet.listed.items()},
            "told": list(sheet.told),
            "totals_tie": sheet.totals_tie,
        }


def citizen_id(number: int, born: str = "19900101") -> str:
    """An invented citizen id of the unassigned division 430799 with a true check digit."""
    digits = f"430799{born}{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(one) * weight for one, weight in zip(digits, weights, strict=True)) % 11]


def credit_code(number: int) -> str:
    """An invented credit code of that division with a true check character."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91430799MA{number:06d}"
    organ = body[8:16]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    check9 = (11 - sum(int(sign, 36) * weight for sign, weight in zip(organ, weights, strict=True)) % 11) % 11
    body = f"{body}{'X' if check9 == 10 else check9}"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


YEAR = ("2024",)
AID = ("案件编号", "姓名", "身份证号", "联系电话", "服务类别", "案件性质", "类型", "受理日期", "审批日期", "指派日期", "承办机构", "结案日期")


def aid(number: int, **other: Cell) -> list[Cell]:
    """One case of legal aid, accepted 2024-03-0n; `other` by place in AID: c0=..., c7=... ."""
    row: list[Cell] = [
        f"样援2024-{number:03d}", f"王某{'甲乙丙丁戊己庚辛'[number % 8]}", citizen_id(number), "0736-3201234",
        "法律援助", "民事", "申请", f"2024-03-{number:02d}", f"2024-03-{number + 4:02d}", f"2024-03-{number + 5:02d}",
        "县法律援助中心", None,
    ]  # fmt: skip
    for place, value in other.items():
        row[int(place[1:])] = value
    return row


SERVICE = (
    "办件编号", "实施编码", "事项名称", "申请人名称", "申请人证件号码", "受理时间", "承诺办结时限", "特别程序开始时间", "特别程序结束时间",
    "办结时间", "办结结果", "受理部门", "行使层级", "办理渠道", "是否可网办", "同步类型", "同步时间",
)  # fmt: skip


def service(number: int, **other: Cell) -> list[Cell]:
    """One government service case of May 2024."""
    row: list[Cell] = [
        f"11430799MB20240500{number:03d}", "11430799MB2D06811W4000117051000", "食品经营许可", "张某", citizen_id(number),
        f"2024-05-{number:02d} 09:30:00", "5", None, None, f"2024-05-{number + 6:02d} 16:00:00", "准予许可",
        "县市场监督管理局", "县级", "网上办理", "是", "I", f"2024-05-{number + 6:02d} 23:00:00",
    ]  # fmt: skip
    for place, value in other.items():
        row[int(place[1:])] = value
    return row


ENTERPRISE = ("统一社会信用代码", "企业名称", "成立日期", "注销日期", "所属镇街", "注册资本", "行业门类")


def enterprise(number: int, **other: Cell) -> list[Cell]:
    """One enterprise of the register."""
    row: list[Cell] = [
        credit_code(number), f"样例县第{number}商贸有限公司", f"2020-06-{number:02d}", None, "桃花镇", "500000", "批发和零售业",
    ]  # fmt: skip
    for place, value in other.items():
        row[int(place[1:])] = value
    return row
