"""Normative documents and their filings: 5 of the county, 13 of departments, 23 filings owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting

# Who drafts the county's own documents, and in which month each is issued.
COUNTY = (
    ("county_government_office", 2),
    ("county_government_office", 5),
    ("county_government_office", 9),
    ("development_reform_bureau", 10),
    ("transport_bureau", 12),
)
CONCERN_BUSINESSES = ("development_reform_bureau", "market_bureau", "public_security_bureau", "urban_management_bureau")
WITHOUT_FAIR_REVIEW = ("fair_review_missing", "no_fair_review_before_rule")
# The day of February on which the corrected ledger of filings arrives.
CORRECTED_ON = 5
ISSUED_IN = {"market_bureau": 10, "public_security_bureau": 6, "urban_management_bureau": 11}


@dataclass(frozen=True)
class Document:
    """One normative document."""

    number: str
    title: str
    level: str
    unit: str
    issued_on: date
    serial: int


def rulemaking_exports(setting: Setting) -> Iterator[Export]:
    """What was issued, and what was filed with whom; where filings were wrong, also the file that puts them right."""
    documents, year = list(_documents(setting)), str(setting.year)
    brackets = tuple(setting.words["normative_documents"]["brackets"])
    issued = Layout(
        "xlsx",
        setting.text("normative_documents", "title"),
        serial=True,
        dates=("chinese", "native", "dot"),
        empties=("", "/"),
        brackets=brackets,
        notes=setting.notes(),
    )
    filed = Layout(
        "html",
        setting.text("normative_document_filings", "title"),
        alias=1,
        dates=("slash", "chinese"),
        empties=("", "—"),
        brackets=brackets,
        total=True,
    )
    dataset = "normative_documents"
    yield Export(
        dataset, "justice_bureau", setting.text(dataset, "file"), issued, _issued_rows(setting, documents),
        setting.arrival(dataset, year, 4),
    )  # fmt: skip
    dataset = "normative_document_filings"
    rows, arrives = list(_filing_rows(setting, documents)), setting.arrival(dataset, year, 2)
    export = Export(dataset, "justice_bureau", setting.text(dataset, "file"), filed, rows, arrives)
    first = _as_first_sent(setting, rows)
    if first == rows:
        yield export
        return
    yield replace(export, rows=first)
    corrected = setting.text(dataset, "corrected")
    yield replace(export, name=corrected, arrives_at=arrives.replace(month=2, day=CORRECTED_ON))


def _documents(setting: Setting) -> Iterator[Document]:
    words, year = setting.words["normative_documents"], setting.year
    for serial, (unit, month) in enumerate(COUNTY, start=1):
        code = words["office"] if unit == "county_government_office" else words["county"]
        yield _document(setting, serial, code, "county", unit, words["county_subjects"][serial - 1], month)
    for at, (unit, code) in enumerate(words["codes"].items()):
        month = ISSUED_IN.get(unit, 1 + at % 12)
        document = _document(setting, 6 + at, code, "department", unit, words["subjects"][unit], month)
        if setting.is_planted("filed_on_rolled_day", unit):
            days = setting.workdays(year, 9)
            issued = next(day for day in days if not setting.calendar.is_workday(day + timedelta(days=15)))
            document = Document(document.number, document.title, "department", unit, issued, document.serial)
        yield document


def _document(setting: Setting, serial: int, code: str, level: str, unit: str, subject: str, month: int) -> Document:
    days = setting.workdays(setting.year, month)
    number = setting.text("normative_documents", "county_number", code=code, serial=1 + serial % 4)
    if level == "county":
        number = setting.text("normative_documents", "county_number", code=code, serial=3 * serial)
    title = setting.text("normative_documents", "title_of", subject=subject)
    return Document(number, title, level, unit, days[(serial * 5) % len(days)], serial)


def _issued_rows(setting: Setting, documents: list[Document]) -> Iterator[Row]:
    for document in sorted(documents, key=lambda one: one.issued_on):
        issued, needs = document.issued_on, document.unit in CONCERN_BUSINESSES
        reviewed = issued - timedelta(days=5 + document.serial)
        fair: date | None = issued - timedelta(days=4) if needs else None
        if document.level == "department":
            if any(setting.is_planted(plant, document.unit) for plant in WITHOUT_FAIR_REVIEW):
                fair = None
            if setting.is_planted("review_after_issue", document.unit):
                reviewed = issued + timedelta(days=3)
        yield {
            "document_number": document.number,
            "registered_number": setting.text("normative_documents", "registered", serial=document.serial),
            "title": document.title,
            "level": document.level,
            "drafting_unit": document.unit,
            "issued_on": issued,
            # The day of issue itself is in time.
            "reviewed_on": issued if document.serial == 7 and document.level == "department" else reviewed,
            "needs_fair_review": needs,
            "fair_reviewed_on": fair,
            "effective_on": issued + timedelta(days=30),
            "valid_until_on": date(issued.year + 5, issued.month, 28),
        }


def _filing_rows(setting: Setting, documents: list[Document]) -> Iterator[Row]:
    for document in documents:
        for authority in (
            ("city_government", "county_congress") if document.level == "county" else ("county_government",)
        ):
            yield {
                "document_number": document.number,
                "drafting_unit": document.unit,
                "issued_on": document.issued_on,
                "filed_on": _filed_on(setting, document),
                "filing_authority": authority,
                "conclusion": None if document.issued_on.month == 12 else "passed",
            }


def _as_first_sent(setting: Setting, rows: list[Row]) -> list[Row]:
    """The ledger before its correction: one filing not entered yet, and one that the authority found against."""
    entered = [row for row in rows if not setting.is_planted("filing_never_entered", row["drafting_unit"])]
    return [
        row | {"conclusion": "failed"} if setting.is_planted("filing_failed", row["drafting_unit"]) else row
        for row in entered
    ]


def _filed_on(setting: Setting, document: Document) -> date:
    issued = document.issued_on
    if document.level == "department" and setting.is_planted("filed_on_rolled_day", document.unit):
        return setting.calendar.roll_forward(issued + timedelta(days=15))
    if document.level == "department" and setting.is_planted("filing_late", document.unit):
        return setting.after(issued + timedelta(days=15), 4)
    return issued + timedelta(days=2 + document.serial % 10)
