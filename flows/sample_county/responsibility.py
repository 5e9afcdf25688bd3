"""How the county's leaders and units answer for the rule of law: study, training, meetings, yearly reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting, spread

UNIT = "rule_of_law_office"
# The published figures of the sample year.
CENTRE_GROUP, STANDING_COMMITTEE, EXECUTIVE_MEETING = 3, 2, 2
TRAINED, CLASSES = 2653, {"section_heads": 14, "young_cadres": 6, "newly_appointed": 8}
LAW_MEETINGS, COMMITTEE_MEETINGS, SPECIAL_MEETINGS = 3, 1, 2
# What the scorecard asks of every unit, and in which months it is done.
SESSIONS, TOPICS = 6, 3
SESSION_MONTHS, TOPIC_MONTHS = (1, 3, 4, 6, 8, 9, 11, 12), (2, 5, 7, 10)
SESSION_KINDS = ("centre_group", "before_party_group", "lecture")


def responsibility_exports(setting: Setting) -> Iterator[Export]:
    """Five yearly files of the rule-of-law office, and the lists of names that three classes kept."""
    notes = setting.notes()
    sessions = Layout(
        "large_xlsx", setting.text("law_study_sessions", "title"), dates=("native", "chinese", "dot"), serial=False,
        empties=("", "—", "/"), header_spaces=True, notes=notes,
    )  # fmt: skip
    yield _export(setting, "law_study_sessions", sessions, _sessions(setting), 6)
    classes = list(_classes(setting))
    titled = setting.text("cadre_training_classes", "title")
    training = Layout("xlsx", titled, serial=True, full_width=True, total=True, dates=("slash", "chinese"), notes=notes)
    yield _export(setting, "cadre_training_classes", training, classes, 9)
    names = Layout("csv", encoding="gb18030", alias=1, dates=("iso", "slash"), paddings=("", "\u3000", " "))
    yield replace(
        _export(setting, "cadre_training_classes", names, _names(setting, classes), 8),
        dataset="cadre_training_names",
        name=setting.text("cadre_training_names", "file"),
    )
    meetings = Layout(
        "html", setting.text("rule_of_law_meetings", "title"), alias=1, dates=("chinese_padded", "iso"), notes=notes
    )
    yield _export(setting, "rule_of_law_meetings", meetings, _meetings(setting), 5)
    reports = Layout(
        "xlsx", setting.text("rule_of_law_reports", "title"), alias=1, serial=True, dates=("native", "dot", "slash"),
        empties=("", "—"), paddings=("\n\t", "\u00a0", ""),
    )  # fmt: skip
    yield _export(setting, "rule_of_law_reports", reports, _reports(setting), 4)


def _export(setting: Setting, dataset: str, layout: Layout, rows: Iterator[Row] | list[Row], left: int) -> Export:
    arrives = setting.arrival(dataset, str(setting.year), left)
    return Export(dataset, UNIT, setting.text(dataset, "file"), layout, rows, arrives)


def overseen_units(setting: Setting, on: date | None = None) -> list[str]:
    """Departments and towns in force on a day (else on 31 December), in the order of the roster."""
    return setting.declarations.units_for("all", on or date(setting.year, 12, 31))


def _sessions(setting: Setting) -> Iterator[Row]:
    """The county's own sessions, then those of each unit; two of one unit are never on one day."""
    rnd, words = setting.random("law_study_sessions"), setting.words["law_study_sessions"]
    county = (
        *(("centre_group", "publicity_department", month) for month in (3, 6, 10)[:CENTRE_GROUP]),
        *(("before_standing_committee", UNIT, month) for month in (4, 9)[:STANDING_COMMITTEE]),
        *(("before_executive_meeting", "county_government_office", month) for month in (5, 11)[:EXECUTIVE_MEETING]),
    )
    for kind, unit, month in county:
        yield _session(setting, rnd, "county", unit, kind, month) | {"topic": rnd.choice(words["topics"])}
    for unit in overseen_units(setting):
        if setting.is_planted("nobody_studied", unit):
            continue
        count = SESSIONS - 1 if setting.is_planted("studied_too_seldom", unit) else SESSIONS + rnd.randint(0, 2)
        # The last of exactly six is held on the year's last working day.
        is_last_day = setting.is_planted("studied_on_last_day", unit)
        count = SESSIONS if is_last_day else count
        for at, month in enumerate(SESSION_MONTHS[:count]):
            row = _session(setting, rnd, "unit", unit, SESSION_KINDS[at % 3], month)
            if is_last_day and at == SESSIONS - 1:
                row |= {"held_on": setting.workdays(setting.year, 12)[-1]}
            yield row | {"topic": rnd.choice(words["topics"])}


