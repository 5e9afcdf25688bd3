"""The inspectors' mail: every expectation that is not met, what never came, what was set aside, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.letters.cell_words import said, unit_words
from app.letters.desk import desk_blocks, is_urgent
from app.letters.letter import sentence_in
from app.letters.message import Block, Part, one_recipient
from app.letters.sentences import bound_words, day_or_nothing, figure_words, finding_label, finding_sentence
from app.wording import LANGS, Lang, day_words, outcome_word, period_words, standing_word, text
from expectations.findings import opens_finding
from warehouse.declarations import Declarations

Row = Mapping[str, Any]
FAILED = ("short", "missing", "unsure", "near")
MONDAY = 0
LONGEST_TABLE = 200
NOT_RECEIVED = ("missing", "refused", "held")


@dataclass(frozen=True)
class OfficeFacts:
    """Everything the inspectors' mail says."""

    standings: Sequence[Row]
    owed: Sequence[Row]
    deliveries: Sequence[Row]
    changes: Sequence[Row]
    declarations: Declarations
    night: str
    business_date: date
    county: str
    sample: bool
    view_url: str
    audit_head: str
    desk: Row = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        """How many standings of each word, those that only follow from a missing delivery left out."""
        return Counter(
            str(row["standing"]) for row in self.standings if row["standing"] == "error" or opens_finding(row)
        )

    @property
    def failed(self) -> list[Row]:
        """What is not met, the worst first; what only follows from a missing delivery is counted, not listed."""
        rows = [row for row in self.standings if opens_finding(row)]
        return sorted(rows, key=lambda row: (FAILED.index(row["standing"]), row["target"], row["unit"], row["period"]))

    @property
    def following(self) -> int:
        """How many standings only follow from something that is told once elsewhere."""
        return sum(row["standing"] in FAILED and not opens_finding(row) for row in self.standings)

    @property
    def errors(self) -> list[Row]:
        """Checks that did not run."""
        return [row for row in self.standings if row["standing"] == "error"]

    @property
    def stopped(self) -> list[Row]:
        """Files refused tonight, and those still held for the clerk."""
        return [
            row
            for row in self.deliveries
            if row["state"] == "held" or (row["state"] == "refused" and row["night"] == self.night)
        ]

    @property
    def stopped_tonight(self) -> list[Row]:
        """Files that were refused or held tonight."""
        return [row for row in self.stopped if row["night"] == self.night]


def is_worth_a_mail(facts: OfficeFacts) -> bool:
    """Something changed, was stopped or broke, or asks for the office; or it is Monday and something is still open."""
    if facts.changes or facts.errors or facts.stopped_tonight or is_urgent(facts.desk):
        return True
    return facts.business_date.weekday() == MONDAY and bool(facts.failed)


def office_subject(facts: OfficeFacts) -> str:
    """The subject line with the three numbers that matter."""
    counts = facts.counts
    subject = text(
        "office.subject",
        "zh",
        title=text("office.title", "zh"),
        county=facts.county,
        short=counts["short"],
        missing=counts["missing"],
        unsure=counts["unsure"],
        day=day_words(facts.business_date, "zh"),
    )
    return text("letters.sample_mark", "zh", subject=subject) if facts.sample else subject


def office_parts(facts: OfficeFacts) -> tuple[Part, ...]:
    """The mail in Chinese, then in English."""
    return tuple(Part(lang, tuple(_blocks(facts, lang))) for lang in LANGS)


def _blocks(facts: OfficeFacts, lang: Lang) -> list[Block]:
    title = text("office.title", lang)
    counts = facts.counts
    numbers = {name: counts[name] for name in ("short", "missing", "unsure", "near", "error")}
    lead = text(
        "office.lead",
        lang,
        day=day_words(facts.business_date, lang),
        night=facts.night,
        changes=len(facts.changes),
        **numbers,
    )
    blocks = [Block("title", text("letters.sample_mark", lang, subject=title) if facts.sample else title)]
    blocks.append(Block("lead", lead))
    blocks += _section("changes", ("change", "figure", "matter"), _changes(facts, lang), lang)
    blocks += _section("failed", ("standing", "figure", "value"), _standings(facts.failed, facts, lang), lang)
    if facts.following:
        blocks.append(Block("note", text("office.following", lang, count=facts.following)))
    blocks += desk_blocks(facts.desk, facts.declarations, lang)
    blocks += _section("owed", ("dataset", "unit", "due_on", "outcome"), _owed(facts, lang), lang)
    blocks += _section("refused", ("file", "unit", "outcome", "why"), _stopped(facts, lang), lang)
    blocks += _section("quarantine", ("dataset", "unit", "rows"), _quarantine(facts, lang), lang)
    if facts.errors:
        blocks += _section("errors", ("standing", "figure", "value"), _standings(facts.errors, facts, lang), lang)
    blocks.append(Block("heading", text("office.no_address", lang)))
    without = [unit_words(unit, facts.declarations, lang) for unit in units_without_address(facts)]
    blocks.append(Block("lead", text("letters.join", lang).join(without) or text("office.none", lang)))
    unheard = [unit_words(unit, facts.declarations, lang) for unit in units_without_liaison(facts)]
    if unheard:
        blocks.append(Block("heading", text("office.no_liaison", lang)))
        blocks.append(Block("lead", text("letters.join", lang).join(unheard)))
    notes = [text("office.audit", lang, head=facts.audit_head or text("office.no_audit", lang))]
    notes += [text("letters.view", lang, url=facts.view_url)] if facts.view_url else []
    notes += [text("letters.sample_note", lang)] if facts.sample else []
    return blocks + [Block("note", note) for note in notes]


