"""One traced cell as a person reads it: codes as departments write them, units by their labels, dates in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.wording import Lang, day_words, fill, has_text, period_words, standing_word, text
from warehouse.declarations import Declarations
from warehouse.models import Column, Contract, Label, Metric
from warehouse.provisional import is_provisional

LEFT_OUT = {"name", "words"}
UNTYPED_PERIODS = {"period"}


def said(label: Label, lang: Lang) -> str:
    """A declared name in one language."""
    return label.en if lang == "en" else label.zh


def unit_words(unit: str | None, declarations: Declarations, lang: Lang) -> str:
    """A unit's label; the whole county for no unit; an unknown id stays as it is."""
    if unit in (None, "", "county"):
        return text("office.county", lang)
    known = declarations.units.get(str(unit))
    return said(known.label, lang) if known else str(unit)


def target_words(target: str, metric: str | None, declarations: Declarations, lang: Lang) -> str:
    """What a target is about: its metric, its identity, or the duty of a file; what is not declared stays as it is."""
    known = declarations.metrics.get(metric or "") or declarations.identities.get(target)
    if known is not None:
        return said(known.label, lang)
    dataset, _, duty = target.partition(":")
    contract = declarations.contracts.get(dataset)
    if contract is None or not has_text(f"duties_of_file.{duty}"):
        return target
    return text(f"duties_of_file.{duty}", lang, dataset=said(contract.label, lang))


def row_sentence(row: Mapping[str, Any], metric: Metric, declarations: Declarations, lang: Lang) -> str | None:
    """The metric's `shortfall` sentence for one traced row; None when the metric declares none.

    People's names and words never enter it: such a field is left empty, whatever the template asks for.
    """
    if metric.shortfall is None:
        return None
    words = RowWords(row, metric, declarations, lang)
    return tidy(fill(said(metric.shortfall, lang), words), text("nothing", lang))


def tidy(sentence: str, nothing: str) -> str:
    """Remove the brackets and double spaces that an empty field leaves behind; `nothing` is the word for empty."""
    for empty in ("（）", "()", "“”", f"（{nothing}）", f"({nothing})"):
        sentence = sentence.replace(empty, "")
    return " ".join(sentence.split()).replace(" :", ":").replace(" ,", ",")


class RowWords(dict[str, object]):
    """The fields of a sentence, read from one row when they are asked for."""

    def __init__(self, row: Mapping[str, Any], metric: Metric, declarations: Declarations, lang: Lang) -> None:
        super().__init__()
        self.row = row
        self.contracts = contracts_behind(metric, declarations)
        self.declarations = declarations
        self.lang = lang

    def __missing__(self, name: str) -> str:
        column = column_named(name, self.contracts)
        if column is not None and column.personal in LEFT_OUT:
            return ""
        if label := self._declared_label(name):
            return label
        return value_words(name, self.row.get(name), column, self.declarations, self.lang)

    def _declared_label(self, name: str) -> str | None:
        """Rows of deliveries, figures and signals carry Chinese labels; the declaration has both languages."""
        if name == "dataset_label" and (contract := self.declarations.contracts.get(str(self.row.get("dataset")))):
            return said(contract.label, self.lang)
        if name == "target" and "finding" in self.row:
            return target_words(str(self.row["target"]), self.row.get("metric"), self.declarations, self.lang)
        if name == "metric_label" and (metric := self.declarations.metrics.get(str(self.row.get("metric")))):
            return said(metric.label, self.lang)
        card = self.declarations.scorecards.get(str(self.row.get("scorecard")))
        signal = card.signals.get(str(self.row.get("signal"))) if card else None
        return said(signal.label, self.lang) if signal and name == "signal_label" else None


def place_words(row: Mapping[str, Any], declarations: Declarations, lang: Lang) -> str:
    """File, sheet and row of a traced row; for what the county itself declares, the declaration and its entry."""
    if label := declared_words(row, declarations, lang):
        return text("letters.row_roster", lang, label=label, row=row["_row"])
    key = "letters.row_source" if row.get("_sheet") else "letters.row_source_plain"
    return text(key, lang, file=row.get("_file") or "", sheet=row.get("_sheet") or "", row=row.get("_row") or "")


def declared_words(row: Mapping[str, Any], declarations: Declarations, lang: Lang) -> str:
    """The name of the roster, scorecard or duty to deliver in which a row stands; empty for a row of a file."""
    folder, _, file = str(row.get("_file") or "").partition("/")
    name = file.removesuffix(".yml")
    match folder:
        case "rosters" if name in declarations.rosters:
            return said(declarations.rosters[name].label, lang)
        case "scorecards" if name in declarations.scorecards:
            return said(declarations.scorecards[name].label, lang)
        case "datasets" if name in declarations.contracts:
            return text("letters.owed_of", lang, dataset=said(declarations.contracts[name].label, lang))
        case "priorities.yml":
            return text("screens.nav.priorities", lang)
    return ""


def contracts_behind(metric: Metric, declarations: Declarations) -> list[Contract]:
    """The contracts whose columns a metric's rows may carry; all of them for a roster or a system set."""
    names: Iterable[str] = declarations.reads(metric.of) or declarations.contracts
    return [declarations.contracts[name] for name in names]


def column_named(name: str, contracts: Iterable[Contract]) -> Column | None:
    """The declared column of that name: a personal one first, so that no doubt shows a person."""
    found = [contract.columns[name] for contract in contracts if name in contract.columns]
    return next((column for column in found if column.personal), found[0] if found else None)


def value_words(name: str, value: object, column: Column | None, declarations: Declarations, lang: Lang) -> str:
    """One value in words: empty, yes or no, a day, a number, a unit, a code; any other text stays as it is."""
    if value is None or value == "":
        return text("nothing", lang)
    if isinstance(value, bool):
        return text("flags.yes" if value else "flags.no", lang)
    if isinstance(value, date):
        mark = text("provisional", lang) if is_provisional(declarations, name, value) else ""
        return day_words(value, lang) + mark
    if isinstance(value, int | float | Decimal):
        return number_words(value)
    plain = str(value)
    if name in UNTYPED_PERIODS:
        return period_words(plain, lang)
    if name == "standing" and has_text(f"standings.{plain}"):
        return standing_word(plain, lang)
    if column is not None and column.type == "units":
        return text("letters.join", lang).join(unit_words(part, declarations, lang) for part in plain.split(";"))
    if plain in declarations.units and (column is None or column.type in ("unit", "town")):
        return unit_words(plain, declarations, lang)
    return code_words(name, plain, column, declarations, lang)


def code_words(name: str, code: str, column: Column | None, declarations: Declarations, lang: Lang) -> str:
    """A code as departments write it in their exports; in English the code itself in plain words."""
    columns = [column] if column is not None else []
    columns += [contract.columns[name] for contract in declarations.contracts.values() if name in contract.columns]
    for declared in columns:
        for written, meant in declared.values.items():
            if meant == code:
                return code.replace("_", " ") if lang == "en" else written
    return code


def number_words(value: int | float | Decimal) -> str:
    """A number without superfluous zeros: 23.000000 -> 23."""
    exact = Decimal(str(value))
    whole = exact.to_integral_value()
    return str(int(whole)) if exact == whole else format(exact.normalize(), "f")
