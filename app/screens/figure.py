"""Figure: one metric, period and unit, from the sentence of what is owed down to the rows behind the number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from app.markup import Html, anchor, facts, joined, light, notice, table, tag
from app.screens.choice import Choice, choice_of, choose
from app.screens.identity import render_identity
from app.screens.reported import reported_facts, rule_facts
from app.screens.rows import Place, render_rows, rows_content
from app.screens.source import render_source
from app.screens.tiles import town_tiles
from app.screens.trend import render_trend, trend_table
from app.visit import Visit
from app.wording import day_words, period_words, state_word, text
from expectations.standings import COUNTY, WORST_FIRST
from warehouse.comparing import bound_on
from warehouse.periods import period_named

Row = Mapping[str, Any]
COMPARISONS = ("at_least", "at_most", "equals", "more_than")


@dataclass(frozen=True)
class Found:
    """What the snapshot holds of the chosen figure. `standing`: how it was judged, None where it was not."""

    choice: Choice
    figures: list[dict[str, Any]]
    of_period: list[dict[str, Any]]
    chosen: Row | None
    standing: Row | None

    @property
    def state(self) -> str | None:
        """Its standing, or the one that its parts roll up to."""
        judged = self.standing or self.chosen
        return judged["standing"] if judged else None

    @property
    def trend(self) -> list[Row]:
        """The figures of every period of the same unit."""
        at = (self.choice.unit, self.choice.town)
        return [row for row in self.figures if (row["unit"], row["town"]) == at]

    @property
    def place(self) -> Place:
        """Which rows lie behind it."""
        return Place(self.choice.metric, self.choice.period, self.choice.unit, self.choice.town)


def render(visit: Visit) -> None:
    """Draw the screen, or the one source row that the address asks for."""
    if visit.viewer.asked.get("source"):
        render_source(visit)
        return
    if not visit.declarations.metrics:
        st.html(notice(visit.viewer.say("figure.no_metric")))
        return
    asked = visit.viewer.asked.get("metric", "")
    if asked in visit.declarations.identities:
        render_identity(visit, asked)
        return
    if asked and asked not in visit.declarations.metrics:
        st.html(notice(visit.viewer.say("figure.unknown_metric", metric=asked), "warn"))
    found = _found(visit, choose)
    st.html(_top(visit, found))
    # Who comes from the light of one unit wants its rows; who looks at the county wants its units.
    if found.place.is_part:
        render_rows(visit, found.place, found.state)
    if parts := _parts(visit, found.choice, found.of_period):
        st.html(parts)
    render_trend(visit, found.choice.metric, found.trend)
    if not found.place.is_part:
        render_rows(visit, found.place, found.state)


def content(visit: Visit) -> Html:
    """The same without choices and chart, for paper and download."""
    found = _found(visit, choice_of)
    title = tag("h2", visit.viewer.say("figure.trend"), class_="part")
    parts, rows = _parts(visit, found.choice, found.of_period), rows_content(visit, found.place, found.state)
    trend = joined([title, trend_table(visit, found.choice.metric, found.trend)]) if found.trend else Html("")
    inner = [rows, parts, trend] if found.place.is_part else [parts, trend, rows]
    return joined([_top(visit, found), *inner])


def _found(visit: Visit, choose_by: Callable[[Visit, str, list[Any], list[Any]], Choice]) -> Found:
    """The figure that the address names, of an unknown metric the first."""
    asked = visit.viewer.asked.get("metric", "")
    metric = asked if asked in visit.declarations.metrics else next(iter(visit.declarations.metrics))
    standings = visit.snapshot.standings(target=metric)
    figures = visit.snapshot.figures(metric=metric)
    choice = choose_by(visit, metric, figures, standings)
    of_period = visit.snapshot.metrics_json(metric=metric, period=choice.period)
    chosen = next((row for row in of_period if (row["unit"], row["town"]) == (choice.unit, choice.town)), None)
    about = (choice.period, choice.unit or COUNTY)
    judged = (row for row in standings if (row["period"], row["unit"] or COUNTY) == about and not choice.town)
    return Found(choice, figures, of_period, chosen, next(judged, None))


def _top(visit: Visit, found: Found) -> Html:
    args = (visit, found.choice, found.chosen, found.standing)
    return joined([_headline(*args), _facts(*args)])


def _headline(visit: Visit, choice: Choice, chosen: Row | None, standing: Row | None) -> Html:
    """One sentence: what is owed, what is there, and how it stands."""
    viewer = visit.viewer
    words: dict[str, object] = {
        "unit": visit.unit_name(choice.town or choice.unit),
        "period": period_words(choice.period, viewer.lang),
        "metric": visit.metric_name(choice.metric),
    }
    if standing is not None:
        words |= {"bound": _bound_of(visit, standing), "measure": _measure(visit, choice.metric)}
        words |= {"value": _both_sides(visit, choice.metric, chosen), "short_by": visit.shown(standing["short_by"])}
        missing = standing["standing"] == "missing" or chosen is None
        is_short = standing["standing"] in ("short", "near", "unsure") and (standing["short_by"] or 0) > 0
        beyond = "owes_over" if standing["comparison"] == "at_most" else "owes_short"
        kind = "owes_missing" if missing else beyond if is_short else "owes"
    elif chosen is None:
        return notice(viewer.say("figure.no_figure", **words))
    else:
        every = _judged_every(visit, choice.metric)
        kind = "shown_parts" if every and choice.unit is None else "shown"
        words |= {
            "value": _both_sides(visit, choice.metric, chosen),
            "every": viewer.say(f"figure.every_{every}") if every else "",
        }
    state = standing["standing"] if standing is not None else chosen["standing"] if chosen else None
    mark = light(viewer, state) if state else Html("")
    return tag("p", joined([mark, viewer.say(f"figure.{kind}", **words)], " "), class_="sentence")


def _both_sides(visit: Visit, metric: str, chosen: Row | None) -> str:
    """`95.7%（22/23）`; a count stands alone."""
    if chosen is None or chosen["denominator"] is None:
        return _value(visit, metric, chosen)
    sides = f"{_plain(chosen['numerator'])}/{_plain(chosen['denominator'])}"
    return f"{chosen['printed']} ({sides})" if visit.viewer.lang == "en" else f"{chosen['printed']}（{sides}）"


def _value(visit: Visit, metric: str, row: Row | None) -> str:
    """The figure as printed; the Chinese measure word is left out in English."""
    if row is None:
        return "—"
    shown = str(row["printed"])
    return shown.removesuffix(visit.declarations.metrics[metric].measured_in) if visit.viewer.lang == "en" else shown


def _plain(value: object) -> str:
    """A side of a figure without trailing zeros."""
    number = Decimal(str(value))
    return f"{number.to_integral_value() if number == number.to_integral_value() else number.normalize():f}"


def _measure(visit: Visit, metric: str) -> str:
    return visit.declarations.metrics[metric].measured_in if visit.viewer.lang == "zh" else ""


def _judged_every(visit: Visit, metric: str) -> str | None:
    targets = visit.declarations.targets.get(metric, ())
    return targets[-1].judged.every if targets else None


def bound_words(visit: Visit, metric: str, comparison: str, bound: object) -> str:
    """`不低于100%`, `不高于0件`: a bound in words; a rate's in per cent. Without a number: above last year's figure."""
    if bound is None:
        return text("bounds.more_than_last_year", visit.viewer.lang)
    number = Decimal(str(bound))
    rate = visit.declarations.metrics[metric].denominator is not None
    percent = round(number * 100, 1) if comparison == "more_than" else number * 100
    shown = f"{_plain(percent)}%" if rate else _plain(number) + _measure(visit, metric)
    return text(f"bounds.{comparison}", visit.viewer.lang, bound=shown)


def _facts(visit: Visit, choice: Choice, chosen: Row | None, standing: Row | None) -> Html:
    """The figure in its parts, with what it is judged by."""
    viewer, metric = visit.viewer, visit.declarations.metrics[choice.metric]
    pairs: list[tuple[str, object]] = []
    if chosen is not None and metric.denominator is not None:
        pairs += [(viewer.say("figure.numerator"), _plain(chosen["numerator"]))]
        pairs += [(viewer.say("figure.denominator"), _plain(chosen["denominator"]))]
    if chosen is not None:
        pairs += [(viewer.say("figure.value"), _value(visit, choice.metric, chosen))]
    if standing is not None:
        pairs += _judged_facts(visit, standing)
    else:
        pairs += _declared_facts(visit, choice)
    pairs += [(viewer.say("figure.counting_rule"), viewer.label(metric.counting_rule))]
    pairs += [*rule_facts(visit, choice.metric), *reported_facts(visit, choice, chosen)]
    if chosen is not None and chosen["units_owed"]:
        say = viewer.say("figure.units_owed", owed=chosen["units_owed"], delivered=chosen["units_delivered"])
        pairs += [(viewer.say("figure.delivered"), say)]
    return facts(pairs)


def _judged_facts(visit: Visit, standing: Row) -> list[tuple[str, object]]:
    viewer = visit.viewer
    pairs: list[tuple[str, object]] = [
        (viewer.say("figure.target"), _bound_of(visit, standing)),
        (viewer.say("figure.standing"), light(viewer, standing["standing"])),
        (viewer.say("figure.basis"), standing["basis"]),
        (viewer.say("figure.owner"), visit.unit_name(standing["owner"])),
    ]
    about = (standing["target"], standing["unit"] or COUNTY, standing["period"])
    found = [row for row in visit.findings if (row["target"], row["unit"], row["period"]) == about]
    pairs += [(viewer.say("figure.finding"), _state_of(visit, each)) for each in found if each["state"] != "closed"]
    cause = str(standing["cause"] or "")
    if cause.startswith("delivery:"):
        more = anchor(viewer.link("deliveries", year=standing["period"][:4]), viewer.say("nav.deliveries"))
        pairs += [(viewer.say("rows.why"), joined([viewer.say("figure.follows_delivery"), more], " "))]
    if (kind := cause.partition(":")[0]) in ("no_previous_year", "rule_changed"):
        earlier = period_words(cause.partition(":")[2], viewer.lang)
        pairs += [(viewer.say("rows.why"), viewer.say(f"figure.{kind}", period=earlier))]
    if cause.startswith("quarantine:"):
        said = viewer.say("figure.quarantined_say", n=cause.rpartition(":")[2])
        pairs += [(viewer.say("figure.quarantined"), said)]
    if standing["small_sample"]:
        size = visit.declarations.metrics[standing["target"]].small_sample
        pairs += [(viewer.say("figure.denominator"), viewer.say("figure.small_sample", n=size))]
    return pairs


def _state_of(visit: Visit, finding: Row) -> str:
    """Where a finding stands, since when, and by when it is to be put right."""
    lang = visit.viewer.lang
    since, by = (day_words(finding[name], lang) for name in ("first_seen", "due_on"))
    return visit.viewer.say("figure.finding_say", state=state_word(finding["state"], lang), since=since, by=by)


def _bound_of(visit: Visit, standing: Row) -> str:
    return bound_words(visit, standing["target"], standing["comparison"], standing["bound"])


def _declared_facts(visit: Visit, choice: Choice) -> list[tuple[str, object]]:
    """What the metric's target says, where this very figure is not judged by it."""
    viewer = visit.viewer
    targets = visit.declarations.targets.get(choice.metric, ())
    if not targets:
        return [(viewer.say("figure.target"), viewer.say("figure.no_target"))]
    target = targets[-1]
    comparison = next(name for name in COMPARISONS if getattr(target, name) is not None)
    bound = bound_words(
        visit, choice.metric, comparison, bound_on(visit.declarations, target, period_named(choice.period))
    )
    every = viewer.say(f"figure.every_{target.judged.every}")
    is_sum = choice.unit is None and choice.town is None and period_named(choice.period).every == target.judged.every
    kind = "figure.each_unit" if is_sum and target.judged.for_ != "county" else "figure.not_judged"
    said = viewer.say(kind, bound=bound, every=every)
    return [(viewer.say("figure.target"), said), (viewer.say("figure.basis"), target.basis)]


