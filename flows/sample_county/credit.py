"""What the credit office counts: records repaired, financing applied for, areas supervised by credit grade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.firms import IN_STOCK, Firm
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.setting import Setting, spread

UNIT, REPAIRS, FINANCING, GRADED = (
    "development_reform_bureau", "credit_repairs", "financing_applications", "credit_graded_areas",
)  # fmt: skip
# “More than 120 repairs”; beside them refused, withdrawn and still open.
REPAIRED, REFUSED, WITHDRAWN, OPEN = 123, 8, 3, 6
# 2,949 applications of 13.2314 billion yuan (in 万元) through the supermarket; the others are no part of them.
APPLIED, APPLIED_WAN = 2949, 1_323_140
PLATFORM, PLATFORM_WAN, COUNTER, COUNTER_WAN = 412, 160_820, 38, 21_430
# A record stays public for three months before it can be repaired.
SHORTEST = 92
AREAS = {"health": "health_bureau", "transport": "transport_bureau", "construction": "housing_construction_bureau",
         "environment": "ecology_environment_bureau"}  # fmt: skip


def credit_office_exports(setting: Setting, firms: Sequence[Firm]) -> Iterator[Export]:
    """Three yearly files: a workbook with spaced headers, text with a total in 万元, a page that is called xls."""
    repairs = Layout(
        "xlsx", setting.text(REPAIRS, "title"), alias=1, serial=True, header_spaces=True,
        dates=("native", "full_width", "chinese"), empties=("", "—", "/"), brackets=("〔〕", "[]", "（）"),
        notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    financing = Layout(
        "csv", setting.text(FINANCING, "title"), encoding="gb18030", dates=("slash_time", "iso", "chinese"),
        paddings=("", "\n\t", "\u00a0"), empties=("", "/"), full_width=True, total=True,
        money_header=str(setting.words["enterprises"]["wan_yuan"]), notes=setting.notes(),
    )  # fmt: skip
    graded = Layout(
        "html", setting.text(GRADED, "title"), encoding="gb18030", alias=1, serial=True, dates=("dot", "chinese"),
        empties=("", "—"), brackets=("〔〕", "【】"), notes=setting.notes(),
    )  # fmt: skip
    for dataset, layout, rows, left in (
        (REPAIRS, repairs, list(_repairs(setting)), 5),
        (FINANCING, financing, list(_applications(setting, firms)), 6),
        (GRADED, graded, list(_gradings(setting)), 8),
    ):
        arrives = setting.arrival(dataset, str(setting.year), left)
        yield Export(dataset, UNIT, setting.text(dataset, "file"), layout, rows, arrives)


def _repairs(setting: Setting) -> Iterator[Row]:
    """Records of the year's own penalties of firms, repaired once three months have gone by."""
    rnd = setting.random(REPAIRS)
    fined = [row for row in penalty_rows(setting) if row.get("credit_code") and row.get("fine_yuan")]
    chosen = rnd.sample([row for row in fined if _decided(row).month <= 8], REPAIRED + REFUSED + WITHDRAWN + OPEN)
    results = ["repaired"] * REPAIRED + ["refused"] * REFUSED + ["withdrawn"] * WITHDRAWN + [None] * OPEN
    for serial, (penalty, result) in enumerate(zip(chosen, results, strict=True), start=1):
        applied = _decided(penalty) + timedelta(days=SHORTEST + rnd.randint(0, 12))
        if result is None:
            applied = setting.workdays(setting.year, 12)[-1 - serial % 9]
        yield {
            "repair_number": setting.text(REPAIRS, "number", serial=serial),
            "enterprise_name": penalty["party_name"],
            "credit_code": penalty["credit_code"],
            "document_number": penalty["document_number"],
            "finding_unit": penalty["enforcement_unit"],
            "applied_on": applied,
            "completed_on": setting.after(applied, rnd.randint(1, 10)) if result else None,
            "result": result,
        }


def _decided(penalty: Row) -> date:
    decided = penalty["decided_on"]
    assert isinstance(decided, date)
    return decided


def _applications(setting: Setting, firms: Sequence[Firm]) -> Iterator[Row]:
    """By day, all channels mixed; what was granted is often less and never the figure."""
    rnd, words = setting.random(FINANCING), setting.words[FINANCING]
    days = [day for month in range(1, 13) for day in setting.workdays(setting.year, month)]
    wanted: list[tuple[str, int]] = []
    for channel, count, wan in (
        ("supermarket", APPLIED, APPLIED_WAN),
        ("credit_platform", PLATFORM, PLATFORM_WAN),
        ("bank_counter", COUNTER, COUNTER_WAN),
    ):
        weights = [rnd.choice((20, 50, 80, 100, 200, 300, 500, 1000)) for _ in range(count)]
        wanted += [(channel, amount) for amount in spread(wan, weights)]
    rnd.shuffle(wanted)
    applied = sorted(rnd.choice(days) for _ in wanted)
    for serial, (on, (channel, wan)) in enumerate(zip(applied, wanted, strict=True), start=1):
        firm, granted = firms[rnd.randrange(IN_STOCK)], setting.after(on, rnd.randint(3, 20))
        is_granted = rnd.random() < 0.4 and granted.year == setting.year
        yield {
            "application_number": setting.text(FINANCING, "number", serial=serial),
            "enterprise_name": firm.name,
            "credit_code": firm.code,
            "channel": channel,
            "bank_name": rnd.choice(words["banks"]),
            "applied_on": on,
            "amount_yuan": Decimal(wan) * 10_000,
            "granted_on": granted if is_granted else None,
            "granted_yuan": Decimal(wan * rnd.choice((50, 80, 100)) * 100) if is_granted else None,
        }


def _gradings(setting: Setting) -> Iterator[Row]:
    """Four areas; two of them were graded twice."""
    rnd, codes = setting.random(GRADED), setting.words["penalty_cases"]["codes"]
    for at, (area, unit) in enumerate(AREAS.items()):
        for month in (6, 12)[: 1 + at % 2]:
            grades = [rnd.randint(20, 60), rnd.randint(10, 40), rnd.randint(1, 9), rnd.randint(0, 2)]
            yield {
                "area": area,
                "regulator_unit": unit,
                "measure_number": setting.text(GRADED, "number", code=codes[unit], serial=at + 7),
                "graded_on": rnd.choice(setting.workdays(setting.year, month)),
                "subjects_count": sum(grades),
            } | dict(zip(("grade_a_count", "grade_b_count", "grade_c_count", "grade_d_count"), grades, strict=True))
