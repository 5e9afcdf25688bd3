"""An identity in words: both sums by the names of their figures, the difference, and the first row on one side only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.letters.cell_words import number_words, place_words, said
from app.wording import Lang, text
from warehouse.declarations import Declarations
from warehouse.identity_rows import trace_identity

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

Row = Mapping[str, Any]
NAMED_AT_MOST = 3


def one_sided_rows(traces: Snapshot, standing: Row) -> tuple[list[dict[str, Any]], int]:
    """The first of the rows that only one side counts, and how many there are; none where no row explains it."""
    if standing["standing"] != "short":
        return [], 0
    unit = None if standing["unit"] in (None, "", "county") else standing["unit"]
    rows = trace_identity(traces, standing["target"], standing["period"], unit, "shortfall")
    return rows[:1], len(rows)


def identity_sentence(standing: Row, first: Row | None, count: int, declarations: Declarations, lang: Lang) -> str:
    """What both sides come to and by how much they differ. `first` is the first of `count` rows on one side only."""
    identity = declarations.identities[standing["target"]]
    difference = identity_figure(standing.get("short_by"), standing, declarations, lang)
    if standing.get("bound") is None:
        return text("sentences.identity_plain", lang, difference=difference)
    words = {
        "left_names": _names(identity.left, declarations, lang),
        "right_names": _names(identity.right, declarations, lang),
        "left": identity_figure(standing["numerator"], standing, declarations, lang),
        "right": identity_figure(standing["bound"], standing, declarations, lang),
    }
    key = "identity" if identity.holds == "equal" else "identity_over"
    sentence = text(f"sentences.{key}", lang, **words, difference=difference)
    if first is None:
        return sentence
    place = place_words(first, declarations, lang)
    return text("sentences.identity_rows", lang, said=sentence, rows=count, place=place)


def identity_figure(value: object, finding: Row, declarations: Declarations, lang: Lang) -> str:
    """One sum with the measure word of its figures; empty when there is none."""
    if value in (None, ""):
        return ""
    metric = declarations.metrics[declarations.identities[finding["target"]].left[0]]
    number = number_words(Decimal(str(value)))
    return text("letters.measured", lang, number=number, measured_in=metric.measured_in)


def _names(metrics: Sequence[str], declarations: Declarations, lang: Lang) -> str:
    labels = [said(declarations.metrics[metric].label, lang) for metric in metrics]
    names = text("letters.join", lang).join(labels[:NAMED_AT_MOST])
    if len(labels) == 1:
        return names
    key = "sum_of_many" if len(labels) > NAMED_AT_MOST else "sum_of"
    return text(f"sentences.{key}", lang, names=names, count=len(labels))
