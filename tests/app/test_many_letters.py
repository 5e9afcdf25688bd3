"""A bad night: 500 shortfalls of 40 units, of a file that was read, counted and judged, give 40 clear letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from app.letters.compose import compose, told_changes
from app.letters.letter import LABELS_IN_POINT, LetterFacts, Told, letter_parts
from app.letters.message import Letter, plain_text
from app.letters.sentences import sentences_from
from app.wording import day_words, period_words
from expectations.findings import move_findings
from expectations.judge import make_judge
from tests.app.serving import ARGUMENTS, CHROMIUM
from tests.app.test_letters import deliver, flat
from warehouse.build import BuildPlan, build_snapshot
from warehouse.declarations import Declarations, read_declarations
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_snapshot
from warehouse.workdays import Calendar

Night = tuple[list[dict[str, Any]], list[Letter], Declarations]
ON, UNITS, FAR = date(2025, 2, 6), 40, 600  # the widest letter, in pixels
METRICS = {
    "unfiled": ("未报备文件", "quarter", "filed_on is null", "无报备日期", "high"),
    "filed_late": ("迟报备文件", "quarter", "filed_on > issued_on + 30 days", "报备于 {filed_on}", "medium"),
    "not_accepted": ("未予备案文件", "quarter", "conclusion = 'failed'", "不予备案", "medium"),
    "not_accepted_by_city": (
        "市级未予备案文件", "year", "conclusion = 'failed' and filing_authority = 'city_government'", "不予备案", "low",
    ),
}  # fmt: skip


def write_rules(catalogue: Path) -> None:
    metrics, targets = [], []
    for name, (label, every, where, said, severity) in METRICS.items():
        shortfall = f"'{{document_number}} 印发于{{issued_on}}，{said}'"
        metrics.append(
            f"{name}:\n  label: {{zh: {label}, en: {name.replace('_', ' ')}}}\n  of: normative_document_filings\n"
            f"  numerator: count where {where}\n  counting_rule: {{zh: 按印发日期, en: by the day of issue}}\n"
            f"  measured_in: 件\n  shortfall: {{zh: {shortfall}, en: {shortfall}}}\n  report: {{section: 3}}\n"
        )
        start = '"01-20 next year"' if every == "year" else '"10 days after"'
        targets.append(
            f"{name}:\n  - {{since: 2024, judged: {{every: {every}, for: all, from: {start}}}, at_most: 0, "
            f"severity: {severity}, owner: unit, basis: 县级参数}}\n"
        )
    for kind, texts in (("metrics", metrics), ("targets", targets)):
        (catalogue / kind).mkdir(parents=True, exist_ok=True)
        (catalogue / kind / "own.yml").write_text("".join(texts), "utf-8")


def filings(units: list[str]) -> str:
    """Per unit and quarter one or two documents nobody filed, one filed late and refused; for half, one by the city."""
    rows, number = ["文号,制定机关,印发日期,报备日期,报备机关,备案结论"], 0

    def add(unit: str, rest: str) -> None:
        nonlocal number
        number += 1
        rows.append(f"样试发〔2024〕{number}号,{unit},{rest}")

    for at, unit in enumerate(units):
        for quarter in range(4):
            issued = f"2024-{3 * quarter + 1:02d}-05"
            for _ in range(1 + (at + quarter) % 2):
                add(unit, f"{issued},,县政府,")
            authority = "市政府" if quarter == 0 and at % 2 else "县政府"
            add(unit, f"{issued},2024-{3 * quarter + 3:02d}-20,{authority},不合格")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The 500 changes, the letters about them, and what was declared."""
    home = Home(tmp_path_factory.mktemp("many"))
    home.make()
    write_rules(home.catalogue)
    declared = read_declarations(home.catalogue)
    calendar = Calendar(declared.holidays)
    labels = [declared.units[unit].label.zh for unit in declared.units_for("department", ON)[:UNITS]]
    with open_ledger(home) as ledger:
        name = ledger.begin_night(ON)
        found = deliver(home.root, 1, "justice_bureau", filings(labels), name, declared, calendar)
        target = home.snapshots / f"{name}.duckdb"
        build_snapshot(
            None, target, declared, calendar, BuildPlan(apply=[one for one, _ in found]), as_of=ON,
            deliveries=[row for _, row in found], judge=make_judge(declared, calendar, ON),
            meta={"night": name, "business_date": ON.isoformat()},
        )  # fmt: skip
        with open_snapshot(target) as snapshot:
            own = [row for row in snapshot.standings() if row["metric"] in METRICS]
            with ledger.publishing() as tx:
                moved = move_findings(tx, own, name, ON, calendar, sentences_from(snapshot, declared))
            changes = [flat(one) for one in moved]
            yield changes, compose(snapshot, changes, declared, name, ON, "样例县", True, "", ""), declared


def test_five_hundred_shortfalls_of_forty_units_are_forty_letters_clear_in_five_lines(night: Night) -> None:
    changes, letters, declared = night
    of_unit = Counter(change["owner"] for change in changes)
    assert len(changes) == 500 and len(of_unit) == UNITS
    units = [letter for letter in letters if letter.kind == "letter"]
    assert sorted(letter.unit for letter in units) == sorted(of_unit)
    for letter in units:
        body = message_from_bytes(letter.eml, policy=default).get_body(("plain",))
        assert body is not None
        others = [declared.units[unit].label.zh for unit in of_unit if unit != letter.unit]
        assert not [other for other in others if other in body.get_content()]
        first = "\n".join(body.get_content().splitlines()[:5])
        own = [change for change in changes if change["owner"] == letter.unit]
        worst = max((one for one in own if one["severity"] == "high"), key=lambda one: int(one["short_by"]))
        due = min(change["due_on"] for change in own)
        assert declared.units[letter.unit].label.zh in first
        assert f"有{of_unit[letter.unit]}项" in first and day_words(due, "zh") in first
        assert f"1. 未报备文件（{period_words(told_changes(own)[0]['period'], 'zh')}）：超出2件" in first
        assert told_changes(own)[0]["short_by"] == worst["short_by"]


def test_on_a_telephone_and_at_full_width_the_point_stands_on_the_first_screen(night: Night) -> None:
    letters = [letter for letter in night[1] if letter.kind == "letter"][::8]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for width in (FAR, 390):
            page = browser.new_page(viewport={"width": width, "height": 600})
            for letter in letters:
                body = message_from_bytes(letter.eml, policy=default).get_body(("html",))
                assert body is not None
                page.set_content(body.get_content())
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                box = page.locator("td.point").first.bounding_box()
                assert box is not None and box["y"] + box["height"] < 260
        browser.close()


def test_what_one_thing_explains_is_one_point_and_all_of_it_is_counted(night: Night) -> None:
    changes, _, declared = night
    own = [
        change | {"sentence_zh": "同一件事", "sentence_en": "one thing"} for change in changes[: LABELS_IN_POINT + 2]
    ]
    other = changes[LABELS_IN_POINT + 2]
    told = tuple(Told(one) for one in (own[0], other, *own[1:]))
    facts = LetterFacts("education_bureau", told, (), (), ON, False, "", False, declared)
    words = plain_text(letter_parts(facts))
    assert f"1—{len(own)}. 同一件事。涉及{len(own)}项：" in words and f"有{len(own) + 1}项待核对" in words
    assert f"{len(own) + 1}. {METRICS[other['metric']][0]}" in words
    assert words.count("== ") > len(own)