def _parts(visit: Visit, choice: Choice, found: Sequence[Row]) -> Html:
    """The same figure by unit and by town, each a link to its own page, and the towns as tiles."""
    viewer = visit.viewer
    is_rate = visit.declarations.metrics[choice.metric].denominator is not None
    sides = [viewer.say("figure.numerator"), viewer.say("figure.denominator")] if is_rate else []
    links, values, parts = {}, {}, []
    for grain in ("unit", "town"):
        rows = []
        for row in sorted((row for row in found if row[grain]), key=_worst_first):
            other = "town" if grain == "unit" else "unit"
            href = viewer.link(**{grain: row[grain], other: None, "period": choice.period, "page": None, "side": None})
            figures = [_plain(row["numerator"]), _plain(row["denominator"])] if is_rate else []
            state = light(viewer, row["standing"]) if row["standing"] else ""
            links[row[grain]], values[row[grain]] = href, _value(visit, choice.metric, row)
            rows.append([anchor(href, visit.unit_name(row[grain])), *figures, values[row[grain]], state])
        if rows:
            heads = [viewer.say(f"figure.{grain}"), *sides, viewer.say("figure.value"), viewer.say("figure.standing")]
            title = viewer.say(f"figure.by_{grain}")
            parts += [tag("h2", title, class_="part"), table(heads, rows, caption=title, class_="parts")]
    return joined([*parts, town_tiles(visit, found, values, links)])


def _worst_first(row: Row) -> tuple[int, float, float]:
    rank = WORST_FIRST.index(row["standing"]) if row["standing"] else len(WORST_FIRST)
    return rank, float(row["value"] or 0), -float(row["denominator"] or row["numerator"] or 0)
