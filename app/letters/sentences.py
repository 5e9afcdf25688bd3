"""The one sentence of a finding: how many are lacking and the first row of its trace, from declared texts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.letters.cell_words import number_words, row_sentence, said, target_words, unit_words
from app.letters.identity_words import identity_figure, identity_sentence, one_sided_rows
from app.wording import Lang, day_words, has_text, period_words, text
from expectations.promises import read_promises
from warehouse.comparing import bound_on
from warehouse.declarations import Declarations
from warehouse.models import Target
from warehouse.periods import period_named
from warehouse.printed import printed

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

Row = Mapping[str, Any]
COUNTY = (None, "", "county")
STEMS = {"at_least": "short", "at_most": "over", "equals": "off", "more_than": "short"}


def sentences_from(traces: Snapshot, declarations: Declarations) -> Callable[[Row], tuple[str, str]]:
    """A writer of sentences over one snapshot: standing row -> (Chinese, English)."""
    due = {(row["dataset"], row["supplier"], row["period"]): as_day(row["due_on"]) for row in traces.owed()}

    def write(standing: Row) -> tuple[str, str]:
        dataset = str(standing["target"]).partition(":")[0]
        due_on = due.get((dataset, standing["unit"], standing["period"]))
        is_identity = standing["target"] in declarations.identities
        rows, count = (
            one_sided_rows(traces, standing) if is_identity else shortfall_rows(traces, standing, declarations, limit=1)
        )
        first = rows[0] if rows else None
        return (
            finding_sentence(standing, first, count, declarations, "zh", due_on),
            finding_sentence(standing, first, count, declarations, "en", due_on),
        )

    return write


def shortfall_rows(
    traces: Snapshot, standing: Row, declarations: Declarations, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The rows that keep a unit from its target, ids masked, and how many there are in all.

    Only the finding's own unit is asked for; none for standings that no row explains.
    """
    metric = declarations.metrics.get(standing.get("metric") or "")
    if metric is None or metric.shortfall is None or standing["standing"] not in ("short", "near"):
        return [], 0
    unit = None if standing["unit"] in COUNTY else standing["unit"]
    metric_id, period = standing["metric"], standing["period"]
    count = traces.trace_count(metric_id, period, unit=unit, side="shortfall")
    if not count:
        return [], 0
    return traces.trace(metric_id, period, unit=unit, side="shortfall", limit=limit, masked=True), count


def finding_sentence(
    standing: Row, first: Row | None, count: int, declarations: Declarations, lang: Lang, due_on: date | None = None
) -> str:
    """One neutral sentence for a standing. `first` is the first traced row of `count`.

    `due_on`: the day on which the delivery was due, where the standing is about a delivery.
    """
    word = str(standing["standing"])
    if ":" in str(standing["target"]) and word != "error":
        return _of_file(standing, declarations, lang, due_on)
    if word == "unsure":
        return _unsure(standing, declarations, lang)
    if word == "missing":
        return _missing(standing, declarations, lang)
    if word == "met":
        return text("sentences.put_right", lang)
    if word not in ("short", "near"):
        return text(f"sentences.{word}" if has_text(f"sentences.{word}") else "sentences.error", lang)
    if standing["target"] in declarations.identities:
        return identity_sentence(standing, first, count, declarations, lang)
    metric = declarations.metrics[standing["metric"]]
    sentence = row_sentence(first, metric, declarations, lang) if first is not None else None
    stem = {"at_least": "short", "at_most": "over", "equals": "off", "more_than": "short"}[
        _comparison(standing, declarations)
    ]
    stem = "near" if word == "near" else stem
    form = "plain" if sentence is None or stem == "off" else ("one" if count == 1 else "many")
    values = {"short_by": number_words(as_number(standing.get("short_by")) or 0), "measured_in": metric.measured_in}
    return text(f"sentences.{stem}_{form}", lang, **values, rows=count, first=sentence or "")


def _unsure(standing: Row, declarations: Declarations, lang: Lang) -> str:
    kind, _, rest = str(standing.get("cause") or "").partition(":")
    dataset, _, rows = rest.rpartition(":")
    if kind != "quarantine" or dataset not in declarations.contracts:
        return text("sentences.unsure", lang)
    label = said(declarations.contracts[dataset].label, lang)
    return text("sentences.unsure_rows", lang, dataset=label, rows=rows)


def _missing(standing: Row, declarations: Declarations, lang: Lang) -> str:
    parts = str(standing.get("cause") or "").split(":")
    if len(parts) != 4 or parts[0] != "delivery" or parts[1] not in declarations.contracts:
        return text("sentences.missing", lang)
    label = said(declarations.contracts[parts[1]].label, lang)
    return text("sentences.missing_delivery", lang, dataset=label, period=period_words(parts[3], lang))


