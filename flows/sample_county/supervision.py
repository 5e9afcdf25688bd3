"""Internet + supervision: the catalogue as claimed, and the acts of inspection reported with marks i, u and d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from flows.sample_county.exports import Export, Layout, Row, Written
from flows.sample_county.firms import IN_STOCK, Firm
from flows.sample_county.hall import corrected_at
from flows.sample_county.setting import Setting

UNIT, ITEMS, ACTIONS = "data_bureau", "supervision_items", "supervision_actions"
SYNCED = time(20, 15)
LISTED = date(2022, 6, 1)
# Every ninth action is entered again when its result is known; every 37th is followed by one entered by mistake.
SECOND_ENTRY, DELETED_EVERY = 9, 37
MARKS = ("、", ",", " ", "；")


@dataclass(frozen=True)
class Item:
    """One item of the catalogue that a department claimed."""

    code: str
    unit: str
    name: str
    subject: str


def supervision_exports(setting: Setting, firms: Sequence[Firm]) -> Iterator[Export]:
    """The yearly list of items and four quarterly files of actions; an unreadable one is sent again."""
    items = list(_items(setting))
    layout = Layout(
        "xlsx",
        setting.text(ITEMS, "title"),
        alias=1,
        serial=True,
        dates=("native", "slash", "chinese_padded"),
        empties=("", "—", "/"),
        notes=setting.notes(),
        more_sheets=True,
    )
    rows = list(_item_rows(setting, items))
    yield Export(ITEMS, UNIT, setting.text(ITEMS, "file"), layout, rows, setting.arrival(ITEMS, str(setting.year), 4))
    actions = list(_actions(setting, items, firms))
    for quarter in (1, 2, 3, 4):
        synced = [row for row in actions if _quarter(row["synced_at"]) == quarter]
        text = setting.words[ACTIONS]["quarters"][quarter - 1]
        layout = _actions_layout(quarter, setting.text(ACTIONS, "title", quarter=text))
        name = setting.text(ACTIONS, "file", number=quarter)
        arrives = setting.arrival(ACTIONS, f"{setting.year}Q{quarter}", quarter % 3)
        export = Export(ACTIONS, UNIT, name, layout, synced, arrives)
        wrong = next((row for row in synced if setting.is_planted("action_unreadable", row["unit"])), None)
        if quarter < 4 or wrong is None:
            yield export
            continue
        unreadable = wrong | {"checked_on": Written(setting.text(ACTIONS, "unreadable"))}
        yield replace(export, rows=[unreadable if row is wrong else row for row in synced])
        again = setting.text(ACTIONS, "corrected", number=quarter)
        yield replace(export, name=again, rows=[wrong], arrives_at=corrected_at(setting))


def _quarter(moment: object) -> int:
    return (moment.month + 2) // 3 if isinstance(moment, datetime) else 0


def _actions_layout(quarter: int, title: str) -> Layout:
    match quarter:
        case 1:
            return Layout("csv", encoding="utf-8-sig", alias=2, dates=("iso", "midnight"))
        case 2:
            return Layout("html", title, encoding="gb18030", dates=("slash_time", "slash"), empties=("", "—"))
        case 3:
            return Layout("zip", title, encoding="gb18030", dates=("chinese",), paddings=("\t", "", "\n\t"))
        case _:
            return Layout("large_xlsx", title, alias=1, dates=("serial", "iso"), empties=("", "/"))


def _items(setting: Setting) -> Iterator[Item]:
    """The claimed items: three to eight of each member unit."""
    words = setting.words[ITEMS]
    units = setting.declarations.units_for("internet_supervision", date(setting.year, 12, 31))
    for serial, unit in enumerate(units):
        topic = setting.words["service_cases"]["topics"].get(unit, setting.declarations.units[unit].label.zh)
        for at in range(3 + serial % 6):
            subject = words["subjects"][at]
            code = f"8{serial:05d}{at:03d}{setting.declarations.units[unit].credit_code}"
            yield Item(code, unit, str(words["name"]).format(topic=topic, subject=subject), subject)


def _item_rows(setting: Setting, items: list[Item]) -> Iterator[Row]:
    """Claimed ones, and such as need no claim: not the county's, or taken off the catalogue within the year."""
    rnd, end = setting.random(ITEMS), date(setting.year, 12, 31)
    for at, item in enumerate(items):
        listed = LISTED + timedelta(days=rnd.randrange(300))
        row: Row = {
            "catalogue_code": item.code,
            "item_name": item.name,
            "unit": item.unit,
            "is_claimable": True,
            "listed_on": listed,
            "claimed_on": listed + timedelta(days=rnd.randint(3, 60)),
            "checklist_code": f"{item.code}01" if rnd.random() < 0.9 else None,
        }
        yield row
        unclaimed: Row = {"claimed_on": None, "checklist_code": None}
        if at % 14 == 5:
            yield row | unclaimed | {"catalogue_code": f"{item.code}8", "is_claimable": False}
        if at % 23 == 7:
            yield row | unclaimed | {"catalogue_code": f"{item.code}9", "removed_on": end - timedelta(days=at)}


