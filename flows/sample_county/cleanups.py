"""Normative documents that were looked through: 175 of all drafting organs, each kept, amended, repealed or lapsed."""

from __future__ import annotations

from collections.abc import Iterator

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting

DATASET = "document_cleanups"
# The published figures of the sample year: documents looked through, and those repealed for fair competition.
OUTCOMES = {"repealed": 24, "lapsed": 12, "amended": 21, "kept": 118}
FOR_FAIR_COMPETITION, OTHER_GROUNDS = 3, ("higher_law", "expired", "obsolete", "other")
# The regulations on fair competition are in force since August 2024: nothing was repealed for them before.
FIRST_YEAR = 2024


def cleanup_export(setting: Setting) -> Export:
    """One yearly file of the justice bureau: an xlsx with a title, a header in two rows, and a total that counts."""
    heads = (setting.header(DATASET, "outcome"), setting.header(DATASET, "ground"))
    layout = Layout(
        "xlsx", setting.text(DATASET, "title"), group=(setting.text(DATASET, "group"), *heads), serial=True,
        dates=("chinese", "native", "dot"), empties=("", "—", "/"), total=True,
        brackets=tuple(setting.words["normative_documents"]["brackets"]),
        total_text=str(setting.words[DATASET]["count"]), notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    arrives = setting.arrival(DATASET, str(setting.year), 6)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, list(_rows(setting)), arrives)


def _organs(setting: Setting) -> list[tuple[str, str]]:
    """Who drafted the documents in force, and under which letters."""
    words = setting.words["normative_documents"]
    county = [("county_government_office", words["county"]), ("county_government_office", words["office"])]
    return [*county, *words["codes"].items()]


def _rows(setting: Setting) -> Iterator[Row]:
    """Special cleanups in spring, the one for fair competition in autumn; number and organ are never the same twice."""
    rnd, words, organs = setting.random(DATASET), setting.words[DATASET], _organs(setting)
    outcomes = [outcome for outcome, count in OUTCOMES.items() for _ in range(count)]
    blank: set[str] = set()
    for at, outcome in enumerate(outcomes):
        unit, letters = organs[at % len(organs)]
        lap, is_fair = at // len(organs), at < FOR_FAIR_COMPETITION and setting.year >= FIRST_YEAR
        issued_in = setting.year - 1 - lap % 8
        row: Row = {
            "document_number": setting.text(
                "normative_documents", "county_number", code=letters, year=issued_in, serial=2 + 5 * (lap // 8) + at % 3
            ),
            "title": setting.text(
                DATASET, "title_of", subject=words["subjects"][at % 16], kind=words["kinds"][at // 16 % 3]
            ),
            "drafting_unit": unit,
            "issued_on": rnd.choice(setting.workdays(issued_in, 1 + at % 12)),
            "cleaned_on": rnd.choice(
                setting.workdays(setting.year, rnd.choice((10, 11) if is_fair else (4, 5, 6, 11)))
            ),
            "outcome": outcome,
        }
        if outcome == "repealed":
            row |= {"ground": "fair_competition" if is_fair else OTHER_GROUNDS[at % 4]}
        if outcome == "kept" and unit not in blank and setting.is_planted("cleanup_without_outcome", unit):
            blank.add(unit)
            row |= {"outcome": None}
        yield row
