"""The audit package of one night: what an auditor needs to recount it with nothing but common tools.

A zip of figures, standings, declarations, hashes of every file, nights, signatures and the audit trail, with the hash
of each part and how to check them. It holds no row of any department's file and no personal data of a case.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.visit import Visit
from app.wording import LANGS, text
from warehouse.masking import mask_declarations
from warehouse.report_decisions import signatures

# Spreadsheets drop blanks before a sign that begins a formula, and read its full-width form.
RUN = re.compile(r"\s*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?")
# Equal contents make equal bytes: the clock of the machine is left out.
STAMP = (1980, 1, 1, 0, 0, 0)
FIGURE = (
    "metric", "kind", "every", "period", "period_start", "period_end", "unit", "town", "numerator", "denominator",
)  # fmt: skip
STANDING = (
    "target", "metric", "dataset", "every", "period", "unit", "standing", "numerator", "denominator", "bound",
    "comparison", "short_by", "severity", "owner", "basis", "since", "cause", "small_sample",
)  # fmt: skip
DELIVERY = (
    "id", "night", "dataset", "supplier", "file_name", "sheet", "sha256", "coverage_start", "coverage_end",
    "received_on", "state", "rows", "loaded", "quarantined", "listed", "totals_tie", "refusal_code", "decided",
)  # fmt: skip
NIGHT = (
    "id", "business_date", "sequence", "state", "started_at", "finished_at", "snapshot", "declarations_sha256",
    "figures_sha256", "error",
)  # fmt: skip
SIGNED = (
    "year", "night", "snapshot", "signed_at", "who", "reason", "figures_sha256", "declarations_sha256", "docx_sha256",
    "basis_sha256",
)  # fmt: skip
AUDIT = ("seq", "at", "who", "action", "detail", "previous_hash", "hash")
Row = Mapping[str, Any]


def write_package(visit: Visit) -> bytes:
    """The zip of the shown night; the same night and ledger give the same bytes."""
    parts = parts_of(visit)
    sums = "".join(f"{hashlib.sha256(part).hexdigest()}  {name}\n" for name, part in parts.items())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in {**parts, "SHA256SUMS": sums.encode()}.items():
            package.writestr(zipfile.ZipInfo(name, STAMP), part, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def parts_of(visit: Visit) -> dict[str, bytes]:
    """Every file of the package but the list of their hashes."""
    snapshot, ledger = visit.snapshot, visit.ledger
    trail = [dict(row) for row in ledger.con.execute(f"SELECT {', '.join(AUDIT)} FROM audit ORDER BY seq")]
    return {
        **{f"README.{lang}.txt": _readme(visit, lang) for lang in LANGS},
        "figures.txt": figure_lines(snapshot.figures()).encode(),
        "standings.csv": _csv(STANDING, snapshot.standings()),
        "declarations.json": mask_declarations(snapshot.declarations).encode(),
        "deliveries.csv": _csv(DELIVERY, visit.deliveries),
        "nights.csv": _csv(NIGHT, visit.nights),
        "signatures.csv": _csv(SIGNED, signatures(ledger)),
        "audit.csv": _csv(AUDIT, trail, is_exact=True),
    }


def figure_lines(figures: Iterable[Row]) -> str:
    """Figures as the night hashed them: a sorted line each, no end of line after the last."""
    return "\n".join(sorted("|".join(_plain(row[name]) for name in FIGURE) for row in figures))


def _readme(visit: Visit, lang: Any) -> bytes:
    meta = visit.snapshot.meta
    said = text(
        "audit_package.readme", lang, county=meta["county_en" if lang == "en" else "county"], night=meta["night"],
        as_of=meta["as_of"], figures=meta["figures_sha256"], declarations=meta["declarations_sha256"],
        head=visit.ledger.audit_head(), sample=text("sample", lang) if visit.is_sample else "",
    )  # fmt: skip
    return said.encode()


def _csv(names: Sequence[str], rows: Iterable[Row], is_exact: bool = False) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet reads it; columns that a row lacks stay empty.

    A text that a spreadsheet would run gets a quotation mark in front, unless its very letters are hashed.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_plain(row.get(name)) if is_exact else _guarded(row.get(name)) for name in names] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _guarded(value: object) -> str:
    """A text that begins a formula, behind blanks or in full width too; numbers and days are none."""
    words = _plain(value)
    return f"'{words}" if isinstance(value, str) and RUN.match(words) and not NUMBER.fullmatch(words) else words


def _plain(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "" if value is None else str(value)
