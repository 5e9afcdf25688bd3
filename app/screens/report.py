"""Report: a year's annual report with every number a link to its rows, and what must be done before it is signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import streamlit as st

from app.markup import Html, anchor, joined, notice, table, tag, year_line
from app.report.compose import Block, Report, Span, compose_report
from app.report.figures import Figure, Figures
from app.report.making import read_basis
from app.visit import CLOCK, Visit
from app.wording import day_words, period_words
from warehouse.report_decisions import signed_report
from warehouse.yaml_reader import DeclarationError

TAGS = {"title": "h2", "heading": "h3", "subheading": "h4"}


def render(visit: Visit) -> None:
    """Draw the report of the year that the address names, else of the last year that is over."""
    viewer = visit.viewer
    years = report_years(visit)
    if not years:
        st.html(notice(viewer.say("report.none")))
        return
    year = year_of(visit, years)
    figures = Figures(visit.snapshot, year)
    title = tag("h2", viewer.say("report.title", year=year), class_="part")
    try:
        report = composed(visit, figures)
    except DeclarationError as error:
        st.html(joined([title, notice(viewer.say("report.unreadable", why=error), "warn")]))
        return
    st.html(joined([
        title, year_line(viewer, "report.say", years, year), _signature(visit, year), _before(visit, report),
        tag("h2", viewer.say("report.text"), class_="part"), _text(visit, report),
    ]))  # fmt: skip


def report_years(visit: Visit) -> list[str]:
    """The years of which anything has come, newest first."""
    years = {row["period"][:4] for row in visit.snapshot.figures(unit=None, town=None)}
    return [year for year in sorted(years, reverse=True) if not Figures(visit.snapshot, year).is_empty()]


def composed(visit: Visit, figures: Figures) -> Report:
    """The words of the report without its appendix, which asks for the files behind every figure.

    Refuses (DeclarationError) templates that do not read.
    """
    basis, meta = read_basis(visit.home, figures), visit.snapshot.meta
    return compose_report(figures, basis.templates, meta["county"], visit.is_sample, basis.accepted)


def year_of(visit: Visit, years: list[str]) -> str:
    """The year that the address names, else the last one that is over."""
    over = [year for year in years if year < str(visit.snapshot.as_of.year)]
    asked = visit.viewer.asked.get("year", "")
    return asked if asked in years else next(iter([*over, *years]))


def _signature(visit: Visit, year: str) -> Html:
    """Who signed it and on which night, or that nobody did."""
    viewer, signed = visit.viewer, signed_report(visit.ledger, year)
    if signed is None:
        return tag("p", viewer.say("report.draft", night=visit.night["id"]), class_="say")
    on = day_words(datetime.fromisoformat(signed["signed_at"]).astimezone(CLOCK), viewer.lang)
    return notice(viewer.say("report.signed", who=signed["who"], on=on, night=signed["night"]))


def _before(visit: Visit, report: Report) -> Html:
    """What stands in the way of signing: the year itself, figures without or with doubtful numbers, sentences."""
    viewer = visit.viewer
    rows = [list(row) for row in problems_before(visit, report)]
    heads = [viewer.say(f"report.{name}") for name in ("matter", "what", "act")]
    nothing = viewer.say("report.nothing", year=report.year)
    waiting = [one for one in report.drafts if not one.is_accepted]
    shown = table(heads, rows, caption=viewer.say("report.before"), class_="rows", empty="" if waiting else nothing)
    parts = [tag("h2", viewer.say("report.before"), class_="part"), shown]
    if waiting:
        lines = [[one.text, viewer.say("report.sentence_act", year=report.year, id=one.id)] for one in waiting]
        title = viewer.say("report.sentences", n=len(waiting))
        inner = table([viewer.say("report.sentence"), viewer.say("report.act")], lines, caption=title, class_="words")
        parts.append(tag("details", joined([tag("summary", title), inner]), class_="more"))
    return joined(parts)


def problems_before(visit: Visit, report: Report) -> Iterator[tuple[object, str, str]]:
    """Matter, what it is and what to do, one row each; sentences that wait for a person are listed apart."""
    viewer, year = visit.viewer, report.year
    if visit.snapshot.as_of.isoformat() <= f"{year}-12-31":
        said = viewer.say("report.not_over_say", on=day_words(visit.snapshot.as_of, viewer.lang))
        yield viewer.say("report.not_over"), said, viewer.say("report.not_over_act", year=year)
    for figure in report.figures:
        name = _link(visit, figure, _named(visit, figure))
        if figure.held != "figure":
            yield name, viewer.say(f"report.gap_{figure.held}"), viewer.say("report.gap_act")
        elif figure.is_unsure:
            yield name, viewer.say("report.unsure_say"), viewer.say("report.unsure_act")
        elif figure.is_incomplete:
            said = viewer.say("report.incomplete_say", owed=figure.owed, came=figure.came)
            yield name, said, viewer.say("report.incomplete_act")


def _named(visit: Visit, figure: Figure) -> str:
    return f"{visit.metric_name(figure.metric)} · {period_words(figure.period, visit.viewer.lang)}"


def _link(visit: Visit, figure: Figure, inner: object) -> Html:
    """A figure as a link to its rows; a metric that is not declared has none."""
    if figure.metric not in visit.declarations.metrics:
        return tag("span", inner)
    title = _named(visit, figure)
    return anchor(
        visit.viewer.link("figure", metric=figure.metric, period=figure.period, year=None), inner, title=title
    )


def _text(visit: Visit, report: Report) -> Html:
    return tag("div", joined(_block(visit, block) for block in report.blocks), class_="report", lang="zh-CN")


def _block(visit: Visit, block: Block) -> Html:
    inner = joined(_span(visit, span) for span in block.spans if span.text)
    return tag(TAGS.get(block.kind, "p"), inner, class_=block.kind)


def _span(visit: Visit, span: Span) -> Html:
    if span.figure is not None:
        return _link(visit, span.figure, span.text)
    return tag("b" if span.is_head else "span", span.text)
