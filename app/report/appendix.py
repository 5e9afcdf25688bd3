"""The appendix: one row per printed figure, from its label down to the rows of the files it was counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.letters.cell_words import declared_words, number_words
from app.report.compose import Report
from app.report.figures import Figure, Figures, bookmark_name
from app.wording import day_words, standing_word, text

MOST_SOURCES = 6
UNITS = "rosters/units.yml"
PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Entry:
    """One row of the appendix in words. `anchor` is where the text links to, `back` where the row leads back."""

    anchor: str
    back: str
    metric: str
    period: str
    number: str
    label: str
    printed: str
    sides: str
    rule: str
    sources: str
    standing: str
    previous: str

    def cells(self) -> list[str]:
        """The row as the table shows it; its columns are those of `HEADS`."""
        label = f"{self.label}\n{self.metric}\n{self.period}"
        return [self.number, label, self.printed, self.sides, self.rule, self.sources, self.standing, self.previous]


HEADS = ("number", "metric", "printed", "sides", "rule", "sources", "standing", "previous")


def heads() -> list[str]:
    """The head of the table."""
    return [text(f"report.appendix.{name}", "zh") for name in HEADS]


def anchor_of(figure: Figure) -> str:
    """Where the appendix speaks of a figure."""
    return bookmark_name("app", figure.metric, figure.period)


def entries(report: Report, figures: Figures, confirmed: Mapping[str, Mapping[str, Any]]) -> list[Entry]:
    """One entry per placed figure, in the order of the text. `confirmed`: per unit its last confirmation."""
    found, night = [], _word("night", night=figures.snapshot.meta["night"])
    for number, figure in enumerate(report.figures, start=1):
        rule = _rule(figure, figures)
        standing = standing_word(figure.standing, "zh") if figure.standing else _word("no_target")
        sources = _sources(figure, figures)
        if figure.period == figures.year and figure.held == "figure" and (rows := figures.quarantined(figure.metric)):
            sources += "\n" + _word("quarantined", rows=rows)
        seal = _confirmed(figure, figures, confirmed)
        stands = "\n".join(one for one in (standing, seal, night) if one)
        found.append(
            Entry(
                anchor_of(figure), figure.bookmark, figure.metric, figure.period, str(number), figure.label,
                _printed(figure), _sides(figure), rule, sources, stands,
                _previous(figure, figures),
            )
        )  # fmt: skip
    return found


def record(report: Report, figures: Figures, audit_head: str, templates_sha256: str) -> list[tuple[str, str]]:
    """What the document can be checked by: names and values."""
    meta = figures.snapshot.meta
    gaps = [one for one in report.figures if one.held != "figure"]
    is_open = sum(not one.is_accepted for one in report.drafts)
    return [
        (_word("snapshot"), f"{figures.snapshot.path.name}（{day_words(figures.snapshot.as_of, 'zh')}）"),
        (_word("audit_head"), audit_head),
        (_word("declarations"), meta["declarations_sha256"]),
        (_word("figures"), meta["figures_sha256"]),
        (_word("templates"), templates_sha256),
        (_word("gaps"), _word("gap_count", gaps=len(gaps))),
        (_word("drafts"), _word("draft_count", open=is_open, accepted=len(report.drafts) - is_open)),
    ]


def _word(key: str, **values: object) -> str:
    return text(f"report.appendix.{key}", "zh", **values)


def exact_words(figure: Figure) -> str:
    """The number behind the printed one: a rate to four places of a percent, else all its digits."""
    if figure.numerator is None:
        return text("nothing", "zh")
    if figure.denominator is None:
        return number_words(figure.numerator)
    if not figure.denominator:
        return text("nothing", "zh")
    percent = (figure.numerator * 100 / figure.denominator).quantize(PLACES, ROUND_HALF_UP)
    return f"{number_words(percent)}%"


def _printed(figure: Figure) -> str:
    shown = _word("exact", printed=figure.printed or figure.gap)
    return f"{shown}\n{_word('exactly', exact=exact_words(figure))}" if figure.held == "figure" else shown


def _sides(figure: Figure) -> str:
    if figure.held in ("missing", "unknown") or figure.numerator is None:
        return text("nothing", "zh")
    if figure.denominator is None:
        return number_words(figure.numerator)
    return f"{number_words(figure.numerator)}／{number_words(figure.denominator)}"


def _rule(figure: Figure, figures: Figures) -> str:
    metric = figures.declarations.metrics.get(figure.metric)
    if metric is None:
        return text("nothing", "zh")
    earlier = [one for one in metric.earlier_rules if int(figure.period) <= one.until]
    rule = min(earlier, key=lambda one: one.until).rule if earlier else metric.counting_rule
    return _word("rule_version", rule=rule.zh, version=len(metric.earlier_rules) - len(earlier) + 1)


def _sources(figure: Figure, figures: Figures) -> str:
    if figure.held in ("missing", "unknown"):
        return _word("no_source")
    found = figures.snapshot.sources(figure.metric, figure.period)
    lines = []
    for row in found[:MOST_SOURCES]:
        file = declared_words(row, figures.declarations, "zh") or row["_file"]
        file = _word("units") if file == UNITS else file
        key = "source" if row["_sheet"] else "source_plain"
        values = {"file": file, "sheet": row["_sheet"], "rows": row["rows"]}
        lines.append(_word(key, **values, first=row["first_row"], last=row["last_row"]))
    if more := found[MOST_SOURCES:]:
        lines.append(_word("more_sources", files=len(more), rows=sum(row["rows"] for row in more)))
    return "\n".join(lines) or _word("no_source")


def _previous(figure: Figure, figures: Figures) -> str:
    if figure.period != figures.year or figure.held != "figure":
        return _word("no_previous")
    before, metric = figures.before(figure.metric), figures.declarations.metrics[figure.metric]
    if before.held != "figure" or before.numerator is None or figure.numerator is None:
        return _word("no_previous")
    values = {"year": before.period, "printed": before.printed}
    if any(int(before.period) <= one.until < int(figure.period) for one in metric.earlier_rules):
        return _word("rule_changed", **values)
    if "{value}" not in metric.report.printed:
        return _word("previous_only", **values)
    if figure.denominator and before.denominator:
        now, then = figure.numerator / figure.denominator, before.numerator / before.denominator
        by = number_words(((now - then).copy_abs() * 100).quantize(Decimal("0.1"), ROUND_HALF_UP))
        change = _word("points_up" if now > then else "points_down", by=by) if now != then else _word("same")
    else:
        by = number_words((figure.numerator - before.numerator).copy_abs()) + metric.measured_in
        is_same = figure.numerator == before.numerator
        change = _word("same") if is_same else _word("up" if figure.numerator > before.numerator else "down", by=by)
    return _word("change", **values, change=change)


def _confirmed(figure: Figure, figures: Figures, confirmed: Mapping[str, Mapping[str, Any]]) -> str:
    """How many of the units behind a figure have sealed it as it stands now."""
    if figure.period != figures.year or figure.held != "figure":
        return ""
    units = [unit for unit, own in figures.units.items() if figure.metric in own]
    sealed = [unit for unit in units if unit in confirmed]
    same = [unit for unit in sealed if confirmed[unit]["figures_sha256"] == figures.unit_hash(unit)]
    if not units:
        return ""
    words = (
        _word("confirmed", confirmed=len(same), units=len(units)) if same else _word("unconfirmed", units=len(units))
    )
    changed = len(sealed) - len(same)
    return words + ("\n" + _word("changed_since", units=changed) if changed else "")