def _of_file(standing: Row, declarations: Declarations, lang: Lang, due_on: date | None) -> str:
    """What a department promises of its file: target `<dataset>:<duty>`."""
    dataset, duty = str(standing["target"]).split(":", 1)
    contract = declarations.contracts.get(dataset)
    values = {
        "dataset": said(contract.label, lang) if contract else dataset,
        "period": period_words(str(standing["period"]), lang),
        "short_by": number_words(as_number(standing.get("short_by")) or 0),
    }
    if standing["standing"] == "met":
        return text("sentences.put_right", lang)
    if standing["standing"] == "missing" and due_on is not None:
        return text("sentences.missing_delivery_due", lang, **values, due_on=day_words(due_on, lang))
    if standing["standing"] == "unsure":
        rows = str(standing.get("cause") or "").rpartition(":")[2]
        return text("sentences.of_file.doubted", lang, **values, rows=rows)
    if standing["standing"] == "missing":
        duty = "delivered"
    return text(f"sentences.of_file.{duty}", lang, **values)


def finding_label(finding: Row, declarations: Declarations, lang: Lang) -> str:
    """What a finding is about: its metric's label, the duty of a file, or where people found it."""
    if finding.get("entered"):
        return text(f"finding_sources.{finding['entered']['source']}", lang)
    return target_words(str(finding["target"]), finding.get("metric"), declarations, lang)


def scope_words(finding: Row, declarations: Declarations, lang: Lang) -> str:
    """The period, with the unit before it when the letter goes to another one (a county figure and its owner)."""
    period = period_words(str(finding["period"]), lang)
    if finding["unit"] == finding.get("owner"):
        return period
    return text("letters.scope", lang, unit=unit_words(finding["unit"], declarations, lang), period=period)


def target_of(finding: Row, declarations: Declarations) -> Target | None:
    """The declared target in force on the first day of the finding's period; `metric#2` names the second of several."""
    targets: Sequence[Target] = declarations.targets.get(finding.get("metric") or "", ())
    number = str(finding["target"]).partition("#")[2]
    if number.isdigit() and 0 < int(number) <= len(targets):
        return targets[int(number) - 1]
    start = period_named(str(finding["period"])).start
    held = [each for each in targets if each.since <= start and (each.until is None or start <= each.until)]
    return held[0] if held else (targets[-1] if targets else None)


def _comparison(finding: Row, declarations: Declarations) -> str:
    target = target_of(finding, declarations)
    if finding.get("comparison"):
        return str(finding["comparison"])
    names = ("at_least", "at_most", "equals", "more_than")
    return next((name for name in names if target and getattr(target, name) is not None), "at_least")


def bound_words(finding: Row, declarations: Declarations, lang: Lang) -> str:
    """`不低于100%`; a count's bound with its measure word. A finding carries no bound: its target does."""
    if finding["target"] in declarations.identities:
        asked = identity_figure(finding.get("bound"), finding, declarations, lang)
        return text(f"bounds.{finding.get('comparison') or 'equals'}", lang, bound=asked) if asked else ""
    target = target_of(finding, declarations)
    bound = as_number(finding.get("bound"))
    if bound is None and target is not None:
        bound = bound_on(declarations, target, period_named(str(finding["period"])))
    metric = declarations.metrics.get(finding.get("metric") or "")
    if bound is None or metric is None:
        return text("bounds.more_than_last_year", lang) if target is not None and target.more_than else ""
    if metric.denominator is not None:
        percent = bound * 100 if _comparison(finding, declarations) != "more_than" else round(bound * 100, 1)
        asked = text("letters.percent", lang, number=number_words(percent))
    else:
        asked = text("letters.measured", lang, number=number_words(bound), measured_in=metric.measured_in)
    return text(f"bounds.{_comparison(finding, declarations)}", lang, bound=asked)


def figure_words(finding: Row, declarations: Declarations, lang: Lang) -> str:
    """`95.6%（22／23）`, or the count; empty when nothing was counted. Of an identity its left sum."""
    if finding["target"] in declarations.identities:
        return identity_figure(finding.get("numerator"), finding, declarations, lang)
    metric = declarations.metrics.get(finding.get("metric") or "")
    numerator, denominator = as_number(finding.get("numerator")), as_number(finding.get("denominator"))
    if numerator is None or metric is None:
        return ""
    if metric.denominator is None or not denominator:
        return text("letters.measured", lang, number=number_words(numerator), measured_in=metric.measured_in)
    shown = printed(metric, numerator, denominator, target_of(finding, declarations))
    sides = {"numerator": number_words(numerator), "denominator": number_words(denominator)}
    return text("letters.figure_rate", lang, printed=shown, **sides)


def as_number(value: object) -> Decimal | None:
    """A number from the ledger's text or the snapshot's decimal."""
    return None if value in (None, "") else Decimal(str(value))


def as_day(value: object) -> date | None:
    """A date from a date or its ISO text."""
    if value in (None, ""):
        return None
    return date.fromisoformat(str(value)[:10])


def basis_words(finding: Row, declarations: Declarations) -> str:
    """The legal basis as it is declared: of the target, or of what is promised of a file. Law names stay Chinese."""
    if finding["target"] in declarations.identities:
        return declarations.identities[finding["target"]].basis
    if finding.get("entered"):
        return str(finding["entered"]["basis"])
    target = target_of(finding, declarations)
    if target is not None:
        return target.basis
    promise = read_promises().get(str(finding["target"]).partition(":")[2])
    return promise.basis if promise else ""


def day_or_nothing(value: object, lang: Lang) -> str:
    """A day in words, or the word for nothing."""
    day = as_day(value)
    return day_words(day, lang) if day else text("nothing", lang)
