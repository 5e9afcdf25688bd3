"""Legal aid: four quarterly files; plea assistance and consultations stand apart from the cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from flows.sample_county.exports import Export, Layout, Paper, Row, Written
from flows.sample_county.setting import Setting
from warehouse.periods import period_named

UNIT, DATASET = "justice_bureau", "legal_aid_cases"
# service, kind, origin, how many in a quarter
MIX = (
    ("legal_aid", "criminal", "notified_defence", 46),
    ("legal_aid", "criminal", "application", 12),
    ("legal_aid", "civil", "application", 41),
    ("legal_aid", "administrative", "application", 3),
    ("plea_assistance", "criminal", "notified_defence", 88),
    ("consultation", "civil", "application", 120),
)
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def legal_aid_exports(setting: Setting) -> Iterator[Export | Paper]:
    """Four quarters; the first is sent twice, the second time with the cases that were closed since.

    In a year with faults the fourth quarter comes only as a scan.
    """
    for quarter in (1, 2, 3, 4):
        period = f"{setting.year}Q{quarter}"
        arrives = setting.arrival(DATASET, period, 0 if quarter == 2 else 1)
        if quarter == 4 and not setting.clean:
            yield Paper(UNIT, setting.text(DATASET, "scan") + ".pdf", SCAN, arrives)
            continue
        rows, text = list(_rows(setting, quarter)), setting.words[DATASET]["quarters"][quarter - 1]
        layout = _layout(setting, quarter, setting.text(DATASET, "title", quarter=text))
        name = setting.text(DATASET, "file", number=quarter)
        export = Export(DATASET, UNIT, name, layout, rows, arrives)
        if quarter == 1:
            still_open = [{**row, "closed_on": None} for row in rows]
            yield replace(export, rows=still_open, arrives_at=arrives - timedelta(days=1))
            yield replace(export, name=setting.text(DATASET, "corrected", number=quarter))
        else:
            yield export


def _layout(setting: Setting, quarter: int, title: str) -> Layout:
    count = setting.text(DATASET, "count", count="{count}")
    common = Layout("xlsx", title, total=True, total_text=count, notes=setting.notes(), empties=("", "—", "/"))
    match quarter:
        case 1:
            return replace(common, dates=("chinese", "dot", "native"), serial=True)
        case 2:
            return replace(common, kind="html", encoding="gb18030", alias=1, dates=("slash", "compact"))
        case 3:
            dates = ("full_width", "iso", "chinese_padded")
            return replace(common, alias=1, dates=dates, paddings=("", "\u00a0", "\n\t"))
        case _:
            return replace(common, kind="csv", encoding="utf-8-sig", dates=("slash_time", "iso"))


def _rows(setting: Setting, quarter: int) -> Iterator[Row]:
    """The quarter's rows by day. Whatever is still to do at its end is done before the file is sent."""
    rnd, year = setting.random(f"{DATASET}:{quarter}"), setting.year
    period = period_named(f"{year}Q{quarter}")
    days = [day for month in range(period.start.month, period.end.month + 1) for day in setting.workdays(year, month)]
    kinds = [(service, kind, origin) for service, kind, origin, count in MIX for _ in range(count + quarter)]
    accepted = sorted((rnd.choice(days), at) for at in range(len(kinds)))
    planted = _planted_at(setting, quarter, accepted, kinds, days)
    for serial, (on, at) in enumerate(accepted, start=1):
        service, kind, origin = kinds[at]
        name, number = setting.people.person()
        row: Row = {
            "case_number": setting.text(DATASET, "number", serial=quarter * 10000 + serial),
            "applicant_name": name,
            "citizen_id": number,
            "phone": setting.people.phone() if rnd.random() < 0.9 else None,
            "service": service,
            "kind": kind,
            "origin": origin,
            "accepted_on": on,
        }
        if service == "legal_aid":
            near_end = on >= days[-9]
            reviewed = setting.after(on, rnd.randint(0, 1) if near_end else rnd.choice((1, 2, 3, 4, 7)))
            assigned = setting.after(reviewed, rnd.randint(0, 1) if near_end else rnd.choice((0, 1, 2, 3)))
            row |= {
                "reviewed_on": reviewed,
                "assigned_on": assigned,
                "handled_by": rnd.choice(setting.words[DATASET]["offices"]),
                "closed_on": assigned + timedelta(days=20) if on < days[-30] and rnd.random() < 0.4 else None,
            }
        yield row | (_fault(setting, quarter, on) if at == planted else {})


def _planted_at(
    setting: Setting,
    quarter: int,
    accepted: list[tuple[date, int]],
    kinds: list[tuple[str, str, str]],
    days: list[date],
) -> int | None:
    """Which case carries the quarter's fault: the first of legal aid that began in its second half."""
    if setting.clean:
        return None
    return next(at for on, at in accepted if on > days[len(days) // 3] and kinds[at][0] == "legal_aid")


def _fault(setting: Setting, quarter: int, on: date) -> Row:
    after = setting.after
    match quarter:
        case 1:
            return {"reviewed_on": after(on, 9), "assigned_on": after(on, 10), "closed_on": None}
        case 2:
            return {"reviewed_on": after(on, 2), "assigned_on": after(on, 7), "closed_on": None}
        case _:
            return {"assigned_on": Written(setting.text(DATASET, "unreadable")), "closed_on": None}
