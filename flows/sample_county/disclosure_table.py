"""Table 3 of the yearly report on open government: the register of requests, counted by applicant and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time

from flows.sample_county.exports import Export, Layout, Row, Written
from flows.sample_county.setting import Setting
from warehouse.inbox import COUNTY_TIME

UNIT, DATASET = "county_government_office", "disclosure_year_table"
APPLICANTS = ("natural_person", "enterprise", "research", "charity", "law_firm", "other")
# Requests of the year before that were still open; both were granted in January.
CARRIED_IN = 2
LINE_OF = {
    "disclosed": "disclosed", "partly_disclosed": "partly_disclosed", "refused": "refused_internal",
    "unavailable": "unavailable_not_held", "not_handled": "not_handled_repeated", "other": "other_not_corrected",
}  # fmt: skip


def year_table(setting: Setting, requests: list[Row]) -> Iterator[Export]:
    """One table; in a year with faults a first one forgets a request of the register, and is put right."""
    words = setting.words[DATASET]
    bands = tuple((one["text"], one["first"], one["last"]) for one in words["bands"])
    layout = Layout("crosstab", setting.text(DATASET, "title"), bands=bands, notes=setting.notes())
    arrives = setting.arrival(DATASET, str(setting.year), 1)
    table = _lines(setting, requests)
    export = Export(DATASET, UNIT, setting.text(DATASET, "file"), layout, table, arrives)
    if setting.is_planted("request_not_in_table_at_first", UNIT):
        yield replace(export, name=setting.text(DATASET, "first_file"), rows=_lines(setting, requests[:-2]))
        export = replace(export, arrives_at=datetime.combine(date(setting.year + 1, 1, 30), time(11, 20), COUNTY_TIME))
    yield export


def _lines(setting: Setting, requests: list[Row]) -> list[Row]:
    """Every line of the table in its order; what came in equals what was dealt with and what is carried on."""
    counts: dict[str, Counter[str]] = {"received": Counter(), "carried_in": Counter(natural_person=CARRIED_IN)}
    counts["disclosed"] = Counter(natural_person=CARRIED_IN)
    for request in requests:
        replied, kind = request["replied_on"], str(request["applicant_kind"])
        is_done = isinstance(replied, date) and replied.year == setting.year
        counts["received"][kind] += 1
        line = LINE_OF[str(request["reply_kind"])] if is_done else "carried_out"
        counts.setdefault(line, Counter())[kind] += 1
    results = [counts[line] for line in counts if line not in ("received", "carried_in", "carried_out")]
    counts["all_results"] = sum(results, Counter())
    rows: list[Row] = []
    for line, label in setting.words[DATASET]["lines"].items():
        found = counts.get(line, Counter())
        numbers: Row = {kind: found[kind] for kind in APPLICANTS}
        rows.append({"item": Written(label), **numbers, "all_applicants": sum(found.values())})
    return rows