def _session(setting: Setting, rnd: Random, level: str, unit: str, kind: str, month: int) -> Row:
    return {
        "level": level,
        "unit": unit,
        "kind": kind,
        "held_on": rnd.choice(setting.workdays(setting.year, month)),
        "lecturer_name": setting.people.person()[0] if rnd.random() < 0.7 else None,
        "attended_count": rnd.randint(9, 60),
    }


def _classes(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random("cadre_training_classes"), setting.words["cadre_training_classes"]
    sizes = iter(spread(TRAINED, [60 + serial * 7 % 45 for serial in range(sum(CLASSES.values()))]))
    serial = 0
    for kind, count in CLASSES.items():
        for term in range(1, count + 1):
            serial += 1
            started = rnd.choice(setting.workdays(setting.year, 2 + serial % 10))
            yield {
                "class_number": setting.text("cadre_training_classes", "number", serial=serial),
                "class_name": words["names"][kind].format(year=setting.year, term=term),
                "kind": kind,
                "started_on": started,
                "ended_on": started + timedelta(days=rnd.randint(1, 6)),
                "trained_count": next(sizes),
                "law_hours": rnd.choice(("2", "4", "1.5", "3")),
            }


def _names(setting: Setting, classes: list[Row]) -> Iterator[Row]:
    """The lists of the first class of each kind; some people stand on two of them."""
    rnd, units = setting.random("cadre_training_names"), overseen_units(setting)
    people = sorted({number: name for name, number in setting.people.pool}.items())[:200]
    homes = {number: rnd.choice(units) for number, _ in people}
    kinds: set[object] = set()
    for one in classes:
        if one["kind"] in kinds:
            continue
        kinds.add(one["kind"])
        size = one["trained_count"]
        assert isinstance(size, int)
        for number, name in rnd.sample(people, size):
            yield {
                "class_number": one["class_number"],
                "started_on": one["started_on"],
                "trainee_name": name,
                "trainee_id": number,
                "trainee_unit": homes[number],
            }


def _meetings(setting: Setting) -> Iterator[Row]:
    """Meetings of the county, then of each unit; most have further items, which are rows of their own."""
    rnd = setting.random("rule_of_law_meetings")
    county = (
        *(("standing_committee", month, True) for month in (2, 7, 11)[:LAW_MEETINGS]),
        ("standing_committee", 8, False),
        *(("rule_of_law_committee", month, True) for month in (3,)[:COMMITTEE_MEETINGS]),
        *(("special", month, True) for month in (5, 9)[:SPECIAL_MEETINGS]),
    )
    serial = 0
    for kind, month, is_law in county:
        serial += 1
        yield from _items(setting, rnd, ("county", UNIT, kind), serial, month, is_law)
    for unit in overseen_units(setting):
        count = TOPICS - 1 if setting.is_planted("law_on_too_few_agendas", unit) else TOPICS + rnd.randint(0, 1)
        for at, month in enumerate(TOPIC_MONTHS[:count]):
            serial += 1
            yield from _items(setting, rnd, ("unit", unit, "office" if at == 2 else "party_group"), serial, month, True)


def _items(
    setting: Setting, rnd: Random, who: tuple[str, str, str], serial: int, month: int, is_law: bool
) -> Iterator[Row]:
    """One meeting: an item on the rule of law (or none), and up to two others, of which one may be on it too."""
    words, (level, unit, kind) = setting.words["rule_of_law_meetings"], who
    meeting: Row = {
        "meeting_number": setting.text("rule_of_law_meetings", "number", serial=serial),
        "level": level,
        "unit": unit,
        "kind": kind,
        "held_on": rnd.choice(setting.workdays(setting.year, month)),
    }
    second_is_law = is_law and rnd.random() < 0.3
    for number, law in enumerate((is_law, second_is_law, False)[: rnd.randint(1, 3)], start=1):
        item = rnd.choice(words["law_items" if law else "other_items"])
        yield meeting | {"item_number": number, "item": item, "is_rule_of_law": law}


def _reports(setting: Setting) -> Iterator[Row]:
    """The reports on the year before, which came in during this one; 1 March itself is in time."""
    rnd, year = setting.random("rule_of_law_reports"), setting.year
    for unit in overseen_units(setting):
        submitted = date(year, 1, 8) + timedelta(days=rnd.randint(0, 50))
        published: date | None = date(year, 3, 4) + timedelta(days=rnd.randint(0, 28))
        if setting.is_planted("report_on_first_of_march", unit):
            submitted = date(year, 3, 1)
        if setting.is_planted("yearly_report_late", unit):
            submitted = date(year, 3, 5)
            published = date(year, 3, 20)
        if setting.is_planted("yearly_report_unpublished", unit):
            published = None
        row: Row = {
            "report_year_on": date(year - 1, 12, 31),
            "unit": unit,
            "submitted_on": submitted,
            "published_on": published,
        }
        yield row
