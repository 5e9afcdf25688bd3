"""The faults that are planted in a sample year, and every standing that must follow from each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Each fault has a unit of its own, so that what one says cannot hide what another says.
NEVER_FILED = "housing_construction_bureau"
FILED_LATE = "education_bureau"
FILED_ON_ROLLED_DAY = "emergency_bureau"
REVIEWED_AFTER_ISSUE = "health_bureau"
NO_FAIR_REVIEW = "market_bureau"
NO_FAIR_REVIEW_BEFORE_RULE = "public_security_bureau"
FILING_FAILED = "civil_affairs_bureau"
CASES_LATE = "natural_resources_bureau"
CASE_UNREADABLE = "transport_bureau"
CASE_PAUSED = "ecology_environment_bureau"
CASE_OVER_HOLIDAYS = "culture_tourism_bureau"
NOBODY_IN_COURT = "urban_management_bureau"
STAFF_IN_COURT = "agriculture_bureau"
RESPONSIBLE_IN_COURT = "human_resources_bureau"
REPORT_WITHOUT_DATE = "water_bureau"
REPORT_ABSENT = "chashan_town"
LEFT_IN_JANUARY = "forestry_bureau"

Kind = Literal["fault", "twin", "file"]
Standing = Literal["met", "short", "unsure", "missing"]


@dataclass(frozen=True)
class Expected:
    """One standing that must come out. `unit` is "" for the county."""

    target: str
    unit: str
    period: str
    standing: Standing


@dataclass(frozen=True)
class Plant:
    """One planted thing: a `fault`, its innocent `twin`, or a `file` that must be refused without further harm."""

    id: str
    kind: Kind
    dataset: str
    what: str
    expects: tuple[Expected, ...]


def planted(year: int, clean: bool) -> tuple[Plant, ...]:
    """All plants of a year; a clean year has only the twins, which are in time though they look late."""
    twins = _twins(str(year))
    return twins if clean else (*_rulemaking(str(year)), *_cases(year), *_people(str(year)), *_files(year), *twins)


def _short(target: str, unit: str, period: str) -> Expected:
    return Expected(target, unit, period, "short")


def _weak(year: str) -> Expected:
    return _short("weak_first_responsible_persons", "", year)


def _rulemaking(year: str) -> tuple[Plant, ...]:
    documents, filings = "normative_documents", "normative_document_filings"
    return (
        Plant(
            "filing_never_entered",
            "fault",
            filings,
            "a department document is in no filing ledger",
            (
                _short("filing_rate", NEVER_FILED, year),
                _short("filing_on_time_rate", NEVER_FILED, year),
                _weak(year),
            ),
        ),
        Plant(
            "filing_late",
            "fault",
            filings,
            "filed three working days after the deadline",
            (_short("filing_on_time_rate", FILED_LATE, year),),
        ),
        Plant(
            "filing_failed",
            "fault",
            filings,
            "the filing authority found against it",
            (_short("filing_pass_rate", FILING_FAILED, year),),
        ),
        Plant(
            "review_after_issue",
            "fault",
            documents,
            "legal review three days after issue",
            (_short("legal_review_rate", REVIEWED_AFTER_ISSUE, year), _weak(year)),
        ),
        Plant(
            "fair_review_missing",
            "fault",
            documents,
            "concerns businesses, no fair competition review",
            (_short("fair_competition_review_rate", NO_FAIR_REVIEW, year),),
        ),
    )


def _cases(year: int) -> tuple[Plant, ...]:
    aid, unit = "legal_aid_cases", "justice_bureau"
    on_time, reviewed, assigned = (
        "service_cases_on_time_rate",
        "legal_aid_reviewed_on_time_rate",
        "legal_aid_assigned_on_time_rate",
    )
    return (
        Plant(
            "service_cases_late",
            "fault",
            "service_cases",
            "one case completed late, one never completed",
            (_short(on_time, CASES_LATE, f"{year}Q2"),),
        ),
        Plant(
            "service_case_unreadable",
            "fault",
            "service_cases",
            "a completion day that does not exist",
            (Expected(on_time, CASE_UNREADABLE, f"{year}Q3", "unsure"),),
        ),
        Plant(
            "aid_reviewed_late", "fault", aid, "reviewed two working days late", (_short(reviewed, unit, f"{year}Q1"),)
        ),
        Plant(
            "aid_assigned_late", "fault", aid, "assigned two working days late", (_short(assigned, unit, f"{year}Q2"),)
        ),
        Plant(
            "aid_unreadable",
            "fault",
            aid,
            "a day of assignment that does not exist",
            tuple(Expected(target, unit, f"{year}Q3", "unsure") for target in (reviewed, assigned)),
        ),
    )


def _people(year: str) -> tuple[Plant, ...]:
    court = "litigation_cases"
    return (
        Plant(
            "nobody_in_court",
            "fault",
            court,
            "a hearing without any head",
            (_short("court_appearance_rate", NOBODY_IN_COURT, year), _weak(year)),
        ),
        Plant(
            "staff_in_court",
            "fault",
            court,
            "someone attended, but of another post: does not count",
            (_short("court_appearance_rate", STAFF_IN_COURT, year), _weak(year)),
        ),
        Plant(
            "report_without_date",
            "fault",
            "duty_reports",
            "listed without a day of the report",
            (_short("duty_report_rate", REPORT_WITHOUT_DATE, year), _weak(year)),
        ),
        Plant(
            "report_absent",
            "fault",
            "duty_reports",
            "a town's head is not in the ledger at all",
            (_short("duty_report_rate", REPORT_ABSENT, year), _weak(year)),
        ),
        Plant(
            "letter_never_replied",
            "fault",
            "citizen_letters",
            "no reply, the limit is past",
            tuple(_short(target, "hotline_office", year) for target in ("letters_replied", "letters_replied_on_time")),
        ),
        Plant(
            "letter_replied_late",
            "fault",
            "citizen_letters",
            "replied five working days late",
            (_short("letters_replied_on_time", "hotline_office", year),),
        ),
        Plant(
            "letters_unreadable",
            "fault",
            "citizen_letters",
            "seven rows of one file have no readable day",
            (_short("citizen_letters:few_quarantined", "hotline_office", f"{year}Q2"),),
        ),
    )


def _files(year: int) -> tuple[Plant, ...]:
    justice, quarter, named = "justice_bureau", f"{year}Q4", str(year)
    missing = ("legal_aid_cases:delivered", "legal_aid_reviewed_on_time_rate", "legal_aid_assigned_on_time_rate")
    return (
        Plant(
            "aid_as_scan",
            "fault",
            "legal_aid_cases",
            "the fourth quarter came only as a scan, which is refused",
            (
                *(Expected(target, justice, quarter, "missing") for target in missing),
                _short("delivery_rate", justice, named),
                _short("delivery_on_time_rate", justice, named),
                _weak(named),
            ),
        ),
        Plant(
            "checks_delivered_late",
            "fault",
            "credit_checks",
            "half an hour past midnight in the county; still the day before in UTC",
            (_short("delivery_on_time_rate", "development_reform_bureau", named),),
        ),
        Plant(
            "total_differs",
            "fault",
            "enterprises",
            "the total row does not tie with its rows",
            (_short("enterprises:totals_tie", "market_bureau", named),),
        ),
        Plant(
            "checks_with_wrong_codes",
            "file",
            "credit_checks",
            "three codes with a wrong check digit: quarantined, the county figure stays met",
            (Expected("credit_check_rate", "", named, "met"),),
        ),
        Plant("secret_paper", "file", "", "a paper with a secrecy mark: refused, nothing of it is kept", ()),
        Plant("wrong_supplier", "file", "credit_checks", "sent by a unit that does not supply it: refused", ()),
    )


def _twins(year: str) -> tuple[Plant, ...]:
    on_time = "service_cases_on_time_rate"
    return (
        Plant(
            "case_paused",
            "twin",
            "service_cases",
            "late only if the days of the special procedure are counted",
            (Expected(on_time, CASE_PAUSED, f"{year}Q2", "met"),),
        ),
        Plant(
            "case_over_holidays",
            "twin",
            "service_cases",
            "completed on its last day, after the holidays of October",
            (Expected(on_time, CASE_OVER_HOLIDAYS, f"{year}Q3", "met"),),
        ),
        Plant(
            "filed_on_rolled_day",
            "twin",
            "normative_document_filings",
            "the fifteenth day is a day off; filed on the next working day",
            (Expected("filing_on_time_rate", FILED_ON_ROLLED_DAY, year, "met"),),
        ),
        Plant(
            "no_fair_review_before_rule",
            "twin",
            "normative_documents",
            "no fair competition review, but issued before the duty began",
            (),
        ),
        Plant(
            "responsible_in_court",
            "twin",
            "litigation_cases",
            "attended by the responsible deputy: counts",
            (Expected("court_appearance_rate", RESPONSIBLE_IN_COURT, year, "met"),),
        ),
        Plant(
            "left_in_january",
            "twin",
            "duty_reports",
            "left the post in January, had reported",
            (Expected("duty_report_rate", LEFT_IN_JANUARY, year, "met"),),
        ),
    )