def _actions(setting: Setting, items: list[Item], firms: Sequence[Firm]) -> Iterator[Row]:
    """Two to five actions of every item; some are entered twice as they change, and a few are deleted at the source."""
    rnd, serial = setting.random(ACTIONS), 0
    days = [day for month in range(1, 13) for day in setting.workdays(setting.year, month)][:-10]
    seen: set[str] = set()
    for item in items:
        for place in range(rnd.randint(2, 5)):
            serial += 1
            # The planted unit's first action falls into the last quarter: only that file is sent again.
            is_late_one = item.unit not in seen and setting.is_planted("action_unreadable", item.unit)
            checked = days[-20] if is_late_one else rnd.choice(days)
            seen.add(item.unit)
            reported = setting.after(checked, rnd.randint(0, 6))
            reported = min(reported, date(setting.year, 12, 31))
            if place == 1 and setting.is_planted("action_reported_late", item.unit):
                reported = setting.after(checked, 9)
            row = _action(setting, item, firms[rnd.randrange(IN_STOCK)], serial, checked, reported)
            if serial % SECOND_ENTRY == 0:
                yield row | {"result": None}
                again = datetime.combine(setting.after(reported, 1), SYNCED)
                yield row | ({"sync_mark": "updated", "synced_at": again} if again.year == setting.year else {})
            else:
                yield row
            if serial % DELETED_EVERY == 0:
                yield from _deleted(setting, row, serial)


def _action(setting: Setting, item: Item, firm: Firm, serial: int, checked: date, reported: date) -> Row:
    rnd = setting.random(f"{ACTIONS}:{serial}")
    (first, _), (second, _) = setting.people.person(), setting.people.person()
    mark = rnd.choice(MARKS)
    number = 14000000 + 1000 * (sum(map(ord, item.unit)) % 900)
    return {
        "record_id": f"{setting.year}{serial:08d}",
        "catalogue_code": item.code,
        "checklist_code": f"{item.code}01",
        "action_number": f"JC{setting.year}{serial:06d}",
        "action_name": setting.text(ACTIONS, "name", party=firm.name, subject=item.subject),
        "unit": item.unit,
        "party_name": firm.name,
        "party_code": firm.code,
        "form": "on_site" if rnd.random() < 0.8 else "remote",
        "result": "clean" if rnd.random() < 0.85 else "corrected",
        "checked_on": checked,
        "inspectors": f"{first}、{second}",
        "certificate_numbers": f"{number + rnd.randrange(40)}{mark}{number + 50 + rnd.randrange(40)}",
        "reported_on": reported,
        "batch_number": f"{reported:%Y%m%d}{1 + serial % 3:05d}",
        "sync_mark": "inserted",
        "synced_at": datetime.combine(reported, SYNCED),
    }


def _deleted(setting: Setting, row: Row, serial: int) -> Iterator[Row]:
    """An action entered by mistake and deleted the next working day."""
    wrong = row | {"record_id": f"{setting.year}{90000000 + serial}", "result": "clean"}
    reported = wrong["reported_on"]
    gone = datetime.combine(setting.after(reported, 1), SYNCED) if isinstance(reported, date) else None
    if gone is not None and gone.year == setting.year:
        yield wrong
        yield wrong | {"sync_mark": "deleted", "synced_at": gone}
