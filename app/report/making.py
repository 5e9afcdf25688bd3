"""One year's report from the current snapshot, the templates and what people decided; nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.report.appendix import Entry, entries, record
from app.report.compose import Block, Report, compose_report
from app.report.figures import Figures
from app.report.templates import Templates, check_columns, read_templates
from app.wording import text
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.models import Model
from warehouse.report_decisions import accepted_sentences, confirmed_figures
from warehouse.snapshot import Snapshot

Format = Literal["docx", "md", "html"]


@dataclass(frozen=True)
class Made:
    """A composed report with its appendix and what it can be checked by."""

    report: Report
    entries: Sequence[Entry]
    facts: Sequence[tuple[str, str]]

    def written(self, form: Format, view_url: str = "") -> bytes:
        """The document in one form. Same snapshot, templates and decisions: the same words."""
        if form == "docx":
            from app.report.word import write_word

            return write_word(self.report, self.entries, self.facts)
        from app.report.web import write_html, write_markdown

        write = write_html if form == "html" else write_markdown
        return write(self.report, self.entries, self.facts, view_url).encode("utf-8", "replace")

    def placements(self) -> list[dict[str, Any]]:
        """One entry per place at which a figure is printed, for programs."""
        return [
            {
                "metric": one.figure.metric, "period": one.figure.period, "label": one.figure.label,
                "held": one.figure.held, "printed": one.figure.printed or None, "numerator": one.figure.numerator,
                "denominator": one.figure.denominator, "standing": one.figure.standing,
                "is_unsure": one.figure.is_unsure, "is_incomplete": one.figure.is_incomplete,
                "bookmark": one.bookmark, "place": one.place,
            }
            for one in self.report.placed
        ]  # fmt: skip


class Basis(Model):
    """What a report is written from besides its snapshot. Kept whole when it is signed; `signed`: by whom and when."""

    templates: Templates
    accepted: dict[str, str]
    confirmed: dict[str, dict[str, Any]]
    audit_head: str
    signed: str = ""


def read_basis(home: Home, figures: Figures) -> Basis:
    """Templates and decisions as they are now. Refuses (DeclarationError) templates that do not read."""
    templates = read_templates(home.catalogue)
    check_columns(templates, figures.declarations)
    with open_ledger(home, read_only=True) as ledger:
        return Basis(
            templates=templates,
            accepted=accepted_sentences(ledger, figures.year),
            confirmed=confirmed_figures(ledger, figures.year),
            audit_head=ledger.audit_head(),
        )


def make_report(
    home: Home, snapshot: Snapshot, figures: Figures, basis: Basis | None = None, changes: Sequence[Block] = ()
) -> Made:
    """Compose the report of the figures' year, from a signed basis where one is given.

    `changes`: paragraphs about what changed since it was signed; they follow its own. Refuses (DeclarationError)
    templates that do not read.
    """
    basis = basis or read_basis(home, figures)
    meta = snapshot.meta
    report = compose_report(figures, basis.templates, meta["county"], meta["sample"] == "true", basis.accepted)
    report.blocks += changes
    sha256 = hashlib.sha256(basis.templates.model_dump_json().encode()).hexdigest()
    facts = record(report, figures, basis.audit_head, sha256)
    facts += [(text("report.appendix.signed", "zh"), basis.signed)] if basis.signed else []
    return Made(report, entries(report, figures, basis.confirmed), facts)