def units_without_address(facts: OfficeFacts) -> list[str]:
    """Units in force whose registry entry holds no usable address."""
    found = facts.declarations.units_for("all", facts.business_date)
    return [unit for unit in found if one_recipient(facts.declarations.units[unit].email) is None]


def units_without_liaison(facts: OfficeFacts) -> list[str]:
    """Units in force for which nobody is named who answers for their data."""
    found = facts.declarations.units_for("all", facts.business_date)
    return [unit for unit in found if not facts.declarations.units[unit].liaison]


def _section(name: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]], lang: Lang) -> list[Block]:
    """A heading with its table; an empty one says so instead of vanishing."""
    found = list(rows)
    heading = Block("heading", text(f"office.{name}", lang))
    if not found:
        return [heading, Block("lead", text("office.none", lang))]
    header = tuple(text(f"office.columns.{column}", lang) for column in columns)
    keeps = columns[0] in ("change", "standing")
    blocks = [heading, Block("table", pairs=(header, *found[:LONGEST_TABLE]), keep_first=keeps)]
    more = len(found) - LONGEST_TABLE
    return [*blocks, Block("note", text("office.more", lang, count=more))] if more > 0 else blocks


def _named(row: Row, facts: OfficeFacts, lang: Lang) -> str:
    unit = unit_words(row["unit"], facts.declarations, lang)
    label = finding_label(row, facts.declarations, lang)
    return text("office.named", lang, unit=unit, label=label, period=period_words(str(row["period"]), lang))


def _changes(facts: OfficeFacts, lang: Lang) -> list[tuple[str, ...]]:
    return [
        (text(f"finding_changes.{row['change']}", lang), _named(row, facts, lang), sentence_in(row, lang))
        for row in facts.changes
    ]


def _standings(rows: Sequence[Row], facts: OfficeFacts, lang: Lang) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for row in rows:
        figure, bound = figure_words(row, facts.declarations, lang), bound_words(row, facts.declarations, lang)
        if figure:
            value = text("office.value", lang, figure=figure, bound=bound)
        else:
            value = finding_sentence(row, None, 0, facts.declarations, lang)
        found.append((standing_word(str(row["standing"]), lang), _named(row, facts, lang), value))
    return found


def _owed(facts: OfficeFacts, lang: Lang) -> list[tuple[str, ...]]:
    return [
        (
            _dataset_words(row, facts, lang),
            unit_words(row["supplier"], facts.declarations, lang),
            day_or_nothing(row["due_on"], lang),
            outcome_word(str(row["outcome"]), lang),
        )
        for row in facts.owed
        if row["outcome"] in NOT_RECEIVED
    ]


def _dataset_words(row: Row, facts: OfficeFacts, lang: Lang) -> str:
    contract = facts.declarations.contracts.get(row["dataset"])
    label = said(contract.label, lang) if contract else str(row["dataset"])
    return text("letters.labelled", lang, label=label, period=period_words(str(row["period"]), lang))


def _stopped(facts: OfficeFacts, lang: Lang) -> list[tuple[str, ...]]:
    return [
        (
            str(row["file_name"]),
            unit_words(row["supplier"], facts.declarations, lang) if row["supplier"] else text("nothing", lang),
            outcome_word(str(row["state"]), lang),
            str(row["say" if lang == "zh" else "say_en"] or ""),
        )
        for row in facts.stopped
    ]


def _quarantine(facts: OfficeFacts, lang: Lang) -> list[tuple[str, ...]]:
    counts: Counter[tuple[str, str]] = Counter()
    for row in facts.deliveries:
        if row["state"] == "in_force" and row["quarantined"]:
            counts[row["dataset"], row["supplier"]] += int(row["quarantined"])
    return [
        (
            said(facts.declarations.contracts[dataset].label, lang),
            unit_words(supplier, facts.declarations, lang),
            str(count),
        )
        for (dataset, supplier), count in counts.most_common()
        if dataset in facts.declarations.contracts
    ]
