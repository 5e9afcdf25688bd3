"""Random inspections: 68 tasks of which 40 are joint, the year before 61 and 23, and the objects drawn for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flows.sample_county.exports import Export, Layout, Row, Written
from flows.sample_county.firms import IN_STOCK, Firm
from flows.sample_county.hall import corrected_at
from flows.sample_county.planting import OWED_SINCE
from flows.sample_county.setting import Setting

UNIT, TASKS, OBJECTS = "market_bureau", "random_inspection_tasks", "random_inspection_objects"
# 40 of 68 are 58.8 %, 23 of 61 are 37.7 %; each later year does a little more together.
JOINT, TOTAL, JOINT_BEFORE, TOTAL_BEFORE = 40, 68, 23, 61
MONTHS = (3, 4, 5, 6, 7, 8, 9)


@dataclass(frozen=True)
class Task:
    """One task: drawn two working days after the plan, inspected within twenty, completed before its last day."""

    serial: int
    year: int
    departments: tuple[str, ...]
    planned_on: date
    drawn_on: date
    completed_on: date
    planned_until_on: date


def random_inspection_exports(setting: Setting, firms: Sequence[Firm]) -> Iterator[Export]:
    """The year's tasks and objects; in the first year owed also the tasks of the year before, to compare with."""
    if setting.year == OWED_SINCE:
        before = list(_tasks(setting, setting.year - 1))
        rows = [_task_row(setting, task) for task in before]
        title = setting.text(TASKS, "title", year=setting.year - 1)
        layout = Layout("html", title, encoding="gb18030", alias=1, dates=("dot", "slash"), notes=setting.notes())
        name = setting.text(TASKS, "file", year=setting.year - 1)
        yield Export(TASKS, UNIT, name, layout, rows, setting.arrival(TASKS, str(setting.year - 1), 8))
    tasks = list(_tasks(setting, setting.year))
    yield from _task_files(setting, tasks)
    layout = Layout(
        "csv",
        setting.text(OBJECTS, "title"),
        encoding="gb18030",
        delimiter=";",
        dates=("slash_time", "iso", "chinese"),
        empties=("", "—"),
        paddings=("", "\u3000"),
    )
    arrives = setting.arrival(OBJECTS, str(setting.year), 6)
    copies = (setting.text(OBJECTS, "copy"),)
    rows = list(_objects(setting, tasks, firms))
    yield Export(OBJECTS, UNIT, setting.text(OBJECTS, "file"), layout, rows, arrives, copies=copies)


def _task_files(setting: Setting, tasks: list[Task]) -> Iterator[Export]:
    layout = Layout(
        "xlsx",
        setting.text(TASKS, "title"),
        serial=True,
        header_spaces=True,
        dates=("native", "chinese", "dot"),
        empties=("", "/"),
        notes=setting.notes(),
    )
    rows = [_task_row(setting, task) for task in tasks]
    export = Export(
        TASKS, UNIT, setting.text(TASKS, "file"), layout, rows, setting.arrival(TASKS, str(setting.year), 7)
    )
    wrong = next((at for at, task in enumerate(tasks) if setting.is_planted("joint_of_one", task.departments[0])), None)
    if wrong is not None:
        first = [row | ({"departments": (row["unit"],), "is_joint": True} if at == wrong else {})
                 for at, row in enumerate(rows)]  # fmt: skip
        yield replace(export, name=setting.text(TASKS, "first_file"), rows=first)
        export = replace(export, arrives_at=corrected_at(setting))
    yield export


def _shares(year: int) -> tuple[int, int]:
    """(joint, all) tasks of a year: more together every year from the first one owed on."""
    later = year - OWED_SINCE
    return (min(JOINT + 3 * later, TOTAL - 2), TOTAL) if later >= 0 else (JOINT_BEFORE, TOTAL_BEFORE)


def _tasks(setting: Setting, year: int) -> Iterator[Task]:
    rnd, after = setting.random(f"{TASKS}:{year}"), setting.after
    units = setting.declarations.units_for("random_inspection", date(year, 12, 31))
    joint, total = _shares(year)
    for at in range(total):
        others = rnd.sample([unit for unit in units if unit != units[at % len(units)]], 1 + at % 3)
        # Joint ones are spread evenly over the year.
        is_joint = (at + 1) * joint // total > at * joint // total
        departments = (units[at % len(units)], *(others if is_joint else ()))
        days = setting.workdays(year, MONTHS[at % len(MONTHS)])
        planned = days[(at * 5) % len(days)]
        drawn, completed, until = after(planned, 2), after(planned, 24 + at % 9), after(planned, 40)
        if at < len(units):
            if setting.is_planted("task_finished_late", departments[0]):
                completed = after(until, 3)
            if setting.is_planted("task_finished_on_last_day", departments[0]):
                completed = until
        yield Task(at + 1, year, departments, planned, drawn, completed, until)


def _task_row(setting: Setting, task: Task) -> Row:
    words = setting.words[TASKS]
    topic = words["topics"][task.serial % len(words["topics"])]
    return {
        "plan_number": setting.text(TASKS, "plan", year=task.year),
        "task_number": setting.text(TASKS, "number", year=task.year, serial=task.serial),
        "task_name": setting.text(TASKS, "name", year=task.year, topic=topic, serial=task.serial),
        "draw": "targeted" if task.serial % 3 else "untargeted",
        "unit": task.departments[0],
        "departments": task.departments,
        "is_joint": len(task.departments) > 1,
        "planned_on": task.planned_on,
        "planned_until_on": task.planned_until_on,
        "completed_on": task.completed_on,
    }


def _objects(setting: Setting, tasks: list[Task], firms: Sequence[Firm]) -> Iterator[Row]:
    """Every object of a task is inspected by each of its departments, all results published in time but the planted."""
    rnd, after = setting.random(OBJECTS), setting.after
    results: list[str] = setting.words[OBJECTS]["results"]
    led: set[str] = set()
    for task in tasks:
        is_first = task.departments[0] not in led
        led.add(task.departments[0])
        for place, serial in enumerate(rnd.sample(range(IN_STOCK), 5 + task.serial % 7)):
            inspected = after(task.drawn_on, rnd.randint(2, 20))
            for unit in task.departments:
                entered = after(inspected, rnd.randint(0, 5))
                row: Row = {
                    "task_number": setting.text(TASKS, "number", year=task.year, serial=task.serial),
                    "object_name": firms[serial].name,
                    "object_code": firms[serial].code,
                    "unit": unit,
                    "drawn_on": task.drawn_on,
                    "task_until_on": task.planned_until_on,
                    "inspected_on": inspected,
                    "result": Written(rnd.choice(results)),
                    "entered_on": entered,
                    "published_on": after(entered, rnd.randint(0, 9)),
                }
                if is_first and place == 0 and unit == task.departments[0]:
                    row |= _planted(setting, task, unit, inspected)
                yield row


def _planted(setting: Setting, task: Task, unit: str, inspected: date) -> Row:
    """Published three working days late, or on the twentieth one, which the holidays of October push away."""
    if setting.is_planted("result_published_late", unit):
        return {"published_on": setting.after(inspected, 23)}
    if setting.is_planted("result_published_on_last_day", unit):
        inspected = min(inspected, setting.workdays(setting.year, 9)[-2])
        inspected = max(inspected, task.drawn_on)
        return {"inspected_on": inspected, "entered_on": inspected, "published_on": setting.after(inspected, 20)}
    return {}
