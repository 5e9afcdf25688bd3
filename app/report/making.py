"""One year's report from the current snapshot, the templates and what people decided; nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.report.appendix import Entry, entries, record
from app.report.compose import Report, compose_report
from app.report.figures import Figures
from app.report.templates import check_columns, read_templates
from warehouse.home import Home
from warehouse.ledger import open_ledger
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


def make_report(home: Home, snapshot: Snapshot, figures: Figures) -> Made:
    """Compose the report of the figures' year. Refuses (DeclarationError) templates that do not read."""
    templates = read_templates(home.catalogue)
    check_columns(templates, snapshot.declarations)
    with open_ledger(home, read_only=True) as ledger:
        accepted = accepted_sentences(ledger, figures.year)
        confirmed = confirmed_figures(ledger, figures.year)
        head = ledger.audit_head()
    meta = snapshot.meta
    report = compose_report(figures, templates, meta["county"], meta["sample"] == "true", accepted)
    sha256 = hashlib.sha256(templates.model_dump_json().encode()).hexdigest()
    return Made(report, entries(report, figures, confirmed), record(report, figures, head, sha256))
