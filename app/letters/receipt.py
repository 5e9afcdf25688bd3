"""回执: what became of one delivered file, as a text that Windows' own editor opens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.letters.cell_words import said, unit_words
from app.letters.held import told_fault
from app.letters.letter import call_words
from app.letters.sentences import as_day
from app.wording import LANGS, Lang, day_words, has_text, outcome_word, text
from warehouse.declarations import Declarations
from warehouse.models import Contract

Row = Mapping[str, Any]
BOM = b"\xef\xbb\xbf"
LONGEST_NAME = 60
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069]')
NOTHING_LOADED = ("refused", "duplicate", "held")


def receipt_name(file_name: str, night: str) -> str:
    """The receipt's own file name: never a path, never a device name, never endless."""
    plain = NOT_IN_NAMES.sub("_", file_name.encode("utf-8", "replace").decode("utf-8"))
    plain = plain.strip(" .")[:LONGEST_NAME] or "_"
    return text("receipts.file_name", "zh", file=plain, night=NOT_IN_NAMES.sub("_", night))


def write_receipt(
    deliveries: Sequence[Row], night: str, business_date: date, declarations: Declarations, sample: bool
) -> bytes:
    """The receipt of one file: one section per sheet, Chinese then English; UTF-8 with BOM and CRLF.

    `deliveries`: the ledger's rows for the file, all of one supplier. Personal values are masked or left out.
    """
    lines: list[str] = []
    for lang in LANGS:
        lines += [*_page(deliveries, night, business_date, declarations, sample, lang), "", ""]
    page = "\r\n".join(_one_line(line) for line in lines).rstrip() + "\r\n"
    return BOM + page.encode("utf-8", "replace")


def _one_line(line: str) -> str:
    return "".join(char if char.isprintable() else " " for char in line)


def _page(
    deliveries: Sequence[Row], night: str, business_date: date, declarations: Declarations, sample: bool, lang: Lang
) -> list[str]:
    first = deliveries[0]
    title = text("receipts.title", lang)
    received = as_day(first.get("received_on")) or business_date
    lines = [text("letters.sample_mark", lang, subject=title) if sample else title]
    lines.append(text("receipts.file", lang, file=first["file_name"]))
    if first.get("supplier"):
        lines.append(text("receipts.unit", lang, unit=unit_words(first["supplier"], declarations, lang)))
    lines.append(text("receipts.received", lang, day=day_words(received, lang), night=night))
    for delivery in deliveries:
        lines += ["", *_sheet(delivery, declarations, lang)]
    return [*lines, "", call_words(declarations, lang)]


def _sheet(delivery: Row, declarations: Declarations, lang: Lang) -> list[str]:
    state = str(delivery["state"])
    outcome = outcome_word(state, lang)
    # The ledger keeps `<file>/<sheet>`; of a zip the file inside it is part of the name, of a csv nothing is left.
    sheet = str(delivery.get("sheet") or "").removeprefix(f"{delivery['file_name']}/").strip("/")
    key = "receipts.sheet" if sheet else "receipts.whole_file"
    lines = [text(key, lang, sheet=sheet, outcome=outcome)]
    contract = declarations.contracts.get(delivery.get("dataset") or "")
    if contract is not None:
        coverage = _coverage(delivery, lang)
        lines.append(text("receipts.dataset", lang, dataset=said(contract.label, lang), coverage=coverage))
    if contract is None and delivery.get("dataset"):
        pass  # objections, and corrections of the office: no data of a file, and each line below says what became of it
    elif state == "in_force":
        lines.append(text("receipts.taken_partly" if delivery["quarantined"] else "receipts.taken", lang))
    elif has_text(f"receipts.{state}"):
        lines.append(text(f"receipts.{state}", lang))
    say = delivery.get("say" if lang == "zh" else "say_en")
    lines += [text("receipts.because", lang, say=say)] if say else []
    if delivery.get("rows"):
        lines += _counts(delivery, lang)
    lines += [line for reason in delivery.get("reasons") or () for line in _reason(reason, contract, lang)]
    key = "say" if lang == "zh" else "say_en"
    return lines + [text("receipts.told", lang, say=told[key]) for told in delivery.get("told") or () if told.get(key)]


def _coverage(delivery: Row, lang: Lang) -> str:
    days = [day for name in ("coverage_start", "coverage_end") if (day := as_day(delivery.get(name)))]
    if len(days) < 2:
        return text("nothing", lang)
    return text("receipts.coverage", lang, start=day_words(days[0], lang), end=day_words(days[1], lang))


def _counts(delivery: Row, lang: Lang) -> list[str]:
    listed: Mapping[str, int] = {kind: count for kind, count in (delivery.get("listed") or {}).items() if count}
    counts = {name: delivery[name] for name in ("rows", "loaded", "quarantined")}
    lines = [text("receipts.counts", lang, **counts, listed=sum(listed.values()))]
    if listed:
        kinds = [
            text("receipts.listed_kind", lang, kind=text(f"listed_kinds.{kind}", lang), count=count)
            for kind, count in listed.items()
        ]
        lines.append(text("receipts.listed", lang, kinds=text("receipts.listed_join", lang).join(kinds)))
    return lines


def _reason(reason: Row, contract: Contract | None, lang: Lang) -> list[str]:
    """One reason with its examples; a rule is named by its first sentence, not by its code."""
    examples = reason.get("examples") or ()
    column = contract.columns.get(reason.get("column") or "") if contract else None
    named = column.header[0] if column else str(reason.get("column") or "")
    rule = _rule_words(reason, contract, lang)
    key = "receipts.reason" if named else "receipts.reason_row"
    lines = [text(key, lang, column=named, count=reason["count"], rule=rule)]
    for example in examples:
        say = told_fault({**example, "column": reason.get("column")}, contract, lang, is_masked=False)[2]
        key = "receipts.example" if example.get("cell") else "receipts.example_row"
        lines.append(text(key, lang, row=example["row"], cell=example.get("cell"), say=say))
    return lines


def _rule_words(reason: Row, contract: Contract | None, lang: Lang) -> str:
    declared = contract.rules.get(str(reason["rule"])) if contract else None
    if declared is not None:
        return declared.say if lang == "zh" else declared.say_en or declared.say
    key = f"rules.{reason['rule']}"
    return text(key if has_text(key) else "rules.other", lang)
